import { once } from 'node:events'
import { request as httpRequest, type OutgoingHttpHeaders } from 'node:http'
import { expect } from 'chai'
import { expectedBytes } from '../support/content-fake.ts'
import { exchange } from '../support/http-exchange.ts'
import { FIXTURE_MODIFIED_MS } from '../support/tree-fixture.ts'
import { until } from '../support/until.ts'
import { FILM_BYTES, type RunningWebdav, startWebdav } from '../support/webdav-fixture.ts'

const FILM = '/Movies/Alpha%20(2001)/Alpha%20(2001).mkv'
const EMPTY = '/Movies/Alpha%20(2001)/Alpha%20(2001).en.srt'
const SIZE = FILM_BYTES
const DATE = new Date(FIXTURE_MODIFIED_MS).toUTCString()
const EARLIER = new Date(FIXTURE_MODIFIED_MS - 60_000).toUTCString()
const LATER = new Date(FIXTURE_MODIFIED_MS + 60_000).toUTCString()

interface Row {
  readonly headers: OutgoingHttpHeaders
  readonly status: number
  /** First and last byte of a single part. */
  readonly part?: readonly [first: number, last: number]
}

const range = (value: string, extra: OutgoingHttpHeaders = {}): OutgoingHttpHeaders => ({ Range: value, ...extra })

