import { expect } from 'chai'
import type { ContainerInfo } from '../../lib/domain/container.ts'
import { episodeId, movieId, showId } from '../../lib/domain/ids.ts'
import { silentLogger } from '../../lib/domain/logger.ts'
import type { StreamDetails } from '../../lib/domain/metadata.ts'
import type { Sidecar, SidecarOwner } from '../../lib/domain/sidecars.ts'
import { type Library, openLibrary } from '../../lib/library/library.ts'
import { ManualClock } from '../support/manual-clock.ts'
import { asEpisode, asMovie, hashOf, movieMetadata, seasonPack, showMetadata, torrentOf } from './fixtures.ts'

const movie = { kind: 'movie', id: movieId(1) } as const
const show = { kind: 'show', id: showId(1) } as const
const episode = (id: number): SidecarOwner => ({ kind: 'episode', id: episodeId(id) })
const STREAMS: StreamDetails = {
  durationSeconds: 60,
  video: [{ codec: 'hevc', width: 1920, height: 1080, hdr: null }],
  audio: [{ codec: 'aac', language: 'eng', channels: 6 }],
  subtitles: [],
}
const containerWith = (streams: StreamDetails | null): ContainerInfo => {
  return { format: 'mp4', index: [], durationSeconds: null, seekPoints: [], streams }
}

function sidecarOf(role: Sidecar['role'], tag = 'a', season: number | null = null) {
  return { role, season, sizeBytes: 10, tag, imagePath: role === 'nfo' ? null : '/x.jpg' }
}

