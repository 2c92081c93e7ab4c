import { expect } from 'chai'
import type { FileKey, MatchDetails, MatchTarget } from '../../lib/domain/curation.ts'
import { movieId, showId } from '../../lib/domain/ids.ts'
import type { Placement } from '../../lib/domain/library.ts'
import type { LibraryItem } from '../../lib/domain/library-rows.ts'
import { silentLogger } from '../../lib/domain/logger.ts'
import { type Library, openLibrary } from '../../lib/library/library.ts'
import { expectError, places } from '../contract/library.ts'
import { ManualClock } from '../support/manual-clock.ts'
import { asEpisode, asMovie, asSubtitle, hashOf, movieMetadata, showMetadata, torrentOf } from './fixtures.ts'

const PLAIN: MatchDetails = { resolution: '720p', source: null, subtitles: [] }

describe('matching by hand in the Library', () => {
  let clock: ManualClock
  let library: Library
  let changes: LibraryItem[][]

  beforeEach(() => {
    clock = new ManualClock()
    library = openLibrary({ path: ':memory:', logger: silentLogger, clock })
    changes = []
    library.onCommitted((change) => changes.push([...change.items]))
  })
  afterEach(() => library.close())

  const shown = () => {
    const all = places(library.readAll())
    expect(places(library.readItems(changes.flat()))).to.deep.equal(all)
    return all
  }
  const add = (name: string, paths: string[], ...placements: Placement[]): void => {
    clock.advance(1000)
    library.addTorrent(torrentOf(name, paths), null, placements, false)
  }
  const match = (name: string, fileIndex: number, target: MatchTarget, details = PLAIN) =>
    library.match({ infoHash: hashOf(name), fileIndex } satisfies FileKey, target, details)
  const film = (title: string, year: number | null = null, tmdbId?: number): MatchTarget => ({
    kind: 'movie',
    movie: { title, year, ...(tmdbId === undefined ? {} : { tmdbId }) },
  })
  const titles = () => library.movies({ limit: 10, offset: 0 }).items.map((one) => `${one.title} (${one.year})`)

  describe('match', () => {
    it('takes a file from /Unsorted, the trash or another item, with its subtitles', () => {
      add('pack', ['a.mkv', 'b.mkv', 'b.srt'], asMovie('Heat', 0))
      clock.advance(1000)
      const subtitles = [asSubtitle(2, 'en')]
      expect(match('pack', 1, film('Ronin', 1998), { ...PLAIN, subtitles })).to.deep.include({
        filePath: 'b.mkv',
        resolution: '720p',
        item: { kind: 'movie', id: 2 },
      })
      expect(shown()).to.deep.equal([
        'movie Heat (null): a.mkv',
        'movie Ronin (1998): b.mkv',
        'subtitle of 1, movie 2: b.srt',
      ])
      library.trash({ kind: 'movie', id: movieId(2) })
      const target = { kind: 'episode', show: { title: 'Dark', year: 2017 }, season: 1, episodes: [2, 3] } as const
      expect(match('pack', 1, target, { ...PLAIN, subtitles })?.item).to.deep.equal({
        kind: 'episode',
        id: 1,
        showId: 1,
        season: 1,
        episode: 2,
      })
      expect(shown()).to.deep.equal([
        'episode Dark (2017) 1x2-3 null: b.mkv',
        'movie Heat (null): a.mkv',
        'subtitle of 1, show 1: b.srt',
      ])
      expect(match('pack', 1, { kind: 'unsorted' })).to.equal(undefined)
      expect(shown()).to.deep.equal(['movie Heat (null): a.mkv', 'unsorted pack: b.mkv', 'unsorted pack: b.srt'])
    })

    it('removes an item that was made for the file, and leaves one that a person made, or that has more', () => {
      add('wrong', ['a.mkv'], asMovie('Hate'))
      match('wrong', 0, film('Heat', 1995))
      expect(titles()).to.deep.equal(['Heat (1995)'])
      expect(changes.at(-1)).to.deep.include({ kind: 'movie', id: 1 })
      library.createMovie({ title: 'Ronin', year: 1998 })
      clock.advance(1)
      match('wrong', 0, film('Ronin', 1998))
      match('wrong', 0, { kind: 'unsorted' })
      expect(titles()).to.deep.equal(['Ronin (1998)'])
      add('pack', ['1.mkv', '2.mkv'], asEpisode('Drak', 1, 1, 0), asEpisode('Drak', 1, 2, 1))
      const show = { title: 'Dark', year: null }
      match('pack', 0, { kind: 'episode', show, season: 1, episodes: [1] })
      expect(library.counts().shows).to.equal(2)
      match('pack', 1, { kind: 'episode', show, season: 1, episodes: [2] })
      expect(library.counts()).to.include({ shows: 1, episodes: 2 })
      expect(shown()).to.include('episode Dark (null) 1x2 null: 2.mkv')
    })

    it('finds an item by id, by TMDB id, or by title, and tells it what it does not know', () => {
      add('pack', ['a.mkv', 'b.mkv', 'c.mkv', 'd.mkv'])
      const { id } = library.createMovie({ title: 'Heat', year: null })
      match('pack', 0, { kind: 'movie', movie: { id } })
      match('pack', 1, film('HEAT', 1995, 949))
      match('pack', 2, film('Something else', 2000, 949))
      expect(titles()).to.deep.equal(['Heat (1995)'])
      expect(library.movie(id)).to.include({ tmdbId: 949 })
      expect(library.movie(id).assignments).to.have.length(3)
      expectError('conflict', () => match('pack', 3, film('Heat', 1995, 5)))
    })

    it('changes nothing when it fails', () => {
      add('pack', ['a.mkv', 'a.srt', '.pad/0'], asMovie('Heat', 0))
      const before = shown()
      const of = (episodes: number[], season = 1): MatchTarget => {
        return { kind: 'episode', show: { title: 'Dark', year: null }, season, episodes }
      }
      for (const [index, target] of [
        [1, film('Ronin')],
        [0, film(' ')],
        [0, film('Ronin', 1.5)],
        [0, film('Ronin', null, -1)],
        [0, of([])],
        [0, of([2, 1])],
        [0, of([1, 3])],
        [0, of([1], -1)],
      ] as const) {
        expectError('invalid', () => match('pack', index, target))
      }
      expectError('invalid', () => match('pack', 0, film('Ronin'), { ...PLAIN, subtitles: [asSubtitle(9)] }))
      expectError('not_found', () => match('pack', 2, film('Ronin')))
      expectError('not_found', () => match('pack', 9, film('Ronin')))
      expectError('not_found', () => match('other', 0, film('Ronin')))
      expectError('not_found', () => match('pack', 0, { kind: 'movie', movie: { id: movieId(9) } }))
      expect(shown()).to.deep.equal(before)
      expect(library.counts()).to.include({ movies: 1, shows: 0 })
    })
  })

  describe('rematchMovie', () => {
    const rematch = (to: Parameters<Library['rematchMovie']>[1], id = 1) => library.rematchMovie(movieId(id), to)

    it('gives it another name, and has its metadata looked for anew', () => {
      add('pack', ['a.mkv'], asMovie('Heat', 0))
      library.saveMovie(movieId(1), movieMetadata('Heat'), null)
      expect(library.nextDueAtMs()).to.equal(undefined)
      expect(rematch({ title: 'Ronin', year: 1998 })).to.include({ id: 1, title: 'Ronin', year: 1998, tmdbId: null })
      expect(library.nextDueAtMs()).to.equal(0)
      expect(shown()).to.deep.equal(['movie Ronin (1998): a.mkv'])
      expect(rematch({ title: 'Ronin', year: 1998, tmdbId: 8195 })).to.include({ tmdbId: 8195 })
      expect(rematch({ title: 'Ronin', year: 1998 })).to.include({ tmdbId: 8195 })
      expectError('not_found', () => rematch({ title: 'Ronin', year: 1998 }, 9))
      expectError('not_found', () => rematch({ id: movieId(9) }))
      expectError('invalid', () => rematch({ title: '', year: 1998 }))
    })

    it('knows the name of its files later on, unless that was of another film', () => {
      const add1 = (name: string, title: string, year: number) =>
        library.addTorrent(torrentOf(name, ['a.mkv']), null, [asMovie(title, 0, { year })], false).placed[0]?.movieId
      add1('a', 'Das Leben der Anderen', 2006)
      rematch({ title: 'The Lives of Others', year: 2006 })
      expect(add1('b', 'Das Leben der Anderen', 2006)).to.equal(1)
      add1('c', 'Heat', 1995)
      rematch({ title: 'Ronin', year: 1998 }, 2)
      expect(add1('d', 'Heat', 1995)).to.equal(3)
    })

    it('makes two movies one: by id, by TMDB id, by title', () => {
      for (const to of [{ id: movieId(2) }, { title: 'Any', year: null, tmdbId: 949 }, { title: 'heat', year: 1995 }]) {
        library.close()
        library = openLibrary({ path: ':memory:', logger: silentLogger, clock })
        changes = []
        library.onCommitted((change) => changes.push([...change.items]))
        add('wrong', ['a.mkv', 'a.srt'], asMovie('Hate', 0, { subtitles: [asSubtitle(1)] }))
        add('right', ['b.mkv'], asMovie('Heat', 0, { year: 1995 }))
        library.saveMovie(movieId(2), movieMetadata('Heat', { year: 1995, tmdbId: 949 }), null)
        expect(rematch(to)).to.include({ id: 2, title: 'Heat', year: 1995, tmdbId: 949 })
        expect(shown()).to.deep.equal([
          'movie Heat (1995): a.mkv',
          'movie Heat (1995): b.mkv',
          'subtitle of 0, movie 2: a.srt',
        ])
        expect(changes.at(-1)).to.have.deep.members([
          { kind: 'movie', id: 1 },
          { kind: 'movie', id: 2 },
        ])
        expectError('not_found', () => library.movie(movieId(1)))
        expect(library.nextDueAtMs()).to.equal(0)
      }
    })

    it('is what joins a movie to the one that has its TMDB id already', () => {
      add('a', ['a.mkv'], asMovie('Amelie', 0, { year: 2001 }))
      add('b', ['b.mkv'], asMovie('Le fabuleux destin', 0, { year: 2001 }))
      const metadata = movieMetadata('Amélie', { year: 2001, tmdbId: 194 })
      library.saveMovie(movieId(1), metadata, null)
      expectError('conflict', () => library.saveMovie(movieId(2), metadata, null))
      expect(rematch(metadata, 2)).to.include({ id: 1 })
      expect(library.movie(movieId(1)).assignments).to.have.length(2)
    })

    it('refuses a title that is another film of the provider', () => {
      library.createMovie({ title: 'Hate', year: 1995 })
      library.createMovie({ title: 'Heat', year: 1995, tmdbId: 949 })
      expectError('conflict', () => rematch({ title: 'Heat', year: 1995, tmdbId: 5 }))
      expect(library.movie(movieId(1)).title).to.equal('Hate')
    })
  })

  describe('rematchShow', () => {
    const rematch = (to: Parameters<Library['rematchShow']>[1]) => library.rematchShow(showId(1), to)
    const episodes = (id: number) =>
      library
        .show(showId(id))
        .seasons.flatMap((season) =>
          season.episodes.map((one) => `${season.number}x${one.number} ${one.name} ${one.assignments.length}`),
        )

    it('gives it another name; what a provider said of the former one is forgotten, its files are not', () => {
      add('pack', ['a.mkv'], asEpisode('Dark', 1, [2, 3], 0, { episodeName: 'Own' }))
      expect(rematch({ title: 'Dark', year: 2017 })).to.include({ id: 1, year: 2017 })
      expect(episodes(1)).to.deep.equal(['1x2 Own 1', '1x3 null 1'])
      library.saveShow(showId(1), showMetadata('Dark', 5), null)
      expect(episodes(1)).to.have.length(5)
      expect(rematch({ title: 'Dark Matter', year: 2015 })).to.include({ id: 1, tmdbId: null, episodeCount: 2 })
      expect(episodes(1)).to.deep.equal(['1x2 null 1', '1x3 null 1'])
      expect(library.nextDueAtMs()).to.equal(0)
      expect(shown()).to.deep.equal(['episode Dark Matter (2015) 1x2-3 null: a.mkv'])
    })

    it('forgets the seasons that only the provider of the former one knew', () => {
      add('pack', ['a.mkv'], asEpisode('Dark', 1, 2))
      const dark = showMetadata('Dark', 5)
      const second = dark.seasons.filter(({ number }) => number === 1).map((season) => ({ ...season, number: 2 }))
      library.saveShow(showId(1), { ...dark, seasons: [...dark.seasons, ...second] }, null)
      expect(library.show(showId(1)).seasons.map(({ number }) => number)).to.include(2)
      expect(rematch({ title: 'Dark Matter', year: 2015 })).to.include({ seasonCount: 1 })
      expect(library.show(showId(1)).seasons.map(({ number }) => number)).to.deep.equal([1])
    })

    it('makes two shows one, episode by episode', () => {
      add(
        'wrong',
        ['1.mkv', '2.mkv', '3.mkv', '3.srt'],
        asEpisode('Drak', 1, 1, 0),
        asEpisode('Drak', 1, [2, 3], 1, { episodeName: 'Two' }),
        asEpisode('Drak', 2, 1, 2, { subtitles: [asSubtitle(3, 'de')] }),
      )
      add('right', ['x.mkv'], asEpisode('Dark', 1, 1, 0, { episodeName: 'Secrets' }))
      expect(rematch({ title: 'Dark', year: 2017 })).to.include({
        id: 2,
        year: 2017,
        episodeCount: 4,
        assignedCount: 4,
      })
      expect(episodes(2)).to.deep.equal(['1x1 Secrets 2', '1x2 Two 1', '1x3 null 1', '2x1 null 1'])
      expect(shown()).to.deep.equal([
        'episode Dark (2017) 1x1 Secrets: 1.mkv',
        'episode Dark (2017) 1x1 Secrets: x.mkv',
        'episode Dark (2017) 1x2-3 Two: 2.mkv',
        'episode Dark (2017) 2x1 null: 3.mkv',
        'subtitle of 2, show 2: 3.srt',
      ])
      expectError('not_found', () => library.show(showId(1)))
    })

    it('leaves a provider’s names and empty episodes behind', () => {
      add('wrong', ['1.mkv'], asEpisode('Drak', 1, [2, 3], 0))
      library.saveShow(showId(1), showMetadata('Drak', 5), null)
      add('right', ['x.mkv'], asEpisode('Dark', 1, 1, 0))
      rematch({ id: showId(2) })
      expect(episodes(2)).to.deep.equal(['1x1 null 1', '1x2 null 1', '1x3 null 1'])
    })
  })
})
