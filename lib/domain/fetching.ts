import type { FileKey } from './curation.ts'
import type { InfoHash } from './ids.ts'
import type { PieceRange } from './piece-layout.ts'

/** `ends` is the head, tail and index that a scan reads; `whole` every byte, for /Offline. */
export type PinKind = 'ends' | 'whole'

/** Pieces of a file that stay in the cache outside the order of eviction. */
export interface Pin extends FileKey {
  readonly kind: PinKind
  /** Of the file, as its torrent says. */
  readonly sizeBytes: number
  /** Empty until they are known; of a complete one: it was let go for others, and is not fetched again. */
  readonly pieces: readonly PieceRange[]
  /** All of them are stored. */
  readonly isComplete: boolean
}

/** Kept over restarts; goes with its torrent. */
export interface PinStore {
  /** The longest kept first. Read some at a time, as they are taken: between two others may have their turn, and save. */
  pins(): Iterable<Pin>
  savePin(pin: Pin): void
  deletePin(file: FileKey, kind: PinKind): void
  /** Videos that show and have no `ends` pin, the newest first; private torrents are among them. */
  filesToProbe(limit: number): readonly (FileKey & { readonly sizeBytes: number; readonly isPrivate: boolean })[]
}

/** Fetches at the lowest priority, when nothing else wants the network, and pins what came. */
export interface BackgroundFetcher {
  /** Fails with `storage_full` when the file does not fit into what the cache may pin. */
  fetchWhole(file: FileKey): void
  /** No longer pinned; the bytes stay until something else needs their place. */
  releaseWhole(file: FileKey): void
  /** Once, soon: head and tail of what is likely opened next. Not pinned. */
  warm(file: FileKey): void
  /** Told of a torrent that came or left. */
  torrentChanged(infoHash: InfoHash): void
}
