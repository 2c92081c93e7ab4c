import { mkdtemp, rm } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import fc from 'fast-check'
import { checkRequest, isRefusal, parsePath } from '../../lib/webdav/guard.ts'
import { encodePath } from '../../lib/webdav/resource.ts'
import { exchange, rawExchange } from '../support/http-exchange.ts'
import { until } from '../support/until.ts'
import { type RunningWebdav, startWebdav } from '../support/webdav-fixture.ts'

const check = (url: string, headers: Record<string, string> = {}) =>
  checkRequest({ method: 'GET', url, headers, rawHeaders: [] } as unknown as IncomingMessage)

const statusOf = (url: string, headers: Record<string, string> = {}): number => {
  const checked = check(url, headers)
  return isRefusal(checked) ? checked.status : 200
}

describe('guard', () => {
  it('decodes what a client may send', () => {
    const cases: readonly (readonly [url: string, segments: readonly string[]])[] = [
      ['/', []],
      ['*', []],
      ['/a/b', ['a', 'b']],
      ['//a///b/', ['a', 'b']],
      ['/a/./b', ['a', 'b']],
      ['/a%20b/%E2%82%AC', ['a b', '€']],
      ['/a?x=/../y', ['a']],
      ['http://host:80/a/b?c', ['a', 'b']],
      ['/%3F%23%25', ['?#%']],
      ['/a+b&c;d=e', ['a+b&c;d=e']],
      ['/\u00c3\u00a9', ['é']],
    ]
    for (const [url, segments] of cases) expect(check(url), url).to.deep.include({ segments })
  })

  it('refuses what must not reach a file system', () => {
    const cases: readonly (readonly [url: string, status: number, headers?: Record<string, string>])[] = [
      ['/%ff', 400],
      ['/a%zz', 400],
      ['/a%', 400],
      ['/%c0%ae%c0%ae/', 400],
      ['/%00', 400],
      ['/a%0d%0ab', 400],
      ['/a/../b', 400],
      ['/%2e%2e/b', 400],
      ['/a%2fb', 400],
      ['/a%5cb', 400],
      ['/a\\b', 400],
      ['/a#b', 400],
      ['/\u00e9', 400],
      ['a', 400],
      [`/${'a'.repeat(256)}`, 414],
      [`/${'%C3%A9'.repeat(128)}`, 414],
      [`/${'a/'.repeat(65)}`, 414],
      [`/${'a'.repeat(9000)}`, 414],
      ['/a', 400, { depth: '2' }],
      ['/a', 400, { depth: '' }],
      ['/a', 400, { overwrite: 'yes' }],
      ['/a', 400, { destination: '/%zz' }],
      ['/a', 400, { destination: 'x' }],
      ['/a', 400, { destination: '/../x' }],
      ['/a', 502, { destination: 'http://elsewhere/x', host: 'here' }],
      ['/a', 400, { if: '' }],
      ['/a', 400, { if: '()' }],
      ['/a', 400, { if: '(<a>' }],
      ['/a', 400, { if: '<a> <b> (<c>)' }],
      ['/a', 400, { if: '(<a>) <b> (<c>)' }],
      ['/a', 400, { if: '(Not Not <a>)' }],
      ['/a', 400, { if: '<a>' }],
      ['/a', 400, { 'content-length': '1e3' }],
      ['/a', 400, { 'content-length': '99999999999999999999' }],
    ]
    for (const [url, status, headers] of cases) {
      expect(statusOf(url, headers), `${url} ${JSON.stringify(headers)}`).to.equal(status)
    }
  })

  it('reads Destination, If and Timeout', () => {
    const checked = check('/a', {
      host: 'Server:8080',
      destination: 'http://server:8080/b%20c',
      if: '<http://server:8080/a> (<urn:x> ["e"]) (Not <urn:y>)',
      timeout: 'Extend-4, Second-90, Infinite',
      overwrite: 'f',
    })
    expect(checked).to.deep.include({ destination: ['b c'], timeoutS: 90, isOverwrite: false })
    if (isRefusal(checked)) throw new Error('refused')
    expect([...(checked.ifHeader?.tokens ?? [])]).to.deep.equal(['urn:x'])
    expect(checked.ifHeader?.lists).to.have.length(2)
  })

  it('gives back every name that it encodes', () => {
    const name = fc
      .string({ minLength: 1, maxLength: 60, unit: 'grapheme' })
      .filter((text) => !/[\p{Cc}/\\]/u.test(text) && text !== '.' && text !== '..')
    fc.assert(
      fc.property(fc.array(name, { minLength: 1, maxLength: 8 }), (segments) => {
        fc.pre(segments.every((segment) => Buffer.byteLength(segment) <= 255))
        expect(parsePath(encodePath(segments))).to.deep.equal(segments)
      }),
    )
  })
})

