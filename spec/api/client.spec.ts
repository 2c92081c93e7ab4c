import { createServer } from 'node:http'
import { get } from 'node:https'
import type { AddressInfo } from 'node:net'
import { expect } from 'chai'
import { ApiClient } from '../../lib/api/client.ts'
import { type AppError, isAppError } from '../../lib/domain/errors.ts'
import { ApiFixture, hashOf } from '../support/fake-api.ts'
import { TLS_PAIRS } from '../support/tls-fixture.ts'

const MAGNET = `magnet:?xt=urn:btih:${'a'.repeat(40)}`

const PAGE = { limit: 10, offset: 0 }

const failure = (promise: Promise<unknown>): Promise<AppError> =>
  promise.then(
    () => Promise.reject(new Error('it did not fail')),
    (error: unknown) => error as AppError,
  )

describe('ApiClient', () => {
  let api: ApiFixture
  let client: ApiClient

  before(async () => {
    api = await ApiFixture.start({ token: 'secret' })
    api.addTorrent('a', 'Film', ['film.mkv'])
    api.library.createMovie({ title: 'Film & Co', year: 2020 })
    client = new ApiClient({ baseUrl: api.server.url, token: 'secret' })
  })
  after(() => api.close())

  it('makes every call', async () => {
    expect((await client.addTorrent({ magnetUri: MAGNET })).info_hash).to.equal(hashOf('a'))
    await client.addTorrent({ metadata: Buffer.from('d4:info') })
    expect(api.intake.calls.at(-1)?.input).to.deep.equal({ metadata: Buffer.from('d4:info') })
    expect((await client.movies({ limit: 10, offset: 0, query: '& co' })).movies).to.have.length(1)
    expect((await client.shows({ limit: 10, offset: 0 })).total).to.equal(0)
    expect((await client.torrents(PAGE)).torrents[0]?.name).to.equal('Film')
    expect((await client.pause(hashOf('a'))).state).to.equal('paused')
    expect((await client.resume(hashOf('a'))).state).to.equal('idle')
    expect((await client.identify(['Film (2010)'])).results[0]?.year).to.equal(2010)
    expect((await client.status()).version).to.equal('1.2.3')
    await client.remove(hashOf('a'), true)
    expect(api.activity.removed).to.deep.equal([{ infoHash: hashOf('a'), deleteData: true }])
  })

  it('fails with the error that the service answered', async () => {
    expect(await failure(client.pause('f'.repeat(40)))).to.include({
      code: 'not_found',
      message: `no torrent ${'f'.repeat(40)}`,
    })
    const stranger = new ApiClient({ baseUrl: api.server.url })
    expect((await failure(stranger.torrents(PAGE))).code).to.equal('unauthorized')
  })

  it('sends what a path cannot hold encoded', async () => {
    expect((await failure(client.pause('../../healthz?'))).code).to.equal('invalid')
  })

  it('says so when nothing listens', async () => {
    const closed = await ApiFixture.start()
    const { url } = closed.server
    await closed.close()
    const error = await failure(new ApiClient({ baseUrl: url }).torrents(PAGE))
    expect(error).to.include({ code: 'unavailable', message: `cannot reach ${url}: is the service running?` })
  })

  it("fails with the signal's reason", async () => {
    const reason = new Error('enough')
    expect(await failure(client.torrents(PAGE, AbortSignal.abort(reason)))).to.equal(reason)
  })

  it('refuses what is no http URL', () => {
    for (const baseUrl of ['', 'localhost', 'ftp://x', 'file:///etc/passwd']) {
      expect(() => new ApiClient({ baseUrl }), baseUrl).to.throw('not an http or https URL')
    }
  })

  for (const [name, status, text] of [
    ['a page', 200, '<html>'],
    ['an error page', 502, '<html>'],
    ['an unknown code', 418, '{"error":{"code":"teapot","message":"short and stout"}}'],
    ['null', 500, 'null'],
  ] as const) {
    it(`fails with internal when something else answers: ${name}`, async () => {
      const server = createServer((_request, response) => response.writeHead(status).end(text))
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
      const { port } = server.address() as AddressInfo
      const error = await failure(new ApiClient({ baseUrl: `http://127.0.0.1:${port}` }).torrents(PAGE))
      await new Promise((resolve) => server.close(resolve))
      expect(isAppError(error, 'internal'), String(error)).to.equal(true)
    })
  }
})

describe('what ApiClient reads as it comes', () => {
  const answering = async (text: string, work: (client: ApiClient) => Promise<void>): Promise<void> => {
    const server = createServer((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/x-ndjson' })
      response.write(text)
      setTimeout(() => (text.endsWith('\n') ? response.end() : response.destroy()), 50)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    try {
      await work(new ApiClient({ baseUrl: `http://127.0.0.1:${port}` }))
    } finally {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    }
  }
  const all = async <T>(values: AsyncIterable<T>): Promise<T[]> => {
    const seen: T[] = []
    for await (const value of values) seen.push(value)
    return seen
  }

  it('gives each line, and throws one that tells an error', async () => {
    await answering('{"is_done":false}\n{"is_done":true}\n', async (client) => {
      expect(await all(client.scrub())).to.deep.equal([{ is_done: false }, { is_done: true }])
    })
    await answering('{"is_done":false}\n{"error":{"code":"conflict","message":"no"}}\n', async (client) => {
      expect(await failure(all(client.scrub()))).to.include({ code: 'conflict', message: 'no' })
    })
    await answering('<html>\n', async (client) => {
      expect((await failure(all(client.scrub()))).code).to.equal('internal')
    })
  })

  it('fails with unavailable when the answer breaks off', async () => {
    await answering('{"is_done":false}\n{"is', async (client) => {
      expect((await failure(all(client.scrub()))).code).to.equal('unavailable')
      expect((await failure(all(client.exportLibrary()))).code).to.equal('unavailable')
    })
  })
})

describe('REST over TLS', () => {
  it('answers https', async () => {
    const [pair] = TLS_PAIRS
    const api = await ApiFixture.start({ tls: pair })
    expect(api.server.url).to.match(/^https:\/\/127\.0\.0\.1:\d+$/)
    const status = await new Promise<number | undefined>((resolve, reject) => {
      get(`${api.server.url}/healthz`, { ca: pair.cert, agent: false }, (response) => {
        response.resume()
        resolve(response.statusCode)
      }).on('error', reject)
    })
    await api.close()
    expect(status).to.equal(200)
  })
})
