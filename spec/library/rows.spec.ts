import { expect } from 'chai'
import { systemClock } from '../../lib/domain/clock.ts'
import { type EpisodeId, episodeId, type MovieId, movieId, showId } from '../../lib/domain/ids.ts'
import type { LibraryChange, LibraryItem, LibraryRow, SidecarRow } from '../../lib/domain/library-rows.ts'
import { silentLogger } from '../../lib/domain/logger.ts'
import type { Sidecar } from '../../lib/domain/sidecars.ts'
import type { StoredSubtitle } from '../../lib/domain/subtitles.ts'
import { type Library, openLibrary } from '../../lib/library/library.ts'
import { asEpisode, asMovie, asSubtitle, hashOf, torrentOf } from './fixtures.ts'

type NewSidecar = Omit<Sidecar, 'owner' | 'modifiedAtMs'>

const aSidecar = (role: Sidecar['role'], season: number | null = null): NewSidecar => {
  return { role, season, sizeBytes: 10, tag: 'tag', imagePath: null }
}

function aSubtitle(owner: StoredSubtitle['owner'], language: string): Omit<StoredSubtitle, 'id' | 'addedAtMs'> {
  const traits = { language, isForced: true, isHearingImpaired: false, isCommentary: false }
  return { owner, source: 'upload', providerId: null, releaseName: null, format: 'srt', sizeBytes: 5, ...traits }
}

const movie = (id: number) => ({ kind: 'movie' as const, id: movieId(id) as MovieId })
const show = (id: number) => ({ kind: 'show' as const, id: showId(id) })
const episode = (id: number) => ({ kind: 'episode' as const, id: episodeId(id) as EpisodeId })

