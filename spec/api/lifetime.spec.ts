import { once } from 'node:events'
import { Agent, request as httpRequest } from 'node:http'
import { connect } from 'node:net'
import { expect } from 'chai'
import { isAppError } from '../../lib/domain/errors.ts'
import type { IntakeResult } from '../../lib/domain/intake.ts'
import { emptyTree } from '../../lib/tree/library-tree.ts'
import { ApiFixture, resultOf } from '../support/fake-api.ts'
import { ManualClock } from '../support/manual-clock.ts'
import { until } from '../support/until.ts'

const MAGNET = { magnet_uri: `magnet:?xt=urn:btih:${'a'.repeat(40)}` }

/** An intake that waits until it is told to go on, or its signal ends it. */
function waitingIntake(api: ApiFixture) {
  let finish: (result: IntakeResult) => void = () => {}
  const begun = new Promise<AbortSignal>((resolve) => {
    api.intake.next = (signal) =>
      new Promise((done, fail) => {
        finish = done
        signal.addEventListener('abort', () => fail(signal.reason as Error), { once: true })
        resolve(signal)
      })
  })
  return { begun, finish: () => finish(resultOf()) }
}

describe('the life of a request and of ApiServer', () => {
  it('aborts an add when its client leaves, and not before', async () => {
    const api = await ApiFixture.start()
    const { begun } = waitingIntake(api)
    const client = new AbortController()
    const answer = fetch(`${api.server.url}/api/torrents`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(MAGNET),
      signal: client.signal,
    }).catch(() => undefined)
    const signal = await begun
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(signal.aborted, 'while it waits').to.equal(false)
    const ended = once(signal, 'abort')
    client.abort()
    await Promise.all([ended, answer])
    expect(isAppError(signal.reason, 'aborted')).to.equal(true)
    await api.close()
  })

  it('answers a change when the tree shows it, or after a second where it does not', async () => {
    let show = () => {}
    const shown = new Promise<void>((resolve) => {
      show = resolve
    })
    const clock = new ManualClock()
    const held = await ApiFixture.start({}, { clock, trees: { current: emptyTree(0), settled: () => shown } })
    let isAnswered = false
    const answer = held.call('POST', '/api/movies', { title: 'Waiting' }).then(({ status }) => {
      isAnswered = true
      return status
    })
    await until(() => clock.pendingTimers === 1)
    expect((await held.call('GET', '/api/movies')).status, 'reads do not wait').to.equal(200)
    expect(isAnswered).to.equal(false)
    show()
    expect(await answer).to.equal(201)
    await held.close()

    const never = new Promise<void>(() => {})
    const stuck = await ApiFixture.start({}, { clock, trees: { current: emptyTree(0), settled: () => never } })
    const late = stuck.call('POST', '/api/movies', { title: 'Stuck' })
    await until(() => clock.pendingTimers === 1)
    clock.advance(1000)
    expect((await late).status).to.equal(201)
    await stuck.close()
  })

  /** What is sent over a connection that the client would keep, and what comes back before the server ends it. */
  function keptExchange(api: ApiFixture, begin: string) {
    const socket = connect(api.server.port, '127.0.0.1')
    let text = ''
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk
    })
    socket.write(begin)
    return {
      begun: once(socket, 'data'),
      got: once(socket, 'close').then(() => text),
      send: (more: string) => void socket.write(more),
    }
  }
  const posting = (path: string, body: object, field = ''): string => {
    const json = JSON.stringify(body)
    const head = `POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n${field}`
    return `${head}Content-Length: ${json.length}\r\n\r\n${json}`
  }

  it('answers an add that waits for its swarm at once when it closes, and ends its connection', async () => {
    const clock = new ManualClock()
    const api = await ApiFixture.start({}, { clock })
    const { begun } = waitingIntake(api)
    const { got } = keptExchange(api, posting('/api/torrents', MAGNET))
    await begun
    await api.close() // the clock stands still: nothing waits for the grace
    expect(await got)
      .to.match(/^HTTP\/1\.1 503 /)
      .and.match(/connection: close/i)
      .and.include('"unavailable"')
    expect(clock.pendingTimers).to.equal(0)
  })

  it('ends a connection whose answer had begun before it closes', async () => {
    const clock = new ManualClock()
    const api = await ApiFixture.start({}, { clock })
    waitingIntake(api)
    const waiting = api.intake.next
    api.intake.next = async () => {
      api.intake.next = waiting
      return resultOf()
    }
    const torrents = [MAGNET, { magnet_uri: `magnet:?xt=urn:btih:${'b'.repeat(40)}` }]
    const asked = posting('/api/torrents/bulk', { torrents }, 'Accept: application/x-ndjson\r\n')
    const { begun, got } = keptExchange(api, asked)
    await begun
    await api.close()
    expect(await got)
      .to.match(/connection: keep-alive/i)
      .and.match(/"unavailable".*\r\n0\r\n\r\n$/s)
  })

  it('lets a running request finish when it closes, and takes no more', async () => {
    const clock = new ManualClock()
    const api = await ApiFixture.start({}, { clock })
    const movie = posting('/api/movies', { title: 'Heat' })
    const { got, send } = keptExchange(api, movie.slice(0, -3))
    await new Promise((resolve) => setTimeout(resolve, 50)) // the server must have begun to read it
    const closed = api.close()
    const refused = await fetch(`${api.server.url}/healthz`).catch((error: unknown) => error)
    send(movie.slice(-3))
    await closed
    expect(refused).to.be.instanceOf(Error)
    expect(await got)
      .to.match(/^HTTP\/1\.1 201 /)
      .and.match(/connection: close/i)
  })

  it('lets nothing begin to wait when it closes', async () => {
    const api = await ApiFixture.start({}, { clock: new ManualClock() })
    waitingIntake(api)
    const add = posting('/api/torrents', MAGNET)
    const { got, send } = keptExchange(api, add.slice(0, -3))
    await new Promise((resolve) => setTimeout(resolve, 50))
    const closed = api.close()
    send(add.slice(-3))
    await closed
    expect(await got).to.match(/^HTTP\/1\.1 503 /)
    expect(api.intake.calls).to.deep.equal([])
  })

  it('cuts a client that never ends its request', async () => {
    const api = await ApiFixture.start({ closeGraceMs: 20 })
    const socket = connect(api.server.port, '127.0.0.1')
    await once(socket, 'connect')
    socket.write(
      'POST /api/movies HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{',
    )
    await new Promise((resolve) => setTimeout(resolve, 50)) // the server must have begun to read it
    const cut = once(socket, 'close')
    socket.on('error', () => {})
    await Promise.all([api.close(), cut])
  })

  it('closes idle keep-alive connections at once', async () => {
    const api = await ApiFixture.start()
    const agent = new Agent({ keepAlive: true })
    const request = httpRequest(`${api.server.url}/healthz`, { agent }).end()
    const [response] = (await once(request, 'response')) as [NodeJS.ReadableStream]
    response.resume()
    await once(response, 'end')
    const started = performance.now()
    await api.close()
    expect(performance.now() - started).to.be.lessThan(4000)
    agent.destroy()
  })

  it('may be closed twice, and without having been started', async () => {
    const api = await ApiFixture.start()
    await Promise.all([api.close(), api.close()])
    await new ApiFixture().close()
    expect(api.server.port).to.equal(0)
  })
})
