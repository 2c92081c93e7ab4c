import { AppError } from '../domain/errors.ts'
import type {
  EpisodeMetadata,
  MetadataRating,
  MovieMetadata,
  SeasonMetadata,
  ShowMetadata,
} from '../domain/metadata.ts'
import type { MovieDetails, SeasonDetails, ShowDetails } from './tmdb-schemas.ts'

const ENDED = new Set(['Ended', 'Canceled'])

export const yearOf = (date: string | null): number | null => (date === null ? null : Number(date.slice(0, 4)) || null)

/** Throws `unavailable` for a movie without any title. */
export function toMovie(details: MovieDetails): MovieMetadata {
  return {
    tmdbId: details.id,
    imdbId: imdbId(details.imdb_id),
    title: titleOf(details.title, details.original_title),
    originalTitle: details.original_title,
    year: yearOf(details.release_date),
    releaseDate: details.release_date,
    plot: details.overview,
    tagline: details.tagline,
    genres: details.genres.map(({ name }) => name),
    runtimeMinutes: details.runtime || null,
    rating: rating(details),
    posterPath: details.poster_path,
    fanartPath: details.backdrop_path,
  }
}

/** Throws `unavailable` for a show without any title. */
export function toShow(details: ShowDetails, seasons: readonly SeasonDetails[]): ShowMetadata {
  return {
    tmdbId: details.id,
    imdbId: imdbId(details.external_ids.imdb_id),
    tvdbId: details.external_ids.tvdb_id,
    title: titleOf(details.name, details.original_name),
    originalTitle: details.original_name,
    year: yearOf(details.first_air_date),
    firstAirDate: details.first_air_date,
    hasEnded: ENDED.has(details.status ?? ''),
    plot: details.overview,
    genres: details.genres.map(({ name }) => name),
    rating: rating(details),
    posterPath: details.poster_path,
    fanartPath: details.backdrop_path,
    seasons: byNumber(seasons.map(toSeason)),
  }
}

function toSeason(season: SeasonDetails): SeasonMetadata {
  return {
    number: season.season_number,
    name: season.name,
    posterPath: season.poster_path,
    episodes: byNumber(season.episodes.map(toEpisode)),
  }
}

function toEpisode(episode: SeasonDetails['episodes'][number]): EpisodeMetadata {
  const number = episode.episode_number
  return {
    tmdbId: episode.id,
    number,
    // What TMDB shows until somebody names it.
    name: episode.name === `Episode ${number}` ? null : episode.name,
    airDate: episode.air_date,
    plot: episode.overview,
    runtimeMinutes: episode.runtime || null,
    rating: rating(episode),
    stillPath: episode.still_path,
  }
}

function titleOf(title: string | null, originalTitle: string | null): string {
  const shown = title ?? originalTitle
  if (shown === null) throw new AppError('unavailable', 'TMDB has no title for it')
  return shown
}

const imdbId = (text: string | null): string | null => (text !== null && /^tt\d+$/.test(text) ? text : null)

function rating({ vote_average, vote_count }: RatedAnswer): MetadataRating | null {
  return vote_count > 0 ? { value: vote_average, votes: vote_count } : null
}

interface RatedAnswer {
  readonly vote_average: number
  readonly vote_count: number
}

/** Ascending; of several with one number the first. */
function byNumber<T extends { readonly number: number }>(items: readonly T[]): readonly T[] {
  const unique = new Map<number, T>()
  for (const item of items) if (!unique.has(item.number)) unique.set(item.number, item)
  return [...unique.values()].sort((a, b) => a.number - b.number)
}
