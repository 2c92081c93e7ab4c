import type { Disposable } from '../domain/disposable.ts'
import type { InfoHash } from '../domain/ids.ts'

/** A swarm that looks for peers while joined. */
export interface DiscoveryRequest {
  readonly infoHash: InfoHash
  /** HTTP and UDP tracker URLs; others are ignored. */
  readonly trackers: readonly string[]
  /** BEP 27: trackers only. */
  readonly isPrivate: boolean
  /** TCP port announced. */
  readonly port: number
  /** `host:port` of a peer, possibly seen before. */
  onPeer(address: string): void
  /** For announces (BEP 3: uploaded, downloaded, left), in bytes. */
  progress(): { readonly uploaded: number; readonly downloaded: number; readonly left: number }
}

/** Trackers and one DHT node shared by all torrents; on the network only while a swarm is joined. */
export interface Discovery {
  /** Announces at once. Disposing says `stopped` to the trackers without waiting and ends all its timers and sockets. */
  join(request: DiscoveryRequest): Disposable
  /** The DHT's table is kept for the next start. Idempotent. */
  close(): Promise<void>
}
