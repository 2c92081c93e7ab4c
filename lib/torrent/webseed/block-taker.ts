import { BLOCK_BYTES, type PieceLayout } from '../../domain/piece-layout.ts'

/** Cuts bytes of the torrent, as they come from `startBytes` on, into blocks. */
export class BlockTaker {
  readonly #layout: PieceLayout
  readonly #onBlock: (startBytes: number, data: Uint8Array) => void
  readonly #partial = Buffer.alloc(BLOCK_BYTES)
  #startBytes: number
  #partialBytes = 0

  /** `startBytes` is where a block starts; `data` of `onBlock` is not kept. */
  constructor(layout: PieceLayout, startBytes: number, onBlock: (startBytes: number, data: Uint8Array) => void) {
    this.#layout = layout
    this.#startBytes = startBytes
    this.#onBlock = onBlock
  }

  take(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; ) {
      const lengthBytes = this.#blockBytes()
      const part = bytes.subarray(at, at + lengthBytes - this.#partialBytes)
      at += part.length
      if (part.length === lengthBytes) {
        this.#done(part)
        continue
      }
      this.#partial.set(part, this.#partialBytes)
      this.#partialBytes += part.length
      if (this.#partialBytes === lengthBytes) this.#done(this.#partial.subarray(0, lengthBytes))
    }
  }

  #done(data: Uint8Array): void {
    const startBytes = this.#startBytes
    this.#startBytes += data.length
    this.#partialBytes = 0
    this.#onBlock(startBytes, data)
  }

  #blockBytes(): number {
    const piece = this.#layout.pieceAt(this.#startBytes)
    const offsetBytes = this.#startBytes - this.#layout.pieceStart(piece)
    return this.#layout.blockLength(piece, offsetBytes / BLOCK_BYTES)
  }
}
