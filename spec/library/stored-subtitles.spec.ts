import { expect } from 'chai'
import { episodeId, movieId, showId } from '../../lib/domain/ids.ts'
import { silentLogger } from '../../lib/domain/logger.ts'
import type { StoredSubtitle, SubtitleOwner } from '../../lib/domain/subtitles.ts'
import { type Library, openLibrary } from '../../lib/library/library.ts'
import { expectError } from '../contract/library.ts'
import { ManualClock } from '../support/manual-clock.ts'
import { asEpisode, asMovie, hashOf, movieMetadata, showMetadata, torrentOf } from './fixtures.ts'

const movie: SubtitleOwner = { kind: 'movie', id: movieId(1) }
const episode = (id: number): SubtitleOwner => ({ kind: 'episode', id: episodeId(id) })

function newSubtitle(
  owner: SubtitleOwner,
  more: Partial<StoredSubtitle> = {},
): Omit<StoredSubtitle, 'id' | 'addedAtMs'> {
  return {
    owner,
    source: 'opensubtitles',
    providerId: '42',
    releaseName: 'Film.1080p',
    format: 'srt',
    sizeBytes: 100,
    language: 'pt-BR',
    isForced: false,
    isHearingImpaired: true,
    isCommentary: false,
    ...more,
  }
}

describe('stored subtitles in the Library', () => {
  let library: Library
  let clock: ManualClock
  let changed: string[]

  beforeEach(() => {
    clock = new ManualClock()
    library = openLibrary({ path: ':memory:', logger: silentLogger, clock })
    library.addTorrent(torrentOf('film', ['f.mkv', 'g.mkv']), null, [asMovie('Film'), asMovie('Film', 1)], false)
    library.addTorrent(torrentOf('double', ['d.mkv']), null, [asEpisode('Show', 1, [1, 2])], false)
    changed = []
    library.onCommitted(({ items }) => changed.push(items.map((item) => item.kind).join()))
  })
  afterEach(() => library.close())

  it('are kept whole, listed by their owner, and told of', () => {
    const added = library.addSubtitle(newSubtitle(movie))
    expect(added).to.deep.equal({ id: 1, ...newSubtitle(movie), addedAtMs: clock.nowMs() })
    const own = library.addSubtitle(newSubtitle(episode(2), { source: 'upload', providerId: null, format: 'ass' }))
    expect(library.subtitles(movie)).to.deep.equal([added])
    expect(library.subtitles(episode(2))).to.deep.equal([own])
    expect([library.subtitles(episode(1)), library.subtitle(2)]).to.deep.equal([[], own])
    expect(library.subtitleIds()).to.deep.equal([1, 2])
    expect(changed).to.deep.equal(['movie', 'show'])
  })

  it('replace the same of their provider under its id, and change its tag; a person’s own stand side by side', () => {
    const tags = () =>
      [...library.readAll()].flatMap((row) => (row.kind === 'sidecar' ? [`${row.content} ${row.tag}`] : []))
    library.addSubtitle(newSubtitle(movie))
    const before = tags()
    clock.advance(1)
    const again = library.addSubtitle(newSubtitle(movie, { language: 'pt', sizeBytes: 200 }))
    expect(again).to.include({ id: 1, language: 'pt', sizeBytes: 200, addedAtMs: clock.nowMs() })
    expect(library.subtitleIds()).to.deep.equal([1])
    expect(tags()).to.have.length(2)
    expect(tags()).to.not.deep.equal(before)
    library.addSubtitle(newSubtitle(episode(1)))
    const upload = newSubtitle(movie, { source: 'upload', providerId: null })
    library.addSubtitle(upload)
    library.addSubtitle(upload)
    expect(library.subtitleIds()).to.deep.equal([1, 2, 3, 4])
  })

  it('are deleted by their id, which none has again, or with their owner', () => {
    library.addSubtitle(newSubtitle(movie))
    library.deleteSubtitle(1)
    expect(changed.at(-1)).to.equal('movie')
    expect(library.addSubtitle(newSubtitle(movie)).id).to.equal(2)
    library.deleteMovie(movieId(1))
    library.addSubtitle(newSubtitle(episode(1)))
    library.deleteShow(showId(1))
    expect(library.subtitleIds()).to.deep.equal([])
  })

  it('say `not_found` of an owner or a subtitle that is not there', () => {
    for (const owner of [{ kind: 'movie' as const, id: movieId(9) }, episode(9)]) {
      expectError('not_found', () => library.subtitles(owner))
      expectError('not_found', () => library.subtitleQuery(owner))
      expectError('not_found', () => library.addSubtitle(newSubtitle(owner)))
    }
    expectError('not_found', () => library.subtitle(9))
    expectError('not_found', () => library.deleteSubtitle(9))
    expect(changed).to.deep.equal([])
  })

  it('are looked for by what is known of a film and of its active files', () => {
    const files = ['f.mkv', 'g.mkv'].map((filePath, fileIndex) => {
      return { infoHash: hashOf('film'), fileIndex, filePath, sizeBytes: 1000 + fileIndex }
    })
    const query = { owner: movie, title: 'Film', year: null, tmdbId: null, imdbId: null, season: null, episode: null }
    expect(library.subtitleQuery(movie)).to.deep.equal({ ...query, files })
    library.saveMovie(movieId(1), movieMetadata('Film', { imdbId: 'tt1', tmdbId: 5 }), null)
    library.trash({ kind: 'file', infoHash: hashOf('film'), fileIndex: 0 })
    const known = { ...query, year: 2010, tmdbId: 5, imdbId: 'tt1' }
    expect(library.subtitleQuery(movie)).to.deep.equal({ ...known, files: files.slice(1) })
  })

  it("are looked for by an episode's numbers, its show's ids and the file that holds it", () => {
    library.saveShow(showId(1), showMetadata('Show', 2, { imdbId: 'tt2', tmdbId: 6 }), null)
    const files = [{ infoHash: hashOf('double'), fileIndex: 0, filePath: 'd.mkv', sizeBytes: 1000 }]
    const query = { title: 'Show', year: 2010, tmdbId: 6, imdbId: 'tt2', season: 1, files }
    expect(library.subtitleQuery(episode(2))).to.deep.equal({ owner: episode(2), ...query, episode: 2 })
  })
})
