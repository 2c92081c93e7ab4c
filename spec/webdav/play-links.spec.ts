import { randomBytes } from 'node:crypto'
import { expect } from 'chai'
import { SignedLinks } from '../../lib/connect/signed-links.ts'
import { expectedBytes } from '../support/content-fake.ts'
import { exchange } from '../support/http-exchange.ts'
import { ManualClock } from '../support/manual-clock.ts'
import { FILM_BYTES, type RunningWebdav, startWebdav } from '../support/webdav-fixture.ts'

const FILM = ['Movies', 'Who Framed? #1 & 100% (1988)', 'Who Framed? #1 & 100% (1988).mp4']
const DAY_MS = 86_400_000

describe('player links', () => {
  let clock: ManualClock
  let links: SignedLinks
  let running: RunningWebdav

  beforeEach(async () => {
    clock = new ManualClock()
    links = new SignedLinks(randomBytes(32), clock)
    running = await startWebdav({ clock, playLinks: links, credentials: { username: 'Mufasa', password: 'Circle' } })
  })
  afterEach(() => running.server.close())

  const send = (method: string, path: string, headers: Record<string, string> = {}) =>
    exchange(running.port, method, path, headers)
  const sign = (segments: readonly string[] = FILM): string => links.sign(segments, clock.nowMs() + DAY_MS)

  it('play a file without a login, ranges and HEAD included, and nothing else does', async () => {
    const whole = await send('GET', sign())
    expect(`${whole.status} ${whole.body.length} ${whole.headers['content-type']}`).to.equal(
      `200 ${FILM_BYTES} video/mp4`,
    )
    const part = await send('GET', sign(), { Range: 'bytes=1000-1999' })
    expect(part.headers['content-range']).to.equal(`bytes 1000-1999/${FILM_BYTES}`)
    expect(part.body.equals(expectedBytes({ start: 1000, end: 2000 }))).to.equal(true)
    const head = await send('HEAD', sign())
    expect(`${head.status} ${head.headers['content-length']} ${head.body.length}`).to.equal(`200 ${FILM_BYTES} 0`)
    expect((await send('GET', `/${FILM.map(encodeURIComponent).join('/')}`)).status).to.equal(401)
  })

  it('are refused when they are late, altered or of a directory, and never ask for a login', async () => {
    const link = sign()
    const altered = [
      link.replace('.mp4', '.mkv'),
      link.replace(/\.play\/\w/, '.play/z'),
      link.replace(/[^/](?=\/Movies)/, (last) => (last === 'A' ? 'B' : 'A')),
      '/.play/',
      '/.play/x/y/z',
      sign(FILM.slice(0, 2)),
    ]
    for (const path of altered) {
      const answer = await send('GET', path)
      expect(`${answer.status} ${answer.body.toString()}`, path).to.equal('403 forbidden\n')
      expect(answer.headers, path).to.not.have.property('www-authenticate')
    }
    clock.advance(DAY_MS - 1)
    expect((await send('GET', link)).status).to.equal(200)
    clock.advance(1000)
    expect((await send('GET', link)).status).to.equal(403)
    expect((await send('GET', sign([...FILM.slice(0, 2), 'gone.mp4']))).status).to.equal(404)
  })

  it('take no other method, and are listed nowhere', async () => {
    for (const method of ['OPTIONS', 'PUT', 'DELETE', 'POST', 'LOCK', 'MOVE', 'MKCOL', 'PROPPATCH']) {
      const answer = await send(method, sign())
      expect(`${answer.status} ${answer.headers.allow}`, method).to.equal('405 GET, HEAD')
    }
    expect((await send('PROPFIND', sign(), { Depth: '0' })).status).to.equal(404)
    const Authorization = `Basic ${Buffer.from('Mufasa:Circle').toString('base64')}`
    expect((await send('PROPFIND', '/.play', { Depth: '1', Authorization })).status).to.equal(404)
    expect((await send('PROPFIND', '/', { Depth: '1', Authorization })).body.toString()).to.not.include('.play')
    expect((await send('GET', '/%2Eplay/x', { Authorization })).status).to.equal(404)
  })

  it('are neither counted nor stopped as failed logins', async () => {
    for (let attempt = 0; attempt < 12; attempt++) await send('GET', '/.play/x/y/z')
    const Authorization = `Basic ${Buffer.from('Mufasa:Circle').toString('base64')}`
    expect((await send('OPTIONS', '/', { Authorization })).status).to.equal(200)
    for (let attempt = 0; attempt < 11; attempt++) await send('GET', '/', { Authorization: 'Basic eDp5' })
    expect((await send('OPTIONS', '/', { Authorization })).status).to.equal(429)
    expect((await send('GET', sign())).status).to.equal(200)
  })
})
