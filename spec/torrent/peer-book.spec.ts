import { expect } from 'chai'
import { PeerBook } from '../../lib/torrent/swarm/peer-book.ts'
import { ManualClock } from '../support/manual-clock.ts'

describe('PeerBook', () => {
  let clock: ManualClock
  let book: PeerBook
  beforeEach(() => {
    clock = new ManualClock()
    book = new PeerBook(clock)
  })

  it('knows each address once, and only addresses', () => {
    expect(book.add('10.0.0.1:6881')).to.equal(true)
    expect(book.add('10.0.0.1:6881')).to.equal(false)
    for (const bad of ['10.0.0.1', 'host.example:80', '10.0.0.1:0', '10.0.0.1:70000', '', '::1:80']) {
      expect(book.add(bad), bad).to.equal(false)
    }
    expect(book.add('[::1]:6881')).to.equal(true)
    expect(book.add('[::ffff:10.0.0.1]:6881')).to.equal(false)
    expect(book.size).to.equal(2)
  })

  it('gives the most useful first, each to one at a time', () => {
    for (const host of [1, 2, 3]) book.add(`10.0.0.${host}:1`)
    for (const [host, bytes] of [
      [1, 10],
      [2, 500],
      [3, 100],
    ] as const) {
      book.closed(`10.0.0.${host}:1`, true, bytes)
    }
    book.reset()
    expect(book.useful).to.deep.equal(['10.0.0.2:1', '10.0.0.3:1', '10.0.0.1:1'])
    expect([book.take(), book.take(), book.take(), book.take()].map((peer) => peer?.host)).to.deep.equal([
      '10.0.0.2',
      '10.0.0.3',
      '10.0.0.1',
      undefined,
    ])
  })

  it('waits longer after each failure, and forgets who never answers when there are others', () => {
    book.add('10.0.0.1:1')
    const waits: (number | undefined)[] = []
    const fail = () => {
      expect(book.take()).to.include({ host: '10.0.0.1' })
      book.closed('10.0.0.1:1', false, 0)
      waits.push(book.untilDueMs())
      clock.advance(book.untilDueMs() ?? 0)
    }
    for (let attempt = 0; attempt < 6; attempt++) fail()
    expect(waits).to.deep.equal([3000, 9000, 27_000, 81_000, 243_000, 600_000])
    for (let index = 2; index <= 30; index++) book.add(`10.0.0.${index}:1`)
    for (let index = 2; index <= 30; index++) expect(book.take()).to.include({ host: `10.0.0.${index}` })
    expect(book.take()).to.include({ host: '10.0.0.1' })
    book.closed('10.0.0.1:1', false, 0)
    expect(book.size).to.equal(29)
  })

  it('has who failed dialled sooner when nobody else is there', () => {
    book.add('10.0.0.1:1')
    for (let attempt = 0; attempt < 3; attempt++) {
      book.take()
      book.closed('10.0.0.1:1', false, 0)
      book.hurry(5000)
      expect(book.untilDueMs()).to.equal(attempt === 0 ? 3000 : 5000)
      clock.advance(5000)
    }
  })

  it('has whom trackers told of before whom peers told of, who cannot keep the others out', () => {
    for (let index = 0; index < 3000; index++) book.add(`10.${index >> 8}.${index & 255}.1:1`, true)
    expect(book.size).to.equal(2000)
    expect(book.add('9.9.9.9:1')).to.equal(true)
    expect(book.take()).to.include({ host: '9.9.9.9' })
    // A tracker confirms one of them.
    book.add('10.1.7.1:1')
    expect(book.take()).to.include({ host: '10.1.7.1' })
    expect(book.size).to.equal(2000)
  })

  it('stays bounded, and keeps the good ones', () => {
    book.add('9.9.9.9:1')
    book.take()
    book.closed('9.9.9.9:1', true, 1)
    for (let index = 0; index < 5000; index++) book.add(`10.${index >> 8}.${index & 255}.1:1`)
    expect(book.size).to.equal(2000)
    expect(book.useful).to.deep.equal(['9.9.9.9:1'])
  })
})
