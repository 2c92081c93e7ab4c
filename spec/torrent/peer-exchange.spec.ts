import { expect } from 'chai'
import { PeerExchange } from '../../lib/torrent/swarm/peer-exchange.ts'
import type { PeerSession } from '../../lib/torrent/wire/peer-session.ts'

const addresses = (count: number, from = 0): string[] =>
  Array.from({ length: count }, (_, index) => `10.0.${(from + index) >> 8}.${(from + index) & 255}:1`)

describe('PeerExchange', () => {
  const [first, second] = [{} as PeerSession, {} as PeerSession]

  it('believes a hundred addresses of one peer a minute, however many it tells', () => {
    const exchange = new PeerExchange()
    expect(exchange.hear(first, addresses(60), 0)).to.deep.equal(addresses(60))
    expect(exchange.hear(first, addresses(60, 60), 1000)).to.deep.equal(addresses(40, 60))
    expect(exchange.hear(first, addresses(60, 200), 59_999)).to.deep.equal([])
    expect(exchange.hear(second, addresses(100), 59_999)).to.have.length(100)
    expect(exchange.hear(first, addresses(50, 300), 60_000)).to.deep.equal(addresses(50, 300))
  })

  it('forgets who left', () => {
    const exchange = new PeerExchange()
    exchange.hear(first, addresses(100), 0)
    exchange.remove(first)
    expect(exchange.hear(first, addresses(100), 1)).to.have.length(100)
  })
})
