import type { z } from 'zod'
import type { Clock } from '../domain/clock.ts'
import { AppError, isAppError } from '../domain/errors.ts'
import type { Logger } from '../domain/logger.ts'
import type { MetadataCache, MovieMetadata, ShowMetadata } from '../domain/metadata.ts'
import { HttpRequester, type HttpRequesterOptions } from './http-requester.ts'
import type { Candidate } from './matcher.ts'
import type { MetadataProvider } from './provider.ts'
import { toMovie, toShow, yearOf } from './tmdb-mapping.ts'
import {
  AppendedSeasons,
  Configuration,
  MovieDetails,
  MovieSearch,
  OtherTitles,
  type SeasonDetails,
  ShowDetails,
  ShowSearch,
} from './tmdb-schemas.ts'

export interface TmdbClientOptions extends Omit<HttpRequesterOptions, 'name'> {
  /** A version 3 key (32 hexadecimal digits), or a version 4 read access token. */
  readonly apiKey: string
  /** Default TMDB's own. A URL without a path gets `/3`. */
  readonly baseUrl?: string
  /** Of titles and plots. Default `en-US`. */
  readonly language?: string
  readonly cache: MetadataCache
  /** How long an answer is taken from the cache. Default 12 hours: less than the daily look for new episodes. */
  readonly cacheMaxAgeMs?: number
  readonly logger: Logger
}

const TMDB_URL = 'https://api.themoviedb.org/3'
const DAY_MS = 24 * 60 * 60 * 1000
const CONFIGURATION_MAX_AGE_MS = 7 * DAY_MS
const MAX_BODY_BYTES = 16 * 1024 * 1024
/** Changes whenever the schemas come to know a further field. */
const SCHEMA_VERSION = 1
/** TMDB's own limit. */
const MAX_APPENDED = 20
/** An episode with its crew takes up to 10 kB: an answer stays short enough to be parsed within a few milliseconds. */
const EPISODES_PER_REQUEST = 100
const MAX_SEASONS = 400

/**
 * TMDB, API version 3. Answers go through the cache, cut to what is used; one too old is still taken when TMDB cannot
 * be asked, so that what was known once stays known. The key is in no log, error, or cache key.
 */
export class TmdbClient implements MetadataProvider {
  readonly #http: HttpRequester
  readonly #baseUrl: string
  readonly #language: string
  readonly #headers: Readonly<Record<string, string>>
  readonly #keyParameter: string | undefined
  readonly #cache: MetadataCache
  readonly #cacheMaxAgeMs: number
  readonly #clock: Clock
  readonly #logger: Logger

  /** Throws `invalid` for a base URL that is none. */
  constructor(options: TmdbClientOptions) {
    this.#http = new HttpRequester({ ...options, name: 'TMDB' })
    this.#baseUrl = normalBaseUrl(options.baseUrl || TMDB_URL)
    this.#language = options.language ?? 'en-US'
    const isToken = !/^[0-9a-f]{32}$/i.test(options.apiKey)
    this.#keyParameter = isToken ? undefined : options.apiKey
    this.#headers = { accept: 'application/json', ...(isToken && { authorization: `Bearer ${options.apiKey}` }) }
    this.#cache = options.cache
    this.#cacheMaxAgeMs = options.cacheMaxAgeMs ?? DAY_MS / 2
    this.#clock = options.clock
    this.#logger = options.logger
  }

  async searchMovies(title: string, year: number | null, signal: AbortSignal): Promise<readonly Candidate[]> {
    const { results } = await this.#ask('search/movie', { query: title, year }, MovieSearch, signal)
    return results.map((result) => ({
      tmdbId: result.id,
      titles: present(result.title, result.original_title),
      year: yearOf(result.release_date),
      votes: result.vote_count,
      popularity: result.popularity,
      countries: [],
    }))
  }

  async searchShows(title: string, year: number | null, signal: AbortSignal): Promise<readonly Candidate[]> {
    const query = { query: title, first_air_date_year: year }
    const { results } = await this.#ask('search/tv', query, ShowSearch, signal)
    return results.map((result) => ({
      tmdbId: result.id,
      titles: present(result.name, result.original_name),
      year: yearOf(result.first_air_date),
      votes: result.vote_count,
      popularity: result.popularity,
      countries: result.origin_country,
    }))
  }

