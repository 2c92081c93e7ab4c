import { createHash } from 'node:crypto'

/** Hashed with one block that comes: catches up with blocks that came out of order, without holding the event loop. */
const MAX_STEP_BYTES = 64 * 1024

/**
 * SHA-1 of a piece (BEP 3) while its blocks come: each is hashed as long as the processor's cache holds it, and the piece
 * is known to be good as soon as it is whole. The way to Node's thread pool would cost a copy of the piece, made and
 * wiped on the event loop, and twice the time.
 */
export class RunningHash {
  readonly #hash = createHash('sha1')
  #hashedBytes = 0

  /** Of the piece's bytes, from its beginning. */
  get hashedBytes(): number {
    return this.#hashedBytes
  }

  /** `endBytes` of the piece are there without a gap. */
  advance(piece: Uint8Array, endBytes: number): void {
    const end = Math.min(endBytes, this.#hashedBytes + MAX_STEP_BYTES)
    if (end <= this.#hashedBytes) return
    this.#hash.update(piece.subarray(this.#hashedBytes, end))
    this.#hashedBytes = end
  }

  /** Of the whole piece. To be called once. */
  digest(piece: Uint8Array): Buffer {
    return this.#hash.update(piece.subarray(this.#hashedBytes)).digest()
  }
}
