import { monitorEventLoopDelay } from 'node:perf_hooks'
import { systemClock } from '../../lib/domain/clock.ts'
import { BLOCK_BYTES, PieceLayout } from '../../lib/domain/piece-layout.ts'
import { SharedBudget } from '../../lib/torrent/limits/shared-budget.ts'
import { TokenBucket } from '../../lib/torrent/limits/token-bucket.ts'
import type { BlockPeer } from '../../lib/torrent/schedule/block-peer.ts'
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

async function run(pieces: number, peers: number, blocks: number, hasIdle: boolean): Promise<void> {
  const layout = new PieceLayout(4 * BLOCK_BYTES, 4 * BLOCK_BYTES * pieces)
  const stored = new Uint8Array(pieces)
  const scheduler: Scheduler = new Scheduler({
    layout,
    clock: systemClock,
    budget: new SharedBudget(96 * 1024 * 1024), // as in the engine
    downloadLimit: new TokenBucket(systemClock, 0),
    host: {
      isStored: (piece) => stored[piece] === 1,
      isWaited: () => false,
      onComplete(piece) {
        stored[piece] = 1
        scheduler.verified(piece)
        scheduler.settled(piece)
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
  const delay = monitorEventLoopDelay({ resolution: 1 })
  const owner = { name: 'reader' }
  const idle = { first: 0, end: pieces, priority: 'idle' } as const
  let done = 0
  let turns = 0
  let longestMs = 0
  let busyMs = 0
  const lengths: number[] = []
  delay.enable()
  while (done < blocks) {
    // A reader that moves on and seeks: new windows some fifty times a second.
    if (turns % 250 === 0) {
      const at = (turns * 37) % Math.max(1, pieces - 700)
      scheduler.setWindows(owner, [
        { first: at, end: at + 128, priority: 'urgent' },
        { first: at + 128, end: at + 640, priority: 'ahead' },
        ...(hasIdle ? [idle] : []),
      ])
    }
    const start = performance.now()
    for (let turn = 0; turn < 8; turn++) {
      const peer = swarm[(turns * 8 + turn) % peers]
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
    turns++
    const turnMs = performance.now() - start
    await new Promise((resolve) => setImmediate(resolve))
    const wholeMs = performance.now() - start
    busyMs += turnMs
    longestMs = Math.max(longestMs, wholeMs)
    lengths.push(wholeMs)
    if (turns > blocks) break
  }
  delay.disable()
  scheduler.close()
  lengths.sort((a, b) => a - b)
  const figures = {
    blocks: done,
    microsPerBlock: Math.round((busyMs * 1000 * 100) / done) / 100,
    turnP50Ms: Math.round((lengths[lengths.length >> 1] ?? 0) * 100) / 100,
    turnP99Ms: Math.round((lengths[Math.floor(lengths.length * 0.99)] ?? 0) * 100) / 100,
    longestTurnMs: Math.round(longestMs * 100) / 100,
    loopDelayP99Ms: Math.round(delay.percentile(99) / 1e4) / 100,
  }
  console.log(
    JSON.stringify({
      bench: 'scheduler',
      case: `${pieces} pieces, ${peers} peers${hasIdle ? ', all idle-wanted' : ''}`,
      ...figures,
    }),
  )
}

await run(1000, 10, 3900, false)
await run(50_000, 10, 40_000, false)
await run(50_000, 200, 40_000, false)
await run(50_000, 200, 40_000, true)
