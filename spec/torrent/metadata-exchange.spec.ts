import { expect } from 'chai'
import { MetadataExchange, type MetadataPeer } from '../../lib/torrent/metadata/metadata-exchange.ts'
import { makeTorrent } from '../support/make-torrent.ts'
import { ManualClock } from '../support/manual-clock.ts'

describe('MetadataExchange', () => {
  const torrent = makeTorrent({ totalBytes: 5000 * 16384, pieceBytes: 16384 })
  const size = torrent.infoBytes.length
  const part = (piece: number) => torrent.infoBytes.subarray(piece * 16384, (piece + 1) * 16384)
  let clock: ManualClock
  let found: Uint8Array | undefined
  let liars: MetadataPeer[]
  let exchange: MetadataExchange
  beforeEach(() => {
    clock = new ManualClock()
    found = undefined
    liars = []
    exchange = new MetadataExchange(torrent.infoHash, clock, {
      onMetadata: (bytes) => {
        found = bytes
      },
      onLie: (peer) => liars.push(peer),
    })
  })
  afterEach(() => {
    exchange.close()
    expect(clock.pendingTimers).to.equal(0)
  })

  const peer = (address: string) => {
    const asked: number[] = []
    return { address, asked, requestMetadata: (piece: number) => void asked.push(piece) }
  }

  it('puts the pieces of one peer together in any order', () => {
    const one = peer('a')
    exchange.offer(one, size)
    expect(one.asked).to.have.length(Math.ceil(size / 16384))
    for (const piece of one.asked.toReversed()) exchange.onMessage(one, { kind: 'data', piece, data: part(piece) })
    expect(found && Buffer.from(found).equals(torrent.infoBytes)).to.equal(true)
  })

  it('tells a liar by its own copy, and is not spoiled by it', () => {
    const [liar, honest] = [peer('liar'), peer('honest')]
    exchange.offer(liar, size)
    exchange.offer(honest, size)
    for (const piece of liar.asked) {
      exchange.onMessage(liar, { kind: 'data', piece, data: Buffer.alloc(part(piece).length) })
    }
    expect(liars).to.deep.equal([liar])
    expect(found).to.equal(undefined)
    for (const piece of honest.asked) exchange.onMessage(honest, { kind: 'data', piece, data: part(piece) })
    expect(found).not.to.equal(undefined)
  })

  it('takes sizes that cannot be, and parts of the wrong length, for lies', () => {
    const peers = [peer('huge'), peer('none'), peer('short')] as const
    exchange.offer(peers[0], 2 ** 35)
    exchange.offer(peers[1], 0)
    exchange.offer(peers[2], size)
    exchange.onMessage(peers[2], { kind: 'data', piece: 0, data: Buffer.alloc(5) })
    expect(liars).to.deep.equal([...peers])
  })

  it('asks three at a time, and gives the place of one that rejects, leaves or stalls to the next', () => {
    const peers = ['a', 'b', 'c', 'd', 'e', 'f'].map(peer)
    for (const one of peers) exchange.offer(one, size)
    const busy = () => peers.filter(({ asked }) => asked.length > 0).map(({ address }) => address)
    expect(busy()).to.deep.equal(['a', 'b', 'c'])
    exchange.onMessage(peers[0]!, { kind: 'reject', piece: 0 })
    expect(busy()).to.deep.equal(['a', 'b', 'c', 'd'])
    exchange.remove(peers[1]!)
    expect(busy()).to.deep.equal(['a', 'b', 'c', 'd', 'e'])
    clock.advance(9000)
    expect(busy()).to.deep.equal(['a', 'b', 'c', 'd', 'e', 'f'])
  })

  it('asks those that stand by as well when the first take their time', () => {
    const slow = ['a', 'b', 'c'].map(peer)
    for (const one of slow) exchange.offer(one, size)
    const fast = peer('fast')
    exchange.offer(fast, size)
    const dribble = (piece: number) => {
      for (const one of slow) exchange.onMessage(one, { kind: 'data', piece, data: part(piece) })
    }
    dribble(0)
    expect(fast.asked).to.deep.equal([])
    clock.advance(7000)
    dribble(1)
    clock.advance(1000)
    for (const piece of fast.asked) exchange.onMessage(fast, { kind: 'data', piece, data: part(piece) })
    expect(found).not.to.equal(undefined)
    expect(liars).to.deep.equal([])
  })

  it('has nothing pending while nobody offers', () => {
    expect(clock.pendingTimers).to.equal(0)
  })
})
