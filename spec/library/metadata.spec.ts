import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { systemClock } from '../../lib/domain/clock.ts'
import { episodeId, movieId, showId } from '../../lib/domain/ids.ts'
import type { LibraryChange } from '../../lib/domain/library-rows.ts'
import { silentLogger } from '../../lib/domain/logger.ts'
import { type Library, openLibrary } from '../../lib/library/library.ts'
import { expectError, places } from '../contract/library.ts'
import { metadataStoreContract } from '../contract/metadata-store.ts'
import { asEpisode, asMovie, movieMetadata, seasonPack, showMetadata, torrentOf } from './fixtures.ts'

const openTemporary = () => openLibrary({ path: ':memory:', logger: silentLogger, clock: systemClock })

metadataStoreContract('Library', () => {
  const library = openTemporary()
  return {
    store: library,
    addMovie: (title, year) => library.createMovie({ title, year }).id,
    addShow: (title, year, seasons) =>
      library.createShow({
        title,
        year,
        seasons: Object.entries(seasons).map(([season, numbers]) => ({
          number: Number(season),
          episodes: numbers.map((number) => ({ number, name: null })),
        })),
      }).id,
    deleteMovie: (id) => library.deleteMovie(id),
    movie: (id) => {
      const { title, year, tmdbId } = library.movie(id)
      return { title, year, tmdbId }
    },
    show: (id) => {
      const { title, year, tmdbId, seasons } = library.show(id)
      const episodes = seasons.flatMap((season) =>
        season.episodes.map(({ number, name, airDate }): [number, number, string | null, string | null] => [
          season.number,
          number,
          name,
          airDate,
        ]),
      )
      return { title, year, tmdbId, episodes }
    },
    close: () => library.close(),
  }
})

describe('metadata in the Library', () => {
  let library: Library
  let changes: LibraryChange[]
  beforeEach(() => {
    library = openTemporary()
    changes = []
    library.onCommitted((change) => changes.push(change))
  })
  afterEach(() => library.close())

  const addEpisode = (title: string, episode: number, year: number | null = null) =>
    library.addTorrent(
      torrentOf(`${title} ${episode}`, ['a.mkv']),
      null,
      [asEpisode(title, 1, episode, 0, { year })],
      false,
    ).placed[0]?.showId

  it('keeps due times and attempts over a restart', () => {
    const directory = mkdtempSync(join(tmpdir(), 'library-metadata-'))
    const open = () => openLibrary({ path: join(directory, 'library.db'), logger: silentLogger, clock: systemClock })
    let held = open()
    const { id } = held.createMovie({ title: 'Film', year: null })
    held.postpone({ kind: 'movie', id }, 500)
    held.close()
    held = open()
    expect([held.nextDueAtMs(), held.itemsToComplete(500, 1)[0]?.attempts]).to.deep.equal([500, 1])
    held.close()
    rmSync(directory, { recursive: true })
  })

  it('puts the next torrent of a show with the first, whatever the provider calls it', () => {
    expect(addEpisode('Marvels Agents of SHIELD', 1)).to.equal(1)
    library.saveShow(showId(1), showMetadata("Marvel's Agents of S.H.I.E.L.D.", 3), null)
    expect(addEpisode('marvels agents of shield', 2)).to.equal(1)
    expect(addEpisode('Marvels Agents of SHIELD', 3, 2010)).to.equal(1)
    expect(addEpisode("Marvel's Agents of S.H.I.E.L.D.", 4)).to.equal(1)
    library.saveShow(showId(1), showMetadata('Agents', 3), null)
    expect(addEpisode('Marvels Agents of SHIELD', 5)).to.equal(1)
    expectError('conflict', () => library.createShow({ title: 'Marvels Agents of SHIELD', year: null, seasons: [] }))
  })

  it('knows a film by the year of its file and by that of the provider, and no other', () => {
    const add = (torrent: string, year: number | null) =>
      library.addTorrent(torrentOf(torrent, ['a.mkv']), null, [asMovie('Film', 0, { year })], false).placed[0]?.movieId
    expect(add('a', 2009)).to.equal(1)
    library.saveMovie(movieId(1), movieMetadata('Film'), null)
    expect([add('b', 2009), add('c', 2010), add('d', null), add('e', 1990)]).to.deep.equal([1, 1, 1, 2])
  })

  it('asks anew for an item whose year becomes known', () => {
    addEpisode('Show', 1)
    library.postpone({ kind: 'show', id: showId(1) }, 1e12)
    addEpisode('Show', 2, 2010)
    expect(library.nextDueAtMs()).to.equal(0)
  })

  it('names a show in the tree, and tells of it only what became another', () => {
    const [info, placements] = seasonPack('show', 1, 2)
    library.addTorrent(info, null, placements, false)
    library.saveShow(showId(1), showMetadata('Show', 2), 5)
    expect(changes.at(-1)?.items).to.deep.equal([{ kind: 'show', id: 1 }])
    expect(places(library.readAll()).join()).to.include('Name 2')
    library.saveShow(showId(1), showMetadata('Show', 2), 6)
    expect(changes.at(-1)?.items).to.deep.equal([])
    expect(library.nextDueAtMs()).to.equal(6)
    const { id } = library.createMovie({ title: 'Film', year: 2010 })
    library.saveMovie(id, movieMetadata('Film'), null)
    expect(changes.at(-1)?.items).to.deep.equal([{ kind: 'movie', id }])
    library.saveMovie(id, movieMetadata('Film'), null)
    expect(changes.at(-1)?.items).to.deep.equal([])
  })

  it('keeps the year and the names that the provider does not know', () => {
    const show = library.createShow({
      title: 'Show',
      year: 1999,
      seasons: [{ number: 1, episodes: [{ number: 1, name: 'Own', airDate: '1999-01-02' }] }],
    })
    const [season] = showMetadata('Show', 1).seasons
    const episodes = (season?.episodes ?? []).map((episode) => ({ ...episode, name: null, airDate: null }))
    const seasons = [{ number: 1, name: null, posterPath: null, episodes }]
    library.saveShow(show.id, showMetadata('Show', 1, { year: null, seasons }), null)
    const saved = library.show(show.id)
    expect(saved.year).to.equal(1999)
    expect(saved.seasons[0]?.episodes[0]).to.include({ id: episodeId(1), name: 'Own', airDate: '1999-01-02' })
  })

  it('says of an aired episode whether a file shows for it, be it the second of a double one', () => {
    const double = [asEpisode('Show', 1, [1, 2])]
    library.addTorrent(torrentOf('double', ['a.mkv']), null, double, false)
    library.saveShow(showId(1), showMetadata('Show', 3), null)
    const aired = () => library.airedEpisodes('2010-05-01', '2010-05-01').map((one) => [one.episode, one.isAssigned])
    expect(aired()).to.deep.equal([
      [1, true],
      [2, true],
      [3, false],
    ])
    library.unassignEpisode(episodeId(1))
    expect(aired().map(([, isAssigned]) => isAssigned)).to.deep.equal([false, false, false])
  })
})
