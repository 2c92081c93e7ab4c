import { expect } from 'chai'
import { ApiServer } from '../../lib/api/api-server.ts'
import { isLoopbackHost } from '../../lib/api/request-guard.ts'
import { isAppError } from '../../lib/domain/errors.ts'
import { ApiFixture } from '../support/fake-api.ts'
import { rawExchange } from '../support/http-exchange.ts'

/** The status of a request with exactly these header lines. */
async function statusOf(api: ApiFixture, requestLine: string, ...headers: string[]): Promise<number> {
  const head = [`${requestLine} HTTP/1.1`, 'Connection: close', ...headers].join('\r\n')
  const answer = await rawExchange(api.server.port, `${head}\r\n\r\n`)
  return Number(answer.split(' ')[1])
}

describe('the guard of REST without a token', () => {
  let api: ApiFixture
  before(async () => {
    api = await ApiFixture.start()
  })
  after(() => api.close())

  for (const [host, status] of [
    ['127.0.0.1:4444', 200],
    ['localhost', 200],
    ['LOCALHOST:80', 200],
    ['[::1]:4444', 200],
    ['app.localhost', 200],
    ['attacker.example', 403],
    ['127.0.0.1.attacker.example', 403],
    ['localhost.attacker.example:4444', 403],
    ['192.168.1.5', 403],
    ['', 403],
  ] as const) {
    it(`answers host "${host}" with ${status}`, async () => {
      expect(await statusOf(api, 'GET /api/status', `Host: ${host}`)).to.equal(status)
    })
  }

  const own = () => `Host: 127.0.0.1:${api.server.port}`
  for (const [headers, status] of [
    [[], 404],
    [['Origin: https://attacker.example'], 403],
    [['Origin: null'], 403],
    [['Origin: http://127.0.0.1:1'], 403],
    [['Sec-Fetch-Site: cross-site'], 403],
    [['Sec-Fetch-Site: same-site'], 403],
    [['Sec-Fetch-Site: same-origin'], 404],
  ] as const) {
    it(`answers a DELETE with ${headers.join(' ') || 'no browser fields'} with ${status}`, async () => {
      expect(await statusOf(api, 'DELETE /api/movies/99', own(), ...headers)).to.equal(status)
    })
  }

  it('takes writes of its own pages', async () => {
    const origin = `Origin: http://127.0.0.1:${api.server.port}`
    expect(await statusOf(api, 'DELETE /api/movies/99', own(), origin)).to.equal(404)
  })

  it('lets other sites follow a link', async () => {
    expect(await statusOf(api, 'GET /healthz', own(), 'Sec-Fetch-Site: cross-site')).to.equal(200)
  })
})

describe('the guard of REST with a token', () => {
  let api: ApiFixture
  before(async () => {
    api = await ApiFixture.start({ token: 'correct horse'.replace(' ', '-') })
  })
  after(() => api.close())

  for (const [authorization, status] of [
    [undefined, 401],
    ['Bearer correct-horse', 200],
    ['bearer  correct-horse ', 200],
    ['Bearer correct-hors', 401],
    ['Bearer correct-horse2', 401],
    ['Bearer ', 401],
    ['Basic correct-horse', 401],
    ['correct-horse', 401],
    [`Bearer ${'x'.repeat(8000)}`, 401],
  ] as const) {
    it(`answers ${authorization?.slice(0, 40) ?? 'no token'} with ${status}`, async () => {
      const got = await api.call('GET', '/api/status', undefined, authorization ? { authorization } : {})
      expect(got.status).to.equal(status)
      if (status === 401) {
        expect(got.headers.get('www-authenticate')).to.equal('Bearer realm="momoshtrem"')
        expect(got.json.error.code).to.equal('unauthorized')
      }
    })
  }

  for (const [path, status] of [
    ['/healthz', 200],
    ['/readyz', 200],
    ['/metrics', 401],
    ['/api/openapi.json', 401],
    ['/api/torrents', 401],
    ['/nothing', 401],
    ['/healthz/', 401],
    ['/healthz?x=1', 200],
  ] as const) {
    it(`answers ${path} without it with ${status}`, async () => {
      expect((await api.call('GET', path)).status).to.equal(status)
    })
  }

  it('counts wrong tokens, not missing ones', async () => {
    api.counted.length = 0
    await api.call('GET', '/api/status')
    await api.call('GET', '/api/status', undefined, { authorization: 'Bearer wrong' })
    expect(api.counted).to.deep.equal(['login_failures_total'])
  })

  it('answers under any host name: a page that rebinds its own has no token', async () => {
    expect(await statusOf(api, 'GET /healthz', 'Host: nas.example')).to.equal(200)
  })
})

describe('ApiServer', () => {
  it('refuses a host that others reach without a token', async () => {
    for (const host of ['0.0.0.0', '192.168.1.2', '::', 'nas.lan']) {
      expect(() => new ApiFixture({ host }), host).to.throw('API_TOKEN')
    }
    const guarded = new ApiFixture({ host: '0.0.0.0', token: 'x' })
    expect(guarded.server).to.be.instanceOf(ApiServer)
    await guarded.close()
  })

  it('knows loopback hosts', () => {
    for (const host of ['127.0.0.1', '127.1.2.3', 'localhost', '::1', '[::1]'])
      expect(isLoopbackHost(host), host).to.equal(true)
    for (const host of ['0.0.0.0', '::', '1270.0.0.1', '10.127.0.0.1', 'x127.0.0.1', '']) {
      expect(isLoopbackHost(host), host).to.equal(false)
    }
  })

  it('names the setting when its port is in use', async () => {
    const first = await ApiFixture.start()
    const second = new ApiFixture({ port: first.server.port })
    const error: unknown = await second.server.start().catch((reason: unknown) => reason)
    await Promise.all([first.close(), second.close()])
    expect(isAppError(error, 'conflict')).to.equal(true)
    expect(String(error)).to.match(/API_PORT \d+ on 127\.0\.0\.1 is already in use/)
  })

  it('names the setting when its host is not of this machine', async () => {
    const api = new ApiFixture({ host: '192.0.2.1', token: 'x' })
    const error: unknown = await api.server.start().catch((reason: unknown) => reason)
    await api.close()
    expect(isAppError(error, 'invalid')).to.equal(true)
    expect(String(error)).to.contain('API_HOST 192.0.2.1')
  })
})
