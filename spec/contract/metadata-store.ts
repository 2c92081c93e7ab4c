import { expect } from 'chai'
import { isAppError } from '../../lib/domain/errors.ts'
import type { MovieId, ShowId } from '../../lib/domain/ids.ts'
import type { EpisodeMetadata, MetadataStore, MovieMetadata, ShowMetadata } from '../../lib/domain/metadata.ts'

interface HeldTitle {
  readonly title: string
  readonly year: number | null
  readonly tmdbId: number | null
}

/** A library without items, and what a person would do to it. */
export interface MetadataStoreUnderTest {
  readonly store: MetadataStore
  addMovie(title: string, year: number | null): MovieId
  /** Episode numbers by season, each without a name or an air date. */
  addShow(title: string, year: number | null, seasons: Readonly<Record<number, readonly number[]>>): ShowId
  deleteMovie(id: MovieId): void
  movie(id: MovieId): HeldTitle
  /** Episodes by season and number as `[season, number, name, air date]`. */
  show(
    id: ShowId,
  ): HeldTitle & { readonly episodes: readonly (readonly [number, number, string | null, string | null])[] }
  close(): void
}

const MOVIE: MovieMetadata = {
  tmdbId: 603,
  imdbId: null,
  title: 'The Matrix',
  originalTitle: null,
  year: 1999,
  releaseDate: '1999-03-31',
  plot: null,
  tagline: null,
  genres: [],
  runtimeMinutes: null,
  rating: null,
  posterPath: null,
  fanartPath: null,
}

const episode = (number: number, name: string | null, airDate: string | null): EpisodeMetadata => ({
  tmdbId: null,
  number,
  name,
  airDate,
  plot: null,
  runtimeMinutes: null,
  rating: null,
  stillPath: null,
})

const SHOW: ShowMetadata = {
  tmdbId: 2316,
  imdbId: null,
  tvdbId: null,
  title: 'The Office',
  originalTitle: null,
  year: 2005,
  firstAirDate: '2005-03-24',
  hasEnded: true,
  plot: null,
  genres: [],
  rating: null,
  posterPath: null,
  fanartPath: null,
  seasons: [
    {
      number: 1,
      name: null,
      posterPath: null,
      episodes: [episode(1, 'Pilot', '2005-03-24'), episode(2, 'Second', null)],
    },
    { number: 2, name: null, posterPath: null, episodes: [episode(1, 'Third', '2005-09-20')] },
  ],
}

