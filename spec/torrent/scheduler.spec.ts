import { expect } from 'chai'
import { BLOCK_BYTES, PieceLayout } from '../../lib/domain/piece-layout.ts'
import type { PieceWindow } from '../../lib/domain/torrent.ts'
import { TokenBucket } from '../../lib/torrent/limits/token-bucket.ts'
import type { BlockPeer } from '../../lib/torrent/schedule/block-peer.ts'
import { PieceMemory } from '../../lib/torrent/schedule/piece-memory.ts'
import { Scheduler } from '../../lib/torrent/schedule/scheduler.ts'
import { ManualClock } from '../support/manual-clock.ts'

const BLOCKS = 4

interface Asked {
  readonly piece: number
  readonly offsetBytes: number
  readonly lengthBytes: number
}

/** A peer that keeps what it is asked until the spec answers. */
class PaperPeer implements BlockPeer {
  readonly address: string
  requestQueue = 250
  pieces: (piece: number) => boolean
  readonly open: Asked[] = []
  readonly asked: Asked[] = []
  readonly cancelled: Asked[] = []
  flushes = 0

  constructor(name: string, pieces: (piece: number) => boolean = () => true) {
    this.address = name
    this.pieces = pieces
  }

  has(piece: number): boolean {
    return this.pieces(piece)
  }

  request(piece: number, offsetBytes: number, lengthBytes: number): void {
    this.open.push({ piece, offsetBytes, lengthBytes })
    this.asked.push({ piece, offsetBytes, lengthBytes })
  }

  cancel(piece: number, offsetBytes: number): void {
    const index = this.open.findIndex((other) => other.piece === piece && other.offsetBytes === offsetBytes)
    const [cancelled] = index < 0 ? [] : this.open.splice(index, 1)
    if (cancelled) this.cancelled.push(cancelled)
  }

  flush(): void {
    this.flushes++
  }

  get openPieces(): number[] {
    return [...new Set(this.open.map((asked) => asked.piece))]
  }
}

const tick = () => new Promise((resolve) => setImmediate(resolve))

class Bench {
  readonly clock: ManualClock
  readonly layout: PieceLayout
  readonly stored = new Set<number>()
  readonly waited = new Set<number>()
  readonly completed: { piece: number; sources: (string | undefined)[] }[] = []
  wastedBytes = 0
  planned: readonly PieceWindow[] = []
  readonly unresponsive: BlockPeer[] = []
  readonly memory: PieceMemory
  readonly limit: TokenBucket
  readonly scheduler: Scheduler

  constructor(
    options: {
      pieces?: number
      budgetPieces?: number
      bytesPerS?: number
      storesAtOnce?: boolean
      limit?: TokenBucket
      clock?: ManualClock
    } = {},
  ) {
    this.clock = options.clock ?? new ManualClock()
    const pieceBytes = BLOCKS * BLOCK_BYTES
    this.layout = new PieceLayout(pieceBytes, pieceBytes * (options.pieces ?? 100))
    this.memory = new PieceMemory(pieceBytes * (options.budgetPieces ?? 1000))
    this.limit = options.limit ?? new TokenBucket(this.clock, options.bytesPerS ?? 0)
    this.scheduler = new Scheduler({
      layout: this.layout,
      clock: this.clock,
      memory: this.memory,
      downloadLimit: this.limit,
      host: {
        isStored: (piece) => this.stored.has(piece),
        isWaited: (piece) => this.waited.has(piece),
        waitedPieces: () => this.waited,
        onComplete: (piece, _bytes, _hash, sources) => {
          this.completed.push({ piece, sources: sources.map((source) => source?.address) })
          if (options.storesAtOnce === false) return
          this.stored.add(piece)
          this.scheduler.verified(piece)
          this.scheduler.settled(piece)
        },
        onWaste: (bytes) => {
          this.wastedBytes += bytes
        },
        onUnresponsive: (peer) => this.unresponsive.push(peer),
        onPlanned: (windows) => {
          this.planned = windows
        },
      },
    })
  }

  join(peer: PaperPeer): PaperPeer {
    this.scheduler.addPeer(peer)
    this.scheduler.onBitfield(peer)
    this.scheduler.onUnchoke(peer)
    return peer
  }

  async want(windows: readonly PieceWindow[], owner: { name: string } = this.#owner): Promise<void> {
    this.scheduler.setWindows(owner, windows)
    await tick()
  }

