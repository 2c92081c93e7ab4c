import { expect } from 'chai'
import type { Clock } from '../../lib/domain/clock.ts'
import { AppError, type ErrorCode } from '../../lib/domain/errors.ts'
import { episodeId, movieId, showId } from '../../lib/domain/ids.ts'
import type { LibraryQueries, LibraryWriter, Page, TorrentCatalog, TorrentPage } from '../../lib/domain/library.ts'
import type { LibraryItem, LibraryReader, LibraryRow } from '../../lib/domain/library-rows.ts'
import { asEpisode, asMovie, asSubtitle, hashOf, seasonPack, torrentOf } from '../library/fixtures.ts'
import { ManualClock } from '../support/manual-clock.ts'

export interface LibraryUnderTest extends LibraryReader, LibraryQueries, TorrentCatalog, LibraryWriter {
  close(): void
}

export function expectError(code: ErrorCode, work: () => unknown): void {
  expect(work).to.throw(AppError).with.property('code', code)
}

/** A row in short: where its file shows. */
export function placeOf(row: LibraryRow): string {
  switch (row.kind) {
    case 'unsorted':
      return `unsorted ${row.torrentName}: ${row.filePath}`
    case 'subtitle':
      return `subtitle of ${row.videoIndex}, ${row.item.kind} ${row.item.id}: ${row.filePath}`
    case 'sidecar':
      return `sidecar of ${row.item.kind} ${row.item.id}: ${row.content}`
    case 'offline':
      return `offline ${row.path}: ${row.filePath}`
    case 'movie':
      return `${trash(row)}movie ${row.title} (${row.year}): ${row.filePath}`
    case 'episode': {
      const last = row.lastEpisode > row.episode ? `-${row.lastEpisode}` : ''
      return `${trash(row)}episode ${row.title} (${row.year}) ${row.season}x${row.episode}${last} ${row.name}: ${row.filePath}`
    }
  }
}

const trash = (row: { readonly isTrashed: boolean }): string => (row.isTrashed ? 'trashed ' : '')

export const places = (rows: Iterable<LibraryRow>): string[] => [...rows].map(placeOf).sort()

