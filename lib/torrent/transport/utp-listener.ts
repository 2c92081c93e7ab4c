import type { Clock } from '../../domain/clock.ts'
import type { Logger } from '../../domain/logger.ts'
import type { PeerAddress } from '../swarm/peer-address.ts'
import type { PeerConnection } from './peer-connection.ts'
import { UtpSocket } from './utp-socket.ts'

const ANY_HOST = { 4: '0.0.0.0', 6: '::' } as const

export interface UtpListenerOptions {
  readonly clock: Clock
  readonly logger: Logger
  /** Undefined is every address of both families. */
  readonly host: string | undefined
  onConnection(connection: PeerConnection): void
}

/** uTP on the UDP port of the same number as the TCP port, over IPv4 and IPv6. */
export class UtpListener {
  readonly #options: UtpListenerOptions
  readonly #sockets = new Map<4 | 6, UtpSocket>()

  constructor(options: UtpListenerOptions) {
    this.#options = options
  }

  /** Never fails: where the port is taken peers are dialled from another one, and a family that is not here is left out. */
  async listen(port: number): Promise<void> {
    const { host } = this.#options
    const isAny = host === undefined || host === '::' || host === '0.0.0.0'
    for (const family of [4, 6] as const) {
      if (host === '0.0.0.0' && family === 6) continue
      if (!isAny && host.includes(':') !== (family === 6)) continue
      const socket = await this.#bind(family, isAny ? ANY_HOST[family] : host, port)
      if (socket) this.#sockets.set(family, socket)
    }
  }

  /** Undefined for a family that is not here. */
  dial(peer: PeerAddress): PeerConnection | undefined {
    return this.#sockets.get(peer.host.includes(':') ? 6 : 4)?.dial(peer)
  }

  /** Idempotent. All its connections end. */
  async close(): Promise<void> {
    const sockets = [...this.#sockets.values()]
    this.#sockets.clear()
    await Promise.all(sockets.map((socket) => socket.close()))
  }

  async #bind(family: 4 | 6, host: string, port: number): Promise<UtpSocket | undefined> {
    for (const tried of port === 0 ? [0] : [port, 0]) {
      const socket = new UtpSocket(family, this.#options)
      try {
        await socket.bind(host, tried)
        return socket
      } catch (error) {
        await socket.close()
        this.#options.logger.warn('no uTP on this port', { family, port: tried, err: error })
      }
    }
    return undefined
  }
}
