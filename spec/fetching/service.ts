import { ActivityManager } from '../../lib/activity/activity-manager.ts'
import { type Clock, systemClock } from '../../lib/domain/clock.ts'
import { silentLogger } from '../../lib/domain/logger.ts'
import { PieceFetcher } from '../../lib/fetching/piece-fetcher.ts'
import { openLibrary } from '../../lib/library/library.ts'
import { detectOn } from '../../lib/stream/file-bytes.ts'
import { TorrentContentSource } from '../../lib/stream/torrent-content-source.ts'
import { parseTorrentMetadata } from '../../lib/torrent/metadata/parse-metadata.ts'
import type { FilesTorrent } from '../support/files-torrent.ts'
import type { LoopbackSwarm } from '../support/loopback-swarm.ts'
import { RecordedMetrics } from '../support/recorded-metrics.ts'

const MIB = 1024 * 1024

/** Library, swarms, readers and background fetching as the program wires them, without its servers. */
export class Service {
  readonly library = openLibrary({ path: ':memory:', logger: silentLogger, clock: systemClock })
  readonly metrics = new RecordedMetrics()
  readonly swarm: LoopbackSwarm
  readonly activity: ActivityManager
  readonly source: TorrentContentSource
  readonly fetcher: PieceFetcher

  /** @param readClock the readers' own: how long one may wait before it wakes its torrent */
  constructor(swarm: LoopbackSwarm, readClock: Clock = systemClock) {
    const common = { clock: systemClock, logger: silentLogger, metrics: this.metrics }
    const { library } = this
    this.swarm = swarm
    this.activity = new ActivityManager({
      ...common,
      engine: swarm.engine,
      catalog: library,
      idleTimeoutMs: 50,
      startPaused: true,
    })
    this.source = new TorrentContentSource({
      ...common,
      clock: readClock,
      activity: this.activity,
      windows: { headerBytes: 10 * MIB, footerBytes: 5 * MIB, urgentBytes: 8 * MIB, readAheadBytes: 32 * MIB },
      readTimeoutMs: 10_000,
      graceMs: 50,
      containers: library,
    })
    this.fetcher = new PieceFetcher({
      activity: this.activity,
      engine: swarm.engine,
      pins: library,
      containers: library,
      files: (infoHash) => library.findTorrent(infoHash)?.files,
      detect: detectOn,
      pressure: this.source,
      clock: systemClock,
      logger: silentLogger,
      probeTorrents: 2,
      privatePercent: 5,
    })
  }

  add(torrent: FilesTorrent): void {
    this.library.addTorrent(parseTorrentMetadata(torrent.metadata), null, [], false)
    this.activity.added(torrent.infoHash)
    this.fetcher.torrentChanged(torrent.infoHash)
  }

  /** How often a torrent went onto the network. */
  get joins(): number {
    return this.swarm.discovery.joins
  }

  get probed(): number {
    return [...this.library.pins()].filter(({ isComplete }) => isComplete).length
  }

  async close(): Promise<void> {
    await this.fetcher.close()
    this.source.close()
    await this.activity.close()
    await this.swarm.close()
    this.library.close()
  }
}
