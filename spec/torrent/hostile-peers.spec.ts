import { connect, type Socket } from 'node:net'
import { expect } from 'chai'
import { encodeBencoded } from '../../lib/torrent/metadata/bencode.ts'
import { encodePex } from '../../lib/torrent/wire/extension-protocol.ts'
import { hurriedClock } from '../support/hurried-clock.ts'
import { LoopbackSwarm, readPieces } from '../support/loopback-swarm.ts'
import { makeTorrent } from '../support/make-torrent.ts'
import type { PeerConnection } from '../support/scripted-peer.ts'
import { until } from '../support/until.ts'

const bytes = (...values: (number | string)[]): Buffer =>
  Buffer.concat(values.map((value) => (typeof value === 'string' ? Buffer.from(value) : Buffer.from([value]))))

const u32 = (value: number): Buffer => {
  const buffer = Buffer.alloc(4)
  buffer.writeUInt32BE(value)
  return buffer
}

const raw =
  (...parts: Buffer[]) =>
  ({ socket }: PeerConnection) =>
    void socket.write(Buffer.concat(parts))

/** What a peer may do after the handshake to end a program that trusts it. */
const ATTACKS: Record<string, (connection: PeerConnection) => void> = {
  'a have without its index': raw(bytes(0, 0, 0, 1, 4)),
  'a request cut short': raw(bytes(0, 0, 0, 5, 6, 0, 0, 0, 0)),
  'a piece cut short': raw(bytes(0, 0, 0, 5, 7, 0, 0, 0, 0)),
  'an empty extended message': raw(bytes(0, 0, 0, 1, 20)),
  'a frame of four gigabytes': raw(u32(0xffffffff), bytes(7)),
  'an unknown message of four gigabytes': raw(u32(0xfffffff0), bytes(99)),
  'a bitfield too long': (connection) => connection.send(5, Buffer.alloc(1000, 255)),
  'a bitfield too short': (connection) => connection.send(5, Buffer.alloc(1, 255)),
  'two bitfields': (connection) => {
    connection.send(5, Buffer.alloc(2, 255))
    connection.send(5, Buffer.alloc(2, 255))
  },
  'a have out of range': (connection) => connection.sendHave(0xffffffff),
  'a request out of range': (connection) => {
    connection.sendInterested()
    connection.sendRequest(99999, 0, 16384)
  },
  'a request of no bytes': (connection) => connection.sendRequest(0, 0, 0),
  'a request of a megabyte': (connection) => connection.sendRequest(0, 0, 1 << 20),
  'a block of a piece that is none': (connection) => connection.sendBlock(77777, 0, Buffer.alloc(16384)),
  'a block off the grid': (connection) => connection.sendBlock(0, 1, Buffer.alloc(16384)),
  'bad bencoding in the extended handshake': (connection) => connection.send(20, bytes(0, 'd1:md11:ut_metadatai')),
  'a string past the end': (connection) => connection.send(20, bytes(0, 'd99999999999:x')),
  'nesting without end': (connection) => connection.send(20, bytes(0, 'l'.repeat(60_000))),
  'a list for a handshake': (connection) => connection.send(20, bytes(0, 'le')),
  'bad bencoding for metadata': (connection) => connection.send(20, bytes(1, 'i1e')),
  'a list for peer exchange': (connection) => connection.send(20, bytes(2, 'le')),
  garbage: (connection) => void connection.socket.write(Buffer.alloc(4096, 0xa5)),
}

