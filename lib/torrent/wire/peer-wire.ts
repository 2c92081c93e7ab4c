import type { PeerConnection } from '../transport/peer-connection.ts'

/** The sending side of one peer's connection. Messages of BEP 3 and BEP 10, in the order of the calls. */
export interface PeerWire {
  /** Written and not yet taken by the socket. */
  readonly bufferedBytes: number
  choke(): void
  unchoke(): void
  interested(): void
  have(piece: number): void
  bitfield(bits: Uint8Array): void
  /** Whole messages, as `BlockMessages` and `haveMessages` make them: one write. */
  blockMessages(messages: Buffer): void
  piece(piece: number, offsetBytes: number, data: Buffer): void
  extended(id: number, payload: Uint8Array): void
  keepAlive(): void
  /** Undefined where the package cannot offer them. Sent only to a peer whose handshake offers them too. */
  readonly fast: FastMessages | undefined
  /** Idempotent. The socket goes with it. */
  destroy(): void
}

/** The fast extension (BEP 6), as far as we have something to say. */
export interface FastMessages {
  haveAll(): void
  haveNone(): void
}

/** A swarm that can take part in one torrent: makes wires out of connections. */
export interface WireSwarm {
  /** Sends our handshake on an established connection. What the peer sends is not read here. */
  attach(connection: PeerConnection, address: string): PeerWire
  /** Idempotent. Every wire is destroyed. */
  destroy(): void
}
