import { SharedBudget } from '../limits/shared-budget.ts'

const FREE_BYTES = 32 * 1024 * 1024

/**
 * Memory of pieces that are not verified and written yet, over all torrents: an amount, and the buffers themselves. A
 * buffer that is given back serves the next piece of its size, so that a download at full speed allocates nothing: fresh
 * memory costs a page fault each 4 KiB, and the collector's time as well.
 */
export class PieceMemory extends SharedBudget {
  /** By length; of each, the last given is the first taken, as it is still in the processor's cache. */
  readonly #free = new Map<number, Uint8Array[]>()
  #freeBytes = 0

  /** Bytes kept for the next pieces. */
  get freeBytes(): number {
    return this.#freeBytes
  }

  /** Holds anything. Not counted: who takes has reserved before. */
  take(lengthBytes: number): Uint8Array {
    const free = this.#free.get(lengthBytes)
    const buffer = free?.pop()
    if (!free || !buffer) return new Uint8Array(Buffer.allocUnsafeSlow(lengthBytes).buffer)
    if (free.length === 0) this.#free.delete(lengthBytes)
    this.#freeBytes -= lengthBytes
    return buffer
  }

  /** Nobody reads from it or writes to it any more. Buffers of lengths that are not asked for make way. */
  give(buffer: Uint8Array): void {
    if (buffer.length > FREE_BYTES) return
    for (const [length, free] of this.#free) {
      while (this.#freeBytes + buffer.length > FREE_BYTES && free.pop()) this.#freeBytes -= length
      if (free.length > 0) break
      this.#free.delete(length)
    }
    const free = this.#free.get(buffer.length) ?? []
    free.push(buffer)
    this.#freeBytes += buffer.length
    this.#free.delete(buffer.length)
    this.#free.set(buffer.length, free) // the lengths given last stand last
  }
}
