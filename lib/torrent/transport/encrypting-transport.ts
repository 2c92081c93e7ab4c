import type { InfoHash } from '../../domain/ids.ts'
import type { Logger } from '../../domain/logger.ts'
import { formatPeerAddress, type PeerAddress } from '../swarm/peer-address.ts'
import { Greeter } from './greeter.ts'
import { MseConnection } from './mse-connection.ts'
import { CryptoMethod, initiateMse, respondMse } from './mse-handshake.ts'
import { loadMseGroup, torrentMark } from './mse-keys.ts'
import type { PeerConnection } from './peer-connection.ts'
import { RacedConnection } from './raced-connection.ts'
import { RetriedConnection } from './retried-connection.ts'
import { TcpConnection } from './tcp-connection.ts'
import { TcpServer } from './tcp-server.ts'
import { localHostFor, type TransportOptions } from './tcp-transport.ts'
import type { Transport } from './transport.ts'
import { UtpListener } from './utp-listener.ts'

/** Peers of which it is kept that they want it encrypted. */
const MAX_KNOWN_PEERS = 2000
/** A peer that TCP reaches answers sooner than that, as a rule. */
const TCP_HEAD_START_MS = 250

/** `allow`: plain first, encrypted where a peer wants it, and both are taken; `require`: nothing else; `off`: never. */
export type EncryptionPolicy = 'allow' | 'require' | 'off'

export interface EncryptingTransportOptions extends TransportOptions {
  readonly encryption: EncryptionPolicy
  /** Whether peers are also dialled and taken over uTP. */
  readonly utp: boolean
  readonly logger: Logger
  /** Torrents that an encrypted handshake may be for. */
  torrents(): Iterable<InfoHash>
}

/** TCP and uTP over IPv4 and IPv6 with message stream encryption, dialled and taken on ports of one number. */
export class EncryptingTransport implements Transport {
  readonly #options: EncryptingTransportOptions
  readonly #methods: number
  readonly #greeter: Greeter
  readonly #server: TcpServer
  readonly #utp: UtpListener | undefined
  /** Addresses that answered encrypted only. */
  readonly #encrypted = new Set<string>()

  constructor(options: EncryptingTransportOptions) {
    this.#options = options
    this.#methods = options.encryption === 'require' ? CryptoMethod.rc4 : CryptoMethod.plain | CryptoMethod.rc4
    this.#greeter = new Greeter({
      clock: options.clock,
      accept: options.accept,
      takesPlain: options.encryption !== 'require',
      ...(options.encryption === 'off' ? {} : { decipher: (connection) => this.#respond(connection) }),
    })
    const onConnection = (connection: PeerConnection) => this.#greeter.greet(connection)
    this.#server = new TcpServer(onConnection)
    this.#utp = options.utp ? new UtpListener({ ...options, onConnection }) : undefined
  }

  get port(): number {
    return this.#server.port
  }

  async listen(): Promise<void> {
    if (this.#options.encryption !== 'off') loadMseGroup() // now, and not at a peer's call
    await this.#server.listen(this.#options.host, this.#options.port)
    await this.#utp?.listen(this.port)
  }

  dial(peer: PeerAddress, infoHash: InfoHash): PeerConnection {
    const { encryption } = this.#options
    const encrypted = () => {
      return new MseConnection(this.#connect(peer), (send) => initiateMse(infoHash, this.#methods, send))
    }
    if (encryption === 'off') return this.#connect(peer)
    if (encryption === 'require') return encrypted()
    const address = formatPeerAddress(peer.host, peer.port)
    // Forgotten until it answers once more: a peer that changed its mind is dialled plain the next time.
    if (this.#encrypted.delete(address)) {
      return new RetriedConnection(encrypted(), undefined, () => this.#remember(address))
    }
    return new RetriedConnection(this.#connect(peer), encrypted, (wasRetried) => {
      if (wasRetried) this.#remember(address)
    })
  }

  async close(): Promise<void> {
    this.#greeter.close()
    await this.#utp?.close()
    await this.#server.close()
  }

  #connect(peer: PeerAddress): PeerConnection {
    const tcp = TcpConnection.dial(peer.host, peer.port, localHostFor(peer, this.#options.host))
    const utp = this.#utp
    return utp ? new RacedConnection(this.#options.clock, tcp, () => utp.dial(peer), TCP_HEAD_START_MS) : tcp
  }

  #respond(connection: PeerConnection): MseConnection {
    const torrentOf = (mark: Buffer): InfoHash | undefined => {
      for (const infoHash of this.#options.torrents()) if (torrentMark(infoHash).equals(mark)) return infoHash
      return undefined
    }
    return new MseConnection(connection, (send) => respondMse({ methods: this.#methods, torrentOf }, send))
  }

  #remember(address: string): void {
    for (const oldest of this.#encrypted) {
      if (this.#encrypted.size < MAX_KNOWN_PEERS) break
      this.#encrypted.delete(oldest)
    }
    this.#encrypted.add(address)
  }
}
