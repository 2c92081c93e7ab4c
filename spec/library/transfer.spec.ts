import { expect } from 'chai'
import fc from 'fast-check'
import { type Clock, systemClock } from '../../lib/domain/clock.ts'
import type { VersionPolicy } from '../../lib/domain/curation.ts'
import { AppError } from '../../lib/domain/errors.ts'
import { movieId, showId } from '../../lib/domain/ids.ts'
import type { Placement } from '../../lib/domain/library.ts'
import type { LibraryItem } from '../../lib/domain/library-rows.ts'
import { silentLogger } from '../../lib/domain/logger.ts'
import { type Library, openLibrary } from '../../lib/library/library.ts'
import { expectError, places } from '../contract/library.ts'
import { failureOf } from '../support/failure-of.ts'
import { ManualClock } from '../support/manual-clock.ts'
import { asEpisode, asMovie, asSubtitle, hashOf, movieMetadata, showMetadata, torrentOf } from './fixtures.ts'

const unaborted = new AbortController().signal

const PATHS = ['a.mkv', '.pad/0', 'b.mkv', 'b.srt', 'Ümlaut "c".mkv']

describe('export and import of the Library', () => {
  let clock: ManualClock
  let libraries: Library[]
  const open = (versionPolicy: VersionPolicy = 'all'): Library => {
    const library = openLibrary({ path: ':memory:', logger: silentLogger, clock, versionPolicy })
    libraries.push(library)
    return library
  }
  beforeEach(() => {
    clock = new ManualClock()
    libraries = []
  })
  afterEach(() => {
    for (const library of libraries) library.close()
  })

  /** A library of what people do. */
  function fill(library: Library): void {
    library.createMovie({ title: 'Gone', year: null })
    library.createMovie({ title: 'Empty', year: 2001, tmdbId: 7 })
    library.deleteMovie(movieId(1))
    library.createShow({
      title: 'Planned',
      year: null,
      seasons: [{ number: 0, episodes: [{ number: 3, name: null }] }],
    })
    const subtitles = [asSubtitle(3, 'pt-BR', 'forced')]
    const placements: Placement[] = [
      asMovie('Héat', 0, { year: 1995 }),
      asEpisode('Dark', 1, [2, 3], 2, { subtitles, episodeName: 'Own' }),
    ]
    library.addTorrent(torrentOf('pack', PATHS), 'magnet:?xt=1', placements, false)
    clock.advance(1000)
    library.addTorrent(torrentOf('better', PATHS), null, [asMovie('heat', 0), asMovie('Héat', 2, { year: 1995 })], true)
    library.saveMovie(movieId(3), movieMetadata('Heat (new)', { tmdbId: 949 }), null)
    library.saveShow(showId(2), showMetadata('Dark', 4), null)
    library.trash({ kind: 'show', id: showId(2) })
    library.deleteVersion({ infoHash: hashOf('better'), fileIndex: 0 })
    library.addOffline({ infoHash: hashOf('pack'), fileIndex: 4 }, 'Trip/Ü.mkv')
    library.addOffline({ infoHash: hashOf('pack'), fileIndex: 4 }, 'again.mkv')
    library.saveWatch({
      infoHash: hashOf('pack'),
      fileIndex: 0,
      positionBytes: 10,
      sizeBytes: 1000,
      watchedAtMs: 5,
      isFinished: false,
    })
    library.setPaused(hashOf('pack'), true)
  }

  it('gives an empty library all of another', async () => {
    const from = open()
    fill(from)
    const lines = [...from.exportLibrary()]
    const to = open()
    const changes: LibraryItem[][] = []
    to.onCommitted((change) => changes.push([...change.items]))
    expect(await to.importLibrary(lines, unaborted)).to.deep.equal({
      movies: { added: 3, kept: 0 },
      shows: { added: 2, kept: 0 },
      torrents: { added: 2, kept: 0 },
      assignments: 4,
    })
    expect([...to.exportLibrary()]).to.deep.equal(lines)
    expect(places(to.readAll())).to.deep.equal(places(from.readAll()))
    expect(changes).to.have.length(1)
    expect(places(to.readItems(changes.flat()))).to.deep.equal(places(to.readAll()))
    expect(to.source(hashOf('pack'))).to.deep.equal(from.source(hashOf('pack')))
    expect(to.torrent(hashOf('pack'))).to.deep.equal(from.torrent(hashOf('pack')))
    expect(to.findWatch({ infoHash: hashOf('pack'), fileIndex: 0 })).to.include({ positionBytes: 10 })
    // What files called it is known too.
    const [placed] = to.addTorrent(torrentOf('x', ['x.mkv']), null, [asMovie('HÉAT', 0, { year: 1995 })], false).placed
    expect(to.movie(placed?.movieId ?? movieId(99)).title).to.equal('Heat (new)')
  })

  it('is the same after any changes: exported, imported, exported', async () => {
    const title = fc.constantFrom('Heat', 'Dark', 'Ümlaut')
    const file = fc.record({ torrent: fc.nat(3), fileIndex: fc.constantFrom(0, 2, 4) })
    const step = fc.oneof(
      fc.record({
        kind: fc.constant('add' as const),
        torrent: fc.nat(3),
        title,
        year: fc.constantFrom(null, 1995),
        episodes: fc.option(fc.uniqueArray(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 2 })),
        fileIndex: fc.constantFrom(0, 2, 4),
        isChosen: fc.boolean(),
      }),
      fc.record({ kind: fc.constantFrom('trash', 'choose', 'delete', 'purge', 'offline', 'unsorted', 'tmdb'), file }),
    )
    const attempt = (work: () => unknown) => {
      try {
        work()
      } catch (error) {
        // Steps are taken at random: many of them find nothing.
        if (!(error instanceof AppError) || error.code === 'internal') throw error
      }
    }
    const take = (library: Library, one: typeof step extends fc.Arbitrary<infer T> ? T : never): void => {
      clock.advance(1)
      if (one.kind === 'add' && 'title' in one) {
        const { episodes, fileIndex, year } = one
        const numbers = episodes?.toSorted((a, b) => a - b)
        const placement = numbers
          ? asEpisode(one.title, 1, numbers, fileIndex, { year })
          : asMovie(one.title, fileIndex, { year, subtitles: [asSubtitle(3)] })
        library.addTorrent(torrentOf(`t${one.torrent}`, PATHS), null, [placement], one.isChosen)
        return
      }
      if (!('file' in one)) return
      const file = { infoHash: hashOf(`t${one.file.torrent}`), fileIndex: one.file.fileIndex }
      if (one.kind === 'trash') library.trash({ kind: 'file', ...file })
      if (one.kind === 'choose') library.chooseVersion(file)
      if (one.kind === 'delete') library.deleteVersion(file)
      if (one.kind === 'purge') library.purgeTrash(clock.nowMs())
      if (one.kind === 'offline') library.addOffline(file, `${file.fileIndex}/${one.file.torrent}`)
      if (one.kind === 'tmdb') library.saveMovie(movieId(1), movieMetadata('Another'), null)
      if (one.kind === 'unsorted') {
        library.match(file, { kind: 'unsorted' }, { resolution: null, source: null, subtitles: [] })
      }
    }
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 10, maxLength: 40 }),
        fc.constantFrom('all', 'best', 'smallest', 'newest'),
        async (steps, policy) => {
          const [from, to] = [open(policy), open(policy)]
          for (const one of steps) attempt(() => take(from, one))
          const lines = [...from.exportLibrary()]
          await to.importLibrary(lines, unaborted)
          expect([...to.exportLibrary()]).to.deep.equal(lines)
          expect(await to.importLibrary(lines, unaborted)).to.deep.include({ assignments: 0 })
          expect([...to.exportLibrary()]).to.deep.equal(lines)
          from.close()
          to.close()
        },
      ),
      { numRuns: 12 },
    )
  })

  it('keeps what is there, and adds what is not', async () => {
    const from = open()
    fill(from)
    const to = open('best')
    to.addTorrent(torrentOf('pack', PATHS), null, [asMovie('Mine', 0)], false)
    to.createMovie({ title: 'HÉAT', year: 1995 })
    to.createShow({ title: 'Dark', year: 2010, seasons: [{ number: 1, episodes: [{ number: 2, name: 'Mine' }] }] })
    to.addTorrent(torrentOf('small', ['s.mkv']), null, [asMovie('Empty', 0, { year: 2001, resolution: '480p' })], false)
    expect(await to.importLibrary([...from.exportLibrary()], unaborted)).to.deep.equal({
      movies: { added: 1, kept: 2 },
      shows: { added: 1, kept: 1 },
      torrents: { added: 1, kept: 1 },
      assignments: 2,
    })
    expect(to.show(showId(1)).seasons[0]?.episodes.map((one) => one.name)).to.deep.equal([
      'Name 1',
      'Mine',
      'Name 3',
      'Name 4',
    ])
    expect(places(to.readAll()).filter((place) => place.includes('Mine'))).to.deep.equal(['movie Mine (null): a.mkv'])
  })

  it('sees one state, and ends with an error when the library closes', () => {
    const library = open()
    fill(library)
    const before = [...library.exportLibrary()]
    const reading = library.exportLibrary()[Symbol.iterator]()
    const first = reading.next().value
    library.deleteTorrent(hashOf('pack'))
    const rest: string[] = [first]
    for (let next = reading.next(); !next.done; next = reading.next()) rest.push(next.value)
    expect(rest).to.deep.equal(before)
    for (const _ of library.exportLibrary()) break
    const unfinished = library.exportLibrary()[Symbol.iterator]()
    unfinished.next()
    library.close()
    expectError('aborted', () => unfinished.next())
    expectError('aborted', () => library.exportLibrary()[Symbol.iterator]().next())
  })

  describe('in many parts', () => {
    /** Time is up after each record. */
    function openHurried(versionPolicy: VersionPolicy = 'all'): Library {
      let nowMs = 0
      const hurried: Clock = { ...systemClock, nowMs: () => clock.nowMs(), monotonicMs: () => (nowMs += 1000) }
      const library = openLibrary({ path: ':memory:', logger: silentLogger, clock: hurried, versionPolicy })
      libraries.push(library)
      return library
    }
    /** Calls back between two parts. */
    function between(library: Library, part: number, work: () => void): void {
      let parts = 0
      library.onCommitted(() => {
        if (++parts === part) setImmediate(work)
      })
    }

    for (const policy of ['all', 'best'] as const) {
      it(`stores the same as in one, with the policy ${policy}`, async () => {
        const from = open()
        fill(from)
        const lines = [...from.exportLibrary()]
        const [inOne, inParts] = [open(policy), openHurried(policy)]
        const changes: LibraryItem[][] = []
        inParts.onCommitted(({ items }) => changes.push([...items]))
        const summary = await inOne.importLibrary(lines, unaborted)
        expect(await inParts.importLibrary(lines, unaborted)).to.deep.equal(summary)
        expect([...inParts.exportLibrary()]).to.deep.equal([...inOne.exportLibrary()])
        expect(changes).to.have.length(lines.length)
        expect(places(inParts.readItems(changes.flat()))).to.deep.equal(places(inOne.readAll()))
      })
    }

    it('lets others write meanwhile', async () => {
      const from = open()
      fill(from)
      const to = openHurried()
      between(to, 2, () => to.createMovie({ title: 'Mine', year: 2000 }))
      await to.importLibrary([...from.exportLibrary()], unaborted)
      expect(to.movies({ limit: 9, offset: 0 }).items.map((movie) => movie.title)).to.include('Mine')
    })

    it('leaves what was stored when it is aborted, and adds the rest the next time', async () => {
      const from = open()
      fill(from)
      const lines = [...from.exportLibrary()]
      const to = openHurried()
      const controller = new AbortController()
      const reason = new Error('enough')
      between(to, lines.length - 2, () => controller.abort(reason))
      expect(await failureOf(to.importLibrary(lines, controller.signal))).to.equal(reason)
      expect(to.counts().torrents).to.equal(1)
      await to.importLibrary(lines, unaborted)
      expect([...to.exportLibrary()]).to.deep.equal(lines)
    })

    it('has changed nothing when the document is wrong', async () => {
      const from = open()
      fill(from)
      const to = openHurried()
      const lines = [...from.exportLibrary()]
      expect(await failureOf(to.importLibrary(lines.slice(0, -1), unaborted))).to.have.property('code', 'invalid')
      expect(to.counts()).to.deep.equal({ movies: 0, shows: 0, episodes: 0, torrents: 0 })
    })

    it('fails when what it imports is deleted meanwhile, or the library closed', async () => {
      const from = open()
      fill(from)
      const lines = [...from.exportLibrary()]
      const records = lines.findIndex((line) => line.includes('"kind":"torrent"')) - 1
      for (const [code, work] of [
        ['conflict', (to: Library) => to.shows({ limit: 9, offset: 0 }).items.map(({ id }) => to.deleteShow(id))],
        ['conflict', (to: Library) => to.movies({ limit: 9, offset: 0 }).items.map(({ id }) => to.deleteMovie(id))],
        ['aborted', (to: Library) => to.close()],
      ] as const) {
        const to = openHurried()
        between(to, records, () => work(to))
        expect(await failureOf(to.importLibrary(lines, unaborted))).to.have.property('code', code)
      }
    })
  })

  it('refuses a wrong document, naming the line, and changes nothing', async () => {
    const from = open()
    fill(from)
    const lines = [...from.exportLibrary()]
    const to = open()
    const changes: unknown[] = []
    to.onCommitted((change) => changes.push(change))
    const edited = (line: number, edit: (record: { assignments: object[] }) => object): string[] =>
      lines.map((text, i) => (i === line ? JSON.stringify({ ...JSON.parse(text), ...edit(JSON.parse(text)) }) : text))
    const torrent = lines.findIndex((line) => line.includes('"name":"pack"'))
    const documents: [RegExp, Iterable<string>][] = [
      [/^line 1: .*empty/, []],
      [/^line 1: not JSON/, ['{']],
      [/^line 1: format/, ['{}']],
      [/^line 1: version/, edited(0, () => ({ version: 2 }))],
      [/^line 1: .*not whole/, lines.slice(0, -1)],
      [/^line 1: .*not whole/, edited(0, () => ({ shows: 9 }))],
      [/^line 2: year/, edited(1, () => ({ year: 'x' }))],
      [/^line 2: .*extra/, edited(1, () => ({ extra: 1 }))],
      [/^line 2: kind/, edited(1, () => ({ kind: 'none' }))],
      [/^line 2: id/, edited(1, () => ({ id: 2 }))],
      [/^line 3: id/, [lines[0] ?? '', lines[1] ?? '', ...lines.slice(1)]],
      [
        /first/,
        lines
          .toSorted((a, b) => Number(b.includes('"kind":"show"')) - Number(a.includes('"kind":"show"')))
          .toSorted((a, b) => Number(b.includes('"format"')) - Number(a.includes('"format"'))),
      ],
      [/: metadata/, edited(torrent, () => ({ metadata: '%' }))],
      [/twice/, edited(torrent, ({ assignments }) => ({ assignments: [assignments[0], ...assignments] }))],
      [/has not/, edited(torrent, () => ({ offline: [{ file: 1, path: 'pad', added_at_ms: 1 }] }))],
      [
        /has not/,
        edited(torrent, () => ({ watched: [{ file: 99, position: 1, size: 1, watched_at_ms: 1, is_finished: true }] })),
      ],
      [/below \/Offline/, edited(torrent, () => ({ offline: [{ file: 0, path: '../x', added_at_ms: 1 }] }))],
      [/not assigned/, edited(torrent, ({ assignments }) => ({ assignments: [assignments[0]] }))],
      [
        /no movie 9/,
        edited(torrent, ({ assignments }) => ({ assignments: [{ ...assignments[0], movie: 9 }], subtitles: [] })),
      ],
      [
        /an episode that its show has not/,
        edited(torrent, ({ assignments }) => ({ assignments: [{ ...assignments[1], season: 7 }] })),
      ],
      [/ascending/, edited(torrent, ({ assignments }) => ({ assignments: [{ ...assignments[1], last_episode: 1 }] }))],
      [
        /active and in the trash/,
        edited(torrent, ({ assignments }) => ({ assignments: [{ ...assignments[1], is_active: true }] })),
      ],
    ]
    for (const [message, document] of documents) {
      const failure = await failureOf(to.importLibrary(document, unaborted))
      expect(failure).to.be.instanceOf(AppError).with.property('code', 'invalid')
      expect(failure).to.have.property('message').that.matches(message)
    }
    expect(await failureOf(to.importLibrary(lines.values(), unaborted))).to.include({ code: 'internal' })
    expect(changes).to.deep.equal([])
    expect(to.counts()).to.deep.equal({ movies: 0, shows: 0, episodes: 0, torrents: 0 })
    expect(await to.importLibrary([...lines, '', ' '], unaborted)).to.deep.include({ assignments: 4 })
  })
})
