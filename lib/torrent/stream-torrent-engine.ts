import { orAbort, throwIfAborted } from '../domain/abort.ts'
import type { Disposable } from '../domain/disposable.ts'
import { AppError } from '../domain/errors.ts'
import type { InfoHash } from '../domain/ids.ts'
import type { PieceRange } from '../domain/piece-layout.ts'
import type {
  CacheStats,
  MetadataSearch,
  ScrubProgress,
  StoredPiece,
  Torrent,
  TorrentEngine,
  TorrentSource,
  TransferLimits,
} from '../domain/torrent.ts'
import { TokenBucket } from './limits/token-bucket.ts'
import {
  type Magnet,
  type ParsedTorrent,
  parseMagnet,
  pieceHashesOf,
  torrentFileOf,
  trackerUrls,
  webSeedUrls,
} from './metadata/parse-metadata.ts'
import { readMetadata } from './metadata/read-metadata.ts'
import { PieceMemory } from './schedule/piece-memory.ts'
import type { PieceStore } from './store/piece-store.ts'
import { PieceVerifier } from './store/piece-verifier.ts'
import { PeerBook } from './swarm/peer-book.ts'
import type { Swarm } from './swarm/swarm.ts'
import { SwarmTorrent } from './swarm-torrent.ts'
import { Swarms, type SwarmsOptions } from './swarms.ts'
import { TorrentOpenings } from './torrent-openings.ts'

/** Memory of pieces that are not verified and written yet. */
const UNFINISHED_BYTES = 96 * 1024 * 1024
const DEFAULT_UPLOAD_SLOTS = 8

export interface StreamTorrentEngineOptions extends SwarmsOptions {
  /** Stays the caller's, as `discovery` does: both are closed after the engine. */
  readonly store: PieceStore
  /** Bytes a second over all torrents; 0 is no cap. */
  readonly downloadLimitBytesPerS: number
  readonly uploadLimitBytesPerS: number
  /** Announced to for every torrent that is not private. */
  readonly extraTrackers: readonly string[]
  /** Peers served at a time, of one torrent. 8 unless given. */
  readonly uploadSlots?: number
  /**
   * Of a torrent that nobody reads: bytes sent for each received (or stored), since the start; and how long it goes on after
   * it was read last. Beyond either it serves nobody until it is read again. 0, the default, is no limit.
   */
  readonly seedRatioLimit?: number
  readonly seedTimeLimitS?: number
}

/** The torrents of a process: one listening port, one piece store and one discovery for all of them. */
export class StreamTorrentEngine implements TorrentEngine {
  readonly #options: StreamTorrentEngineOptions
  readonly #swarms: Swarms
  readonly #torrents = new Map<InfoHash, SwarmTorrent>()
  readonly #openings: TorrentOpenings
  readonly #verifier = new PieceVerifier()
  readonly #memory = new PieceMemory(UNFINISHED_BYTES)
  readonly #downloadLimit: TokenBucket
  readonly #uploadLimit: TokenBucket
  #isClosed = false

