import type { Disposable } from './disposable.ts'
import type { EpisodeId, MovieId, ShowId } from './ids.ts'

/** Means of the votes, 0 to 10. */
export interface MetadataRating {
  readonly value: number
  readonly votes: number
}

/** A movie as a metadata provider knows it. Dates are `YYYY-MM-DD`; image paths are the provider's own. */
export interface MovieMetadata {
  readonly tmdbId: number
  /** `tt` and digits. */
  readonly imdbId: string | null
  readonly title: string
  readonly originalTitle: string | null
  readonly year: number | null
  readonly releaseDate: string | null
  readonly plot: string | null
  readonly tagline: string | null
  readonly genres: readonly string[]
  readonly runtimeMinutes: number | null
  readonly rating: MetadataRating | null
  readonly posterPath: string | null
  readonly fanartPath: string | null
}

export interface EpisodeMetadata {
  readonly tmdbId: number | null
  readonly number: number
  /** Null when nobody named it yet. */
  readonly name: string | null
  readonly airDate: string | null
  readonly plot: string | null
  readonly runtimeMinutes: number | null
  readonly rating: MetadataRating | null
  readonly stillPath: string | null
}

export interface SeasonMetadata {
  /** 0 holds the specials. */
  readonly number: number
  readonly name: string | null
  readonly posterPath: string | null
  /** By ascending number, each once. */
  readonly episodes: readonly EpisodeMetadata[]
}

export interface ShowMetadata {
  readonly tmdbId: number
  readonly imdbId: string | null
  readonly tvdbId: number | null
  readonly title: string
  readonly originalTitle: string | null
  /** Of its first episode. */
  readonly year: number | null
  readonly firstAirDate: string | null
  /** No further episode will air. */
  readonly hasEnded: boolean
  readonly plot: string | null
  readonly genres: readonly string[]
  readonly rating: MetadataRating | null
  readonly posterPath: string | null
  readonly fanartPath: string | null
  /** By ascending number, each once. */
  readonly seasons: readonly SeasonMetadata[]
}

/** What a container told of its streams; goes into the `.nfo` files. Codecs in lower case, languages as ISO 639-2. */
export interface StreamDetails {
  readonly durationSeconds: number | null
  readonly video: readonly {
    readonly codec: string
    readonly width: number | null
    readonly height: number | null
    /** `hdr10`, `dolbyvision`, `hlg`. */
    readonly hdr: string | null
  }[]
  readonly audio: readonly {
    readonly codec: string
    readonly language: string | null
    readonly channels: number | null
  }[]
  readonly subtitles: readonly { readonly language: string }[]
}

interface DueItem {
  readonly title: string
  readonly year: number | null
  /** Known when a person gave it, or an earlier completion found it. */
  readonly tmdbId: number | null
  /** How often it was postponed since it was last saved. */
  readonly attempts: number
}

/** A movie or show whose metadata is missing, or is to be brought up to date. */
export type ItemToComplete =
  | (DueItem & { readonly kind: 'movie'; readonly id: MovieId })
  | (DueItem & {
      readonly kind: 'show'
      readonly id: ShowId
      /** The highest episode number that the library holds, by season number. */
      readonly lastEpisodes: ReadonlyMap<number, number>
    })

/** An episode of the library by its air date. */
export interface AiredEpisode {
  readonly showId: ShowId
  readonly showTitle: string
  readonly season: number
  readonly episode: number
  readonly name: string | null
  readonly airDate: string
  /** Whether a file shows for it. */
  readonly isAssigned: boolean
}

/**
 * The library, as metadata is filled in. Every movie and show has a due time: a new one is due at once (0), a saved one
 * when its save said, a postponed one when that said. It is kept over restarts. Each method is one transaction.
 */
export interface MetadataStore {
  /** Items due at `nowMs`, the longest due first, at most `limit`. */
  itemsToComplete(nowMs: number, limit: number): readonly ItemToComplete[]
  /** The earliest due time, which may have passed; undefined when no item has one. */
  nextDueAtMs(): number | undefined
  /**
   * The movie takes the provider's id, title and year; its attempts start at 0 again. `dueAtMs` null: never due again.
   * Fails with `not_found` when it left the library, `conflict` when another movie has that TMDB id, or title and year;
   * nothing is changed then.
   */
  saveMovie(id: MovieId, metadata: MovieMetadata, dueAtMs: number | null): void
  /**
   * As `saveMovie`. Episodes that the library holds take the provider's name and air date, and keep their own where it
   * knows none; seasons and episodes that the library does not hold are added, none is removed.
   */
  saveShow(id: ShowId, metadata: ShowMetadata, dueAtMs: number | null): void
  /** Due at `dueAtMs`, with one attempt more. An item that left the library is no error. Told to no listener. */
  postpone(item: Pick<ItemToComplete, 'kind' | 'id'>, dueAtMs: number): void
  /** Episodes that air in [fromDate, toDate], `YYYY-MM-DD`, the latest first; specials included. */
  airedEpisodes(fromDate: string, toDate: string): readonly AiredEpisode[]
  /** Called after each commit, outside the transaction. */
  onCommitted(listener: () => void): Disposable
}

/** A show without what is in its seasons. */
export type ShowDetails = Omit<ShowMetadata, 'seasons'> & {
  readonly seasons: readonly Omit<SeasonMetadata, 'episodes'>[]
}

/** What a provider last said of an item; undefined while nothing was saved of it, or when it left. */
export interface MetadataReader {
  movieDetails(id: MovieId): MovieMetadata | undefined
  showDetails(id: ShowId): ShowDetails | undefined
  episodeDetails(id: EpisodeId): EpisodeMetadata | undefined
}

export interface CachedAnswer {
  readonly text: string
  readonly storedAtMs: number
}

/** Answers of a provider by a key of the caller's making. May forget any of them at any time; fails never. */
export interface MetadataCache {
  /** Of any age: the caller judges it. */
  get(key: string): CachedAnswer | undefined
  put(key: string, answer: CachedAnswer): void
}
