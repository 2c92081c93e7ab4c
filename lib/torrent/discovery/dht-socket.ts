import { createSocket, type RemoteInfo, type Socket } from 'node:dgram'
import type { Logger } from '../../domain/logger.ts'
import { isDhtPacket } from './dht-packet.ts'

/**
 * The part of a UDP socket that the DHT package uses. Only well-formed packets reach it, what it throws at one loses that
 * packet, and a datagram that cannot be sent is a lost one: nothing from outside becomes an uncaught exception.
 */
export class DhtSocket {
  readonly #socket: Socket = createSocket('udp4')
  readonly #logger: Logger

  constructor(logger: Logger) {
    this.#logger = logger
  }

  on(event: string, listener: (...args: never[]) => void): this {
    if (event === 'message') this.#socket.on('message', this.#guarded(listener as (...args: unknown[]) => void))
    else this.#socket.on(event, listener as (...args: unknown[]) => void)
    return this
  }

  bind(port: number, host: string): void {
    this.#socket.bind(port, host)
  }

  address(): { readonly port: number } {
    return this.#socket.address()
  }

  /** As `dgram.Socket.send`; never throws. */
  send(message: Uint8Array, offset: number, length: number, port: number, host: string, done: () => void): void {
    try {
      this.#socket.send(message, offset, length, port, host, done)
    } catch (error) {
      this.#logger.debug('a DHT packet cannot be sent', { err: error })
    }
  }

  close(): void {
    this.#socket.close()
  }

  #guarded(listener: (...args: unknown[]) => void): (datagram: Buffer, from: RemoteInfo) => void {
    return (datagram, from) => {
      if (!isDhtPacket(datagram)) return
      try {
        listener(datagram, from)
      } catch (error) {
        this.#logger.debug('a DHT packet was refused', { err: error })
      }
    }
  }
}
