import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { hashPassword, parseUsers } from '../../lib/webdav/password-users.ts'
import { type Drive, openDrive } from '../actions/fixture.ts'
import { HEAT, LOST } from '../actions/table.ts'
import { exchange } from '../support/http-exchange.ts'
import { type RunningWebdav, startWebdav } from '../support/webdav-fixture.ts'

const LOCK_BODY =
  '<D:lockinfo xmlns:D="DAV:"><D:lockscope><D:exclusive/></D:lockscope><D:locktype><D:write/></D:locktype></D:lockinfo>'
const DISCOVER = '<D:propfind xmlns:D="DAV:"><D:prop><D:lockdiscovery/><D:supportedlock/></D:prop></D:propfind>'
const HEAT_FILE = `${HEAT}/Heat (1995).mkv`
const A = '/Unsorted/mystery/a.mkv'

interface Row {
  readonly method: string
  readonly path: string
  readonly to?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  readonly status: number
}

const ROWS: readonly Row[] = [
  { method: 'DELETE', path: HEAT, status: 204 },
  { method: 'DELETE', path: HEAT, headers: { Depth: 'infinity' }, status: 204 },
  { method: 'DELETE', path: HEAT, headers: { Depth: '0' }, status: 400 },
  { method: 'DELETE', path: HEAT, body: 'x', status: 415 },
  { method: 'DELETE', path: HEAT_FILE, status: 204 },
  { method: 'DELETE', path: HEAT_FILE, headers: { 'If-Match': '"other"' }, status: 412 },
  { method: 'DELETE', path: HEAT_FILE, headers: { If: '(["other"])' }, status: 412 },
  { method: 'DELETE', path: HEAT_FILE, headers: { If: '(<opaquelocktoken:no>)' }, status: 412 },
  { method: 'DELETE', path: `${HEAT}/nothing.mkv`, status: 404 },
  { method: 'DELETE', path: '/Movies', status: 403 },
  { method: 'DELETE', path: '/', status: 403 },
  { method: 'DELETE', path: '/Unsorted/mystery', status: 403 },
  { method: 'DELETE', path: '/Offline', status: 403 },
  { method: 'MOVE', path: HEAT, to: '/Movies/Ronin (1998)', status: 201 },
  { method: 'MOVE', path: HEAT, to: '/Movies/Ronin (1998)/', status: 201 },
  { method: 'MOVE', path: HEAT, to: '/Movies/Alien (1979)', status: 204 },
  { method: 'MOVE', path: HEAT, to: '/Movies/Alien (1979)', headers: { Overwrite: 'F' }, status: 412 },
  { method: 'MOVE', path: HEAT, to: '/Movies/Ronin (1998)', headers: { Overwrite: 'F' }, status: 201 },
  { method: 'MOVE', path: HEAT, to: '/Movies/Ronin (1998)', headers: { Depth: '0' }, status: 400 },
  { method: 'MOVE', path: HEAT, to: HEAT, status: 403 },
  { method: 'MOVE', path: HEAT, to: '/Movies/New folder', status: 403 },
  { method: 'MOVE', path: HEAT, to: '/Inbox/Heat', status: 403 },
  { method: 'MOVE', path: HEAT, to: '/', status: 403 },
  { method: 'MOVE', path: HEAT, status: 400 },
  { method: 'MOVE', path: HEAT, headers: { Destination: 'http://elsewhere/Movies/x' }, status: 502 },
  { method: 'MOVE', path: HEAT, headers: { Destination: '/Movies/%ff' }, status: 400 },
  { method: 'MOVE', path: HEAT, headers: { Destination: '/Movies/../x' }, status: 400 },
  { method: 'MOVE', path: '/Movies/Nothing (2000)', to: '/Movies/Ronin (1998)', status: 404 },
  { method: 'MOVE', path: '/Movies', to: '/Films', status: 403 },
  { method: 'MOVE', path: A, to: '/Movies/Ronin (1998).mkv', status: 201 },
  { method: 'COPY', path: HEAT, to: '/Offline/Heat', status: 201 },
  { method: 'COPY', path: HEAT_FILE, to: '/Offline/heat.mkv', status: 201 },
  { method: 'COPY', path: HEAT, to: '/Offline/Heat', headers: { Depth: '0' }, status: 201 },
  { method: 'COPY', path: HEAT, to: '/Offline/Heat', headers: { Depth: '1' }, status: 400 },
  { method: 'COPY', path: HEAT, to: '/Offline/no/Heat', status: 409 },
  { method: 'COPY', path: HEAT, to: '/Movies/Copy (1999)', status: 403 },
  { method: 'COPY', path: HEAT_FILE, to: '/Inbox/heat.mkv', status: 403 },
  { method: 'MKCOL', path: '/Offline/kids', status: 201 },
  { method: 'MKCOL', path: '/Offline/kids/young', status: 409 },
  { method: 'MKCOL', path: '/Offline', status: 405 },
  { method: 'MKCOL', path: HEAT, status: 405 },
  { method: 'MKCOL', path: '/Offline/kids', body: '<x/>', status: 415 },
  { method: 'MKCOL', path: '/New', status: 403 },
  { method: 'MKCOL', path: '/Movies/New folder', status: 403 },
  { method: 'MKCOL', path: '/Movies/Ronin (1998)', status: 201 },
  { method: 'MKCOL', path: '/Movies/Ronin (1998)/Extras', status: 409 },
  { method: 'MKCOL', path: `${LOST}/Season 03`, status: 201 },
  { method: 'MKCOL', path: `${LOST}/More`, status: 403 },
  { method: 'PUT', path: `${HEAT}/notes.txt`, body: 'x', status: 403 },
  { method: 'PUT', path: HEAT_FILE, body: 'x', status: 403 },
  { method: 'LOCK', path: HEAT_FILE, body: LOCK_BODY, status: 200 },
  { method: 'LOCK', path: `${HEAT}/new.mkv`, body: LOCK_BODY, status: 403 },
  { method: 'LOCK', path: '/', body: LOCK_BODY, status: 403 },
  { method: 'UNLOCK', path: HEAT_FILE, headers: { 'Lock-Token': '<opaquelocktoken:no>' }, status: 409 },
]

