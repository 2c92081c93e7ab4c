import type { Clock } from '../domain/clock.ts'
import type { Disposable } from '../domain/disposable.ts'
import { AppError } from '../domain/errors.ts'
import type { Logger } from '../domain/logger.ts'
import type { Metrics } from '../domain/metrics.ts'
import type { PieceWindow, Torrent, TorrentInfo, TorrentStats, WindowOwner } from '../domain/torrent.ts'
import { SeedLimit } from './limits/seed-limit.ts'
import { SpeedMeter } from './limits/speed-meter.ts'
import type { TokenBucket } from './limits/token-bucket.ts'
import type { ParsedTorrent } from './metadata/parse-metadata.ts'
import type { BlockPeer } from './schedule/block-peer.ts'
import type { PieceMemory } from './schedule/piece-memory.ts'
import { PieceWaiters } from './schedule/piece-waiters.ts'
import type { RunningHash } from './schedule/running-hash.ts'
import { Scheduler } from './schedule/scheduler.ts'
import type { SchedulerHost } from './schedule/scheduler-host.ts'
import type { TorrentStore } from './store/piece-store.ts'
import type { PieceVerifier } from './store/piece-verifier.ts'
import { Suspects } from './swarm/suspects.ts'
import type { Swarm } from './swarm/swarm.ts'
import type { SwarmContent } from './swarm/swarm-options.ts'
import { Uploader } from './swarm/uploader.ts'
import { WebSeeds } from './webseed/web-seeds.ts'

const HASH_BYTES = 20

export interface SwarmTorrentOptions {
  readonly torrent: ParsedTorrent
  readonly store: TorrentStore
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: Metrics
  readonly verifier: PieceVerifier
  readonly memory: PieceMemory
  readonly downloadLimit: TokenBucket
  readonly uploadLimit: TokenBucket
  readonly uploadSlots: number
  /** Of seeding what nobody reads; 0 is none. */
  readonly seedLimits: { readonly ratio: number; readonly timeS: number }
  /** A swarm for this torrent, not started. */
  newSwarm(torrent: SwarmTorrent): Swarm
  /** The swarm is closed. */
  onOffline(): void
}

/** A torrent with its store; with its swarm while it is online. */
export class SwarmTorrent implements Torrent, SchedulerHost {
  readonly #options: SwarmTorrentOptions
  readonly #store: TorrentStore
  readonly #scheduler: Scheduler
  readonly #uploader: Uploader
  readonly #seedLimit: SeedLimit
  readonly #waiters = new PieceWaiters()
  readonly #suspects = new Suspects()
  readonly #downloaded: SpeedMeter
  readonly #uploaded: SpeedMeter
  readonly #dropped: Disposable
  #wastedBytes = 0
  #swarm: Swarm | undefined
  #webSeeds: WebSeeds | undefined
  #isClosed = false

