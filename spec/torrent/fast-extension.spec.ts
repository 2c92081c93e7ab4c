import { expect } from 'chai'
import { closedAfterEach } from '../support/closed-after-each.ts'
import { LoopbackSwarm, readPieces } from '../support/loopback-swarm.ts'
import { makeTorrent } from '../support/make-torrent.ts'
import { ProtocolPeer } from '../support/protocol-peer.ts'
import { until } from '../support/until.ts'

const torrent = makeTorrent({ totalBytes: 700_001, pieceBytes: 65536 })

describe('the fast extension', () => {
  let swarm: LoopbackSwarm
  const kept = closedAfterEach()
  beforeEach(async () => {
    swarm = await LoopbackSwarm.start({ engine: 'wire' })
  })
  afterEach(() => swarm.close())

  async function addPeer(options: Partial<Parameters<typeof ProtocolPeer.listen>[0]>): Promise<ProtocolPeer> {
    const peer = kept(await ProtocolPeer.listen({ torrent, fast: true, ...options }))
    swarm.discovery.add(peer.address)
    return peer
  }

  it('says that it has nothing, all, or which pieces', async () => {
    const seed = await addPeer({})
    const opened = await swarm.open(torrent)
    opened.resume()
    await until(() => seed.events.includes('have-none'))
    const { pieceCount } = torrent.layout
    await readPieces(opened, 0, 2)
    const second = await addPeer({ host: '127.0.0.2' })
    await until(() => second.events.includes('bitfield'))
    await readPieces(opened, 0, pieceCount)
    const third = await addPeer({ host: '127.0.0.3' })
    await until(() => third.events.includes('have-all'))
    const plain = await addPeer({ host: '127.0.0.4', fast: false })
    await until(() => plain.events.includes('bitfield'))
    expect(third.events).not.to.include('bitfield')
  })

  it('takes a peer that has everything, before and after the metadata is known', async () => {
    const seed = await addPeer({})
    const opened = await swarm.open(torrent)
    opened.resume()
    expect((await readPieces(opened, 0, torrent.layout.pieceCount)).equals(torrent.content)).to.equal(true)
    expect(opened.stats().seeders).to.equal(1)
    expect(seed.wires).to.have.length(1)
  })

  it('asks others at once for what a peer rejects', async () => {
    const refusing = await addPeer({ rejects: () => true })
    const opened = await swarm.open(torrent)
    opened.resume()
    const reading = readPieces(opened, 0, torrent.layout.pieceCount)
    await until(() => refusing.rejected > 0)
    // It is asked no more than it takes to hear of each piece that it gives none.
    await new Promise((resolve) => setTimeout(resolve, 100))
    const { rejected } = refusing
    expect(rejected).to.be.at.most(torrent.layout.pieceCount * 4)
    await addPeer({ host: '127.0.0.2' })
    expect((await reading).equals(torrent.content)).to.equal(true)
    expect(opened.stats().peers).to.equal(2)
  })

  it('asks the only peer once more for what it rejected once', async () => {
    let isFirst = true
    await addPeer({
      rejects: (piece) => {
        const isRejected = piece === 3 && isFirst
        if (isRejected) isFirst = false
        return isRejected
      },
    })
    const opened = await swarm.open(torrent)
    opened.resume()
    expect((await readPieces(opened, 0, torrent.layout.pieceCount)).equals(torrent.content)).to.equal(true)
  })

  it('hangs up on a peer that rejects what is no block of the piece, and gets its blocks from others', async () => {
    const lying = await addPeer({
      host: '127.0.0.9',
      // The number behind the last block of piece 2 would be that of the first one of piece 3.
      rejects: (piece, offsetBytes) => {
        if (piece === 3 && offsetBytes === 0) lying.wires[0]?.reject(2, 65536, 16384)
        return piece === 3
      },
    })
    const opened = await swarm.open(torrent)
    opened.resume()
    const reading = readPieces(opened, 3, 4, 10_000)
    await until(() => lying.rejected > 0)
    await addPeer({ host: '127.0.0.2' })
    const start = torrent.layout.pieceStart(3)
    expect((await reading).equals(torrent.content.subarray(start, start + 65536))).to.equal(true)
    expect(swarm.metrics.of('peer_errors_total')).to.equal(1)
  })

  it('rejects a request for a piece that was evicted, and keeps the peer', async () => {
    await addPeer({ host: '127.0.0.2' })
    const opened = await swarm.open(torrent)
    opened.resume()
    await readPieces(opened, 0, 4)
    const leech = kept(await ProtocolPeer.listen({ torrent, fast: true, hasNothing: true }))
    const wire = await leech.dial(swarm.engine.port)
    wire.interested()
    await until(() => leech.events.includes('unchoke'))
    const failure = await new Promise<string | undefined>((resolve) => {
      wire.request(7, 0, 16384, (error) => resolve(error?.message))
    })
    expect(failure).to.equal('request was rejected')
    const data = await new Promise<Uint8Array>((resolve, reject) => {
      wire.request(2, 0, 16384, (error, bytes) => (error ? reject(error) : resolve(bytes)))
    })
    const start = torrent.layout.pieceStart(2)
    expect(Buffer.compare(data, torrent.content.subarray(start, start + 16384))).to.equal(0)
  })

  it('hangs up on a peer that uses it without having offered it', async () => {
    const peer = await addPeer({ fast: false, host: '127.0.0.9', hasNothing: true })
    const opened = await swarm.open(torrent)
    opened.resume()
    await until(() => peer.wires.length > 0 && opened.stats().peers === 1)
    const [wire] = peer.wires
    if (!wire) throw new Error('no wire')
    wire.hasFast = true
    wire.haveAll()
    await until(() => opened.stats().peers === 0)
    expect(swarm.metrics.of('peer_errors_total')).to.equal(1)
  })

  it('takes hints and pays them no heed', async () => {
    const peer = await addPeer({})
    const opened = await swarm.open(torrent)
    opened.resume()
    await until(() => opened.stats().seeders === 1)
    for (const wire of peer.wires) {
      wire.suggest(5)
      wire.allowedFast(6)
      wire.suggest(0x7fffffff)
    }
    expect((await readPieces(opened, 0, 3)).equals(torrent.content.subarray(0, 3 * 65536))).to.equal(true)
    expect(opened.has(5)).to.equal(false)
  })
})