  readonly #owner = { name: 'reader' }

  /** The peer answers its oldest requests. */
  answer(peer: PaperPeer, blocks = 1): void {
    for (let block = 0; block < blocks; block++) {
      const next = peer.open.shift()
      if (!next) return
      this.scheduler.onBlock(peer, next.piece, next.offsetBytes, new Uint8Array(next.lengthBytes))
    }
    this.scheduler.onChunkEnd(peer)
  }

  close(): void {
    this.scheduler.close()
    this.limit.close()
  }
}

const urgent = (first: number, end: number): PieceWindow => ({ first, end, priority: 'urgent' })
const index = (first: number, end: number): PieceWindow => ({ first, end, priority: 'index' })
const ahead = (first: number, end: number): PieceWindow => ({ first, end, priority: 'ahead' })
const idle = (first: number, end: number): PieceWindow => ({ first, end, priority: 'idle' })

describe('Scheduler', () => {
  let bench: Bench
  afterEach(() => {
    bench.close()
    expect(bench.clock.pendingTimers).to.equal(0)
    if (bench.completed.length === bench.stored.size) expect(bench.memory.used).to.equal(0)
  })

  it('asks in the order of the plan: urgent, index, ahead, idle', async () => {
    bench = new Bench()
    const peer = bench.join(new PaperPeer('a'))
    await bench.want([idle(0, 1), ahead(10, 12), { first: 50, end: 51, priority: 'index' }, urgent(5, 6)])
    while (peer.open.length > 0) bench.answer(peer)
    expect(bench.completed.map(({ piece }) => piece)).to.deep.equal([5, 50, 10, 11, 0])
  })

  it('takes turns between owners of one class', async () => {
    bench = new Bench()
    const peer = bench.join(new PaperPeer('a'))
    bench.scheduler.setWindows({ name: 'one' }, [urgent(0, 3)])
    bench.scheduler.setWindows({ name: 'two' }, [urgent(40, 43)])
    await tick()
    while (peer.open.length > 0) bench.answer(peer)
    expect(bench.completed.map(({ piece }) => piece)).to.deep.equal([0, 40, 1, 41, 2, 42])
  })

  it('updates once for a hundred seeks in one tick, and asks for the last only', async () => {
    bench = new Bench()
    const peer = bench.join(new PaperPeer('a'))
    const owner = { name: 'reader' }
    for (let seek = 0; seek < 100; seek++) bench.scheduler.setWindows(owner, [urgent(seek, seek + 1)])
    await tick()
    expect(bench.scheduler.updates).to.equal(1)
    expect(peer.openPieces).to.deep.equal([99])
  })

  it('tells how much of a piece came, block by block', async () => {
    bench = new Bench({ storesAtOnce: false })
    const peer = bench.join(new PaperPeer('a'))
    await bench.want([urgent(0, 1)])
    const came: number[] = []
    for (let block = 0; block < BLOCKS; block++) {
      came.push(bench.scheduler.receivedBytes(0))
      bench.answer(peer)
    }
    expect(came).to.deep.equal([0, 1, 2, 3].map((blocks) => blocks * BLOCK_BYTES))
    expect(bench.scheduler.receivedBytes(0)).to.equal(BLOCKS * BLOCK_BYTES)
    bench.scheduler.failed(0, false)
    bench.scheduler.settled(0)
    expect(bench.scheduler.receivedBytes(0)).to.equal(0)
  })

  it('cancels what left all windows, and asks for nothing that no window wants', async () => {
    bench = new Bench()
    const peer = bench.join(new PaperPeer('a'))
    await bench.want([urgent(0, 2)])
    expect(peer.openPieces).to.deep.equal([0, 1])
    await bench.want([urgent(30, 31)])
    expect(peer.openPieces).to.deep.equal([30])
    expect(peer.cancelled).to.have.length(8)
    await bench.want([])
    expect(peer.open).to.deep.equal([])
    expect(bench.scheduler.wantsAnything).to.equal(false)
  })

  it('keeps a cancelled block that arrives after all when its piece is wanted again', async () => {
    bench = new Bench()
    const peer = bench.join(new PaperPeer('a'))
    await bench.want([urgent(0, 1)])
    bench.answer(peer)
    const late = peer.open[0]!
    await bench.want([urgent(30, 31)])
    await bench.want([urgent(0, 1)])
    bench.scheduler.onBlock(peer, 0, late.offsetBytes, new Uint8Array(late.lengthBytes))
    while (peer.open.length > 0) bench.answer(peer)
    expect(bench.completed.map(({ piece }) => piece)).to.deep.equal([0])
    expect(bench.wastedBytes).to.be.at.most(BLOCK_BYTES)
  })

  it('gives the blocks of a peer that chokes or leaves to another at once', async () => {
    bench = new Bench()
    const first = bench.join(new PaperPeer('a'))
    await bench.want([urgent(0, 1)])
    const second = bench.join(new PaperPeer('b'))
    expect(first.open).to.have.length(4)
    bench.scheduler.onChoke(first)
    await tick()
    expect(second.open).to.have.length(4)
    bench.scheduler.removePeer(second)
    bench.scheduler.onUnchoke(first)
    await tick()
    expect(first.asked).to.have.length(8)
  })

  it('asks another at once for a block that a peer rejects', async () => {
    bench = new Bench()
    const first = bench.join(new PaperPeer('a'))
    await bench.want([urgent(0, 1)])
    const second = bench.join(new PaperPeer('b'))
    expect(bench.scheduler.onReject(second, 0, 0, BLOCK_BYTES)).to.equal(false)
    const [rejected] = first.open.splice(1, 1)
    first.pieces = () => false
    expect(bench.scheduler.onReject(first, 0, rejected!.offsetBytes, BLOCK_BYTES)).to.equal(true)
    bench.scheduler.onRefusal(0)
    await tick()
    expect(second.open).to.deep.equal([rejected])
  })

  it('asks a peer only for pieces that it has, and again when it gets more', async () => {
    bench = new Bench()
    const owned = new Set([1])
    const peer = bench.join(new PaperPeer('a', (piece) => owned.has(piece)))
    await bench.want([urgent(0, 4)])
    expect(peer.openPieces).to.deep.equal([1])
    owned.add(3)
    bench.scheduler.onHave(peer, 3)
    expect(peer.openPieces).to.deep.equal([1, 3])
  })

  it('fetches idle pieces rarest first', async () => {
    bench = new Bench({ pieces: 10 })
    bench.join(new PaperPeer('a', (piece) => piece !== 7))
    const all = bench.join(new PaperPeer('b'))
    all.requestQueue = 2
    bench.scheduler.onRequestQueue(all)
    await bench.want([idle(0, 10)])
    expect(all.openPieces[0]).to.equal(7)
  })

  it('triples what it asks while answers come at once, up to what the peer queues', async () => {
    bench = new Bench({ pieces: 5000 })
    const peer = new PaperPeer('a')
    peer.requestQueue = 1600
    bench.join(peer)
    await bench.want([urgent(0, 5000)])
    const inFlight: number[] = []
    for (let round = 0; round < 5; round++) {
      inFlight.push(peer.open.length)
      bench.clock.advance(50)
      bench.answer(peer, peer.open.length)
    }
    expect(inFlight).to.deep.equal([256, 768, 1500, 1500, 1500])
  })

  it('lets a slow peer have little in flight', async () => {
    bench = new Bench({ pieces: 500 })
    const peer = bench.join(new PaperPeer('a'))
    await bench.want([ahead(0, 500)])
    // 64 KiB a second: a block each quarter of a second.
    for (let block = 0; block < 100; block++) {
      bench.clock.advance(250)
      bench.answer(peer)
    }
    expect(peer.open.length).to.be.at.most(3)
  })

  it('asks the blocks of a silent peer of another, and takes them from whoever is first', async () => {
    bench = new Bench()
    const silent = bench.join(new PaperPeer('silent'))
    await bench.want([urgent(0, 1)])
    const good = bench.join(new PaperPeer('good'))
    bench.clock.advance(5000)
    await tick()
    expect(good.open).to.have.length(4)
    bench.answer(good, 4)
    expect(bench.completed).to.have.length(1)
    expect(silent.open).to.deep.equal([])
    expect(silent.cancelled).to.have.length(4)
    expect(bench.wastedBytes).to.equal(0)
  })

  it('asks the only peer again for a request that it dropped without a word', async () => {
    bench = new Bench({ pieces: 2 })
    const peer = bench.join(new PaperPeer('a'))
    await bench.want([urgent(0, 2)])
    const [dropped] = peer.open.splice(2, 1)
    bench.clock.advance(20)
    bench.answer(peer, 7)
    expect(bench.completed.map((done) => done.piece)).to.deep.equal([1])
    bench.clock.advance(2000)
    await tick()
    expect(peer.open).to.deep.equal([dropped])
    bench.answer(peer)
    expect(bench.completed.map((done) => done.piece)).to.deep.equal([1, 0])
    expect(bench.wastedBytes).to.equal(0)
  })

  it('does not wait for a request that many later ones overtook', async () => {
    bench = new Bench({ pieces: 500 })
    const peer = bench.join(new PaperPeer('a'))
    await bench.want([urgent(0, 500)])
    const [dropped] = peer.open.splice(0, 1)
    for (let round = 0; round < 6; round++) {
      bench.clock.advance(20)
      bench.answer(peer, peer.open.length)
      await tick()
    }
    expect(peer.asked.filter((asked) => asked.piece === 0 && asked.offsetBytes === 0)).to.deep.equal([dropped, dropped])
  })

  it('asks less of what no reader waits for', async () => {
    const inFlight: number[] = []
    for (const want of [urgent, index, ahead]) {
      bench = new Bench({ pieces: 5000 })
      const peer = new PaperPeer('a')
      peer.requestQueue = 2000
      bench.join(peer)
      await bench.want([want(0, 5000)])
      // 39 MB a second at 50 ms.
      const askedBy: number[] = []
      for (let turn = 0; turn < 400; turn++) {
        bench.clock.advance(5)
        askedBy.push(peer.asked.length)
        const answered = peer.asked.length - peer.open.length
        bench.answer(peer, Math.min(12, (askedBy[turn - 10] ?? 0) - answered))
      }
      inFlight.push(peer.open.length)
      if (want !== ahead) bench.close()
    }
    expect(inFlight[1]).to.equal(inFlight[2])
    expect(inFlight[1]).to.be.below((inFlight[0] ?? 0) * 0.6)
  })

  it('lets go of a peer that never answers', async () => {
    bench = new Bench()
    const silent = bench.join(new PaperPeer('silent'))
    await bench.want([urgent(0, 1)])
    bench.clock.advance(50_000)
    expect(bench.unresponsive).to.include(silent)
  })

  it('has a late block of a waited piece sent by a faster peer too, and cancels the loser', async () => {
    bench = new Bench({ pieces: 300 })
    const slow = bench.join(new PaperPeer('slow'))
    const fast = new PaperPeer('fast')
    await bench.want([ahead(100, 102)])
    bench.clock.advance(200)
    bench.answer(slow, 2)
    bench.waited.add(0)
    await bench.want([urgent(0, 1)])
    expect(slow.openPieces).to.include(0)
    bench.join(fast)
    bench.clock.advance(900)
    await tick()
    expect(fast.openPieces).to.deep.equal([0])
    while (fast.open.length > 0) {
      bench.clock.advance(10)
      bench.answer(fast)
    }
    expect(bench.stored.has(0)).to.equal(true)
    expect(slow.openPieces).not.to.include(0)
  })

  /** Peers that were measured: a block each so many milliseconds. */
  async function measured(...everyMs: readonly number[]): Promise<PaperPeer[]> {
    bench = new Bench({ pieces: 5000 })
    const peers = everyMs.map((ms) => bench.join(new PaperPeer(`${ms} ms`)))
    await bench.want([ahead(1000, 4000)])
    for (let nowMs = 1; nowMs <= 4000; nowMs++) {
      bench.clock.advance(1)
      for (const [index, ms] of everyMs.entries()) if (nowMs % ms === 0) bench.answer(peers[index]!)
    }
    await bench.want([])
    return peers
  }

  it('brings what is read first from all peers at once, of each as much as it gives', async () => {
    const peers = await measured(10, 20, 40, 200)
    await bench.want([urgent(0, 6)])
    const [first = 0, second = 0, third = 0, fourth = 0] = peers.map(({ open }) => open.length)
    expect(first + second + third + fourth).to.equal(24)
    expect(first / second).to.be.within(1.5, 3)
    expect(second / third).to.be.within(1.4, 3.5)
    expect(fourth).to.be.at.most(1)
    const last = Math.max(...peers.map(({ open }, index) => open.length * ([10, 20, 40, 200][index] ?? 0)))
    expect(last, 'the last comes hardly later than it must').to.be.at.most(
      1.6 * (24 / (1 / 10 + 1 / 20 + 1 / 40 + 1 / 200)),
    )
  })

  it('has late blocks sent by who brings them soonest', async () => {
    const [slow, good, middling] = await measured(400, 10, 60)
    if (!slow || !good || !middling) throw new Error('no peers')
    const stuck = new PaperPeer('stuck')
    good.pieces = (piece) => piece > 0
    middling.pieces = (piece) => piece > 0
    slow.pieces = (piece) => piece > 0
    bench.join(stuck)
    bench.waited.add(0)
    await bench.want([urgent(0, 1)])
    expect(stuck.open).to.have.length(4)
    for (const peer of [middling, good]) {
      peer.pieces = () => true
      bench.scheduler.onHave(peer, 0)
    }
    for (let look = 0; look < 3; look++) {
      bench.clock.advance(60)
      await tick()
    }
    expect(good.open).to.have.length(4)
    expect([middling.open, slow.open]).to.deep.equal([[], []])
  })

  it('gives a far slower peer no block of a piece that a reader waits for', async () => {
    bench = new Bench({ pieces: 300 })
    const slow = bench.join(new PaperPeer('slow'))
    const fast = bench.join(new PaperPeer('fast'))
    await bench.want([ahead(100, 140)])
    // A block a second against a hundred.
    for (let step = 0; step < 400; step++) {
      bench.clock.advance(10)
      bench.answer(fast)
      if (step % 100 === 99) bench.answer(slow)
    }
    for (let piece = 0; piece < 8; piece++) bench.waited.add(piece)
    await bench.want([urgent(0, 8)])
    expect(fast.openPieces).to.include(0)
    expect(slow.open).to.deep.equal([])
    bench.waited.clear()
    await bench.want([urgent(8, 16)])
    expect(slow.open).not.to.deep.equal([])
  })

  it('shares the download limit equally with another torrent', async () => {
    bench = new Bench({ pieces: 1000, bytesPerS: 1024 * 1024 })
    const other = new Bench({ pieces: 1000, limit: bench.limit, clock: bench.clock })
    const peers = [bench.join(new PaperPeer('a')), other.join(new PaperPeer('b'))]
    await bench.want([ahead(0, 1000)])
    await other.want([urgent(0, 1000)])
    for (let step = 0; step < 400; step++) {
      for (const [index, torrent] of [bench, other].entries()) torrent.answer(peers[index]!, peers[index]!.open.length)
      bench.clock.advance(25)
      await tick()
    }
    // Ten seconds of one MiB, four blocks a piece.
    expect(bench.stored.size + other.stored.size).to.be.within(150, 175)
    expect(Math.abs(bench.stored.size - other.stored.size)).to.be.below(20)
    other.close()
  })

  it('duplicates nothing that no reader waits for', async () => {
    bench = new Bench({ pieces: 300 })
    const slow = bench.join(new PaperPeer('slow'))
    await bench.want([ahead(0, 2)])
    const fast = bench.join(new PaperPeer('fast'))
    bench.clock.advance(900)
    await tick()
    expect(slow.open).to.have.length(8)
    expect(fast.open).to.deep.equal([])
  })

  it('takes all blocks of a piece that failed from one peer', async () => {
    bench = new Bench({ storesAtOnce: false })
    const [a, b] = [new PaperPeer('a'), new PaperPeer('b')]
    for (const peer of [a, b]) {
      peer.requestQueue = 2
      bench.join(peer)
    }
    await bench.want([urgent(0, 1)])
    expect([a.open.length, b.open.length]).to.deep.equal([2, 2])
    while (a.open.length + b.open.length > 0) {
      bench.answer(a)
      bench.answer(b)
    }
    bench.scheduler.failed(0, true)
    bench.scheduler.settled(0)
    await tick()
    expect([a.open.length, b.open.length]).to.have.members([0, 2])
    while (a.open.length + b.open.length > 0) {
      bench.answer(a)
      bench.answer(b)
    }
    expect(new Set(bench.completed[1]!.sources)).to.have.property('size', 1)
    bench.scheduler.verified(0)
    bench.scheduler.settled(0)
  })

  it('fetches a piece again that the store dropped', async () => {
    bench = new Bench()
    const peer = bench.join(new PaperPeer('a'))
    await bench.want([urgent(0, 2)])
    while (peer.open.length > 0) bench.answer(peer)
    bench.stored.delete(1)
    bench.scheduler.onDropped(1)
    await tick()
    expect(peer.openPieces).to.deep.equal([1])
  })

  it('takes nothing back from a peer that answers as fast as it is asked, and never asks a block of it twice', async () => {
    bench = new Bench({ pieces: 400 })
    const peer = bench.join(new PaperPeer('a'))
    peer.requestQueue = 64
    bench.scheduler.onRequestQueue(peer)
    const [reader, other] = [{ name: 'reader' }, { name: 'other' }]
    bench.scheduler.setWindows(reader, [{ first: 0, end: 400, priority: 'ahead' }])
    await tick()
    // A fast line with a long delay: what was asked comes 50 ms later, whatever was cancelled meanwhile.
    const line: { readonly atMs: number; readonly asked: Asked }[] = []
    let seen = 0
    for (let step = 0; step < 400; step++) {
      bench.clock.advance(5)
      const nowMs = bench.clock.monotonicMs()
      for (const asked of peer.asked.slice(seen)) line.push({ atMs: nowMs + 45, asked })
      seen = peer.asked.length
      while (line[0] && line[0].atMs <= nowMs) {
        const { asked } = line.shift()!
        bench.scheduler.onBlock(peer, asked.piece, asked.offsetBytes, new Uint8Array(asked.lengthBytes))
      }
      bench.scheduler.onChunkEnd(peer)
      await tick()
      // Once it is known, windows of a reader elsewhere come and go, urgent ones among them.
      if (step < 40) continue
      const first = 300 + (step % 90)
      bench.scheduler.setWindows(other, [{ first, end: first + 1, priority: 'urgent' }])
      await tick()
    }
    expect(peer.cancelled).to.have.length(0)
    expect(new Set(peer.asked.map(({ piece, offsetBytes }) => `${piece}:${offsetBytes}`)).size).to.equal(
      peer.asked.length,
    )
    expect(bench.wastedBytes).to.equal(0)
  })

  it('takes the answer to a cancelled request for no sign that others were dropped', async () => {
    bench = new Bench({ pieces: 400 })
    const peer = bench.join(new PaperPeer('a'))
    peer.requestQueue = 600
    bench.scheduler.onRequestQueue(peer)
    const reader = { name: 'reader' }
    bench.scheduler.setWindows(reader, [urgent(0, 100)])
    await tick()
    for (let turn = 0; turn < 200; turn++) {
      bench.clock.advance(1)
      const asked = peer.open.shift()!
      bench.scheduler.onBlock(peer, asked.piece, asked.offsetBytes, new Uint8Array(asked.lengthBytes))
      bench.scheduler.onChunkEnd(peer)
    }
    expect(peer.open).to.have.length(200)
    const [next] = peer.open
    // The cancel comes too late, and the block is asked for again behind all the others.
    bench.scheduler.setWindows(reader, [urgent(next!.piece + 1, 100)])
    await tick()
    bench.scheduler.setWindows(reader, [urgent(0, 100)])
    await tick()
    const asked = peer.asked.length
    bench.scheduler.onBlock(peer, next!.piece, next!.offsetBytes, new Uint8Array(next!.lengthBytes))
    bench.scheduler.onChunkEnd(peer)
    expect(peer.asked).to.have.length(asked)
  })

  it('asks for some blocks at a time of a peer that has many in flight', async () => {
    bench = new Bench({ pieces: 400 })
    const peer = bench.join(new PaperPeer('a'))
    peer.requestQueue = 64
    bench.scheduler.onRequestQueue(peer)
    bench.scheduler.setWindows({ name: 'reader' }, [urgent(0, 400)])
    await tick()
    const answer = () => {
      bench.clock.advance(1)
      const asked = peer.open.shift()!
      bench.scheduler.onBlock(peer, asked.piece, asked.offsetBytes, new Uint8Array(asked.lengthBytes))
      bench.scheduler.onChunkEnd(peer)
    }
    for (let turn = 0; turn < 200; turn++) answer()
    const full = peer.open.length
    expect(full).to.be.within(53, 60)
    const { flushes } = peer
    for (let turn = 0; turn < 200; turn++) {
      answer()
      expect(peer.open.length).to.be.within(53, 60)
    }
    expect(peer.flushes - flushes).to.be.below(40)
  })

  it('keeps within its memory, and lets an urgent piece push out a less pressing one', async () => {
    bench = new Bench({ budgetPieces: 2 })
    const peer = bench.join(new PaperPeer('a'))
    await bench.want([ahead(10, 50)])
    expect(peer.openPieces).to.deep.equal([10, 11])
    expect(bench.memory.used).to.equal(bench.memory.cap)
    await bench.want([urgent(0, 1), ahead(10, 50)])
    expect(peer.openPieces).to.include(0)
    expect(bench.memory.used).to.be.at.most(bench.memory.cap)
    while (peer.open.length > 0) {
      bench.answer(peer)
      await tick()
    }
    expect(bench.stored.size).to.equal(41)
  })

  it('asks for no more while the memory is full of what waits for the disk', async () => {
    bench = new Bench({ budgetPieces: 2, storesAtOnce: false })
    const peer = bench.join(new PaperPeer('a'))
    await bench.want([urgent(0, 4)])
    const completed = () => bench.completed.map(({ piece }) => piece)
    const answerAll = async () => {
      for (let step = 0; step < 100; step++) {
        bench.answer(peer)
        await tick()
      }
    }
    await answerAll()
    for (const piece of [0, 1]) {
      bench.stored.add(piece)
      bench.scheduler.verified(piece)
    }
    await bench.want([urgent(1, 4)])
    await answerAll()
    expect(completed()).to.deep.equal([0, 1])
    expect(bench.memory.used).to.equal(bench.memory.cap)
    bench.scheduler.settled(0)
    await tick()
    await answerAll()
    expect(completed()).to.deep.equal([0, 1, 2])
    bench.stored.add(2)
    bench.scheduler.verified(2)
    for (const piece of [1, 2]) bench.scheduler.settled(piece)
  })

  it('fetches pieces larger than its memory, one at a time', async () => {
    bench = new Bench({ budgetPieces: 0.5 })
    const peer = bench.join(new PaperPeer('a'))
    await bench.want([urgent(0, 4)])
    while (peer.open.length > 0) {
      expect(peer.openPieces).to.have.length(1)
      bench.answer(peer)
      await tick()
    }
    expect(bench.stored.size).to.equal(4)
  })

  it('keeps to the download limit and goes on when it allows', async () => {
    bench = new Bench({ bytesPerS: 256 * 1024 })
    const peer = bench.join(new PaperPeer('a'))
    await bench.want([ahead(0, 20)])
    let seconds = 0
    for (; bench.stored.size < 20 && seconds < 60; seconds++) {
      for (let step = 0; step < 20; step++) {
        bench.answer(peer, peer.open.length)
        bench.clock.advance(50)
        await tick()
      }
    }
    // 1.25 MiB at 256 KiB/s, less the first burst.
    expect(seconds).to.be.within(4, 6)
  })

  it('refuses blocks that cannot be, and a flood of blocks that nobody asked for', async () => {
    bench = new Bench()
    const peer = bench.join(new PaperPeer('a'))
    const send = (piece: number, offsetBytes: number, bytes: number) => () =>
      bench.scheduler.onBlock(peer, piece, offsetBytes, new Uint8Array(bytes))
    expect(send(100, 0, BLOCK_BYTES)).to.throw('block')
    expect(send(0, 5, BLOCK_BYTES)).to.throw('block')
    expect(send(0, BLOCKS * BLOCK_BYTES, BLOCK_BYTES)).to.throw('block')
    expect(send(0, 0, 7)).to.throw('block')
    expect(() => {
      for (let block = 0; block < 1000; block++) send(3, 0, BLOCK_BYTES)()
    }).to.throw('nobody asked')
    expect(bench.wastedBytes).to.be.below(100 * BLOCK_BYTES)
  })

  it('runs no timer while nothing is in flight', async () => {
    bench = new Bench()
    const peer = bench.join(new PaperPeer('a', () => false))
    bench.waited.add(0)
    await bench.want([urgent(0, 4)])
    expect(peer.open).to.deep.equal([])
    expect(bench.clock.pendingTimers).to.equal(0)
  })

  it('tells what is kept', async () => {
    bench = new Bench()
    await bench.want([urgent(1, 2), idle(4, 5)])
    expect(bench.planned).to.deep.equal([urgent(1, 2), idle(4, 5)])
  })
})
