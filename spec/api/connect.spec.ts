import { expect } from 'chai'
import type { ConnectHandler } from '../../lib/api/api-services.ts'
import { ApiFixture } from '../support/fake-api.ts'
import { rawExchange } from '../support/http-exchange.ts'

type Asked = Parameters<ConnectHandler['handle']>[0]

describe('the pages under /connect', () => {
  let api: ApiFixture
  let asked: Asked[]

  const start = async (token: string): Promise<void> => {
    asked = []
    const connect: ConnectHandler = {
      handle(request) {
        asked.push(request)
        const isFile = request.url.includes('.conf')
        const body = isFile ? new Uint8Array([1, 2, 3, 4]).subarray(1) : '<p>ünïcode</p>'
        return {
          status: isFile ? 200 : 401,
          headers: { 'Content-Type': 'text/html; charset=utf-8', 'Cache-Control': 'private' },
          body,
        }
      },
    }
    api = await ApiFixture.start({ token }, { connect })
  }
  afterEach(() => api.close())

  it('answer as their handler says, whatever the token', async () => {
    await start('secret')
    const page = await api.call('GET', '/connect?q=%C3%A4', undefined, {
      'user-agent': 'Finder',
      authorization: 'Basic eDp5',
    })
    expect([page.status, page.text]).to.deep.equal([401, '<p>ünïcode</p>'])
    expect(page.headers.get('content-type')).to.equal('text/html; charset=utf-8')
    expect(page.headers.get('cache-control')).to.equal('private')
    expect(asked).to.deep.equal([
      {
        url: '/connect?q=%C3%A4',
        host: new URL(api.server.url).host,
        userAgent: 'Finder',
        authorization: 'Basic eDp5',
      },
    ])
    const file = await fetch(`${api.server.url}/connect/rclone.conf`, { headers: { connection: 'close' } })
    expect([...new Uint8Array(await file.arrayBuffer())]).to.deep.equal([2, 3, 4])
    expect(asked[1]?.url).to.equal('/connect/rclone.conf')
    expect(api.counted, 'no login failed here').to.deep.equal([])
  })

  it('answer HEAD as GET, without the body', async () => {
    await start('')
    const answer = await api.call('HEAD', '/connect/play/a%2Fb.m3u')
    expect([answer.status, answer.text]).to.deep.equal([401, ''])
    expect(answer.headers.get('content-length')).to.equal(String(Buffer.byteLength('<p>ünïcode</p>')))
    expect(asked[0]?.url).to.equal('/connect/play/a%2Fb.m3u')
  })

  it('are not served by a name that may be made up, nor to other methods', async () => {
    await start('')
    const answer = await rawExchange(
      api.server.port,
      'GET /connect HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n',
    )
    expect(answer).to.match(/^HTTP\/1\.1 403 /)
    expect((await api.call('POST', '/connect')).status).to.equal(405)
    expect(asked).to.deep.equal([])
  })

  it('are no part of the OpenAPI document', async () => {
    await start('')
    expect((await api.call('GET', '/api/openapi.json')).text).not.to.contain('/connect')
  })
})
