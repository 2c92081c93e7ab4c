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

/** How a subtitle was found, the surest first: for this very file, by the ids of its film or show, by the title. */
export type SubtitleMatchedBy = 'hash' | 'id' | 'name'

/** What a provider offers for an owner. */
export interface FoundSubtitle extends SubtitleTraits {
  /** What `download` takes. */
  readonly fileId: string
  readonly matchedBy: SubtitleMatchedBy
  /** What it was made for. */
  readonly releaseName: string | null
  readonly fileName: string | null
  readonly downloads: number
  /** Frames a second of the film that it was timed by. */
  readonly fps: number | null
  /** Whoever uploaded it is known to the provider. */
  readonly isTrusted: boolean
  readonly isMachineTranslated: boolean
}

/** What a person says of a subtitle; the rest is read from its name. */
export type GivenSubtitleTraits = Partial<SubtitleTraits>

/** A subtitle by the id that a search gave. What is left out is as the last search for the owner said. */
export interface SubtitleChoice extends GivenSubtitleTraits {
  readonly fileId: string
  readonly releaseName?: string | null
}

/** A person's own subtitle, or an archive (gzip, ZIP) that holds it. */
export interface UploadedSubtitle extends GivenSubtitleTraits {
  /** Its extension is not relied on. */
  readonly fileName: string
  readonly bytes: Uint8Array
}

/**
 * Subtitles of films and episodes from outside their torrents. All fail with `not_found` for an owner or subtitle that is
 * not there. Texts are kept as UTF-8, whatever they came in.
 */
export interface Subtitles {
  /** By the time they were added. */
  list(owner: SubtitleOwner): readonly StoredSubtitle[]
  /**
   * Asks the provider; none of the torrent's bytes are fetched for it. Each once, by language in the order asked for, the
   * surest first. No languages: those of the settings. Fails with `unavailable` (not set up, or not reachable) and `timeout`.
   */
  search(
    owner: SubtitleOwner,
    options: { readonly languages?: readonly string[] },
    signal: AbortSignal,
  ): Promise<readonly FoundSubtitle[]>
  /**
   * The same once more replaces what was kept. Fails as `search` does, `unavailable` too when the day's quota is used up,
   * `not_found` when the provider has it no more.
   */
  download(owner: SubtitleOwner, choice: SubtitleChoice, signal: AbortSignal): Promise<StoredSubtitle>
  /** Fails with `invalid` for what is no subtitle of a known format, or too large. */
  upload(owner: SubtitleOwner, subtitle: UploadedSubtitle, signal: AbortSignal): Promise<StoredSubtitle>
  delete(id: number): Promise<void>
}
