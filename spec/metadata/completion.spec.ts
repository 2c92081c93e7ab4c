import { expect } from 'chai'
import { systemClock } from '../../lib/domain/clock.ts'
import { AppError } from '../../lib/domain/errors.ts'
import { type Logger, silentLogger } from '../../lib/domain/logger.ts'
import { MetadataCompletion } from '../../lib/metadata/completion.ts'
import { MemoryMetadataCache } from '../../lib/metadata/memory-cache.ts'
import type { MetadataProvider } from '../../lib/metadata/provider.ts'
import { recentlyAired } from '../../lib/metadata/recently-aired.ts'
import { TmdbClient } from '../../lib/metadata/tmdb-client.ts'
import { LocalTmdb, V3_KEY } from '../support/local-tmdb.ts'
import { ManualClock } from '../support/manual-clock.ts'
import { until } from '../support/until.ts'
import { MOVIES, SHOWS } from './catalogue.ts'
import { MemoryMetadataStore } from './memory-metadata-store.ts'

const SECOND_MS = 1000
const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

describe('MetadataCompletion', () => {
  let tmdb: LocalTmdb
  let clock: ManualClock
  let store: MemoryMetadataStore
  let completion: MetadataCompletion
  let warnings: string[]

  beforeEach(async () => {
    tmdb = await LocalTmdb.start()
    tmdb.movies = MOVIES
    tmdb.shows = SHOWS
    clock = new ManualClock()
    store = new MemoryMetadataStore()
    warnings = []
    completion = over(clientOf())
  })
  afterEach(async () => {
    await completion.close()
    await tmdb.close()
    expect(clock.pendingTimers, 'timers left').to.equal(0)
    expect(store.listeners, 'listeners left').to.equal(0)
  })

  /** Requests run in real time: the service's own waits alone stand still. Its answers age with the service. */
  const clientOf = (apiKey = V3_KEY): TmdbClient =>
    new TmdbClient({
      apiKey,
      baseUrl: tmdb.url,
      cache: new MemoryMetadataCache(),
      clock: { ...systemClock, nowMs: () => clock.nowMs() },
      logger: silentLogger,
      backOffMs: 1,
      maxAttempts: 2,
    })

  const over = (provider: MetadataProvider, batchSize = 8): MetadataCompletion => {
    const logger: Logger = { ...silentLogger, warn: (message) => warnings.push(message), child: () => logger }
    return new MetadataCompletion({ provider, store, clock, logger, batchSize, random: () => 0.999_999 })
  }

  describe('one item', () => {
    it('gets id, title and year', async () => {
      const movie = store.addMovie({ title: 'the matrix', year: 1999 })
      completion.start()
      await until(() => movie.tmdbId !== null)
      expect(movie).to.include({ tmdbId: 603, title: 'The Matrix', year: 1999, dueAtMs: null })
      await asleep()
      expect(clock.pendingTimers).to.equal(0)
    })

    it('of a known id is asked for by it, whatever its title', async () => {
      const movie = store.addMovie({ title: 'Something else', tmdbId: 604 })
      completion.start()
      await until(() => movie.dueAtMs === null)
      expect(movie).to.include({ title: 'The Matrix Reloaded', year: 2003 })
      expect(tmdb.paths).to.deep.equal(['movie/604'])
    })

    const found: [string, string, number | undefined, number][] = [
      ['a year off by one', 'Dune', 2020, 438_631],
      ['no year, but one that everybody means', 'Inception', undefined, 27_205],
      ['its original title', 'Das Leben der Anderen', 2006, 582],
      ['a translated title', 'Der Profi', 1994, 101],
      ['an alternative title, without a year', 'The Cleaner', undefined, 101],
      ['accents left out', 'Leon The Professional', 1994, 101],
    ]
    for (const [name, title, year, tmdbId] of found) {
      it(`is found by ${name}`, async () => {
        const movie = store.addMovie({ title, ...(year !== undefined && { year }) })
        completion.start()
        await until(() => movie.dueAtMs !== 0)
        expect(movie.tmdbId).to.equal(tmdbId)
      })
    }

    const left: [string, string, number | undefined][] = [
      ['is ambiguous', 'Dune', undefined],
      ['has another year', 'The Matrix', 1970],
      ['only begins alike', 'The Matrix', 2003],
      ['nobody knows', 'Home Video', 2020],
    ]
    for (const [name, title, year] of left) {
      it(`that ${name} is left as it is`, async () => {
        const movie = store.addMovie({ title, ...(year !== undefined && { year }) })
        completion.start()
        await until(() => movie.dueAtMs !== 0)
        expect(movie).to.include({ tmdbId: null, title, year: year ?? null, attempts: 1 })
      })
    }

    it('that was not found is looked for again, ever more rarely, and found when TMDB knows it', async () => {
      const movie = store.addMovie({ title: 'Brand New', year: 2026 })
      completion.start()
      const waits: number[] = []
      for (let attempt = 1; attempt <= 7; attempt++) {
        await until(() => movie.attempts === attempt)
        await asleep()
        const waitMs = (movie.dueAtMs ?? 0) - clock.nowMs()
        waits.push(waitMs / DAY_MS)
        if (attempt === 7) tmdb.movies = [{ id: 9, title: 'Brand New', date: '2026-02-02' }]
        // A sleep longer than a week is slept in parts.
        for (let restMs = waitMs; restMs > 0; restMs -= 7 * DAY_MS) {
          clock.advance(Math.min(restMs, 7 * DAY_MS))
          await asleep()
        }
      }
      await until(() => movie.tmdbId === 9)
      expect(waits).to.deep.equal([1, 2, 4, 8, 16, 30, 30])
    })

    it('that TMDB knows no more by its id is left as it is', async () => {
      const movie = store.addMovie({ title: 'Gone', tmdbId: 4_000_000 })
      completion.start()
      await until(() => movie.attempts === 1)
      expect(movie).to.include({ title: 'Gone', tmdbId: 4_000_000 })
    })

    it('that another one turns out to be already becomes that one', async () => {
      const known = store.addMovie({ title: 'The Matrix', year: 1999, tmdbId: 603 })
      store.addMovie({ title: 'Matrix', year: 1999 })
      completion.start()
      await until(() => store.items.length === 1 && known.dueAtMs === null)
      expect(store.items).to.deep.equal([known])
    })

    it('that cannot become the one it turns out to be is left as it is', async () => {
      store.addMovie({ title: 'The Matrix', year: 1999, tmdbId: 4_000_000 })
      const double = store.addMovie({ title: 'Matrix', year: 1999 })
      completion.start()
      await until(() => double.attempts === 1)
      expect(double).to.include({ title: 'Matrix', tmdbId: null, dueAtMs: clock.nowMs() + 30 * DAY_MS })
    })

    const fresh: [string, string, boolean][] = [
      ['to come', '2026-06-01', true],
      ['just out', '2025-12-01', true],
      ['of an unknown date', '', true],
      ['out for months', '2025-10-01', false],
    ]
    for (const [name, date, isAgain] of fresh) {
      it(`that is ${name} is${isAgain ? '' : ' not'} looked at again`, async () => {
        tmdb.movies = [{ id: 9, title: 'Brand New', date }]
        const movie = store.addMovie({ title: 'Brand New', tmdbId: 9 })
        completion.start()
        await until(() => movie.dueAtMs !== 0)
        expect(movie.dueAtMs).to.equal(isAgain ? clock.nowMs() + 7 * DAY_MS : null)
      })
    }

    it('may leave the library meanwhile', async () => {
      tmdb.fault(/movie/, { kind: 'slow', delayMs: 30 })
      const movie = store.addMovie({ title: 'The Matrix', year: 1999 })
      completion.start()
      await until(() => tmdb.running === 1)
      store.remove(movie)
      await until(() => tmdb.paths.includes('movie/603') && tmdb.running === 0)
      await asleep()
      expect([store.items.length, warnings.length, clock.pendingTimers]).to.deep.equal([0, 0, 0])
    })
  })

  describe('a show', () => {
    it('gets its episodes named, and those that it does not have', async () => {
      const show = store.addShow({ title: 'The Office', year: 2005 }, ['1:1', '1:2', '7:9'])
      completion.start()
      await until(() => show.tmdbId === 2316)
      expect(show.episodes.get('1:2')).to.deep.equal({ name: 'American 2', airDate: '2005-03-31', isAssigned: true })
      expect(show.episodes.get('2:22')).to.deep.include({ name: 'Second 22', isAssigned: false })
      expect(show.episodes.get('7:9')).to.deep.include({ name: null, isAssigned: true })
      expect(show.dueAtMs).to.equal(clock.nowMs() + 30 * DAY_MS)
    })

    it('that is another one under another name gives it its episodes', async () => {
      const known = store.addShow({ title: 'The Office', year: 2005, tmdbId: 2316 }, ['1:1'])
      store.addShow({ title: 'The Office US', year: 2005 }, ['1:2'])
      completion.start()
      await until(() => store.items.length === 1 && known.dueAtMs !== 0)
      expect(known.episodes.get('1:2')).to.include({ isAssigned: true, name: 'American 2' })
    })

    const told: [string, string, readonly string[], number | null][] = [
      ['its country', 'The Office UK', ['1:3'], 2996],
      ['its season', 'The Office', ['2:5'], 2316],
      ['its season, the older one being short of it', 'Battlestar Galactica', ['2:20'], 1972],
      ['its episode', 'Battlestar Galactica', ['1:24'], 501],
      ['nothing', 'Battlestar Galactica', ['1:5'], null],
      ['a translated title', 'Haus des Geldes', ['1:5'], 71_446],
      ['nothing, a season being more than any has', 'Battlestar Galactica', ['5:1'], null],
      ['nothing, when the only one of the title has no such season', 'Money Heist', ['5:1'], null],
      ['its title and specials, which are numbered freely', 'Money Heist', ['0:77', '1:2'], 71_446],
    ]
    for (const [name, title, episodes, tmdbId] of told) {
      it(`is told by ${name}`, async () => {
        const show = store.addShow({ title }, episodes)
        completion.start()
        await until(() => show.dueAtMs !== 0)
        expect(show.tmdbId).to.equal(tmdbId)
      })
    }

    it('of the very title and year is taken whatever its numbering', async () => {
      const show = store.addShow({ title: 'Money Heist', year: 2017 }, ['5:1'])
      completion.start()
      await until(() => show.dueAtMs !== 0)
      expect(show.tmdbId).to.equal(71_446)
    })

    it('that still runs is looked at every day, and gets its new episodes', async () => {
      const show = store.addShow({ title: 'Still Running', year: 2025 }, ['1:1'])
      completion.start()
      await until(() => show.tmdbId !== null)
      await asleep()
      expect([show.episodes.size, show.dueAtMs, clock.pendingTimers]).to.deep.equal([3, clock.nowMs() + DAY_MS, 1])
      const asked = tmdb.requests.length
      clock.advance(DAY_MS - 1)
      await asleep()
      expect(tmdb.requests).to.have.length(asked)

      tmdb.shows = SHOWS.map((one) => {
        const episodes = [...(one.seasons?.[1] ?? []), { name: 'Just aired', airDate: '2026-01-02' }]
        return one.id === 900_001 ? { ...one, seasons: { 1: episodes } } : one
      })
      clock.advance(1)
      await until(() => show.episodes.size === 4)
      await asleep()
      expect(tmdb.paths.slice(asked)).to.deep.equal(['tv/900001', 'tv/900001'])

      tmdb.shows = tmdb.shows.map((one) => ({ ...one, status: 'Canceled' }))
      clock.advance(DAY_MS)
      await until(() => show.dueAtMs === clock.nowMs() + 30 * DAY_MS)
    })

    it('shows in what aired recently', async () => {
      store.addShow({ title: 'Still Running', year: 2025 }, ['1:1'])
      completion.start()
      await until(() => store.items[0]?.tmdbId !== null)
      // 2025-12-20, -27 and 2026-01-03; today is 2026-01-01.
      const aired = (days: number) =>
        recentlyAired(store, clock, days).map(({ airDate, isAssigned }) => [airDate, isAssigned])
      expect(aired(30)).to.deep.equal([
        ['2025-12-27', false],
        ['2025-12-20', true],
      ])
      expect(aired(6)).to.deep.equal([['2025-12-27', false]])
      expect(aired(5)).to.deep.equal([])
      for (const days of [0, -1, 1.5, 367, Number.NaN]) {
        expect(() => recentlyAired(store, clock, days))
          .to.throw(AppError)
          .with.property('code', 'invalid')
      }
    })
  })

  describe('the library', () => {
    it('that grows is completed at once', async () => {
      completion.start()
      await asleep()
      expect(tmdb.requests).to.deep.equal([])
      const movie = store.addMovie({ title: 'The Matrix', year: 1999 })
      await until(() => movie.tmdbId === 603)
    })

    it('of many items is completed in batches', async () => {
      tmdb.movies = Array.from({ length: 50 }, (_, id) => ({
        id: id + 1,
        title: `Film number ${id}`,
        date: '2000-01-01',
      }))
      tmdb.fault(/./, { kind: 'slow', delayMs: 2 }, Number.POSITIVE_INFINITY)
      for (const { title } of tmdb.movies) store.addMovie({ title, year: 2000 })
      completion.start()
      await until(() => store.items.every(({ tmdbId }) => tmdbId !== null))
      await asleep()
      expect(store.items.map(({ tmdbId }) => tmdbId)).to.deep.equal(tmdb.movies.map(({ id }) => id))
      expect(store.asked).to.equal(8)
      expect(tmdb.peakRequests).to.equal(4)
    })

    it('without items keeps no timer', async () => {
      completion.start()
      await asleep()
      expect(clock.pendingTimers).to.equal(0)
    })
  })

  describe('TMDB', () => {
    it('being down is waited out, longer each time, and nothing is lost', async () => {
      tmdb.isDown = true
      const movies = [
        store.addMovie({ title: 'The Matrix', year: 1999 }),
        store.addMovie({ title: 'Dune', year: 1984 }),
      ]
      completion.start()
      for (const waitS of [30, 60, 120, 240, 480]) {
        await until(() => clock.pendingTimers === 1)
        await quiet() // a request that was broken off may still arrive
        const asked = tmdb.requests.length
        clock.advance(waitS * SECOND_MS - 1000)
        store.addMovie({ title: `Added ${waitS}` })
        await quiet()
        expect(tmdb.requests, `before ${waitS} s`).to.have.length(asked)
        clock.advance(1000)
        await until(() => tmdb.requests.length > asked)
      }
      await until(() => clock.pendingTimers === 1)
      expect(warnings).to.have.length(1)
      tmdb.isDown = false
      clock.advance(HOUR_MS)
      await until(() => movies.every(({ tmdbId }) => tmdbId !== null))
    })

    it('being back, even the only item is completed within a minute', async () => {
      tmdb.isDown = true
      const movie = store.addMovie({ title: 'The Matrix', year: 1999 })
      completion.start()
      await until(() => clock.pendingTimers === 1)
      tmdb.isDown = false
      clock.advance(60 * SECOND_MS)
      await until(() => movie.tmdbId === 603)
    })

    it('refusing the key is waited out too', async () => {
      await completion.close()
      completion = over(clientOf('0'.repeat(32)))
      const movie = store.addMovie({ title: 'The Matrix', year: 1999 })
      completion.start()
      await until(() => clock.pendingTimers === 1)
      expect([movie.tmdbId, tmdb.requests.length, warnings.length]).to.deep.equal([null, 1, 1])
    })

    it('answering nonsense for one item holds no other up', async () => {
      await completion.close()
      completion = over(clientOf(), 1)
      tmdb.fault(/movie\/603/, { kind: 'garbage' }, Number.POSITIVE_INFINITY)
      const broken = store.addMovie({ title: 'The Matrix', year: 1999 })
      const sound = [store.addMovie({ title: 'Dune', year: 1984 }), store.addMovie({ title: 'Dune', year: 2021 })]
      completion.start()
      await until(() => clock.pendingTimers === 1)
      clock.advance(30 * SECOND_MS)
      await until(() => sound.every(({ tmdbId }) => tmdbId !== null))
      expect(broken.tmdbId).to.equal(null)
      expect(broken.attempts).to.be.greaterThan(0)
    })

    it('that never answers is left when the service closes', async () => {
      tmdb.fault(/./, { kind: 'silent' }, Number.POSITIVE_INFINITY)
      const movie = store.addMovie({ title: 'The Matrix', year: 1999 })
      completion.start()
      await until(() => tmdb.running === 1)
      await completion.close()
      await completion.close()
      expect(movie).to.include({ tmdbId: null, attempts: 0, dueAtMs: 0 })
    })
  })

  it('waits when the library itself fails', async () => {
    store.addMovie({ title: 'The Matrix', year: 1999 })
    const { nextDueAtMs } = store
    store.nextDueAtMs = () => {
      throw new AppError('internal', 'the database is locked')
    }
    completion.start()
    await until(() => clock.pendingTimers === 1)
    expect(warnings).to.have.length(1)
    store.nextDueAtMs = nextDueAtMs
    clock.advance(30 * SECOND_MS)
    await asleep()
    expect(clock.pendingTimers).to.equal(0)
  })

  it('closed does nothing more', async () => {
    completion.start()
    await completion.close()
    const movie = store.addMovie({ title: 'The Matrix', year: 1999 })
    completion.start()
    await quiet()
    expect([movie.tmdbId, tmdb.requests.length]).to.deep.equal([null, 0])
  })

  /** Until the run that a change or a timer just began has found nothing more to do. */
  const asleep = async (): Promise<void> => {
    await tick()
    await until(() => store.isDrained)
    await tick()
  }
})

const tick = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1))

/** Time enough for a request on loopback to be seen, if there is one. */
const quiet = async (): Promise<void> => {
  for (let turn = 0; turn < 20; turn++) await tick()
}
