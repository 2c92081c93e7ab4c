import { AppError } from '../../domain/errors.ts'
import type { MseAgreement, MseHandshake, Wanted } from './mse-handshake.ts'
import { type ConnectionEvents, NO_EVENTS, type PeerConnection } from './peer-connection.ts'

/**
 * A connection under message stream encryption. Its handshake's bytes are held only as far as the handshake waits for
 * them, which bounds them; one that goes wrong ends the connection.
 */
export class MseConnection implements PeerConnection {
  readonly #base: PeerConnection
  readonly #handshake: MseHandshake
  #events: ConnectionEvents = NO_EVENTS
  #wanted: Wanted = 0
  #held: Buffer = Buffer.alloc(0)
  #agreement: MseAgreement | undefined
  #isClosed = false

  /** Over a connection that is being dialled, or, with `begin`, over one that stands. */
  constructor(base: PeerConnection, newHandshake: (send: (bytes: Uint8Array) => void) => MseHandshake) {
    this.#base = base
    this.#handshake = newHandshake((bytes) => base.write(bytes))
    base.listen({
      onConnected: () => this.begin(Buffer.alloc(0)),
      onData: (chunk) => this.#receive(chunk),
      onDrain: () => this.#events.onDrain(),
      onClosed: () => this.#close(),
    })
  }

  get host(): string {
    return this.#base.host
  }

  get port(): number {
    return this.#base.port
  }

  get bufferedBytes(): number {
    return this.#base.bufferedBytes
  }

  /** Starts the handshake, with what was read of the other side. Once. */
  begin(head: Buffer): void {
    this.#shake(head, true)
  }

  listen(events: ConnectionEvents): void {
    this.#events = events
  }

  write(bytes: Uint8Array): void {
    if (this.#isClosed || !this.#agreement) return
    const { ciphers } = this.#agreement
    if (!ciphers) {
      this.#base.write(bytes)
      return
    }
    const enciphered = Buffer.allocUnsafe(bytes.length)
    ciphers.encrypt.apply(bytes, enciphered)
    this.#base.write(enciphered)
  }

  destroy(): void {
    this.#isClosed = true
    this.#events = NO_EVENTS
    this.#held = Buffer.alloc(0)
    this.#base.destroy()
  }

  #receive(chunk: Buffer): void {
    if (!this.#agreement) {
      this.#shake(chunk, false)
      return
    }
    this.#agreement.ciphers?.decrypt.apply(chunk, chunk)
    this.#events.onData(chunk)
  }

  #shake(chunk: Buffer, isFirst: boolean): void {
    this.#held = Buffer.concat([this.#held, chunk])
    try {
      if (isFirst) this.#resume(this.#handshake.next())
      while (!this.#agreement && !this.#isClosed) {
        const given = this.#take()
        if (!given) return
        this.#resume(this.#handshake.next(given))
      }
    } catch {
      this.#close()
      return
    }
    const rest = this.#held
    const initial = this.#agreement?.initial
    this.#held = Buffer.alloc(0)
    this.#events.onConnected()
    if (initial && initial.length > 0) this.#events.onData(initial)
    if (rest.length > 0 && !this.#isClosed) this.#receive(rest)
  }

  #resume(result: IteratorResult<Wanted, MseAgreement>): void {
    if (result.done) this.#agreement = result.value
    else this.#wanted = result.value
  }

  /** What the handshake waits for; undefined while it is not there. Throws when it can no longer come. */
  #take(): Buffer | undefined {
    const wanted = this.#wanted
    if (typeof wanted === 'number') return this.#held.length < wanted ? undefined : this.#cut(wanted)
    const at = this.#held.indexOf(wanted.until)
    if (at > wanted.withinBytes || (at < 0 && this.#held.length >= wanted.withinBytes + wanted.until.length)) {
      throw new AppError('invalid', 'no end of the padding')
    }
    return at < 0 ? undefined : this.#cut(at + wanted.until.length)
  }

  #cut(lengthBytes: number): Buffer {
    const bytes = this.#held.subarray(0, lengthBytes)
    this.#held = this.#held.subarray(lengthBytes)
    return bytes
  }

  #close(): void {
    if (this.#isClosed) return
    const events = this.#events
    this.destroy()
    events.onClosed()
  }
}
