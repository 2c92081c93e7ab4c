import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Fault, HttpFaults, json } from './http-faults.ts'

export interface LocalEpisode {
  readonly name: string
  readonly airDate: string | null
}

export interface LocalMovie {
  readonly id: number
  readonly title: string
  readonly originalTitle?: string
  readonly date: string
  readonly votes?: number
  readonly otherTitles?: readonly string[]
}

export interface LocalShow {
  readonly id: number
  readonly title: string
  readonly originalTitle?: string
  readonly date: string
  readonly votes?: number
  readonly countries?: readonly string[]
  readonly otherTitles?: readonly string[]
  readonly status?: string
  /** By season number. */
  readonly seasons?: Readonly<Record<number, readonly LocalEpisode[]>>
}

export interface SeenRequest {
  /** Without the base path. */
  readonly path: string
  readonly query: URLSearchParams
  readonly authorization: string | undefined
}

export const V3_KEY = '0123456789abcdef0123456789abcdef'
export const V4_TOKEN = 'eyJhbGciOiJIUzI1NiJ9.eyJhdWQiOiJsb2NhbCJ9.c2lnbmF0dXJl'
/** A JPEG as far as its first bytes go. */
export const JPEG = Buffer.concat([Buffer.from([0xff, 0xd8, 0xff, 0xe0]), Buffer.alloc(2000, 7)])

/** A server that answers in the shapes of the TMDB API (version 3), out of a catalogue of its own, and with faults on demand. */
export class LocalTmdb {
  readonly #server: Server
  readonly #faults = new HttpFaults()
  #running = 0
  readonly requests: SeenRequest[] = []
  movies: readonly LocalMovie[] = []
  shows: readonly LocalShow[] = []
  /** The most requests that ran at a time. */
  peakRequests = 0
  isDown = false

  private constructor(server: Server) {
    this.#server = server
  }

