import { request as httpRequest } from 'node:http'
import { gunzipSync } from 'node:zlib'
import { expect } from 'chai'
import type { Tree } from '../../lib/domain/tree.ts'
import { acceptsGzip } from '../../lib/webdav/propfind.ts'
import { exchange } from '../support/http-exchange.ts'
import { treeOf } from '../support/tree-fixture.ts'
import { startWebdav } from '../support/webdav-fixture.ts'

const films = (count: number) =>
  Object.fromEntries(
    Array.from({ length: count }, (_, index) => [`The Long Title of a Film ${index} (2001)`, { 'x.mkv': 5 }]),
  )
const hrefs = (xml: string): string[] => [...xml.matchAll(/<D:href>([^<]*)<\/D:href>/g)].map((match) => match[1] ?? '')
const prop = (...names: string[]): string =>
  `<?xml version="1.0"?><D:propfind xmlns:D="DAV:"><D:prop>${names.map((name) => `<D:${name}/>`).join('')}</D:prop></D:propfind>`

describe('PROPFIND', () => {
  let trees: { current: Tree }
  let running: Awaited<ReturnType<typeof startWebdav>>

  before(async () => {
    trees = { current: treeOf({ Movies: films(300), Other: { a: 1 } }) }
    running = await startWebdav({ trees })
  })
  after(() => running.server.close())

  const list = (path: string, headers: Record<string, string> = { Depth: '1' }, body?: string) =>
    exchange(running.port, 'PROPFIND', path, headers, body)

  it('lists the directory first, then its children, with or without a trailing slash', async () => {
    const got = await list('/Movies')
    expect(got.status).to.equal(207)
    expect(hrefs(got.body.toString())).to.have.length(301)
    expect(hrefs(got.body.toString())[0]).to.equal('/Movies/')
    expect((await list('/Movies/')).body.equals(got.body)).to.equal(true)
  })

  it('gives one resource for Depth 0, all for infinity and for no Depth', async () => {
    expect(hrefs((await list('/Movies', { Depth: '0' })).body.toString())).to.deep.equal(['/Movies/'])
    for (const headers of [{ Depth: 'infinity' }, {}] as const) {
      expect(hrefs((await list('/', headers)).body.toString())).to.have.length(604)
    }
  })

  it('refuses infinity above its limit with the condition of RFC 4918', async () => {
    const large = await startWebdav({ trees: { current: treeOf({ Movies: films(10_001) }) } })
    try {
      const got = await exchange(large.port, 'PROPFIND', '/', { Depth: 'infinity' })
      expect(got.status).to.equal(403)
      expect(got.body.toString()).to.include('<D:propfind-finite-depth/>')
    } finally {
      await large.server.close()
    }
  })

  it('answers names that are not there with 404 in a propstat of their own, in any namespace', async () => {
    const body =
      '<propfind xmlns="DAV:" xmlns:o="http://owncloud.org/ns"><prop><resourcetype/><o:checksums/><getcontentlength/><nope/></prop></propfind>'
    const xml = (await list('/Other/', { Depth: '0' }, body)).body.toString()
    expect(xml).to.match(/<D:collection\/>.*200 OK/)
    expect(xml).to.match(
      /200 OK.*<checksums xmlns="http:\/\/owncloud.org\/ns"\/><D:getcontentlength\/><D:nope\/>.*404 Not Found/,
    )
    const names = '<D:propfind xmlns:D="DAV:"><D:propname/></D:propfind>'
    expect((await list('/Other/a', { Depth: '0' }, names)).body.toString()).to.include('<D:getcontentlength/>')
    const included = '<D:propfind xmlns:D="DAV:"><D:allprop/><D:include><D:quota-used-bytes/></D:include></D:propfind>'
    expect((await list('/Other', { Depth: '0' }, included)).body.toString()).to.include('<D:quota-used-bytes>5000<')
  })

  it('tells the quota of directories when asked, anew each time', async () => {
    const body = prop('quota-available-bytes', 'quota-used-bytes')
    const xml = (await list('/Movies', { Depth: '0' }, body)).body.toString()
    expect(xml).to.include('<D:quota-available-bytes>1000000000</D:quota-available-bytes>')
  })

  it('keeps the bytes of a directory that a new tree took over, and makes those of a changed one anew', async () => {
    const first = await list('/Movies')
    const etag = String(first.headers.etag)
    expect((await list('/Movies', { Depth: '1', 'If-None-Match': etag })).status).to.equal(304)
    const previous = trees.current
    const next = treeOf({ Movies: films(301), Other: { a: 1 } }, 2)
    const kept = { ...next, root: { ...next.root, children: new Map(previous.root.children) } }
    trees.current = { ...kept, find: (path) => previous.find(path) }
    expect((await list('/Movies')).headers.etag).to.equal(etag)
    trees.current = next
    const changed = await list('/Movies', { Depth: '1', 'If-None-Match': etag })
    expect(changed.status).to.equal(207)
    expect(changed.headers.etag).to.not.equal(etag)
    expect(hrefs(changed.body.toString())).to.have.length(302)
  })

  it('sends a kept compressed form to who takes it, once it is made', async () => {
    const plain = await list('/Movies')
    let packed = await list('/Movies', { Depth: '1', 'Accept-Encoding': 'gzip' })
    for (let tries = 0; tries < 200 && packed.headers['content-encoding'] !== 'gzip'; tries++) {
      packed = await list('/Movies', { Depth: '1', 'Accept-Encoding': 'gzip' })
    }
    expect(packed.headers['content-encoding']).to.equal('gzip')
    expect(gunzipSync(packed.body).equals(plain.body)).to.equal(true)
    expect(packed.headers.vary).to.equal('Accept-Encoding')
    for (const [field, wanted] of [
      ['gzip', true],
      ['deflate, gzip;q=0.5', true],
      ['br, gzip , x', true],
      ['gzip;q=0', false],
      ['gzip;q=0.000', false],
      ['xgzip', false],
      ['identity', false],
    ] as const) {
      expect(acceptsGzip(field), field).to.equal(wanted)
    }
  })

  it('stays under the limit of the Windows redirector for 2,500 films', async () => {
    const windows = await startWebdav({ trees: { current: treeOf({ Movies: films(2500) }) } })
    try {
      const headers = { Depth: '1', 'User-Agent': 'Microsoft-WebDAV-MiniRedir/10.0.19045' }
      const got = await exchange(windows.port, 'PROPFIND', '/Movies', headers)
      expect(hrefs(got.body.toString())).to.have.length(2501)
      expect(got.body.length).to.be.lessThan(1_000_000)
    } finally {
      await windows.server.close()
    }
  })

  it('streams no further when the client stops reading', async () => {
    const req = httpRequest({
      port: running.port,
      method: 'PROPFIND',
      path: '/',
      headers: { Depth: 'infinity' },
      agent: false,
    })
    req.on('error', () => {})
    req.on('response', () => req.destroy())
    req.end()
    await new Promise((resolve) => req.on('close', resolve))
    expect((await list('/Other')).status).to.equal(207)
  })

  it('answers 503 until it is ready', async () => {
    let isReady = false
    const starting = await startWebdav({ isReady: () => isReady })
    try {
      const got = await exchange(starting.port, 'PROPFIND', '/', { Depth: '1' })
      expect(got.status).to.equal(503)
      expect(got.headers['retry-after']).to.equal('2')
      isReady = true
      expect((await exchange(starting.port, 'PROPFIND', '/', { Depth: '1' })).status).to.equal(207)
    } finally {
      await starting.server.close()
    }
  })
})
