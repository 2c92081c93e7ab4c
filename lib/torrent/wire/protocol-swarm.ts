// @ts-expect-error the package carries no types
import PackageWire from 'bittorrent-protocol'
import type { InfoHash } from '../../domain/ids.ts'
import type { PeerConnection } from '../transport/peer-connection.ts'
import type { FastMessages, PeerWire, WireSwarm } from './peer-wire.ts'

/** A wire of bittorrent-protocol, as far as it is used: what it sends. */
interface ProtocolWire {
  hasFast: boolean
  handshake(infoHash: string, peerId: string, extensions: { readonly fast: boolean }): void
  choke(): void
  unchoke(): void
  interested(): void
  have(piece: number): void
  bitfield(bits: Uint8Array): void
  piece(piece: number, offsetBytes: number, data: Uint8Array): void
  extended(id: number, payload: Uint8Array): void
  keepAlive(): void
  haveAll(): void
  haveNone(): void
}

const ProtocolWireBase = PackageWire as new (type: string) => ProtocolWire

/** Its messages go straight to the connection, and not through the package's stream. */
class SendingWire extends ProtocolWireBase {
  readonly #connection: PeerConnection

  constructor(connection: PeerConnection) {
    super('tcp')
    this.#connection = connection
    // Asked of it only when both handshakes had the bit, which the package does not get to see.
    this.hasFast = true
  }

  /** Overrides the package's: every message of its passes here. */
  _push(bytes: Uint8Array): void {
    this.#connection.write(bytes)
  }
}

export interface ProtocolSwarmOptions {
  readonly infoHash: InfoHash
  /** 20 bytes of latin1. */
  readonly peerId: string
}

/**
 * One torrent's wires on bittorrent-protocol 5, which brings the handshake, the encoding and the fast extension. What
 * peers send does not go through it: it takes short frames for piece 0, holds frames of two gigabytes, copying all it
 * has at each read, and a public key of zero in its encrypted handshake ends the process. `WireGuard` reads instead.
 */
export class ProtocolSwarm implements WireSwarm {
  readonly #infoHash: InfoHash
  readonly #peerId: string
  readonly #wires = new Set<BittorrentProtocolWire>()

  constructor(options: ProtocolSwarmOptions) {
    this.#infoHash = options.infoHash
    this.#peerId = Buffer.from(options.peerId, 'latin1').toString('hex')
  }

  attach(connection: PeerConnection): PeerWire {
    const sending = new SendingWire(connection)
    const wire = new BittorrentProtocolWire(sending, connection, () => this.#wires.delete(wire))
    this.#wires.add(wire)
    sending.handshake(this.#infoHash, this.#peerId, { fast: true })
    return wire
  }

  destroy(): void {
    for (const wire of this.#wires) wire.destroy()
  }
}

class BittorrentProtocolWire implements PeerWire {
  readonly fast: FastMessages
  readonly #wire: ProtocolWire
  readonly #connection: PeerConnection
  readonly #onDestroyed: () => void

  constructor(wire: ProtocolWire, connection: PeerConnection, onDestroyed: () => void) {
    this.fast = wire
    this.#wire = wire
    this.#connection = connection
    this.#onDestroyed = onDestroyed
  }

  get bufferedBytes(): number {
    return this.#connection.bufferedBytes
  }

  choke(): void {
    this.#wire.choke()
  }

  unchoke(): void {
    this.#wire.unchoke()
  }

  interested(): void {
    this.#wire.interested()
  }

  have(piece: number): void {
    this.#wire.have(piece)
  }

  bitfield(bits: Uint8Array): void {
    this.#wire.bitfield(Uint8Array.from(bits))
  }

  blockMessages(messages: Buffer): void {
    this.#connection.write(messages)
  }

  piece(piece: number, offsetBytes: number, data: Buffer): void {
    this.#wire.piece(piece, offsetBytes, data)
  }

  extended(id: number, payload: Uint8Array): void {
    this.#wire.extended(id, payload)
  }

  keepAlive(): void {
    this.#wire.keepAlive()
  }

  destroy(): void {
    this.#onDestroyed()
    this.#connection.destroy()
  }
}
