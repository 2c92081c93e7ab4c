import type { BlockPeer } from './block-peer.ts'

/** How many connected peers have each piece. */
export class PieceAvailability {
  /** By piece. */
  readonly counts: Uint16Array

  constructor(pieceCount: number) {
    this.counts = new Uint16Array(pieceCount)
  }

  /** Its set of pieces became known. */
  add(peer: BlockPeer): void {
    this.#change(peer, 1)
  }

  addPiece(piece: number): void {
    this.counts[piece] = (this.counts[piece] ?? 0) + 1
  }

  removePiece(piece: number): void {
    this.counts[piece] = (this.counts[piece] ?? 1) - 1
  }

  remove(peer: BlockPeer): void {
    this.#change(peer, -1)
  }

  #change(peer: BlockPeer, by: 1 | -1): void {
    const { counts } = this
    for (let piece = 0; piece < counts.length; piece++) {
      if (peer.has(piece)) counts[piece] = (counts[piece] ?? 0) + by
    }
  }
}
