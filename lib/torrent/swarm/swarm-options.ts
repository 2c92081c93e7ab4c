import type { Clock } from '../../domain/clock.ts'
import type { InfoHash } from '../../domain/ids.ts'
import type { Logger } from '../../domain/logger.ts'
import type { Metrics } from '../../domain/metrics.ts'
import type { Discovery } from '../discovery/discovery.ts'
import type { SharedBudget } from '../limits/shared-budget.ts'
import type { ParsedTorrent } from '../metadata/parse-metadata.ts'
import type { Scheduler } from '../schedule/scheduler.ts'
import type { TorrentStore } from '../store/piece-store.ts'
import type { Transport } from '../transport/transport.ts'
import type { WireSwarm } from '../wire/peer-wire.ts'
import type { BanList } from './ban-list.ts'
import type { KeptPeers } from './kept-peers.ts'
import type { PeerBook } from './peer-book.ts'
import type { Uploader } from './uploader.ts'

/** What all swarms share. */
export interface SwarmEnvironment {
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: Metrics
  readonly discovery: Discovery
  readonly bans: BanList
  /** From former runs; undefined keeps none. */
  readonly keptPeers: KeptPeers | undefined
  /** Connections over all torrents. */
  readonly connections: SharedBudget
  /** 20 bytes. */
  readonly peerId: string
  /** The listening port. */
  readonly port: number
  readonly transport: Transport
  readonly maxConnections: number
}

/** What a torrent brings once its metadata is known. */
export interface SwarmContent {
  readonly torrent: ParsedTorrent
  readonly store: TorrentStore
  readonly scheduler: Scheduler
  readonly uploader: Uploader
}

export interface SwarmOptions {
  readonly environment: SwarmEnvironment
  readonly infoHash: InfoHash
  readonly trackers: readonly string[]
  readonly book: PeerBook
  readonly wires: WireSwarm
  /** Undefined for a magnet; then `onMetadata` is called once. */
  readonly content: SwarmContent | undefined
  onMetadata(infoBytes: Uint8Array): void
  onReceived(bytes: number): void
  /** For announces. */
  progress(): { readonly uploaded: number; readonly downloaded: number; readonly left: number }
}
