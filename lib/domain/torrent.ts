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
  /** The open torrent, or undefined. */
  get(infoHash: InfoHash): Torrent | undefined
  /** Leaves the network and forgets the object; waiting readers get `unavailable`. With `deleteData` its pieces go too. */
  remove(infoHash: InfoHash, deleteData: boolean): Promise<void>
  /** Stored bytes, also of torrents that are not open. */
  stored(infoHash: InfoHash): number
  cache(): CacheStats
  /** Ends everything; the next start finds every verified piece. */
  close(): Promise<void>
}
