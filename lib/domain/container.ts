import type { FileKey } from './curation.ts'
import type { StreamDetails } from './metadata.ts'
import type { ByteRange } from './ranges.ts'

export type ContainerFormat = 'mp4' | 'matroska' | 'avi' | 'mpegts' | 'other'

/** What a film's container tells a reader. Bytes of the file. */
export interface ContainerInfo {
  readonly format: ContainerFormat
  /** What a player reads before it can seek, besides the file's first and last bytes. */
  readonly index: readonly ByteRange[]
  /** Null when the container does not say. */
  readonly durationSeconds: number | null
  /**
   * Ascending positions where a player may start to read after a seek: clusters, or chunks of the film's video; thinned
   * out to a bounded number. Empty when not known.
   */
  readonly seekPoints: readonly number[]
  readonly streams: StreamDetails | null
}

/** Where what was detected outlives the process; goes with its torrent. Both are called rarely, once a file. */
export interface ContainerStore {
  loadContainer(file: FileKey): ContainerInfo | undefined
  saveContainer(file: FileKey, container: ContainerInfo): void
}
