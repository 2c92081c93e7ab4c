import { ActivityManager } from '../../lib/activity/activity-manager.ts'
import type { ReadPressure } from '../../lib/domain/content.ts'
import type { FileKey } from '../../lib/domain/curation.ts'
import { Listeners } from '../../lib/domain/disposable.ts'
import { type InfoHash, infoHash } from '../../lib/domain/ids.ts'
import { silentLogger } from '../../lib/domain/logger.ts'
import type { PieceWindow, WindowOwner } from '../../lib/domain/torrent.ts'
import { PieceFetcher, type PieceFetcherOptions } from '../../lib/fetching/piece-fetcher.ts'
import { detectOn } from '../../lib/stream/file-bytes.ts'
import { mp4 } from '../stream/containers/boxes.ts'
import { FakeEngine, FakeTorrent, type FakeTorrentOptions } from '../support/fake-torrent.ts'
import { ManualClock } from '../support/manual-clock.ts'
import { MemoryCatalog } from '../support/memory-catalog.ts'
import { RecordedMetrics } from '../support/recorded-metrics.ts'
import { MemoryContainerStore, MemoryPinStore } from './memory-stores.ts'

export const MIB = 1024 * 1024
export const PATIENCE_MS = 180_000

/** An MP4 of 40 MiB and 400 s whose index of 3 MiB stands last: 40 pieces. */
export const FILM = mp4({ moovAtEnd: true, mdatBytes: 37 * MIB - 16, moovBytes: 3 * MIB, seconds: 400 })
/** Head, then the index with the tail. */
export const FILM_ENDS = [
  { first: 0, end: 1 },
  { first: 37, end: 40 },
]

/** A swarm that sends at once what is wanted of it, when it is online and has peers. */
export class ServedTorrent extends FakeTorrent {
  hasPeers = true
  /** The most that was wanted at once, by priority. */
  readonly priorities = new Set<string>()
  wakes = 0

  override setWindows(owner: WindowOwner, windows: readonly PieceWindow[]): void {
    super.setWindows(owner, windows)
    for (const { priority } of windows) this.priorities.add(priority)
    this.serve()
  }

  override resume(): void {
    if (!this.isOnline) this.wakes++
    super.resume()
    this.serve()
  }

  serve(): void {
    setImmediate(() => {
      if (!this.isOnline || !this.hasPeers) return
      for (const { first, end } of this.wanted)
        for (let piece = first; piece < end; piece++) if (!this.has(piece)) this.arrive(piece)
    })
  }
}

export class FakePressure implements ReadPressure {
  isReaderWaiting = false
  readonly #listeners = new Listeners<void>()

  onReaderWaiting(listener: () => void) {
    return this.#listeners.add(listener)
  }

  set(isWaiting: boolean): void {
    this.isReaderWaiting = isWaiting
    this.#listeners.emit()
  }
}

export const hashOf = (n: number): InfoHash => infoHash(n.toString(16).padStart(40, '0'))
export const keyOf = (n: number, fileIndex = 0): FileKey => ({ infoHash: hashOf(n), fileIndex })

export class Room {
  readonly torrents = new Map<InfoHash, ServedTorrent>()
  readonly engine = new FakeEngine(({ infoHash: hash }) => this.torrents.get(hash) as ServedTorrent)
  readonly catalog = new MemoryCatalog([])
  readonly clock = new ManualClock()
  readonly pins = new MemoryPinStore()
  readonly containers = new MemoryContainerStore()
  readonly pressure = new FakePressure()
  readonly activity: ActivityManager
  fetcher: PieceFetcher
  readonly #options: Partial<PieceFetcherOptions>

  constructor(options: Partial<PieceFetcherOptions> = {}) {
    this.#options = options
    this.engine.cacheStats = { capBytes: 1024 * MIB, usedBytes: 0, evictedPieces: 0, pinnedBytes: 0 }
    const { engine, catalog, clock } = this
    this.activity = new ActivityManager({
      engine,
      catalog,
      clock,
      logger: silentLogger,
      metrics: new RecordedMetrics(),
      idleTimeoutMs: 300_000,
      startPaused: true,
    })
    this.fetcher = this.make()
  }

  make(): PieceFetcher {
    const { activity, engine, pins, containers, pressure, clock } = this
    return new PieceFetcher({
      activity,
      engine,
      pins,
      containers,
      files: (hash) => this.torrents.get(hash)?.info.files,
      detect: detectOn,
      pressure,
      clock,
      logger: silentLogger,
      probeTorrents: 2,
      privatePercent: 5,
      patienceMs: PATIENCE_MS,
      ...this.#options,
    })
  }

  /** The newest stands first. */
  add(n: number, options: Partial<FakeTorrentOptions> & { readonly isPrivate?: boolean } = {}): ServedTorrent {
    const plain = new ServedTorrent({ content: FILM, pieceBytes: MIB, infoHash: hashOf(n), ...options })
    const torrent = options.isPrivate
      ? new ServedTorrent({ content: FILM, pieceBytes: MIB, info: { ...plain.info, isPrivate: true } })
      : plain
    this.torrents.set(hashOf(n), torrent)
    this.catalog.held.add(hashOf(n))
    const files = torrent.info.files.map(({ index, sizeBytes }) => ({
      infoHash: hashOf(n),
      fileIndex: index,
      sizeBytes,
      isPrivate: torrent.info.isPrivate,
    }))
    this.pins.videos.unshift(...files)
    return torrent
  }

  remove(n: number): void {
    this.torrents.delete(hashOf(n))
    this.catalog.held.delete(hashOf(n))
    this.pins.videos = this.pins.videos.filter((file) => file.infoHash !== hashOf(n))
    for (const kind of ['ends', 'whole'] as const) this.pins.deletePin(keyOf(n), kind)
  }

  /** Lets a second pass, and all that follows from it. */
  async step(ms = 1000): Promise<void> {
    this.clock.advance(ms)
    for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve))
  }

  async close(): Promise<void> {
    await this.fetcher.close()
    await this.activity.close()
  }
}
