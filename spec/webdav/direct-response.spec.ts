import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { Agent, request } from 'node:https'
import { connect } from 'node:net'
import { expect } from 'chai'
import fc from 'fast-check'
import { expectedBytes } from '../support/content-fake.ts'
import { rawExchange } from '../support/http-exchange.ts'
import { TLS_PAIRS } from '../support/tls-fixture.ts'
import { until } from '../support/until.ts'
import { FILM_BYTES, type RunningWebdav, startWebdav } from '../support/webdav-fixture.ts'

const FILM = '/Movies/Alpha%20(2001)/Alpha%20(2001).mkv'
const DEPTH = 'Depth: 1\r\n'

interface RawAnswer {
  readonly status: string
  /** In lower case, sorted, without those that tell of the connection. */
  readonly fields: readonly string[]
  readonly body: string
}

/** Answers on one connection, in order; HEAD's have no body. */
function answersOf(text: string, methods: readonly string[]): readonly RawAnswer[] {
  const answers: RawAnswer[] = []
  let rest = text
  for (const method of methods) {
    const end = rest.indexOf('\r\n\r\n')
    const [status = '', ...lines] = rest.slice(0, end).split('\r\n')
    const length = Number(/content-length: (\d+)/i.exec(rest.slice(0, end))?.[1] ?? 0)
    const bodyBytes = method === 'HEAD' ? 0 : length
    const isOfConnection = (line: string): boolean => /^(?:date|connection|keep-alive): /.test(line)
    const fields = lines.map((line) => line.replace(/^[^:]+/, (name) => name.toLowerCase()))
    answers.push({
      status,
      fields: fields.filter((line) => !isOfConnection(line)).sort(),
      body: rest.slice(end + 4, end + 4 + bodyBytes),
    })
    rest = rest.slice(end + 4 + bodyBytes)
  }
  if (rest !== '') throw new Error(`${rest.length} bytes too many`)
  return answers
}

