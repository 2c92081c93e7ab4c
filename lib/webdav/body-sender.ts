import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { systemClock } from '../domain/clock.ts'
import type { BufferPool, ContentReader } from '../domain/content.ts'
import { AppError } from '../domain/errors.ts'
import { type ByteRange, rangeLength } from '../domain/ranges.ts'
import { beginDirect, directSocket, endDirect, HEAD_ROOM_BYTES, type RawHeaders } from './direct-response.ts'

/** A client that takes less is slow: a film of 8 Mbit/s. */
const SLOW_BYTES_PER_MS = 1000
/** May pass at each write for other reasons than the client. */
const GRACE_MS = 50
/** Of the buffer that waits with a slow client. */
const SLOW_BUFFER_BYTES = 64 * 1024
/** Without a wait a client is no longer slow: twice what a socket that waited takes at once (`tcp_wmem`). */
const QUICK_BYTES = 8 * 1024 * 1024

/**
 * Moves a reader's bytes to one response, through one pooled buffer at a time: it returns to the pool when the socket took
 * its bytes, and the next read gets it again while the processor still has it in its cache (a second buffer, filled
 * meanwhile, measured slower: the kernel's socket buffer is the overlap). Nothing is allocated per read but the view that
 * is handed to the socket. What fits in one buffer leaves with its head in front of it, in one write. A slow client's bytes
 * wait in a small buffer of its own: hundreds of them hold little, and none of what the others need.
 */
export class BodySender {
  readonly #res: ServerResponse
  readonly #buffers: BufferPool
  readonly #signal: AbortSignal
  /** Where to write when node need not. */
  readonly #socket: Socket | undefined
  /** The buffer that the socket has not taken yet. */
  #sending: Uint8Array | undefined
  #sendingBytes = 0
  #sentMs = 0
  /** To be taken without a wait by a client that was slow. */
  #slowBytes = 0
  /** What a slow client gets its bytes from. */
  #small: Uint8Array | undefined
  /** Read before the head was written, from `roomBytes` of the buffer on. */
  #first: { readonly buffer: Uint8Array; readonly bytes: number; readonly roomBytes: number } | undefined
  /** Not written yet: it leaves with the first bytes. */
  #head = ''
  #wake: (() => void) | undefined

  /** `signal` must abort when the response closes. */
  constructor(req: IncomingMessage, res: ServerResponse, buffers: BufferPool, signal: AbortSignal) {
    this.#res = res
    this.#buffers = buffers
    this.#signal = signal
    this.#socket = directSocket(req, res)
  }

  /** Reads the beginning of `range`, so that a failure can still be answered with a status. */
  async prefetch(reader: ContentReader, range: ByteRange): Promise<void> {
    const buffer = this.#buffers.take()
    const wanted = rangeLength(range)
    const roomBytes = this.#socket && wanted + HEAD_ROOM_BYTES <= buffer.length ? HEAD_ROOM_BYTES : 0
    try {
      const bytes = await read(reader, buffer, roomBytes, range.start, wanted, this.#signal)
      this.#first = { buffer, bytes, roomBytes }
    } catch (error) {
      this.#buffers.give(buffer)
      throw error
    }
  }

  /** The head goes out with what is sent next. */
  begin(status: number, headers: RawHeaders): void {
    if (this.#socket) this.#head = beginDirect(this.#res, status, headers)
    else this.#res.writeHead(status, [...headers])
  }

  /** Text between the parts of the file. */
  sendText(text: string): void {
    if (this.#socket) this.#head += text
    else this.#res.write(text, 'latin1')
  }

  /** Sends the whole range. Rejects with what the reader throws, or the signal's reason. */
  async send(reader: ContentReader, range: ByteRange): Promise<void> {
    let position = range.start
    while (position < range.end) {
      if (this.#first) {
        const { buffer, bytes, roomBytes } = this.#first
        this.#first = undefined
        position += bytes
        this.#write(buffer, roomBytes, bytes)
        continue
      }
      if (this.#sending) await this.#taken()
      const buffer = this.#takeBuffer()
      let bytes: number
      try {
        bytes = await read(reader, buffer, 0, position, range.end - position, this.#signal)
      } catch (error) {
        this.#giveBack(buffer)
        throw error
      }
      position += bytes
      this.#write(buffer, 0, bytes)
    }
  }

  /** Ends the response, with the text. Resolves when the socket has taken everything. */
  async end(text: string): Promise<void> {
    if (!this.#socket) this.#res.end(text, 'latin1')
    else if (text !== '') this.#socket.write(this.#head + text, 'latin1')
    if (this.#sending) await this.#taken()
    if (this.#socket && !this.#socket.destroyed) endDirect(this.#res)
  }

  /** Gives back what a response that ended early left here. The socket must be closed, or never have had a byte. */
  release(): void {
    if (this.#first) this.#giveBack(this.#first.buffer)
    this.#first = undefined
    this.#onTaken()
  }

  #write(buffer: Uint8Array, start: number, bytes: number): void {
    this.#sending = buffer
    this.#sendingBytes = bytes
    this.#sentMs = systemClock.monotonicMs()
    const head = this.#head
    this.#head = ''
    const socket = this.#socket
    if (head.length > 0 && head.length <= start) {
      const from = start - head.length
      Buffer.from(buffer.buffer, buffer.byteOffset + from, head.length).write(head, 'latin1')
      socket?.write(buffer.subarray(from, start + bytes), this.#onTaken)
      return
    }
    const view = start === 0 && bytes === buffer.length ? buffer : buffer.subarray(start, start + bytes)
    if (head === '') {
      if (socket) socket.write(view, this.#onTaken)
      else this.#res.write(view, this.#onTaken)
      return
    }
    socket?.cork()
    socket?.write(head, 'latin1')
    socket?.write(view, this.#onTaken)
    socket?.uncork()
  }

  #takeBuffer(): Uint8Array {
    if (this.#slowBytes <= 0) return this.#buffers.take()
    this.#small ??= Buffer.allocUnsafeSlow(SLOW_BUFFER_BYTES)
    return this.#small
  }

  #giveBack(buffer: Uint8Array): void {
    if (buffer !== this.#small) this.#buffers.give(buffer)
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
    if (buffer) {
      const tookMs = systemClock.monotonicMs() - this.#sentMs - GRACE_MS
      if (tookMs * SLOW_BYTES_PER_MS > this.#sendingBytes) this.#slowBytes = QUICK_BYTES
      else this.#slowBytes -= this.#sendingBytes
      this.#giveBack(buffer)
    }
    const wake = this.#wake
    this.#wake = undefined
    wake?.()
  }
}

async function read(
  reader: ContentReader,
  buffer: Uint8Array,
  roomBytes: number,
  positionBytes: number,
  wantedBytes: number,
  signal: AbortSignal,
): Promise<number> {
  const isWhole = roomBytes === 0 && wantedBytes >= buffer.length
  const target = isWhole ? buffer : buffer.subarray(roomBytes, roomBytes + wantedBytes)
  const bytes = await reader.read(target, positionBytes, signal)
  if (bytes === 0) throw new AppError('internal', 'the file ended before its size')
  return bytes
}
