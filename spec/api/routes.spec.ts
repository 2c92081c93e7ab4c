import { expect } from 'chai'
import type { z } from 'zod'
import {
  AddTorrentAnswer,
  AssignAnswer,
  ErrorAnswer,
  HealthAnswer,
  IdentifyAnswer,
  MovieJson,
  MoviesAnswer,
  ShowJson,
  ShowsAnswer,
  StatusAnswer,
  TorrentJson,
  TorrentsAnswer,
} from '../../lib/api/schemas.ts'
import { AppError } from '../../lib/domain/errors.ts'
import { movieId, showId } from '../../lib/domain/ids.ts'
import { ApiFixture, resultOf } from '../support/fake-api.ts'
import { assignmentOf, hashOf, torrentRow } from '../support/fake-library.ts'

const MAGNET = `magnet:?xt=urn:btih:${'a'.repeat(40)}`
const A = 'a'.repeat(40)

/** One row: the call, its status, and the schema of its answer; or a part of the error's message. */
type Row = readonly [call: string, body: unknown, status: number, answer?: z.ZodType | RegExp]

const rows: readonly Row[] = [
  ['POST /api/torrents', { magnet_uri: MAGNET }, 201, AddTorrentAnswer],
  ['POST /api/torrents', { torrent: Buffer.from('d4:info').toString('base64') }, 201, AddTorrentAnswer],
  ['POST /api/torrents', { torrent: 'ZDQ6\naW5mbw==\n' }, 201, AddTorrentAnswer],
  ['POST /api/torrents', { magnet_uri: MAGNET, movie_id: 1 }, 201, AddTorrentAnswer],
  ['POST /api/torrents', { magnet_uri: MAGNET, show_id: 2 }, 201, AddTorrentAnswer],
  ['POST /api/torrents', {}, 400, /exactly one of magnet_uri and torrent/],
  ['POST /api/torrents', undefined, 400, /expected object/],
  ['POST /api/torrents', { magnet_uri: MAGNET, torrent: 'AA==' }, 400, /exactly one of/],
  ['POST /api/torrents', { magnet_uri: MAGNET, movie_id: 1, show_id: 2 }, 400, /not both/],
  ['POST /api/torrents', { magnet_uri: 'http://example.org/x.torrent' }, 400, /magnet_uri: must be a magnet/],
  ['POST /api/torrents', { torrent: 'not base64!' }, 400, /torrent: must be base64/],
  ['POST /api/torrents', { torrent: '====' }, 400, /torrent: must be base64/],
  ['POST /api/torrents', { magnet_uri: MAGNET, paused: true }, 400, /unknown field "paused"/],
  ['POST /api/torrents', { magnet_uri: MAGNET, movie_id: 1.5 }, 400, /movie_id/],
  ['POST /api/torrents', { magnet_uri: MAGNET, movie_id: '1' }, 400, /movie_id/],
  ['GET /api/torrents', undefined, 200, TorrentsAnswer],
  [`GET /api/torrents/${A}`, undefined, 200, TorrentJson],
  [`GET /api/torrents/${A.toUpperCase()}`, undefined, 200, TorrentJson],
  [`GET /api/torrents/${'f'.repeat(40)}`, undefined, 404, /no such torrent/],
  ['GET /api/torrents/abc', undefined, 400, /path hash: must be an info-hash/],
  [`POST /api/torrents/${A}/pause`, undefined, 200, TorrentJson],
  [`POST /api/torrents/${A}/resume`, undefined, 200, TorrentJson],
  [`POST /api/torrents/${'f'.repeat(40)}/pause`, undefined, 404, /no such torrent/],
  [`POST /api/torrents/${'f'.repeat(40)}/resume`, undefined, 404, /no such torrent/],
  [`DELETE /api/torrents/${A}`, undefined, 204],
  [`DELETE /api/torrents/${A}?delete_data=true`, undefined, 204],
  [`DELETE /api/torrents/${A}?delete_data=yes`, undefined, 400, /query delete_data/],
  [`DELETE /api/torrents/${'f'.repeat(40)}`, undefined, 404, /no such torrent/],

  ['POST /api/movies', { title: 'New Film', year: 2024 }, 201, MovieJson],
  ['POST /api/movies', { title: 'No Year' }, 201, MovieJson],
  ['POST /api/movies', { title: 'With Id', tmdb_id: 603 }, 201, MovieJson],
  ['POST /api/movies', { title: 'film', year: 2020 }, 409, /already/],
  ['POST /api/movies', { tmdb_id: 603 }, 503, /TMDB_API_KEY/],
  ['POST /api/movies', { year: 2020 }, 400, /title or tmdb_id is needed/],
  ['POST /api/movies', { title: '   ' }, 400, /title/],
  ['POST /api/movies', { title: 'a\u0007b' }, 400, /title: control characters/],
  ['POST /api/movies', { title: 'Film', year: 12 }, 400, /year/],
  ['POST /api/movies', { title: 'Film', rating: 5 }, 400, /unknown field "rating"/],
  ['GET /api/movies', undefined, 200, MoviesAnswer],
  ['GET /api/movies?limit=1&offset=1&q=film', undefined, 200, MoviesAnswer],
  ['GET /api/movies?limit=0', undefined, 400, /query limit/],
  ['GET /api/movies?limit=1001', undefined, 400, /query limit/],
  ['GET /api/movies?offset=-1', undefined, 400, /query offset/],
  ['GET /api/movies?limit=1&limit=2', undefined, 400, /query limit/],
  ['GET /api/movies?page=2', undefined, 400, /query unknown field "page"/],
  ['GET /api/movies/1', undefined, 200, MovieJson],
  ['GET /api/movies/99', undefined, 404, /no such movie/],
  ['GET /api/movies/zero', undefined, 400, /path id/],
  ['GET /api/movies/0', undefined, 400, /path id/],
  ['GET /api/movies/1e300', undefined, 400, /path id/],
  ['DELETE /api/movies/1', undefined, 204],
  ['DELETE /api/movies/99', undefined, 404, /no such movie/],
  ['POST /api/movies/1/assign-torrent', { magnet_uri: MAGNET }, 201, AssignAnswer],
  ['POST /api/movies/1/assign-torrent', { magnet_uri: MAGNET, file_path: 'a/b.mkv' }, 201, AssignAnswer],
  ['POST /api/movies/99/assign-torrent', { magnet_uri: MAGNET }, 404, /no such movie/],
  ['POST /api/movies/1/assign-torrent', {}, 400, /exactly one of/],
  ['DELETE /api/movies/1/assign', undefined, 204],
  ['DELETE /api/movies/99/assign', undefined, 404, /no such movie/],

  ['POST /api/shows', { title: 'New Show', seasons: [] }, 201, ShowJson],
  [
    'POST /api/shows',
    { title: 'New', seasons: [{ season_number: 0, episodes: [{ episode_number: 1 }] }] },
    201,
    ShowJson,
  ],
  ['POST /api/shows', { title: 'show', year: 2019 }, 409, /already/],
  ['POST /api/shows', { tmdb_id: 1399 }, 503, /TMDB_API_KEY/],
  [
    'POST /api/shows',
    { title: 'S', seasons: [{ season_number: 1 }, { season_number: 1 }] },
    400,
    /season 1 comes twice/,
  ],
  [
    'POST /api/shows',
    { title: 'S', seasons: [{ season_number: 2, episodes: [{ episode_number: 3 }, { episode_number: 3 }] }] },
    400,
    /season 2, episode 3 comes twice/,
  ],
  [
    'POST /api/shows',
    { title: 'S', seasons: [{ season_number: 1, episodes: [{ episode_number: -1, plot: '' }] }] },
    400,
    /seasons\.0\.episodes\.0\.episode_number: .*unknown field "seasons\.0\.episodes\.0\.plot"/,
  ],
  ['GET /api/shows', undefined, 200, ShowsAnswer],
  ['GET /api/shows/2', undefined, 200, ShowJson],
  ['GET /api/shows/1', undefined, 404, /no such show/],
  ['DELETE /api/shows/2', undefined, 204],
  ['DELETE /api/shows/99', undefined, 404, /no such show/],
  ['POST /api/shows/2/assign-torrent', { magnet_uri: MAGNET }, 200, AssignAnswer],
  ['POST /api/shows/2/assign-torrent', { magnet_uri: MAGNET, file_path: 'x' }, 400, /unknown field "file_path"/],
  ['POST /api/shows/99/assign-torrent', { magnet_uri: MAGNET }, 404, /no such show/],

  ['POST /api/episodes/3/assign-torrent', { magnet_uri: MAGNET, file_path: 'a.mkv' }, 201, AssignAnswer],
  ['POST /api/episodes/99/assign-torrent', { magnet_uri: MAGNET }, 404, /no such episode/],
  ['DELETE /api/episodes/3/assign', undefined, 204],
  ['DELETE /api/episodes/99/assign', undefined, 404, /no such episode/],

  ['POST /api/identify', { names: ['Film (2010)', 'Show S01E02', '?'] }, 200, IdentifyAnswer],
  ['POST /api/identify', { names: [] }, 400, /names/],
  ['POST /api/identify', { names: [1] }, 400, /names\.0/],
  ['POST /api/identify', { names: 'Film' }, 400, /names/],

  ['GET /api/status', undefined, 200, StatusAnswer],
  ['GET /healthz', undefined, 200, HealthAnswer],
  ['GET /readyz', undefined, 200, HealthAnswer],
  ['GET /', undefined, 404, /no such address/],
  ['GET /api/nothing', undefined, 404, /no such address/],
  ['PUT /api/movies/1', { title: 'x' }, 405, /not one of GET, HEAD, DELETE/],
  ['PATCH /api/torrents', undefined, 405, /not one of POST, GET, HEAD/],
  ['POST /healthz', undefined, 405, /not one of GET, HEAD/],
]

