import { expect } from 'chai'
import type { z } from 'zod'
import { ErrorAnswer } from '../../lib/api/schemas/common.ts'
import { HealthAnswer, IdentifyAnswer, StatusAnswer } from '../../lib/api/schemas/system.ts'
import { MovieJson, MoviesAnswer, ShowJson, ShowSummaryJson, ShowsAnswer } from '../../lib/api/schemas/titled.ts'
import {
  AddingAnswer,
  AddTorrentAnswer,
  AssignAnswer,
  TorrentJson,
  TorrentsAnswer,
} from '../../lib/api/schemas/torrents.ts'
import { AppError } from '../../lib/domain/errors.ts'
import { episodeId, infoHash, movieId, showId } from '../../lib/domain/ids.ts'
import { asMovie, torrentOf } from '../library/fixtures.ts'
import { ApiFixture, hashOf, resultOf } from '../support/fake-api.ts'

const MAGNET = `magnet:?xt=urn:btih:${'a'.repeat(40)}`
const A = 'a'.repeat(40)

/** One row: the call, its status, and the schema of its answer; or a part of the error's message. */
type Row = readonly [call: string, body: unknown, status: number, answer?: z.ZodType | RegExp]

const rows: readonly Row[] = [
  ['POST /api/torrents', { magnet_uri: MAGNET }, 201, AddTorrentAnswer],
  ['POST /api/torrents', { torrent: Buffer.from('d4:info').toString('base64') }, 201, AddTorrentAnswer],
  ['POST /api/torrents', { torrent: 'ZDQ6\naW5mbw==\n' }, 201, AddTorrentAnswer],
  ['POST /api/torrents', { magnet_uri: MAGNET, movie_id: 1 }, 201, AddTorrentAnswer],
  ['POST /api/torrents', { magnet_uri: MAGNET, show_id: 1 }, 201, AddTorrentAnswer],
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
  ['GET /api/torrents?limit=2&offset=0&q=film&sort=size&order=asc&state=idle', undefined, 200, TorrentsAnswer],
  ['GET /api/torrents?limit=501', undefined, 400, /query limit/],
  ['GET /api/torrents?sort=title', undefined, 400, /query sort/],
  ['GET /api/torrents?state=asleep', undefined, 400, /query state/],
  ['GET /api/torrents/adding', undefined, 200, AddingAnswer],
  [`GET /api/torrents/${A}`, undefined, 200, TorrentJson],
  [`GET /api/torrents/${A.toUpperCase()}`, undefined, 200, TorrentJson],
  [`GET /api/torrents/${'f'.repeat(40)}`, undefined, 404, /no torrent /],
  ['GET /api/torrents/abc', undefined, 400, /path hash: must be an info-hash/],
  [`POST /api/torrents/${A}/pause`, undefined, 200, TorrentJson],
  [`POST /api/torrents/${A}/resume`, undefined, 200, TorrentJson],
  [`POST /api/torrents/${'f'.repeat(40)}/pause`, undefined, 404, /no torrent /],
  [`POST /api/torrents/${'f'.repeat(40)}/resume`, undefined, 404, /no torrent /],
  [`DELETE /api/torrents/${A}`, undefined, 204],
  [`DELETE /api/torrents/${A}?delete_data=true`, undefined, 204],
  [`DELETE /api/torrents/${A}?delete_data=yes`, undefined, 400, /query delete_data/],
  [`DELETE /api/torrents/${'f'.repeat(40)}`, undefined, 404, /no torrent /],

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
  ['GET /api/movies?limit=501', undefined, 400, /query limit/],
  ['GET /api/movies?sort=year&order=asc&year=2020&assigned=false', undefined, 200, MoviesAnswer],
  ['GET /api/movies?sort=size', undefined, 400, /query sort/],
  ['GET /api/movies?order=up', undefined, 400, /query order/],
  ['GET /api/movies?year=soon', undefined, 400, /query year/],
  ['GET /api/movies?assigned=maybe', undefined, 400, /query assigned/],
  ['GET /api/movies?offset=-1', undefined, 400, /query offset/],
  ['GET /api/movies?limit=1&limit=2', undefined, 400, /query limit/],
  ['GET /api/movies?page=2', undefined, 400, /query unknown field "page"/],
  ['GET /api/movies/1', undefined, 200, MovieJson],
  ['GET /api/movies/99', undefined, 404, /no movie /],
  ['GET /api/movies/zero', undefined, 400, /path id/],
  ['GET /api/movies/0', undefined, 400, /path id/],
  ['GET /api/movies/1e300', undefined, 400, /path id/],
  ['DELETE /api/movies/1', undefined, 204],
  ['DELETE /api/movies/99', undefined, 404, /no movie /],
  ['POST /api/movies/1/assign-torrent', { magnet_uri: MAGNET }, 201, AssignAnswer],
  ['POST /api/movies/1/assign-torrent', { magnet_uri: MAGNET, file_path: 'a/b.mkv' }, 201, AssignAnswer],
  ['POST /api/movies/99/assign-torrent', { magnet_uri: MAGNET }, 404, /no movie /],
  ['POST /api/movies/1/assign-torrent', {}, 400, /exactly one of/],
  ['DELETE /api/movies/1/assign', undefined, 204],
  ['DELETE /api/movies/99/assign', undefined, 404, /no movie /],

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
  ['GET /api/shows/1', undefined, 200, ShowJson],
  ['GET /api/shows?assigned=true&sort=added&q=s', undefined, 200, ShowsAnswer],
  ['POST /api/movies/1/match', { title: 'Another Film', year: 1999 }, 200, MovieJson],
  ['POST /api/movies/1/match', { tmdb_id: 603 }, 503, /TMDB_API_KEY/],
  ['POST /api/movies/1/match', { movie_id: 99 }, 404, /no movie /],
  ['POST /api/movies/99/match', { title: 'Another Film' }, 404, /no movie /],
  ['POST /api/movies/1/match', {}, 400, /either title or tmdb_id/],
  ['POST /api/movies/1/match', { title: 'Both', movie_id: 1 }, 400, /either title or tmdb_id/],
  ['POST /api/shows/1/match', { title: 'Another Show' }, 200, ShowSummaryJson],
  ['POST /api/shows/1/match', { title: 'Another Show', movie_id: 1 }, 400, /unknown field "movie_id"/],
  ['POST /api/shows/99/match', { title: 'Another Show' }, 404, /no show /],
  ['GET /api/shows/9', undefined, 404, /no show /],
  ['DELETE /api/shows/1', undefined, 204],
  ['DELETE /api/shows/99', undefined, 404, /no show /],
  ['POST /api/shows/1/assign-torrent', { magnet_uri: MAGNET }, 200, AssignAnswer],
  ['POST /api/shows/1/assign-torrent', { magnet_uri: MAGNET, file_path: 'x' }, 400, /unknown field "file_path"/],
  ['POST /api/shows/99/assign-torrent', { magnet_uri: MAGNET }, 404, /no show /],

  ['POST /api/episodes/1/assign-torrent', { magnet_uri: MAGNET, file_path: 'a.mkv' }, 201, AssignAnswer],
  ['POST /api/episodes/99/assign-torrent', { magnet_uri: MAGNET }, 404, /no episode /],
  ['DELETE /api/episodes/1/assign', undefined, 204],
  ['DELETE /api/episodes/99/assign', undefined, 404, /no episode /],

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

/** A movie, a show with S01E02, and a torrent of none of them. */
async function startFilled(): Promise<ApiFixture> {
  const api = await ApiFixture.start()
  api.library.createMovie({ title: 'Film', year: 2020 })
  const seasons = [{ number: 1, episodes: [{ number: 2, name: 'Two' }] }]
  api.library.createShow({ title: 'Show', year: 2019, seasons })
  api.addTorrent('a', 'Film.2020', ['film.mkv', '.pad/10'])
  return api
}

async function check(api: ApiFixture, [call, body, status, answer]: Row): Promise<void> {
  const [method, path] = call.split(' ') as [string, string]
  const got = await api.call(method, path, body)
  expect(got.status, got.text).to.equal(status)
  if (answer === undefined) expect(got.text).to.equal('')
  else if (answer instanceof RegExp) {
    const { error } = ErrorAnswer.parse(got.json)
    expect(error.message).to.match(answer)
  } else answer.parse(got.json)
}

const titleOf = ([call, body, status]: Row): string => `${call} ${JSON.stringify(body) ?? ''} → ${status}`
const mayChange = ([call, , status]: Row): boolean => status < 300 && !call.startsWith('GET')

describe('the REST routes, where nothing changes', () => {
  let api: ApiFixture
  before(async () => {
    api = await startFilled()
  })
  after(async () => {
    const counts = api.library.counts()
    await api.close()
    expect(counts, 'as before').to.deep.equal({ movies: 1, shows: 1, episodes: 1, torrents: 1 })
  })
  for (const row of rows.filter((one) => !mayChange(one))) it(titleOf(row), () => check(api, row))
})

describe('the REST routes', () => {
  let api: ApiFixture

  beforeEach(async () => {
    api = await startFilled()
  })
  afterEach(() => api.close())

  for (const row of rows.filter(mayChange)) it(titleOf(row), () => check(api, row))

  it('gives the intake what the body says', async () => {
    await api.call('POST', '/api/torrents', { magnet_uri: MAGNET, show_id: 1 })
    await api.call('POST', '/api/movies/1/assign-torrent', { torrent: 'ZDQ6aW5mbw==', file_path: 'a/b.mkv' })
    await api.call('POST', '/api/episodes/1/assign-torrent', { magnet_uri: MAGNET })
    const [added, movie, episode] = api.intake.calls
    expect(added?.input).to.deep.equal({ magnetUri: MAGNET })
    expect(added?.target).to.deep.equal({ kind: 'show', id: showId(1) })
    expect(movie?.input).to.deep.equal({ metadata: Buffer.from('d4:info') })
    expect(movie?.target).to.deep.equal({ kind: 'movie', id: movieId(1), filePath: 'a/b.mkv' })
    expect(episode?.target).to.deep.equal({ kind: 'episode', id: episodeId(1) })
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
    const { json } = await api.call('POST', '/api/shows/1/assign-torrent', { magnet_uri: MAGNET })
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
    expect(closed).to.include({ state: 'idle', downloaded: 500, progress: 500 / 2001, peers: 0, download_speed: 0 })
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
    expect(torrents[0]).to.include({
      state: 'active',
      progress: 1000 / 2001,
      peers: 7,
      seeders: 2,
      download_speed: 123,
    })
  })

  it('pauses, resumes and removes', async () => {
    expect((await api.call('POST', `/api/torrents/${A}/pause`)).json.state).to.equal('paused')
    expect((await api.call('POST', `/api/torrents/${A}/resume`)).json.state).to.equal('idle')
    await api.call('DELETE', `/api/torrents/${A}?delete_data=true`)
    expect(api.activity.removed).to.deep.equal([{ infoHash: A, deleteData: true }])
    expect((await api.call('GET', `/api/torrents/${A}`)).status).to.equal(404)
  })

  it('shows the active assignment beside all of them', async () => {
    api.addTorrent('b', 'Old', ['old.mkv'], [asMovie('Film', 0, { year: 2020 })])
    api.addTorrent('c', 'New', ['new.mkv'], [asMovie('Film', 0, { year: 2020 })])
    api.library.chooseVersion({ infoHash: hashOf('c'), fileIndex: 0 })
    const { json } = await api.call('GET', '/api/movies/1')
    expect(json.has_assignment).to.equal(true)
    expect(json.assignment).to.include({ id: `${hashOf('c')}:0`, file_path: 'new.mkv', is_chosen: true })
    expect(json.assignments[1]).to.include({
      file_path: 'old.mkv',
      is_active: false,
      is_chosen: false,
      trashed_at: null,
    })
  })

  it('pages, searches, sorts and filters', async () => {
    for (const title of ['Alpha', 'Beta', 'Alphabet']) api.library.createMovie({ title, year: null })
    const titles = async (query: string) => {
      const { json } = await api.call('GET', `/api/movies?${query}`)
      return [json.total, ...json.movies.map((movie: { title: string }) => movie.title)]
    }
    expect(await titles('q=ALPHA&limit=1&offset=1')).to.deep.equal([2, 'Alphabet'])
    expect(await titles('order=desc')).to.deep.equal([4, 'Film', 'Beta', 'Alphabet', 'Alpha'])
    expect(await titles('sort=added&limit=2')).to.deep.equal([4, 'Alphabet', 'Beta'])
    expect(await titles('year=2020')).to.deep.equal([1, 'Film'])
    expect(await titles('assigned=true')).to.deep.equal([0])
    expect(await titles('assigned=false&limit=1')).to.deep.equal([4, 'Alpha'])
  })

  it('pages torrents, those of one state too', async () => {
    for (let index = 0; index < 250; index += 1) {
      const hash = infoHash(index.toString(16).padStart(40, '0'))
      api.library.addTorrent({ ...torrentOf(`T${index + 100}`, ['a.mkv']), infoHash: hash }, null, [], false)
      if (index % 50 === 0) api.activity.states.set(hash, 'active')
    }
    const names = async (query: string) => {
      const { json } = await api.call('GET', `/api/torrents?${query}`)
      return [json.total, ...json.torrents.map((torrent: { name: string }) => torrent.name)]
    }
    expect(await names('limit=2&offset=1')).to.deep.equal([251, 'T100', 'T101'])
    expect((await names('')).length).to.equal(101)
    expect(await names('state=active')).to.deep.equal([5, 'T100', 'T150', 'T200', 'T250', 'T300'])
    expect(await names('state=active&limit=2&offset=3&order=desc')).to.deep.equal([5, 'T150', 'T100'])
    expect(await names('state=active&q=t2')).to.deep.equal([2, 'T200', 'T250'])
    expect(await names('state=active&sort=added&limit=1')).to.deep.equal([5, 'T300'])
    expect(await names('state=error')).to.deep.equal([0])
    expect(await names('state=idle&limit=2&offset=1')).to.deep.equal([246, 'T101', 'T102'])
    expect(await names('state=idle&limit=2&offset=245')).to.deep.equal([246, 'T349'])
    expect(await names('state=idle&q=t20&limit=2&offset=8')).to.deep.equal([9, 'T209'])
    const read: number[] = []
    const torrents = api.library.torrents.bind(api.library)
    api.library.torrents = (page) => {
      read.push(page.limit)
      return torrents(page)
    }
    expect(await names('state=idle&q=t&limit=1')).to.deep.equal([245, 'T101'])
    expect(read, 'each step looks at all names').to.deep.equal([20, 40, 80, 160])
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
