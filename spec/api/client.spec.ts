import { createServer } from 'node:http'
import { get } from 'node:https'
import type { AddressInfo } from 'node:net'
import { expect } from 'chai'
import { ApiClient } from '../../lib/api/client.ts'
import { type AppError, isAppError } from '../../lib/domain/errors.ts'
import { ApiFixture, hashOf } from '../support/fake-api.ts'
import { cert, key } from '../support/self-signed.ts'

const MAGNET = `magnet:?xt=urn:btih:${'a'.repeat(40)}`

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
    expect((await client.torrents()).torrents[0]?.name).to.equal('Film')
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
    expect((await failure(stranger.torrents())).code).to.equal('unauthorized')
  })

  it('sends what a path cannot hold encoded', async () => {
    expect((await failure(client.pause('../../healthz?'))).code).to.equal('invalid')
  })

  it('says so when nothing listens', async () => {
    const closed = await ApiFixture.start()
    const { url } = closed.server
    await closed.close()
    const error = await failure(new ApiClient({ baseUrl: url }).torrents())
    expect(error).to.include({ code: 'unavailable', message: `cannot reach ${url}: is the service running?` })
  })

  it("fails with the signal's reason", async () => {
    const reason = new Error('enough')
    expect(await failure(client.torrents(AbortSignal.abort(reason)))).to.equal(reason)
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
      const error = await failure(new ApiClient({ baseUrl: `http://127.0.0.1:${port}` }).torrents())
      await new Promise((resolve) => server.close(resolve))
      expect(isAppError(error, 'internal'), String(error)).to.equal(true)
    })
  }
})

describe('REST over TLS', () => {
  it('answers https', async () => {
    const api = await ApiFixture.start({ tls: { cert, key } })
    expect(api.server.url).to.match(/^https:\/\/127\.0\.0\.1:\d+$/)
    const status = await new Promise<number | undefined>((resolve, reject) => {
      get(`${api.server.url}/healthz`, { ca: cert, agent: false }, (response) => {
        response.resume()
        resolve(response.statusCode)
      }).on('error', reject)
    })
    await api.close()
    expect(status).to.equal(200)
  })
})