describe('GET and HEAD', () => {
  let running: RunningWebdav
  let etag = ''

  before(async () => {
    running = await startWebdav()
    etag = String((await exchange(running.port, 'HEAD', FILM)).headers.etag)
  })
  after(() => running.server.close())

  const rows = (): readonly Row[] => [
    { headers: {}, status: 200 },
    // RFC 9110 section 14.1.2
    { headers: range('bytes=0-0'), status: 206, part: [0, 0] },
    { headers: range('bytes=0-'), status: 206, part: [0, SIZE - 1] },
    { headers: range('bytes=0-499'), status: 206, part: [0, 499] },
    { headers: range('bytes=500-999'), status: 206, part: [500, 999] },
    { headers: range('bytes=-500'), status: 206, part: [SIZE - 500, SIZE - 1] },
    { headers: range('bytes=-1'), status: 206, part: [SIZE - 1, SIZE - 1] },
    { headers: range(`bytes=${SIZE - 1}-`), status: 206, part: [SIZE - 1, SIZE - 1] },
    { headers: range(`bytes=${SIZE - 1}-${SIZE + 99}`), status: 206, part: [SIZE - 1, SIZE - 1] },
    { headers: range(`bytes=-${SIZE + 10}`), status: 206, part: [0, SIZE - 1] },
    { headers: range('bytes=1-99999999999999999999999'), status: 206, part: [1, SIZE - 1] },
    { headers: range('BYTES=0-1'), status: 206, part: [0, 1] },
    { headers: range('bytes= 0-1'), status: 206, part: [0, 1] },
    { headers: range('bytes=0-1 '), status: 206, part: [0, 1] },
    { headers: range('bytes=,0-1,'), status: 206, part: [0, 1] },
    { headers: range('bytes=262143-262145'), status: 206, part: [262143, 262145] },
    { headers: range(`bytes=0-1,${SIZE}-`), status: 206, part: [0, 1] },
    // unsatisfiable
    { headers: range(`bytes=${SIZE}-`), status: 416 },
    { headers: range(`bytes=${SIZE}-${SIZE + 5}`), status: 416 },
    { headers: range('bytes=99999999999999999999-'), status: 416 },
    { headers: range('bytes=-0'), status: 416 },
    { headers: range(`bytes=${SIZE}-,${SIZE + 1}-`), status: 416 },
    // refused as excessive (section 14.2)
    { headers: range('bytes=0-10,5-20'), status: 416 },
    { headers: range('bytes=0-,0-,0-'), status: 416 },
    {
      headers: range(`bytes=${Array.from({ length: 9 }, (_, index) => `${index * 2}-${index * 2}`).join(',')}`),
      status: 416,
    },
    // malformed or of another unit: not there (section 14.2)
    { headers: range('bytes=1-0'), status: 200 },
    { headers: range('bytes=abc'), status: 200 },
    { headers: range('bytes=0-1-2'), status: 200 },
    { headers: range('bytes=-'), status: 200 },
    { headers: range('bytes='), status: 200 },
    { headers: range('bytes=,'), status: 200 },
    { headers: range('bytes'), status: 200 },
    { headers: range('bytes:0-1'), status: 200 },
    { headers: range('bytes=--1'), status: 200 },
    { headers: range('bytes=0x0-0x1'), status: 200 },
    { headers: range('bytes=0-1,x'), status: 200 },
    { headers: range('seconds=0-1'), status: 200 },
    { headers: range('bytes=+0-1'), status: 200 },
    // If-Range (section 13.1.5)
    { headers: range('bytes=0-1', { 'If-Range': etag }), status: 206, part: [0, 1] },
    { headers: range('bytes=0-1', { 'If-Range': '"other"' }), status: 200 },
    { headers: range('bytes=0-1', { 'If-Range': `W/${etag}` }), status: 200 },
    { headers: range('bytes=0-1', { 'If-Range': DATE }), status: 206, part: [0, 1] },
    { headers: range('bytes=0-1', { 'If-Range': LATER }), status: 200 },
    { headers: range('bytes=0-1', { 'If-Range': EARLIER }), status: 200 },
    { headers: range('bytes=0-1', { 'If-Range': 'yesterday' }), status: 200 },
    { headers: range(`bytes=${SIZE}-`, { 'If-Range': '"other"' }), status: 200 },
    // If-None-Match (section 13.1.2)
    { headers: { 'If-None-Match': etag }, status: 304 },
    { headers: { 'If-None-Match': `W/${etag}` }, status: 304 },
    { headers: { 'If-None-Match': `"a", ${etag}, "b"` }, status: 304 },
    { headers: { 'If-None-Match': '*' }, status: 304 },
    { headers: { 'If-None-Match': '"other"' }, status: 200 },
    { headers: { 'If-None-Match': 'unquoted' }, status: 200 },
    { headers: range('bytes=0-1', { 'If-None-Match': etag }), status: 304 },
    // If-Modified-Since counts only without If-None-Match (section 13.2.2)
    { headers: { 'If-Modified-Since': DATE }, status: 304 },
    { headers: { 'If-Modified-Since': LATER }, status: 304 },
    { headers: { 'If-Modified-Since': EARLIER }, status: 200 },
    { headers: { 'If-Modified-Since': 'nonsense' }, status: 200 },
    { headers: { 'If-Modified-Since': '2030' }, status: 200 },
    { headers: { 'If-Modified-Since': 'Friday, 01-Mar-24 12:30:15 GMT' }, status: 304 },
    { headers: { 'If-Modified-Since': 'Fri Mar  1 12:30:15 2024' }, status: 304 },
    { headers: { 'If-None-Match': '"other"', 'If-Modified-Since': LATER }, status: 200 },
    { headers: { 'If-None-Match': etag, 'If-Modified-Since': EARLIER }, status: 304 },
    // If-Match (section 13.1.1), strongly
    { headers: { 'If-Match': etag }, status: 200 },
    { headers: { 'If-Match': '*' }, status: 200 },
    { headers: { 'If-Match': '"other"' }, status: 412 },
    { headers: { 'If-Match': `W/${etag}` }, status: 412 },
    { headers: { 'If-Match': `"a", ${etag}` }, status: 200 },
    { headers: range('bytes=0-1', { 'If-Match': etag }), status: 206, part: [0, 1] },
    { headers: range(`bytes=${SIZE}-`, { 'If-Match': '"other"' }), status: 412 },
    // If-Unmodified-Since counts only without If-Match
    { headers: { 'If-Unmodified-Since': DATE }, status: 200 },
    { headers: { 'If-Unmodified-Since': EARLIER }, status: 412 },
    { headers: { 'If-Unmodified-Since': 'nonsense' }, status: 200 },
    { headers: { 'If-Match': etag, 'If-Unmodified-Since': EARLIER }, status: 200 },
    { headers: { 'If-Match': etag, 'If-None-Match': etag }, status: 304 },
    { headers: { 'If-Unmodified-Since': EARLIER, 'If-None-Match': etag }, status: 412 },
  ]

  it('answers every row of the range and precondition matrix, HEAD alike but for Range', async () => {
    expect(rows().length).to.be.greaterThan(60)
    for (const { headers, status, part } of rows()) {
      const label = JSON.stringify(headers)
      const got = await exchange(running.port, 'GET', FILM, headers)
      expect(got.status, label).to.equal(status)
      if (status === 206 || status === 200) {
        const [first, last] = part ?? [0, SIZE - 1]
        expect(got.headers['content-length'], label).to.equal(String(last - first + 1))
        expect(got.headers['content-range'], label).to.equal(part ? `bytes ${first}-${last}/${SIZE}` : undefined)
        expect(got.body.equals(expectedBytes({ start: first, end: last + 1 })), `bytes of ${label}`).to.equal(true)
      }
      if (status === 416) expect(got.headers['content-range'], label).to.equal(`bytes */${SIZE}`)
      if (status === 304) expect(got.body.length, label).to.equal(0)
      if (status !== 412) {
        expect(got.headers.etag, label).to.equal(etag)
        expect(got.headers['last-modified'], label).to.equal(DATE)
      }

      const head = await exchange(running.port, 'HEAD', FILM, headers)
      expect(head.body.length, label).to.equal(0)
      expect(head.status, `HEAD ${label}`).to.equal(status === 206 || status === 416 ? 200 : status)
      if (!('Range' in headers)) {
        expect(head.headers['content-length'], `HEAD ${label}`).to.equal(got.headers['content-length'])
        expect(head.headers['content-type'], `HEAD ${label}`).to.equal(got.headers['content-type'])
      }
    }
    await until(() => running.pool.lent === 0 && running.content.openNow === 0)
  })

  it('sends several ranges as multipart/byteranges of the length announced', async () => {
    const got = await exchange(running.port, 'GET', FILM, range('bytes=0-9,300000-300009,-5'))
    expect(got.status).to.equal(206)
    const boundary = /^multipart\/byteranges; boundary=(\w+)$/.exec(String(got.headers['content-type']))?.[1] ?? ''
    expect(Number(got.headers['content-length'])).to.equal(got.body.length)
    const text = got.body.toString('latin1')
    const parts = text.split(`--${boundary}`)
    expect(parts.at(-1)).to.equal('--\r\n')
    const expected = [
      [0, 9],
      [300000, 300009],
      [SIZE - 5, SIZE - 1],
    ] as const
    expected.forEach(([first, last], index) => {
      const [head = '', body = ''] = (parts[index + 1] ?? '').split('\r\n\r\n')
      expect(head).to.include(`Content-Range: bytes ${first}-${last}/${SIZE}`)
      expect(head).to.include('Content-Type: video/x-matroska')
      expect(body).to.equal(`${expectedBytes({ start: first, end: last + 1 }).toString('latin1')}\r\n`)
    })
  })

  it('opens no reader for HEAD, for 304 or for an empty file, which ignores Range', async () => {
    const before = running.content.opened
    await exchange(running.port, 'HEAD', FILM)
    await exchange(running.port, 'GET', FILM, { 'If-None-Match': etag })
    const empty = await exchange(running.port, 'GET', EMPTY, range('bytes=0-'))
    expect(empty.status).to.equal(200)
    expect(empty.headers['content-length']).to.equal('0')
    expect(running.content.opened).to.equal(before)
  })

  it('answers 503 with Retry-After while nothing was sent, and breaks the connection after', async () => {
    for (const code of ['timeout', 'unavailable'] as const) {
      running.content.failWith = { code, from: 0 }
      const got = await exchange(running.port, 'GET', FILM)
      expect(got.status).to.equal(503)
      expect(Number(got.headers['retry-after'])).to.be.greaterThan(0)
    }
    running.content.failWith = { code: 'timeout', from: 2_000_000 }
    const error = await exchange(running.port, 'GET', FILM).catch((caught: NodeJS.ErrnoException) => caught)
    running.content.failWith = undefined
    expect(error).to.be.instanceOf(Error)
    await until(() => running.pool.lent === 0 && running.content.openNow === 0)
  })

  it('aborts a waiting read, closes its reader and takes the buffer back when the client leaves for another position', async () => {
    running.content.stallAt = 0
    const { aborted, openNow } = running.content
    const req = httpRequest({ port: running.port, path: FILM, headers: range('bytes=0-'), agent: false })
    req.on('error', () => {})
    req.end()
    await until(() => running.content.openNow > openNow)
    req.destroy()
    await until(() => running.content.aborted > aborted)
    await until(() => running.content.openNow === openNow)
    running.content.resume()
    const next = await exchange(running.port, 'GET', FILM, range('bytes=1000-1999'))
    expect(next.body.equals(expectedBytes({ start: 1000, end: 2000 }))).to.equal(true)
    await until(() => running.pool.lent === 0)
  })

  it('lets a stalled reader delay neither another reader of the file nor a listing', async () => {
    running.content.stallAt = 1_000_000
    const stalled = httpRequest({
      port: running.port,
      path: FILM,
      headers: range('bytes=900000-1100000'),
      agent: false,
    })
    stalled.on('error', () => {})
    stalled.end()
    const [response] = (await once(stalled, 'response')) as [NodeJS.ReadableStream]
    response.resume()
    response.on('error', () => {})
    const others = Promise.all([
      ...Array.from({ length: 20 }, (_, index) =>
        exchange(running.port, 'GET', FILM, range(`bytes=${index * 1000}-${index * 1000 + 999}`)),
      ),
      exchange(running.port, 'PROPFIND', '/Movies/', { Depth: '1' }),
    ])
    const statuses = (await others).map(({ status }) => status)
    expect(statuses).to.deep.equal([...Array<number>(20).fill(206), 207])
    await until(() => running.content.openNow === 1)
    stalled.destroy()
    await until(() => running.content.openNow === 0)
    running.content.resume()
  })

  it('holds no more than one buffer for a client that does not read', async () => {
    const req = httpRequest({ port: running.port, path: FILM, agent: false })
    req.on('error', () => {})
    req.end()
    const [response] = (await once(req, 'response')) as [NodeJS.ReadableStream]
    response.pause()
    expect(running.pool.lent).to.be.lessThan(2)
    req.destroy()
    await until(() => running.pool.lent === 0)
  })

  it('keeps array buffers flat over 10,000 reads of present data', async () => {
    running.content.stepBytes = 2048
    const readAll = async (bytes: number): Promise<void> => {
      const req = httpRequest({ port: running.port, path: FILM, headers: range(`bytes=0-${bytes - 1}`), agent: false })
      req.end()
      const [response] = (await once(req, 'response')) as [NodeJS.ReadableStream]
      response.resume()
      await once(response, 'end')
    }
    await readAll(2048 * 500)
    // The client's own chunks are garbage in this process too, some of it freed a turn or two after its collection.
    const collect = async (): Promise<void> => {
      for (let round = 0; round < 10; round++) {
        global.gc?.()
        await new Promise((resolve) => setTimeout(resolve, 10))
      }
    }
    await collect()
    const { made } = running.pool
    const before = process.memoryUsage().arrayBuffers
    for (let round = 0; round < 7; round++) await readAll(2048 * 1430)
    await collect()
    const grown = process.memoryUsage().arrayBuffers - before
    running.content.stepBytes = Number.POSITIVE_INFINITY
    expect(running.pool.made).to.equal(made)
    expect(grown).to.be.lessThan(256 * 1024)
  })

  it('shows a directory to a browser, sorted as asked, names escaped', async () => {
    const page = await exchange(running.port, 'GET', '/Movies/?sort=name&order=desc')
    expect(page.status).to.equal(200)
    expect(page.headers['content-type']).to.equal('text/html; charset=utf-8')
    const html = page.body.toString()
    expect(html).to.include('Who Framed? #1 &amp; 100% (1988)')
    expect(html.indexOf('Who Framed')).to.be.lessThan(html.indexOf('Alpha'))
    const head = await exchange(running.port, 'HEAD', '/Movies')
    expect(head.headers['content-type']).to.match(/^text\/html/)
    const film = await exchange(running.port, 'GET', '/Movies/Alpha%20(2001)/')
    expect(film.body.toString()).to.include('title="Play"')
  })

  it('finds names with ?, # and %, and NFD forms of NFC names', async () => {
    const odd =
      '/Movies/Who%20Framed%3F%20%231%20%26%20100%25%20(1988)/Who%20Framed%3F%20%231%20%26%20100%25%20(1988).mp4'
    expect((await exchange(running.port, 'HEAD', odd)).status).to.equal(200)
    const nfd = encodeURI('/Movies/Amélie (2001)/Amélie (2001).mkv'.normalize('NFD'))
    expect((await exchange(running.port, 'HEAD', nfd)).status).to.equal(200)
  })
})