describe('rows of the library', () => {
  let library: Library
  let change: LibraryChange

  beforeEach(() => {
    library = openLibrary({ path: ':memory:', logger: silentLogger, clock: systemClock })
    library.onCommitted((told) => {
      change = told
    })
  })
  afterEach(() => library.close())

  const add = (name: string, paths: string[], placements: Parameters<Library['addTorrent']>[2]) =>
    library.addTorrent(torrentOf(name, paths), null, placements, false)
  const addDouble = () =>
    add('double', ['d.mkv', 'd.srt'], [asEpisode('Dark', 1, [1, 2], 0, { subtitles: [asSubtitle(1)] })])
  const addFilm = () => add('film', ['f.mkv'], [asMovie('Heat', 0, { year: 1995 })])
  const sidecarRows = () => [...library.readAll()].filter((row): row is SidecarRow => row.kind === 'sidecar')
  const placesOf = () =>
    sidecarRows()
      .map(({ item, place, content }) => {
        const { at } = place
        const name = at === 'item' ? place.fileName : at === 'video' ? place.suffix : place.extension
        return `${item.kind} ${item.id} ${content} ${at} ${name}`
      })
      .sort()
  const sorted = (rows: Iterable<LibraryRow>) => [...rows].map((row) => JSON.stringify(row)).sort()
  /** Both statements give the same rows, and each commit names the items whose rows became others. */
  const expectSame = (...items: LibraryItem[]) => {
    expect(sorted(library.readItems(items))).to.deep.equal(sorted(library.readAll()))
  }

  it('of the trash say so, with their subtitles; what left it is no row, and not unsorted', () => {
    addDouble()
    addFilm()
    library.trash(movie(1))
    library.trash({ kind: 'season', showId: showId(1), season: 1 })
    const kinds = () => [...library.readAll()].map((row) => `${row.kind} ${'isTrashed' in row && row.isTrashed}`).sort()
    expect(kinds()).to.deep.equal(['episode true', 'movie true', 'subtitle false'])
    expectSame(movie(1), show(1))
    library.purgeTrash(systemClock.nowMs() + 1)
    expect(kinds()).to.deep.equal([])
    const unsorted = ['double', 'film'].map((name) => ({ kind: 'unsorted' as const, infoHash: hashOf(name) }))
    expectSame(movie(1), show(1), ...unsorted)
  })

  it('of offline files are theirs alone', () => {
    addFilm()
    library.addOffline({ infoHash: hashOf('film'), fileIndex: 0 }, 'to go/Film.mkv')
    expect(change.items).to.deep.include({ kind: 'offline' })
    const [row] = [...library.readItems([{ kind: 'offline' }])]
    expect(row).to.deep.include({
      kind: 'offline',
      path: 'to go/Film.mkv',
      filePath: 'f.mkv',
      infoHash: hashOf('film'),
    })
    expectSame(movie(1), { kind: 'offline' })
  })

  it('of sidecars name them as Kodi looks for them', () => {
    addFilm()
    addDouble()
    library.saveSidecars(movie(1), [aSidecar('nfo'), aSidecar('poster'), aSidecar('fanart')])
    expect(change.items).to.deep.equal([movie(1)])
    library.saveSidecars(show(1), [aSidecar('nfo'), aSidecar('season-poster', 0), aSidecar('season-poster', 11)])
    library.saveSidecars(episode(1), [aSidecar('nfo'), aSidecar('thumb')])
    expect(change.items).to.deep.equal([show(1)])
    expect(placesOf()).to.deep.equal([
      'movie 1 local:sidecar:1 item movie.nfo',
      'movie 1 local:sidecar:2 item poster.jpg',
      'movie 1 local:sidecar:3 item fanart.jpg',
      'show 1 local:sidecar:4 item tvshow.nfo',
      'show 1 local:sidecar:5 item season-specials-poster.jpg',
      'show 1 local:sidecar:6 item season11-poster.jpg',
      'show 1 local:sidecar:7 video .nfo',
      'show 1 local:sidecar:8 video -thumb.jpg',
    ])
    expect(sidecarRows()[0]).to.include({ sizeBytes: 10, tag: 'tag' })
    expectSame(movie(1), show(1))
  })

  it("of an episode's sidecars are beside each of its active files, and beside none in the trash", () => {
    add('one', ['a.mkv'], [asEpisode('Dark', 1, 1)])
    add('two', ['b.mkv'], [asEpisode('Dark', 1, 1)])
    library.saveSidecars(episode(1), [aSidecar('nfo')])
    const videos = () =>
      sidecarRows()
        .flatMap(({ place }) => (place.at === 'video' ? [place.infoHash] : []))
        .sort()
    expect(videos()).to.deep.equal([hashOf('one'), hashOf('two')].sort())
    library.trash({ kind: 'file', infoHash: hashOf('one'), fileIndex: 0 })
    expect(videos()).to.deep.equal([hashOf('two')])
    expectSame(show(1))
  })

  it('of stored subtitles are beside each file of their film or episode, be it the second of a double one', () => {
    addFilm()
    add('other cut', ['g.mkv'], [asMovie('Heat', 0, { year: 1995 })])
    addDouble()
    add('third', ['c.mkv'], [asEpisode('Dark', 1, 3)])
    library.addSubtitle(aSubtitle(movie(1), 'en'))
    expect(change.items).to.deep.equal([movie(1)])
    library.addSubtitle(aSubtitle(episode(2), 'de'))
    expect(change.items).to.deep.equal([show(1)])
    const beside = sidecarRows().map(({ content, place }) =>
      place.at === 'subtitle'
        ? `${content} ${place.traits.language} ${place.traits.isForced} ${place.infoHash}`
        : place.at,
    )
    expect(beside.sort()).to.deep.equal(
      [
        `local:subtitle:1 en true ${hashOf('film')}`,
        `local:subtitle:1 en true ${hashOf('other cut')}`,
        `local:subtitle:2 de true ${hashOf('double')}`,
      ].sort(),
    )
    expectSame(movie(1), show(1))
  })

  it('are read by one statement, whatever the size of the library', () => {
    const count = (shows: number) => {
      const statements: string[] = []
      const counted = openLibrary({
        path: ':memory:',
        logger: silentLogger,
        clock: systemClock,
        onStatement: (sql) => statements.push(sql),
      })
      for (let i = 0; i < shows; i++)
        counted.addTorrent(torrentOf(`${i}`, ['a']), null, [asEpisode(`Show ${i}`, 1, 1)], false)
      statements.length = 0
      expect([...counted.readAll()]).to.have.length(shows)
      expect([...counted.readItems(Array.from({ length: shows }, (_, i) => show(i + 1)))]).to.have.length(shows)
      counted.close()
      return statements.length
    }
    expect(count(1)).to.equal(2)
    expect(count(1000)).to.equal(2)
  })
})
