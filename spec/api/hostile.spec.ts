import { once } from 'node:events'
import { connect } from 'node:net'
import { expect } from 'chai'
import fc from 'fast-check'
import { ErrorAnswer } from '../../lib/api/schemas/common.ts'
import { TORRENT_FILE_MAX_BYTES } from '../../lib/api/schemas/torrents.ts'
import { ApiFixture } from '../support/fake-api.ts'
import { rawExchange } from '../support/http-exchange.ts'

const FILE = `${'a'.repeat(40)}:0`

const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth)

describe('REST against hostile requests', () => {
  let api: ApiFixture
  before(async () => {
    api = await ApiFixture.start()
  })
  after(async () => {
    expect((await api.call('GET', '/healthz')).status, 'still alive').to.equal(200)
    expect(Object.hasOwn(Object.prototype, 'polluted')).to.equal(false)
    await api.close()
  })

  const bodies: readonly (readonly [name: string, body: string, status: number])[] = [
    ['half of JSON', '{"magnet_uri":', 400],
    ['JSON with a comma too many', '{"a":1,}', 400],
    ['two documents', '{}{}', 400],
    ['a byte order mark alone', '\ufeff', 400],
    ['an array', '[]', 400],
    ['null', 'null', 400],
    ['a number', '1', 400],
    ['100,000 nested arrays', nested(100_000), 400],
    ['deep nesting in a field', `{"magnet_uri":${nested(50_000)}}`, 400],
    ['__proto__', '{"__proto__":{"polluted":true}}', 400],
    ['constructor.prototype', '{"constructor":{"prototype":{"polluted":true}}}', 400],
    ['__proto__ inside', '{"magnet_uri":{"__proto__":{"polluted":true}}}', 400],
    ['an unknown field with a method name', '{"toString":1}', 400],
    ['a huge number', `{"magnet_uri":"magnet:?x","movie_id":1${'0'.repeat(400)}}`, 400],
    ['a number past safe integers', '{"magnet_uri":"magnet:?x","movie_id":9007199254740993}', 400],
    ['a negative id', '{"magnet_uri":"magnet:?x","movie_id":-1}', 400],
    ['a magnet of 100 KB', `{"magnet_uri":"magnet:?${'x'.repeat(100_000)}"}`, 400],
    [
      'ten thousand unknown fields',
      JSON.stringify(Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`f${i}`, i]))),
      400,
    ],
  ]
  for (const [name, body, status] of bodies) {
    it(`answers ${name} with ${status}, short and in the one form`, async () => {
      const got = await api.call('POST', '/api/torrents', body)
      expect(got.status, got.text.slice(0, 200)).to.equal(status)
      ErrorAnswer.parse(got.json)
      expect(got.text.length).to.be.lessThan(2000)
    })
  }

  for (const [type, status] of [
    ['text/plain', 415],
    ['application/x-www-form-urlencoded', 415],
    ['multipart/form-data; boundary=x', 415],
    ['application/jsonp', 415],
    ['nonsense', 415],
    ['application/json; charset=utf-8', 201],
  ] as const) {
    it(`answers a body of type ${type} with ${status}`, async () => {
      const body = '{"magnet_uri":"magnet:?xt=urn:btih:x"}'
      expect((await api.call('POST', '/api/torrents', body, { 'content-type': type })).status).to.equal(status)
    })
  }

  it('takes an empty body of type JSON as none', async () => {
    const { status } = await api.call('DELETE', '/api/movies/99', '', { 'content-type': 'application/json' })
    expect(status).to.equal(404)
  })

  it('refuses text that would be stored as another: not UTF-8, or half of a character', async () => {
    for (const [body, message] of [
      [Buffer.from('{"title":"caf\xe9","year":2000}', 'latin1'), /UTF-8/],
      ['{"title":"a\\ud800","year":2000}', /title: .*halves of characters/],
    ] as const) {
      const headers = { 'content-type': 'application/json' }
      const got = await fetch(`${api.server.url}/api/movies`, { method: 'POST', headers, body })
      expect(got.status).to.equal(400)
      expect(ErrorAnswer.parse(await got.json()).error.message).to.match(message)
    }
  })

  it('answers a body over the limit of its route with 413', async () => {
    const title = 'x'.repeat(300 * 1024)
    const got = await api.call('POST', '/api/movies', { title })
    expect([got.status, got.json.error.code]).to.deep.equal([413, 'invalid'])
  })

  it('takes a .torrent of just 16 MiB and refuses a byte more', async () => {
    const torrent = (bytes: number) => ({ torrent: Buffer.alloc(bytes, 'd').toString('base64') })
    expect((await api.call('POST', '/api/torrents', torrent(TORRENT_FILE_MAX_BYTES))).status).to.equal(201)
    const over = await api.call('POST', '/api/torrents', torrent(TORRENT_FILE_MAX_BYTES + 1))
    expect([over.status, over.json.error.message]).to.deep.equal([400, 'torrent: larger than 16 MiB'])
  })

  it('checks a body of base64 in linear time', async () => {
    const started = performance.now()
    const got = await api.call('POST', '/api/torrents', { torrent: `${'A'.repeat(20_000_000)}!` })
    expect(got.status).to.equal(400)
    expect(performance.now() - started).to.be.lessThan(10_000)
  })

  for (const [name, request] of [
    ['a path that does not decode', 'GET /api/movies/%zz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n'],
    ['a path of bytes', 'GET /%ff%fe HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n'],
    ['a request that is none', 'HELLO\r\n\r\n'],
    ['a header that is none', 'GET / HTTP/1.1\r\nHost localhost\r\n\r\n'],
    ['two lengths', 'POST /api/movies HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n{}'],
    [
      'a length and chunks',
      'POST /api/movies HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    ],
    [
      'a length past memory',
      'POST /api/movies HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: 99999999999\r\n\r\n{}',
    ],
    ['a huge header', `GET / HTTP/1.1\r\nHost: localhost\r\nX: ${'x'.repeat(100_000)}\r\n\r\n`],
  ] as const) {
    it(`answers ${name} with a 4xx in the one form`, async () => {
      const answer = await rawExchange(api.server.port, request)
      expect(answer.slice(0, 200)).to.match(/^HTTP\/1\.1 4\d\d /)
      const body: unknown = JSON.parse(answer.slice(answer.indexOf('\r\n\r\n') + 4))
      ErrorAnswer.parse(body)
    })
  }

  const ids = [
    '0',
    '-1',
    '1.5',
    '1e300',
    '9'.repeat(400),
    'x',
    '%00',
    '%2e%2e%2f',
    '__proto__',
    'constructor',
    ' ',
    '%F0%9F%92%A9',
  ]
  const fileIds = [
    ...ids,
    `${'a'.repeat(40)}`,
    `${'a'.repeat(40)}:`,
    `${'a'.repeat(40)}:-1`,
    `${FILE}000000`,
    `${FILE}:0`,
    `${'g'.repeat(40)}:0`,
    `${FILE}%00`,
  ]
  for (const [call, wrong] of [
    ['GET /api/files/:id', fileIds],
    ['POST /api/files/:id/match', fileIds],
    ['POST /api/files/:id/activate', fileIds],
    ['DELETE /api/files/:id', fileIds],
    ['POST /api/files/:id/offline', fileIds],
    ['DELETE /api/files/:id/offline', fileIds],
    ['POST /api/movies/:id/match', ids],
    ['POST /api/shows/:id/match', ids],
    ['GET /api/movies/:id/subtitles', ids],
    ['GET /api/episodes/:id/subtitles/search', ids],
    ['POST /api/movies/:id/subtitles', ids],
    ['DELETE /api/subtitles/:id', ids],
  ] as const) {
    it(`answers ${call} with a 4xx whatever the id`, async () => {
      const [method = '', path = ''] = call.split(' ')
      for (const id of wrong) {
        const { status, json } = await api.call(method, path.replace(':id', id), method === 'POST' ? {} : undefined)
        expect([400, 404, 414], `${id}: ${status}`).to.include(status)
        ErrorAnswer.parse(json)
      }
    })
  }

  for (const query of [
    'limit=1e9',
    'limit=NaN',
    'limit=%00',
    'offset=99999999999999999999',
    'limit=1&limit=2',
    'limit[]=1',
    '__proto__=1',
    `q=${'x'.repeat(201)}`,
  ]) {
    it(`answers a page of ${query.slice(0, 40)} with 400`, async () => {
      for (const path of ['/api/movies', '/api/shows', '/api/torrents', '/api/trash', '/api/search', '/api/watching']) {
        expect((await api.call('GET', `${path}?${query}`)).status, path).to.equal(400)
      }
    })
  }

  it('searches for anything', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary', minLength: 1, maxLength: 200 }), async (text) => {
        const q = encodeURIComponent(text.replaceAll(/\p{Cs}/gu, ''))
        for (const path of ['/api/search', '/api/movies', '/api/torrents']) {
          expect([200, 400]).to.include((await api.call('GET', `${path}?q=${q}`)).status)
        }
      }),
      { numRuns: 50 },
    )
  })

  it('goes on after bodies that end too early', async () => {
    for (const [path, type] of [
      ['/api/torrents/bulk', 'application/json'],
      [`/api/files/${FILE}/match`, 'application/json'],
      ['/api/movies/1/subtitles', 'application/json'],
      ['/api/library/import', 'application/x-ndjson'],
      ['/api/limits', 'application/json'],
    ] as const) {
      const method = path === '/api/limits' ? 'PUT' : 'POST'
      const head = `${method} ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: ${type}\r\nContent-Length: 1000\r\n\r\n{"a`
      const socket = connect(api.server.port, '127.0.0.1')
      await once(socket, 'connect')
      socket.end(head)
      socket.resume()
      await once(socket, 'close')
    }
    expect((await api.call('GET', '/healthz')).status).to.equal(200)
  })

  it('answers any JSON on any route with 2xx, 4xx or 503, never a fault', async () => {
    const path = fc.constantFrom(
      '/api/torrents',
      '/api/movies',
      '/api/shows',
      '/api/identify',
      '/api/movies/1/assign-torrent',
      '/api/shows/1/assign-torrent',
      '/api/episodes/1/assign-torrent',
      '/api/torrents/bulk',
      '/api/movies/1/match',
      '/api/shows/1/match',
      `/api/files/${FILE}/match`,
      `/api/files/${FILE}/offline`,
      '/api/trash',
      '/api/trash/restore',
      '/api/movies/1/subtitles',
      '/api/library/import',
    )
    const field = fc.constantFrom(
      'magnet_uri',
      'torrent',
      'movie_id',
      'title',
      'year',
      'seasons',
      'names',
      'tmdb_id',
      'file_path',
      'torrents',
      'movie',
      'show_id',
      'episode',
      'unsorted',
      'season',
      'path',
      'file_id',
      'content',
      'file_name',
    )
    const body = fc.oneof(
      fc.json(),
      fc.dictionary(field, fc.jsonValue()).map((value) => JSON.stringify(value)),
    )
    await fc.assert(
      fc.asyncProperty(path, body, async (to, text) => {
        const { status, json } = await api.call('POST', to, text)
        expect(status === 503 || status < 500, `${status} for ${text}`).to.equal(true)
        if (status >= 400) ErrorAnswer.parse(json)
      }),
      { numRuns: 200 },
    )
  })
})