describe('a hostile client', () => {
  let running: RunningWebdav
  let inboxDir = ''

  before(async () => {
    inboxDir = await mkdtemp(join(tmpdir(), 'webdav-'))
    running = await startWebdav({ inboxDir })
  })
  after(async () => {
    await running.server.close()
    await rm(inboxDir, { recursive: true })
  })
  const isAlive = async (): Promise<boolean> => (await exchange(running.port, 'OPTIONS', '/')).status === 200

  // Each of these ends the process of a bare webdav-server, or makes it do what nobody asked for.
  const crashes: readonly (readonly [what: string, request: string, status: string])[] = [
    ['a path that is no UTF-8', 'GET /%ff HTTP/1.1\r\n\r\n', '400'],
    ['a path with a broken escape', 'GET /a%zz HTTP/1.1\r\n\r\n', '400'],
    ['a huge Content-Length on DELETE', 'DELETE /Inbox/x HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n', '415'],
    ['a huge Content-Length on PROPFIND', 'PROPFIND /Inbox HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n', '413'],
    ['a huge Content-Length on PUT', 'PUT /Inbox/x HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n', '413'],
    ['an untagged If', 'PUT /Inbox/x HTTP/1.1\r\nIf: (<opaquelocktoken:x>)\r\nContent-Length: 0\r\n\r\n', '412'],
    ['MKCOL with If', 'MKCOL /Inbox/x HTTP/1.1\r\nIf: (<opaquelocktoken:x>)\r\n\r\n', '412'],
    ['a Destination that does not decode', 'MOVE /Inbox/x HTTP/1.1\r\nDestination: /Inbox/%zz\r\n\r\n', '400'],
    ['a Destination without a path', 'COPY /Inbox/x HTTP/1.1\r\nDestination: http:\r\n\r\n', '400'],
    ['a MOVE without a Destination', 'MOVE /Inbox/x HTTP/1.1\r\n\r\n', '400'],
    ['a Depth that is none', 'PROPFIND / HTTP/1.1\r\nDepth: 7\r\n\r\n', '400'],
    ['a chunk that is none', 'PUT /Inbox/x HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n', '400'],
    [
      'a chunk of no size that there is',
      `PROPFIND / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n${'F'.repeat(17)}\r\n`,
      '400',
    ],
    ['a transfer coding that is none', 'PROPFIND / HTTP/1.1\r\nTransfer-Encoding: xchunked\r\n\r\n', '400'],
    ['something that is not HTTP behind a request', 'GET /Movies HTTP/1.1\r\n\r\n\0\0\r\n\r\n', ''],
    ['two hosts', 'GET / HTTP/1.1\r\nhost: y\r\n\r\n', '400'],
    ['two lengths', 'PUT /Inbox/x HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n', '400'],
    ['a header of 40 KiB', `GET / HTTP/1.1\r\nX: ${'x'.repeat(40_000)}\r\n\r\n`, '431'],
    ['something that is not HTTP', '\x16\x03\x01\x00\x00\r\n\r\n', '400'],
    ['CONNECT', 'CONNECT a:1 HTTP/1.1\r\n\r\n', ''],
    ['a partial PUT', 'PUT /Inbox/x HTTP/1.1\r\nContent-Range: bytes 0-0/2\r\nContent-Length: 1\r\n\r\na', '400'],
  ]
  for (const [what, request, status] of crashes) {
    it(`gets a clean answer to ${what}`, async () => {
      const [line = '', ...rest] = request.split('\r\n')
      const got = await rawExchange(running.port, [line, 'Host: x', 'Connection: close', ...rest].join('\r\n'))
      if (status !== '') expect(got.slice(0, 12)).to.equal(`HTTP/1.1 ${status}`)
      expect(await isAlive()).to.equal(true)
    })
  }

  it('cannot let a page act under a name that it made point here, where no login is needed', async () => {
    const statusOf = async (method: string, headers: Record<string, string>, port = running.port) =>
      (await exchange(port, method, '/Inbox/rebound.bin', headers, method === 'PUT' ? 'x' : undefined)).status
    const rebound = { Host: 'evil.example:36911', Origin: 'http://evil.example:36911' }
    for (const method of ['PUT', 'PROPFIND', 'DELETE']) expect(await statusOf(method, rebound), method).to.equal(403)
    expect(await statusOf('PUT', { Host: 'nas.local' }), 'no browser').to.equal(201)
    for (const host of ['127.0.0.1:1', '[::1]:1', 'localhost', '192.168.1.2']) {
      expect(await statusOf('PROPFIND', { Host: host, Origin: `http://${host}` }), host).to.equal(207)
    }
    const guarded = await startWebdav({ credentials: { username: 'u', password: 'p' } })
    try {
      expect(await statusOf('PROPFIND', rebound, guarded.port), 'knows no login').to.equal(401)
    } finally {
      await guarded.server.close()
    }
  })

  it('gets 413 for a large body of XML, 400 for a DTD, an entity, or several roots', async () => {
    const send = (body: string) => exchange(running.port, 'PROPFIND', '/', { Depth: '1' }, body)
    const statuses = await Promise.all(
      [
        `<D:propfind xmlns:D="DAV:"><D:prop>${'<D:x/>'.repeat(50_000)}</D:prop></D:propfind>`,
        '<!DOCTYPE a [<!ENTITY b "c">]><D:propfind xmlns:D="DAV:"><D:allprop/></D:propfind>',
        '<D:propfind xmlns:D="DAV:"><D:prop>&b;</D:prop></D:propfind>',
        '<a/><a/>',
        '<D:propfind><D:allprop/></D:propfind>',
        `${'<a>'.repeat(2000)}${'</a>'.repeat(2000)}`,
        `<D:propfind xmlns:D="DAV:"><D:prop>${'<D:x/>'.repeat(500)}</D:prop></D:propfind>`,
        '<D:propfind xmlns:D="DAV:"><D:prop><__proto__/></D:prop></D:propfind>',
        '\xff\xfe',
      ].map(async (body) => (await send(body)).status),
    )
    expect(statuses.slice(0, 6)).to.deep.equal([413, 400, 400, 400, 400, 400])
    for (const status of statuses.slice(6)) expect(status).to.be.oneOf([207, 400])
  })

  it('applies every set of a PROPPATCH with several', async () => {
    await exchange(running.port, 'PUT', '/Inbox/p.bin', {}, 'x')
    const body =
      '<D:propertyupdate xmlns:D="DAV:"><D:set><D:prop><a xmlns="n">1</a></D:prop></D:set><D:set><D:prop><b xmlns="n">2</b></D:prop></D:set></D:propertyupdate>'
    expect((await exchange(running.port, 'PROPPATCH', '/Inbox/p.bin', {}, body)).status).to.equal(207)
    const got = (await exchange(running.port, 'PROPFIND', '/Inbox/p.bin', { Depth: '0' })).body.toString()
    expect(got).to.include('<a xmlns="n">1</a>').and.include('<b xmlns="n">2</b>')
  })

  it('cannot leave the inbox, nor reach what it keeps for itself', async () => {
    for (const path of ['/Inbox/../x', '/Inbox/%2e%2e/x', '/Inbox/..%2fx', '/Inbox/.momoshtrem/properties.json']) {
      for (const method of ['GET', 'PUT', 'DELETE', 'PROPFIND', 'MKCOL', 'LOCK']) {
        const { status } = await exchange(running.port, method, path, {}, method === 'PUT' ? 'x' : undefined)
        expect(status, `${method} ${path}`).to.be.within(400, 499)
      }
    }
    const moved = await exchange(running.port, 'MOVE', '/Inbox/p.bin', { Destination: '/Inbox/.momoshtrem/x' })
    expect(moved.status).to.be.within(400, 499)
  })

  it('cannot open more pipelined requests than a connection may hold', async () => {
    running.content.stallAt = 0
    const one = 'GET /Movies/Alpha%20(2001)/Alpha%20(2001).mkv HTTP/1.1\r\nHost: x\r\n\r\n'
    await rawExchange(running.port, one.repeat(200))
    await until(() => running.content.openNow === 0)
    running.content.resume()
  })

  it('cannot have an error written into an answer under way', async () => {
    running.content.stallAt = 1_000_000
    const film = 'GET /Movies/Alpha%20(2001)/Alpha%20(2001).mkv HTTP/1.1\r\nHost: x\r\n\r\n'
    const got = await rawExchange(running.port, `${film}\0\0 garbage\r\n\r\n`)
    expect(got).to.not.include('400 Bad Request')
    running.content.resume()
  })

  it('gets an answer or a closed connection for any bytes at all', async () => {
    const method = fc.constantFrom(
      'GET',
      'HEAD',
      'PUT',
      'PROPFIND',
      'PROPPATCH',
      'LOCK',
      'UNLOCK',
      'MOVE',
      'COPY',
      'MKCOL',
      'DELETE',
      'POST',
      'FOO',
    )
    const odd = fc.string({ maxLength: 40, unit: 'binary-ascii' }).map((text) => text.replace(/[\r\n]/g, ''))
    const path = fc.oneof(
      fc.constantFrom('/', '/Inbox', '/Inbox/a', '/Inbox/a/b', '/Movies/', '*', 'http://x/Inbox/a'),
      odd.map((text) => `/${text.replace(/ /g, '')}`),
    )
    const field = fc.tuple(
      fc.constantFrom(
        'Depth',
        'Destination',
        'If',
        'Overwrite',
        'Timeout',
        'Lock-Token',
        'Range',
        'If-Range',
        'If-Match',
        'If-None-Match',
        'If-Modified-Since',
        'Authorization',
        'Expect',
        'Translate',
        'Source',
        'X-Expected-Entity-Length',
        'Accept-Encoding',
      ),
      fc.oneof(
        odd,
        fc.constantFrom(
          '0',
          '1',
          'infinity',
          '/Inbox/b',
          '(<a>)',
          '<x> (Not <a>)',
          'F',
          'Second-5',
          '<a>',
          'bytes=0-',
          '"x"',
          '*',
          '100-continue',
          'gzip',
        ),
      ),
    )
    const body = fc.oneof(
      odd,
      fc.constantFrom(
        '<D:propfind xmlns:D="DAV:"><D:propname/></D:propfind>',
        '<D:lockinfo xmlns:D="DAV:"><D:lockscope><D:exclusive/></D:lockscope><D:locktype><D:write/></D:locktype></D:lockinfo>',
        '<D:propertyupdate xmlns:D="DAV:"><D:remove><D:prop><a/></D:prop></D:remove></D:propertyupdate>',
      ),
    )
    await fc.assert(
      fc.asyncProperty(method, path, fc.array(field, { maxLength: 5 }), body, async (verb, target, fields, content) => {
        const lines = [
          `${verb} ${target} HTTP/1.1`,
          'Host: x',
          'Connection: close',
          ...fields.map(([name, value]) => `${name}: ${value}`),
        ]
        const text = `${lines.join('\r\n')}\r\nContent-Length: ${Buffer.byteLength(content, 'latin1')}\r\n\r\n${content}`
        const got = await rawExchange(running.port, Buffer.from(text, 'latin1'))
        expect(got, text).to.match(/^HTTP\/1\.1 (?:100|[2-5]\d\d) /)
        expect(got, text).to.not.match(/^HTTP\/1\.1 500/)
      }),
      { numRuns: 400 },
    )
    expect(await isAlive()).to.equal(true)
  })
})
