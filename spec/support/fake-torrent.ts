import { throwIfAborted } from '../../lib/domain/abort.ts'
import { Listeners } from '../../lib/domain/disposable.ts'
import { AppError } from '../../lib/domain/errors.ts'
import { type InfoHash, infoHash } from '../../lib/domain/ids.ts'
import { PieceLayout, type PieceRange, type TorrentFile } from '../../lib/domain/piece-layout.ts'
import type {
  CacheStats,
  MetadataSearch,
  PieceWindow,
  ScrubProgress,
  StoredPiece,
  Torrent,
  TorrentEngine,
  TorrentInfo,
  TorrentSource,
  TorrentStats,
  TransferLimits,
  WindowOwner,
} from '../../lib/domain/torrent.ts'

export interface FakeTorrentOptions {
  readonly content: Uint8Array
  readonly pieceBytes: number
  readonly infoHash?: InfoHash
  /** Sizes of the files, in order; one file of everything by default. */
  readonly fileSizes?: readonly number[]
  /** Instead of a made-up one. */
  readonly info?: TorrentInfo
}

interface Waiter {
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

/** A torrent in memory whose pieces arrive, and leave, when the spec says so. Records what it was asked for. */
export class FakeTorrent implements Torrent {
  readonly info: TorrentInfo
  isOnline = false
  isClosed = false
  /** Calls of `setWindows`, in order. */
  readonly calls: { readonly owner: WindowOwner; readonly windows: readonly PieceWindow[] }[] = []
  /** Ticks in which windows changed: what a scheduler would have worked on. */
  updates = 0
  readPieceCalls = 0
  /** Pieces that came and went; a FakeEngine passes them on. */
  readonly stored = new Listeners<StoredPiece>()
  readonly dropped = new Listeners<StoredPiece>()
  readonly #content: Uint8Array
  readonly #have = new Set<number>()
  readonly #received = new Map<number, number>()
  readonly #waiters = new Map<number, Set<Waiter>>()
  readonly #windows = new Map<WindowOwner, readonly PieceWindow[]>()
  #isUpdating = false

  constructor(options: FakeTorrentOptions) {
    this.#content = options.content
    let offsetBytes = 0
    const files = (options.fileSizes ?? [options.content.length]).map((sizeBytes, index): TorrentFile => {
      const file = { index, path: `fake/file-${index}`, sizeBytes, offsetBytes, isPad: false }
      offsetBytes += sizeBytes
      return file
    })
    this.info = options.info ?? {
      infoHash: options.infoHash ?? infoHash('f'.repeat(40)),
      name: 'fake',
      metadata: new Uint8Array(0),
      layout: new PieceLayout(options.pieceBytes, options.content.length),
      files,
      isPrivate: false,
      trackers: [],
    }
  }

