import type { FileKey } from './curation.ts'
import type { Disposable } from './disposable.ts'
import type { ContentId } from './ids.ts'

/** How far a reader came; told at most once in some seconds of reading, and at its end. */
export interface ReadProgress {
  readonly content: ContentId
  readonly positionBytes: number
  readonly sizeBytes: number
  /** Read one after the other up to this position: what tells watching from scanning. */
  readonly sequentialBytes: number
  /** Of the film, where its container tells. */
  readonly durationSeconds: number | null
}

export interface WatchPosition extends FileKey {
  readonly positionBytes: number
  readonly sizeBytes: number
  readonly watchedAtMs: number
  readonly isFinished: boolean
}

/** Where people are in their films; kept over restarts. */
export interface WatchStore {
  saveWatch(position: WatchPosition): void
  findWatch(file: FileKey): WatchPosition | undefined
  /** Not finished, the last watched first; only files that show. */
  unfinished(limit: number): readonly WatchPosition[]
  /** Of each show the episode that was finished last, if since then and among the last 500; the last watched first. */
  finishedEpisodes(sinceMs: number, limit: number): readonly WatchPosition[]
  /**
   * The active file of the episode after this file's last one: of the same season, else the first of the next. Undefined
   * for films, and when the library holds none.
   */
  nextEpisode(file: FileKey): FileKey | undefined
}

/** What the views of the tree show, beyond the library's rows. */
export interface ViewSource {
  /** What was not finished, and the next episode of what was finished lately; the last watched first. */
  continueWatching(): readonly { readonly content: ContentId; readonly watchedAtMs: number }[]
  /** Whether every byte of the file is in the cache. Costs nothing to ask. */
  isInstant(content: ContentId): boolean
  /** Called when an answer may be another now; at most once in a second. */
  onChanged(listener: () => void): Disposable
}
