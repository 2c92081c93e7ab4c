import type { Disposable } from './disposable.ts'
import type { SubtitleTraits } from './identify.ts'
import type { EpisodeId, InfoHash, MovieId, ShowId } from './ids.ts'
import type { LibraryChange } from './library-rows.ts'
import type { TorrentFile } from './piece-layout.ts'
import type { TorrentInfo, TorrentSource } from './torrent.ts'

export interface Page {
  readonly limit: number
  readonly offset: number
  /** Matches titles, case-insensitively, anywhere. */
  readonly query?: string
  /** `title` unless given; `added` and `year` show the newest first. */
  readonly sort?: 'title' | 'added' | 'year'
  readonly isDescending?: boolean
  readonly year?: number
  /** Only those with, or without, a file that shows. */
  readonly isAssigned?: boolean
}

export interface TorrentPage {
  readonly limit: number
  readonly offset: number
  /** Matches names anywhere; without regard to case in ASCII letters. */
  readonly query?: string
  /** `name` unless given; `added` shows the newest first, `size` the largest. */
  readonly sort?: 'name' | 'added' | 'size'
  readonly isDescending?: boolean
}

export interface Paged<T> {
  readonly items: readonly T[]
  readonly total: number
}

export interface Assignment {
  readonly infoHash: InfoHash
  readonly fileIndex: number
  readonly filePath: string
  readonly sizeBytes: number
  readonly resolution: string | null
  readonly source: string | null
  /** Shows in the tree: one of several versions, unless all are shown side by side. */
  readonly isActive: boolean
  /** A person made it the active one: no policy changes that. */
  readonly isChosen: boolean
  readonly trashedAtMs: number | null
  readonly assignedAtMs: number
}

export interface Movie {
  readonly id: MovieId
  readonly title: string
  readonly year: number | null
  readonly tmdbId: number | null
  readonly addedAtMs: number
  readonly assignments: readonly Assignment[]
}

export interface Episode {
  readonly id: EpisodeId
  readonly number: number
  readonly name: string | null
  readonly airDate: string | null
  readonly assignments: readonly Assignment[]
}

export interface Season {
  readonly number: number
  readonly episodes: readonly Episode[]
}

export interface ShowSummary {
  readonly id: ShowId
  readonly title: string
  readonly year: number | null
  readonly tmdbId: number | null
  readonly addedAtMs: number
  readonly seasonCount: number
  readonly episodeCount: number
  readonly assignedCount: number
}

export interface Show extends ShowSummary {
  readonly seasons: readonly Season[]
}

export interface NewMovie {
  readonly title: string
  readonly year: number | null
  readonly tmdbId?: number
}

export interface NewShow {
  readonly title: string
  readonly year: number | null
  readonly tmdbId?: number
  readonly seasons: readonly {
    readonly number: number
    readonly episodes: readonly {
      readonly number: number
      readonly name: string | null
      readonly airDate?: string | null
    }[]
  }[]
}

export interface StoredTorrentRow {
  readonly infoHash: InfoHash
  readonly name: string
  readonly magnetUri: string | null
  readonly sizeBytes: number
  readonly addedAtMs: number
  /** Paused by a person. */
  readonly isPaused: boolean
  readonly files: readonly TorrentFile[]
}

/** A subtitle to be shown with the video of its placement. */
export interface NewSubtitle extends SubtitleTraits {
  readonly fileIndex: number
}

/**
 * What adding a torrent puts where; every file of `placements` is assigned, their subtitles follow wherever their video
 * goes, the others show under /Unsorted.
 */
export type Placement = { readonly subtitles?: readonly NewSubtitle[] } & (
  | {
      readonly kind: 'movie'
      /** Exactly one of `movieId`, or `title` (found or created by title and year). */
      readonly movieId?: MovieId
      readonly title: string
      readonly year: number | null
      readonly fileIndex: number
      readonly resolution: string | null
      readonly source: string | null
    }
  | {
      readonly kind: 'episode'
      readonly showId?: ShowId
      readonly title: string
      readonly year: number | null
      readonly season: number
      /** Ascending, at least one: a double episode is one file under the first. */
      readonly episodes: readonly number[]
      readonly episodeName: string | null
      readonly fileIndex: number
      readonly resolution: string | null
      readonly source: string | null
    }
)

export interface AddedTorrent {
  readonly movies: readonly Movie[]
  readonly shows: readonly ShowSummary[]
  /** One entry per placement, in order. */
  readonly placed: readonly {
    readonly fileIndex: number
    readonly movieId?: MovieId
    readonly showId?: ShowId
    readonly episodeIds?: readonly EpisodeId[]
  }[]
}

/** A subtitle that shows beside its video. */
export interface PlacedSubtitle extends NewSubtitle {
  readonly filePath: string
  readonly sizeBytes: number
}