/** What the `MetadataStore` port promises, on any adapter. */
export function metadataStoreContract(name: string, make: () => MetadataStoreUnderTest): void {
  describe(`${name}: the MetadataStore port`, () => {
    let under: MetadataStoreUnderTest
    let store: MetadataStore
    beforeEach(() => {
      under = make()
      store = under.store
    })
    afterEach(() => under.close())

    const due = (nowMs: number, limit = 10) => store.itemsToComplete(nowMs, limit).map(({ kind, id }) => [kind, id])
    const codeOf = (work: () => void): string => {
      try {
        work()
      } catch (error) {
        return isAppError(error) ? error.code : String(error)
      }
      return 'none'
    }

    it('has nothing due without items', () => {
      expect([due(1e15), store.nextDueAtMs()]).to.deep.equal([[], undefined])
    })

    it('has new items due at once, with what is known of them', () => {
      const movie = under.addMovie('matrix', 1999)
      const show = under.addShow('The Office', null, { 0: [3], 1: [1, 2, 7], 4: [] })
      const [first, second] = [...store.itemsToComplete(0, 10)].sort((a, b) => a.kind.localeCompare(b.kind))
      expect(first).to.deep.equal({ kind: 'movie', id: movie, title: 'matrix', year: 1999, tmdbId: null, attempts: 0 })
      expect(second).to.deep.include({ kind: 'show', id: show, title: 'The Office', year: null, attempts: 0 })
      expect(second?.kind === 'show' && [...second.lastEpisodes].filter(([, last]) => last > 0)).to.deep.equal([
        [0, 3],
        [1, 7],
      ])
      expect(store.nextDueAtMs()).to.equal(0)
    })

    it('gives the longest due first, and no more than asked for', () => {
      const [a, b, c] = ['a', 'b', 'c'].map((title) => under.addMovie(title, null)) as [MovieId, MovieId, MovieId]
      const show = under.addShow('d', null, {})
      store.postpone({ kind: 'movie', id: a }, 300)
      store.postpone({ kind: 'movie', id: b }, 100)
      store.postpone({ kind: 'movie', id: c }, 400)
      store.postpone({ kind: 'show', id: show }, 200)
      expect(store.nextDueAtMs()).to.equal(100)
      expect(due(99)).to.deep.equal([])
      expect(due(300)).to.deep.equal([
        ['movie', b],
        ['show', show],
        ['movie', a],
      ])
      expect(due(300, 2)).to.deep.equal([
        ['movie', b],
        ['show', show],
      ])
    })

    it('counts postponements until the item is saved', () => {
      const id = under.addMovie('matrix', 1999)
      const attempts = () => store.itemsToComplete(1000, 1)[0]?.attempts
      store.postpone({ kind: 'movie', id }, 5)
      store.postpone({ kind: 'movie', id }, 6)
      expect(attempts()).to.equal(2)
      store.saveMovie(id, MOVIE, 7)
      expect([attempts(), store.nextDueAtMs()]).to.deep.equal([0, 7])
    })

    it('saves a movie', () => {
      const id = under.addMovie('matrix', null)
      store.saveMovie(id, MOVIE, null)
      expect(under.movie(id)).to.deep.equal({ title: 'The Matrix', year: 1999, tmdbId: 603 })
      expect([due(1e15), store.nextDueAtMs()]).to.deep.equal([[], undefined])
      store.saveMovie(id, { ...MOVIE, title: 'Matrix' }, null)
      expect(under.movie(id)).to.include({ title: 'Matrix' })
    })

    it('saves a show: names what is held, adds what is not, removes nothing', () => {
      const id = under.addShow('office', null, { 1: [1, 9] })
      store.saveShow(id, SHOW, 50)
      const saved = {
        title: 'The Office',
        year: 2005,
        tmdbId: 2316,
        episodes: [
          [1, 1, 'Pilot', '2005-03-24'],
          [1, 2, 'Second', null],
          [1, 9, null, null],
          [2, 1, 'Third', '2005-09-20'],
        ],
      }
      expect(under.show(id)).to.deep.equal(saved)
      store.saveShow(
        id,
        { ...SHOW, seasons: [{ number: 1, name: null, posterPath: null, episodes: [episode(1, null, null)] }] },
        60,
      )
      expect(under.show(id)).to.deep.equal(saved)
      expect(store.nextDueAtMs()).to.equal(60)
    })

    it('refuses what another item is, and changes nothing then', () => {
      const known = under.addMovie('The Matrix', 1999)
      store.saveMovie(known, MOVIE, null)
      const double = under.addMovie('matrix again', null)
      expect(codeOf(() => store.saveMovie(double, { ...MOVIE, title: 'Other' }, null))).to.equal('conflict')
      expect(codeOf(() => store.saveMovie(double, { ...MOVIE, tmdbId: 604 }, null))).to.equal('conflict')
      expect(under.movie(double)).to.deep.equal({ title: 'matrix again', year: null, tmdbId: null })
      expect(due(0)).to.deep.equal([['movie', double]])
      // A show may be what a movie is.
      const show = under.addShow('matrix', null, {})
      store.saveShow(show, { ...SHOW, tmdbId: 603, title: 'The Matrix', year: 1999 }, null)
      expect(under.show(show)).to.include({ tmdbId: 603 })
    })

    it('says `not_found` of an item that left; its postponement is none', () => {
      const id = under.addMovie('matrix', null)
      under.deleteMovie(id)
      expect(codeOf(() => store.saveMovie(id, MOVIE, null))).to.equal('not_found')
      store.postpone({ kind: 'movie', id }, 5)
      expect(store.nextDueAtMs()).to.equal(undefined)
    })

    it('finds episodes by their air dates, the latest first', () => {
      const id = under.addShow('office', null, { 1: [1] })
      store.saveShow(id, SHOW, null)
      const found = (from: string, to: string) =>
        store
          .airedEpisodes(from, to)
          .map((one) => [one.showId, one.showTitle, one.season, one.episode, one.name, one.airDate])
      expect(found('2005-03-24', '2005-09-20')).to.deep.equal([
        [id, 'The Office', 2, 1, 'Third', '2005-09-20'],
        [id, 'The Office', 1, 1, 'Pilot', '2005-03-24'],
      ])
      expect(found('2005-03-25', '2005-09-19')).to.deep.equal([])
    })

    it('tells of additions and saves, not of postponements', () => {
      let told = 0
      const subscription = store.onCommitted(() => told++)
      const id = under.addMovie('matrix', null)
      expect(told).to.equal(1)
      store.postpone({ kind: 'movie', id }, 5)
      expect(told).to.equal(1)
      store.saveMovie(id, MOVIE, null)
      expect(told).to.equal(2)
      subscription.dispose()
      under.addMovie('other', null)
      expect(told).to.equal(2)
    })
  })
}
