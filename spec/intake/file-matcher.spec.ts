import { expect } from 'chai'
import type { MatchTarget } from '../../lib/domain/curation.ts'
import { AppError } from '../../lib/domain/errors.ts'
import { silentLogger } from '../../lib/domain/logger.ts'
import { identifier } from '../../lib/identify/identifier.ts'
import { subtitleMatcher } from '../../lib/identify/subtitle-matcher.ts'
import { FileMatcher } from '../../lib/intake/file-matcher.ts'
import { type Library, openLibrary } from '../../lib/library/library.ts'
import { places } from '../contract/library.ts'
import { asEpisode, hashOf, torrentOf } from '../library/fixtures.ts'
import { failureOf } from '../support/failure-of.ts'
import { ManualClock } from '../support/manual-clock.ts'

const unaborted = new AbortController().signal

describe('FileMatcher', () => {
  let library: Library
  let matcher: FileMatcher

  beforeEach(() => {
    library = openLibrary({ path: ':memory:', logger: silentLogger, clock: new ManualClock() })
    matcher = new FileMatcher({ library, identifier, subtitles: subtitleMatcher })
  })
  afterEach(() => library.close())

  const match = (name: string, fileIndex: number, target: MatchTarget, signal = unaborted) =>
    matcher.match({ infoHash: hashOf(name), fileIndex }, target, signal)
  const episode = (number: number): MatchTarget => {
    return { kind: 'episode', show: { title: 'Show', year: null }, season: 1, episodes: [number] }
  }

  it('brings the quality and the subtitles that the names tell', async () => {
    const files = ['abc.mkv', 'abc.en.srt', 'abc.forced.de.srt', 'other.mkv', 'other.srt']
    library.addTorrent(torrentOf('Xyz.1080p.BluRay', files), null, [], false)
    const placed = await match('Xyz.1080p.BluRay', 0, { kind: 'movie', movie: { title: 'Heat', year: 1995 } })
    expect(placed).to.deep.include({ filePath: 'abc.mkv', resolution: '1080p' })
    expect(placed?.subtitles.map((one) => [one.fileIndex, one.language, one.isForced])).to.deep.equal([
      [1, 'en', false],
      [2, 'de', true],
    ])
    expect(library.movies({ limit: 1, offset: 0 }).items[0]?.assignments[0]).to.include({ source: 'BluRay' })
    expect(places(library.readAll())).to.include.members([
      'unsorted Xyz.1080p.BluRay: other.mkv',
      'unsorted Xyz.1080p.BluRay: other.srt',
    ])
  })

  it('takes a file’s own quality before its torrent’s', async () => {
    library.addTorrent(torrentOf('Pack.2160p.WEB-DL', ['x.720p.mkv', 'y.mkv']), null, [], false)
    const target: MatchTarget = { kind: 'movie', movie: { title: 'Heat', year: 1995 } }
    expect(await match('Pack.2160p.WEB-DL', 0, target)).to.include({ resolution: '720p' })
    expect(await match('Pack.2160p.WEB-DL', 1, target)).to.include({ resolution: '2160p' })
  })

  it('leaves the subtitles of other episodes where they are, and takes those of the numbers that a person says', async () => {
    const files = ['one.mkv', 'Show.S01E02.mkv', 'Show.S01E01.srt', 'Show.S01E02.srt', 'Show.S01E05.srt']
    library.addTorrent(torrentOf('pack', files), null, [asEpisode('Show', 1, 2, 1)], false)
    expect((await match('pack', 0, episode(5)))?.subtitles.map((one) => one.filePath)).to.deep.equal([
      'Show.S01E05.srt',
    ])
    const corrected = await match('pack', 0, episode(1))
    expect(corrected?.subtitles.map((one) => one.filePath)).to.deep.equal(['Show.S01E01.srt'])
    expect(places(library.readAll())).to.include('unsorted pack: Show.S01E05.srt')
  })

  it('puts a file under /Unsorted', async () => {
    library.addTorrent(torrentOf('pack', ['a.mkv']), null, [asEpisode('Show', 1, 2)], false)
    expect(await match('pack', 0, { kind: 'unsorted' })).to.equal(undefined)
    expect(places(library.readAll())).to.deep.equal(['unsorted pack: a.mkv'])
  })

  it('fails for what is not there, and when it is aborted', async () => {
    library.addTorrent(torrentOf('pack', ['a.mkv', '.pad/0']), null, [], false)
    for (const work of [match('none', 0, episode(1)), match('pack', 1, episode(1)), match('pack', 2, episode(1))]) {
      expect(await failureOf(work)).to.have.property('code', 'not_found')
    }
    const reason = new AppError('aborted', 'the client has left')
    expect(await failureOf(match('pack', 0, episode(1), AbortSignal.abort(reason)))).to.equal(reason)
    expect(library.counts().shows).to.equal(0)
  })
})
