import { createSocket, type Socket } from 'node:dgram'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import fc from 'fast-check'
import { infoHash } from '../../lib/domain/ids.ts'
import { silentLogger } from '../../lib/domain/logger.ts'
import { DhtNode } from '../../lib/torrent/discovery/dht-node.ts'
import { isDhtPacket } from '../../lib/torrent/discovery/dht-packet.ts'
import { encodeBencoded } from '../../lib/torrent/metadata/bencode.ts'
import { until } from '../support/until.ts'

const HASH = infoHash('0123456789abcdef0123456789abcdef01234567')

const junk = fc.oneof(
  fc.integer({ min: -5, max: 70_000 }),
  fc.uint8Array({ maxLength: 30 }),
  fc.constant(Buffer.alloc(20, 1)),
  fc.constant(Buffer.alloc(26, 1)),
  fc.array(fc.oneof(fc.integer(), fc.uint8Array({ maxLength: 8 })), { maxLength: 3 }),
  fc.constant({}),
)
const body = fc.record(
  { id: junk, target: junk, info_hash: junk, token: junk, nodes: junk, values: junk, port: junk, v: junk },
  { requiredKeys: [] },
)
const messages = fc.record(
  {
    t: junk,
    y: fc.oneof(fc.constantFrom(Buffer.from('q'), Buffer.from('r'), Buffer.from('e')), junk),
    q: fc.oneof(
      fc.constantFrom(
        ...['ping', 'find_node', 'get_peers', 'announce_peer', 'get', 'put'].map((name) => Buffer.from(name)),
      ),
      junk,
    ),
    a: fc.oneof(body, junk),
    r: fc.oneof(body, junk),
    e: junk,
  },
  { requiredKeys: ['y'] },
)

describe('a DHT that misbehaves', () => {
  let directory: string
  let stranger: Socket
  let node: DhtNode

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'dht-'))
    stranger = createSocket('udp4')
    await new Promise<void>((resolve) => stranger.bind(0, '127.0.0.1', resolve))
    node = await DhtNode.start({
      port: 0,
      host: '127.0.0.1',
      statePath: join(directory, 'dht.json'),
      bootstrap: [`127.0.0.1:${stranger.address().port}`],
      logger: silentLogger,
    })
  })

  after(async () => {
    await node.close()
    stranger.close()
    await rm(directory, { recursive: true, force: true })
  })

  const send = (datagram: Uint8Array) =>
    new Promise<void>((resolve) => stranger.send(datagram, node.port, '127.0.0.1', () => resolve()))

  /** Until the node answers a ping, be it not the first: loopback drops datagrams that nobody reads in time. */
  async function isAlive(): Promise<void> {
    let answered = false
    const onMessage = (datagram: Buffer) => {
      answered ||= datagram.includes('1:t2:zz')
    }
    stranger.on('message', onMessage)
    await until(async () => {
      await send(encodeBencoded({ t: Buffer.from('zz'), y: 'q', q: 'ping', a: { id: Buffer.alloc(20, 9) } }))
      return answered
    })
    stranger.off('message', onMessage)
  }

  it('survives datagrams of any shape', async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(messages.map(encodeBencoded), fc.uint8Array({ maxLength: 300 })), async (datagram) => {
        await send(datagram)
      }),
      { numRuns: 500 },
    )
    await isAlive()
  })

  it('ends its look-ups when every answer is malformed', async () => {
    let answers = 0
    const answer = (query: Buffer, from: { port: number; address: string }) => {
      const at = query.indexOf('1:t2:')
      if (at < 0 || query.includes('1:t2:zz')) return
      const t = query.subarray(at + 5, at + 7)
      const shapes = [
        { t, y: 'r', r: { id: 5 } },
        { t, y: 'r', r: { id: Buffer.alloc(20, 3), nodes: 7, values: 3 } },
        { t, y: 'e', e: 9 },
        { t, y: 'r', r: { id: Buffer.alloc(20, 3), token: 1, values: [1, {}] } },
      ]
      stranger.send(encodeBencoded(shapes[answers++ % shapes.length]), from.port, from.address)
    }
    stranger.on('message', answer)
    node.listen(HASH, () => {})
    await node.announce(HASH, 7001)
    stranger.off('message', answer)
    expect(answers).to.be.greaterThan(0)
    await isAlive()
  })

  it('lets ordinary messages through', () => {
    const id = Buffer.alloc(20, 1)
    const t = Buffer.from('aa')
    const good = [
      { t, y: 'q', q: 'ping', a: { id } },
      { t, y: 'q', q: 'find_node', a: { id, target: id } },
      { t, y: 'q', q: 'get_peers', a: { id, info_hash: id, want: ['n4'] }, v: 'LT' },
      { t, y: 'q', q: 'announce_peer', a: { id, info_hash: id, token: 'x', port: 5, implied_port: 1 } },
      { t, y: 'r', r: { id, nodes: Buffer.alloc(52), token: 'x', values: [Buffer.alloc(6)] }, ip: Buffer.alloc(6) },
      { t, y: 'e', e: [201, 'no'] },
    ]
    for (const message of good) expect(isDhtPacket(encodeBencoded(message)), JSON.stringify(message)).to.equal(true)
    const bad = [
      { t, y: 'q', q: 'put', a: { id, token: 'x', v: 'data' } },
      { t, y: 'r', r: { id, values: [Buffer.alloc(18)] } },
      { t: 'a', y: 'r', r: { id } },
      { y: 'q', q: 'ping', a: { id } },
    ]
    for (const message of bad) expect(isDhtPacket(encodeBencoded(message)), JSON.stringify(message)).to.equal(false)
  })
})
