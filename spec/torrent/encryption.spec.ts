import { connect } from 'node:net'
import { expect } from 'chai'
import { closedAfterEach } from '../support/closed-after-each.ts'
import { LoopbackSwarm, readPieces } from '../support/loopback-swarm.ts'
import { makeTorrent } from '../support/make-torrent.ts'
import { ProtocolPeer } from '../support/protocol-peer.ts'
import { until } from '../support/until.ts'

const torrent = makeTorrent({ totalBytes: 700_001, pieceBytes: 65536 })
const BITTORRENT = 19
const RC4 = 2

/** An engine that has the whole torrent and is online. */
async function seeder(options: Parameters<typeof LoopbackSwarm.start>[0]): Promise<LoopbackSwarm> {
  const swarm = await LoopbackSwarm.start(options)
  const peer = await ProtocolPeer.listen({ torrent, encryption: 1, host: '127.0.0.3' })
  swarm.discovery.add(peer.address)
  const opened = await swarm.open(torrent)
  opened.resume()
  await readPieces(opened, 0, torrent.layout.pieceCount)
  await peer.close()
  return swarm
}

describe('message stream encryption', () => {
  const kept = closedAfterEach()

  describe('dialling', () => {
    for (const [encryption, peerTakes, isRead, first] of [
      ['allow', 0, true, 'plain'],
      ['allow', 1, true, 'plain'],
      ['allow', 2, true, 'plain, then encrypted'],
      ['require', 0, false, 'encrypted'],
      ['require', 1, true, 'encrypted'],
      ['require', 2, true, 'encrypted'],
      ['off', 1, true, 'plain'],
      ['off', 2, false, 'plain'],
    ] as const) {
      const takes = ['no encryption', 'both', 'nothing but encryption'][peerTakes]
      it(`with \`${encryption}\` ${isRead ? 'reads from' : 'does not reach'} a peer that takes ${takes}: ${first}`, async () => {
        const swarm = kept(await LoopbackSwarm.start({ engine: 'wire', encryption }))
        // The package takes a plain handshake at level 2 as well; who wants none hangs up at its first byte.
        const peer = kept(await ProtocolPeer.listen({ torrent, encryption: peerTakes, refusesPlain: peerTakes === 2 }))
        swarm.discovery.add(peer.address)
        const opened = await swarm.open(torrent)
        opened.resume()
        if (isRead) {
          expect((await readPieces(opened, 0, torrent.layout.pieceCount)).equals(torrent.content)).to.equal(true)
        } else {
          await until(() => peer.firstBytes.length > 0)
          expect(opened.stats().peers).to.equal(0)
        }
        expect(peer.firstBytes[0] === BITTORRENT).to.equal(first !== 'encrypted')
        if (isRead && peerTakes === 2) expect(peer.wires.at(-1)?._encryptionMethod).to.equal(RC4)
      })
    }

    it('remembers who wants it encrypted', async () => {
      const swarm = kept(await LoopbackSwarm.start({ engine: 'wire' }))
      const peer = kept(await ProtocolPeer.listen({ torrent, encryption: 2, refusesPlain: true }))
      swarm.discovery.add(peer.address)
      const opened = await swarm.open(torrent)
      opened.resume()
      await readPieces(opened, 0, 2)
      opened.pause()
      opened.resume()
      await readPieces(opened, 2, 4)
      const [first, second, third] = peer.firstBytes
      expect([first === BITTORRENT, second === BITTORRENT, third === BITTORRENT]).to.deep.equal([true, false, false])
    })

    it('loses only the peer that answers an encrypted handshake with something else', async () => {
      const swarm = kept(await LoopbackSwarm.start({ engine: 'wire', encryption: 'require' }))
      const hostile = await Promise.all(
        [Buffer.alloc(96), Buffer.alloc(5000, 255), Buffer.alloc(3000, 7), Buffer.alloc(95, 1)].map((answer, index) =>
          ProtocolPeer.listen({ torrent, host: `127.0.0.${20 + index}`, answers: answer }),
        ),
      )
      for (const peer of hostile) swarm.discovery.add(kept(peer).address)
      const opened = await swarm.open(torrent)
      opened.resume()
      await until(() => hostile.every((peer) => peer.firstBytes.length > 0))
      const good = kept(await ProtocolPeer.listen({ torrent, encryption: 2 }))
      swarm.discovery.add(good.address)
      expect((await readPieces(opened, 0, torrent.layout.pieceCount)).equals(torrent.content)).to.equal(true)
    })
  })

  describe('being dialled', () => {
    const read = async (peer: ProtocolPeer, port: number): Promise<boolean> => {
      const wire = await peer.dial(port)
      wire.interested()
      await until(() => peer.events.includes('unchoke'))
      const data = await new Promise<Uint8Array>((resolve, reject) => {
        wire.request(1, 16384, 16384, (error, bytes) => (error ? reject(error) : resolve(bytes)))
      })
      const start = torrent.layout.pieceStart(1) + 16384
      return Buffer.compare(data, torrent.content.subarray(start, start + 16384)) === 0
    }

    it('with `allow` serves plain and encrypted peers on one port', async () => {
      const swarm = kept(await seeder({ engine: 'wire' }))
      for (const encryption of [0, 1, 2] as const) {
        const peer = kept(await ProtocolPeer.listen({ torrent, encryption, fast: true, hasNothing: true }))
        expect(await read(peer, swarm.engine.port)).to.equal(true)
        if (encryption === 2) expect(peer.wires[0]?._encryptionMethod).to.equal(RC4)
      }
    })

    it('with `require` serves encrypted peers only', async () => {
      const swarm = kept(await seeder({ engine: 'wire', encryption: 'require' }))
      const encrypted = kept(await ProtocolPeer.listen({ torrent, encryption: 1, hasNothing: true }))
      expect(await read(encrypted, swarm.engine.port)).to.equal(true)
      expect(encrypted.wires[0]?._encryptionMethod).to.equal(RC4)
      const plain = kept(await ProtocolPeer.listen({ torrent, encryption: 0, hasNothing: true }))
      const failure = await plain.dial(swarm.engine.port).then(
        () => undefined,
        (error: Error) => error.message,
      )
      expect(failure).to.equal('hung up on')
    })

    it('with `off` hangs up on encrypted peers', async () => {
      const swarm = kept(await seeder({ engine: 'wire', encryption: 'off' }))
      const peer = kept(await ProtocolPeer.listen({ torrent, encryption: 2, hasNothing: true }))
      const failure = await peer.dial(swarm.engine.port).then(
        () => undefined,
        (error: Error) => error.message,
      )
      expect(failure).to.equal('hung up on')
    })

    it('hangs up on public keys without a secret, padding without end and other torrents', async () => {
      const swarm = kept(await seeder({ engine: 'wire' }))
      const one = Buffer.alloc(96)
      one[95] = 1
      for (const bytes of [
        Buffer.alloc(96),
        one,
        Buffer.alloc(96, 255),
        Buffer.alloc(800, 7),
        Buffer.alloc(90_000, 9),
      ]) {
        const socket = connect(swarm.engine.port, '127.0.0.1')
        socket.on('error', () => {}).resume()
        socket.write(bytes)
        await new Promise((resolve) => socket.once('close', resolve))
      }
      const other = makeTorrent({ totalBytes: 100_000, pieceBytes: 65536, seed: 2 })
      const stranger = kept(await ProtocolPeer.listen({ torrent: other, encryption: 2, hasNothing: true }))
      const failure = await stranger.dial(swarm.engine.port).then(
        () => undefined,
        (error: Error) => error.message,
      )
      expect(failure).to.equal('hung up on')
      const peer = kept(await ProtocolPeer.listen({ torrent, encryption: 2, hasNothing: true }))
      expect(await read(peer, swarm.engine.port)).to.equal(true)
    })
  })

  it('works between two of ours, with the metadata from the swarm', async () => {
    const seeding = kept(await seeder({ engine: 'wire', encryption: 'require' }))
    const reading = kept(await LoopbackSwarm.start({ engine: 'wire', encryption: 'require' }))
    reading.discovery.add(`127.0.0.1:${seeding.engine.port}`)
    const opened = await reading.open(torrent, { magnetUri: torrent.magnetUri })
    expect((await readPieces(opened, 0, torrent.layout.pieceCount)).equals(torrent.content)).to.equal(true)
  })
})