  get waiting(): number {
    let count = 0
    for (const waiters of this.#waiters.values()) count += waiters.size
    return count
  }

  /** Windows of all owners. */
  get wanted(): readonly PieceWindow[] {
    return [...this.#windows.values()].flat()
  }

  get owners(): number {
    return this.#windows.size
  }

  windowsOf(owner: WindowOwner): readonly PieceWindow[] {
    return this.#windows.get(owner) ?? []
  }

  arrive(...pieces: readonly number[]): void {
    for (const piece of pieces) {
      this.#have.add(piece)
      const waiters = this.#waiters.get(piece)
      this.#waiters.delete(piece)
      for (const waiter of waiters ?? []) waiter.resolve()
      this.stored.emit({ infoHash: this.info.infoHash, piece })
    }
  }

  /** Part of a piece that is not whole yet. */
  receive(piece: number, bytes: number): void {
    this.#received.set(piece, (this.#received.get(piece) ?? 0) + bytes)
  }

  arriveAll(): void {
    for (let piece = 0; piece < this.info.layout.pieceCount; piece++) this.arrive(piece)
  }

  evict(piece: number): void {
    if (this.#have.delete(piece)) this.dropped.emit({ infoHash: this.info.infoHash, piece })
  }

  has(piece: number): boolean {
    return this.#have.has(piece)
  }

  whenHas(piece: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason as Error)
      if (this.isClosed) return reject(new AppError('unavailable', 'closed'))
      if (this.#have.has(piece)) return resolve()
      const waiters = this.#waiters.get(piece) ?? new Set()
      const settle = (then: () => void) => () => {
        waiters.delete(waiter)
        signal.removeEventListener('abort', onAbort)
        then()
      }
      const onAbort = settle(() => reject(signal.reason as Error))
      const waiter: Waiter = { resolve: settle(resolve), reject: (error) => settle(() => reject(error as Error))() }
      signal.addEventListener('abort', onAbort, { once: true })
      waiters.add(waiter)
      this.#waiters.set(piece, waiters)
    })
  }

  setWindows(owner: WindowOwner, windows: readonly PieceWindow[]): void {
    this.calls.push({ owner, windows })
    if (windows.length > 0) this.#windows.set(owner, windows)
    else this.#windows.delete(owner)
    if (this.#isUpdating) return
    this.#isUpdating = true
    setImmediate(() => {
      this.#isUpdating = false
      this.updates++
    })
  }

  receivedBytes(piece: number): number {
    return this.#have.has(piece) ? this.info.layout.pieceLength(piece) : (this.#received.get(piece) ?? 0)
  }

  async readPiece(piece: number, offsetBytes: number, target: Uint8Array): Promise<number> {
    this.readPieceCalls++
    if (!this.#have.has(piece)) throw new AppError('not_found', `piece ${piece}`)
    const { layout } = this.info
    const count = Math.min(target.length, layout.pieceLength(piece) - offsetBytes)
    const start = layout.pieceStart(piece) + offsetBytes
    if (count > 0) target.set(this.#content.subarray(start, start + count))
    return Math.max(0, count)
  }

  stats(): TorrentStats {
    let storedBytes = 0
    for (const piece of this.#have) storedBytes += this.info.layout.pieceLength(piece)
    return {
      storedBytes,
      downloadedBytes: storedBytes,
      uploadedBytes: 0,
      wastedBytes: 0,
      downloadSpeed: 0,
      uploadSpeed: 0,
      peers: 0,
      seeders: 0,
    }
  }

  pause(): void {
    this.isOnline = false
  }

  resume(): void {
    this.isOnline = true
  }

  /** What the engine does on `remove` and `close`. */
  close(): void {
    this.isClosed = true
    this.isOnline = false
    for (const waiters of this.#waiters.values()) {
      for (const waiter of [...waiters]) waiter.reject(new AppError('unavailable', 'the torrent was closed'))
    }
    this.#waiters.clear()
  }
}

/** Opens the torrents that a spec gave it; an opening waits or fails when the spec says so. */
export class FakeEngine implements TorrentEngine {
  readonly port = 0
  opened: InfoHash[] = []
  removed: { readonly infoHash: InfoHash; readonly deleteData: boolean }[] = []
  /** Awaited by each opening. */
  gate: Promise<void> = Promise.resolve()
  failure: Error | undefined
  /** Openings under way, and the most that there were at once. */
  opening = 0
  mostOpening = 0
  /** Answers `searches`. */
  searching: readonly MetadataSearch[] = []
  /** What is pinned now, by torrent. */
  readonly pinned = new Map<InfoHash, readonly PieceRange[]>()
  /** Answers `cache`. */
  cacheStats: CacheStats = { capBytes: 0, usedBytes: 0, evictedPieces: 0, pinnedBytes: 0 }
  readonly #make: (source: TorrentSource) => FakeTorrent
  readonly #open = new Map<InfoHash, FakeTorrent>()
  readonly #stored = new Listeners<StoredPiece>()
  readonly #dropped = new Listeners<StoredPiece>()
  #limits: TransferLimits = { downloadBytesPerS: 0, uploadBytesPerS: 0 }

  constructor(make: (source: TorrentSource) => FakeTorrent) {
    this.#make = make
  }

  async start(): Promise<void> {}

  async open(source: TorrentSource, signal: AbortSignal): Promise<Torrent> {
    this.opened.push(source.infoHash)
    this.opening++
    this.mostOpening = Math.max(this.mostOpening, this.opening)
    try {
      await new Promise<void>((resolve, reject) => {
        if (signal.aborted) return reject(signal.reason as Error)
        const onAbort = () => reject(signal.reason as Error)
        signal.addEventListener('abort', onAbort, { once: true })
        void this.gate.then(() => {
          signal.removeEventListener('abort', onAbort)
          resolve()
        })
      })
      throwIfAborted(signal)
      if (this.failure) throw this.failure
      const known = this.#open.get(source.infoHash)
      if (known) return known
      const torrent = this.#make(source)
      torrent.stored.add((event) => this.#stored.emit(event))
      torrent.dropped.add((event) => this.#dropped.emit(event))
      this.#open.set(source.infoHash, torrent)
      return torrent
    } finally {
      this.opening--
    }
  }

  searches(): readonly MetadataSearch[] {
    return this.searching
  }

  get(hash: InfoHash): FakeTorrent | undefined {
    return this.#open.get(hash)
  }

  async remove(hash: InfoHash, deleteData: boolean): Promise<void> {
    this.removed.push({ infoHash: hash, deleteData })
    this.#open.get(hash)?.close()
    this.#open.delete(hash)
  }

  stored(hash: InfoHash): number {
    return this.#open.get(hash)?.stats().storedBytes ?? 0
  }

  cache(): CacheStats {
    return this.cacheStats
  }

  hasPieces(hash: InfoHash, { first, end }: PieceRange): boolean {
    const torrent = this.#open.get(hash)
    for (let piece = first; piece < end; piece++) if (!torrent?.has(piece)) return false
    return true
  }

  setPinned(hash: InfoHash, ranges: readonly PieceRange[]): void {
    if (ranges.length > 0) this.pinned.set(hash, ranges)
    else this.pinned.delete(hash)
  }

  onStored(listener: (event: StoredPiece) => void) {
    return this.#stored.add(listener)
  }

  onDropped(listener: (event: StoredPiece) => void) {
    return this.#dropped.add(listener)
  }

  /** Finds everything in order at once. */
  async scrub(
    metadataOf: (infoHash: InfoHash) => Uint8Array | undefined,
    onProgress: (progress: ScrubProgress) => void,
    signal: AbortSignal,
  ): Promise<ScrubProgress> {
    throwIfAborted(signal)
    const torrents = [...this.#open]
    const totalBytes = torrents.reduce((sum, [, torrent]) => sum + torrent.stats().storedBytes, 0)
    const unknownTorrents = torrents.filter(([hash]) => !metadataOf(hash)).length
    const progress = { checkedPieces: 0, checkedBytes: totalBytes, totalBytes, badPieces: 0, unknownTorrents }
    onProgress(progress)
    return progress
  }

  limits(): TransferLimits {
    return this.#limits
  }

  setLimits(limits: TransferLimits): void {
    this.#limits = limits
  }

  async close(): Promise<void> {
    for (const torrent of this.#open.values()) torrent.close()
    this.#open.clear()
  }
}
