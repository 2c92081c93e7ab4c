import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import { expectedBytes } from '../support/content-fake.ts'
import { exchange, type HttpAnswer, rawExchange } from '../support/http-exchange.ts'
import { FIXTURE_MODIFIED_MS } from '../support/tree-fixture.ts'
import { FILM_BYTES, type RunningWebdav, startWebdav } from '../support/webdav-fixture.ts'

/** Set, golden files that are missing are written. */
const { UPDATE_GOLDEN } = process.env
const FILM = '/Movies/Alpha%20(2001)/Alpha%20(2001).mkv'
const DATE = new Date(FIXTURE_MODIFIED_MS).toUTCString()
const LOCK_BODY =
  '<?xml version="1.0" encoding="utf-8"?><D:lockinfo xmlns:D="DAV:"><D:lockscope><D:exclusive/></D:lockscope><D:locktype><D:write/></D:locktype><D:owner><D:href>http://www.apple.com/webdav_fs/</D:href></D:owner></D:lockinfo>'

/** The bodies as the clients send them. */
const BODIES = {
  finder:
    '<?xml version="1.0" encoding="utf-8"?>\n<D:propfind xmlns:D="DAV:">\n<D:prop>\n<D:getlastmodified/>\n<D:getcontentlength/>\n<D:creationdate/>\n<D:resourcetype/>\n</D:prop>\n</D:propfind>\n',
  finderQuota:
    '<?xml version="1.0" encoding="utf-8"?>\n<D:propfind xmlns:D="DAV:">\n<D:prop>\n<D:quota-available-bytes/>\n<D:quota-used-bytes/>\n<D:quota/>\n<D:quotaused/>\n</D:prop>\n</D:propfind>\n',
  rclone:
    '<?xml version="1.0"?>\n<d:propfind  xmlns:d="DAV:" xmlns:oc="http://owncloud.org/ns" xmlns:nc="http://nextcloud.org/ns">\n <d:prop>\n  <d:displayname />\n  <d:getlastmodified />\n  <d:getcontentlength />\n  <d:resourcetype />\n  <d:getcontenttype />\n  <oc:checksums />\n  <oc:permissions />\n </d:prop>\n</d:propfind>\n',
  davfs2:
    '<?xml version="1.0" encoding="utf-8"?>\n<propfind xmlns="DAV:"><prop>\n<getetag xmlns="DAV:"/><getcontentlength xmlns="DAV:"/><creationdate xmlns="DAV:"/><getlastmodified xmlns="DAV:"/><resourcetype xmlns="DAV:"/><executable xmlns="http://apache.org/dav/props/"/>\n</prop></propfind>\n',
  kodi: '<?xml version="1.0" encoding="utf-8" ?>  <D:propfind xmlns:D="DAV:">   <D:prop>     <D:resourcetype/>     <D:getcontentlength/>     <D:getlastmodified/>     <D:creationdate/>     <D:displayname/>    </D:prop>  </D:propfind>',
  infuse: '<?xml version="1.0" encoding="utf-8" ?><D:propfind xmlns:D="DAV:"><D:allprop/></D:propfind>',
} as const

function expectGolden(name: string, answer: HttpAnswer): void {
  expect(answer.status).to.equal(207)
  const file = fileURLToPath(new URL(`../golden/webdav/${name}.xml`, import.meta.url))
  const xml = answer.body
    .toString()
    .replaceAll('<D:response>', '\n<D:response>')
    .replaceAll('<D:propstat>', '\n  <D:propstat>')
  if (!existsSync(file) && UPDATE_GOLDEN) writeFileSync(file, `${xml}\n`)
  expect(`${xml}\n`).to.equal(readFileSync(file, 'utf8'))
}