  async otherTitles(kind: 'movie' | 'show', tmdbId: number, signal: AbortSignal): Promise<readonly string[]> {
    const path = `${kind === 'movie' ? 'movie' : 'tv'}/${tmdbId}`
    const append_to_response = 'alternative_titles,translations'
    const answer = await this.#ask(path, { append_to_response }, OtherTitles, signal)
    const { titles, results } = answer.alternative_titles
    const translated = answer.translations.translations.map(({ data }) => data)
    return [...new Set([...titles, ...results, ...translated].flatMap(({ title, name }) => present(title, name)))]
  }

  async movie(tmdbId: number, signal: AbortSignal): Promise<MovieMetadata> {
    return toMovie(await this.#ask(`movie/${tmdbId}`, {}, MovieDetails, signal))
  }

  async show(tmdbId: number, signal: AbortSignal): Promise<ShowMetadata> {
    const details = await this.#ask(`tv/${tmdbId}`, { append_to_response: 'external_ids' }, ShowDetails, signal)
    const seasons: SeasonDetails[] = []
    for (const numbers of seasonBatches(details)) {
      const append_to_response = numbers.map((number) => `season/${number}`).join(',')
      const answer = await this.#ask(`tv/${tmdbId}`, { append_to_response }, AppendedSeasons, signal)
      seasons.push(...Object.values(answer))
    }
    return toShow(details, seasons)
  }

  /** Where images are; ends with `/`. */
  async imageBaseUrl(signal: AbortSignal): Promise<string> {
    const { images } = await this.#ask('configuration', {}, Configuration, signal, CONFIGURATION_MAX_AGE_MS)
    return images.secure_base_url.replace(/\/*$/, '/')
  }

  async #ask<T>(
    path: string,
    parameters: Readonly<Record<string, string | number | null>>,
    schema: z.ZodType<T>,
    signal: AbortSignal,
    maxAgeMs = this.#cacheMaxAgeMs,
  ): Promise<T> {
    const url = new URL(`${this.#baseUrl}/${path}`)
    url.searchParams.set('language', this.#language)
    for (const [name, value] of Object.entries(parameters)) {
      if (value !== null) url.searchParams.set(name, String(value))
    }
    const key = `${SCHEMA_VERSION} ${url.href}`
    const cached = this.#cached(key, schema)
    if (cached && this.#clock.nowMs() - cached.storedAtMs < maxAgeMs) return cached.value
    try {
      return await this.#fetch(url, key, schema, signal)
    } catch (error) {
      if (!cached || !(isAppError(error, 'unavailable') || isAppError(error, 'timeout'))) throw error
      this.#logger.debug('TMDB cannot be asked: an older answer is taken', { path, err: error })
      return cached.value
    }
  }

  async #fetch<T>(url: URL, key: string, schema: z.ZodType<T>, signal: AbortSignal): Promise<T> {
    const keyed = new URL(url)
    if (this.#keyParameter !== undefined) keyed.searchParams.set('api_key', this.#keyParameter)
    const read = (body: Buffer): T => schema.parse(JSON.parse(body.toString('utf8')))
    const value = await this.#http.send(
      { url: keyed, headers: this.#headers, maxBodyBytes: MAX_BODY_BYTES, read },
      signal,
    )
    this.#cache.put(key, { text: JSON.stringify(value), storedAtMs: this.#clock.nowMs() })
    return value
  }

  #cached<T>(key: string, schema: z.ZodType<T>): { readonly value: T; readonly storedAtMs: number } | undefined {
    const answer = this.#cache.get(key)
    if (!answer) return undefined
    try {
      return { value: schema.parse(JSON.parse(answer.text)), storedAtMs: answer.storedAtMs }
    } catch (error) {
      this.#logger.debug('a damaged answer in the metadata cache is passed over', { err: error })
      return undefined
    }
  }
}

const present = (...titles: (string | null)[]): string[] => [...new Set(titles.filter((title) => title !== null))]

function normalBaseUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:') {
    throw new AppError('invalid', 'TMDB_BASE_URL is no HTTP address')
  }
  const path = url.pathname.replace(/\/+$/, '')
  return `${url.origin}${path === '' ? '/3' : path}`
}

/** Season numbers, in as few requests as their sizes allow. */
function seasonBatches({ seasons }: ShowDetails): number[][] {
  const batches: number[][] = []
  let episodes = 0
  for (const season of seasons.slice(0, MAX_SEASONS)) {
    const batch = batches.at(-1)
    if (batch && batch.length < MAX_APPENDED && episodes + season.episode_count <= EPISODES_PER_REQUEST) {
      batch.push(season.season_number)
      episodes += season.episode_count
    } else {
      batches.push([season.season_number])
      episodes = season.episode_count
    }
  }
  return batches
}
