import type { SubtitleTraits } from './identify.ts'
import type { EpisodeId, InfoHash, MovieId } from './ids.ts'

/** Whose subtitle it is; it shows beside each of its active files. */
export type SubtitleOwner =
  | { readonly kind: 'movie'; readonly id: MovieId }
  | { readonly kind: 'episode'; readonly id: EpisodeId }

/** A subtitle of no torrent: downloaded, or a person's own. Its text is kept as UTF-8. */
export interface StoredSubtitle extends SubtitleTraits {
  readonly id: number
  readonly owner: SubtitleOwner
  readonly source: 'opensubtitles' | 'upload'
  /** Of the provider; a second download of the same gives the same subtitle. */
  readonly providerId: string | null
  /** What it was made for, as the provider or the file's name says. */
  readonly releaseName: string | null
  /** `srt`, `vtt`, `ass`, `ssa`, `sub`. */
  readonly format: string
  readonly sizeBytes: number
  readonly addedAtMs: number
}

/** Rows of subtitles; their text is kept elsewhere under the same id. */
export interface SubtitleStore {
  /** Fails with `not_found` for an owner that is not there. */
  subtitles(owner: SubtitleOwner): readonly StoredSubtitle[]
  /** Fails with `not_found`. */
  subtitle(id: number): StoredSubtitle
  /** Within one transaction; told of. The same provider's id for the same owner replaces. */
  addSubtitle(subtitle: Omit<StoredSubtitle, 'id' | 'addedAtMs'>): StoredSubtitle
  /** Fails with `not_found`. */
  deleteSubtitle(id: number): void
  /** Ids of all, so that texts without a row can be removed at start. */
  subtitleIds(): readonly number[]
  /** What a search for it asks by. Fails with `not_found`. */
  subtitleQuery(owner: SubtitleOwner): SubtitleQuery
}

/** What is known of a film or episode when subtitles are looked for. */
export interface SubtitleQuery {
  readonly owner: SubtitleOwner
  readonly title: string
  readonly year: number | null
  readonly tmdbId: number | null
  readonly imdbId: string | null
  /** For an episode: its show's ids are `tmdbId` and `imdbId`. */
  readonly season: number | null
  readonly episode: number | null
  /** Its active files, for a search by hash. */
  readonly files: readonly {
    readonly infoHash: InfoHash
    readonly fileIndex: number
    readonly filePath: string
    readonly sizeBytes: number
  }[]
}
