import type { ServerResponse } from 'node:http'
import type { BufferPool, ContentReader } from '../domain/content.ts'
import { AppError } from '../domain/errors.ts'
import { type ByteRange, rangeLength } from '../domain/ranges.ts'

/**
 * Moves a reader's bytes to one response, through one pooled buffer at a time: it returns to the pool when the socket took
 * its bytes, and the next read gets it again while the processor still has it in its cache (a second buffer, filled
 * meanwhile, measured slower: the kernel's socket buffer is the overlap). Nothing is allocated per read but the view that
 * is handed to the socket.
 */
export class BodySender {
  readonly #res: ServerResponse
  readonly #buffers: BufferPool
  readonly #signal: AbortSignal
  /** The buffer that the socket has not taken yet. */
  #sending: Uint8Array | undefined
  /** Read before the header was written. */
  #first: { readonly buffer: Uint8Array; readonly bytes: number } | undefined
  #wake: (() => void) | undefined

  /** `signal` must abort when the response closes. */
  constructor(res: ServerResponse, buffers: BufferPool, signal: AbortSignal) {
    this.#res = res
    this.#buffers = buffers
    this.#signal = signal
  }

  /** Reads the beginning of `range`, so that a failure can still be answered with a status. */
  async prefetch(reader: ContentReader, range: ByteRange): Promise<void> {
    const buffer = this.#buffers.take()
    try {
      const bytes = await read(reader, buffer, range.start, rangeLength(range), this.#signal)
      this.#first = { buffer, bytes }
    } catch (error) {
      this.#buffers.give(buffer)
      throw error
    }
  }

  /** Sends the whole range. Rejects with what the reader throws, or the signal's reason. */
  async send(reader: ContentReader, range: ByteRange): Promise<void> {
    let position = range.start
    while (position < range.end) {
      let buffer: Uint8Array
      let bytes: number
      if (this.#first) {
        ;({ buffer, bytes } = this.#first)
        this.#first = undefined
      } else {
        if (this.#sending) await this.#taken()
        buffer = this.#buffers.take()
        try {
          bytes = await read(reader, buffer, position, range.end - position, this.#signal)
        } catch (error) {
          this.#buffers.give(buffer)
          throw error
        }
      }
      position += bytes
      this.#sending = buffer
      this.#res.write(bytes === buffer.length ? buffer : buffer.subarray(0, bytes), this.#onTaken)
    }
  }

  /** Resolves when the socket has taken everything. */
  async flush(): Promise<void> {
    if (this.#sending) await this.#taken()
  }

  /** Gives back what a response that ended early left here. The socket must be closed, or never have had a byte. */
  release(): void {
    if (this.#first) this.#buffers.give(this.#first.buffer)
    this.#first = undefined
    this.#onTaken()
  }

  #taken(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#wake = () => {
        if (this.#signal.aborted) reject(this.#signal.reason as Error)
        else resolve()
      }
      if (this.#signal.aborted) this.#onTaken()
    })
  }

  // The socket calls this also for a write that failed because it closed.
  readonly #onTaken = (): void => {
    const buffer = this.#sending
    this.#sending = undefined
    if (buffer) this.#buffers.give(buffer)
    const wake = this.#wake
    this.#wake = undefined
    wake?.()
  }
}

async function read(
  reader: ContentReader,
  buffer: Uint8Array,
  positionBytes: number,
  wantedBytes: number,
  signal: AbortSignal,
): Promise<number> {
  const target = wantedBytes < buffer.length ? buffer.subarray(0, wantedBytes) : buffer
  const bytes = await reader.read(target, positionBytes, signal)
  if (bytes === 0) throw new AppError('internal', 'the file ended before its size')
  return bytes
}
