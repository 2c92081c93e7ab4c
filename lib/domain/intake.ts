import type { FileKey, MatchTarget } from './curation.ts'
import type { SubtitleTraits, UnmatchedReason } from './identify.ts'
import type { EpisodeId, InfoHash, MovieId, ShowId } from './ids.ts'
import type { Movie, PlacedFile, ShowSummary } from './library.ts'

/** A magnet URI, or a `.torrent` file's bytes. */
export type TorrentInput = { readonly magnetUri: string } | { readonly metadata: Uint8Array }

/** For whom the files are meant, when a person says so. */
export type IntakeTarget =
  | { readonly kind: 'movie'; readonly id: MovieId; readonly filePath?: string }
  | { readonly kind: 'show'; readonly id: ShowId }
  | { readonly kind: 'episode'; readonly id: EpisodeId; readonly filePath?: string }

/** A subtitle placed beside its video. */
export interface MatchedSubtitle extends SubtitleTraits {
  readonly filePath: string
  readonly fileSizeBytes: number
}

export interface MatchedFile {
  readonly movieId?: MovieId
  readonly showId?: ShowId
  readonly episodeId?: EpisodeId
  readonly season?: number
  readonly episode?: number
  readonly filePath: string
  readonly fileSizeBytes: number
  readonly resolution: string | null
  readonly confidence: number
  readonly subtitles: readonly MatchedSubtitle[]
}

export interface UnmatchedFile {
  readonly filePath: string
  readonly reason: UnmatchedReason
  readonly season: number | null
  readonly episode: number | null
}

export interface IntakeResult {
  readonly infoHash: InfoHash
  readonly name: string
  /** False when the library held the torrent before and nothing was changed. */
  readonly isNew: boolean
  readonly movies: readonly Movie[]
  readonly shows: readonly ShowSummary[]
  readonly matched: readonly MatchedFile[]
  readonly unmatched: readonly UnmatchedFile[]
}

/** Adds torrents: metadata, identification, one transaction. What REST, command line, inbox and watch folder call. */
export interface Intake {
  /**
   * Fails with `invalid` (no magnet, not a torrent, v2 only), `timeout` (metadata not found in time), `not_found`
   * (target), or the signal's reason. Nothing is stored then.
   */
  add(input: TorrentInput, target: IntakeTarget | undefined, signal: AbortSignal): Promise<IntakeResult>
}

/** What REST, command line and drive call when a person says where a file of the library belongs. */
export interface Matching {
  /**
   * `LibraryCuration.match` with the quality and the subtitles that the names of the torrent's files tell. Fails as that
   * does, or with the signal's reason.
   */
  match(file: FileKey, target: MatchTarget, signal: AbortSignal): Promise<PlacedFile | undefined>
}
