import type { PageOptions, SubtitledItem } from '../domain/client-calls.ts'
import type { TorrentInput } from '../domain/intake.ts'

// REST as far as the commands use it, and its answers as far as they show them. Names are those of its JSON.

export interface TitledItem {
  readonly id: number
  readonly title: string
  readonly year: number | null
}

/** Where a file belongs; all null for one of no item. */
export interface FilePlace {
  readonly movie_id: number | null
  readonly show_id: number | null
  readonly season: number | null
  readonly episode: number | null
}

export interface AddedTorrent {
  readonly info_hash: string
  readonly name: string
  readonly movies: readonly TitledItem[]
  readonly shows: readonly TitledItem[]
  readonly matched: readonly (FilePlace & {
    readonly file_path: string
    readonly file_size: number
    readonly resolution: string | null
  })[]
  readonly unmatched: readonly { readonly file_path: string; readonly reason: string }[]
}

/** Just one of `torrent` and `error` is there. */
export interface BulkResult {
  readonly index: number
  readonly torrent?: AddedTorrent | undefined
  readonly error?: { readonly code: string; readonly message: string } | undefined
}

export interface AddingTorrent {
  readonly info_hash: string
  readonly peers: number
  readonly metadata_received: number
  readonly metadata_size: number
}

export interface Version {
  readonly id: string
  readonly file_path: string
  readonly file_size: number
  readonly resolution: string | null
  readonly source: string | null
  readonly is_active: boolean
  readonly is_chosen: boolean
  readonly trashed_at: string | null
}

export interface ListedMovie extends TitledItem {
  readonly assignments: readonly Version[]
}

export interface ListedShow extends TitledItem {
  readonly season_count: number
  readonly episode_count: number
  readonly assigned_count: number
}

export interface WholeShow extends TitledItem {
  readonly seasons: readonly {
    readonly season_number: number
    readonly episodes: readonly { readonly episode_number: number; readonly assignments: readonly Version[] }[]
  }[]
}

export interface ListedTorrent {
  readonly info_hash: string
  readonly name: string
  readonly state: string
  readonly size: number
  readonly progress: number
  readonly peers: number
  readonly download_speed: number
  readonly upload_speed: number
  readonly files: readonly { readonly index: number; readonly path: string; readonly size: number }[]
}

export interface SearchHit extends TitledItem {
  readonly type: string
  readonly show_id: number | null
  readonly season: number | null
  readonly episode: number | null
  readonly name: string | null
}

export interface PlacedFile extends FilePlace {
  readonly id: string
  readonly file_path: string
}

export interface TrashedItem extends TitledItem {
  readonly type: string
  readonly trashed_at: string
  readonly files: readonly { readonly id: string; readonly file_path: string; readonly file_size: number }[]
}

interface SubtitleTraits {
  readonly language: string | null
  readonly is_forced: boolean
  readonly is_hearing_impaired: boolean
}

export interface ListedSubtitle extends SubtitleTraits {
  readonly id: number | null
  readonly source: string
  readonly format: string
  readonly size: number
  readonly file_path: string | null
  readonly release_name: string | null
}

export interface FoundSubtitle extends SubtitleTraits {
  readonly file_id: string
  readonly matched_by: string
  readonly release_name: string | null
  readonly file_name: string | null
  readonly downloads: number
}

export interface Limits {
  readonly download_kbps: number
  readonly upload_kbps: number
}

export interface ScrubProgress {
  readonly checked_pieces: number
  readonly checked_bytes: number
  readonly total_bytes: number
  readonly bad_pieces: number
  readonly unknown_torrents: number
  readonly is_done: boolean
}

interface ImportCount {
  readonly added: number
  readonly kept: number
}

export interface ImportSummary {
  readonly movies: ImportCount
  readonly shows: ImportCount
  readonly torrents: ImportCount
  readonly assignments: number
}

/** What an item is called, or its id. */
export interface TitledBody {
  readonly title?: string
  readonly year?: number
  readonly tmdb_id?: number
}

/** Just one of them. */
export interface MatchFileBody {
  readonly movie_id?: number
  readonly movie?: TitledBody
  readonly episode?: {
    readonly show_id?: number
    readonly show?: TitledBody
    readonly season: number
    readonly episodes: number[]
  }
  readonly unsorted?: true
}

