import { createSocket } from 'node:dgram'
import { expect } from 'chai'
import fc from 'fast-check'
import { type Clock, systemClock } from '../../lib/domain/clock.ts'
import type { PeerConnection } from '../../lib/torrent/transport/peer-connection.ts'
import { decodeUtpPacket, encodeUtpPacket, UtpType } from '../../lib/torrent/transport/utp-packet.ts'
import { UtpSocket } from '../../lib/torrent/transport/utp-socket.ts'
import { hasIpv6 } from '../support/ipv6.ts'
import { LossyProxy, type LossyProxyOptions } from '../support/lossy-proxy.ts'
import { makeContent } from '../support/make-torrent.ts'
import { ManualClock } from '../support/manual-clock.ts'
import { until } from '../support/until.ts'

/** Keeps what comes over a connection. */
class Listener {
  readonly connection: PeerConnection
  readonly chunks: Buffer[] = []
  bytes = 0
  isConnected = false
  isClosed = false
  drains = 0

  constructor(connection: PeerConnection) {
    this.connection = connection
    connection.listen({
      onConnected: () => {
        this.isConnected = true
      },
      onData: (chunk) => {
        this.chunks.push(chunk)
        this.bytes += chunk.length
      },
      onDrain: () => {
        this.drains++
      },
      onClosed: () => {
        this.isClosed = true
      },
    })
  }
}