describe('a response written to its socket in one piece', () => {
  let running: RunningWebdav
  before(async () => {
    running = await startWebdav()
  })
  after(() => running.server.close())

  const lines = {
    whole: `GET ${FILM} HTTP/1.1\r\n`,
    head: `HEAD ${FILM} HTTP/1.1\r\n`,
    range: `GET ${FILM} HTTP/1.1\r\nRange: bytes=1000-65999\r\n`,
    large: `GET ${FILM} HTTP/1.1\r\nRange: bytes=5-1048580\r\n`,
    several: `GET ${FILM} HTTP/1.1\r\nRange: bytes=0-9,300000-300009,-5\r\n`,
    unsatisfiable: `GET ${FILM} HTTP/1.1\r\nRange: bytes=${FILM_BYTES}-\r\n`,
    unmodified: `GET ${FILM} HTTP/1.1\r\nIf-None-Match: *\r\n`,
    missing: 'GET /nothing%20here HTTP/1.1\r\n',
    listing: `PROPFIND /Movies/ HTTP/1.1\r\n${DEPTH}`,
    page: 'GET /Movies/ HTTP/1.1\r\n',
    headOfPage: 'HEAD /Movies/ HTTP/1.1\r\n',
    options: 'OPTIONS / HTTP/1.1\r\n',
    refused: 'PUT /Movies/x HTTP/1.1\r\nContent-Length: 3\r\n',
  } as const
  type Name = keyof typeof lines
  const names = Object.keys(lines) as Name[]
  const requestOf = (name: Name, extra = ''): string =>
    `${lines[name]}Host: x\r\n${extra}\r\n${name === 'refused' ? 'abc' : ''}`
  const methodOf = (name: Name): string => lines[name].split(' ')[0] ?? ''
  /** The boundary is another each time. */
  const withoutBoundary = (answer: RawAnswer): RawAnswer =>
    JSON.parse(JSON.stringify(answer).replace(/(boundary=|--)[0-9a-f]{24}/g, '$1')) as RawAnswer

  it('is what node writes on a connection that ends with it', async () => {
    for (const name of names) {
      const ending = await rawExchange(running.port, requestOf(name, 'Connection: close\r\n'))
      const socket = connect(running.port, '127.0.0.1')
      // The second answer shows that the first ended where it should, and ends the connection.
      socket.write(requestOf(name) + requestOf('options', 'Connection: close\r\n'))
      const chunks: Buffer[] = []
      socket.on('data', (chunk: Buffer) => chunks.push(chunk))
      await once(socket, 'close')
      const text = Buffer.concat(chunks).toString('latin1')
      expect(text, name).to.match(/\r\nKeep-Alive: timeout=75\r\n/)
      const [kept] = answersOf(text, [methodOf(name), 'OPTIONS'])
      const [ended] = answersOf(ending, [methodOf(name)])
      if (!kept || !ended) throw new Error('no answer')
      expect(withoutBoundary(kept), name).to.deep.equal(withoutBoundary(ended))
    }
    expect(running.pool.lent).to.equal(0)
  })

  it('keeps the order of requests sent at once, whichever they are and however they are cut', async () => {
    const alone = new Map<Name, RawAnswer>()
    for (const name of names) {
      const [answer] = answersOf(await rawExchange(running.port, requestOf(name, 'Connection: close\r\n')), [
        methodOf(name),
      ])
      if (answer) alone.set(name, withoutBoundary(answer))
    }
    const small = names.filter((name) => name !== 'whole')
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom(...small), { minLength: 1, maxLength: 12 }),
        fc.integer({ min: 1, max: 400 }),
        async (order, cut) => {
          const text = order.map((name) => requestOf(name)).join('') + requestOf('options', 'Connection: close\r\n')
          const socket = connect(running.port, '127.0.0.1')
          socket.write(text.slice(0, cut))
          setImmediate(() => socket.write(text.slice(cut)))
          const chunks: Buffer[] = []
          socket.on('data', (chunk: Buffer) => chunks.push(chunk))
          await once(socket, 'close')
          const got = answersOf(Buffer.concat(chunks).toString('latin1'), [...order.map(methodOf), 'OPTIONS'])
          expect(got.slice(0, -1).map(withoutBoundary)).to.deep.equal(order.map((name) => alone.get(name)))
        },
      ),
      { numRuns: 25 },
    )
    await until(() => running.pool.lent === 0 && running.content.openNow === 0)
  })

  it('is left to node for a client of HTTP/1.0, which keeps its connection only when it asks', async () => {
    const once10 = await rawExchange(running.port, `GET ${FILM} HTTP/1.0\r\nRange: bytes=0-4\r\n\r\n`)
    expect(once10).to.match(/\r\nConnection: close\r\n/)
    const kept = await rawExchange(
      running.port,
      `GET ${FILM} HTTP/1.0\r\nConnection: keep-alive\r\nRange: bytes=0-4\r\n\r\nGET ${FILM} HTTP/1.0\r\nRange: bytes=5-9\r\n\r\n`,
    )
    expect(kept.match(/HTTP\/1\.1 206 /g)).to.have.length(2)
    expect(kept.endsWith(expectedBytes({ start: 5, end: 10 }).toString('latin1'))).to.equal(true)
  })

  it('leaves nothing behind when its client leaves in the middle of it', async () => {
    for (const name of ['range', 'large', 'whole'] as const) {
      const { opened } = running.content
      const socket = connect(running.port, '127.0.0.1')
      socket.on('error', () => {})
      socket.write(requestOf(name) + requestOf(name))
      await until(() => running.content.opened > opened)
      socket.resetAndDestroy()
      await until(() => running.pool.lent === 0 && running.content.openNow === 0)
    }
  })

  it('goes through TLS as well, one after another on a connection', async () => {
    const [tls] = TLS_PAIRS
    const secure = await startWebdav({ ...(tls && { tls }) })
    const agent = new Agent({ keepAlive: true, maxSockets: 1, rejectUnauthorized: false })
    try {
      const sockets = new Set<unknown>()
      for (const [first, last] of [
        [5, 900],
        [0, 65_535],
        [70_000, 1_500_000],
        [1, 1],
      ] as const) {
        const req = request({
          port: secure.port,
          path: FILM,
          headers: { Range: `bytes=${first}-${last}` },
          agent,
        }).end()
        const [response] = (await once(req, 'response')) as [IncomingMessage]
        sockets.add(response.socket)
        const chunks: Buffer[] = []
        for await (const chunk of response) chunks.push(chunk as Buffer)
        expect(Buffer.concat(chunks).equals(expectedBytes({ start: first, end: last + 1 }))).to.equal(true)
        await new Promise((resolve) => setImmediate(resolve)) // the agent takes the connection back
      }
      expect(sockets.size).to.equal(1)
      await until(() => secure.pool.lent === 0)
    } finally {
      agent.destroy()
      await secure.server.close()
    }
  })
})
