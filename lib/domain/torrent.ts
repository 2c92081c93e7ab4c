import type { Disposable } from './disposable.ts'
import type { InfoHash } from './ids.ts'
import type { PieceLayout, PieceRange, TorrentFile } from './piece-layout.ts'

/**
 * What a window is for, most pressing first: `urgent` a reader waits there or is about to; `index` the container's
 * header, footer and index; `ahead` read-ahead; `idle` wanted some time, fetched only when nothing else is (probes, pins).
 * The same order ranks what the cache keeps.
 */
export type WindowPriority = 'urgent' | 'index' | 'ahead' | 'idle'

export const WINDOW_PRIORITIES: readonly WindowPriority[] = ['urgent', 'index', 'ahead', 'idle']

/** Pieces [first, end) wanted in ascending order. */
export interface PieceWindow extends PieceRange {
  readonly priority: WindowPriority
}

/** The identity of whoever wants pieces. One object per reader; compared by identity. */
export interface WindowOwner {
  readonly name: string
}

/** All that is known of a torrent before its swarm was asked. */
export interface TorrentSource {
  readonly infoHash: InfoHash
  /** The `.torrent` file (bencoded, with its `info`), when known: then nothing is asked of the swarm. */
  readonly metadata?: Uint8Array
  /** As a person gave it; its trackers and `x.pe` peers count. */
  readonly magnetUri?: string
}

/** What the info dictionary says, once known. */
export interface TorrentInfo {
  readonly infoHash: InfoHash
  readonly name: string
  /** A complete `.torrent` file: info and announce list. */
  readonly metadata: Uint8Array
  readonly layout: PieceLayout
  readonly files: readonly TorrentFile[]
  /** BEP 27. */
  readonly isPrivate: boolean
  /** Tracker URLs of the metadata and the magnet, without doubles. */
  readonly trackers: readonly string[]
}

/** Counters of one torrent. Speeds in bytes a second. */
export interface TorrentStats {
  /** Verified bytes that are in the store now. */
  readonly storedBytes: number
  /** Payload bytes received and sent since the start, wasted ones included. */
  readonly downloadedBytes: number
  readonly uploadedBytes: number
  /** Received, then not used: duplicates and pieces that failed their hash. */
  readonly wastedBytes: number
  readonly downloadSpeed: number
  readonly uploadSpeed: number
  /** Connected peers, and those of them that have every piece. */
  readonly peers: number
  readonly seeders: number
}

/** One torrent: its stored pieces, and its swarm while resumed. */
export interface Torrent {
  readonly info: TorrentInfo
  /** False after `pause()`: no sockets, no timers, no announces. */
  readonly isOnline: boolean

  /** Whether this verified piece can be read now. */
  has(piece: number): boolean

  /**
   * Resolves once the piece can be read, which may be at once. Tests and subscribes in the same tick, so no arrival is
   * missed. Rejects with the signal's reason, or `unavailable` when the torrent is closed. Wanting it is the caller's
   * part (`setWindows`).
   */
  whenHas(piece: number, signal: AbortSignal): Promise<void>

  /** Replaces all windows of this owner: one call per seek. An empty list forgets the owner. Takes effect once per tick. */
  setWindows(owner: WindowOwner, windows: readonly PieceWindow[]): void

  /**
   * How much of the piece came so far: its whole length once every block did, 0 for one that nobody sends. Grows with each
   * block of 16 KiB, falls back to 0 when the piece failed its hash. Costs a look-up: for deadlines that mean silence.
   */
  receivedBytes(piece: number): number

  /**
   * Copies bytes of a stored piece from `offsetBytes` of it into `target`; never past the piece's end. Returns the
   * count, at least 1 for a non-empty target. Fails with `not_found` when the piece was evicted meanwhile (wait again).
   */
  readPiece(piece: number, offsetBytes: number, target: Uint8Array): Promise<number>

  stats(): TorrentStats
  /** Leaves the network; stored pieces stay readable. Idempotent. */
  pause(): void
  /** Joins the swarm again, dialling first the peers known from before. Idempotent. */
  resume(): void
}

/** Bytes in the store of one torrent whether it is open or not. */
export interface StoredTorrent {
  readonly infoHash: InfoHash
  readonly storedBytes: number
}

