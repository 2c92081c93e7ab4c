import { expect } from 'chai'
import { systemClock } from '../../lib/domain/clock.ts'
import { silentLogger } from '../../lib/domain/logger.ts'
import { type Library, openLibrary } from '../../lib/library/library.ts'
import { MetadataCompletion } from '../../lib/metadata/completion.ts'
import { MemoryMetadataCache } from '../../lib/metadata/memory-cache.ts'
import { TmdbClient } from '../../lib/metadata/tmdb-client.ts'
import { asEpisode, asMovie, hashOf, torrentOf } from '../library/fixtures.ts'
import { LocalTmdb, V3_KEY } from '../support/local-tmdb.ts'
import { until } from '../support/until.ts'
import { MOVIES, SHOWS } from './catalogue.ts'

describe('MetadataCompletion over the library', () => {
  let tmdb: LocalTmdb
  let library: Library
  let completion: MetadataCompletion

  beforeEach(async () => {
    tmdb = await LocalTmdb.start()
    tmdb.movies = MOVIES
    tmdb.shows = SHOWS
    const common = { clock: systemClock, logger: silentLogger }
    library = openLibrary({ path: ':memory:', ...common })
    const cache = new MemoryMetadataCache()
    const provider = new TmdbClient({ apiKey: V3_KEY, baseUrl: tmdb.url, cache, ...common, backOffMs: 1 })
    completion = new MetadataCompletion({ provider, store: library, ...common })
  })
  afterEach(async () => {
    await completion.close()
    library.close()
    await tmdb.close()
  })

  const titles = (): unknown[] =>
    library.movies({ limit: 10, offset: 0 }).items.map(({ title, year, tmdbId }) => [title, year, tmdbId])

  it('makes two names of one film one film, with the files of both', async () => {
    library.addTorrent(torrentOf('one', ['a.mkv']), null, [asMovie('The Matrix', 0, { year: 1999 })], false)
    library.addTorrent(torrentOf('two', ['b.mkv']), null, [asMovie('Matrix', 0, { year: 1999 })], false)
    library.addTorrent(torrentOf('three', ['c.mkv']), null, [asMovie('Matrix', 0, { year: 2000 })], false)
    completion.start()
    await until(() => titles().length === 1 && library.nextDueAtMs() === undefined)
    expect(titles()).to.deep.equal([['The Matrix', 1999, 603]])
    const [movie] = library.movies({ limit: 1, offset: 0 }).items
    const hashes = movie?.assignments.map(({ infoHash }) => infoHash)
    expect(hashes).to.have.members(['one', 'two', 'three'].map(hashOf))
  })

  it('makes two names of one show one show, whose episodes all have names', async () => {
    const office = { year: 2005 }
    library.addTorrent(torrentOf('one', ['a.mkv']), null, [asEpisode('The Office', 1, 1, 0, office)], false)
    library.addTorrent(torrentOf('two', ['b.mkv']), null, [asEpisode('The Office US', 1, 2, 0, office)], false)
    completion.start()
    const shows = () => library.shows({ limit: 10, offset: 0 }).items
    await until(() => shows().length === 1 && (library.nextDueAtMs() ?? 0) > systemClock.nowMs())
    const [show] = shows()
    expect(show).to.include({ title: 'The Office', year: 2005, tmdbId: 2316, assignedCount: 2 })
    const names = [...library.readAll()].flatMap((row) => (row.kind === 'episode' ? [row.name] : []))
    expect(names).to.have.members(['American 1', 'American 2'])
  })
})
