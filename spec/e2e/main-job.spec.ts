import { readFileSync } from 'node:fs'
import { expect } from 'chai'
import type { App } from '../../lib/app.ts'
import { type FilesTorrent, makeFilesTorrent } from '../support/files-torrent.ts'
import { makeContent } from '../support/make-torrent.ts'
import { callApi, hrefOf, list, newDataDir, readFile, removeDataDir, startApp } from '../support/running-app.ts'
import { ScriptedPeer } from '../support/scripted-peer.ts'
import { until } from '../support/until.ts'

const fixture = (name: string): Buffer => readFileSync(new URL(`../fixtures/${name}`, import.meta.url))

const season = makeFilesTorrent('Test.Card.S01.720p.WEB-DL.x264-DEMO', [
  { path: 'Test.Card.S01E01.Bars.720p.WEB-DL.x264-DEMO.mkv', bytes: fixture('episode-1.mkv') },
  { path: 'Test.Card.S01E02.720p.WEB-DL.x264-DEMO.mkv', bytes: fixture('episode-2.mkv') },
  { path: 'Test.Card.S01E03.720p.WEB-DL.x264-DEMO.mkv', bytes: fixture('episode-3.mkv') },
  {
    path: 'Subs/Test.Card.S01E02.720p.WEB-DL.x264-DEMO/2_English.srt',
    bytes: Buffer.from('1\n00:00:01,000 --> 00:00:02,000\nHello\n'),
  },
  { path: 'info.nfo', bytes: Buffer.from('made for this spec') },
])
const film = makeFilesTorrent('The.Long.Film.2019.1080p.BluRay.x264-DEMO', [
  { path: 'The.Long.Film.2019.1080p.BluRay.x264-DEMO.mkv', bytes: makeContent(12_345_678) },
])
const long = makeFilesTorrent('A.Longer.Film.2018.720p.WEB-DL.x264-DEMO', [
  { path: 'A.Longer.Film.2018.720p.WEB-DL.x264-DEMO.mkv', bytes: makeContent(60_000_000, 7) },
])
const LONG = '/Movies/A Longer Film (2018)/A Longer Film (2018).mkv'
const FILM = '/Movies/The Long Film (2019)/The Long Film (2019).mkv'
const EPISODE = '/TV Shows/Test Card/Season 01/Test Card - S01E02.mkv'

const stateOf = async (app: App, torrent: FilesTorrent): Promise<string> =>
  (await callApi(app, `/api/torrents/${torrent.infoHash}`)).json.state

