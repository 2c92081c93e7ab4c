import { expect } from 'chai'
import { App } from '../../lib/app.ts'
import { parseConfig } from '../../lib/config.ts'
import { type Clock, systemClock } from '../../lib/domain/clock.ts'
import { silentLogger } from '../../lib/domain/logger.ts'
import { makeFilesTorrent } from '../support/files-torrent.ts'
import { hurriedClock } from '../support/hurried-clock.ts'
import { LocalTmdb, V3_KEY } from '../support/local-tmdb.ts'
import {
  callApi,
  LOOPBACK_SETTINGS,
  list,
  newDataDir,
  readFile,
  removeDataDir,
  startApp,
} from '../support/running-app.ts'
import { until } from '../support/until.ts'

const episodeTorrent = (release: string) =>
  makeFilesTorrent(release, [{ path: `${release}.mkv`, bytes: Buffer.from(release) }])
const daysAgo = (days: number): string => new Date(Date.now() - days * 86_400_000).toISOString().slice(0, 10)

const first = episodeTorrent('Marvels.Odd.Squad.S01E01.1080p.WEB-DL.x264-DEMO')
const second = episodeTorrent('Marvels.Odd.Squad.S01E02.1080p.WEB-DL.x264-DEMO')
const film = episodeTorrent('The.Long.Film.2017.720p.WEB-DL.x264-DEMO')

/** An outage of half a minute is over in a second. */
const hurried = hurriedClock(20)

describe('metadata over TMDB', () => {
  let tmdb: LocalTmdb
  let dataDir: string
  let app: App | undefined

  beforeEach(async () => {
    dataDir = newDataDir()
    tmdb = await LocalTmdb.start()
    tmdb.shows = [
      {
        id: 41,
        title: "Marvel's Odd Squad",
        date: daysAgo(9),
        status: 'Returning Series',
        seasons: {
          1: [
            { name: 'The Beginning', airDate: daysAgo(9) },
            { name: 'What Follows', airDate: daysAgo(2) },
            { name: 'Not Yet', airDate: daysAgo(-5) },
          ],
        },
      },
    ]
    tmdb.movies = [{ id: 42, title: 'The Long Film', date: '2018-05-06' }]
  })
  afterEach(async () => {
    await app?.close()
    app = undefined
    await tmdb.close()
    removeDataDir(dataDir)
  })

  const start = async (clock: Clock = systemClock): Promise<App> => {
    const settings = { ...LOOPBACK_SETTINGS, DATA_DIR: dataDir, TMDB_API_KEY: V3_KEY, TMDB_BASE_URL: tmdb.url }
    app = App.create(parseConfig(settings), silentLogger, { clock })
    await app.start()
    return app
  }
  const add = async (to: App, torrent: typeof first): Promise<void> => {
    const answer = await callApi(to, '/api/torrents', { torrent: Buffer.from(torrent.metadata).toString('base64') })
    expect(answer.status).to.equal(201)
  }
  const withoutSidecars = async (on: App, path: string): Promise<string[]> =>
    (await list(on, path)).filter((name) => !/\.(?:nfo|jpg)$/.test(name))
  /** Until the directory has these names, sidecars aside. */
  const shows = (on: App, path: string, names: readonly string[], listing = withoutSidecars): Promise<void> =>
    until(async () => (await listing(on, path)).join() === names.join())
  const SEASON = "/TV Shows/Marvel's Odd Squad (%)/Season 01".replace('%', daysAgo(9).slice(0, 4))
  const FIRST = "Marvel's Odd Squad - S01E01 - The Beginning.mkv"
  const SECOND = "Marvel's Odd Squad - S01E02 - What Follows.mkv"

  it('gives an added torrent its title, year and episode names, and the next one with it', async () => {
    const service = await start()
    await add(service, first)
    await shows(service, SEASON, [FIRST])
    await add(service, second)
    await shows(service, SEASON, [FIRST, SECOND])
    expect(await list(service, '/TV Shows')).to.have.length(1)
    const { json } = await callApi(service, '/api/shows/recently-aired?days=30')
    expect(
      json.episodes.map((one: { name: string; has_assignment: boolean }) => [one.name, one.has_assignment]),
    ).to.deep.equal([
      ['What Follows', true],
      ['The Beginning', true],
    ])
    expect((await callApi(service, '/api/shows/recently-aired')).json.episodes).to.have.length(1)
  })

  it('puts an .nfo and images beside what it completed, with the bytes that are listed', async () => {
    const service = await start()
    await add(service, first)
    const stem = FIRST.slice(0, -'.mkv'.length)
    await shows(service, SEASON, [FIRST, `${stem}.nfo`, `${stem}-thumb.jpg`], list)
    const nfo = await readFile(service, `${SEASON}/${stem}.nfo`)
    expect(nfo.bytes.toString()).to.match(/<episodedetails>[\s\S]*<title>The Beginning<\/title>/)
    expect(nfo.headers.get('content-length')).to.equal(String(nfo.bytes.length))
    const thumb = await readFile(service, `${SEASON}/${stem}-thumb.jpg`, 'bytes=0-2')
    expect([thumb.status, thumb.bytes.toString('hex')]).to.deep.equal([206, 'ffd8ff'])
  })

  it('goes by the names of the files while TMDB is down, and catches up when it is back', async () => {
    tmdb.isDown = true
    const service = await start(hurried)
    await add(service, first)
    await add(service, film)
    await shows(service, '/TV Shows/Marvels Odd Squad/Season 01', ['Marvels Odd Squad - S01E01.mkv'])
    await shows(service, '/Movies', ['The Long Film (2017)'])
    tmdb.isDown = false
    await shows(service, SEASON, [FIRST])
    await shows(service, '/Movies', ['The Long Film (2018)'])
  })

  it('catches up after a restart', async () => {
    tmdb.isDown = true
    const before = await start()
    await add(before, first)
    await before.close()
    tmdb.isDown = false
    const after = await start(hurried)
    await shows(after, SEASON, [FIRST])
  })

  it('without a key asks nobody, and says that nothing aired', async () => {
    app = await startApp(dataDir, { TMDB_BASE_URL: tmdb.url })
    await add(app, first)
    await shows(app, '/TV Shows/Marvels Odd Squad/Season 01', ['Marvels Odd Squad - S01E01.mkv'])
    expect((await callApi(app, '/api/shows/recently-aired')).json).to.deep.equal({ episodes: [] })
    expect(tmdb.requests).to.deep.equal([])
  })
})
