import type { Disposable } from './disposable.ts'
import type { EpisodeId, MovieId, ShowId } from './ids.ts'
import type { EpisodeMetadata, MovieMetadata, SeasonMetadata, ShowMetadata, StreamDetails } from './metadata.ts'

/** Whose a sidecar is. An episode's shows beside each of its active files. */
export type SidecarOwner =
  | { readonly kind: 'movie'; readonly id: MovieId }
  | { readonly kind: 'show'; readonly id: ShowId }
  | { readonly kind: 'episode'; readonly id: EpisodeId }

/** `season-poster` has its season's number. */
export type SidecarRole = 'nfo' | 'poster' | 'fanart' | 'season-poster' | 'thumb'

export interface Sidecar {
  readonly owner: SidecarOwner
  readonly role: SidecarRole
  readonly season: number | null
  readonly sizeBytes: number
  /** Changes with the bytes; letters, digits, `-` and `_`. */
  readonly tag: string
  /** The provider's path of an image; null for a text that is generated. */
  readonly imagePath: string | null
  readonly modifiedAtMs: number
}

/** The metadata that was last saved of an item, with what its files' containers told. */
export type SidecarSubject =
  | { readonly kind: 'movie'; readonly metadata: MovieMetadata; readonly streams: StreamDetails | null }
  | {
      readonly kind: 'show'
      readonly metadata: Omit<ShowMetadata, 'seasons'>
      readonly seasons: readonly Omit<SeasonMetadata, 'episodes'>[]
    }
  | {
      readonly kind: 'episode'
      readonly showTitle: string
      /** Those of its file, itself first. */
      readonly episodes: readonly { readonly season: number; readonly metadata: EpisodeMetadata }[]
      readonly streams: StreamDetails | null
    }

/** Which sidecars there are. They themselves are generated, or kept as files elsewhere. */
export interface SidecarStore {
  /** Undefined when the item left, or no metadata was saved of it. */
  sidecarSubject(owner: SidecarOwner): SidecarSubject | undefined
  sidecars(owner: SidecarOwner): readonly Sidecar[]
  /** By the id in its content id. */
  sidecar(id: number): Sidecar | undefined
  /** Replaces all of this owner's. One transaction, told of when anything is another. An owner that left is no error. */
  saveSidecars(owner: SidecarOwner, sidecars: readonly Omit<Sidecar, 'owner' | 'modifiedAtMs'>[]): void
  /**
   * Owners whose metadata, files or stream details changed since their sidecars were saved, at most `limit`; only those
   * with a file that shows.
   */
  staleSidecars(limit: number): readonly SidecarOwner[]
  /** All are stale, though a store may forget it when the process ends: the settings say another set of sidecars now. */
  forgetSidecars(): void
  /** Called after each commit. */
  onCommitted(listener: () => void): Disposable
}
