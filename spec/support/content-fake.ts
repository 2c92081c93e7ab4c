import type { BufferPool, ContentReader, ContentSource } from '../../lib/domain/content.ts'
import { AppError, type ErrorCode } from '../../lib/domain/errors.ts'
import type { ContentId } from '../../lib/domain/ids.ts'
import type { ByteRange } from '../../lib/domain/ranges.ts'

/** The byte that every fake file has at a position. */
export const byteAt = (position: number): number => (position * 31 + (position >>> 8)) & 0xff

export function expectedBytes(range: ByteRange): Buffer {
  const bytes = Buffer.alloc(range.end - range.start)
  for (let index = 0; index < bytes.length; index++) bytes[index] = byteAt(range.start + index)
  return bytes
}

/**
 * Files held in memory, all with the bytes of one pattern. Positions from `stallAt` on wait until `resume`, or for ever;
 * `failWith` makes the next opens or reads fail. Counts what is open.
 */
export class ContentFake implements ContentSource {
  opened = 0
  openNow = 0
  aborted = 0
  stallAt = Number.POSITIVE_INFINITY
  /** The most that one read gives. */
  stepBytes = Number.POSITIVE_INFINITY
  failWith: { readonly code: ErrorCode; readonly from: number } | undefined
  readonly #pattern: Buffer
  readonly #waiting = new Set<() => void>()

  constructor(sizeBytes: number) {
    this.#pattern = expectedBytes({ start: 0, end: sizeBytes })
  }

  resume(): void {
    this.stallAt = Number.POSITIVE_INFINITY
    for (const wake of [...this.#waiting]) wake()
  }

  open(_content: ContentId, _range: ByteRange, signal: AbortSignal): Promise<ContentReader> {
    if (signal.aborted) return Promise.reject(signal.reason as Error)
    this.opened += 1
    this.openNow += 1
    let isClosed = false
    return Promise.resolve({
      sizeBytes: this.#pattern.length,
      read: (target, position, readSignal) => this.#read(target, position, readSignal),
      close: () => {
        if (isClosed) return
        isClosed = true
        this.openNow -= 1
      },
    })
  }

  async #read(target: Uint8Array, position: number, signal: AbortSignal): Promise<number> {
    if (this.failWith && position + target.length > this.failWith.from) {
      if (position >= this.failWith.from) throw new AppError(this.failWith.code, 'as the spec wants')
    }
    if (position >= this.stallAt) await this.#wait(signal)
    const limit = position < this.stallAt ? this.stallAt : this.#pattern.length
    const end = Math.min(position + Math.min(target.length, this.stepBytes), limit, this.#pattern.length)
    return this.#pattern.copy(target, 0, position, Math.max(position, end))
  }

  #wait(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const done = (): void => {
        this.#waiting.delete(wake)
        signal.removeEventListener('abort', onAbort)
      }
      const wake = (): void => {
        done()
        resolve()
      }
      const onAbort = (): void => {
        done()
        this.aborted += 1
        reject(signal.reason as Error)
      }
      this.#waiting.add(wake)
      signal.addEventListener('abort', onAbort, { once: true })
    })
  }
}

/** Counts what it lent; a buffer given back twice, or one that is not its own, is an error. */
export class CountingPool implements BufferPool {
  readonly bufferBytes: number
  made = 0
  readonly #free: Uint8Array[] = []
  readonly #lent = new Set<Uint8Array>()

  constructor(bufferBytes = 256 * 1024) {
    this.bufferBytes = bufferBytes
  }

  get lent(): number {
    return this.#lent.size
  }

  take(): Uint8Array {
    const buffer = this.#free.pop() ?? this.#make()
    this.#lent.add(buffer)
    return buffer
  }

  give(buffer: Uint8Array): void {
    if (!this.#lent.delete(buffer)) throw new Error('a buffer came back that was not lent')
    this.#free.push(buffer)
  }

  #make(): Uint8Array {
    this.made += 1
    return new Uint8Array(this.bufferBytes)
  }
}