for (const engine of ['torrent-stream', 'wire'] as const) {
  describe(`hostile peers of the engine ${engine}`, () => {
    const torrent = makeTorrent({ totalBytes: 1_000_000, pieceBytes: 65536 })
    let swarm: LoopbackSwarm
    beforeEach(async () => {
      swarm = await LoopbackSwarm.start({ engine })
    })
    afterEach(() => swarm.close())

    for (const [name, misbehave] of Object.entries(ATTACKS)) {
      it(`loses only the peer that sends ${name}`, async () => {
        const hostile = await swarm.addPeer({ torrent, host: '127.0.0.9', misbehave })
        const opened = await swarm.open(torrent)
        opened.resume()
        await until(() => swarm.metrics.of('peer_errors_total') > 0)
        await until(() => hostile.connections.size === 0)
        await swarm.addPeer({ torrent })
        expect((await readPieces(opened, 0, 16)).equals(torrent.content)).to.equal(true)
      })
    }

    it('loses only the peer of another torrent', async () => {
      const other = makeTorrent({ totalBytes: 100_000, pieceBytes: 65536, seed: 2 })
      await swarm.addPeer({ torrent: other, host: '127.0.0.9' })
      const opened = await swarm.open(torrent)
      opened.resume()
      await until(() => swarm.metrics.of('peer_errors_total') > 0)
      expect(opened.stats().peers).to.equal(0)
    })

    it('lets go of a peer that asks for the metadata for ever', async () => {
      const opened = await swarm.open(torrent)
      opened.resume()
      const asking = await swarm.addPeer({ torrent, host: '127.0.0.9' }, true)
      const connection = await asking.dial(swarm.engine.port)
      await until(() => opened.stats().peers === 1)
      for (let count = 0; count < 30; count++) {
        connection.send(20, bytes(1), Buffer.from(encodeBencoded({ msg_type: 0, piece: 0 })))
      }
      await until(() => connection.extended.filter(({ id }) => id === 3).length === 30)
      const flood = Buffer.concat(Array<Buffer>(100).fill(bytes(0, 0, 0, 27, 20, 1, 'd8:msg_typei0e5:piecei0ee')))
      connection.socket.write(flood)
      await until(() => connection.socket.closed)
      expect(swarm.metrics.of('peer_errors_total')).to.equal(1)
    })

    it('dials while others that came in do not end their handshakes', async () => {
      const opened = await swarm.open(torrent)
      opened.resume()
      const head = Buffer.concat([
        bytes(19, 'BitTorrent protocol', 0, 0, 0, 0, 0, 0, 0, 0),
        Buffer.from(torrent.infoHash, 'hex'),
      ])
      const sockets = Array.from({ length: 25 }, () => connect(swarm.engine.port, '127.0.0.1'))
      for (const socket of sockets) socket.on('error', () => {}).write(head)
      await until(() => sockets.every((socket) => socket.bytesRead > 0))
      await swarm.addPeer({ torrent })
      expect((await readPieces(opened, 0, 16, 5000)).equals(torrent.content)).to.equal(true)
      for (const socket of sockets) socket.destroy()
    })

    it('finds the one who has the film when others hold every place and give nothing', async () => {
      const full = await LoopbackSwarm.start({ engine, maxConnections: 6, clock: hurriedClock(5) })
      try {
        const opened = await full.open(torrent)
        opened.resume()
        for (let index = 0; index < 6; index++) {
          const idle = await full.addPeer({ torrent, host: `127.0.0.${20 + index}`, neverUnchokes: true }, true)
          await idle.dial(full.engine.port)
        }
        await until(() => opened.stats().peers === 6)
        const reading = readPieces(opened, 0, 16, 15_000)
        await full.addPeer({ torrent })
        expect((await reading).equals(torrent.content)).to.equal(true)
      } finally {
        await full.close()
      }
    })

    it('reads what a peer tells of others now and then, however often it does', async () => {
      const opened = await swarm.open(torrent)
      opened.resume()
      const [named, unread] = [await swarm.addPeer({ torrent }, true), await swarm.addPeer({ torrent }, true)]
      const telling = await swarm.addPeer({ torrent, host: '127.0.0.9', has: () => false }, true)
      const connection = await telling.dial(swarm.engine.port)
      await until(() => opened.stats().peers === 1)
      for (const peer of [named, unread]) connection.send(20, bytes(2), Buffer.from(encodePex([peer.address], [])))
      expect((await readPieces(opened, 0, 16)).equals(torrent.content)).to.equal(true)
      expect([named.connectionCount, unread.connectionCount, opened.stats().peers]).to.deep.equal([1, 0, 2])
    })

    it('answers what a peer says over and over once a chunk', async () => {
      const opened = await swarm.open(torrent)
      opened.resume()
      const flooding = await swarm.addPeer({ torrent, host: '127.0.0.9' }, true)
      const { socket } = await flooding.dial(swarm.engine.port)
      await until(() => opened.stats().peers === 1)
      const before = socket.bytesRead
      const flood = Buffer.concat(Array<Buffer>(100_000).fill(bytes(0, 0, 0, 1, 2, 0, 0, 0, 1, 3)))
      socket.write(Buffer.concat([flood, bytes(0, 0, 0, 1, 2)]))
      await until(() => flooding.connections.values().next().value?.isUnchoked === true)
      // Each pair was answered by a choke and an unchoke: a megabyte.
      expect(socket.bytesRead - before).to.be.below(10_000)
    })

    it('gives no upload slot to a second connection of a peer, whatever that says with its handshake', async () => {
      await swarm.addPeer({ torrent })
      const opened = await swarm.open(torrent)
      opened.resume()
      await readPieces(opened, 0, 1)
      const first = await swarm.addPeer({ torrent, host: '127.0.0.9', has: () => false }, true)
      await first.dial(swarm.engine.port)
      await until(() => opened.stats().peers === 2)
      for (let twin = 0; twin < 8; twin++) {
        const socket = connect({ port: swarm.engine.port, host: '127.0.0.1', localAddress: '127.0.0.9' })
        socket.on('error', () => {}).resume()
        const head = bytes(19, 'BitTorrent protocol', 0, 0, 0, 0, 0, 0, 0, 0)
        socket.write(Buffer.concat([head, Buffer.from(torrent.infoHash, 'hex'), first.peerId, bytes(0, 0, 0, 1, 2)]))
        await new Promise((resolve) => socket.once('close', resolve))
      }
      const leech = await swarm.addPeer({ torrent, host: '127.0.0.8', has: () => false }, true)
      const connection = await leech.dial(swarm.engine.port)
      connection.sendInterested()
      await until(() => connection.isUnchoked, 5000)
    })

    it('survives the same attacks before the metadata is known', async () => {
      const early = Object.entries(ATTACKS).filter(([name]) => !/request|block|two/.test(name))
      for (const [index, [, misbehave]] of early.entries()) {
        await swarm.addPeer({ torrent, host: `127.0.0.${10 + index}`, misbehave })
      }
      const opening = swarm.open(torrent, { magnetUri: torrent.magnetUri })
      await until(() => swarm.metrics.of('peer_errors_total') >= early.length - 4)
      await swarm.addPeer({ torrent })
      const opened = await opening
      expect((await readPieces(opened, 0, 16)).equals(torrent.content)).to.equal(true)
    })
  })
}

