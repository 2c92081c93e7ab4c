import type { InfoHash } from '../../domain/ids.ts'
import { formatPeerAddress, type PeerAddress } from '../swarm/peer-address.ts'
import { Greeter } from './greeter.ts'
import { MseConnection } from './mse-connection.ts'
import { CryptoMethod, initiateMse, respondMse } from './mse-handshake.ts'
import { loadMseGroup, torrentMark } from './mse-keys.ts'
import type { PeerConnection } from './peer-connection.ts'
import { RetriedConnection } from './retried-connection.ts'
import { TcpConnection } from './tcp-connection.ts'
import { TcpServer } from './tcp-server.ts'
import { localHostFor, type TransportOptions } from './tcp-transport.ts'
import type { Transport } from './transport.ts'

/** Peers of which it is kept that they want it encrypted. */
const MAX_KNOWN_PEERS = 2000

/** `allow`: plain first, encrypted where a peer wants it, and both are taken; `require`: nothing else; `off`: never. */
export type EncryptionPolicy = 'allow' | 'require' | 'off'

export interface EncryptingTransportOptions extends TransportOptions {
  readonly encryption: EncryptionPolicy
  /** Torrents that an encrypted handshake may be for. */
  torrents(): Iterable<InfoHash>
}

/** TCP over IPv4 and IPv6 with message stream encryption, dialled and taken on one port. */
export class EncryptingTransport implements Transport {
  readonly #options: EncryptingTransportOptions
  readonly #methods: number
  readonly #greeter: Greeter
  readonly #server: TcpServer
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
    this.#server = new TcpServer((connection) => this.#greeter.greet(connection))
  }

  get port(): number {
    return this.#server.port
  }

  listen(): Promise<void> {
    if (this.#options.encryption !== 'off') loadMseGroup() // now, and not at a peer's call
    return this.#server.listen(this.#options.host, this.#options.port)
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

  setActive(): void {}

  async close(): Promise<void> {
    this.#greeter.close()
    await this.#server.close()
  }

  #connect(peer: PeerAddress): PeerConnection {
    return TcpConnection.dial(peer.host, peer.port, localHostFor(peer, this.#options.host))
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
