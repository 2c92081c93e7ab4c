import type { BufferPool } from '../domain/content.ts'
import { AppError } from '../domain/errors.ts'

const DEFAULT_BUFFER_BYTES = 512 * 1024
const DEFAULT_MAX_IDLE = 32

export interface BufferPoolOptions {
  /**
   * Default 512 KiB: it stays in a core's cache on its way from the disk to the socket. 1 MiB, which does not, takes more
   * processor time for each byte, and smaller ones more turns through the thread pool.
   */
  readonly bufferBytes?: number
  /** Returned buffers kept for the next `take`; more are left to the garbage collector. Default 32. */
  readonly maxIdle?: number
}

/** Buffers are outside the heap and never zeroed: `take` may hold what the last borrower read. */
export class FixedBufferPool implements BufferPool {
  readonly bufferBytes: number
  readonly #maxIdle: number
  readonly #idle: Uint8Array[] = []
  readonly #lent = new Set<Uint8Array>()

  constructor(options: BufferPoolOptions = {}) {
    this.bufferBytes = options.bufferBytes ?? DEFAULT_BUFFER_BYTES
    this.#maxIdle = options.maxIdle ?? DEFAULT_MAX_IDLE
  }

  get idle(): number {
    return this.#idle.length
  }

  get lent(): number {
    return this.#lent.size
  }

  take(): Uint8Array {
    const buffer = this.#idle.pop() ?? Buffer.allocUnsafeSlow(this.bufferBytes)
    this.#lent.add(buffer)
    return buffer
  }

  /** Throws `internal` for a buffer that is not lent: given twice, two readers would write into it. */
  give(buffer: Uint8Array): void {
    if (!this.#lent.delete(buffer)) throw new AppError('internal', 'buffer given back twice, or not of this pool')
    if (this.#idle.length < this.#maxIdle) this.#idle.push(buffer)
  }
}