/** Where a torrent's file shows: an active assignment. */
export interface PlacedFile {
  readonly fileIndex: number
  readonly filePath: string
  readonly sizeBytes: number
  readonly resolution: string | null
  readonly item:
    | { readonly kind: 'movie'; readonly id: MovieId }
    /** The file's first episode. */
    | {
        readonly kind: 'episode'
        readonly id: EpisodeId
        readonly showId: ShowId
        readonly season: number
        readonly episode: number
      }
  /** By file index. */
  readonly subtitles: readonly PlacedSubtitle[]
}

/** Reads for the API: each one statement or a fixed number of them. */
export interface LibraryQueries {
  movies(page: Page): Paged<Movie>
  /** Fails with `not_found`, as do all by-id reads. */
  movie(id: MovieId): Movie
  shows(page: Page): Paged<ShowSummary>
  show(id: ShowId): Show
  /** The show of an episode, and the episode. */
  episode(id: EpisodeId): { readonly showId: ShowId; readonly season: number; readonly episode: Episode }
  torrents(page: TorrentPage): Paged<StoredTorrentRow>
  torrent(infoHash: InfoHash): StoredTorrentRow
  findTorrent(infoHash: InfoHash): StoredTorrentRow | undefined
  /** By file index; files under /Unsorted are not among them. */
  placedFiles(infoHash: InfoHash): readonly PlacedFile[]
  counts(): { readonly movies: number; readonly shows: number; readonly episodes: number; readonly torrents: number }
}

/** What a search found: a title, or the name of an episode. */
export type SearchHit =
  | { readonly kind: 'movie'; readonly id: MovieId; readonly title: string; readonly year: number | null }
  | { readonly kind: 'show'; readonly id: ShowId; readonly title: string; readonly year: number | null }
  | {
      readonly kind: 'episode'
      readonly id: EpisodeId
      readonly showId: ShowId
      /** Of the show. */
      readonly title: string
      readonly year: number | null
      readonly season: number
      readonly episode: number
      readonly name: string
    }

export interface TitleSearch {
  /**
   * Titles and names that hold every word of `query`, anywhere, without regard to letter case or accents; a word of two
   * letters at a word's beginning, a query of one letter at the title's. The closest first. Any text may be asked for.
   */
  search(query: string, limit: number): readonly SearchHit[]
}

/** Where Activity and the reader learn of a torrent; by primary key. */
export interface TorrentCatalog {
  /** With its metadata, so that no swarm is asked. Undefined when the library does not hold it. */
  source(infoHash: InfoHash): TorrentSource | undefined
  /** Every torrent of the library with a person's pause; no metadata read. */
  states(): readonly { readonly infoHash: InfoHash; readonly isPaused: boolean }[]
  setPaused(infoHash: InfoHash, isPaused: boolean): void
}

/** Every method is one transaction: all of it, or nothing and a thrown error. */
export interface LibraryWriter {
  /** Fails with `conflict` for the same title (without regard to case) and year, or the same TMDB id. */
  createMovie(movie: NewMovie): Movie
  /** As `createMovie`. */
  createShow(show: NewShow): Show
  deleteMovie(id: MovieId): void
  deleteShow(id: ShowId): void
  /**
   * Stores the torrent with its metadata and files, and assigns `placements`, creating movies, shows, seasons and
   * episodes as needed. An assignment of a further version to an item replaces the active one when `replaceActive`,
   * else both stay side by side. A torrent already there keeps its row; its placements are added.
   */
  addTorrent(
    info: TorrentInfo,
    magnetUri: string | null,
    placements: readonly Placement[],
    replaceActive: boolean,
  ): AddedTorrent
  /** Its assignments and files go with it (cascade). Fails with `not_found`. */
  deleteTorrent(infoHash: InfoHash): void
  /** Withdraws the item's assignments; the files show under /Unsorted again. Fails with `not_found`. */
  unassignMovie(id: MovieId): void
  unassignEpisode(id: EpisodeId): void
  /** Called after each commit, in order, outside the transaction. */
  onCommitted(listener: (change: LibraryChange) => void): Disposable
}

/** For whom a torrent of thousands of files may not hold the event loop. */
export interface TorrentAdding {
  /**
   * As `LibraryWriter.addTorrent`, in turns of the event loop of some milliseconds each: still one transaction, of which
   * nobody reads anything before its commit. One is done at a time; a write of another kind has the rest of it done at once.
   * Fails as that does, or with the signal's reason.
   */
  addTorrentInTurns(
    info: TorrentInfo,
    magnetUri: string | null,
    placements: readonly Placement[],
    replaceActive: boolean,
    signal: AbortSignal,
  ): Promise<AddedTorrent>
}
