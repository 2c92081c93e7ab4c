import type { Clock } from '../../domain/clock.ts'
import type { BlockPeer } from './block-peer.ts'
import type { BlockRequests } from './block-requests.ts'
import type { OpenPieces } from './open-pieces.ts'
import type { PartialPiece } from './partial-piece.ts'
import type { PeerRequests } from './peer-requests.ts'
import type { PieceDemand } from './piece-demand.ts'
import { URGENT, type WindowPlan } from './window-plan.ts'

/** How often what is late is looked at, while a reader waits. */
export const LATE_EVERY_MS = 60
/** One peer looks for others' late blocks no oftener. */
const RESCUE_PAUSE_MS = 10
const RESCUE_PIECES = 4
/** A peer is too slow for a waited piece when it needs this much longer than the best one. */
const SLOW_FACTOR = 4
const SLOW_FLOOR_MS = 400
/** Late blocks are for who would bring them about as soon as the best. */
const OUTDONE_FACTOR = 1.5

export interface LateBlocksOptions {
  readonly clock: Clock
  readonly plan: WindowPlan
  readonly pieces: OpenPieces
  readonly requests: BlockRequests
  readonly demand: PieceDemand
  /** Asks the block again; false when the download limit stops it. */
  askAgain(requests: PeerRequests, partial: PartialPiece<BlockPeer>, block: number, nowMs: number): boolean
}

/** Keeps slow peers from a piece that a reader waits for: they get no block of it, and what they have is asked again. */
export class LateBlocks {
  readonly #options: LateBlocksOptions
  /** How soon the best peer would bring a block of the piece that was looked at last. */
  #best = { piece: -1, expectedMs: 0, atMs: 0 }

  constructor(options: LateBlocksOptions) {
    this.#options = options
  }

  /** Far slower than the best peer that has the piece. The best one itself never is. */
  isTooSlow(requests: PeerRequests, piece: number, nowMs: number): boolean {
    if (requests.pipeline.rate === 0) return false
    if (this.#best.piece !== piece || nowMs - this.#best.atMs > LATE_EVERY_MS) {
      let expectedMs = Number.POSITIVE_INFINITY
      for (const other of this.#options.requests.all.values()) {
        if (!other.isUnchoked || other.isStalled || other.pipeline.rate === 0 || !other.peer.has(piece)) continue
        expectedMs = Math.min(expectedMs, other.pipeline.expectedMs(0))
      }
      this.#best = { piece, expectedMs, atMs: nowMs }
    }
    return requests.pipeline.expectedMs(0) > Math.max(SLOW_FLOOR_MS, SLOW_FACTOR * this.#best.expectedMs)
  }

  /** Asks again, of a peer with room, the blocks of waited pieces that another will bring much later. */
  rescue(requests: PeerRequests, nowMs: number): void {
    const { plan, pieces, demand } = this.#options
    if (this.#options.requests.all.size < 2 || nowMs - requests.rescuedAtMs < RESCUE_PAUSE_MS) return
    requests.rescuedAtMs = nowMs
    let looked = 0
    for (const piece of demand.waitedPieces()) {
      if (looked >= RESCUE_PIECES || requests.room <= 0) return
      const partial = pieces.get(piece)
      if (!partial || plan.rankOf(piece) !== URGENT) continue
      looked++
      if (partial.onlyFrom !== undefined || !requests.peer.has(piece) || this.#isOutdone(requests, piece, nowMs))
        continue
      this.#rescuePiece(requests, partial, nowMs)
    }
  }

  /** Whether a piece is waited for that lacks blocks. */
  get isAnyWaited(): boolean {
    for (const piece of this.#options.demand.waitedPieces()) if (this.#options.pieces.get(piece)) return true
    return false
  }

  /** Another peer, which is not late itself, would bring a block of the piece far sooner. */
  #isOutdone(requests: PeerRequests, piece: number, nowMs: number): boolean {
    const enoughMs = requests.expectedMs() / OUTDONE_FACTOR
    for (const other of this.#options.requests.all.values()) {
      if (other.room <= 0 || other.expectedMs() >= enoughMs || other.isLate(nowMs)) continue
      if (other.peer.has(piece)) return true
    }
    return false
  }

  #rescuePiece(requests: PeerRequests, partial: PartialPiece<BlockPeer>, nowMs: number): void {
    const books = this.#options.requests
    for (let block = 0; block < partial.blockCount && requests.room > 0; block++) {
      const other = partial.askedOf(block)
      if (!other || other === requests.peer || !partial.isAsked(block)) continue
      const key = books.keyOf(partial.piece, block)
      const sent = books.get(other)?.inFlight.get(key)
      if (!sent || requests.inFlight.has(key)) continue
      const elapsedMs = nowMs - sent.sentAtMs
      // One that is late is taken to need as long again as it has had already.
      const restMs = Math.max(sent.dueAtMs - nowMs, nowMs > sent.dueAtMs ? elapsedMs : 0)
      if (restMs < 2 * requests.expectedMs() + 20) continue
      if (!this.#options.askAgain(requests, partial, block, nowMs)) return
    }
  }
}