  constructor(options: StreamTorrentEngineOptions) {
    this.#options = options
    this.#swarms = new Swarms(options)
    this.#openings = new TorrentOpenings({
      clock: options.clock,
      open: (source, offered, signal) => this.#open(source, offered, signal),
    })
    this.#downloadLimit = new TokenBucket(options.clock, options.downloadLimitBytesPerS)
    this.#uploadLimit = new TokenBucket(options.clock, options.uploadLimitBytesPerS)
  }

  get port(): number {
    return this.#swarms.port
  }

  async start(): Promise<void> {
    await this.#swarms.listen()
  }

  async open(source: TorrentSource, signal: AbortSignal): Promise<Torrent> {
    throwIfAborted(signal)
    if (this.#isClosed) throw new AppError('unavailable', 'the engine is closed')
    return this.#torrents.get(source.infoHash) ?? (await this.#openings.join(source, signal))
  }

  searches(): readonly MetadataSearch[] {
    const nowMs = this.#options.clock.monotonicMs()
    return this.#openings.startsMs.flatMap(([infoHash, startMs]) => {
      const swarm = this.#swarms.get(infoHash)
      return swarm ? [{ infoHash, elapsedMs: nowMs - startMs, peers: swarm.peers, ...swarm.metadataProgress }] : []
    })
  }

  get(infoHash: InfoHash): Torrent | undefined {
    return this.#torrents.get(infoHash)
  }

  async remove(infoHash: InfoHash, deleteData: boolean): Promise<void> {
    this.#openings.cancel(infoHash, new AppError('unavailable', 'the torrent was removed'))
    const torrent = this.#torrents.get(infoHash)
    this.#torrents.delete(infoHash)
    await torrent?.close()
    this.#swarms.forgetPeers(infoHash)
    if (deleteData) await this.#options.store.remove(infoHash)
  }

  stored(infoHash: InfoHash): number {
    return this.#options.store.stored(infoHash)
  }

  cache(): CacheStats {
    return this.#options.store.stats()
  }

  hasPieces(infoHash: InfoHash, range: PieceRange): boolean {
    return this.#options.store.hasPieces(infoHash, range)
  }

  setPinned(infoHash: InfoHash, ranges: readonly PieceRange[]): void {
    this.#options.store.setPinned(infoHash, ranges)
  }

  onStored(listener: (event: StoredPiece) => void): Disposable {
    return this.#options.store.onStored(listener)
  }

  onDropped(listener: (event: StoredPiece) => void): Disposable {
    return this.#options.store.onDropped(listener)
  }

  scrub(
    metadataOf: (infoHash: InfoHash) => Uint8Array | undefined,
    onProgress: (progress: ScrubProgress) => void,
    signal: AbortSignal,
  ): Promise<ScrubProgress> {
    const hashesOf = (infoHash: InfoHash) => {
      const metadata = metadataOf(infoHash)
      return metadata && pieceHashesOf(metadata)
    }
    return this.#options.store.scrub(hashesOf, onProgress, signal)
  }

  limits(): TransferLimits {
    return { downloadBytesPerS: this.#downloadLimit.bytesPerS, uploadBytesPerS: this.#uploadLimit.bytesPerS }
  }

  setLimits(limits: TransferLimits): void {
    this.#downloadLimit.setRate(limits.downloadBytesPerS)
    this.#uploadLimit.setRate(limits.uploadBytesPerS)
  }

  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    await this.#openings.close(new AppError('unavailable', 'the engine is closed'))
    await Promise.all([...this.#torrents.values()].map((torrent) => torrent.close()))
    this.#torrents.clear()
    await this.#swarms.close()
    this.#downloadLimit.close()
    this.#uploadLimit.close()
  }

  async #open(source: TorrentSource, offered: Promise<ParsedTorrent>, signal: AbortSignal): Promise<SwarmTorrent> {
    const magnet = source.magnetUri === undefined ? undefined : parseMagnet(source.magnetUri)
    if (magnet && magnet.infoHash !== source.infoHash) throw new AppError('invalid', 'the magnet is of another torrent')
    const book = new PeerBook(this.#options.clock)
    for (const peer of magnet?.peers ?? []) book.add(peer)
    const trackers = magnet?.trackers ?? []
    if (source.metadata) {
      return await this.#create(source.infoHash, await orAbort(offered, signal), magnet, book, signal)
    }
    const { parsed, swarm } = await this.#findMetadata(source.infoHash, trackers, book, offered, signal)
    try {
      const created = await this.#create(source.infoHash, parsed, magnet, book, signal)
      created.adopt(swarm, this.#trackersOf(created.info.trackers, created.info.isPrivate))
      return created
    } catch (error) {
      this.#swarms.leave(source.infoHash, swarm)
      throw error
    }
  }

  async #create(
    infoHash: InfoHash,
    parsed: ParsedTorrent,
    magnet: Magnet | undefined,
    book: PeerBook,
    signal: AbortSignal,
  ): Promise<SwarmTorrent> {
    // BEP 27: a private torrent is announced to its own trackers only, and fetched from its own web seeds.
    const added = parsed.info.isPrivate ? undefined : magnet
    const trackers = trackerUrls([...parsed.info.trackers, ...(added?.trackers ?? [])])
    const webSeeds = webSeedUrls([...parsed.webSeeds, ...(added?.webSeeds ?? [])])
    const torrent = { ...parsed, webSeeds, info: { ...parsed.info, trackers } }
    const store = await this.#options.store.open({
      infoHash,
      layout: torrent.info.layout,
      hashes: torrent.hashes,
    })
    if (signal.aborted) {
      await store.close()
      throw signal.reason
    }
    const { clock, logger, metrics } = this.#options
    const created: SwarmTorrent = new SwarmTorrent({
      torrent,
      store,
      clock,
      logger,
      metrics,
      verifier: this.#verifier,
      memory: this.#memory,
      downloadLimit: this.#downloadLimit,
      uploadLimit: this.#uploadLimit,
      uploadSlots: this.#options.uploadSlots ?? DEFAULT_UPLOAD_SLOTS,
      seedLimits: { ratio: this.#options.seedRatioLimit ?? 0, timeS: this.#options.seedTimeLimitS ?? 0 },
      newSwarm: (self) =>
        this.#swarms.make({
          infoHash,
          trackers: this.#trackersOf(torrent.info.trackers, torrent.info.isPrivate),
          book,
          content: self.content,
          onMetadata: () => {},
          onReceived: (bytes) => self.onReceived(bytes),
          progress: () => self.progress(),
        }),
      onOffline: () => this.#swarms.forget(infoHash),
    })
    this.#torrents.set(infoHash, created)
    return created
  }

  /** Asks the swarm for the metadata, unless it is offered first. The swarm is left running for who goes on with it. */
  async #findMetadata(
    infoHash: InfoHash,
    trackers: readonly string[],
    book: PeerBook,
    offered: Promise<ParsedTorrent>,
    signal: AbortSignal,
  ): Promise<{ readonly parsed: ParsedTorrent; readonly swarm: Swarm }> {
    throwIfAborted(signal)
    let swarm: Swarm | undefined
    const fetched = new Promise<Uint8Array>((resolve) => {
      swarm = this.#swarms.make({
        infoHash,
        trackers: this.#trackersOf(trackers, false),
        book,
        content: undefined,
        onMetadata: resolve,
        onReceived: (bytes) => this.#torrents.get(infoHash)?.onReceived(bytes),
        progress: () => this.#torrents.get(infoHash)?.progress() ?? { uploaded: 0, downloaded: 0, left: 1 },
      })
    })
    if (!swarm) throw new AppError('internal', 'no swarm')
    swarm.start()
    try {
      const { clock } = this.#options
      const parsed = fetched.then((infoBytes) =>
        readMetadata(infoHash, torrentFileOf(infoBytes, trackers), clock, signal),
      )
      return { parsed: await orAbort(Promise.race([offered, parsed]), signal), swarm }
    } catch (error) {
      this.#swarms.leave(infoHash, swarm)
      throw error
    }
  }

  #trackersOf(trackers: readonly string[], isPrivate: boolean): readonly string[] {
    return isPrivate ? trackers : trackerUrls([...trackers, ...this.#options.extraTrackers])
  }
}
