import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { expect } from 'chai'
import { systemClock } from '../../lib/domain/clock.ts'
import { AppError } from '../../lib/domain/errors.ts'
import type { NewMovie, NewShow } from '../../lib/domain/library.ts'
import { type Logger, silentLogger } from '../../lib/domain/logger.ts'
import { openLibrary } from '../../lib/library/library.ts'
import { MemoryMetadataCache } from '../../lib/metadata/memory-cache.ts'
import { TmdbClient, type TmdbClientOptions } from '../../lib/metadata/tmdb-client.ts'
import { failureOf } from '../support/failure-of.ts'
import type { Fault } from '../support/http-faults.ts'
import { LocalTmdb, V3_KEY, V4_TOKEN } from '../support/local-tmdb.ts'
import { ManualClock } from '../support/manual-clock.ts'
import { until } from '../support/until.ts'
import { MOVIES, SHOWS } from './catalogue.ts'

const never = new AbortController().signal

describe('TmdbClient', () => {
  let tmdb: LocalTmdb

  beforeEach(async () => {
    tmdb = await LocalTmdb.start()
    tmdb.movies = MOVIES
    tmdb.shows = SHOWS
  })
  afterEach(() => tmdb.close())

  const clientOf = (options: Partial<TmdbClientOptions> = {}): TmdbClient =>
    new TmdbClient({
      apiKey: V3_KEY,
      baseUrl: tmdb.url,
      cache: new MemoryMetadataCache(),
      clock: systemClock,
      logger: silentLogger,
      backOffMs: 1,
      timeoutMs: 30_000,
      ...options,
    })

  const codeOf = async (promise: Promise<unknown>): Promise<string> => {
    const error = await failureOf(promise)
    return error instanceof AppError ? error.code : inspect(error)
  }

  describe('what it asks and gives', () => {
    it('gives a movie whole', async () => {
      expect(await clientOf().movie(603, never)).to.deep.equal({
        tmdbId: 603,
        imdbId: 'tt0000603',
        title: 'The Matrix',
        originalTitle: 'The Matrix',
        year: 1999,
        releaseDate: '1999-03-31',
        plot: 'What happens in 603.',
        tagline: 'A line of its own.',
        genres: ['Action', 'Science Fiction'],
        runtimeMinutes: 136,
        rating: { value: 7.5, votes: 25_000 },
        posterPath: '/poster603.jpg',
        fanartPath: '/fanart603.jpg',
      })
    })

    it('gives a show with its seasons, specials included', async () => {
      const show = await clientOf().show(2316, never)
      expect(show).to.include({ tmdbId: 2316, title: 'The Office', year: 2005, hasEnded: true, tvdbId: 72_316 })
      expect(show.seasons.map(({ number, episodes }) => [number, episodes.length])).to.deep.equal([
        [0, 2],
        [1, 6],
        [2, 22],
      ])
      expect(show.seasons[1]?.episodes[2]).to.deep.equal({
        tmdbId: 23_160_103,
        number: 3,
        name: 'American 3',
        airDate: '2005-04-07',
        plot: 'What happens in 1x3.',
        runtimeMinutes: 22,
        rating: { value: 8, votes: 10 },
        stillPath: '/still2316-1-3.jpg',
      })
    })

    it('gives what the library takes', async () => {
      const directory = await mkdtemp(join(tmpdir(), 'metadata-'))
      const path = join(directory, 'library.sqlite')
      const library = openLibrary({ path, logger: silentLogger, clock: systemClock })
      try {
        const movie: NewMovie = await clientOf().movie(603, never)
        const show: NewShow = await clientOf().show(2316, never)
        expect(library.createMovie(movie)).to.include({ title: 'The Matrix', year: 1999, tmdbId: 603 })
        const created = library.createShow(show)
        expect(created).to.include({ title: 'The Office', tmdbId: 2316, seasonCount: 3, episodeCount: 30 })
        expect(created.seasons[1]?.episodes[1]).to.include({ number: 2, name: 'American 2', airDate: '2005-03-31' })
      } finally {
        library.close()
        await rm(directory, { recursive: true })
      }
    })

    it('asks for many seasons in few requests, and for long ones apart', async () => {
      const episodes = (count: number) => Array.from({ length: count }, () => ({ name: 'x', airDate: null }))
      const many = Object.fromEntries(Array.from({ length: 45 }, (_, index) => [index + 1, episodes(2)]))
      const long = Object.fromEntries(Array.from({ length: 3 }, (_, index) => [index + 1, episodes(90)]))
      tmdb.shows = [
        { id: 1, title: 'Many', date: '2000-01-01', seasons: many },
        { id: 2, title: 'Long', date: '2000-01-01', seasons: long },
      ]
      expect((await clientOf().show(1, never)).seasons).to.have.length(45)
      expect(tmdb.requests).to.have.length(1 + 3)
      expect((await clientOf().show(2, never)).seasons.map((season) => season.episodes.length)).to.deep.equal([
        90, 90, 90,
      ])
      expect(tmdb.requests).to.have.length(4 + 1 + 3)
    })

    it('takes a placeholder for no name', async () => {
      const names = ['Episode 1', 'Episode 1', 'Episode Three', '']
      const episodes = names.map((name) => ({ name, airDate: null }))
      tmdb.shows = [{ id: 1, title: 'New', date: '2000-01-01', seasons: { 1: episodes } }]
      const { seasons } = await clientOf().show(1, never)
      expect(seasons[0]?.episodes.map(({ name }) => name)).to.deep.equal([null, 'Episode 1', 'Episode Three', null])
    })

    it('searches by title and year', async () => {
      const client = clientOf()
      const ids = async (year: number | null) =>
        (await client.searchMovies('dune', year, never)).map(({ tmdbId }) => tmdbId)
      expect(await ids(1984)).to.deep.equal([841])
      expect(await ids(null)).to.deep.equal([438_631, 841])
      expect(tmdb.requests.map(({ query }) => query.get('year'))).to.deep.equal(['1984', null])
      const [office] = await client.searchShows('The Office', 2001, never)
      expect(office).to.deep.include({ tmdbId: 2996, countries: ['GB'], year: 2001, titles: ['The Office'] })
    })

    it('finds alternative and translated titles', async () => {
      expect(await clientOf().otherTitles('movie', 101, never)).to.have.members(['Der Profi', 'The Cleaner'])
      expect(await clientOf().otherTitles('show', 71_446, never)).to.deep.equal(['Haus des Geldes'])
    })

    it('knows where images are', async () => {
      expect(await clientOf().imageBaseUrl(never)).to.equal(tmdb.imageUrl)
    })

    it('takes a base URL with or without path and slash, and refuses what is none', async () => {
      for (const baseUrl of [`${tmdb.url}/`, tmdb.url.replace('/3', ''), tmdb.url.replace('/3', '/')]) {
        expect(await clientOf({ baseUrl }).movie(603, never)).to.include({ title: 'The Matrix' })
      }
      for (const baseUrl of ['tmdb', 'ftp://tmdb.example/3']) {
        expect(() => clientOf({ baseUrl })).to.throw(AppError, 'TMDB_BASE_URL')
      }
    })
  })

  describe('the key', () => {
    it('goes as a parameter, a token as a header', async () => {
      await clientOf().movie(603, never)
      await clientOf({ apiKey: V4_TOKEN }).movie(603, never)
      const [byKey, byToken] = tmdb.requests
      expect([byKey?.query.get('api_key'), byKey?.authorization]).to.deep.equal([V3_KEY, undefined])
      expect([byToken?.query.get('api_key'), byToken?.authorization]).to.deep.equal([null, `Bearer ${V4_TOKEN}`])
    })

    it('when it is wrong fails as `unavailable`, at once', async () => {
      const error = await failureOf(clientOf({ apiKey: 'f'.repeat(32) }).movie(603, never))
      expect(error).to.be.instanceOf(AppError).and.include({ code: 'unavailable', message: 'TMDB refuses the key' })
      expect(tmdb.requests).to.have.length(1)
    })

    it('is in no error, log line, or cache key', async () => {
      const told: string[] = []
      const tell = (...facts: unknown[]) => void told.push(inspect(facts, { depth: 20, showHidden: true }))
      const logger: Logger = { debug: tell, info: tell, warn: tell, error: tell, child: () => logger }
      const memory = new MemoryMetadataCache()
      const cache = {
        get: (key: string) => memory.get(key),
        put: (key: string, answer: { text: string; storedAtMs: number }) => {
          tell(key, answer)
          memory.put(key, answer)
        },
      }
      const faults: Fault[] = [
        { kind: 'status', status: 500 },
        { kind: 'status', status: 404 },
        { kind: 'garbage' },
        { kind: 'truncated' },
        { kind: 'broken' },
        { kind: 'redirect', to: '/3/elsewhere' },
      ]
      for (const apiKey of [V3_KEY, V4_TOKEN]) {
        const client = clientOf({ apiKey, logger, cache, maxAttempts: 1, cacheMaxAgeMs: 0 })
        await client.movie(603, never)
        for (const fault of faults) {
          for (const id of [603, 604]) {
            tmdb.fault(/movie/, fault)
            await client.movie(id, never).catch(tell)
          }
        }
      }
      expect(told).to.have.length.above(20)
      expect(told.filter((text) => text.includes(V3_KEY) || text.includes(V4_TOKEN))).to.deep.equal([])
    })
  })

  describe('faults', () => {
    const passing: [string, Fault][] = [
      ['500', { kind: 'status', status: 500 }],
      ['503', { kind: 'status', status: 503 }],
      [
        '429 with a date that passed',
        { kind: 'status', status: 429, headers: { 'retry-after': new Date(0).toUTCString() } },
      ],
      ['429 without Retry-After', { kind: 'status', status: 429 }],
      ['a page of another site', { kind: 'garbage' }],
      ['a broken body', { kind: 'truncated' }],
      ['a broken connection', { kind: 'broken' }],
      ['an answer of another shape', { kind: 'json', body: { success: true } }],
      ['an answer that is a list', { kind: 'json', body: [] }],
    ]
    for (const [name, fault] of passing) {
      it(`asks again after ${name}`, async () => {
        tmdb.fault(/movie/, fault, 3)
        expect(await clientOf().movie(603, never)).to.include({ title: 'The Matrix' })
        expect(tmdb.requests).to.have.length(4)
      })

      it(`gives up after four times ${name}`, async () => {
        tmdb.fault(/movie/, fault, 4)
        expect(await codeOf(clientOf().movie(603, never))).to.equal('unavailable')
        expect(tmdb.requests).to.have.length(4)
      })
    }

    const final: [string, Fault, string][] = [
      ['404', { kind: 'status', status: 404 }, 'not_found'],
      ['422', { kind: 'status', status: 422 }, 'unavailable'],
      ['too long a body', { kind: 'huge', bytes: 17 * 1024 * 1024 }, 'unavailable'],
      ['a wait of an hour', { kind: 'status', status: 429, headers: { 'retry-after': '3600' } }, 'unavailable'],
    ]
    for (const [name, fault, code] of final) {
      it(`fails with ${code} after ${name}, without asking again`, async () => {
        tmdb.fault(/movie/, fault)
        expect(await codeOf(clientOf().movie(603, never))).to.equal(code)
        expect(tmdb.requests).to.have.length(1)
      })
    }

    it('asks again after silence, and fails with `timeout`', async () => {
      tmdb.fault(/movie/, { kind: 'silent' }, 2)
      expect(await codeOf(clientOf({ timeoutMs: 30, maxAttempts: 2 }).movie(603, never))).to.equal('timeout')
      expect(tmdb.requests).to.have.length(2)
    })

    it('waits for a slow answer', async () => {
      tmdb.fault(/movie/, { kind: 'slow', delayMs: 50 })
      expect(await clientOf().movie(603, never)).to.include({ title: 'The Matrix' })
      expect(tmdb.requests).to.have.length(1)
    })

    it('follows a redirect, but none without end', async () => {
      tmdb.fault(/movie/, { kind: 'redirect', to: `/3/movie/604?api_key=${V3_KEY}` })
      expect(await clientOf().movie(603, never)).to.include({ title: 'The Matrix Reloaded' })
      tmdb.fault(/movie/, { kind: 'redirect', to: '/3/movie/603' }, Number.POSITIVE_INFINITY)
      expect(await codeOf(clientOf({ maxAttempts: 1 }).movie(603, never))).to.equal('unavailable')
    })

    it('fails with `unavailable` when nobody listens', async () => {
      tmdb.isDown = true
      expect(await codeOf(clientOf().movie(603, never))).to.equal('unavailable')
    })

    it('waits longer each time, with jitter', async () => {
      const clock = new WatchedClock()
      tmdb.fault(/movie/, { kind: 'status', status: 500 }, 3)
      const asked = clientOf({ clock, backOffMs: 1000, random: () => 0.5, timeoutMs: 60_000 }).movie(603, never)
      for (const waitMs of [750, 1500, 3000]) {
        await until(() => clock.delaysMs.at(-1) === waitMs)
        const { length } = tmdb.requests
        clock.advance(waitMs - 1)
        await settled()
        expect(tmdb.requests).to.have.length(length)
        clock.advance(1)
      }
      expect(await asked).to.include({ tmdbId: 603 })
      expect(clock.pendingTimers).to.equal(0)
    })

    it('holds every request back for the time that one was told to wait', async () => {
      const clock = new WatchedClock()
      tmdb.fault(/movie/, { kind: 'status', status: 429, headers: { 'retry-after': '7' } })
      const client = clientOf({ clock })
      const first = client.movie(603, never)
      await until(() => clock.delaysMs.at(-1) === 7000)
      const second = client.movie(604, never)
      clock.advance(6999)
      await settled()
      expect(tmdb.requests).to.have.length(1)
      clock.advance(1)
      expect(await Promise.all([first, second])).to.have.length(2)
      expect(tmdb.requests).to.have.length(3)
      expect(clock.pendingTimers).to.equal(0)
    })

    it('never runs more requests at a time than it may', async () => {
      tmdb.movies = Array.from({ length: 30 }, (_, id) => ({ id: id + 1, title: `Film ${id}`, date: '2000-01-01' }))
      tmdb.fault(/movie/, { kind: 'slow', delayMs: 10 }, 30)
      const client = clientOf({ concurrency: 3 })
      await Promise.all(tmdb.movies.map(({ id }) => client.movie(id, new AbortController().signal)))
      expect([tmdb.requests.length, tmdb.peakRequests]).to.deep.equal([30, 3])
    })

    it('ends with its signal: while it runs, backs off, or waits for its turn', async () => {
      const reason = new Error('enough')
      const ended = async (client: TmdbClient): Promise<unknown> => {
        const controller = new AbortController()
        const asked = failureOf(client.movie(603, controller.signal))
        await until(() => tmdb.requests.length > 0 && tmdb.running === 0)
        controller.abort(reason)
        return await asked
      }
      tmdb.fault(/movie/, { kind: 'status', status: 500 }, 2)
      expect(await ended(clientOf({ backOffMs: 60_000 }))).to.equal(reason)

      tmdb.fault(/movie/, { kind: 'silent' })
      const client = clientOf({ concurrency: 1 })
      const running = new AbortController()
      const waiting = new AbortController()
      const results = [failureOf(client.movie(603, running.signal)), failureOf(client.movie(604, waiting.signal))]
      await until(() => tmdb.running === 1)
      waiting.abort(reason)
      running.abort(reason)
      expect(await Promise.all(results)).to.deep.equal([reason, reason])
      expect(await client.movie(603, never)).to.include({ tmdbId: 603 })
      const before = tmdb.requests.length
      expect(await failureOf(client.movie(841, AbortSignal.abort(reason)))).to.equal(reason)
      expect(tmdb.requests).to.have.length(before)
    })
  })

  describe('the shape of answers', () => {
    it('tolerates what is missing or of another type', async () => {
      const client = clientOf({ cacheMaxAgeMs: 0 })
      tmdb.fault(/movie/, { kind: 'json', body: { id: 603, title: 'Bare' } })
      expect(await client.movie(603, never)).to.deep.include({
        title: 'Bare',
        year: null,
        genres: [],
        rating: null,
        posterPath: null,
      })
      const odd = {
        id: 603,
        title: 7,
        original_title: ' Odd ',
        release_date: '',
        genres: [{ name: 'A' }, 3],
        runtime: 'long',
        vote_count: -1,
        vote_average: null,
        poster_path: '/../../etc/passwd.jpg',
      }
      tmdb.fault(/movie/, { kind: 'json', body: odd })
      expect(await client.movie(603, never)).to.deep.include({
        title: 'Odd',
        year: null,
        genres: ['A'],
        runtimeMinutes: null,
        rating: null,
        posterPath: null,
      })
      tmdb.fault(/^tv/, { kind: 'json', body: { id: 1, name: 'Bare show' } })
      expect(await client.show(1, never)).to.deep.include({
        title: 'Bare show',
        hasEnded: false,
        seasons: [],
        imdbId: null,
      })
    })

    it('leaves out search results without an id, and keeps the others', async () => {
      const body = { results: [{ title: 'No id' }, null, { id: 'x' }, { id: 5, title: 'Sound' }] }
      tmdb.fault(/search/, { kind: 'json', body })
      expect(await clientOf().searchMovies('x', null, never)).to.deep.equal([
        { tmdbId: 5, titles: ['Sound'], year: null, votes: 0, popularity: 0, countries: [] },
      ])
    })

    it('keeps one of several seasons and episodes of one number, in order', async () => {
      const seasons = [1, 0, 1].map((season_number) => ({ season_number, episode_count: 2 }))
      const episodes = [
        { episode_number: 2 },
        { episode_number: 1, name: 'One' },
        { episode_number: 2, name: 'Late' },
        {},
      ]
      tmdb.fault(/^tv/, { kind: 'json', body: { id: 1, name: 'Twice', seasons } })
      tmdb.fault(/^tv/, {
        kind: 'json',
        body: {
          id: 1,
          'season/1': { season_number: 1, episodes },
          'season/0': { season_number: 0, episodes },
          'season/9': 'none',
        },
      })
      const show = await clientOf().show(1, never)
      expect(show.seasons.map(({ number }) => number)).to.deep.equal([0, 1])
      expect(show.seasons[1]?.episodes.map(({ number, name }) => [number, name])).to.deep.equal([
        [1, 'One'],
        [2, null],
      ])
    })
  })

  describe('the cache', () => {
    it('answers until it is too old', async () => {
      const clock = new ManualClock()
      const client = clientOf({ clock, cacheMaxAgeMs: 1000 })
      const first = await client.show(2316, never)
      expect(tmdb.requests).to.have.length(2)
      clock.advance(999)
      expect(await client.show(2316, never)).to.deep.equal(first)
      expect(tmdb.requests).to.have.length(2)
      clock.advance(1)
      expect(await client.show(2316, never)).to.deep.equal(first)
      expect(tmdb.requests).to.have.length(4)
    })

    it('gives an old answer when TMDB is down, but not what TMDB no longer knows', async () => {
      const clock = new ManualClock()
      const cache = new MemoryMetadataCache()
      const client = clientOf({ clock, cache, maxAttempts: 1 })
      const first = await client.movie(603, never)
      clock.advance(365 * 24 * 60 * 60 * 1000)
      tmdb.isDown = true
      expect(await client.movie(603, never)).to.deep.equal(first)
      expect(await codeOf(client.movie(604, never))).to.equal('unavailable')
      tmdb.isDown = false
      tmdb.movies = []
      expect(await codeOf(client.movie(603, never))).to.equal('not_found')
    })

    it('is passed over where it is damaged', async () => {
      const damaged = { get: () => ({ text: '{"id":', storedAtMs: Number.MAX_SAFE_INTEGER }), put: () => {} }
      expect(await clientOf({ cache: damaged }).movie(603, never)).to.include({ title: 'The Matrix' })
    })
  })
})

/** Remembers what it was asked to wait. */
class WatchedClock extends ManualClock {
  readonly delaysMs: number[] = []

  override after(delayMs: number, fire: () => void) {
    this.delaysMs.push(delayMs)
    return super.after(delayMs, fire)
  }
}

/** Time enough for a request on loopback to be seen, if there is one. */
const settled = async (): Promise<void> => {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setTimeout(resolve, 1))
}
