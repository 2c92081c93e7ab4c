import { once } from 'node:events'
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { Agent, request as httpRequest } from 'node:http'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect as tlsConnect } from 'node:tls'
import { expect } from 'chai'
import { AppError } from '../../lib/domain/errors.ts'
import { silentLogger } from '../../lib/domain/logger.ts'
import { TlsFiles } from '../../lib/webdav/tls-files.ts'
import { exchange, rawExchange } from '../support/http-exchange.ts'
import { ManualClock } from '../support/manual-clock.ts'
import { TLS_PAIRS } from '../support/tls-fixture.ts'
import { until } from '../support/until.ts'
import { FILM_BYTES, startWebdav } from '../support/webdav-fixture.ts'

const FILM = '/Movies/Alpha%20(2001)/Alpha%20(2001).mkv'
const settled = () => new Promise((resolve) => setImmediate(resolve))

describe('WebdavServer', () => {
  it('says which address it cannot have', async () => {
    const first = await startWebdav()
    try {
      const error: unknown = await startWebdav({ port: first.port }).catch((caught: unknown) => caught)
      expect(error).to.be.instanceOf(AppError)
      expect(error).to.include({
        code: 'conflict',
        message: `WEBDAV_PORT ${first.port} on 127.0.0.1 is already in use`,
      })
      const elsewhere: unknown = await startWebdav({ host: '192.0.2.1' }).catch((caught: unknown) => caught)
      expect(elsewhere).to.include({
        code: 'invalid',
        message: 'WEBDAV_HOST 192.0.2.1 is not an address of this machine',
      })
    } finally {
      await first.server.close()
    }
  })

  for (const tls of [undefined, TLS_PAIRS[0]]) {
    it(`ends connections at once that have no answer under way${tls ? ', half-made ones of TLS included' : ''}`, async () => {
      const clock = new ManualClock()
      const { server, port } = await startWebdav({ clock, ...(tls && { tls }) })
      const silent = connect(port, '127.0.0.1')
      const halfHeard = connect(port, '127.0.0.1')
      halfHeard.write(tls ? Buffer.from([0x16, 0x03]) : 'GET / HT')
      const made = tls ? tlsConnect({ port, host: '127.0.0.1', rejectUnauthorized: false }) : connect(port, '127.0.0.1')
      const closes = [silent, halfHeard, made].map((socket) => {
        socket.on('error', () => {}) // a reset ends it too
        return once(socket, 'close')
      })
      await once(made, tls ? 'secureConnect' : 'connect')
      made.write('OPTIONS / HTTP/1.1\r\nHost: x\r\n\r\n')
      await once(made, 'data')
      made.resume()
      await server.close() // the clock stands still: nothing waits for the grace
      await Promise.all(closes)
      expect(clock.pendingTimers).to.equal(0)
    })
  }

  it('ends a kept connection with the answer that was under way, and says so', async () => {
    const clock = new ManualClock()
    const { server, port, content } = await startWebdav({ clock })
    content.stallAt = 0
    const socket = connect(port, '127.0.0.1')
    const whole = once(socket, 'close')
    const chunks: Buffer[] = []
    socket.on('data', (chunk: Buffer) => chunks.push(chunk))
    socket.write(`GET ${FILM} HTTP/1.1\r\nHost: x\r\n\r\n`)
    await until(() => content.openNow > 0)
    const closed = server.close()
    content.resume()
    await Promise.all([closed, whole])
    const answer = Buffer.concat(chunks)
    expect(answer.length).to.be.above(FILM_BYTES)
    const head = answer.toString('latin1', 0, answer.indexOf('\r\n\r\n'))
    expect(head)
      .to.match(/^Connection: close$/m)
      .and.not.match(/keep-alive/i)
  })

  it('lets a running answer end when it closes, takes no new connection, and may be closed twice', async () => {
    const { server, port, content } = await startWebdav()
    content.stallAt = 1_000_000
    const req = httpRequest({ port, path: FILM, agent: false })
    req.end()
    const [response] = (await once(req, 'response')) as [NodeJS.ReadableStream]
    let bytes = 0
    response.on('data', (chunk: Buffer) => {
      bytes += chunk.length
    })
    const closed = Promise.all([server.close(), server.close()])
    const refused: unknown = await exchange(port, 'OPTIONS', '/').catch((caught: NodeJS.ErrnoException) => caught.code)
    expect(refused).to.equal('ECONNREFUSED')
    content.resume()
    await once(response, 'end')
    expect(bytes).to.equal(FILM_BYTES)
    await closed
  })

  it('cuts an answer that does not end in time, and its reader with it', async () => {
    const clock = new ManualClock()
    const { server, port, content, pool } = await startWebdav({ clock })
    content.stallAt = 0
    const req = httpRequest({ port, path: FILM, agent: false })
    const gone = once(req, 'error')
    req.end()
    await until(() => content.openNow > 0)
    const closed = server.close()
    await settled()
    expect(content.openNow).to.equal(1)
    clock.advance(10_000)
    await Promise.all([closed, gone])
    expect(content.openNow).to.equal(0)
    await until(() => pool.lent === 0)
    expect(clock.pendingTimers).to.equal(0)
  })

  it('keeps the connection after a refused write with a small body', async () => {
    const { server, port } = await startWebdav()
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    try {
      const sockets = new Set<unknown>()
      for (let round = 0; round < 3; round++) {
        await new Promise<void>((resolve, reject) => {
          const req = httpRequest({ port, method: 'PUT', path: '/Movies/x', agent }, (res) => {
            expect(res.statusCode).to.equal(403)
            sockets.add(res.socket)
            res.resume().on('end', resolve)
          })
          req.on('error', reject)
          req.end('x'.repeat(20_000))
        })
      }
      expect(sockets.size).to.equal(1)
    } finally {
      agent.destroy()
      await server.close()
    }
  })

  it('ends the connection of a refused write whose body does not end', async () => {
    const clock = new ManualClock()
    const { server, port } = await startWebdav({ clock })
    const answer = rawExchange(port, 'PUT /Movies/x HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\nxxx')
    await until(() => clock.pendingTimers > 0)
    clock.advance(2_001)
    expect((await answer).slice(0, 12)).to.equal('HTTP/1.1 403')
    await server.close()
    expect(clock.pendingTimers).to.equal(0)
  })

  it('answers a refused write that waits for leave without asking for its body', async () => {
    const { server, port } = await startWebdav()
    try {
      const text = 'PUT /Movies/x HTTP/1.1\r\nHost: x\r\nContent-Length: 9999\r\nExpect: 100-continue\r\n\r\n'
      const got = await rawExchange(port, text)
      expect(got).to.match(/^HTTP\/1\.1 403 /)
      expect(got.toLowerCase()).to.include('connection: close')
    } finally {
      await server.close()
    }
  })

  it('names the methods it has to one it has not', async () => {
    const { server, port } = await startWebdav()
    try {
      const got = await exchange(port, 'POST', '/', {}, 'x')
      expect(got.status).to.equal(405)
      expect(got.headers.allow).to.equal('OPTIONS, GET, HEAD, PROPFIND')
    } finally {
      await server.close()
    }
  })

  it('reports its requests, its listings and failed logins', async () => {
    const counts = new Map<string, number>()
    const count = (name: string): void => void counts.set(name, (counts.get(name) ?? 0) + 1)
    const credentials = { username: 'u', password: 'p' }
    const { server, port } = await startWebdav({ metrics: { add: count, observe: count, gauge() {} }, credentials })
    const login = (text: string) => ({ Depth: '1', Authorization: `Basic ${Buffer.from(text).toString('base64')}` })
    await exchange(port, 'PROPFIND', '/', login('u:p'))
    await exchange(port, 'PROPFIND', '/', login('u:x'))
    await server.close()
    expect(Object.fromEntries(counts)).to.deep.equal({
      listing_seconds: 1,
      login_failures_total: 1,
      webdav_request_seconds: 2,
    })
  })

  it('speaks TLS, and shows a new certificate to new connections once both files are there', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'tls-'))
    const [certPath, keyPath] = [join(directory, 'cert.pem'), join(directory, 'key.pem')]
    writeFileSync(certPath, TLS_PAIRS[0].cert)
    writeFileSync(keyPath, TLS_PAIRS[0].key)
    const clock = new ManualClock()
    const tls = new TlsFiles({ certPath, keyPath, clock, logger: silentLogger })
    const { server, port } = await startWebdav({ tls })
    const commonName = async (): Promise<string> => {
      clock.advance(1_000)
      const socket = tlsConnect({ port, host: '127.0.0.1', rejectUnauthorized: false })
      await once(socket, 'secureConnect')
      const { subject } = socket.getPeerCertificate()
      socket.end(`GET ${FILM} HTTP/1.1\r\nHost: x\r\nRange: bytes=-5\r\nConnection: close\r\n\r\n`)
      const chunks: Buffer[] = []
      for await (const chunk of socket) chunks.push(chunk as Buffer)
      expect(Buffer.concat(chunks).toString('latin1')).to.match(/^HTTP\/1\.1 206 /)
      return String(subject.CN)
    }
    try {
      expect(await commonName()).to.equal('spec-1')
      writeFileSync(join(directory, 'new'), TLS_PAIRS[1].cert)
      renameSync(join(directory, 'new'), certPath)
      expect(await commonName(), 'the key is still the old one').to.equal('spec-1')
      writeFileSync(join(directory, 'new'), TLS_PAIRS[1].key)
      renameSync(join(directory, 'new'), keyPath)
      expect(await commonName()).to.equal('spec-2')
      rmSync(keyPath)
      expect(await commonName(), 'no key at all').to.equal('spec-2')
      expect(await rawExchange(port, 'GET / HTTP/1.1\r\n\r\n')).to.not.match(/^HTTP\/1\.1 200/)
    } finally {
      await server.close()
      rmSync(directory, { recursive: true })
    }
  })

  it('names the setting of a certificate that cannot be used', () => {
    const options = { certPath: '/nonexistent/cert.pem', keyPath: '/nonexistent/key.pem' }
    expect(() => new TlsFiles({ ...options, clock: new ManualClock(), logger: silentLogger })).to.throw(
      AppError,
      /^TLS_CERT \/nonexistent\/cert\.pem cannot be read/,
    )
  })
})
