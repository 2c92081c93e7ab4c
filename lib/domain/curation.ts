import type { InfoHash, MovieId, ShowId } from './ids.ts'
import type { Movie, NewSubtitle, PlacedFile, ShowSummary } from './library.ts'

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

/** What the names of a torrent's files say of one that is matched by hand. */
export interface MatchDetails {
  readonly resolution: string | null
  readonly source: string | null
  /** Those of its torrent that belong to it: it keeps no other. */
  readonly subtitles: readonly NewSubtitle[]
}

/**
 * Which versions of an item are active. Versions are the files of a movie, or of a season those that share an episode;
 * what is in the trash or was deleted is none.
 *
 * A file is active while an episode of it is shown by no file that comes before it: those that a person chose come
 * first, then by the policy. So a double episode gives way to two single ones, and stays as long as one of them is
 * missing; every episode that has a file shows, and where files overlap the better one does. `smallest` and `best` compare
 * bytes per episode. Discs of one film in one torrent (`CD1`, `CD2`) are one version.
 *
 * `all` shows versions side by side, but for those that a person replaced; when the last that shows goes, they return.
 */
export type VersionPolicy =
  | 'all'
  /** The highest resolution, then source (remux, BluRay, WEB-DL, WEBRip, HDTV, DVD, …), then size. */
  | 'best'
  | 'smallest'
  /** The last assigned. */
  | 'newest'

/**
 * What a person changes by hand. Every method is one transaction: all of it, or nothing and a thrown error. A file that is
 * put aside, in the trash, or deleted shows neither in its item nor under /Unsorted.
 */
export interface LibraryCuration {
  /**
   * All its versions become inactive and show under /Trash; metadata, episodes and choices stay. Returns how many. Fails
   * with `not_found` when there are none.
   */
  trash(target: TrashTarget): number
  /**
   * The reverse: the files are active again, as far as the policy, or a choice among them, lets them. Returns how many
   * left the trash. Fails with `not_found` when none of it is in the trash.
   */
  restore(target: TrashTarget): number
  /**
   * What was trashed before then leaves the trash for good, and shows nowhere. Returns the torrents of which nothing is
   * left but files that are no videos: the caller deletes them.
   */
  purgeTrash(trashedBeforeMs: number): readonly InfoHash[]
  /** When the oldest trashed file was trashed. */
  oldestTrashedAtMs(): number | undefined

  /**
   * Gives the file to another item, with the subtitles that belong to it, be it in the trash or deleted; an item made for
   * it alone goes when it leaves. Undefined when it shows in no item then: by its target, or put aside by the policy. Fails
   * with `not_found` (file, item by id), `invalid` (no video, wrong title or numbers) or `conflict` (an item of that title
   * and year has another TMDB id). What calls it is `Matching`, which knows the details.
   */
  match(file: FileKey, target: MatchTarget, details: MatchDetails): PlacedFile | undefined
  /**
   * The movie is another one than was thought: all its files go to that title. What a provider said of it is forgotten, and
   * looked for anew. When that one is in the library, by id, TMDB id, or title and year, they become one. Fails with
   * `not_found` and, as `match`, with `invalid` and `conflict`.
   */
  rematchMovie(id: MovieId, to: ItemReference<MovieId>): Movie
  /** As `rematchMovie`; episodes with files are those of the same season and number there. */
  rematchShow(id: ShowId, to: ItemReference<ShowId>): ShowSummary

  /** Makes this version the active one of its item; the others become inactive. Fails with `not_found`. */
  chooseVersion(file: FileKey): void
  /**
   * Withdraws this version for good: it shows nowhere. Another takes its place by the policy. Returns its torrent when that
   * is left with nothing, as `purgeTrash` does. Fails with `not_found`.
   */
  deleteVersion(file: FileKey): InfoHash | undefined

  /** Files of /Offline. Fails with `not_found` (file), `invalid` (path), `conflict` (the path is taken). */
  addOffline(file: FileKey, path: string): void
  /** The path and all below it. Returns the files that have no path left. Fails with `not_found`. */
  removeOffline(path: string): readonly FileKey[]
}