describe('sidecars in the Library', () => {
  let library: Library
  let clock: ManualClock
  let told: string[]

  beforeEach(() => {
    clock = new ManualClock()
    library = openLibrary({ path: ':memory:', logger: silentLogger, clock })
    told = []
    library.onCommitted(({ items }) =>
      told.push(items.map((item) => `${item.kind}${'id' in item ? ` ${item.id}` : ''}`).join()),
    )
  })
  afterEach(() => library.close())

  const add = (name: string, placements: Parameters<Library['addTorrent']>[2], paths = ['a.mkv']) => {
    clock.advance(1000)
    library.addTorrent(torrentOf(name, paths), null, placements, false)
    return { infoHash: hashOf(name), fileIndex: 0 }
  }
  const stale = (limit = 100) => library.staleSidecars(limit).map(({ kind, id }) => `${kind} ${id}`)
  /** As the maker of sidecars does. */
  const makeAll = () => {
    for (const owner of library.staleSidecars(100)) library.saveSidecars(owner, [sidecarOf('nfo')])
  }

  describe('what they are made of', () => {
    it('is all that the provider said, of a film with the streams of its first file', () => {
      expect(library.sidecarSubject(movie)).to.equal(undefined)
      const file = add('film', [asMovie('Film')])
      add('later cut', [asMovie('Film')])
      expect(library.sidecarSubject(movie)).to.equal(undefined)
      const metadata = movieMetadata('Film', {
        imdbId: 'tt0113277',
        plot: 'A plot',
        genres: ['Crime', 'Drama'],
        rating: { value: 8.2, votes: 9 },
        posterPath: '/p.jpg',
      })
      library.saveMovie(movie.id, metadata, null)
      expect(library.sidecarSubject(movie)).to.deep.equal({ kind: 'movie', metadata, streams: null })
      library.saveContainer(file, containerWith(STREAMS))
      expect(library.sidecarSubject(movie)).to.deep.equal({ kind: 'movie', metadata, streams: STREAMS })
      expect(library.movieDetails(movie.id)).to.deep.equal(metadata)
    })

    it('is of a show its seasons without their episodes, of an episode those of its file', () => {
      const file = add('double', [asEpisode('Show', 1, [2, 3])])
      const metadata = showMetadata('Show', 3, { tvdbId: 7, plot: 'A plot' })
      const [season] = metadata.seasons
      library.saveShow(show.id, metadata, null)
      library.saveContainer(file, containerWith(STREAMS))
      const seasons = [{ number: 1, name: null, posterPath: null }]
      const { seasons: _, ...plain } = metadata
      expect(library.sidecarSubject(show)).to.deep.equal({ kind: 'show', metadata: plain, seasons })
      expect(library.showDetails(show.id)).to.deep.equal({ ...plain, seasons })
      const [, second, third] = season?.episodes ?? []
      const { id } = library.show(show.id).seasons[0]?.episodes[1] ?? {}
      expect(library.sidecarSubject({ kind: 'episode', id: id ?? episodeId(99) })).to.deep.equal({
        kind: 'episode',
        showTitle: 'Show',
        episodes: [
          { season: 1, metadata: second },
          { season: 1, metadata: third },
        ],
        streams: STREAMS,
      })
      expect(library.episodeDetails(id ?? episodeId(99))).to.deep.equal(second)
      expect(library.sidecarSubject(episode(99))).to.equal(undefined)
    })
  })

  describe('those that are saved', () => {
    it('keep their ids and times while they stay the same, and are told of when they do not', () => {
      add('film', [asMovie('Film')])
      told = []
      library.saveSidecars(movie, [sidecarOf('nfo'), sidecarOf('poster')])
      const [nfo, poster] = library.sidecars(movie)
      expect(nfo).to.deep.equal({ owner: movie, ...sidecarOf('nfo'), modifiedAtMs: clock.nowMs() })
      clock.advance(5000)
      library.saveSidecars(movie, [sidecarOf('nfo'), sidecarOf('poster')])
      expect(told).to.deep.equal(['movie 1'])
      library.saveSidecars(movie, [sidecarOf('nfo', 'b'), sidecarOf('poster')])
      expect(told).to.deep.equal(['movie 1', 'movie 1'])
      expect(library.sidecar(1)).to.deep.equal({ ...nfo, tag: 'b', modifiedAtMs: clock.nowMs() })
      expect(library.sidecar(2)).to.deep.equal(poster)
      library.saveSidecars(movie, [sidecarOf('poster')])
      expect(library.sidecars(movie)).to.deep.equal([poster])
      expect(library.sidecar(1)).to.equal(undefined)
    })

    it('differ by season, and go with their owner; one that left is no error', () => {
      add('episode', [asEpisode('Show', 1, 1)])
      library.saveSidecars(show, [sidecarOf('season-poster', 'a', 0), sidecarOf('season-poster', 'b', 1)])
      library.saveSidecars(episode(1), [sidecarOf('thumb')])
      expect(library.sidecars(show).map(({ season, tag }) => [season, tag])).to.deep.equal([
        [0, 'a'],
        [1, 'b'],
      ])
      expect(library.sidecars(episode(1))).to.have.length(1)
      expect(told.at(-1)).to.equal('show 1')
      library.deleteShow(show.id)
      expect(library.sidecars(episode(1))).to.deep.equal([])
      told = []
      for (const owner of [movie, show, episode(1)]) library.saveSidecars(owner, [sidecarOf('nfo')])
      expect(told).to.deep.equal([])
    })
  })

  describe('stale ones', () => {
    it('are those of metadata that became another, until they are saved', () => {
      add('film', [asMovie('Film')])
      add('episode', [asEpisode('Show', 1, 1)])
      expect(stale()).to.deep.equal([])
      library.saveMovie(movie.id, movieMetadata('Film'), null)
      library.saveShow(show.id, showMetadata('Show', 2), null)
      expect(stale(2)).to.deep.equal(['movie 1', 'show 1'])
      expect(stale()).to.have.members(['movie 1', 'show 1', 'episode 1'])
      makeAll()
      library.saveMovie(movie.id, movieMetadata('Film'), 7)
      library.saveShow(show.id, showMetadata('Show', 2), 7)
      expect(stale()).to.deep.equal([])
      library.saveMovie(movie.id, movieMetadata('Film', { plot: 'New' }), null)
      library.saveShow(show.id, showMetadata('Show', 2, { plot: 'New' }), null)
      expect(stale()).to.deep.equal(['movie 1', 'show 1'])
    })

    it('are of items with a file that shows: when one comes, is put aside, or comes back', () => {
      library.createMovie({ title: 'Film', year: 2010 })
      library.saveMovie(movie.id, movieMetadata('Film'), null)
      expect(stale()).to.deep.equal([])
      add('film', [asMovie('Film', 0, { year: 2010 })])
      expect(stale()).to.deep.equal(['movie 1'])
      makeAll()
      add('second', [asMovie('Film', 0, { year: 2010 })])
      expect(stale()).to.deep.equal(['movie 1'])
      makeAll()
      library.deleteTorrent(hashOf('film'))
      expect(stale()).to.deep.equal(['movie 1'])
      makeAll()
      library.trash(movie)
      expect(stale()).to.deep.equal([])
      library.restore(movie)
      expect(stale()).to.deep.equal(['movie 1'])
    })

    it('are of a show when its first file comes, of its episodes with each', () => {
      library.createShow({ title: 'Show', year: 2010, seasons: [] })
      library.saveShow(show.id, showMetadata('Show', 3), null)
      expect(stale()).to.deep.equal([])
      add('one', [asEpisode('Show', 1, 1)])
      expect(stale()).to.deep.equal(['show 1', 'episode 1'])
      makeAll()
      add('two', [asEpisode('Show', 1, 2)])
      expect(stale()).to.deep.equal(['episode 2'])
    })

    it('are those of a film or episode whose streams became known, which is told', () => {
      const film = add('film', [asMovie('Film')])
      const file = add('episode', [asEpisode('Show', 1, 1)])
      library.saveMovie(movie.id, movieMetadata('Film'), null)
      library.saveShow(show.id, showMetadata('Show', 1), null)
      makeAll()
      told = []
      library.saveContainer(film, containerWith(null))
      expect([stale(), told]).to.deep.equal([[], []])
      library.saveContainer(film, containerWith(STREAMS))
      library.saveContainer(file, containerWith(STREAMS))
      expect([stale(), told]).to.deep.equal([
        ['movie 1', 'episode 1'],
        ['', ''],
      ])
    })

    it('are those of the first episode of a file when another of its episodes became another', () => {
      add('double', [asEpisode('Show', 1, [1, 2])])
      const metadata = showMetadata('Show', 3)
      library.saveShow(show.id, metadata, null)
      makeAll()
      const [season] = metadata.seasons
      const episodes = (season?.episodes ?? []).map((one) => (one.number === 2 ? { ...one, plot: 'New' } : one))
      clock.advance(1)
      library.saveShow(show.id, { ...metadata, seasons: [{ number: 1, name: null, posterPath: null, episodes }] }, null)
      expect(stale()).to.deep.equal(['episode 1'])
    })

    it("are those of a show's episodes when its title became another", () => {
      add('one', [asEpisode('Show', 1, 1)])
      library.saveShow(show.id, showMetadata('Show', 2), null)
      makeAll()
      library.saveShow(show.id, showMetadata('The Show', 2), null)
      expect(stale()).to.deep.equal(['show 1', 'episode 1'])
    })

    it('are made once more when something changed while they were made', () => {
      const file = add('film', [asMovie('Film')])
      library.saveMovie(movie.id, movieMetadata('Film'), null)
      expect(stale()).to.deep.equal(['movie 1'])
      library.saveContainer(file, containerWith(STREAMS))
      library.saveSidecars(movie, [sidecarOf('nfo')])
      expect(stale()).to.deep.equal(['movie 1'])
      library.saveSidecars(movie, [sidecarOf('nfo', 'b')])
      expect(stale()).to.deep.equal([])
    })

    it('that cannot be made come last', () => {
      for (const title of ['A', 'B', 'C']) add(title, [asMovie(title)])
      for (const [i, title] of ['A', 'B', 'C'].entries()) {
        library.saveMovie(movieId(i + 1), movieMetadata(title, { tmdbId: i + 1 }), null)
      }
      expect([stale(1), stale(1), stale(1), stale(1)].flat()).to.deep.equal([
        'movie 1',
        'movie 2',
        'movie 3',
        'movie 1',
      ])
    })

    it('are all when they are forgotten', () => {
      add('film', [asMovie('Film')])
      add('episode', [asEpisode('Show', 1, 1)])
      library.createMovie({ title: 'Unheld', year: null })
      library.saveMovie(movie.id, movieMetadata('Film'), null)
      library.saveMovie(movieId(2), movieMetadata('Unheld', { tmdbId: 2 }), null)
      library.saveShow(show.id, showMetadata('Show', 2), null)
      makeAll()
      library.forgetSidecars()
      expect(stale()).to.deep.equal(['movie 1', 'show 1', 'episode 1'])
    })

    it('are all, in the end, of a library that is large', () => {
      const [info, placements] = seasonPack('Long', 1, 1200)
      library.addTorrent(info, null, placements, false)
      library.saveShow(showId(1), showMetadata('Long', 1200), null)
      for (const owner of library.staleSidecars(5000)) library.saveSidecars(owner, [])
      expect(stale()).to.deep.equal([])
      library.forgetSidecars()
      expect(library.staleSidecars(5000)).to.have.length.below(600)
      library.forgetSidecars()
      const seen = new Set<string>()
      for (let owners = library.staleSidecars(100); owners.length > 0; owners = library.staleSidecars(100)) {
        for (const owner of owners) {
          seen.add(`${owner.kind} ${owner.id}`)
          library.saveSidecars(owner, [])
          library.saveSidecars(owner, [])
        }
      }
      expect(seen.size).to.equal(1201)
    })
  })
})
