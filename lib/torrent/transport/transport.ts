import type { InfoHash } from '../../domain/ids.ts'
import type { PeerAddress } from '../swarm/peer-address.ts'
import type { PeerConnection } from './peer-connection.ts'

/** Takes over a connection that came in, whose first bytes were read. False: not wanted, the connection is closed. */
export type AcceptPeer = (infoHash: InfoHash, connection: PeerConnection, head: Buffer) => boolean

/** How peers are reached and reach us: one listening port for all torrents. */
export interface Transport {
  /** What peers connect to; 0 before `listen`. */
  readonly port: number
  /** Port 0 is any free one. Fails with `conflict` when it is in use, `invalid` when it cannot be bound. */
  listen(): Promise<void>
  /** Begins a connection; it never throws, and tells its events how it went. */
  dial(peer: PeerAddress, infoHash: InfoHash): PeerConnection
  /** Idempotent. Resolves when no connection that came in is left: who took them ends them first. */
  close(): Promise<void>
}
