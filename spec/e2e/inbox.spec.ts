import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import type { App } from '../../lib/app.ts'
import { makeFilesTorrent } from '../support/files-torrent.ts'
import { callApi, hrefOf, list, newDataDir, readFile, removeDataDir, startApp } from '../support/running-app.ts'
import { ScriptedPeer } from '../support/scripted-peer.ts'
import { until } from '../support/until.ts'

const fixture = (name: string): Buffer => readFileSync(new URL(`../fixtures/${name}`, import.meta.url))

const season = makeFilesTorrent('Test.Card.S01.720p.WEB-DL.x264-DEMO', [
  { path: 'Test.Card.S01E01.Bars.720p.WEB-DL.x264-DEMO.mkv', bytes: fixture('episode-1.mkv') },
  { path: 'Test.Card.S01E02.720p.WEB-DL.x264-DEMO.mkv', bytes: fixture('episode-2.mkv') },
  { path: 'info.nfo', bytes: Buffer.from('made for this spec') },
])
const film = makeFilesTorrent('Moov.Last.2022.720p.WEB-DL-DEMO', [
  { path: 'Moov.Last.2022.720p.WEB-DL-DEMO.mp4', bytes: fixture('film.mp4') },
])
const EPISODE = '/TV Shows/Test Card/Season 01/Test Card - S01E02.mkv'
const LOCK_BODY =
  '<D:lockinfo xmlns:D="DAV:"><D:lockscope><D:exclusive/></D:lockscope><D:locktype><D:write/></D:locktype></D:lockinfo>'

describe('the watch folder', () => {
  const dataDir = newDataDir()
  const watchDir = newDataDir()
  after(() => [dataDir, watchDir].forEach(removeDataDir))

  it('adds what comes into WATCH_DIR', async () => {
    const app = await startApp(dataDir, { WATCH_DIR: watchDir })
    try {
      writeFileSync(join(watchDir, 'Test Card.torrent'), season.metadata)
      const note = join(watchDir, 'Test Card.added.txt')
      await until(() => existsSync(note))
      expect(readFileSync(note, 'utf8')).to.include(EPISODE)
    } finally {
      await app.close()
    }
  })

  it('names the setting when there is no such directory', async () => {
    const failure = await startApp(dataDir, { WATCH_DIR: join(watchDir, 'missing') }).catch((error) => error)
    expect(failure).to.have.property('code', 'invalid')
    expect(failure.message).to.match(/^WATCH_DIR: .*missing cannot be used/)
  })
})

describe('the inbox', () => {
  let dataDir: string
  let app: App
  let seeder: ScriptedPeer

  before(async () => {
    dataDir = newDataDir()
    seeder = await ScriptedPeer.listen({ torrent: film })
    app = await startApp(dataDir, { ADD_TIMEOUT_S: '4' })
  })
  after(async () => {
    await app.close()
    await seeder.close()
    removeDataDir(dataDir)
  })

  async function send(method: string, path: string, body?: string | Uint8Array, headers = {}): Promise<Response> {
    const answer = await fetch(hrefOf(app, path), { method, headers, ...(body !== undefined && { body }) })
    expect(answer.status, `${method} ${path}`).to.be.within(200, 204)
    return answer
  }
  async function untilListed(...names: readonly string[]): Promise<void> {
    await until(async () => {
      const listed = await list(app, '/Inbox')
      return names.every((name) => listed.includes(name))
    })
  }
  const note = async (name: string): Promise<string> => (await readFile(app, `/Inbox/${name}`)).bytes.toString()

  it('adds a .torrent that is put there as Finder does, once, and says where its files are', async () => {
    const path = '/Inbox/Test Card.torrent'
    const locked = await send('LOCK', path, LOCK_BODY, { timeout: 'Second-600' })
    const held = { if: `(${locked.headers.get('lock-token')})` }
    await send('PUT', path, '', held)
    await send('PUT', path, season.metadata, held)
    await send('UNLOCK', path, undefined, { 'lock-token': locked.headers.get('lock-token') })
    await untilListed('Test Card.added.txt')
    expect(await list(app, '/Inbox')).to.deep.equal(['Test Card.added.txt'])
    const text = await note('Test Card.added.txt')
    expect(text).to.match(/^Added: Test\.Card\.S01\.720p\.WEB-DL\.x264-DEMO\n/)
    const paths = text
      .split('\n')
      .filter((line) => line.startsWith('    /'))
      .map((line) => line.trim())
    expect(paths).to.have.length(3).and.to.include(EPISODE)
    for (const shown of paths) expect((await fetch(hrefOf(app, shown), { method: 'HEAD' })).status, shown).to.equal(200)
    expect((await callApi(app, '/api/torrents')).json.torrents).to.have.length(1)
  })

  it('adds a magnet out of the swarm, and tells of the one that no peer has', async () => {
    const dead = `magnet:?xt=urn:btih:${'0'.repeat(39)}1&dn=Nobody.Has.It`
    await send('PUT', '/Inbox/links.txt.part', `${film.magnetTo(seeder.address)}\r\n${dead}\r\n`)
    await send('MOVE', '/Inbox/links.txt.part', undefined, { destination: hrefOf(app, '/Inbox/links.txt') })
    await untilListed('links.added.txt', 'links.error.txt', 'links.txt.failed')
    expect(await list(app, '/Inbox')).not.to.include('links.txt')
    expect(await note('links.added.txt')).to.include('    /Movies/Moov Last (2022)/Moov Last (2022).mp4\n')
    expect(await note('links.error.txt')).to.match(
      /^Not added: Nobody\.Has\.It\n\nWhy: no peer sent .* within 4 s \(peers connected: 0\)\.\n/,
    )
  })

  it('says why a file is no torrent, and leaves other files alone', async () => {
    await send('PUT', '/Inbox/diary.txt', 'nothing to add')
    await send('PUT', '/Inbox/poster.jpg', 'a picture')
    await send('PUT', '/Inbox/bad.torrent', 'd4:infoi1ee')
    await untilListed('bad.error.txt', 'bad.torrent.failed', 'diary.txt', 'poster.jpg')
    expect(await note('bad.error.txt')).to.include('Not added: bad.torrent\n\nWhy: not a torrent')
    expect(await note('diary.txt')).to.equal('nothing to add')
  })

  it('takes at its start what came while it was down', async () => {
    await app.close()
    mkdirSync(join(dataDir, 'inbox', 'later'))
    writeFileSync(join(dataDir, 'inbox', 'again.torrent'), season.metadata)
    app = await startApp(dataDir)
    await untilListed('again.added.txt')
    expect(await note('again.added.txt'))
      .to.match(/^In the library already: Test\.Card/)
      .and.to.include(EPISODE)
  })

  it('closes while a magnet waits for its peers, and leaves it for the next start', async () => {
    await send('PUT', '/Inbox/slow.magnet', `magnet:?xt=urn:btih:${'0'.repeat(39)}2`)
    await until(async () => (await callApi(app, '/api/torrents/adding')).json.torrents.length === 1)
    await app.close()
    expect(readdirSync(join(dataDir, 'inbox')).filter((name) => name.startsWith('slow'))).to.deep.equal(['slow.magnet'])
  })
})
