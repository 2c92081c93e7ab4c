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

  it('lets a running request finish when it closes, and takes no more', async () => {
    const api = await ApiFixture.start()
    const { begun, finish } = waitingIntake(api)
    const answer = api.call('POST', '/api/torrents', MAGNET)
    await begun
    const closed = api.close()
    const refused = await fetch(`${api.server.url}/healthz`).catch((error: unknown) => error)
    finish()
    expect((await answer).status).to.equal(201)
    await closed
    expect(refused).to.be.instanceOf(Error)
  })

  it('aborts what still runs after the grace, with an answer', async () => {
    const api = await ApiFixture.start({ closeGraceMs: 20 })
    const { begun } = waitingIntake(api)
    const answer = api.call('POST', '/api/torrents', MAGNET)
    await begun
    await api.close()
    const { status, json } = await answer
    expect([status, json.error.code]).to.deep.equal([503, 'unavailable'])
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