describe('the requests of', () => {
  let running: RunningWebdav
  let inboxDir = ''

  before(async () => {
    inboxDir = await mkdtemp(join(tmpdir(), 'clients-'))
    running = await startWebdav({ inboxDir })
  })
  after(async () => {
    await running.server.close()
    await rm(inboxDir, { recursive: true })
  })

  const send = (method: string, path: string, headers: Record<string, string> = {}, body?: string) =>
    exchange(running.port, method, path, headers, body)

  it('Finder: mounts read-write, lists, reads with If-Range, saves under a lock', async () => {
    const options = await send('OPTIONS', '/')
    expect(options.headers.dav).to.equal('1, 2')
    expectGolden(
      'finder',
      await send('PROPFIND', '/Movies/', { Depth: '1', 'Content-Type': 'text/xml' }, BODIES.finder),
    )
    expectGolden(
      'finder-quota',
      await send('PROPFIND', '/', { Depth: '0', 'Content-Type': 'text/xml' }, BODIES.finderQuota),
    )
    const resumed = await send('GET', FILM, { Range: 'bytes=1000000-', 'If-Range': DATE })
    expect(resumed.status).to.equal(206)
    expect((await send('GET', FILM, { 'If-Modified-Since': DATE })).status).to.equal(304)

    for (const name of ['._Alpha', '.DS_Store', '.Spotlight-V100', 'mach_kernel', '.hidden', 'Backups.backupdb']) {
      expect((await send('PROPFIND', `/${name}`, { Depth: '0' })).status, name).to.equal(404)
      expect((await send('PUT', `/Movies/${name}`, {}, 'x')).status, name).to.equal(403)
    }
    const marker = await send('GET', '/.metadata_never_index')
    expect(`${marker.status} ${marker.body.length}`).to.equal('200 0')
    expect((await send('PUT', '/.metadata_never_index', {}, 'x')).status).to.equal(403)

    expect((await send('PUT', '/Inbox/x.torrent', { 'Content-Length': '0' })).status).to.equal(201)
    const lock = await send('LOCK', '/Inbox/x.torrent', { Depth: '0', Timeout: 'Second-600' }, LOCK_BODY)
    expect(lock.status).to.equal(200)
    const token = String(lock.headers['lock-token'])
    const chunked = { 'Transfer-Encoding': 'chunked', 'X-Expected-Entity-Length': '4', If: `(${token})` }
    expect((await send('PUT', '/Inbox/x.torrent', chunked, 'data')).status).to.equal(200)
    expect((await send('UNLOCK', '/Inbox/x.torrent', { 'Lock-Token': token })).status).to.equal(204)
    expect((await send('LOCK', FILM, { Depth: '0' }, LOCK_BODY)).status).to.equal(403)
  })

  it('Explorer: is told the author, gets a compact listing without redirection and real 404s', async () => {
    const agent = { 'User-Agent': 'Microsoft-WebDAV-MiniRedir/10.0.22631', Translate: 'f' }
    const options = await send('OPTIONS', '/', agent)
    expect(options.headers['ms-author-via']).to.equal('DAV')
    expectGolden('explorer', await send('PROPFIND', '/Movies', { ...agent, Depth: '1', 'Content-Length': '0' }))
    for (const name of ['desktop.ini', 'Thumbs.db', 'folder.jpg', 'AutoRun.inf']) {
      expect((await send('PROPFIND', `/Movies/${name}`, { ...agent, Depth: '0' })).status, name).to.equal(404)
    }
    const whole = await send('GET', FILM, agent)
    expect(whole.body.length).to.equal(FILM_BYTES)
    await send('PUT', '/Inbox/w.txt', agent, 'x')
    const times =
      '<?xml version="1.0" encoding="utf-8" ?><D:propertyupdate xmlns:D="DAV:" xmlns:Z="urn:schemas-microsoft-com:"><D:set><D:prop><Z:Win32CreationTime>Fri, 01 Mar 2024 12:30:15 GMT</Z:Win32CreationTime><Z:Win32FileAttributes>00000020</Z:Win32FileAttributes></D:prop></D:set></D:propertyupdate>'
    expectGolden('explorer-proppatch', await send('PROPPATCH', '/Inbox/w.txt', agent, times))
  })

  it('rclone: lists with and without a slash, reads a range, gives it up, reads another', async () => {
    expectGolden('rclone', await send('PROPFIND', '/Movies', { Depth: '1' }, BODIES.rclone))
    expect((await send('PROPFIND', '/Movies/Nothing', { Depth: '1' }, BODIES.rclone)).status).to.equal(404)
    const tail = await send('GET', FILM, { Range: `bytes=${FILM_BYTES - 100}-${FILM_BYTES + 134217627}` })
    expect(tail.headers['content-range']).to.equal(`bytes ${FILM_BYTES - 100}-${FILM_BYTES - 1}/${FILM_BYTES}`)
    for (const method of ['PUT', 'DELETE', 'MKCOL', 'MOVE', 'COPY']) {
      expect((await send(method, '/Movies/x', { Destination: '/Movies/y' })).status, method).to.equal(403)
    }
  })

  it('davfs2: lists, asks for the quota, locks a new file before it writes', async () => {
    expect((await send('OPTIONS', '/')).headers.allow).to.include('PROPFIND')
    expectGolden('davfs2', await send('PROPFIND', '/Movies/Alpha%20(2001)/', { Depth: '1' }, BODIES.davfs2))
    const lock = await send('LOCK', '/Inbox/new', { Depth: '0', Timeout: 'Second-1800' }, LOCK_BODY)
    expect(lock.status).to.equal(201)
    const token = String(lock.headers['lock-token'])
    const saved = await send(
      'PUT',
      '/Inbox/new',
      { If: `<http://127.0.0.1:${running.port}/Inbox/new> (${token})` },
      'x',
    )
    expect(saved.status).to.be.oneOf([200, 204])
    expect((await send('UNLOCK', '/Inbox/new', { 'Lock-Token': token })).status).to.equal(204)
  })

  it('Kodi: lists, tells directories by HEAD, seeks', async () => {
    const listed = await send('PROPFIND', '/Movies/', { Depth: '1' }, BODIES.kodi)
    expectGolden('kodi', listed)
    expect(listed.body.toString()).to.match(/<D:resourcetype><D:collection\/>/)
    expect((await send('HEAD', '/Movies/')).headers['content-type']).to.match(/^text\/html/)
    const film = await send('HEAD', FILM)
    expect(film.headers['content-type']).to.equal('video/x-matroska')
    expect(film.headers['accept-ranges']).to.equal('bytes')
    const probe = await send('GET', FILM, { Range: 'bytes=0-1' })
    expect(probe.headers['content-range']).to.equal(`bytes 0-1/${FILM_BYTES}`)
  })

  it('Infuse: finds folders by the D: prefix of an allprop', async () => {
    expectGolden('infuse', await send('PROPFIND', '/TV%20Shows/Show%20(2010)/', { Depth: '1' }, BODIES.infuse))
  })

  it('VLC, ffmpeg and mpv: read from 0 and the tail on connections that close', async () => {
    const text = await rawExchange(
      running.port,
      `GET ${FILM} HTTP/1.1\r\nHost: x\r\nRange: bytes=${FILM_BYTES - 10}-\r\nConnection: close\r\nIcy-MetaData: 1\r\n\r\n`,
    )
    expect(text).to.include(`Content-Range: bytes ${FILM_BYTES - 10}-${FILM_BYTES - 1}/${FILM_BYTES}`)
    const tail = expectedBytes({ start: FILM_BYTES - 10, end: FILM_BYTES }).toString('latin1')
    expect(text.endsWith(`\r\n\r\n${tail}`)).to.equal(true)
    expect((await send('GET', FILM, { Range: 'bytes=0-' })).status).to.equal(206)
  })

  it('a server without an inbox: is of class 1, so that Finder mounts it read-only', async () => {
    const bare = await startWebdav()
    try {
      const options = await exchange(bare.port, 'OPTIONS', '/')
      expect(options.headers.dav).to.equal('1')
      expect((await exchange(bare.port, 'PUT', '/Inbox/x', {}, 'x')).status).to.equal(403)
    } finally {
      await bare.server.close()
    }
  })
})