describe('the REST routes', () => {
  let api: ApiFixture

  beforeEach(async () => {
    api = await ApiFixture.start()
    api.library.createMovie({ title: 'Film', year: 2020 })
    const seasons = [{ number: 1, episodes: [{ number: 2, name: 'Two' }] }]
    api.library.createShow({ title: 'Show', year: 2019, seasons })
    api.library.torrentRows.set(hashOf('a'), torrentRow(hashOf('a'), 'Film.2020', ['film.mkv', '.pad/10']))
  })
  afterEach(() => api.close())

  for (const [call, body, status, answer] of rows) {
    const [method, path] = call.split(' ') as [string, string]
    it(`${call} ${JSON.stringify(body) ?? ''} → ${status}`, async () => {
      const got = await api.call(method, path, body)
      expect(got.status, got.text).to.equal(status)
      if (answer === undefined) expect(got.text).to.equal('')
      else if (answer instanceof RegExp) {
        const { error } = ErrorAnswer.parse(got.json)
        expect(error.message).to.match(answer)
      } else answer.parse(got.json)
    })
  }

  it('gives the intake what the body says', async () => {
    await api.call('POST', '/api/torrents', { magnet_uri: MAGNET, show_id: 2 })
    await api.call('POST', '/api/movies/1/assign-torrent', { torrent: 'ZDQ6aW5mbw==', file_path: 'a/b.mkv' })
    await api.call('POST', '/api/episodes/3/assign-torrent', { magnet_uri: MAGNET })
    const [added, movie, episode] = api.intake.calls
    expect(added?.input).to.deep.equal({ magnetUri: MAGNET })
    expect(added?.target).to.deep.equal({ kind: 'show', id: showId(2) })
    expect(movie?.input).to.deep.equal({ metadata: Buffer.from('d4:info') })
    expect(movie?.target).to.deep.equal({ kind: 'movie', id: movieId(1), filePath: 'a/b.mkv' })
    expect(episode?.target).to.deep.equal({ kind: 'episode', id: 3 })
  })

  it('answers a second add with 200', async () => {
    api.intake.next = async () => resultOf({ isNew: false, matched: [] })
    expect((await api.call('POST', '/api/torrents', { magnet_uri: MAGNET })).status).to.equal(200)
  })

  it('answers what the intake throws with the status of its code', async () => {
    const fails = async (error: unknown) => {
      api.intake.next = () => Promise.reject(error)
      const { status, json } = await api.call('POST', '/api/torrents', { magnet_uri: MAGNET })
      return [status, json.error.code]
    }
    expect(await fails(new AppError('timeout', 'no peer had it'))).to.deep.equal([504, 'timeout'])
    expect(await fails(new AppError('invalid', 'v2 only'))).to.deep.equal([400, 'invalid'])
    expect(await fails(new AppError('storage_full', 'disk full'))).to.deep.equal([507, 'storage_full'])
    expect(await fails(new Error('secret path /home/me'))).to.deep.equal([500, 'internal'])
    expect(await fails('not even an error')).to.deep.equal([500, 'internal'])
  })

  it('keeps the text of unknown errors in the log', async () => {
    api.intake.next = () => Promise.reject(new Error('secret path /home/me'))
    const { text } = await api.call('POST', '/api/torrents', { magnet_uri: MAGNET })
    expect(text).to.equal('{"error":{"code":"internal","message":"internal error"}}')
    expect(String(api.logger.lines[0]?.fields?.err)).to.contain('secret path')
  })

  it('counts what was matched, left over and skipped', async () => {
    const { json } = await api.call('POST', '/api/shows/2/assign-torrent', { magnet_uri: MAGNET })
    expect(json.success).to.equal(true)
    expect(json.summary).to.deep.equal({ total_files: 3, matched: 1, unmatched: 1, skipped: 1 })
    expect(json.unmatched).to.deep.equal([
      { file_path: 'S01E99.mkv', reason: 'low_confidence', season: 1, episode: 99 },
    ])
    expect(json.skipped[0].reason).to.equal('sample')
  })

  it('joins a torrent with its state, open or not, and hides pad files', async () => {
    api.engine.storedBytes.set(hashOf('a'), 500)
    const closed = (await api.call('GET', `/api/torrents/${A}`)).json
    expect(closed).to.include({ state: 'idle', downloaded: 500, progress: 0.25, peers: 0, download_speed: 0 })
    expect(closed.files).to.deep.equal([{ index: 0, path: 'film.mkv', size: 1000 }])
    api.activity.states.set(hashOf('a'), 'active')
    api.engine.open.set(hashOf('a'), {
      storedBytes: 1000,
      downloadedBytes: 5000,
      uploadedBytes: 10,
      wastedBytes: 0,
      downloadSpeed: 123,
      uploadSpeed: 4,
      peers: 7,
      seeders: 2,
    })
    const { torrents } = (await api.call('GET', '/api/torrents')).json
    expect(torrents[0]).to.include({ state: 'active', progress: 0.5, peers: 7, seeders: 2, download_speed: 123 })
  })

  it('pauses, resumes and removes', async () => {
    expect((await api.call('POST', `/api/torrents/${A}/pause`)).json.state).to.equal('paused')
    expect((await api.call('POST', `/api/torrents/${A}/resume`)).json.state).to.equal('idle')
    await api.call('DELETE', `/api/torrents/${A}?delete_data=true`)
    expect(api.activity.removed).to.deep.equal([{ infoHash: A, deleteData: true }])
    expect((await api.call('GET', `/api/torrents/${A}`)).status).to.equal(404)
  })

  it('shows the active assignment beside all of them', async () => {
    const movie = api.library.movie(movieId(1))
    const old = { ...assignmentOf(hashOf('b'), 'old.mkv'), isActive: false }
    api.library.movieRows.set(movie.id, { ...movie, assignments: [old, assignmentOf(hashOf('a'))] })
    const { json } = await api.call('GET', '/api/movies/1')
    expect(json.has_assignment).to.equal(true)
    expect(json.assignment.file_path).to.equal('film.mkv')
    expect(json.assignments).to.have.length(2)
  })

  it('pages and searches', async () => {
    for (const title of ['Alpha', 'Beta', 'Alphabet']) api.library.createMovie({ title, year: null })
    const { json } = await api.call('GET', '/api/movies?q=ALPHA&limit=1&offset=1')
    expect(json).to.include({ total: 2, limit: 1, offset: 1 })
    expect(json.movies.map((movie: { title: string }) => movie.title)).to.deep.equal(['Alphabet'])
  })

  it('identifies ten thousand names in the order given', async () => {
    const names = Array.from({ length: 10_000 }, (_, index) => `Show S01E${index}`)
    const { json } = await api.call('POST', '/api/identify', { names })
    expect(json.results).to.have.length(10_000)
    expect(json.results[9999]).to.include({ name: 'Show S01E9999', type: 'episode', season: 1 })
  })

  it('is not ready until told so', async () => {
    api.isReady = false
    const { status, json } = await api.call('GET', '/readyz')
    expect([status, json.error.code]).to.deep.equal([503, 'unavailable'])
    expect((await api.call('GET', '/healthz')).status).to.equal(200)
  })

  it('serves the metrics as they are', async () => {
    const { text, headers } = await api.call('GET', '/metrics')
    expect(headers.get('content-type')).to.equal('text/plain; version=0.0.4; charset=utf-8')
    expect(text).to.equal('# HELP momoshtrem_reads_total Reads.\n')
  })

  it('tells the allowed methods with a 405, whatever the body', async () => {
    const { headers, status } = await api.call('PUT', '/api/movies', '<x/>', { 'content-type': 'text/xml' })
    expect(status).to.equal(405)
    expect(headers.get('allow')).to.equal('POST, GET, HEAD')
  })
})

