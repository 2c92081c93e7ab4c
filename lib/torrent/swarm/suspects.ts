import { BLOCK_BYTES } from '../../domain/piece-layout.ts'

/** Failed attempts that are kept to be compared; each holds a piece in memory. */
const MAX_KEPT = 4

interface Attempt {
  readonly bytes: Uint8Array
  readonly sources: readonly (string | undefined)[]
}

/**
 * Finds who sent bad data. A piece that failed and came from one peer accuses that peer. One that came from several is
 * kept until a good copy is there, and compared block by block: whoever sent a block that differs is guilty.
 */
export class Suspects {
  readonly #attempts = new Map<number, Attempt>()

  /** Takes `bytes` over. Returns the guilty, as far as that is known already. */
  onFailed(piece: number, bytes: Uint8Array, sources: readonly (string | undefined)[]): readonly string[] {
    const distinct = [...new Set(sources)].filter((source) => source !== undefined)
    if (distinct.length === 1) return distinct
    if (this.#attempts.size < MAX_KEPT || this.#attempts.has(piece)) this.#attempts.set(piece, { bytes, sources })
    return []
  }

  /** A good copy of the piece. Returns those who had sent other bytes. */
  onVerified(piece: number, bytes: Uint8Array): readonly string[] {
    const attempt = this.#attempts.get(piece)
    if (!attempt) return []
    this.#attempts.delete(piece)
    const guilty = new Set<string>()
    for (const [block, source] of attempt.sources.entries()) {
      const [start, end] = [block * BLOCK_BYTES, (block + 1) * BLOCK_BYTES]
      if (
        source !== undefined &&
        Buffer.compare(attempt.bytes.subarray(start, end), bytes.subarray(start, end)) !== 0
      ) {
        guilty.add(source)
      }
    }
    return [...guilty]
  }

  clear(): void {
    this.#attempts.clear()
  }
}
