import type { FileHandle } from 'node:fs/promises'
import { Writable } from 'node:stream'
import type { ContentReader } from '../domain/content.ts'
import { AppError } from '../domain/errors.ts'

/** Positional reads of an open file, which it closes. */
export class FileReader implements ContentReader {
  readonly sizeBytes: number
  readonly #handle: FileHandle
  #reading: Promise<unknown> = Promise.resolve()
  #isClosed = false

  constructor(handle: FileHandle, sizeBytes: number) {
    this.#handle = handle
    this.sizeBytes = sizeBytes
  }

  async read(target: Uint8Array, positionBytes: number): Promise<number> {
    if (this.#isClosed) throw new AppError('aborted', 'the reader is closed')
    const reading = this.#handle.read(target, 0, target.length, positionBytes)
    this.#reading = reading
    return (await reading).bytesRead
  }

  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    const end = (): Promise<void> => this.#handle.close().catch(() => {}) // nothing was written: nothing can be lost
    void this.#reading.then(end, end)
  }
}

interface FileWriterOptions {
  readonly maxBytes: number
  readonly tooLong: Error
  readonly commit: () => Promise<void>
  readonly discard: () => Promise<void>
  /** What it ends with when the file system refused it so. */
  readonly failure: (error: Error) => Error
}

/** Writes an open file; `commit` runs when its last byte is written and it is closed, `discard` in any case after. */
export class FileWriter extends Writable {
  readonly #handle: FileHandle
  readonly #options: FileWriterOptions
  #writtenBytes = 0
  #isClosed = false

  constructor(handle: FileHandle, options: FileWriterOptions) {
    super()
    this.#handle = handle
    this.#options = options
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#writtenBytes += chunk.length
    if (this.#writtenBytes > this.#options.maxBytes) {
      done(this.#options.tooLong)
      return
    }
    this.#handle.writeFile(chunk).then(
      () => done(),
      (error: Error) => done(this.#options.failure(error)),
    )
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#close()
      .then(this.#options.commit)
      .then(
        () => done(),
        (error: Error) => done(this.#options.failure(error)),
      )
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#close()
      .then(this.#options.discard)
      .then(
        () => done(error),
        (failure: Error) => done(error ?? failure),
      )
  }

  async #close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    await this.#handle.close()
  }
}
