import type { SubtitleTraits } from './identify.ts'
import type { InfoHash, LocalContentId, MovieId, ShowId } from './ids.ts'

/** A file that shows in the tree, with all that its name and place need. One row a file. */
interface FileRow {
  readonly infoHash: InfoHash
  readonly fileIndex: number
  /** In the torrent; gives the extension. */
  readonly filePath: string
  readonly sizeBytes: number
}

interface AssignedRow extends FileRow {
  readonly assignedAtMs: number
  readonly resolution: string | null
  readonly source: string | null
  /** Shows under /Trash instead. */
  readonly isTrashed: boolean
}

export interface MovieRow extends AssignedRow {
  readonly kind: 'movie'
  readonly movieId: MovieId
  readonly title: string
  readonly year: number | null
  readonly tmdbId: number | null
}

export interface EpisodeRow extends AssignedRow {
  readonly kind: 'episode'
  readonly showId: ShowId
  readonly title: string
  readonly year: number | null
  readonly tmdbId: number | null
  readonly season: number
  /** First episode of the file. */
  readonly episode: number
  /** The file's last episode; equal to `episode` for a single one. */
  readonly lastEpisode: number
  readonly name: string | null
}

export interface UnsortedRow extends FileRow {
  readonly kind: 'unsorted'
  readonly torrentName: string
  readonly addedAtMs: number
}

/** A subtitle that is shown with its video, which is another row of the same torrent and item. */
export interface SubtitleRow extends FileRow, SubtitleTraits {
  readonly kind: 'subtitle'
  readonly item: TitledItem
  readonly videoIndex: number
  /** When its video was. */
  readonly assignedAtMs: number
}

/** A file of no torrent that shows in its item's directory, or beside one of its videos. */
export interface SidecarRow {
  readonly kind: 'sidecar'
  readonly item: TitledItem
  readonly content: LocalContentId
  readonly sizeBytes: number
  readonly modifiedAtMs: number
  /** Changes with the bytes: part of a strong etag. Letters, digits, `-` and `_`. */
  readonly tag: string
  readonly place: SidecarPlace
}

export type SidecarPlace =
  /** `movie.nfo`, `tvshow.nfo`, `poster.jpg`, `fanart.jpg`, `season01-poster.jpg`. */
  | { readonly at: 'item'; readonly fileName: string }
  /** The video's stem and `.nfo` or `-thumb.jpg`. */
  | { readonly at: 'video'; readonly infoHash: InfoHash; readonly videoIndex: number; readonly suffix: string }
  /** Named as the subtitles of torrents are. `extension` with its dot. */
  | {
      readonly at: 'subtitle'
      readonly infoHash: InfoHash
      readonly videoIndex: number
      readonly traits: SubtitleTraits
      readonly extension: string
    }

/** A file that a person copied into /Offline, at this path below it. */
export interface OfflineRow extends FileRow {
  readonly kind: 'offline'
  /** `/`-separated, without `/` at its ends. */
  readonly path: string
  readonly addedAtMs: number
}

export type LibraryRow = MovieRow | EpisodeRow | SubtitleRow | SidecarRow | UnsortedRow | OfflineRow

export type TitledItem =
  | { readonly kind: 'movie'; readonly id: MovieId }
  | { readonly kind: 'show'; readonly id: ShowId }

/** The top-level things of the tree: what a change names, and what is rebuilt for it. */
export type LibraryItem =
  | TitledItem
  | { readonly kind: 'unsorted'; readonly infoHash: InfoHash }
  /** All of /Offline. */
  | { readonly kind: 'offline' }

export interface LibraryReader {
  /**
   * All rows by ONE batched statement, whatever the library's size, pulled as they are consumed: the consumer may pause
   * between rows without blocking writers and sees one consistent state. Rows of one item need not be adjacent.
   * Must be consumed to its end or left by `return()`.
   */
  readAll(): Iterable<LibraryRow>
  /** The rows of these items only, by ONE statement. An item without rows has left the tree. */
  readItems(items: readonly LibraryItem[]): Iterable<LibraryRow>
}

/** One commit. `items` are those whose rows may differ now. */
export interface LibraryChange {
  readonly items: readonly LibraryItem[]
}
