import { BLOCK_BYTES, PieceLayout } from '../../lib/domain/piece-layout.ts'
import { TokenBucket } from '../../lib/torrent/limits/token-bucket.ts'
import type { BlockPeer } from '../../lib/torrent/schedule/block-peer.ts'
import { PieceMemory } from '../../lib/torrent/schedule/piece-memory.ts'
import { Scheduler } from '../../lib/torrent/schedule/scheduler.ts'
import { ManualClock } from '../support/manual-clock.ts'

export interface SimulatedSwarmOptions {
  readonly pieceBytes: number
  readonly pieces: number
  readonly roundTripMs: number
  /** A peer each, that has everything, and answers in order. */
  readonly bytesPerS: readonly number[]
}

/** Between a piece's last block and its being stored. */
const VERIFY_MS = 2
const AHEAD_PIECES = 40
const READ_BYTES = 8 * 1024 * 1024

/** A scheduler and its peers in a time of their own, which stands still while anything is worked on: the same on any machine. */
export class SimulatedSwarm {
  readonly clock = new ManualClock(0)
  readonly layout: PieceLayout
  readonly scheduler: Scheduler
  readonly roundTripMs: number
  wastedBytes = 0
  readonly #peers: LinePeer[]
  readonly #stored = new Set<number>()
  readonly #owner = { name: 'reader' }
  #waited: number | undefined

  constructor(options: SimulatedSwarmOptions) {
    const { clock } = this
    this.layout = new PieceLayout(options.pieceBytes, options.pieceBytes * options.pieces)
    this.roundTripMs = options.roundTripMs
    this.scheduler = new Scheduler({
      layout: this.layout,
      clock,
      memory: new PieceMemory(96 * 1024 * 1024),
      downloadLimit: new TokenBucket(clock, 0),
      host: {
        isStored: (piece) => this.#stored.has(piece),
        isWaited: (piece) => this.#waited === piece,
        waitedPieces: () => (this.#waited === undefined ? [] : [this.#waited]),
        onComplete: (piece, bytes) => {
          clock.after(VERIFY_MS, () => {
            this.#stored.add(piece)
            this.scheduler.verified(piece)
            this.scheduler.settled(piece, bytes)
          })
        },
        onWaste: (bytes) => {
          this.wastedBytes += bytes
        },
        onUnresponsive() {},
        onPlanned() {},
      },
    })
    this.#peers = options.bytesPerS.map((bytesPerS, index) => new LinePeer(this, `10.0.0.${index}:1`, bytesPerS))
    for (const peer of this.#peers) {
      this.scheduler.addPeer(peer)
      this.scheduler.onBitfield(peer)
    }
    for (const peer of this.#peers) this.scheduler.onUnchoke(peer, this.#peers.length)
  }

  /** Bytes that the peers sent. */
  get sentBytes(): number {
    return this.#peers.reduce((sum, peer) => sum + peer.sentBytes, 0)
  }

  /** Reads pieces [first, end) one after the other; the milliseconds it took. */
  async read(first: number, end: number): Promise<number> {
    const startMs = this.clock.monotonicMs()
    const urgent = Math.max(1, READ_BYTES / this.layout.pieceBytes)
    for (let piece = first; piece < end; piece++) {
      const next = Math.min(end, piece + urgent)
      this.scheduler.setWindows(this.#owner, [
        { first: piece, end: next, priority: 'urgent' },
        { first: next, end: Math.min(end, next + AHEAD_PIECES), priority: 'ahead' },
      ])
      this.#waited = piece
      await this.#until(() => this.#stored.has(piece))
      this.#waited = undefined
    }
    return this.clock.monotonicMs() - startMs
  }

  close(): void {
    this.scheduler.close()
  }

  async #until(isTrue: () => boolean): Promise<void> {
    await turn()
    while (!isTrue()) {
      if (this.clock.monotonicMs() > 600_000) throw new Error('ten minutes are over')
      this.clock.advance(0.5)
      await turn()
    }
  }
}

const turn = () => new Promise((resolve) => setImmediate(resolve))

/** A line of a rate and a delay, over which blocks come one after the other. */
class LinePeer implements BlockPeer {
  readonly address: string
  readonly requestQueue = 1000
  sentBytes = 0
  readonly #swarm: SimulatedSwarm
  readonly #blockMs: number
  readonly #queue: { readonly key: string; readonly send: () => void }[] = []
  #said: (() => void)[] = []
  #isSending = false

  constructor(swarm: SimulatedSwarm, address: string, bytesPerS: number) {
    this.#swarm = swarm
    this.address = address
    this.#blockMs = (BLOCK_BYTES * 1000) / bytesPerS
  }

  has(): boolean {
    return true
  }

  request(piece: number, offsetBytes: number, lengthBytes: number): void {
    const send = () => this.#send(piece, offsetBytes, lengthBytes)
    this.#said.push(() => this.#queue.push({ key: `${piece}:${offsetBytes}`, send }))
  }

  cancel(piece: number, offsetBytes: number): void {
    this.#said.push(() => {
      const index = this.#queue.findIndex(({ key }) => key === `${piece}:${offsetBytes}`)
      if (index >= 0) this.#queue.splice(index, 1)
    })
  }

  flush(): void {
    const said = this.#said
    this.#said = []
    if (said.length === 0) return
    this.#later(this.#swarm.roundTripMs / 2, () => {
      for (const word of said) word()
      this.#sendNext()
    })
  }

  #sendNext(): void {
    const next = this.#isSending ? undefined : this.#queue.shift()
    if (!next) return
    this.#isSending = true
    this.#later(this.#blockMs, () => {
      this.#isSending = false
      next.send()
      this.#sendNext()
    })
  }

  #send(piece: number, offsetBytes: number, lengthBytes: number): void {
    this.sentBytes += lengthBytes
    this.#later(this.#swarm.roundTripMs / 2, () => {
      this.#swarm.scheduler.onBlock(this, piece, offsetBytes, new Uint8Array(lengthBytes))
      this.#swarm.scheduler.onChunkEnd(this)
    })
  }

  #later(delayMs: number, fire: () => void): void {
    this.#swarm.clock.after(delayMs, fire)
  }
}
