import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import type { App } from '../../lib/app.ts'
import { hashPassword } from '../../lib/webdav/password-users.ts'
import { makeFilesTorrent } from '../support/files-torrent.ts'
import { makeContent } from '../support/make-torrent.ts'
import { callApi, hrefOf, list, newDataDir, readFile, removeDataDir, startApp } from '../support/running-app.ts'
import { ScriptedPeer } from '../support/scripted-peer.ts'
import { until } from '../support/until.ts'

const film = makeFilesTorrent('The.Long.Film.2019.1080p.BluRay.x264-DEMO', [
  { path: 'The.Long.Film.2019.1080p.BluRay.x264-DEMO.mkv', bytes: makeContent(5_000_000) },
])
const odd = makeFilesTorrent('vid_0001', [{ path: 'vid_0001.mkv', bytes: makeContent(1_000_000, 3) }])
const season = makeFilesTorrent('Test.Card.S01.720p', [
  { path: 'Test.Card.S01E01.720p.mkv', bytes: makeContent(300_000, 4) },
  { path: 'Test.Card.S01E02.720p.mkv', bytes: makeContent(300_000, 5) },
])

async function write(app: App, method: string, path: string, to?: string): Promise<number> {
  const headers = to === undefined ? {} : { destination: hrefOf(app, to) }
  return (await fetch(hrefOf(app, path), { method, headers })).status
}

describe('the drive as the interface', () => {
  let dataDir: string
  let app: App
  let seeders: ScriptedPeer[]

  before(async () => {
    dataDir = newDataDir()
    seeders = await Promise.all([film, odd, season].map((torrent) => ScriptedPeer.listen({ torrent })))
    app = await startApp(dataDir, { ALLOW_WRITE: 'true', IDLE_TIMEOUT_S: '1' })
    for (const [index, torrent] of [film, odd, season].entries()) {
      const magnet = torrent.magnetTo((seeders[index] as ScriptedPeer).address)
      expect((await callApi(app, '/api/torrents', { magnet_uri: magnet })).status).to.equal(201)
    }
  })

  after(async () => {
    await app.close()
    for (const seeder of seeders) await seeder.close()
    removeDataDir(dataDir)
  })

  it('shows what came last', async () => {
    await until(async () => (await list(app, '/Recently Added')).length === 2)
    expect((await list(app, '/Recently Added')).join())
      .to.match(/The Long Film/)
      .and.match(/Test Card/)
  })

  it('puts a deleted film into the trash, and takes it back', async () => {
    expect(await write(app, 'DELETE', '/Movies/The Long Film (2019)/')).to.equal(204)
    expect(await list(app, '/Movies')).to.deep.equal([])
    expect(await list(app, '/Trash')).to.deep.equal(['The Long Film (2019)'])
    const from = '/Trash/The Long Film (2019)/'
    expect(await write(app, 'MOVE', from, '/Movies/The Long Film (2019)/')).to.be.oneOf([201, 204])
    expect(await list(app, '/Movies/The Long Film (2019)')).to.deep.equal(['The Long Film (2019).mkv'])
    expect(await list(app, '/')).not.to.include('Trash')
  })

  it('takes a new name for a new identity', async () => {
    expect(await write(app, 'MOVE', '/Movies/The Long Film (2019)/', '/Movies/A Short Film (2020)/')).to.be.oneOf([
      201, 204,
    ])
    expect(await list(app, '/Movies/A Short Film (2020)')).to.deep.equal(['A Short Film (2020).mkv'])
  })

  it('places a file of /Unsorted by what it is renamed to', async () => {
    const [folder = ''] = await list(app, '/Unsorted')
    const [name = ''] = await list(app, `/Unsorted/${folder}`)
    const status = await write(app, 'MOVE', `/Unsorted/${folder}/${name}`, `/Unsorted/${folder}/Test Card S01E03.mkv`)
    expect(status).to.be.oneOf([201, 204])
    expect(await list(app, '/TV Shows/Test Card/Season 01')).to.deep.equal(
      [1, 2, 3].map((episode) => `Test Card - S01E0${episode}.mkv`),
    )
    const moved = await readFile(app, '/TV Shows/Test Card/Season 01/Test Card - S01E03.mkv')
    expect(moved.bytes.equals(odd.content)).to.equal(true)
  })

  it('fetches whole what is copied into /Offline, with no reader, and shows it as instant', async () => {
    const path = '/TV Shows/Test Card/Season 01/Test Card - S01E01.mkv'
    expect(await write(app, 'COPY', path, '/Offline/Test Card - S01E01.mkv')).to.be.oneOf([201, 204])
    expect(await list(app, '/Offline')).to.deep.equal(['Test Card - S01E01.mkv'])
    await until(async () => (await list(app, '/Instant/Test Card')).length === 2)
    expect(await list(app, '/Instant/Test Card')).to.deep.equal(['Test Card - S01E01.mkv', 'Test Card - S01E03.mkv'])
    expect(await write(app, 'DELETE', '/Offline/Test Card - S01E01.mkv')).to.equal(204)
    expect(await list(app, '/Offline')).to.deep.equal([])
  })

  it('refuses what the library decides itself', async () => {
    expect(await write(app, 'DELETE', '/Movies/')).to.equal(403)
    expect(await write(app, 'MKCOL', '/Movies/New/')).to.equal(403)
    expect(await write(app, 'DELETE', '/Recently Added/')).to.equal(403)
    const put = await fetch(hrefOf(app, '/Movies/A Short Film (2020)/x.txt'), { method: 'PUT', body: 'x' })
    expect(put.status).to.equal(403)
  })
})

describe('logins', () => {
  let dataDir: string
  before(() => {
    dataDir = newDataDir()
  })
  after(() => removeDataDir(dataDir))

  it('come from a users file, one of them for reading only, and player links need none', async () => {
    const usersFile = join(dataDir, 'users')
    const lines = await Promise.all(['me', 'kids'].map(async (name) => `${name}:${await hashPassword('secret')}`))
    writeFileSync(usersFile, `${lines[0]}\n${lines[1]}:ro\n`)
    const app = await startApp(dataDir, { WEBDAV_USERS_FILE: usersFile })
    try {
      await callApi(app, '/api/torrents', { torrent: Buffer.from(season.metadata).toString('base64') })
      const as = (name: string, method = 'PROPFIND', path = '/') => {
        const authorization = `Basic ${Buffer.from(`${name}:secret`).toString('base64')}`
        return fetch(hrefOf(app, path), {
          method,
          headers: { authorization, ...(method === 'PROPFIND' && { depth: '1' }) },
        })
      }
      expect((await fetch(app.webdavUrl, { method: 'PROPFIND' })).status).to.equal(401)
      expect((await as('me')).status).to.equal(207)
      expect((await as('nobody')).status).to.equal(401)
      expect((await as('kids')).status).to.equal(207)
      expect((await as('kids', 'DELETE', '/TV Shows/Test Card/')).status).to.equal(403)
      expect((await as('me', 'DELETE', '/TV Shows/Test Card/Season 01/Test Card - S01E02.mkv')).status).to.equal(204)

      const playlist = await (await fetch(`${app.apiUrl}/connect/play/TV%20Shows/Test%20Card.m3u`)).text()
      const [link = ''] = playlist.split('\n').filter((line) => line.startsWith('http'))
      const head = await fetch(link, { method: 'HEAD' })
      expect([head.status, head.headers.get('content-length')]).to.deep.equal([200, '300000'])
      expect((await fetch(link.replace('S01E01', 'S01E02'), { method: 'HEAD' })).status).to.equal(403)
    } finally {
      await app.close()
    }
  })
})