const encode = (path: string): string => path.split('/').map(encodeURIComponent).join('/')

describe('writing to the library', () => {
  let drive: Drive
  let running: RunningWebdav
  let inboxDir = ''

  beforeEach(async () => {
    drive = await openDrive()
    inboxDir = await mkdtemp(join(tmpdir(), 'library-writes-'))
    running = await startWebdav({ trees: drive.trees, actions: drive.actions, clock: drive.clock, inboxDir })
  })
  afterEach(async () => {
    await running.server.close()
    await drive.close()
    await rm(inboxDir, { recursive: true })
  })

  const send = (method: string, path: string, headers: Readonly<Record<string, string>> = {}, body?: string) =>
    exchange(running.port, method, encode(path), { ...headers }, body)
  const statusOf = async (...request: Parameters<typeof send>): Promise<number> => (await send(...request)).status
  const move = (from: string, to: string, headers = {}) => send('MOVE', from, { Destination: encode(to), ...headers })

  for (const { method, path, to, headers, body, status } of ROWS) {
    const fields = Object.entries(headers ?? {}).map(([name, value]) => ` ${name}: ${value}`)
    it(`${method} ${path}${to ? ` → ${to}` : ''}${fields.join()}${body ? ' with a body' : ''}: ${status}`, async () => {
      const destination = {
        ...(to !== undefined && { Destination: `${running.url}${encode(to)}` }),
        ...(body !== undefined && { 'Content-Length': String(body.length) }),
      }
      const before = drive.paths()
      expect(await statusOf(method, path, { ...destination, ...headers }, body)).to.equal(status)
      if (status >= 400) expect(drive.paths()).to.deep.equal(before)
    })
  }

  const isThere = async (path: string): Promise<boolean> => (await statusOf('PROPFIND', path, { Depth: '0' })) === 207
  const lock = async (path: string, headers = {}): Promise<string> =>
    String((await send('LOCK', path, { Depth: 'infinity', ...headers }, LOCK_BODY)).headers['lock-token'])

  it('answers 507 when /Offline has no room, and keeps nothing of it', async () => {
    drive.fetcher.room = 0
    expect(await statusOf('COPY', HEAT, { Destination: encode('/Offline/Heat') })).to.equal(507)
    expect(await isThere('/Offline/Heat')).to.equal(false)
  })

  it('replaces what a copy is put upon, unless that is not wanted', async () => {
    const copy = (from: string, headers = {}) =>
      statusOf('COPY', from, { Destination: encode('/Offline/x.mkv'), ...headers })
    expect(await copy(HEAT_FILE)).to.equal(201)
    expect(await copy('/Movies/Alien (1979)/Alien (1979).mkv', { Overwrite: 'F' })).to.equal(412)
    const kept = [...drive.fetcher.whole]
    expect(await copy(HEAT_FILE)).to.equal(204)
    expect([...drive.fetcher.whole]).to.deep.equal(kept)
    expect(await copy('/Movies/Alien (1979)/Alien (1979).mkv')).to.equal(204)
    expect(drive.fetcher.whole.size).to.equal(1)
    expect([...drive.fetcher.whole]).to.not.deep.equal(kept)
  })

  it('holds a lock against those without its token, and takes it away with what it was for', async () => {
    const token = await lock(HEAT)
    const discovered = (await send('PROPFIND', HEAT_FILE, { Depth: '0' }, DISCOVER)).body.toString()
    expect(discovered).to.include(token.slice(1, -1)).and.include('<D:lockscope><D:exclusive/></D:lockscope>')
    const refused = await send('DELETE', HEAT_FILE)
    expect(`${refused.status} ${refused.body.toString()}`).to.match(
      /^423 .*<D:href>\/Movies\/Heat%20\(1995\)<\/D:href>/s,
    )
    expect((await move(HEAT, '/Movies/Ronin (1998)')).status).to.equal(423)
    expect((await move('/Movies/Alien (1979)', HEAT)).status).to.equal(423)
    expect(await statusOf('LOCK', HEAT_FILE, {}, LOCK_BODY)).to.equal(423)
    expect(await statusOf('PUT', HEAT_FILE, { If: `(${token})` }, 'x')).to.equal(403)
    expect(await statusOf('LOCK', HEAT, { If: `(${token})`, Timeout: 'Second-60' })).to.equal(200)
    expect((await move(HEAT, '/Movies/Ronin (1998)', { If: `(${token})` })).status).to.equal(201)
    expect(await statusOf('UNLOCK', HEAT, { 'Lock-Token': token })).to.equal(409)
    expect(await statusOf('DELETE', '/Movies/Ronin (1998)')).to.equal(204)
  })

  it('finds what was moved under the name that it was given, and says where it is', async () => {
    const moved = await move(A, '/Movies/Ronin.1998.1080p.x264.mkv')
    expect(`${moved.status} ${moved.headers.location}`).to.equal('201 /Movies/Ronin%20(1998)/Ronin%20(1998).mkv')
    const given = '/Movies/Ronin.1998.1080p.x264.mkv'
    const found = (await send('PROPFIND', given, { Depth: '0' })).body.toString()
    expect(found)
      .to.include(`<D:href>${encode(given)}</D:href>`)
      .and.include('<D:displayname>Ronin.1998')
    expect(await statusOf('HEAD', given)).to.equal(200)
    expect(await statusOf('DELETE', given)).to.equal(204)
    expect(await isThere('/Movies/Ronin (1998)')).to.equal(false)
    expect(await isThere(given)).to.equal(false)
  })

  it('finds a folder that was moved, and what is in it, for some minutes', async () => {
    expect((await move('/Unsorted/Pack', '/Unsorted/Show (2010)')).headers.location).to.equal(
      '/TV%20Shows/Show%20(2010)/',
    )
    const listed = (await send('PROPFIND', '/Unsorted/Show (2010)', { Depth: '1' })).body.toString()
    expect(listed).to.include('<D:href>/Unsorted/Show%20(2010)/Season%2001/</D:href>')
    expect(await statusOf('HEAD', '/Unsorted/Show (2010)/Season 01/Show - S01E01.mkv')).to.equal(200)
    drive.clock.advance(5 * 60_000)
    expect(await isThere('/Unsorted/Show (2010)')).to.equal(false)
    expect(await isThere('/TV Shows/Show (2010)')).to.equal(true)
  })

  it('finds the files of a folder that was renamed by the names that they had', async () => {
    expect((await move(HEAT, '/Movies/Ronin (1998)')).status).to.equal(201)
    expect(await statusOf('HEAD', '/Movies/Ronin (1998)/Heat (1995).mkv')).to.equal(200)
    expect(await statusOf('DELETE', '/Movies/Ronin (1998)/Heat (1995).mkv')).to.equal(204)
    expect(await isThere('/Movies/Ronin (1998)')).to.equal(false)
  })

  it('lets a client delete a folder file by file, in any order, and is strict again then', async () => {
    const files = async (): Promise<string[]> => {
      const listed = (await send('PROPFIND', HEAT, { Depth: '1' })).body.toString()
      return Array.from(listed.matchAll(/<D:href>([^<]+[^/])<\/D:href>/g), ([, href = '']) => decodeURIComponent(href))
    }
    expect(await files()).to.have.length(4)
    for (const path of (await files()).toReversed()) expect(await statusOf('DELETE', path), path).to.equal(204)
    expect(await statusOf('DELETE', HEAT)).to.equal(204)
    for (const path of [HEAT, HEAT_FILE]) expect(await statusOf('DELETE', path), path).to.equal(404)
    expect((await move('/Trash/Heat (1995)', HEAT)).status).to.equal(201)
    const left = await files()
    expect(left, 'the subtitle that a person brought was deleted').to.have.length(3)
    for (const path of [HEAT_FILE, ...left.filter((name) => name !== HEAT_FILE)]) {
      expect(await statusOf('DELETE', path), path).to.equal(204)
    }
  })

  it('takes a folder that is made for what comes out of the trash, and forgets an unused one', async () => {
    const episode = `${LOST}/Season 02/Lost - S02E01.mkv`
    for (const path of [HEAT_FILE, episode]) expect(await statusOf('DELETE', path)).to.equal(204)
    expect(await statusOf('MKCOL', HEAT)).to.equal(201)
    expect(await statusOf('MKCOL', HEAT)).to.equal(405)
    expect(await isThere(HEAT)).to.equal(true)
    expect((await move('/Trash/Heat (1995)/Heat (1995).mkv', HEAT_FILE)).status).to.equal(201)
    expect(await statusOf('MKCOL', `${LOST}/Season 02`)).to.equal(201)
    expect((await move(episode.replace('TV Shows', 'Trash'), episode)).status).to.equal(201)
    for (const path of [HEAT_FILE, episode]) expect(await isThere(path)).to.equal(true)

    expect(await statusOf('MKCOL', '/Movies/Ronin (1998)')).to.equal(201)
    const listed = await send('PROPFIND', '/Movies/Ronin (1998)', { Depth: '1' })
    expect(listed.body.toString().match(/<D:response>/g)).to.have.length(1)
    expect(await statusOf('DELETE', '/Movies/Ronin (1998)')).to.equal(204)
    expect(await isThere('/Movies/Ronin (1998)')).to.equal(false)
  })

  it('tells by OPTIONS what may be done, and where', async () => {
    const options = async (path: string, headers = {}): Promise<string> => {
      const answer = await send('OPTIONS', path, headers)
      return `${String(answer.headers.dav)}: ${String(answer.headers.allow).split(', ').slice(4).join(' ')}`
    }
    expect(await options(HEAT)).to.equal('1, 2: DELETE MKCOL COPY MOVE PROPPATCH LOCK UNLOCK')
    expect(await options('/Inbox')).to.equal('1, 2: PUT DELETE MKCOL COPY MOVE PROPPATCH LOCK UNLOCK')
    expect(await options('/')).to.equal('1, 2: ')
    const refused = await send('PATCH', HEAT)
    expect(`${refused.status} ${refused.headers.allow}`).to.match(/^405 .*MOVE/)

    const users = { current: parseUsers(`bob:${await hashPassword('b')}:ro`) }
    const guarded = await startWebdav({ trees: drive.trees, actions: drive.actions, users, inboxDir })
    const login = { Authorization: `Basic ${Buffer.from('bob:b').toString('base64')}` }
    for (const path of ['/', '/Inbox', encode(HEAT)]) {
      const answer = await exchange(guarded.port, 'OPTIONS', path, login)
      expect(`${String(answer.headers.dav)} ${String(answer.headers.allow)}`, path).to.equal(
        '1 OPTIONS, GET, HEAD, PROPFIND',
      )
    }
    expect((await exchange(guarded.port, 'DELETE', encode(HEAT), login)).status).to.equal(403)
    await guarded.server.close()

    const readOnly = await startWebdav({ trees: drive.trees, inboxDir })
    expect((await exchange(readOnly.port, 'OPTIONS', encode(HEAT))).headers.dav).to.equal('1')
    expect((await exchange(readOnly.port, 'OPTIONS', '/')).headers.dav).to.equal('1, 2')
    expect((await exchange(readOnly.port, 'DELETE', encode(HEAT))).status).to.equal(403)
    await readOnly.server.close()
  })
})
