import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { exchange } from '../support/http-exchange.ts'
import { ManualClock } from '../support/manual-clock.ts'
import { until } from '../support/until.ts'
import { type RunningWebdav, startWebdav } from '../support/webdav-fixture.ts'

const LOCK_BODY =
  '<?xml version="1.0"?><D:lockinfo xmlns:D="DAV:"><D:lockscope><D:exclusive/></D:lockscope><D:locktype><D:write/></D:locktype><D:owner><D:href>me</D:href></D:owner></D:lockinfo>'
const setProperty = (value: string): string =>
  `<D:propertyupdate xmlns:D="DAV:"><D:set><D:prop><Win32FileAttributes xmlns="urn:schemas-microsoft-com:">${value}</Win32FileAttributes></D:prop></D:set></D:propertyupdate>`

describe('/Inbox', () => {
  let running: RunningWebdav
  let directory = ''
  let clock: ManualClock
  const completed: string[] = []

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'inbox-'))
    clock = new ManualClock()
    running = await startWebdav({
      inboxDir: directory,
      clock,
      inboxLimits: { maxFileBytes: 1000, maxTotalBytes: 5000, maxEntries: 12 },
    })
    running.server.onInboxFile((path) => completed.push(path.slice(directory.length + 1)))
  })
  after(async () => {
    await running.server.close()
    await rm(directory, { recursive: true })
  })
  afterEach(async () => {
    for (const name of await visible()) await rm(join(directory, name), { recursive: true })
    completed.length = 0
  })

  const visible = async (): Promise<string[]> => (await readdir(directory)).filter((name) => name !== '.momoshtrem')
  const send = (method: string, path: string, headers: Record<string, string> = {}, body?: string | Buffer) =>
    exchange(running.port, method, `/Inbox${path}`, headers, body)
  const statusOf = async (...request: Parameters<typeof send>): Promise<number> => (await send(...request)).status

  it('lists the root with all that lies in it for Depth: infinity', async () => {
    await send('MKCOL', '/d')
    await send('PUT', '/d/x.torrent', {}, 'data')
    const paths = async (Depth: string) =>
      (await exchange(running.port, 'PROPFIND', '/', { Depth })).body.toString().match(/(?<=<D:href>)\/Inbox[^<]*/g)
    expect(await paths('1')).to.deep.equal(['/Inbox/'])
    expect(await paths('infinity')).to.deep.equal(['/Inbox/', '/Inbox/d/', '/Inbox/d/x.torrent'])
  })

  it('stores, reads, lists, copies, moves and deletes, telling of each complete file', async () => {
    expect(await statusOf('PUT', '/a%20b.torrent', {}, 'data')).to.equal(201)
    expect(await statusOf('PUT', '/a%20b.torrent', {}, 'other')).to.be.oneOf([200, 204])
    const got = await send('GET', '/a%20b.torrent', { Range: 'bytes=1-3' })
    expect(`${got.status} ${got.body.toString()} ${got.headers['content-range']}`).to.equal('206 the bytes 1-3/5')
    expect(await statusOf('COPY', '/a%20b.torrent', { Destination: '/Inbox/c.torrent' })).to.equal(201)
    expect(await statusOf('COPY', '/a%20b.torrent', { Destination: '/Inbox/c.torrent', Overwrite: 'F' })).to.equal(412)
    expect(await statusOf('MOVE', '/a%20b.torrent', { Destination: '/Inbox/c.torrent' })).to.equal(204)
    expect(completed).to.deep.equal(['a b.torrent', 'a b.torrent', 'c.torrent', 'c.torrent'])
    const listed = (await send('PROPFIND', '/', { Depth: '1' })).body.toString()
    expect(listed).to.include('/Inbox/c.torrent').and.not.include('momoshtrem')
    expect(await readFile(join(directory, 'c.torrent'), 'utf8')).to.equal('other')
    expect(await statusOf('DELETE', '/c.torrent')).to.be.oneOf([200, 204])
    expect(await statusOf('DELETE', '/c.torrent')).to.equal(404)
  })

  it('tells of every file in a folder that is moved or copied', async () => {
    for (const path of ['/.hold', '/.hold/deep']) await send('MKCOL', path)
    for (const path of ['/.hold/a.torrent', '/.hold/deep/b.magnet']) await send('PUT', path, {}, 'x')
    completed.length = 0
    expect(await statusOf('COPY', '/.hold', { Destination: '/Inbox/copy' })).to.equal(201)
    expect(completed.toSorted()).to.deep.equal(['copy/a.torrent', 'copy/deep/b.magnet'])
    completed.length = 0
    expect(await statusOf('MOVE', '/.hold', { Destination: '/Inbox/ready' })).to.equal(201)
    expect(completed.toSorted()).to.deep.equal(['ready/a.torrent', 'ready/deep/b.magnet'])
    completed.length = 0
    expect(await statusOf('COPY', '/ready', { Destination: '/Inbox/bare', Depth: '0' })).to.equal(201)
    expect(completed).to.deep.equal([])
  })

  it('leaves nothing of an upload whose client left', async () => {
    await new Promise<void>((resolve) => {
      const req = httpRequest({
        port: running.port,
        method: 'PUT',
        path: '/Inbox/half',
        headers: { 'Content-Length': 500 },
      })
      req.on('error', () => resolve())
      req.write('x'.repeat(100), () => setTimeout(() => req.destroy(), 50))
    })
    const uploads = join(directory, '.momoshtrem', 'uploads')
    await until(async () => (await readdir(uploads)).length === 0)
    expect(await visible()).to.deep.equal([])
    expect(completed).to.deep.equal([])
  })

  it('answers 409 to an upload whose folder goes away meanwhile, and keeps nothing of it', async () => {
    await send('MKCOL', '/gone')
    const headers = { 'Content-Length': 10 }
    const upload = httpRequest({ port: running.port, method: 'PUT', path: '/Inbox/gone/f', headers, agent: false })
    const answered = once(upload, 'response') as Promise<[IncomingMessage]>
    upload.write('01234')
    const uploads = (): Promise<string[]> => readdir(join(directory, '.momoshtrem', 'uploads'))
    await until(async () => (await uploads()).length === 1)
    expect(await statusOf('DELETE', '/gone')).to.equal(200)
    upload.end('56789')
    const [answer] = await answered
    answer.resume()
    expect(answer.statusCode).to.equal(409)
    await until(async () => (await uploads()).length === 0)
    expect(await visible()).to.deep.equal([])
  })

  it('copies no more properties than it has room for', async () => {
    await send('PUT', '/p', {}, 'x')
    const property = (index: number): string =>
      `<D:propertyupdate xmlns:D="DAV:"><D:set><D:prop><p${index}>${'x'.repeat(65_000)}</p${index}></D:prop></D:set></D:propertyupdate>`
    for (let index = 0; index < 33; index++) {
      expect(await statusOf('PROPPATCH', '/p', {}, property(index))).to.equal(207)
    }
    expect(await statusOf('COPY', '/p', { Destination: '/Inbox/q' })).to.equal(507)
    expect(await visible()).to.deep.equal(['p'])
    expect(await statusOf('MOVE', '/p', { Destination: '/Inbox/q' })).to.equal(201)
    expect((await send('PROPFIND', '/q', { Depth: '0' })).body.toString()).to.include('<p32 ')
    expect(await statusOf('DELETE', '/q')).to.equal(200)
  })

  it('answers 413 to a file too large, announced or not, and 507 when it is full', async () => {
    expect(await statusOf('PUT', '/a', {}, 'x'.repeat(1001))).to.equal(413)
    expect(
      await statusOf('PUT', '/a', { 'X-Expected-Entity-Length': '1001', 'Transfer-Encoding': 'chunked' }, 'x'),
    ).to.equal(413)
    expect(await statusOf('PUT', '/a', { 'Transfer-Encoding': 'chunked' }, 'x'.repeat(1001))).to.equal(413)
    for (const name of ['a', 'b', 'c', 'd', 'e'])
      expect(await statusOf('PUT', `/${name}`, {}, 'x'.repeat(1000))).to.equal(201)
    expect(await statusOf('PUT', '/f', {}, 'x')).to.equal(507)
    expect(await statusOf('DELETE', '/a')).to.equal(200)
    const made: number[] = []
    for (let index = 0; index < 12; index++) made.push(await statusOf('MKCOL', `/d${index}`))
    expect(made).to.include(201).and.include(507)
    expect(await statusOf('COPY', '/b', { Destination: '/Inbox/z' })).to.equal(507)
  })

  it('follows no symbolic link', async () => {
    await symlink('/etc', join(directory, 'link'))
    await symlink('/etc/hostname', join(directory, 'file'))
    for (const path of ['/link', '/link/hostname', '/file']) expect(await statusOf('GET', path), path).to.equal(404)
    expect(await statusOf('PUT', '/link/x', {}, 'x')).to.equal(409)
    expect((await send('PROPFIND', '/', { Depth: 'infinity' })).body.toString()).to.not.include('link')
  })

  it('keeps the inbox itself, and the library from its writes', async () => {
    expect(await statusOf('DELETE', '')).to.equal(403)
    expect(await statusOf('MOVE', '', { Destination: '/x' })).to.equal(403)
    await send('PUT', '/a', {}, 'x')
    expect(await statusOf('MOVE', '/a', { Destination: '/Movies/a' })).to.equal(403)
    expect(await statusOf('COPY', '/a', { Destination: '/Inbox' })).to.equal(403)
    expect(await statusOf('MKCOL', '/d')).to.equal(201)
    expect(await statusOf('COPY', '/d', { Destination: '/Inbox/d/e' })).to.equal(403)
    expect(await statusOf('MKCOL', '/no/d')).to.equal(409)
    expect(await statusOf('PUT', '/no/f', {}, 'x')).to.equal(409)
  })

  it('takes the litter of Finder and Explorer and keeps none of it', async () => {
    for (const name of ['._film.mkv', '.DS_Store', 'desktop.ini', 'Thumbs.db']) {
      expect(await statusOf('PUT', `/${name}`, {}, 'x'.repeat(5000)), name).to.equal(201)
      expect(await statusOf('PROPFIND', `/${name}`, { Depth: '0' }), name).to.equal(404)
      expect(await statusOf('DELETE', `/${name}`), name).to.equal(204)
    }
    const locked = await send('LOCK', '/._film.mkv', { Depth: '0' }, LOCK_BODY)
    expect(locked.status).to.equal(201)
    expect(await statusOf('UNLOCK', '/._film.mkv', { 'Lock-Token': String(locked.headers['lock-token']) })).to.equal(
      204,
    )
    expect(await visible()).to.deep.equal([])
  })

  it('holds a lock for the time asked, answers 423 without its token, and forgets it then', async () => {
    const locked = await send('LOCK', '/new.txt', { Depth: '0', Timeout: 'Second-120' }, LOCK_BODY)
    expect(locked.status).to.equal(201)
    const token = String(locked.headers['lock-token'])
    expect(token).to.match(/^<opaquelocktoken:[0-9a-f-]{36}>$/)
    expect(locked.body.toString())
      .to.include('<D:timeout>Second-120</D:timeout>')
      .and.include('<D:owner><D:href>me</D:href></D:owner>')
    const refused = await send('PUT', '/new.txt', {}, 'x')
    expect(refused.status).to.equal(423)
    expect(refused.body.toString()).to.include('<D:lock-token-submitted><D:href>/Inbox/new.txt</D:href>')
    expect(await statusOf('DELETE', '/new.txt')).to.equal(423)
    expect(await statusOf('LOCK', '/new.txt', {}, LOCK_BODY)).to.equal(423)
    expect(
      await statusOf(
        'PUT',
        '/new.txt',
        { If: `(${token})`, 'X-Expected-Entity-Length': '1', 'Transfer-Encoding': 'chunked' },
        'x',
      ),
    ).to.equal(200)
    expect(await statusOf('LOCK', '/new.txt', { If: `(${token})`, Timeout: 'Second-60' })).to.equal(200)
    clock.advance(59_000)
    expect(await statusOf('PUT', '/new.txt', {}, 'x')).to.equal(423)
    clock.advance(1_001)
    expect(await statusOf('PUT', '/new.txt', {}, 'x')).to.equal(200)
    expect(await statusOf('PUT', '/new.txt', { If: `(${token})` }, 'x')).to.equal(412)
  })

  it('answers 507 to one lock too many, until some have ended', async () => {
    await send('PUT', '/l', {}, 'x')
    const shared = LOCK_BODY.replace('exclusive', 'shared')
    const lock = () => statusOf('LOCK', '/l', { Timeout: 'Second-100' }, shared)
    for (let count = 0; count < 1000; count++) expect(await lock()).to.equal(200)
    expect(await lock()).to.equal(507)
    expect(await statusOf('LOCK', '/l', {}, LOCK_BODY), 'what stands against it is told first').to.equal(423)
    clock.advance(100_000)
    expect(await lock()).to.equal(200)
    clock.advance(100_000)
  })

  it('guards a locked directory, what joins and leaves it, and everything below', async () => {
    await send('MKCOL', '/d')
    const deep = await send('LOCK', '/d', { Depth: 'infinity' }, LOCK_BODY)
    const token = String(deep.headers['lock-token'])
    expect(await statusOf('PUT', '/d/f', {}, 'x')).to.equal(423)
    expect(await statusOf('PUT', '/d/f', { If: `</Inbox/d> (${token})` }, 'x')).to.equal(201)
    expect(await statusOf('DELETE', '/d')).to.equal(423)
    expect(await statusOf('UNLOCK', '/d/f', { 'Lock-Token': token })).to.equal(204)
    const inner = String((await send('LOCK', '/d/f', { Depth: '0' }, LOCK_BODY)).headers['lock-token'])
    expect(await statusOf('DELETE', '/d')).to.equal(423)
    expect(await statusOf('MOVE', '/d', { Destination: '/Inbox/e' })).to.equal(423)
    expect(await statusOf('MOVE', '/d', { Destination: '/Inbox/e', If: `</Inbox/d/f> (${inner})` })).to.equal(201)
    expect(await statusOf('PUT', '/e/f', {}, 'x'), 'a lock does not move').to.equal(200)
  })

  it('keeps dead properties over COPY, MOVE and a restart, and refuses live ones whole', async () => {
    await send('PUT', '/a', {}, 'x')
    const answer = await send('PROPPATCH', '/a', {}, setProperty('00000020'))
    expect(answer.status).to.equal(207)
    expect(answer.body.toString()).to.include('200 OK')
    const live =
      '<D:propertyupdate xmlns:D="DAV:"><D:set><D:prop><D:getetag>x</D:getetag><b xmlns="n">1</b></D:prop></D:set></D:propertyupdate>'
    const refused = (await send('PROPPATCH', '/a', {}, live)).body.toString()
    expect(refused).to.match(/getetag.*403 Forbidden.*<b xmlns="n"\/>.*424 Failed Dependency/)
    await send('COPY', '/a', { Destination: '/Inbox/b' })
    await send('MOVE', '/b', { Destination: '/Inbox/c' })
    const again = await startWebdav({ inboxDir: directory })
    try {
      const xml = (await exchange(again.port, 'PROPFIND', '/Inbox', { Depth: '1' })).body.toString()
      expect(xml.match(/>00000020</g)).to.have.length(2)
      expect(xml).to.not.include('<b xmlns')
    } finally {
      await again.server.close()
    }
  })

  it('holds writes to the conditions of RFC 9110', async () => {
    expect(await statusOf('PUT', '/a', { 'If-Match': '*' }, 'x')).to.equal(412)
    expect(await statusOf('PUT', '/a', { 'If-None-Match': '*' }, 'x')).to.equal(201)
    expect(await statusOf('PUT', '/a', { 'If-None-Match': '*' }, 'x')).to.equal(412)
    const { etag = '' } = (await send('HEAD', '/a')).headers
    expect(await statusOf('PUT', '/a', { 'If-Match': etag }, 'yy')).to.equal(200)
    expect(await statusOf('DELETE', '/a', { 'If-Match': etag })).to.equal(412)
  })

  it('keeps a page that is stored here from acting in a browser', async () => {
    await send('PUT', '/page.html', {}, '<script>')
    expect((await send('GET', '/page.html')).headers['content-security-policy']).to.equal('sandbox')
    expect((await send('GET', '/')).headers['content-security-policy']).to.include("default-src 'none'")
  })

  it('shows what a person put there, and skips what is neither file nor directory', async () => {
    await writeFile(join(directory, 'by hand.txt'), 'magnet:')
    expect((await send('GET', '/by%20hand.txt')).body.toString()).to.equal('magnet:')
    const root = (await exchange(running.port, 'PROPFIND', '/', { Depth: '1' })).body.toString()
    expect(root).to.include('<D:href>/Inbox/</D:href>')
  })
})
