import { type PerformanceEntry, PerformanceObserver } from 'node:perf_hooks'
import { systemClock } from '../../lib/domain/clock.ts'
import { BLOCK_BYTES, PieceLayout } from '../../lib/domain/piece-layout.ts'
import { TokenBucket } from '../../lib/torrent/limits/token-bucket.ts'
import type { BlockPeer } from '../../lib/torrent/schedule/block-peer.ts'
import { PieceMemory } from '../../lib/torrent/schedule/piece-memory.ts'
import { Scheduler } from '../../lib/torrent/schedule/scheduler.ts'

/** A peer without a network: answers what it is asked, a few blocks each time its turn comes. */
class InstantPeer implements BlockPeer {
  readonly address: string
  readonly requestQueue = 250
  readonly open = new Map<number, { piece: number; offsetBytes: number; lengthBytes: number }>()
  readonly #share: number

  constructor(index: number) {
    this.address = `10.0.${index >> 8}.${index & 255}:1`
    this.#share = index % 4
  }

  /** A quarter are seeders, the others have a part each. */
  has(piece: number): boolean {
    return this.#share === 0 || piece % 4 === this.#share
  }

  request(piece: number, offsetBytes: number, lengthBytes: number): void {
    this.open.set(piece * 4 + offsetBytes / BLOCK_BYTES, { piece, offsetBytes, lengthBytes })
  }

  cancel(piece: number, offsetBytes: number): void {
    this.open.delete(piece * 4 + offsetBytes / BLOCK_BYTES)
  }

  flush(): void {}
}

/** Garbage collections since the last look. */
class Collections {
  #count = 0
  #totalMs = 0
  #longestMs = 0
  readonly #observer = new PerformanceObserver((list) => this.#add(list.getEntries()))

  constructor() {
    this.#observer.observe({ entryTypes: ['gc'] })
  }

  end(): { readonly count: number; readonly totalMs: number; readonly longestMs: number } {
    this.#add(this.#observer.takeRecords())
    this.#observer.disconnect()
    return { count: this.#count, totalMs: this.#totalMs, longestMs: this.#longestMs }
  }

  #add(entries: readonly PerformanceEntry[]): void {
    for (const { duration } of entries) {
      this.#count++
      this.#totalMs += duration
      this.#longestMs = Math.max(this.#longestMs, duration)
    }
  }
}

const round = (value: number): number => Math.round(value * 100) / 100

function percentiles(name: string, values: number[]): Record<string, number> {
  values.sort((a, b) => a - b)
  const at = (part: number) => round(values[Math.min(values.length - 1, Math.floor(values.length * part))] ?? 0)
  return { [`${name}P50Ms`]: at(0.5), [`${name}P99Ms`]: at(0.99), [`${name}MaxMs`]: at(1) }
}

/**
 * Turns of the event loop in which up to eight peers bring up to four blocks each, while the reader seeks. `ownMs` is the
 * scheduler's processor time in a turn (what a neighbour on this machine takes is not in it); collections are told apart.
 */
async function run(pieces: number, peers: number, blocks: number, hasIdle: boolean, isWarmUp = false): Promise<void> {
  const layout = new PieceLayout(4 * BLOCK_BYTES, 4 * BLOCK_BYTES * pieces)
  const stored = new Uint8Array(pieces)
  const scheduler: Scheduler = new Scheduler({
    layout,
    clock: systemClock,
    memory: new PieceMemory(96 * 1024 * 1024), // as in the engine
    downloadLimit: new TokenBucket(systemClock, 0),
    host: {
      isStored: (piece) => stored[piece] === 1,
      isWaited: () => false,
      waitedPieces: () => [],
      onComplete(piece, bytes) {
        stored[piece] = 1
        scheduler.verified(piece)
        scheduler.settled(piece, bytes)
      },
      onWaste() {},
      onUnresponsive() {},
      onPlanned() {},
    },
  })
  const swarm = Array.from({ length: peers }, (_, index) => new InstantPeer(index))
  for (const peer of swarm) {
    scheduler.addPeer(peer)
    scheduler.onBitfield(peer)
    scheduler.onUnchoke(peer)
  }
  const data = new Uint8Array(BLOCK_BYTES)
  const owner = { name: 'reader' }
  const idle = { first: 0, end: pieces, priority: 'idle' } as const
  let done = 0
  let ownMs = 0
  const turnsMs: number[] = []
  const seeksMs: number[] = []
  const collections = new Collections()
  for (let turn = 0; done < blocks && turn < blocks; turn++) {
    const before = process.cpuUsage()
    // A reader that seeks each 250 turns.
    if (turn % 250 === 0) {
      const at = (turn * 37) % Math.max(1, pieces - 700)
      scheduler.setWindows(owner, [
        { first: at, end: at + 128, priority: 'urgent' },
        { first: at + 128, end: at + 640, priority: 'ahead' },
        ...(hasIdle ? [idle] : []),
      ])
    }
    const doneBefore = done
    for (let place = 0; place < 8; place++) {
      const peer = swarm[(turn * 8 + place) % peers]
      if (!peer) continue
      for (let answer = 0; answer < 4; answer++) {
        const next = peer.open.values().next().value
        if (!next) break
        peer.open.delete(next.piece * 4 + next.offsetBytes / BLOCK_BYTES)
        scheduler.onBlock(peer, next.piece, next.offsetBytes, data)
        done++
      }
      scheduler.onChunkEnd(peer)
    }
    await new Promise((resolve) => setImmediate(resolve))
    const used = process.cpuUsage(before)
    const turnMs = (used.user + used.system) / 1000
    ownMs += turnMs
    if (turn % 250 === 0) seeksMs.push(turnMs)
    else if (done > doneBefore) turnsMs.push(turnMs)
  }
  const collected = collections.end()
  scheduler.close()
  if (isWarmUp) return
  console.log(
    JSON.stringify({
      bench: 'scheduler',
      case: `${pieces} pieces, ${peers} peers${hasIdle ? ', all idle-wanted' : ''}`,
      blocks: done,
      microsPerBlock: round((ownMs * 1000) / done),
      ...percentiles('turn', turnsMs),
      ...percentiles('seek', seeksMs),
      collections: collected.count,
      collectionsMs: round(collected.totalMs),
      longestCollectionMs: round(collected.longestMs),
    }),
  )
}

await run(1000, 10, 3900, false, true)
await run(50_000, 200, 10_000, true, true)
await run(1000, 10, 3900, false)
await run(50_000, 10, 40_000, false)
await run(50_000, 200, 40_000, false)
await run(50_000, 200, 40_000, true)