describe('the REST routes with a metadata source', () => {
  it('take the title, seasons and episodes of a tmdb_id from it', async () => {
    const api = await ApiFixture.start(
      {},
      {
        metadata: {
          movie: async (tmdbId) => ({ title: 'The Matrix', year: 1999, tmdbId }),
          show: () => Promise.reject(new AppError('not_found', 'TMDB knows no such show')),
        },
      },
    )
    const movie = await api.call('POST', '/api/movies', { tmdb_id: 603 })
    const show = await api.call('POST', '/api/shows', { tmdb_id: 1 })
    await api.close()
    expect(movie.json).to.include({ title: 'The Matrix', year: 1999, tmdb_id: 603 })
    expect(show.status).to.equal(404)
  })
})

describe('the REST route of what aired', () => {
  it('answers with the episodes, of a week unless told otherwise', async () => {
    const asked: number[] = []
    const episode = { season: 2, episode: 3, name: 'Third', airDate: '2026-01-02', isAssigned: false } as const
    const api = await ApiFixture.start(
      {},
      {
        recentlyAired: (days) => {
          asked.push(days)
          return [{ ...episode, showId: showId(7), showTitle: 'Show' }]
        },
      },
    )
    const { json } = await api.call('GET', '/api/shows/recently-aired')
    await api.call('GET', '/api/shows/recently-aired?days=30')
    const refused = await api.call('GET', '/api/shows/recently-aired?days=0')
    await api.close()
    const expected = { show_id: 7, show_title: 'Show', season: 2, episode: 3, name: 'Third', air_date: '2026-01-02' }
    expect(json).to.deep.equal({ episodes: [{ ...expected, has_assignment: false }] })
    expect(asked).to.deep.equal([7, 30])
    expect([refused.status, refused.json.error.code]).to.deep.equal([400, 'invalid'])
  })
})