/** What the four library ports promise together, on any adapter. */
export function libraryContract(name: string, open: (clock: Clock) => LibraryUnderTest): void {
  describe(`${name}: the library ports`, () => {
    let clock: ManualClock
    let library: LibraryUnderTest
    let changes: LibraryItem[][]
    const shown = () => places(library.readAll())

    beforeEach(() => {
      clock = new ManualClock()
      library = open(clock)
      changes = []
      library.onCommitted((change) => changes.push([...change.items]))
    })
    afterEach(() => library.close())

    const add = (
      torrent: string,
      paths: string[],
      placements: Parameters<LibraryWriter['addTorrent']>[2],
      replaceActive = false,
    ) => library.addTorrent(torrentOf(torrent, paths), null, placements, replaceActive)

    describe('what shows', () => {
      it('is each file once: placed, or unsorted; a pad file never', () => {
        add(
          'pack',
          ['a.mkv', '.pad/1', 'b.mkv', 'c.nfo'],
          [asMovie('Heat', 0, { year: 1995 }), asEpisode('Dark', 1, 2, 2)],
        )
        expect(shown()).to.deep.equal([
          'episode Dark (null) 1x2 null: b.mkv',
          'movie Heat (1995): a.mkv',
          'unsorted pack: c.nfo',
        ])
      })

      it('holds all that a name and a place need', () => {
        add(
          'pack',
          ['x', 'dir/e.mkv'],
          [asEpisode('Dark', 0, [3, 4], 1, { year: 2017, episodeName: 'Ghosts', source: 'WEBRip' })],
        )
        const row = [...library.readAll()].find((one) => one.kind === 'episode')
        expect(row).to.include({
          infoHash: hashOf('pack'),
          fileIndex: 1,
          filePath: 'dir/e.mkv',
          sizeBytes: 1001,
          resolution: null,
          source: 'WEBRip',
          title: 'Dark',
          year: 2017,
          tmdbId: null,
          season: 0,
          episode: 3,
          lastEpisode: 4,
          name: 'Ghosts',
        })
      })

      it('is the same by item as altogether', () => {
        add('one', ['a', 'b', 'c'], [asMovie('Heat', 0), asEpisode('Dark', 1, 1, 1)])
        add('two', ['d', 'e'], [asEpisode('Dark', 2, 1, 1)])
        const items = changes.flat()
        expect(places(library.readItems([...items, ...items]))).to.deep.equal(shown())
        expect(places(library.readItems([{ kind: 'show', id: showId(99) }]))).to.deep.equal([])
      })
    })

    describe('addTorrent', () => {
      it('answers with what it made, one entry a placement', () => {
        const added = add('pack', ['a', 'b', 'c'], [asEpisode('Dark', 1, [1, 2], 2), asMovie('Heat', 0)])
        expect(added.movies.map((movie) => movie.title)).to.deep.equal(['Heat'])
        expect(added.shows[0]).to.include({ title: 'Dark', seasonCount: 1, episodeCount: 2, assignedCount: 2 })
        expect(added.placed.map((file) => file.fileIndex)).to.deep.equal([2, 0])
        expect(added.placed[0]?.episodeIds).to.have.length(2)
        expect(added.placed[1]?.movieId).to.equal(added.movies[0]?.id)
      })

      it('finds a title in whatever case and unicode form', () => {
        add('one', ['a'], [asMovie('Amélie', 0, { year: 2001 })])
        add('two', ['b'], [asMovie('AME\u0301LIE', 0, { year: 2001 })])
        expect(library.counts().movies).to.equal(1)
      })

      it('takes the same title of another year for another item', () => {
        add('one', ['a'], [asMovie('Dune', 0, { year: 1984 })])
        add('two', ['b'], [asMovie('Dune', 0, { year: 2021 })])
        expect(library.counts().movies).to.equal(2)
      })

      it('joins a title without a year to the only item of the title, either way round', () => {
        add('one', ['a'], [asEpisode('Dark', 1, 1)])
        add('two', ['b'], [asEpisode('Dark', 2, 1, 0, { year: 2017 })])
        add('three', ['c'], [asEpisode('Dark', 3, 1)])
        const { items } = library.shows({ limit: 10, offset: 0 })
        expect(items).to.have.length(1)
        expect(items[0]).to.include({ year: 2017, seasonCount: 3 })
      })

      it('keeps a title without a year apart where two years could be meant', () => {
        add('one', ['a'], [asMovie('Dune', 0, { year: 1984 })])
        add('two', ['b'], [asMovie('Dune', 0, { year: 2021 })])
        add('three', ['c'], [asMovie('Dune')])
        add('four', ['d'], [asMovie('Dune')])
        expect(library.movies({ limit: 9, offset: 0 }).items.map((movie) => movie.year)).to.have.members([
          1984,
          2021,
          null,
        ])
      })

      it('lets versions stand side by side, or puts the former one aside', () => {
        add('one', ['a'], [asMovie('Heat')])
        add('two', ['b'], [asMovie('Heat')])
        expect(shown()).to.have.length(2)
        add('three', ['c'], [asMovie('Heat')], true)
        expect(shown()).to.deep.equal(['movie Heat (null): c'])
        expect(library.movie(movieId(1)).assignments.map((one) => one.isChosen)).to.deep.equal([true, false, false])
        expect(changes.at(-1)).to.deep.equal([{ kind: 'movie', id: 1 }])
      })

      it('replaces a double episode only by files that bring both', () => {
        add('double', ['d'], [asEpisode('Dark', 1, [1, 2])])
        add('first', ['a'], [asEpisode('Dark', 1, 1)], true)
        expect(shown()).to.have.members(['episode Dark (null) 1x1-2 null: d', 'episode Dark (null) 1x1 null: a'])
        add('both', ['x', 'y'], [asEpisode('Dark', 1, 1, 0), asEpisode('Dark', 1, 2, 1)], true)
        expect(shown()).to.deep.equal(['episode Dark (null) 1x1 null: x', 'episode Dark (null) 1x2 null: y'])
      })

      it('adds placements to a torrent that is there, moving a file that is placed', () => {
        add('pack', ['a', 'b'], [asMovie('Heat', 0)])
        add('pack', ['a', 'b'], [asMovie('Ronin', 0), asMovie('Heat', 1)])
        expect(shown()).to.deep.equal(['movie Heat (null): b', 'movie Ronin (null): a'])
        expect(changes.at(-1)).to.have.deep.members([
          { kind: 'movie', id: 1 },
          { kind: 'movie', id: 2 },
          { kind: 'unsorted', infoHash: hashOf('pack') },
        ])
      })

      it('keeps a name that an episode has', () => {
        library.createShow({
          title: 'Dark',
          year: null,
          seasons: [
            {
              number: 1,
              episodes: [
                { number: 1, name: 'Secrets' },
                { number: 2, name: null },
              ],
            },
          ],
        })
        const named = { episodeName: 'from.the.file' }
        add('pack', ['a', 'b'], [asEpisode('Dark', 1, 1, 0, named), asEpisode('Dark', 1, 2, 1, named)])
        expect(shown()).to.deep.equal([
          'episode Dark (null) 1x1 Secrets: a',
          'episode Dark (null) 1x2 from.the.file: b',
        ])
      })

      it('changes nothing when it fails', () => {
        const before = library.counts()
        const pack = torrentOf('pack', ['a', '.pad/1', 'b'])
        const attempts: [ErrorCode, Parameters<LibraryWriter['addTorrent']>[2]][] = [
          ['not_found', [asMovie('Heat', 0), asMovie('', 2, { movieId: movieId(9) })]],
          ['not_found', [asEpisode('', 1, 1, 0, { showId: showId(9) })]],
          ['invalid', [asMovie('Heat', 7)]],
          ['invalid', [asMovie('Heat', 1)]],
          ['invalid', [asMovie('Heat', 0), asMovie('Ronin', 0)]],
          ['invalid', [asMovie('Heat', 0), asMovie(' ', 2)]],
          ['invalid', [asMovie('Heat', 0, { year: 1995.5 })]],
          ['invalid', [asEpisode('Dark', 1, [])]],
          ['invalid', [asEpisode('Dark', 1, [2, 1])]],
          ['invalid', [asEpisode('Dark', -1, 1)]],
          ['invalid', [asEpisode('Dark', 1, [1, 1_000_000_000])]],
        ]
        for (const [code, placements] of attempts) {
          expectError(code, () => library.addTorrent(pack, null, placements, true))
          expect(library.counts()).to.deep.equal(before)
        }
        expect(shown()).to.deep.equal([])
        expect(changes).to.deep.equal([])
      })
    })

    describe('movies and shows', () => {
      it('are created once by title and year, and by TMDB id', () => {
        library.createMovie({ title: 'Heat', year: 1995, tmdbId: 949 })
        library.createMovie({ title: 'Heat', year: null })
        expectError('conflict', () => library.createMovie({ title: 'hEAT', year: 1995 }))
        expectError('conflict', () => library.createMovie({ title: 'heat ', year: null }))
        expectError('conflict', () => library.createMovie({ title: 'Other', year: 1996, tmdbId: 949 }))
        expectError('invalid', () => library.createMovie({ title: '', year: null }))
        const seasons = [
          {
            number: 1,
            episodes: [
              { number: 1, name: 'a' },
              { number: 1, name: 'b' },
            ],
          },
        ]
        expectError('invalid', () => library.createShow({ title: 'Dark', year: null, seasons }))
        expect(library.counts()).to.deep.equal({ movies: 2, shows: 0, episodes: 0, torrents: 0 })
      })

      it('are paged by title and searched anywhere in it', () => {
        for (const title of ['The 100%', 'Straße', 'a_b', 'The Wire', 'axb']) library.createMovie({ title, year: null })
        const found = (query: string, limit = 10) => library.movies({ limit, offset: 0, query })
        expect(found('the').items.map((movie) => movie.title)).to.deep.equal(['The 100%', 'The Wire'])
        expect(found('the', 1)).to.deep.include({ total: 2 })
        expect(found('0%').total).to.equal(1)
        expect(found('A_B').total).to.equal(1)
        expect(found('STRASSE').total).to.equal(1)
        expect(found('').total).to.equal(5)
        expect(library.movies({ limit: 2, offset: 4 }).items.map((movie) => movie.title)).to.deep.equal(['The Wire'])
        expectError('invalid', () => library.movies({ limit: -1, offset: 0 }))
      })

      it('are sorted and filtered', () => {
        for (const [title, year] of [
          ['C', 1990],
          ['A', 2010],
          ['B', null],
        ] as const) {
          library.createMovie({ title, year })
          clock.advance(2)
        }
        add('x', ['b'], [asMovie('B')])
        const titles = (page: Partial<Page>) => {
          const { items, total } = library.movies({ limit: 10, offset: 0, ...page })
          expect(total).to.equal(items.length)
          return items.map((movie) => movie.title).join('')
        }
        expect(titles({})).to.equal('ABC')
        expect(titles({ isDescending: true })).to.equal('CBA')
        expect(titles({ sort: 'added' })).to.equal('BAC')
        expect(titles({ sort: 'added', isDescending: false })).to.equal('CAB')
        expect(titles({ sort: 'year' })).to.equal('ACB')
        expect(titles({ year: 1990 })).to.equal('C')
        expect(titles({ isAssigned: true })).to.equal('B')
        expect(titles({ isAssigned: false, sort: 'year' })).to.equal('AC')
        expect(titles({ isAssigned: false, query: 'a' })).to.equal('A')
        add('y', ['d', 'e'], [asEpisode('D', 1, 1, 0, { year: 2000 }), asEpisode('D', 1, 2, 1, { year: 2000 })])
        library.createShow({ title: 'E', year: 2000, seasons: [{ number: 1, episodes: [{ number: 1, name: null }] }] })
        const shows = (page: Partial<Page>) => library.shows({ limit: 10, offset: 0, ...page }).items
        expect(shows({ isDescending: true }).map((show) => show.title)).to.deep.equal(['E', 'D'])
        expect(shows({ isAssigned: true }).map((show) => show.assignedCount)).to.deep.equal([2])
        expect(shows({ isAssigned: false, year: 2000 }).map((show) => show.title)).to.deep.equal(['E'])
        expect(shows({ year: 2001 })).to.deep.equal([])
      })

      it('show a double episode under both of its numbers', () => {
        const { shows } = add('pack', ['a'], [asEpisode('Dark', 1, [1, 2])])
        const show = library.show(shows[0]?.id ?? showId(1))
        const [first, second] = show.seasons[0]?.episodes ?? []
        expect(first?.assignments).to.deep.equal(second?.assignments).and.have.length(1)
        expect(library.episode(second?.id ?? episodeId(1)).episode).to.deep.equal(second)
      })

      it('give their files back to /Unsorted when unassigned or deleted', () => {
        add('pack', ['a', 'b', 'c'], [asMovie('Heat', 0), asEpisode('Dark', 1, [1, 2], 1), asEpisode('Dark', 2, 1, 2)])
        library.unassignEpisode(library.show(showId(1)).seasons[0]?.episodes[1]?.id ?? episodeId(99))
        expect(shown().slice(-1)).to.deep.equal(['unsorted pack: b'])
        const unsorted = { kind: 'unsorted', infoHash: hashOf('pack') }
        expect(changes.at(-1)).to.have.deep.members([{ kind: 'show', id: 1 }, unsorted])
        library.unassignMovie(movieId(1))
        expect(library.movie(movieId(1)).assignments).to.deep.equal([])
        expect(changes.at(-1)).to.have.deep.members([{ kind: 'movie', id: 1 }, unsorted])
        library.deleteShow(showId(1))
        expect(changes.at(-1)).to.have.deep.members([{ kind: 'show', id: 1 }, unsorted])
        library.deleteMovie(movieId(1))
        expect(shown()).to.deep.equal(['unsorted pack: a', 'unsorted pack: b', 'unsorted pack: c'])
        expect(library.counts()).to.deep.equal({ movies: 0, shows: 0, episodes: 0, torrents: 1 })
      })

      it('fail with not_found by an id that is none', () => {
        for (const work of [
          () => library.movie(movieId(1)),
          () => library.show(showId(1)),
          () => library.episode(episodeId(1)),
          () => library.deleteMovie(movieId(1)),
          () => library.deleteShow(showId(1)),
          () => library.unassignMovie(movieId(1)),
          () => library.unassignEpisode(episodeId(1)),
          () => library.torrent(hashOf('none')),
          () => library.deleteTorrent(hashOf('none')),
          () => library.setPaused(hashOf('none'), true),
        ]) {
          expectError('not_found', work)
        }
        expect(library.findTorrent(hashOf('none'))).to.equal(undefined)
        expect(library.source(hashOf('none'))).to.equal(undefined)
        expect(changes).to.deep.equal([])
      })

      it('never use an id again', () => {
        const { id } = library.createMovie({ title: 'Heat', year: null })
        library.deleteMovie(id)
        expect(library.createMovie({ title: 'Ronin', year: null }).id).to.be.above(id)
      })
    })

    describe('torrents', () => {
      it('keep their metadata, magnet, files and pause', () => {
        const info = torrentOf('pack', ['a', '.pad/1', 'b'])
        library.addTorrent(info, 'magnet:?xt=1', [asEpisode('Dark', 2, 5, 2)], false)
        const { infoHash } = info
        expect(library.torrent(infoHash)).to.deep.include({
          name: 'pack',
          magnetUri: 'magnet:?xt=1',
          files: info.files,
        })
        const source = library.source(infoHash)
        expect(source?.magnetUri).to.equal('magnet:?xt=1')
        expect(Buffer.from(source?.metadata ?? [])).to.deep.equal(Buffer.from(info.metadata))
        library.setPaused(infoHash, true)
        expect(library.states()).to.deep.equal([{ infoHash, isPaused: true }])
        expect(library.torrents({ limit: 9, offset: 0 }).items.map((torrent) => torrent.isPaused)).to.deep.equal([true])
        expect(library.placedFiles(infoHash)).to.deep.equal([
          {
            fileIndex: 2,
            filePath: 'b',
            sizeBytes: 1002,
            resolution: null,
            item: { kind: 'episode', id: 1, showId: 1, season: 2, episode: 5 },
            subtitles: [],
          },
        ])
      })

      it('are paged by name, size or time, and searched anywhere in their names', () => {
        for (const [name, paths] of [
          ['b.Film', ['1', '2']],
          ['Another', ['1', '2', '3']],
          ['c.film', ['1']],
        ] as const) {
          add(name, [...paths], [])
          clock.advance(2)
        }
        const names = (page: Partial<TorrentPage>) =>
          library.torrents({ limit: 10, offset: 0, ...page }).items.map((torrent) => torrent.name)
        expect(names({})).to.deep.equal(['Another', 'b.Film', 'c.film'])
        expect(names({ isDescending: true })).to.deep.equal(['c.film', 'b.Film', 'Another'])
        expect(names({ sort: 'size' })).to.deep.equal(['Another', 'b.Film', 'c.film'])
        expect(names({ sort: 'added' })).to.deep.equal(['c.film', 'Another', 'b.Film'])
        expect(names({ sort: 'added', isDescending: false })).to.deep.equal(['b.Film', 'Another', 'c.film'])
        expect(names({ query: 'FILM' })).to.deep.equal(['b.Film', 'c.film'])
        const page = library.torrents({ limit: 1, offset: 1 })
        expect(page).to.deep.equal({ items: [library.torrent(hashOf('b.Film'))], total: 3 })
        expect(library.torrents({ limit: 9, offset: 9, query: '%' })).to.deep.equal({ items: [], total: 0 })
        expectError('invalid', () => library.torrents({ limit: 1, offset: -1 }))
      })

      it('take their files and assignments with them', () => {
        add('pack', ['a', 'b', 'c'], [asMovie('Heat', 0), asEpisode('Dark', 1, 1, 1)])
        library.deleteTorrent(hashOf('pack'))
        expect(shown()).to.deep.equal([])
        expect(changes.at(-1)).to.have.deep.members([
          { kind: 'movie', id: 1 },
          { kind: 'show', id: 1 },
          { kind: 'unsorted', infoHash: hashOf('pack') },
        ])
        expect(library.counts()).to.deep.equal({ movies: 1, shows: 1, episodes: 1, torrents: 0 })
      })
    })

    describe('subtitles', () => {
      const paths = ['a.mkv', 'b.mkv', 'a.srt', 'b.srt', 'c.txt']
      const withBoth = [
        asMovie('Heat', 0, { subtitles: [asSubtitle(2, 'en', 'forced')] }),
        asEpisode('Dark', 1, [1, 2], 1, { subtitles: [asSubtitle(3, null, 'sdh', 'commentary')] }),
      ]
      const ofHeat = 'subtitle of 0, movie 1: a.srt'
      const ofDark = 'subtitle of 1, show 1: b.srt'

      it('show with their video, told in both reads alike', () => {
        const added = add('pack', paths, withBoth)
        expect(added.placed).to.have.length(2)
        expect(shown().slice(2)).to.deep.equal([ofHeat, ofDark, 'unsorted pack: c.txt'])
        const row = [...library.readAll()].find((one) => one.kind === 'subtitle' && one.fileIndex === 3)
        expect(row).to.deep.equal({
          kind: 'subtitle',
          item: { kind: 'show', id: 1 },
          infoHash: hashOf('pack'),
          fileIndex: 3,
          filePath: 'b.srt',
          sizeBytes: 1003,
          assignedAtMs: row?.kind === 'subtitle' ? row.assignedAtMs : 0,
          videoIndex: 1,
          language: null,
          isForced: false,
          isHearingImpaired: true,
          isCommentary: true,
        })
        expect([...library.readItems(changes.flat())]).to.have.deep.members([...library.readAll()])
        expect(library.placedFiles(hashOf('pack')).map((file) => file.subtitles)).to.deep.equal([
          [{ ...asSubtitle(2, 'en', 'forced'), filePath: 'a.srt', sizeBytes: 1002 }],
          [{ ...asSubtitle(3, null, 'sdh', 'commentary'), filePath: 'b.srt', sizeBytes: 1003 }],
        ])
      })

      it('leave nothing unsorted when everything is placed', () => {
        add('pack', paths.slice(0, 4), withBoth)
        expect(changes.at(-1)).to.have.deep.members([
          { kind: 'movie', id: 1 },
          { kind: 'show', id: 1 },
        ])
      })

      it('go to /Unsorted with their video, however it goes', () => {
        add('pack', paths, withBoth)
        library.unassignMovie(movieId(1))
        expect(shown()).to.include.members(['unsorted pack: a.srt', 'unsorted pack: a.mkv', ofDark])
        library.unassignEpisode(library.show(showId(1)).seasons[0]?.episodes[1]?.id ?? episodeId(99))
        expect(shown()).to.include.members(['unsorted pack: b.srt', 'unsorted pack: b.mkv'])
        add('pack', paths, withBoth)
        expect(shown()).to.include.members([ofHeat, ofDark])
        library.deleteShow(showId(1))
        library.deleteMovie(movieId(1))
        expect(shown()).to.deep.equal(paths.map((path) => `unsorted pack: ${path}`).sort())
        library.deleteTorrent(hashOf('pack'))
        expect(shown()).to.deep.equal([])
      })

      it('are put aside with a version that is replaced', () => {
        add('pack', paths, withBoth)
        add('better', ['h.mkv', 'h.srt'], [asMovie('Heat', 0, { subtitles: [asSubtitle(1, 'en')] })], true)
        expect(shown()).to.include.members(['subtitle of 0, movie 1: h.srt', ofDark])
        expect(shown()).to.not.include.members([ofHeat]).and.not.include('unsorted pack: a.srt')
      })

      it('follow a video that is moved to another item, or go to another video', () => {
        add('pack', paths, withBoth)
        add('pack', paths, [asMovie('Ronin', 0)])
        expect(shown()).to.include('subtitle of 0, movie 2: a.srt')
        expect(changes.at(-1)).to.deep.include({ kind: 'movie', id: 1 })
        add('pack', paths, [asEpisode('Dark', 1, 1, 1, { subtitles: [asSubtitle(2, 'en')] })])
        expect(shown()).to.include.members(['subtitle of 1, show 1: a.srt', ofDark])
        expect(changes.at(-1)).to.deep.include({ kind: 'movie', id: 2 })
      })

      it('are either that or a file of their own', () => {
        add('pack', paths, withBoth)
        add('pack', paths, [asMovie('Text', 2)])
        expect(shown()).to.include('movie Text (null): a.srt').and.not.include(ofHeat)
        add('pack', paths, withBoth)
        expect(shown()).to.include('movie Text (null): a.srt').and.not.include(ofHeat)
        expect([...library.readAll()]).to.have.length(paths.length)
      })

      it('are refused when they are no free file of the torrent', () => {
        for (const fileIndex of [0, 9]) {
          const wrong = asMovie('Heat', 0, { subtitles: [asSubtitle(fileIndex)] })
          expectError('invalid', () => add('pack', paths, [wrong]))
        }
        expect(changes).to.deep.equal([])
      })
    })

    describe('onCommitted', () => {
      it('tells every listener of each commit in order, also of one made by a listener, and not after dispose', () => {
        const heard: string[] = []
        let isFirst = true
        const writing = library.onCommitted(() => {
          if (isFirst) {
            isFirst = false
            library.deleteMovie(movieId(1))
          }
        })
        const late = library.onCommitted((change) => heard.push(change.items.map((item) => item.kind).join('+')))
        add('pack', ['a'], [asMovie('Heat')])
        expect(heard).to.deep.equal(['movie', 'movie+unsorted'])
        writing.dispose()
        late.dispose()
        library.deleteTorrent(hashOf('pack'))
        expect(heard).to.have.length(2)
      })

      it('names no unsorted files where there are none', () => {
        library.addTorrent(...pack(seasonPack('Dark', 1, 3)))
        expect(changes).to.deep.equal([[{ kind: 'show', id: 1 }]])
      })
    })
  })
}

const pack = ([info, placements]: ReturnType<typeof seasonPack>) => [info, null, placements, false] as const