export interface CacheStats {
  readonly capBytes: number
  readonly usedBytes: number
  readonly evictedPieces: number
  /** Of `usedBytes`: what pins keep. Never so much that less than a quarter of the cap (or 64 MiB) is left for reading. */
  readonly pinnedBytes: number
}

/** Bytes a second over all torrents; 0 is no cap. */
export interface TransferLimits {
  readonly downloadBytesPerS: number
  readonly uploadBytesPerS: number
}

/** How far a scrub is. */
export interface ScrubProgress {
  readonly checkedPieces: number
  readonly checkedBytes: number
  /** What was stored when it began. */
  readonly totalBytes: number
  /** Damaged on disk, and dropped: they are fetched again when they are wanted. */
  readonly badPieces: number
  /** Torrents whose pieces could not be checked, as nobody knows their metadata. */
  readonly unknownTorrents: number
}

/** A piece of a torrent, open or not, that came into the store or left it. */
export interface StoredPiece {
  readonly infoHash: InfoHash
  readonly piece: number
}

/** A magnet whose metadata (BEP 9) is asked of its swarm. */
export interface MetadataSearch {
  readonly infoHash: InfoHash
  readonly elapsedMs: number
  /** Connected now. */
  readonly peers: number
  /** Of the copy that came furthest; `totalBytes` is 0 until a peer has told it. */
  readonly receivedBytes: number
  readonly totalBytes: number
}

export interface TorrentEngine {
  /** The TCP port that peers reach; 0 before `start`. */
  readonly port: number
  /** Opens the listening port. Fails with `conflict` when it is in use. */
  start(): Promise<void>
  /**
   * A torrent by its source; paused unless its metadata had to be asked of the swarm, in which case it stays online.
   * Opening the same info-hash again gives the same object. Waits for metadata only when the source has none; the
   * signal ends that wait and everything begun for it. Fails with `invalid` for metadata that is not a v1 torrent of this hash.
   */
  open(source: TorrentSource, signal: AbortSignal): Promise<Torrent>
  /** Those of `open` that wait for metadata. */
  searches(): readonly MetadataSearch[]
  /** The open torrent, or undefined. */
  get(infoHash: InfoHash): Torrent | undefined
  /** Leaves the network and forgets the object; waiting readers get `unavailable`. With `deleteData` its pieces go too. */
  remove(infoHash: InfoHash, deleteData: boolean): Promise<void>
  /** Stored bytes, also of torrents that are not open. */
  stored(infoHash: InfoHash): number
  cache(): CacheStats
  /** Whether every piece of the range is stored, of a torrent open or not. Answers from memory; true for an empty range. */
  hasPieces(infoHash: InfoHash, range: PieceRange): boolean
  /**
   * Keeps these pieces, once they are stored, out of the eviction order; replaces what was pinned of the torrent, open or
   * not. Fetches nothing. Pins end with the process and with `remove`: whoever pins says so again at each start. What goes
   * beyond the cap's share for pins is kept as any other piece, so no pin ever fails a read.
   */
  setPinned(infoHash: InfoHash, ranges: readonly PieceRange[]): void
  /** Told in the tick in which a piece can be read from. A listener must be short: it stands in the way of the next block. */
  onStored(listener: (event: StoredPiece) => void): Disposable
  /** A stored piece was evicted, removed or lost. */
  onDropped(listener: (event: StoredPiece) => void): Disposable
  /**
   * Hashes every stored piece again, of torrents open or not, and drops what is damaged; slow enough that reading is not
   * disturbed. `metadataOf` gives a torrent's metadata. Resolves with the last progress. Fails with `conflict` while
   * another runs, `unavailable` when the engine closes, `internal` for a disk that cannot be read, or the signal's reason.
   */
  scrub(
    metadataOf: (infoHash: InfoHash) => Uint8Array | undefined,
    onProgress: (progress: ScrubProgress) => void,
    signal: AbortSignal,
  ): Promise<ScrubProgress>
  limits(): TransferLimits
  /** Takes effect at once. */
  setLimits(limits: TransferLimits): void
  /** Ends everything; the next start finds every verified piece. */
  close(): Promise<void>
}
