import type { Clock } from '../../domain/clock.ts'
import type { PeerAddress } from '../swarm/peer-address.ts'
import { Greeter } from './greeter.ts'
import type { PeerConnection } from './peer-connection.ts'
import { TcpConnection } from './tcp-connection.ts'
import { TcpServer } from './tcp-server.ts'
import type { AcceptPeer, Transport } from './transport.ts'

export interface TransportOptions {
  /** Listened on, and dialled from; undefined is every address. */
  readonly host: string | undefined
  readonly port: number
  readonly clock: Clock
  readonly accept: AcceptPeer
}

/** Plain TCP, over IPv4 and IPv6. */
export class TcpTransport implements Transport {
  readonly #options: TransportOptions
  readonly #greeter: Greeter
  readonly #server: TcpServer

  constructor(options: TransportOptions) {
    this.#options = options
    this.#greeter = new Greeter({ clock: options.clock, accept: options.accept, takesPlain: true })
    this.#server = new TcpServer((connection) => this.#greeter.greet(connection))
  }

  get port(): number {
    return this.#server.port
  }

  listen(): Promise<void> {
    return this.#server.listen(this.#options.host, this.#options.port)
  }

  dial(peer: PeerAddress): PeerConnection {
    return TcpConnection.dial(peer.host, peer.port, localHostFor(peer, this.#options.host))
  }

  async close(): Promise<void> {
    this.#greeter.close()
    await this.#server.close()
  }
}

/** The address to dial a peer from: ours, where it is a particular one and of the peer's family. */
export function localHostFor(peer: PeerAddress, host: string | undefined): string | undefined {
  const isAny = host === undefined || host === '0.0.0.0' || host === '::'
  return isAny || host.includes(':') !== peer.host.includes(':') ? undefined : host
}