describe('uTP', () => {
  const sockets: UtpSocket[] = []
  const proxies: LossyProxy[] = []
  let accepted: Listener[] = []

  async function open(
    host: string,
    clock: Clock = systemClock,
  ): Promise<{ readonly socket: UtpSocket; readonly port: number }> {
    const family = host.includes(':') ? 6 : 4
    const probe = createSocket(family === 6 ? 'udp6' : 'udp4')
    await new Promise<void>((resolve) => probe.bind(0, host, resolve))
    const { port } = probe.address()
    await new Promise<void>((resolve) => probe.close(resolve))
    const socket = new UtpSocket(family, {
      clock,
      onConnection: (connection) => void accepted.push(new Listener(connection)),
    })
    sockets.push(socket)
    await socket.bind(host, port)
    return { socket, port }
  }

  async function pair(host: string, loss: Partial<LossyProxyOptions> = {}) {
    const { port } = await open(host)
    const dialling = await open(host)
    const proxy = await LossyProxy.open({ host, targetPort: port, ...loss })
    proxies.push(proxy)
    const near = new Listener(dialling.socket.dial({ host, port: proxy.port }))
    await until(() => near.isConnected)
    return { near, proxy, port, dialling: dialling.socket }
  }

  beforeEach(() => {
    accepted = []
  })
  afterEach(async () => {
    for (const socket of sockets.splice(0)) await socket.close()
    for (const proxy of proxies.splice(0)) await proxy.close()
  })

  for (const [name, host, loss] of [
    ['over IPv4', '127.0.0.1', {}],
    ['over IPv6', '::1', {}],
    ['with one datagram in fifty lost', '127.0.0.1', { lost: 0.02 }],
    ['with a tenth lost, doubled and overtaken', '127.0.0.1', { lost: 0.1, doubled: 0.1, delayed: 0.1 }],
  ] as const) {
    const itWithHost = host === '::1' && !hasIpv6 ? it.skip : it
    itWithHost(`carries bytes both ways in order ${name}`, async () => {
      const { near, proxy } = await pair(host, loss)
      const content = makeContent(600_000)
      near.connection.write(content.subarray(0, 1000))
      await until(() => accepted.length === 1)
      const [far] = accepted
      if (!far) throw new Error('nobody came')
      for (let at = 1000; at < content.length; at += 50_000) {
        near.connection.write(content.subarray(at, Math.min(content.length, at + 50_000)))
      }
      far.connection.write(content)
      await until(() => far.bytes === content.length && near.bytes === content.length)
      expect(Buffer.concat(far.chunks).equals(content)).to.equal(true)
      expect(Buffer.concat(near.chunks).equals(content)).to.equal(true)
      await until(() => near.connection.bufferedBytes === 0)
      expect(near.drains).to.be.above(0)
      expect(proxy.lost > 0).to.equal('lost' in loss)
    })
  }

  it('ends when thousands of writes wait, as for a peer that does not read', async () => {
    const { near } = await pair('127.0.0.1')
    for (let count = 0; count < 2000; count++) near.connection.write(Buffer.of(1))
    await until(() => accepted[0]?.bytes === 2000)
    for (let count = 0; count < 3000; count++) near.connection.write(Buffer.of(1))
    await until(() => near.isClosed)
    await until(() => accepted[0]?.isClosed === true)
    expect(accepted[0]?.bytes).to.equal(2000)
  })

  it('ends on the other side when it ends on one', async () => {
    const { near } = await pair('127.0.0.1')
    near.connection.write(Buffer.from('hello'))
    await until(() => accepted[0]?.bytes === 5)
    near.connection.destroy()
    await until(() => accepted[0]?.isClosed === true)
    expect(near.isClosed).to.equal(false)
  })

  it('is reset by a side that knows nothing of it any more', async () => {
    const { near, proxy } = await pair('127.0.0.1')
    near.connection.write(Buffer.from('hello'))
    await until(() => accepted[0]?.bytes === 5)
    proxy.isCut = true
    accepted[0]?.connection.destroy()
    proxy.isCut = false
    near.connection.write(Buffer.from('anybody?'))
    await until(() => near.isClosed)
  })

  it('gives up a peer that never answers', async () => {
    const hole = createSocket('udp4')
    await new Promise<void>((resolve) => hole.bind(0, '127.0.0.1', resolve))
    const clock = new ManualClock()
    const { socket } = await open('127.0.0.1', clock)
    const near = new Listener(socket.dial({ host: '127.0.0.1', port: hole.address().port }))
    clock.advance(6000)
    expect(near.isClosed).to.equal(false)
    clock.advance(1000)
    expect(near.isClosed).to.equal(true)
    expect(near.isConnected).to.equal(false)
    expect(clock.pendingTimers).to.equal(0)
    await new Promise<void>((resolve) => hole.close(resolve))
  })

  it('bounds what a flood of openings takes, and still takes a peer', async () => {
    const { socket, port } = await open('127.0.0.1')
    const flood = createSocket('udp4')
    for (let id = 0; id < 3000; id++) {
      const header = { sentAtUs: 0, delayUs: 0, windowBytes: 1 << 20, seq: 1, ack: 0 }
      flood.send(encodeUtpPacket({ ...header, type: UtpType.syn, connectionId: id * 7 }), port, '127.0.0.1')
    }
    await new Promise((resolve) => setTimeout(resolve, 200))
    expect(socket.connectionCount).to.be.at.most(64)
    expect(accepted).to.have.length(0)
    const dialling = await open('127.0.0.1')
    const near = new Listener(dialling.socket.dial({ host: '127.0.0.1', port }))
    await until(() => near.isConnected)
    near.connection.write(Buffer.from('hello'))
    await until(() => accepted[0]?.bytes === 5)
    await new Promise<void>((resolve) => flood.close(resolve))
  })

  it('survives garbage, alone and within a connection', async () => {
    const { near, port } = await pair('127.0.0.1')
    near.connection.write(Buffer.from('hello'))
    await until(() => accepted[0]?.bytes === 5)
    const stranger = createSocket('udp4')
    for (let turn = 0; turn < 2000; turn++) {
      const bytes = makeContent(turn % 97, turn)
      if (bytes.length > 0) bytes[0] = ((turn % 5) << 4) | 1
      stranger.send(bytes, port, '127.0.0.1')
    }
    await new Promise((resolve) => setTimeout(resolve, 100))
    near.connection.write(Buffer.from('again'))
    await until(() => accepted[0]?.bytes === 10)
    await new Promise<void>((resolve) => stranger.close(resolve))
  })

  it('reads the packets it writes, and throws at none', () => {
    const number = (max: number) => fc.integer({ min: 0, max })
    const header = fc.record({
      type: number(4),
      connectionId: number(0xffff),
      sentAtUs: number(0xffffffff),
      delayUs: number(0xffffffff),
      windowBytes: number(0xffffffff),
      seq: number(0xffff),
      ack: number(0xffff),
    })
    fc.assert(
      fc.property(header, fc.uint8Array({ maxLength: 50 }), fc.constantFrom(undefined, 4, 8), (said, payload, bits) => {
        const selective = bits === undefined ? undefined : new Uint8Array(bits).fill(5)
        const read = decodeUtpPacket(encodeUtpPacket(said, payload, selective))
        expect(read).to.deep.include(said)
        expect(read && Buffer.compare(read.payload, payload)).to.equal(0)
        expect(read?.selective?.length).to.equal(bits)
      }),
    )
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        decodeUtpPacket(Buffer.from(bytes))
      }),
    )
  })
})
