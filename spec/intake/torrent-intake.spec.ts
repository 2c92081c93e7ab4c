import { stat } from 'node:fs'
import { expect } from 'chai'
import { systemClock } from '../../lib/domain/clock.ts'
import { AppError, type ErrorCode } from '../../lib/domain/errors.ts'
import { episodeId, type InfoHash, movieId, showId } from '../../lib/domain/ids.ts'
import type { IntakeResult, IntakeTarget, MatchedFile } from '../../lib/domain/intake.ts'
import { silentLogger } from '../../lib/domain/logger.ts'
import { nextTurn } from '../../lib/domain/slices.ts'
import { identifier } from '../../lib/identify/identifier.ts'
import { subtitleMatcher } from '../../lib/identify/subtitle-matcher.ts'
import { TorrentIntake } from '../../lib/intake/torrent-intake.ts'
import { type Library, openLibrary } from '../../lib/library/library.ts'
import { parseMagnet, parseTorrentMetadata, parsingTorrentMetadata } from '../../lib/torrent/metadata/parse-metadata.ts'
import { places } from '../contract/library.ts'
import { failureOf } from '../support/failure-of.ts'
import { FakeEngine, FakeTorrent } from '../support/fake-torrent.ts'
import { type FilesTorrent, makeFilesTorrent } from '../support/files-torrent.ts'
import { ManualClock } from '../support/manual-clock.ts'

const ADD_TIMEOUT_MS = 60_000
const unaborted = new AbortController().signal

/** Files as `path` or `path|size`. */
const torrentOf = (name: string, paths: readonly string[]): FilesTorrent =>
  makeFilesTorrent(
    name,
    paths.map((line, index) => {
      const [path = '', size = `${1000 + index}`] = line.split('|')
      return { path, bytes: Buffer.alloc(Number(size), index) }
    }),
  )

const film = torrentOf('The.Film.2019.1080p.BluRay.x264-GRP', ['The.Film.2019.1080p.BluRay.x264-GRP.mkv|5000'])
const season = torrentOf('Show.S01.720p.WEB-DL', ['Show.S01E01.720p.mkv', 'Show.S01E02.720p.mkv', 'Show.S01E03E04.mkv'])

