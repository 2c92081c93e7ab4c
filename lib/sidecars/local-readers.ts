import type { FileHandle } from 'node:fs/promises'
import { throwIfAborted } from '../domain/abort.ts'
import type { ContentReader } from '../domain/content.ts'
import { AppError } from '../domain/errors.ts'

const closed = (): AppError => new AppError('aborted', 'the reader is closed')

/** A text that was made for this reader. */
export class BytesReader implements ContentReader {
  readonly #bytes: Uint8Array
  #isClosed = false

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  get sizeBytes(): number {
    return this.#bytes.length
  }

  async read(target: Uint8Array, positionBytes: number, signal: AbortSignal): Promise<number> {
    throwIfAborted(signal)
    if (this.#isClosed) throw closed()
    const part = this.#bytes.subarray(positionBytes, positionBytes + target.length)
    target.set(part)
    return part.length
  }

  close(): void {
    this.#isClosed = true
  }
}

/** A small file of this machine, which is replaced as a whole and never written in place. Owns its handle. */
export class FileReader implements ContentReader {
  readonly sizeBytes: number
  readonly #file: FileHandle
  #isClosed = false

  constructor(file: FileHandle, sizeBytes: number) {
    this.#file = file
    this.sizeBytes = sizeBytes
  }

  async read(target: Uint8Array, positionBytes: number, signal: AbortSignal): Promise<number> {
    throwIfAborted(signal)
    if (this.#isClosed) throw closed()
    const wantedBytes = Math.min(target.length, this.sizeBytes - positionBytes)
    if (wantedBytes <= 0) return 0
    const { bytesRead } = await this.#file.read(target, 0, wantedBytes, positionBytes)
    throwIfAborted(signal)
    if (this.#isClosed) throw closed()
    if (bytesRead === 0) throw new AppError('unavailable', 'the file became shorter')
    return bytesRead
  }

  /** The handle waits for a read that runs. */
  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#file.close().catch(() => {}) // nothing was written: there is nothing to lose
  }
}