  constructor(options: SwarmTorrentOptions) {
    const { clock, torrent, store } = options
    this.#options = options
    this.#store = store
    this.#downloaded = new SpeedMeter(clock)
    this.#uploaded = new SpeedMeter(clock)
    this.#scheduler = new Scheduler({
      layout: torrent.info.layout,
      clock,
      host: this,
      memory: options.memory,
      downloadLimit: options.downloadLimit,
    })
    this.#seedLimit = new SeedLimit({
      clock,
      ...options.seedLimits,
      isRead: () => this.#scheduler.wantsAnything,
      sentBytes: () => this.#uploaded.totalBytes,
      receivedBytes: () => Math.max(this.#downloaded.totalBytes, store.storedBytes),
    })
    this.#uploader = new Uploader({
      store,
      layout: torrent.info.layout,
      clock,
      slots: options.uploadSlots,
      uploadLimit: options.uploadLimit,
      mayServe: () => !this.#seedLimit.isReached(),
      onUploaded: (bytes) => {
        this.#uploaded.add(bytes)
        options.metrics.add('uploaded_bytes_total', bytes)
      },
    })
    this.#dropped = store.onDropped((piece) => this.#scheduler.onDropped(piece))
  }

  get info(): TorrentInfo {
    return this.#options.torrent.info
  }

  get isOnline(): boolean {
    return this.#swarm !== undefined
  }

  /** What its swarm works with. */
  get content(): SwarmContent {
    return { torrent: this.#options.torrent, store: this.#store, scheduler: this.#scheduler, uploader: this.#uploader }
  }

  /** How often windows took effect, and blocks now asked of peers. */
  get schedulerCounters(): { readonly updates: number; readonly inFlightBlocks: number } {
    return { updates: this.#scheduler.updates, inFlightBlocks: this.#scheduler.inFlightBlocks }
  }

  has(piece: number): boolean {
    return this.#store.has(piece)
  }

  whenHas(piece: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.reject(signal.reason as Error)
    if (this.#isClosed) return Promise.reject(new AppError('unavailable', 'the torrent is closed'))
    return this.#store.has(piece) ? Promise.resolve() : this.#waiters.wait(piece, signal)
  }

  setWindows(owner: WindowOwner, windows: readonly PieceWindow[]): void {
    if (!this.#isClosed) this.#scheduler.setWindows(owner, windows)
  }

  receivedBytes(piece: number): number {
    return this.#store.has(piece) ? this.info.layout.pieceLength(piece) : this.#scheduler.receivedBytes(piece)
  }

  readPiece(piece: number, offsetBytes: number, target: Uint8Array): Promise<number> {
    return this.#store.read(piece, offsetBytes, target)
  }

  stats(): TorrentStats {
    return {
      storedBytes: this.#store.storedBytes,
      downloadedBytes: this.#downloaded.totalBytes,
      uploadedBytes: this.#uploaded.totalBytes,
      wastedBytes: this.#wastedBytes,
      downloadSpeed: this.#downloaded.bytesPerS,
      uploadSpeed: this.#uploaded.bytesPerS,
      peers: this.#swarm?.peers ?? 0,
      seeders: this.#swarm?.seeders ?? 0,
    }
  }

  pause(): void {
    const swarm = this.#swarm
    if (!swarm) return
    this.#swarm = undefined
    this.#webSeeds?.close()
    this.#webSeeds = undefined
    swarm.close()
    this.#scheduler.rest()
    this.#suspects.clear()
    this.#options.onOffline()
  }

  resume(): void {
    if (this.#swarm || this.#isClosed) return
    this.#seedLimit.restart()
    this.#swarm = this.#options.newSwarm(this)
    this.#swarm.start()
    this.#startWebSeeds()
  }

  /** Goes on with the swarm that brought the metadata. */
  adopt(swarm: Swarm, trackers: readonly string[]): void {
    this.#swarm = swarm
    swarm.begin(this.content, trackers)
    this.#startWebSeeds()
  }

  /** Leaves the network; waiting readers get `unavailable`. Idempotent. */
  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    this.pause()
    this.#scheduler.close()
    this.#uploader.close()
    this.#dropped.dispose()
    this.#waiters.rejectAll(new AppError('unavailable', 'the torrent is closed'))
    await this.#store.close()
  }

  onReceived(bytes: number): void {
    this.#downloaded.add(bytes)
    this.#options.metrics.add('downloaded_bytes_total', bytes)
  }

  progress(): { readonly uploaded: number; readonly downloaded: number; readonly left: number } {
    return {
      uploaded: this.#uploaded.totalBytes,
      downloaded: this.#downloaded.totalBytes,
      left: this.info.layout.totalBytes - this.#store.storedBytes,
    }
  }

  isStored(piece: number): boolean {
    return this.#store.has(piece)
  }

  isWaited(piece: number): boolean {
    return this.#waiters.has(piece)
  }

  waitedPieces(): Iterable<number> {
    return this.#waiters.pieces
  }

  onComplete(piece: number, bytes: Uint8Array, hash: RunningHash, sources: readonly (BlockPeer | undefined)[]): void {
    const addresses = sources.map((source) => source?.address)
    void this.#verify(piece, bytes, hash, addresses)
  }

  onWaste(bytes: number): void {
    this.#wastedBytes += bytes
    this.#options.metrics.add('wasted_bytes_total', bytes)
  }

  onUnresponsive(peer: BlockPeer): void {
    this.#swarm?.drop(peer)
    this.#webSeeds?.drop(peer)
  }

  onPlanned(windows: readonly PieceWindow[]): void {
    this.#store.setKept(windows)
    if (this.#scheduler.wantsAnything) this.#swarm?.showInterest()
  }

  #startWebSeeds(): void {
    const { torrent, clock, logger } = this.#options
    if (torrent.webSeeds.length === 0) return
    this.#webSeeds = new WebSeeds({
      urls: torrent.webSeeds,
      info: torrent.info,
      scheduler: this.#scheduler,
      clock,
      logger,
      onReceived: (bytes) => this.onReceived(bytes),
    })
  }

  #ban(address: string): void {
    this.#swarm?.ban(address)
    this.#webSeeds?.ban(address)
  }

  async #verify(
    piece: number,
    bytes: Uint8Array,
    hash: RunningHash,
    sources: readonly (string | undefined)[],
  ): Promise<void> {
    const expected = this.#options.torrent.hashes.subarray(piece * HASH_BYTES, (piece + 1) * HASH_BYTES)
    const isGood = await this.#options.verifier.verify(bytes, hash, expected)
    if (this.#isClosed) {
      this.#scheduler.settled(piece, bytes)
      return
    }
    if (!isGood) {
      this.#options.metrics.add('piece_hash_failures_total')
      const guilty = this.#suspects.onFailed(piece, bytes, sources)
      this.#scheduler.failed(piece, guilty.length === 0)
      this.#scheduler.settled(piece)
      for (const address of guilty) this.#ban(address)
      return
    }
    for (const address of this.#suspects.onVerified(piece, bytes)) this.#ban(address)
    const written = this.#store.put(piece, bytes)
    this.#scheduler.verified(piece)
    this.#waiters.resolve(piece)
    this.#swarm?.announce(piece)
    this.#scheduler.settled(piece, (await written) ? bytes : undefined)
  }
}
