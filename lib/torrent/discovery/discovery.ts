import type { Disposable } from '../../domain/disposable.ts'
import type { InfoHash } from '../../domain/ids.ts'

/** A swarm that looks for peers while joined. */
export interface DiscoveryRequest {
  readonly infoHash: InfoHash
  /** HTTP and UDP tracker URLs; others are ignored. */
  readonly trackers: readonly string[]
  /** BEP 27: trackers only. */
  readonly isPrivate: boolean
  /** TCP port announced. */
  readonly port: number
  /** 20 bytes, the one of the handshake (private trackers compare them); one of the discovery's own when left out. */
  readonly peerId?: Uint8Array
  /** `host:port` of a peer, possibly seen before; an IPv6 host in brackets. */
  onPeer(address: string): void
  /** For announces (BEP 3: uploaded, downloaded, left), in bytes. */
  progress(): { readonly uploaded: number; readonly downloaded: number; readonly left: number }
}

/** Disposing says `stopped` to the trackers without waiting and ends all its timers and sockets. */
export interface SwarmMembership extends Disposable {
  /** Announces and looks up before the interval is over, as soon as the trackers' minimum allows. Cheap: call it whenever peers are short. */
  wantPeers(): void
  /** More became known of the torrent: trackers that are not among these are left, new ones joined; a private one leaves the DHT. */
  update(torrent: { readonly trackers: readonly string[]; readonly isPrivate: boolean }): void
}

/** Trackers and one DHT node shared by all torrents; on the network only while a swarm is joined. */
export interface Discovery {
  /** Announces at once. */
  join(request: DiscoveryRequest): SwarmMembership
  /** Leaves every swarm; waits a moment for the trackers to hear of it. The DHT's table is kept for the next start. Idempotent. */
  close(): Promise<void>
}
