import type { InfoHash, MovieId, ShowId } from './ids.ts'
import type { Movie, PlacedFile, ShowSummary } from './library.ts'

/** One file of one torrent. */
export interface FileKey {
  readonly infoHash: InfoHash
  readonly fileIndex: number
}

/** What can be put into the trash, and taken out again, as a whole. */
export type TrashTarget =
  | { readonly kind: 'movie'; readonly id: MovieId }
  | { readonly kind: 'show'; readonly id: ShowId }
  | { readonly kind: 'season'; readonly showId: ShowId; readonly season: number }
  | ({ readonly kind: 'file' } & FileKey)

/** An item by its id, or by what it is called: then it is found, or made. */
export type ItemReference<Id> =
  | { readonly id: Id }
  | { readonly title: string; readonly year: number | null; readonly tmdbId?: number }

/** Where a person says that a file belongs. */
export type MatchTarget =
  | { readonly kind: 'movie'; readonly movie: ItemReference<MovieId> }
  | {
      readonly kind: 'episode'
      readonly show: ItemReference<ShowId>
      readonly season: number
      /** Ascending, without gaps, at least one. */
      readonly episodes: readonly number[]
    }
  /** Under /Unsorted, whatever its name says. */
  | { readonly kind: 'unsorted' }

/** Which versions of an item are active: all side by side, or the one that comes first by this order. */
export type VersionPolicy = 'all' | 'best' | 'smallest' | 'newest'

/** What a person changes by hand. Every method is one transaction: all of it, or nothing and a thrown error. */
export interface LibraryCuration {
  /**
   * Its active files become inactive and show under /Trash. Returns how many. Fails with `not_found` when there are none.
   */
  trash(target: TrashTarget): number
  /** The reverse: the files are active again. Fails with `not_found` when none of it is in the trash. */
  restore(target: TrashTarget): number
  /**
   * What was trashed before then leaves the trash for good, and shows nowhere. Returns the torrents that have nothing
   * left to show: the caller deletes them.
   */
  purgeTrash(trashedBeforeMs: number): readonly InfoHash[]
  /** When the oldest trashed file was trashed. */
  oldestTrashedAtMs(): number | undefined

  /**
   * Gives the file to another item, with the subtitles that belong to it; an item that it leaves without files, made only
   * for it, goes too. Fails with `not_found` (file, item by id) or `invalid` (no video, wrong numbers).
   */
  match(file: FileKey, target: MatchTarget): PlacedFile | undefined
  /**
   * The movie is another one than was thought: all its files go to that title. Its metadata is looked for anew. When that
   * one is in the library they become one. Fails with `not_found`.
   */
  rematchMovie(id: MovieId, to: ItemReference<MovieId>): Movie
  /** As `rematchMovie`, its seasons and episodes with it. */
  rematchShow(id: ShowId, to: ItemReference<ShowId>): ShowSummary

  /** Makes this version the active one of its item; the others become inactive. Fails with `not_found`. */
  chooseVersion(file: FileKey): void
  /** Withdraws this version for good: it shows nowhere. Another takes its place by the policy. Fails with `not_found`. */
  deleteVersion(file: FileKey): void

  /** Files of /Offline. Fails with `not_found` (file), `conflict` (the path is taken by another file). */
  addOffline(file: FileKey, path: string): void
  /** The path and all below it. Returns the files that have no path left. Fails with `not_found`. */
  removeOffline(path: string): readonly FileKey[]
}
