import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { expect } from 'chai'
import { FixedBufferPool } from '../../lib/stream/buffer-pool.ts'
import { ContentFake, expectedBytes } from '../support/content-fake.ts'
import { exchange } from '../support/http-exchange.ts'
import { treeOf } from '../support/tree-fixture.ts'
import { until } from '../support/until.ts'
import { type RunningWebdav, startWebdav } from '../support/webdav-fixture.ts'

const MIB = 1024 * 1024
const FILM_BYTES = 32 * MIB
const CLIENTS = 200
const TURN_MS = 100
const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, TURN_MS))

/** Asks for the whole film; takes at most so much of it at each `take`. */
class SlowClient {
  readonly socket: Socket
  readonly chunks: Buffer[] = []
  receivedBytes = 0
  isSlow = true

  constructor(port: number, takeBytes: number, keeps = false) {
    this.socket = connect({
      port,
      host: '127.0.0.1',
      onread: {
        buffer: Buffer.alloc(takeBytes),
        callback: (count, buffer) => {
          this.receivedBytes += count
          if (keeps) this.chunks.push(Buffer.from(buffer.subarray(0, count)))
          return !this.isSlow
        },
      },
    })
    this.socket.on('error', () => {}).write('GET /film.mkv HTTP/1.1\r\nHost: localhost\r\n\r\n')
  }

  take(): void {
    this.socket.resume()
  }
}

describe('slow clients', () => {
  let running: RunningWebdav
  let pool: FixedBufferPool
  let clients: SlowClient[] = []

  beforeEach(async () => {
    pool = new FixedBufferPool()
    const tree = treeOf({
      'film.mkv': FILM_BYTES,
      many: Object.fromEntries(Array.from({ length: 200 }, (_, index) => [`Some Film ${index}.mkv`, 1000])),
    })
    running = await startWebdav({ trees: { current: tree }, content: new ContentFake(FILM_BYTES), buffers: pool })
  })
  afterEach(async () => {
    for (const { socket } of clients) socket.destroy()
    clients = []
    await until(() => pool.lent === 0)
    await running.server.close()
  })

  it('of 10 KB/s, two hundred of them, hold a bounded memory and keep nobody waiting', async () => {
    clients = Array.from({ length: CLIENTS }, () => new SlowClient(running.port, 1024))
    await until(() => clients.every(({ receivedBytes }) => receivedBytes > 0))
    for (let index = 0; index < 5; index++) await turn()
    const before = process.memoryUsage()
    expect(pool.lent).to.be.within(1, CLIENTS)

    const slowest = { HEAD: 0, PROPFIND: 0, GET: 0 }
    for (let round = 0; round < 20; round++) {
      for (const client of clients) client.take()
      for (const [method, path, headers, status] of [
        ['HEAD', '/film.mkv', {}, 200],
        ['PROPFIND', '/many/', { Depth: '1' }, 207],
        ['GET', '/film.mkv', { Range: `bytes=${round * MIB}-${round * MIB + 65_535}` }, 206],
      ] as const) {
        const startedMs = performance.now()
        expect((await exchange(running.port, method, path, headers)).status).to.equal(status)
        slowest[method] = Math.max(slowest[method], performance.now() - startedMs)
      }
      await turn()
    }
    const after = process.memoryUsage()
    expect(after.arrayBuffers - before.arrayBuffers).to.be.below(16 * MIB)
    expect(after.heapUsed - before.heapUsed).to.be.below(48 * MIB)
    expect(pool.lent).to.be.at.most(CLIENTS)
    for (const ms of Object.values(slowest)) expect(ms).to.be.below(10_000)
    for (const { receivedBytes } of clients) expect(receivedBytes).to.be.within(10_000, 60_000)
  })

  it('hold no buffer that others could use, and get every byte', async () => {
    const client = new SlowClient(running.port, 64 * 1024, true)
    clients = [client]
    await until(() => client.receivedBytes > 0)
    // What the sockets took at once comes first.
    while (pool.lent > 0) {
      expect(client.receivedBytes).to.be.below(FILM_BYTES / 2)
      client.take()
      await turn()
    }
    client.isSlow = false
    client.take()
    await until(() => client.receivedBytes > FILM_BYTES)
    const answer = Buffer.concat(client.chunks)
    const bodyAt = answer.indexOf('\r\n\r\n') + 4
    await until(() => client.receivedBytes === bodyAt + FILM_BYTES)
    const body = Buffer.concat(client.chunks).subarray(bodyAt)
    expect(body.equals(expectedBytes({ start: 0, end: FILM_BYTES }))).to.equal(true)
  })

  it('that leave give back what waited for them', async () => {
    clients = Array.from({ length: 20 }, () => new SlowClient(running.port, 1024))
    await until(() => clients.every(({ receivedBytes }) => receivedBytes > 0) && pool.lent > 0)
    for (const { socket } of clients) {
      socket.destroy()
      await once(socket, 'close')
    }
    await until(() => pool.lent === 0)
  })
})
