import { AppError } from '../../domain/errors.ts'
import { BLOCK_BYTES, type PieceLayout } from '../../domain/piece-layout.ts'
import type { BlockPeer } from './block-peer.ts'
import type { PartialPiece } from './partial-piece.ts'
import { PeerRequests } from './peer-requests.ts'

const MAX_UNASKED_BLOCKS = 64

/** Which block is asked of which peer. A block's key is one number, the same for all peers. */
export class BlockRequests {
  readonly #layout: PieceLayout
  readonly #keyStride: number
  readonly #peers = new Map<BlockPeer, PeerRequests>()

  constructor(layout: PieceLayout) {
    this.#layout = layout
    this.#keyStride = Math.ceil(layout.pieceBytes / BLOCK_BYTES)
  }

  /** The books of every peer, in the order of their coming. */
  get all(): ReadonlyMap<BlockPeer, PeerRequests> {
    return this.#peers
  }

  /** Asked and not answered, over all peers. */
  get inFlightBlocks(): number {
    let blocks = 0
    for (const requests of this.#peers.values()) blocks += requests.inFlight.size
    return blocks
  }

  add(peer: BlockPeer): void {
    this.#peers.set(peer, new PeerRequests(peer))
  }

  get(peer: BlockPeer): PeerRequests | undefined {
    return this.#peers.get(peer)
  }

  /** Its blocks were released before. */
  remove(peer: BlockPeer): void {
    this.#peers.delete(peer)
  }

  keyOf(piece: number, block: number): number {
    return piece * this.#keyStride + block
  }

  pieceOf(key: number): number {
    return Math.floor(key / this.#keyStride)
  }

  blockOf(key: number): number {
    return key % this.#keyStride
  }

  /** Which block of the piece that is. Throws `invalid` for bytes that are no block of the torrent. */
  blockAt(piece: number, offsetBytes: number, lengthBytes: number): number {
    const block = offsetBytes / BLOCK_BYTES
    const isInside =
      piece < this.#layout.pieceCount && Number.isInteger(block) && block < this.#layout.blockCount(piece)
    if (!isInside || lengthBytes !== this.#layout.blockLength(piece, block)) {
      throw new AppError('invalid', `block of ${lengthBytes} bytes at ${piece}:${offsetBytes}`)
    }
    return block
  }

  /** The next free block of the piece that this peer is not sending anyway, or -1. */
  nextFree(requests: PeerRequests, partial: PartialPiece<BlockPeer>, from: number): number {
    let block = partial.nextFree(from)
    while (block >= 0 && requests.inFlight.has(this.keyOf(partial.piece, block))) block = partial.nextFree(block + 1)
    return block
  }

  ask(requests: PeerRequests, partial: PartialPiece<BlockPeer>, block: number, nowMs: number): void {
    requests.inFlight.set(this.keyOf(partial.piece, block), {
      sentAtMs: nowMs,
      dueAtMs: nowMs + requests.expectedMs(),
      order: requests.nextOrder++,
    })
    requests.pipeline.onAsked(requests.inFlight.size)
    partial.ask(block, requests.peer)
    requests.peer.request(partial.piece, block * BLOCK_BYTES, this.#layout.blockLength(partial.piece, block))
  }

  /** A block came. Throws `invalid` for a peer that sends a lot that nobody asked for. */
  account(requests: PeerRequests, key: number, bytes: number, nowMs: number): void {
    requests.answeredBlocks++
    const sent = requests.inFlight.get(key)
    const wasCancelled = requests.takeCancelled(key)
    if (sent) {
      requests.inFlight.delete(key)
      // The answer to an earlier request overtook nothing.
      if (!wasCancelled) requests.lastAnswered = Math.max(requests.lastAnswered, sent.order)
      requests.pipeline.onBlock(bytes, wasCancelled ? undefined : sent.sentAtMs, nowMs)
    } else if (requests.cancelledBlocks > 0) {
      requests.cancelledBlocks--
      requests.pipeline.onBlock(bytes, undefined, nowMs)
    } else if (++requests.unaskedBlocks > MAX_UNASKED_BLOCKS) {
      throw new AppError('invalid', 'blocks that nobody asked for')
    }
  }

  cancel(requests: PeerRequests, key: number): void {
    const [piece, block] = [this.pieceOf(key), this.blockOf(key)]
    requests.giveUp(key)
    requests.peer.cancel(piece, block * BLOCK_BYTES, this.#layout.blockLength(piece, block))
  }

  /** Takes the block back from all others, and tells them at once; true when there were any. */
  cancelElsewhere(but: PeerRequests, partial: PartialPiece<BlockPeer>, block: number, nowMs: number): boolean {
    const key = this.keyOf(partial.piece, block)
    let wasElsewhere = false
    for (const peer of partial.everAsked) {
      const requests = this.#peers.get(peer)
      const sent = requests?.inFlight.get(key)
      if (!requests || requests === but || !sent) continue
      requests.pipeline.onOutrun(nowMs - sent.sentAtMs)
      this.cancel(requests, key)
      peer.flush()
      wasElsewhere = true
    }
    return wasElsewhere
  }

  /** Takes every block of the piece back. */
  cancelPiece(partial: PartialPiece<BlockPeer>): void {
    for (let block = 0; block < partial.blockCount; block++) {
      const askedOf = partial.askedOf(block)
      const holders = partial.isDoubled(block) ? partial.everAsked : askedOf ? [askedOf] : []
      const key = this.keyOf(partial.piece, block)
      for (const peer of holders) {
        const requests = this.#peers.get(peer)
        if (requests?.inFlight.has(key)) this.cancel(requests, key)
      }
    }
  }

  /** The peer answers none of what it was asked; `mayCome`: unless it was on the line already. */
  forgetAll(requests: PeerRequests, mayCome: boolean): void {
    if (mayCome) for (const key of [...requests.inFlight.keys()]) requests.giveUp(key)
    requests.inFlight.clear()
  }

  /** One request that the peer dropped. */
  forget(requests: PeerRequests, key: number): void {
    requests.giveUp(key)
  }
}
