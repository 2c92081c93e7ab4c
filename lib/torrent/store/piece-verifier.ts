import { webcrypto } from 'node:crypto'
import type { RunningHash } from '../schedule/running-hash.ts'

/** As much is hashed at once: the way to a thread and back would cost more. */
const INLINE_BYTES = 256 * 1024
/** Node's thread pool has four threads, and reads and writes need some. */
const MAX_PARALLEL = 2

/**
 * Checks pieces against their SHA-1 (BEP 3), most of which came with their blocks. What came with its first block last is
 * hashed on the thread pool, a few pieces at a time.
 */
export class PieceVerifier {
  #running = 0
  readonly #waiting: (() => void)[] = []

  /** Never rejects. */
  async verify(bytes: Uint8Array, hash: RunningHash, expected: Uint8Array): Promise<boolean> {
    if (bytes.length - hash.hashedBytes <= INLINE_BYTES) return hash.digest(bytes).equals(expected)
    if (this.#running >= MAX_PARALLEL) await new Promise<void>((resolve) => this.#waiting.push(resolve))
    else this.#running++
    try {
      const digest = await webcrypto.subtle.digest('SHA-1', bytes as Uint8Array<ArrayBuffer>)
      return Buffer.from(digest).equals(expected)
    } finally {
      // The place goes to the next in line, if there is one.
      const next = this.#waiting.shift()
      if (next) next()
      else this.#running--
    }
  }
}