describe('the main job', () => {
  let dataDir: string
  let app: App
  let seeder: ScriptedPeer
  let filmSeeder: ScriptedPeer
  let longSeeder: ScriptedPeer

  before(async () => {
    dataDir = newDataDir()
    seeder = await ScriptedPeer.listen({ torrent: season })
    filmSeeder = await ScriptedPeer.listen({ torrent: film })
    longSeeder = await ScriptedPeer.listen({ torrent: long })
    app = await startApp(dataDir, { IDLE_TIMEOUT_S: '1', READ_TIMEOUT_S: '4' })
  })

  after(async () => {
    await app.close()
    await seeder.close()
    await filmSeeder.close()
    await longSeeder.close()
    removeDataDir(dataDir)
  })

  it('begins with an empty library', async () => {
    expect(await list(app, '/')).to.include.members(['Movies', 'TV Shows', 'Inbox'])
    expect(await list(app, '/Movies')).to.deep.equal([])
  })

  it('turns a magnet into named episodes that the next listings show', async () => {
    const added = await callApi(app, '/api/torrents', { magnet_uri: season.magnetTo(seeder.address) })
    expect(added.status).to.equal(201)
    expect(added.json.matched).to.have.length(3)
    expect(added.json.unmatched.map((file: { file_path: string }) => file.file_path)).to.deep.equal([
      'Test.Card.S01.720p.WEB-DL.x264-DEMO/info.nfo',
    ])
    await until(async () => (await list(app, '/TV Shows')).length > 0)
    const names = await list(app, '/TV Shows/Test Card/Season 01')
    expect(names).to.have.length(4)
    expect(names).to.include('Test Card - S01E02.en.srt')
    expect(names).to.include('Test Card - S01E02.mkv')
    expect(await list(app, '/Unsorted')).to.deep.equal([season.name])
  })

  it('answers a second add of the same torrent with 200 and changes nothing', async () => {
    const again = await callApi(app, '/api/torrents', { magnet_uri: season.magnetUri })
    expect(again.status).to.equal(200)
    expect(again.json.matched).to.have.length(3)
    expect((await callApi(app, '/api/torrents')).json.torrents).to.have.length(1)
  })

  it('takes a .torrent file and asks no swarm for it', async () => {
    const torrent = Buffer.from(film.metadata).toString('base64')
    const added = await callApi(app, '/api/torrents', { torrent })
    expect(added.status).to.equal(201)
    expect(added.json.movies[0]).to.include({ title: 'The Long Film', year: 2019 })
    await until(() => filmSeeder.connectionCount === 0)
    expect(await stateOf(app, film)).to.equal('idle')
  })

  it('plays an episode out of the swarm, whole and in ranges', async () => {
    const whole = await readFile(app, EPISODE)
    expect(whole.status).to.equal(200)
    expect(whole.bytes.equals(fixture('episode-2.mkv'))).to.equal(true)
    const part = await readFile(app, EPISODE, 'bytes=1000-1999')
    expect(part.status).to.equal(206)
    expect(part.headers.get('content-range')).to.equal(`bytes 1000-1999/${whole.bytes.length}`)
    expect(part.bytes.equals(whole.bytes.subarray(1000, 2000))).to.equal(true)
    const tail = await readFile(app, EPISODE, 'bytes=-500')
    expect(tail.bytes.equals(whole.bytes.subarray(-500))).to.equal(true)
  })

  it('says 503 with Retry-After when no peer has the film, and nothing is left of the read', async () => {
    const answer = await readFile(app, FILM)
    expect(answer.status).to.equal(503)
    expect(Number(answer.headers.get('retry-after'))).to.be.greaterThan(0)
  })

  it('leaves the network when nobody reads, and comes back for the next read', async () => {
    await callApi(app, '/api/torrents', { magnet_uri: long.magnetTo(longSeeder.address) })
    const start = await readFile(app, LONG, 'bytes=0-99999')
    expect(start.bytes.equals(long.content.subarray(0, 100_000))).to.equal(true)
    await until(() => longSeeder.connections.size === 0)
    expect(await stateOf(app, long)).to.equal('idle')
    const before = longSeeder.connectionCount
    const middle = await readFile(app, LONG, 'bytes=30000000-30099999')
    expect(middle.bytes.equals(long.content.subarray(30_000_000, 30_100_000))).to.equal(true)
    expect(longSeeder.connectionCount).to.equal(before + 1)
    expect(longSeeder.sentBlocks * 16_384).to.be.below(long.content.length / 2)
  })

  it('lets a pause win over a read', async () => {
    expect((await callApi(app, `/api/torrents/${season.infoHash}/pause`, undefined, 'POST')).status).to.equal(200)
    expect((await readFile(app, EPISODE)).status).to.equal(503)
    expect((await callApi(app, `/api/torrents/${season.infoHash}/resume`, undefined, 'POST')).status).to.equal(200)
    expect((await readFile(app, EPISODE)).status).to.equal(200)
  })

  it('ends what a client that left had caused', async () => {
    const openReaders = async (): Promise<number> => {
      const metrics = await (await fetch(`${app.apiUrl}/metrics`)).text()
      return Number(/^momoshtrem_open_readers (\d+)/m.exec(metrics)?.[1])
    }
    const reach = (count: number): Promise<void> => until(async () => (await openReaders()) === count)
    await reach(0)
    const leaving = new AbortController()
    const answer = fetch(hrefOf(app, FILM), { signal: leaving.signal }).catch((error: Error) => error.name)
    await reach(1)
    leaving.abort()
    expect(await answer).to.equal('AbortError')
    await reach(0)
  })

  it('keeps pieces and metadata over a restart: nothing is fetched again', async () => {
    await app.close()
    await seeder.close()
    app = await startApp(dataDir, { READ_TIMEOUT_S: '4' })
    const whole = await readFile(app, EPISODE)
    expect(whole.bytes.equals(fixture('episode-2.mkv'))).to.equal(true)
    expect((await callApi(app, `/api/torrents/${season.infoHash}`)).json.downloaded).to.be.greaterThan(0)
  })

  it('shows a delete in the next listing', async () => {
    const gone = await callApi(app, `/api/torrents/${season.infoHash}?delete_data=true`, undefined, 'DELETE')
    expect(gone.status).to.be.within(200, 204)
    await until(async () => (await list(app, '/TV Shows')).length === 0)
    expect(await list(app, '/')).not.to.include('Unsorted')
  })

  it('reports itself', async () => {
    expect((await callApi(app, '/readyz')).status).to.equal(200)
    const status = (await callApi(app, '/api/status')).json
    expect(status.library).to.include({ torrents: 2, movies: 2 })
    const metrics = await (await fetch(`${app.apiUrl}/metrics`)).text()
    expect(metrics).to.match(/^momoshtrem_read_bytes_total [1-9]/m)
  })
})
