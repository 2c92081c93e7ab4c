import type { FoundSubtitle } from '../domain/subtitles.ts'

/** What a search asks by. */
export type SubtitleSearch =
  | { readonly by: 'hash'; readonly hash: string; readonly sizeBytes: number }
  | {
      readonly by: 'id'
      /** Of the film, or of the episode's show. */
      readonly tmdbId: number | null
      /** `tt` and digits. */
      readonly imdbId: string | null
      readonly episode?: EpisodeNumbers
    }
  | { readonly by: 'name'; readonly title: string; readonly year: number | null; readonly episode?: EpisodeNumbers }

export interface EpisodeNumbers {
  readonly season: number
  readonly episode: number
}

export interface DownloadedSubtitle {
  /** As they came. */
  readonly bytes: Uint8Array
  readonly fileName: string | null
}

/** Where subtitles come from. All fail with `unavailable`, `timeout`, or the signal's reason. */
export interface SubtitleProvider {
  /** In the provider's order, the most downloaded first. */
  search(search: SubtitleSearch, languages: readonly string[], signal: AbortSignal): Promise<readonly FoundSubtitle[]>
  /** Also fails with `not_found`; `unavailable` too when the quota is used up. */
  download(fileId: string, signal: AbortSignal): Promise<DownloadedSubtitle>
}
