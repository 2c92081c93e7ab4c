import type { MovieMetadata, ShowMetadata } from '../domain/metadata.ts'
import type { Candidate } from './matcher.ts'

/** Where metadata comes from. All fail with `unavailable`, `timeout`, or the signal's reason. */
export interface MetadataProvider {
  /** In the provider's order, which counts alternative titles. `year` null: of any year. */
  searchMovies(title: string, year: number | null, signal: AbortSignal): Promise<readonly Candidate[]>
  searchShows(title: string, year: number | null, signal: AbortSignal): Promise<readonly Candidate[]>
  /** Alternative and translated ones; also fails with `not_found`. */
  otherTitles(kind: 'movie' | 'show', tmdbId: number, signal: AbortSignal): Promise<readonly string[]>
  /** Both also fail with `not_found`. */
  movie(tmdbId: number, signal: AbortSignal): Promise<MovieMetadata>
  show(tmdbId: number, signal: AbortSignal): Promise<ShowMetadata>
}