  static async start(): Promise<LocalTmdb> {
    const server = createServer()
    const local = new LocalTmdb(server)
    server.on('request', (req, res) => local.#onRequest(req, res))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return local
  }

  get #origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** For `TMDB_BASE_URL`. */
  get url(): string {
    return `${this.#origin}/3`
  }

  get imageUrl(): string {
    return `${this.#origin}/t/p/`
  }

  /** The next `times` requests whose path matches get this. */
  fault(path: RegExp, fault: Fault, times = 1): void {
    this.#faults.plan(path, fault, times)
  }

  /** Requests without an answer yet. */
  get running(): number {
    return this.#running
  }

  /** Paths asked for, in order. */
  get paths(): string[] {
    return this.requests.map(({ path }) => path)
  }

  async close(): Promise<void> {
    this.#faults.close()
    this.#server.close()
    this.#server.closeAllConnections()
    await once(this.#server, 'close')
  }

  #onRequest(req: IncomingMessage, res: ServerResponse): void {
    const { pathname, searchParams: query } = new URL(req.url ?? '/', this.#origin)
    const path = pathname.replace(/^\/3\//, '')
    this.requests.push({ path, query, authorization: req.headers.authorization })
    this.#running++
    this.peakRequests = Math.max(this.peakRequests, this.#running)
    res.on('close', () => this.#running--)
    if (this.isDown) {
      req.socket.destroy()
      return
    }
    this.#faults.answer(path, req, res, () => this.#answer(path, query, req.headers.authorization, res))
  }

  #answer(path: string, query: URLSearchParams, authorization: string | undefined, res: ServerResponse): void {
    if (path.startsWith('/t/p/')) {
      if (path.includes('missing')) res.writeHead(404).end('no such image')
      else res.writeHead(200, { 'content-type': 'image/jpeg' }).end(JPEG)
      return
    }
    if (query.get('api_key') !== V3_KEY && authorization !== `Bearer ${V4_TOKEN}`) {
      json(res, 401, {
        success: false,
        status_code: 7,
        status_message: 'Invalid API key: You must be granted a valid key.',
      })
      return
    }
    const body = this.#find(path, query)
    if (body) json(res, 200, body)
    else
      json(res, 404, {
        success: false,
        status_code: 34,
        status_message: 'The resource you requested could not be found.',
      })
  }

  #find(path: string, query: URLSearchParams): object | undefined {
    if (path === 'configuration') {
      return {
        images: { base_url: this.imageUrl, secure_base_url: this.imageUrl, poster_sizes: ['w780'] },
        change_keys: [],
      }
    }
    if (path === 'search/movie') return searchAnswer(this.movies, query, 'year', movieResult)
    if (path === 'search/tv') return searchAnswer(this.shows, query, 'first_air_date_year', showResult)
    const [, kind, id] = /^(movie|tv)\/(\d+)$/.exec(path) ?? []
    const appended = (query.get('append_to_response') ?? '').split(',').filter((part) => part !== '')
    if (kind === 'movie') {
      const movie = this.movies.find((one) => one.id === Number(id))
      return movie && { ...movieDetails(movie), ...otherTitles(movie.otherTitles, 'titles', 'title', appended) }
    }
    const show = kind === 'tv' ? this.shows.find((one) => one.id === Number(id)) : undefined
    if (!show) return undefined
    return {
      ...showDetails(show),
      ...otherTitles(show.otherTitles, 'results', 'name', appended),
      ...seasons(show, appended),
    }
  }
}

const letters = (text: string): string =>
  text
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]/gu, '')

interface Found {
  readonly title: string
  readonly originalTitle?: string
  readonly otherTitles?: readonly string[]
  readonly date: string
  readonly votes?: number
}

function searchAnswer<T extends Found>(
  items: readonly T[],
  query: URLSearchParams,
  yearName: string,
  toResult: (item: T) => object,
): object {
  const wanted = letters(query.get('query') ?? '')
  const year = query.get(yearName)
  const results = items
    .filter((item) =>
      [item.title, item.originalTitle ?? '', ...(item.otherTitles ?? [])].some((title) =>
        letters(title).includes(wanted),
      ),
    )
    .filter((item) => year === null || item.date.startsWith(year))
    .sort((a, b) => (b.votes ?? 100) - (a.votes ?? 100))
  return { page: 1, results: results.map(toResult), total_pages: 1, total_results: results.length }
}

const common = (id: number, { votes = 100 }: Found) => ({
  adult: false,
  id,
  backdrop_path: `/fanart${id}.jpg`,
  poster_path: `/poster${id}.jpg`,
  overview: `What happens in ${id}.`,
  popularity: votes / 100,
  vote_average: 7.5,
  vote_count: votes,
})

const movieResult = (movie: LocalMovie) => ({
  ...common(movie.id, movie),
  genre_ids: [28],
  original_language: 'en',
  original_title: movie.originalTitle ?? movie.title,
  title: movie.title,
  release_date: movie.date,
  video: false,
})

const movieDetails = (movie: LocalMovie) => ({
  ...movieResult(movie),
  belongs_to_collection: null,
  budget: 0,
  genres: [
    { id: 28, name: 'Action' },
    { id: 878, name: 'Science Fiction' },
  ],
  imdb_id: `tt${String(movie.id).padStart(7, '0')}`,
  runtime: 136,
  status: 'Released',
  tagline: 'A line of its own.',
})

const showResult = (show: LocalShow) => ({
  ...common(show.id, show),
  genre_ids: [35],
  origin_country: show.countries ?? ['US'],
  original_language: 'en',
  original_name: show.originalTitle ?? show.title,
  name: show.title,
  first_air_date: show.date,
})

const showDetails = (show: LocalShow) => ({
  ...showResult(show),
  created_by: [],
  episode_run_time: [],
  genres: [{ id: 35, name: 'Comedy' }],
  in_production: show.status !== 'Ended',
  status: show.status ?? 'Ended',
  external_ids: { imdb_id: `tt9${String(show.id).padStart(6, '0')}`, tvdb_id: show.id + 70_000, wikidata_id: null },
  seasons: Object.entries(show.seasons ?? {}).map(([number, episodes]) => ({
    id: show.id * 100 + Number(number),
    name: `Season ${number}`,
    season_number: Number(number),
    episode_count: episodes.length,
    air_date: episodes[0]?.airDate ?? null,
  })),
})

function otherTitles(
  titles: readonly string[] = [],
  list: 'titles' | 'results',
  name: 'title' | 'name',
  appended: readonly string[],
): object {
  const [first, ...rest] = titles
  return {
    ...(appended.includes('alternative_titles') && {
      alternative_titles: { [list]: rest.map((title) => ({ iso_3166_1: 'US', title, type: '' })) },
    }),
    ...(appended.includes('translations') && {
      translations: {
        translations: first === undefined ? [] : [{ iso_639_1: 'de', data: { [name]: first, overview: '' } }],
      },
    }),
  }
}

function seasons(show: LocalShow, appended: readonly string[]): object {
  return Object.fromEntries(
    appended.flatMap((part) => {
      const number = Number(/^season\/(\d+)$/.exec(part)?.[1] ?? -1)
      const episodes = show.seasons?.[number]
      if (!episodes) return []
      const list = episodes.map(({ name, airDate }, index) => ({
        id: show.id * 10_000 + number * 100 + index + 1,
        name,
        air_date: airDate,
        episode_number: index + 1,
        season_number: number,
        show_id: show.id,
        overview: `What happens in ${number}x${index + 1}.`,
        runtime: 22,
        still_path: `/still${show.id}-${number}-${index + 1}.jpg`,
        vote_average: 8,
        vote_count: 10,
        crew: [],
        guest_stars: [],
      }))
      return [
        [
          part,
          {
            _id: 'x',
            season_number: number,
            name: `Season ${number}`,
            poster_path: `/season${number}.jpg`,
            episodes: list,
          },
        ],
      ]
    }),
  )
}
