import type { Disposable } from '../../domain/disposable.ts'
import type { InfoHash } from '../../domain/ids.ts'
import type { PieceRange } from '../../domain/piece-layout.ts'
import type { CacheStats, PieceWindow, ScrubProgress, StoredPiece, TorrentInfo } from '../../domain/torrent.ts'

/** Verified pieces of all torrents on disk, under one cap. */
export interface PieceStore {
  /** The stored pieces of one torrent. Its cost does not depend on what other torrents store. Fails with `internal` for a disk that cannot be read. */
  open(info: Pick<TorrentInfo, 'infoHash' | 'layout'> & { readonly hashes: PieceHashes }): Promise<TorrentStore>
  /** Bytes stored of a torrent, open or not. */
  stored(infoHash: InfoHash): number
  /** As `TorrentEngine.hasPieces`. After an unclean stop it answers by the last checkpoint until the torrent was counted again. */
  hasPieces(infoHash: InfoHash, range: PieceRange): boolean
  /** As `TorrentEngine.setPinned`. */
  setPinned(infoHash: InfoHash, ranges: readonly PieceRange[]): void
  /** A piece can be read from now on. */
  onStored(listener: (event: StoredPiece) => void): Disposable
  /** A piece of any torrent left: evicted, removed, lost on disk, or never written. */
  onDropped(listener: (event: StoredPiece) => void): Disposable
  stats(): CacheStats
  /** As `TorrentEngine.scrub`, by the pieces' hashes; undefined for a torrent that nobody knows. */
  scrub(
    hashesOf: (infoHash: InfoHash) => PieceHashes | undefined,
    onProgress: (progress: ScrubProgress) => void,
    signal: AbortSignal,
  ): Promise<ScrubProgress>
  /** Deletes all pieces of a torrent; its open store holds nothing afterwards. */
  remove(infoHash: InfoHash): Promise<void>
  /** Waits for running writes, makes them durable, and writes the have-maps. Idempotent. */
  close(): Promise<void>
}

/** SHA-1 of each piece, 20 bytes each, concatenated as in the info dictionary (BEP 3). */
export type PieceHashes = Uint8Array

export interface TorrentStore {
  has(piece: number): boolean
  /** The have-map in the wire's form: the first piece is the high bit of the first byte (BEP 3). Kept current; never write to it. */
  readonly bitfield: Uint8Array
  readonly storedBytes: number
  /**
   * Takes over a piece whose hash was verified. It can be read from this call on (from memory until it is on disk: who
   * puts bounds that memory, by how much is put before earlier ones resolve). Resolves when written, or when it left again
   * (`onDropped`); does not reject for what the disk does: a full or failing one evicts, then keeps the piece in memory as
   * far as a bounded amount allows, then drops it. True when `bytes` are the caller's again: nothing reads them any more.
   * Rejects with `invalid` for bytes that are no such piece.
   */
  put(piece: number, bytes: Uint8Array): Promise<boolean>
  /** As `Torrent.readPiece`. Positional read through a cached descriptor; fails with `not_found` when the piece is not there. */
  read(piece: number, offsetBytes: number, target: Uint8Array): Promise<number>
  /** What is wanted now, over all readers: eviction takes pieces outside all windows first (least recently read), then `idle`, `ahead`, `index` and last `urgent`, the farthest first. */
  setKept(windows: readonly PieceWindow[]): void
  /** A piece left the store: evicted, lost on disk, or never written. */
  onDropped(listener: (piece: number) => void): Disposable
  /** Closes descriptors; the pieces stay. */
  close(): Promise<void>
}