/** One of them; `season` with `show_id`. */
export interface TrashBody {
  readonly movie_id?: number
  readonly show_id?: number
  readonly season?: number
  readonly file_id?: string
}

export interface AddSubtitleBody {
  readonly file_id?: string
  readonly file_name?: string
  readonly content?: string
  readonly language?: string
}

/** A running service. Every call fails with an AppError that says what went wrong in words for a person. */
export interface CliClient {
  addTorrent(input: TorrentInput, signal?: AbortSignal): Promise<AddedTorrent>
  /** At most 500; each result as soon as it is known. */
  addTorrents(inputs: readonly TorrentInput[], signal?: AbortSignal): AsyncIterable<BulkResult>
  adding(signal?: AbortSignal): Promise<{ readonly torrents: readonly AddingTorrent[] }>
  torrents(
    page: PageOptions,
    signal?: AbortSignal,
  ): Promise<{ readonly torrents: readonly ListedTorrent[]; readonly total: number }>
  torrent(infoHash: string, signal?: AbortSignal): Promise<ListedTorrent>
  pause(infoHash: string, signal?: AbortSignal): Promise<ListedTorrent>
  resume(infoHash: string, signal?: AbortSignal): Promise<ListedTorrent>
  remove(infoHash: string, deleteData: boolean, signal?: AbortSignal): Promise<void>
  movies(
    page: PageOptions,
    signal?: AbortSignal,
  ): Promise<{ readonly movies: readonly ListedMovie[]; readonly total: number }>
  movie(id: number, signal?: AbortSignal): Promise<ListedMovie>
  matchMovie(id: number, body: TitledBody & { readonly movie_id?: number }, signal?: AbortSignal): Promise<TitledItem>
  shows(
    page: PageOptions,
    signal?: AbortSignal,
  ): Promise<{ readonly shows: readonly ListedShow[]; readonly total: number }>
  show(id: number, signal?: AbortSignal): Promise<WholeShow>
  matchShow(id: number, body: TitledBody & { readonly show_id?: number }, signal?: AbortSignal): Promise<TitledItem>
  search(text: string, limit: number, signal?: AbortSignal): Promise<{ readonly results: readonly SearchHit[] }>
  matchFile(id: string, body: MatchFileBody, signal?: AbortSignal): Promise<PlacedFile>
  activateFile(id: string, signal?: AbortSignal): Promise<PlacedFile>
  deleteFile(id: string, signal?: AbortSignal): Promise<void>
  keepFile(id: string, path: string | undefined, signal?: AbortSignal): Promise<{ readonly path: string }>
  releaseFile(id: string, signal?: AbortSignal): Promise<void>
  trash(
    page: PageOptions,
    signal?: AbortSignal,
  ): Promise<{ readonly items: readonly TrashedItem[]; readonly total: number }>
  putIntoTrash(target: TrashBody, signal?: AbortSignal): Promise<{ readonly files: number }>
  restore(target: TrashBody, signal?: AbortSignal): Promise<{ readonly files: number }>
  emptyTrash(olderThanDays: number, signal?: AbortSignal): Promise<{ readonly torrents_removed: readonly string[] }>
  subtitles(owner: SubtitledItem, signal?: AbortSignal): Promise<{ readonly subtitles: readonly ListedSubtitle[] }>
  searchSubtitles(
    owner: SubtitledItem,
    languages: string | undefined,
    signal?: AbortSignal,
  ): Promise<{ readonly subtitles: readonly FoundSubtitle[] }>
  addSubtitle(owner: SubtitledItem, body: AddSubtitleBody, signal?: AbortSignal): Promise<ListedSubtitle>
  deleteSubtitle(id: number, signal?: AbortSignal): Promise<void>
  limits(signal?: AbortSignal): Promise<Limits>
  setLimits(limits: Partial<Limits>, signal?: AbortSignal): Promise<Limits>
  scrub(signal?: AbortSignal): AsyncIterable<ScrubProgress>
  exportLibrary(signal?: AbortSignal): AsyncIterable<Uint8Array>
  importLibrary(document: AsyncIterable<Uint8Array>, signal?: AbortSignal): Promise<ImportSummary>
}