describe('hostile connections', () => {
  const torrent = makeTorrent({ totalBytes: 1_000_000, pieceBytes: 65536 })
  let swarm: LoopbackSwarm
  beforeEach(async () => {
    swarm = await LoopbackSwarm.start()
  })
  afterEach(() => swarm.close())

  it('ends handshakes that do not come, or come byte by byte, and keeps the port open', async () => {
    const opened = await swarm.open(torrent)
    opened.resume()
    const slow = connect(swarm.engine.port, '127.0.0.1')
    slow.on('error', () => {}).resume()
    for (const byte of Buffer.from('\x13BitTorrent protocal', 'latin1')) slow.write(Buffer.from([byte]))
    await new Promise((resolve) => slow.once('close', resolve))
    const wrong = connect(swarm.engine.port, '127.0.0.1')
    wrong.on('error', () => {}).resume()
    wrong.write('GET / HTTP/1.1\r\n\r\n')
    await new Promise((resolve) => wrong.once('close', resolve))
    const silent: Socket[] = Array.from({ length: 130 }, () => connect(swarm.engine.port, '127.0.0.1'))
    for (const socket of silent) socket.on('error', () => {}).resume()
    // Beyond the hundred that may be silent, the rest is turned away at once.
    await until(() => silent.filter((socket) => socket.closed).length >= 30)
    for (const socket of silent) socket.destroy()
    const peer = await swarm.addPeer({ torrent }, true)
    await until(() => silent.every((socket) => socket.closed))
    await until(async () => {
      const connection = await peer.dial(swarm.engine.port)
      await until(() => connection.isShaken || connection.socket.closed)
      return connection.isShaken
    })
  })
})