describe('TorrentIntake', () => {
  let clock: ManualClock
  let library: Library
  let engine: FakeEngine
  let added: InfoHash[]
  let intake: TorrentIntake
  let known: Map<InfoHash, FilesTorrent>

  beforeEach(() => {
    clock = new ManualClock()
    library = openLibrary({ path: ':memory:', logger: silentLogger, clock })
    known = new Map()
    engine = new FakeEngine(({ infoHash }) => {
      const torrent = known.get(infoHash)
      if (!torrent) throw new AppError('internal', 'no such torrent in this spec')
      return new FakeTorrent({
        content: torrent.content,
        pieceBytes: 1 << 16,
        info: parseTorrentMetadata(torrent.metadata),
      })
    })
    added = []
    intake = new TorrentIntake({
      engine,
      library,
      identifier,
      subtitles: subtitleMatcher,
      parser: { metadata: parsingTorrentMetadata, magnet: parseMagnet },
      onAdded: (infoHash) => added.push(infoHash),
      clock,
      logger: silentLogger,
      addTimeoutMs: ADD_TIMEOUT_MS,
    })
  })
  afterEach(async () => {
    await engine.close()
    library.close()
  })

  const addFile = (torrent: FilesTorrent, target?: IntakeTarget): Promise<IntakeResult> =>
    intake.add({ metadata: torrent.metadata }, target, unaborted)
  const addMagnet = (torrent: FilesTorrent, target?: IntakeTarget, signal = unaborted): Promise<IntakeResult> => {
    known.set(torrent.infoHash, torrent)
    return intake.add({ magnetUri: torrent.magnetUri }, target, signal)
  }
  const expectFailure = async (code: ErrorCode, work: Promise<unknown>): Promise<void> => {
    expect(await failureOf(work))
      .to.be.instanceOf(AppError)
      .with.property('code', code)
  }
  /** Closed until called. */
  const closeGate = (): (() => void) => {
    let open = () => {}
    engine.gate = new Promise((resolve) => {
      open = resolve
    })
    return () => open()
  }
  /** What an add does before it asks the swarm. */
  const begun = async () => {
    for (let turns = 0; turns < 3; turns++) await nextTurn()
  }
  const paths = (torrent: FilesTorrent): string[] => torrent.files.map((file) => `${torrent.name}/${file.path}`)
  const matched = (result: IntakeResult): string[] => result.matched.map((file) => file.filePath)
  const expectNothingStored = () => {
    expect(library.counts()).to.deep.equal({ movies: 0, shows: 0, episodes: 0, torrents: 0 })
    expect(added).to.deep.equal([])
    expect(engine.get(film.infoHash)).to.equal(undefined)
  }

  describe('without a target', () => {
    it('takes a .torrent without asking any peer', async () => {
      const result = await addFile(film)
      expect(result).to.deep.include({ infoHash: film.infoHash, name: film.name, isNew: true, unmatched: [] })
      expect(result.movies.map(({ title, year }) => [title, year])).to.deep.equal([['The Film', 2019]])
      expect(result.matched).to.deep.include.members([
        {
          movieId: movieId(1),
          filePath: paths(film)[0] ?? '',
          fileSizeBytes: 5000,
          resolution: '1080p',
          confidence: result.matched[0]?.confidence ?? 0,
          subtitles: [],
        } satisfies MatchedFile,
      ])
      expect(engine.opened).to.deep.equal([])
      expect(added).to.deep.equal([film.infoHash])
      expect(library.torrent(film.infoHash).magnetUri).to.equal(null)
    })

    it('asks the swarm for the metadata of a magnet, and keeps both', async () => {
      const result = await addMagnet(season)
      expect(result.matched.map((file) => [file.season, file.episode])).to.deep.equal([
        [1, 1],
        [1, 2],
        [1, 3],
      ])
      expect(result.shows[0]).to.include({ title: 'Show', episodeCount: 4, assignedCount: 4 })
      expect(engine.opened).to.deep.equal([season.infoHash])
      const source = library.source(season.infoHash)
      expect(source?.magnetUri).to.equal(season.magnetUri)
      expect(parseTorrentMetadata(source?.metadata ?? new Uint8Array()).infoHash).to.equal(season.infoHash)
      expect(clock.pendingTimers).to.equal(0)
    })

    it('finds a second add done, whichever way it comes, and changes nothing', async () => {
      await addMagnet(film)
      const before = places(library.readAll())
      const commits: unknown[] = []
      library.onCommitted((change) => commits.push(change))
      for (const again of [await addMagnet(film), await addFile(film)]) {
        expect(again).to.deep.include({ isNew: false, name: film.name, unmatched: [] })
        expect(matched(again)).to.deep.equal(paths(film))
        expect(again.movies.map((movie) => movie.title)).to.deep.equal(['The Film'])
      }
      expect(places(library.readAll())).to.deep.equal(before)
      expect(commits).to.deep.equal([])
      expect(engine.opened).to.have.length(1)
      expect(added).to.have.length(1)
    })

    it('leaves what is no film and no episode, saying why', async () => {
      const mixed = torrentOf('Mixed.2001.1080p', [
        'Mixed.2001.1080p.mkv|90000',
        'Sample/mixed.2001.sample.mkv|900',
        'Featurettes/Making of.mkv|9000',
        'cover.jpg',
        'Mixed.2001.1080p.en.srt',
      ])
      const result = await addFile(mixed)
      expect(matched(result)).to.deep.equal(paths(mixed).slice(0, 1))
      expect(result.matched[0]?.subtitles).to.deep.equal([
        {
          filePath: paths(mixed)[4],
          fileSizeBytes: 1004,
          language: 'en',
          isForced: false,
          isHearingImpaired: false,
          isCommentary: false,
        },
      ])
      expect(result.unmatched.map((file) => file.reason)).to.deep.equal(['sample', 'extra', 'not_video'])
      const again = await addFile(mixed)
      expect(again.matched[0]?.subtitles).to.deep.equal(result.matched[0]?.subtitles)
      expect(again.unmatched.map((file) => file.filePath)).to.deep.equal(result.unmatched.map((file) => file.filePath))
      expect(places(library.readAll())).to.include(`subtitle of 0, movie 1: ${paths(mixed)[4]}`)
    })

    it('keeps subtitles of several languages and an index with its pictures, each with its episode', async () => {
      const pack = torrentOf('Show.S01.1080p', [
        'Show.S01E01.1080p.mkv',
        'Show.S01E02.1080p.mkv',
        'Subs/Show.S01E01.1080p/2_English.srt',
        'Subs/Show.S01E01.1080p/3_French.srt',
        'Subs/Show.S01E02.1080p/vobsub.idx',
        'Subs/Show.S01E02.1080p/vobsub.sub',
        'Subs/Show.S01E07.1080p/2_English.srt',
      ])
      const result = await addFile(pack)
      expect(result.matched.map((file) => file.subtitles.map((subtitle) => subtitle.language))).to.deep.equal([
        ['en', 'fr'],
        [null, null],
      ])
      expect(result.unmatched).to.deep.equal([
        { filePath: paths(pack)[6], reason: 'subtitle', season: null, episode: null },
      ])
    })

    it('never tells of pad files', async () => {
      const padded = torrentOf('Show.S02', ['Show.S02E01.mkv', '_____padding_file_0', 'Show.S02E02.mkv'])
      const results = [await addFile(padded), await addFile(padded)]
      expect(results.map((result) => result.isNew)).to.deep.equal([true, false])
      for (const result of results) {
        expect(matched(result)).to.deep.equal([paths(padded)[0], paths(padded)[2]])
        expect(result.unmatched).to.deep.equal([])
      }
      expect(places(library.readAll())).to.have.length(2)
    })

    it('stores a torrent of which nothing is understood: all of it is unsorted', async () => {
      const strange = torrentOf('xyz', ['readme.txt', 'b.bin'])
      const result = await addFile(strange)
      expect(result).to.deep.include({ isNew: true, matched: [], movies: [], shows: [] })
      expect(places(library.readAll())).to.deep.equal(['unsorted xyz: xyz/b.bin', 'unsorted xyz: xyz/readme.txt'])
    })
  })

  describe('for an item', () => {
    it('gives a movie its largest video, with its subtitles, in place of the version before', async () => {
      const { id } = library.createMovie({ title: 'Le Film', year: 2019 })
      await addFile(torrentOf('Le.Film.2019.720p', ['Le.Film.2019.720p.mkv']), { kind: 'movie', id })
      const better = torrentOf('whatever', ['a.mkv|3000', 'b.mkv|9000', 'b.en.srt', 'a.en.srt'])
      const result = await addFile(better, { kind: 'movie', id })
      expect(result.matched).to.have.length(1)
      expect(result.matched[0]).to.include({ movieId: id, filePath: 'whatever/b.mkv', confidence: 1 })
      expect(result.matched[0]?.subtitles.map((subtitle) => subtitle.filePath)).to.deep.equal(['whatever/b.en.srt'])
      expect(result.unmatched.map((file) => file.filePath)).to.deep.equal(['whatever/a.mkv', 'whatever/a.en.srt'])
      const active = library.movie(id).assignments.filter((one) => one.isActive)
      expect(active.map((one) => one.filePath)).to.deep.equal(['whatever/b.mkv'])
    })

    it('gives it the file that is named, and fails with `invalid` for one that is not there', async () => {
      const { id } = library.createMovie({ title: 'Le Film', year: 2019 })
      const two = torrentOf('two', ['a.mkv|3000', 'b.mkv|9000'])
      const result = await addFile(two, { kind: 'movie', id, filePath: 'two/a.mkv' })
      expect(matched(result)).to.deep.equal(['two/a.mkv'])
      await expectFailure('invalid', addFile(film, { kind: 'movie', id, filePath: 'two/a.mkv' }))
      expect(library.findTorrent(film.infoHash)).to.equal(undefined)
      await expectFailure('invalid', addFile(torrentOf('text', ['a.txt']), { kind: 'movie', id }))
    })

    it('gives a show its episodes, by the numbers that it has', async () => {
      const episodes = (count: number) => Array.from({ length: count }, (_, i) => ({ number: i + 1, name: null }))
      const show = library.createShow({
        title: 'Counted',
        year: null,
        seasons: [
          { number: 1, episodes: episodes(12) },
          { number: 2, episodes: episodes(12) },
        ],
      })
      const pack = torrentOf('[Grp] Another Name 13-14', [
        '[Grp] Another Name - 13.mkv',
        '[Grp] Another Name - 14.mkv',
        '[Grp] Another Name - 14.ass',
      ])
      const result = await addFile(pack, { kind: 'show', id: show.id })
      expect(result.matched.map((file) => [file.showId, file.season, file.episode])).to.deep.equal([
        [show.id, 2, 1],
        [show.id, 2, 2],
      ])
      expect(result.matched[1]?.subtitles).to.have.length(1)
      expect(library.counts()).to.include({ shows: 1, episodes: 24 })
    })

    it('gives an episode its file of a pack, both numbers of a double one, and guesses none', async () => {
      const seasons = [{ number: 1, episodes: [2, 3, 4, 9].map((number) => ({ number, name: null })) }]
      const show = library.createShow({ title: 'Show', year: null, seasons })
      const target = (index: number, filePath?: string): IntakeTarget => ({
        kind: 'episode',
        id: show.seasons[0]?.episodes[index]?.id ?? episodeId(99),
        ...(filePath === undefined ? {} : { filePath }),
      })
      expect(matched(await addFile(season, target(0)))).to.deep.equal([paths(season)[1]])
      await addFile(season, target(2))
      const held = library.show(show.id).seasons[0]?.episodes.map((one) => one.assignments.length)
      expect(held).to.deep.equal([1, 1, 1, 0])
      await expectFailure('invalid', addFile(season, target(3)))
      expect(matched(await addFile(season, target(3, paths(season)[0])))).to.deep.equal([paths(season)[0]])
      const single = torrentOf('abc', ['abc.mkv|9000', 'sample.mkv|10'])
      expect(matched(await addFile(single, target(3)))).to.deep.equal(['abc/abc.mkv'])
    })

    it('extends a torrent that is there, from the metadata that is stored', async () => {
      await addFile(season)
      const { id } = library.createMovie({ title: 'Other', year: null })
      const filePath = paths(season)[0] ?? ''
      const result = await addMagnet(season, { kind: 'movie', id, filePath })
      expect(result).to.include({ isNew: false })
      expect(matched(result)).to.deep.equal([filePath])
      expect(engine.opened).to.deep.equal([])
      expect(added).to.have.length(1)
    })

    it('asks no peer for an item that is not there', async () => {
      await expectFailure('not_found', addMagnet(film, { kind: 'movie', id: movieId(9) }))
      await expectFailure('not_found', addMagnet(film, { kind: 'show', id: showId(9) }))
      await expectFailure('not_found', addMagnet(film, { kind: 'episode', id: episodeId(9) }))
      expect(engine.opened).to.deep.equal([])
      expectNothingStored()
    })
  })

  describe('that fails', () => {
    it('refuses what is no torrent and no magnet', async () => {
      await expectFailure('invalid', intake.add({ metadata: Buffer.from('d3:fooe') }, undefined, unaborted))
      await expectFailure('invalid', intake.add({ magnetUri: 'http://example.org' }, undefined, unaborted))
      expectNothingStored()
    })

    it('stores nothing and forgets the torrent when no metadata comes in time', async () => {
      closeGate()
      const adding = failureOf(addMagnet(film))
      await begun()
      expect(engine.opening).to.equal(1)
      engine.searching = [{ infoHash: film.infoHash, elapsedMs: 0, peers: 3, receivedBytes: 0, totalBytes: 0 }]
      clock.advance(ADD_TIMEOUT_MS)
      const message = "no peer sent the torrent's metadata within 60 s (peers connected: 3)"
      expect(await adding).to.include({ code: 'timeout', message })
      expect(engine.removed).to.deep.equal([{ infoHash: film.infoHash, deleteData: true }])
      expect([engine.opening, clock.pendingTimers]).to.deep.equal([0, 0])
      expectNothingStored()
    })

    it('stores nothing when it is aborted while its files are identified', async () => {
      const controller = new AbortController()
      const reason = new AppError('aborted', 'the client left')
      const adding = failureOf(intake.add({ metadata: film.metadata }, undefined, controller.signal))
      controller.abort(reason)
      expect(await adding).to.equal(reason)
      expectNothingStored()
    })

    it('ends at once when it is aborted, with the reason given', async () => {
      closeGate()
      const controller = new AbortController()
      const adding = failureOf(addMagnet(film, undefined, controller.signal))
      await begun()
      const reason = new AppError('aborted', 'the client has left')
      controller.abort(reason)
      expect(await adding).to.equal(reason)
      expect([engine.opening, clock.pendingTimers]).to.deep.equal([0, 0])
      expect(engine.removed).to.have.length(1)
      expectNothingStored()
      expect(await failureOf(addMagnet(film, undefined, controller.signal))).to.equal(reason)
      expect(engine.opened).to.have.length(1)
    })

    it('forgets a torrent whose metadata came for nothing', async () => {
      const { id } = library.createMovie({ title: 'Le Film', year: 2019 })
      await expectFailure('invalid', addMagnet(film, { kind: 'movie', id, filePath: 'not/there.mkv' }))
      const open = closeGate()
      const adding = failureOf(addMagnet(film, { kind: 'movie', id }))
      await begun()
      library.deleteMovie(id)
      open()
      expect(await adding).to.have.property('code', 'not_found')
      expect(engine.removed).to.have.length(2)
      expectNothingStored()
    })

    it('hides the text of an error that is not its own', async () => {
      engine.failure = new Error('secret')
      expect(await failureOf(addMagnet(film))).to.include({ code: 'internal', message: 'internal error' })
      expectNothingStored()
    })
  })

  describe('several at once', () => {
    it('of one torrent ask the swarm once, and store it once', async () => {
      const open = closeGate()
      const adding = [addMagnet(film), addMagnet(film), addFile(film), addMagnet(film)]
      await begun()
      open()
      const results = await Promise.all(adding)
      expect(results.map((result) => result.isNew)).to.deep.equal([true, false, false, false])
      expect(engine.opened).to.have.length(1)
      expect(library.counts()).to.include({ movies: 1, torrents: 1 })
      expect(added).to.have.length(1)
    })

    it('try again after one that failed, and a waiting one may leave', async () => {
      closeGate()
      const controller = new AbortController()
      const first = failureOf(addMagnet(film))
      const leaving = failureOf(addMagnet(film, undefined, controller.signal))
      const second = addMagnet(film)
      await begun()
      controller.abort(new AppError('aborted', 'gone'))
      expect(await leaving).to.have.property('message', 'gone')
      engine.gate = Promise.resolve()
      clock.advance(ADD_TIMEOUT_MS)
      expect(await first).to.have.property('code', 'timeout')
      expect(await second).to.have.property('isNew', true)
      expect(engine.opened).to.have.length(2)
    })

    it('of different torrents wait for nobody', async () => {
      const open = closeGate()
      const slow = addMagnet(film)
      await begun()
      expect(await addFile(season)).to.have.property('isNew', true)
      open()
      expect(await slow).to.have.property('isNew', true)
    })
  })

  it('ends with its signal while it reads, and stores nothing', async () => {
    const leaving = new AbortController()
    const reading = new TorrentIntake({
      engine,
      library,
      identifier,
      subtitles: subtitleMatcher,
      parser: {
        *metadata() {
          leaving.abort(new AppError('aborted', 'gone'))
          for (;;) yield
        },
        magnet: parseMagnet,
      },
      onAdded: (infoHash) => added.push(infoHash),
      clock: systemClock,
      logger: silentLogger,
      addTimeoutMs: ADD_TIMEOUT_MS,
    })
    expect(await failureOf(reading.add({ metadata: film.metadata }, undefined, leaving.signal))).to.have.property(
      'message',
      'gone',
    )
    expect([library.findTorrent(film.infoHash), added]).to.deep.equal([undefined, []])
  })

  it("reads, identifies and stores in a turn of the event loop each, begun in a socket's turn as well", async () => {
    const turns: Record<string, number> = {}
    const note = (what: string) => {
      turns[what] = performance.nodeTiming.uvMetricsInfo.loopCount
    }
    library.close()
    library = openLibrary({ path: ':memory:', logger: silentLogger, clock: systemClock })
    const noting = new TorrentIntake({
      engine,
      library,
      identifier: {
        ...identifier,
        *identifyFilesInSteps(...files) {
          const matches = yield* identifier.identifyFilesInSteps(...files)
          note('identified')
          return matches
        },
      },
      subtitles: subtitleMatcher,
      parser: {
        *metadata(bytes) {
          note('reading')
          for (const endMs = performance.now() + 40; performance.now() < endMs; ) yield
          note('read')
          return parseTorrentMetadata(bytes)
        },
        magnet: parseMagnet,
      },
      onAdded: () => note('told'),
      clock: systemClock,
      logger: silentLogger,
      addTimeoutMs: ADD_TIMEOUT_MS,
    })
    const large = torrentOf(
      'Show.S01.1080p',
      Array.from({ length: 500 }, (_, i) => `Show.S01E${i + 1}.1080p.mkv|${i + 1}`),
    )
    library.onCommitted(() => note('stored'))
    await new Promise<void>((resolve, reject) => {
      // Called where sockets are.
      stat('.', () => {
        note('begun')
        noting.add({ metadata: large.metadata }, undefined, unaborted).then(() => resolve(), reject)
      })
    })
    expect(turns.reading).to.be.greaterThan(turns.begun ?? 0)
    expect(turns.read).to.be.greaterThan((turns.reading ?? 0) + 3)
    expect(turns.identified).to.be.greaterThan(turns.read ?? 0)
    expect(turns.stored).to.be.greaterThan(turns.identified ?? 0)
    expect(turns.told).to.be.greaterThan(turns.stored ?? 0)
  })
})
