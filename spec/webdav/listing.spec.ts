import { once } from 'node:events'
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { expect } from 'chai'
import { systemClock } from '../../lib/domain/clock.ts'
import type { Tree } from '../../lib/domain/tree.ts'
import { exchange } from '../support/http-exchange.ts'
import { treeOf } from '../support/tree-fixture.ts'
import { until } from '../support/until.ts'
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

  it('sends a kept compressed form to who takes it, once it is made, under the same weak etag', async () => {
    const plain = await list('/Movies')
    expect(plain.headers.vary).to.equal('Accept-Encoding')
    for (const encoding of ['gzip', 'br']) {
      const headers = { Depth: '1', 'Accept-Encoding': encoding }
      const first = await list('/Movies', headers)
      expect(first.headers['content-encoding'], 'no one waits for the compression').to.equal(undefined)
      await until(async () => (await list('/Movies', headers)).headers['content-encoding'] === encoding)
      const packed = await list('/Movies', headers)
      const unpacked = encoding === 'gzip' ? gunzipSync(packed.body) : brotliDecompressSync(packed.body)
      expect(unpacked.equals(plain.body)).to.equal(true)
      expect(packed.body.length).to.be.lessThan(plain.body.length / 10)
      expect(packed.headers.vary).to.equal('Accept-Encoding')
      expect(packed.headers.etag).to.equal(plain.headers.etag)
      const again = await list('/Movies', { ...headers, 'If-None-Match': String(packed.headers.etag) })
      expect([again.status, again.headers.vary, again.body.length]).to.deep.equal([304, 'Accept-Encoding', 0])
    }
    const other = await list('/Movies', { Depth: '1', 'Accept-Encoding': 'identity, br;q=0, gzip;q=0' })
    expect(other.headers['content-encoding']).to.equal(undefined)
  })

  it('answers 304 to the etag of a listing of any size and depth, in any list, and of no other', async () => {
    const rows = [
      ['/Movies', '1'],
      ['/Movies', 'infinity'],
      ['/Other', '1'],
    ] as const
    const etags = new Set<string>()
    for (const [path, Depth] of rows) {
      const etag = String((await list(path, { Depth })).headers.etag)
      expect(etag).to.match(/^W\/"[^"]+"$/)
      etags.add(etag)
      for (const field of [etag, etag.slice(2), `"x", ${etag}`, '*']) {
        const got = await list(path, { Depth, 'If-None-Match': field })
        expect([got.status, got.headers.etag], field).to.deep.equal([304, etag])
      }
      for (const field of ['"x"', etag.slice(3, -1)]) {
        expect((await list(path, { Depth, 'If-None-Match': field })).status, field).to.equal(207)
      }
      const sizes = await list(path, { Depth, 'If-None-Match': etag }, prop('getcontentlength'))
      expect(sizes.status, 'another set of properties').to.equal(207)
      etags.add(String(sizes.headers.etag))
    }
    expect(etags.size).to.equal(6)
    const quota = await list('/Movies', { Depth: '1' }, prop('quota-used-bytes'))
    expect(quota.headers.etag, 'figures that change with time').to.equal(undefined)
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

  it('renders no more of Depth: infinity than a slow reader takes, and the rest when it reads on', async () => {
    let taken = 0
    const counted = <V>(map: ReadonlyMap<string, V>): ReadonlyMap<string, V> => {
      const copy = new Map(map)
      copy.values = function* () {
        for (const value of map.values()) {
          taken += 1
          yield value
        }
        return undefined
      } as typeof copy.values
      return copy
    }
    const long = Object.fromEntries(Array.from({ length: 19_000 }, (_, index) => [`${'ü'.repeat(100)}${index}.mkv`, 1]))
    const tree = treeOf(long)
    const root = { ...tree.root, children: counted(tree.root.children) }
    const slow = await startWebdav({ trees: { current: { ...tree, root } } })
    try {
      taken = 0
      const req = httpRequest({ port: slow.port, method: 'PROPFIND', headers: { Depth: 'infinity' }, agent: false })
      req.end()
      const [response] = (await once(req, 'response')) as [IncomingMessage]
      response.pause()
      let before = -1
      while (taken !== before) {
        before = taken
        await new Promise((resolve) => setTimeout(resolve, 100))
      }
      // Once for the count, and then as far as the two sockets' buffers take it.
      expect(taken).to.be.greaterThan(19_000).and.lessThan(30_000)
      let responses = 0
      let end = ''
      response.setEncoding('latin1').on('data', (text: string) => {
        responses += (end + text).split('<D:response>').length - 1
        end = text.slice(-11)
      })
      response.resume()
      await once(response, 'end')
      expect(taken).to.equal(38_000)
      expect(responses).to.equal(19_001)
    } finally {
      await slow.server.close()
    }
  })

  it('keeps no listing of more names than clients ask for, and sends it as it is rendered', async () => {
    const names = Array.from({ length: 200 }, (_, index) => `${'n'.repeat(130)}${index}`)
    for (const Depth of ['1', 'infinity']) {
      const got = await list('/Movies', { Depth }, prop(...names))
      expect([got.status, got.headers['transfer-encoding'], got.headers['content-length']]).to.deep.equal([
        207,
        'chunked',
        undefined,
      ])
      const usual = await list('/Movies', { Depth })
      expect(hrefs(got.body.toString())).to.deep.equal(hrefs(usual.body.toString()))
    }
  })

  it('gives others their turn while it renders a large listing that nobody asked for before', async () => {
    let ms = 0
    const clock = { ...systemClock, monotonicMs: () => ms++ }
    const large = await startWebdav({ trees: { current: treeOf({ Movies: films(3000) }) }, clock })
    let turns = 0
    let turn = setImmediate(function next() {
      turns += 1
      turn = setImmediate(next)
    })
    try {
      const kept = await exchange(large.port, 'PROPFIND', '/Movies', { Depth: '1' }, prop('getetag'))
      const turnsToRender = turns
      turns = 0
      const again = await exchange(large.port, 'PROPFIND', '/Movies', { Depth: '1' }, prop('getetag'))
      expect(again.body.equals(kept.body)).to.equal(true)
      expect(turnsToRender).to.be.greaterThan(turns + 10)
    } finally {
      clearImmediate(turn)
      await large.server.close()
    }
  })

  it('sends the page of a large directory as it is made, and its head alone to HEAD', async () => {
    const get = (method: string, path: string) => exchange(running.port, method, path)
    const page = await get('GET', '/Movies/')
    expect(page.body.toString().match(/<td><a href="\/Movies\/[^"]+\/">/g)).to.have.length.at.least(300)
    const large = await startWebdav({ trees: { current: treeOf({ Movies: films(3000) }) } })
    try {
      const whole = await exchange(large.port, 'GET', '/Movies/')
      expect([whole.status, whole.headers['transfer-encoding']]).to.deep.equal([200, 'chunked'])
      expect(whole.body.toString()).to.match(/^<!DOCTYPE html>.*<\/html>\n$/s)
      expect(whole.body.toString().match(/<td><a href="\/Movies\/[^"]+\/">/g)).to.have.length(3000)
      const head = await exchange(large.port, 'HEAD', '/Movies/')
      expect([head.status, head.headers['content-type'], head.body.length]).to.deep.equal([
        200,
        'text/html; charset=utf-8',
        0,
      ])
    } finally {
      await large.server.close()
    }
  })

  it('renders no further when the client leaves', async () => {
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
