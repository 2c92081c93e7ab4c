import type { BlockPeer } from './block-peer.ts'
import { RequestPipeline } from './request-pipeline.ts'

export interface SentRequest {
  readonly sentAtMs: number
  /** When it should arrive, by what was known of the peer when it was sent. */
  readonly dueAtMs: number
  /** Grows with each request to this peer. */
  readonly order: number
}

const MAX_CANCELLED_KEYS = 2048
/** So many answers at most are waited for before as much is asked again. */
const MAX_HELD_BLOCKS = 16

/** The scheduler's books on one peer. */
export class PeerRequests {
  readonly peer: BlockPeer
  readonly pipeline = new RequestPipeline()
  /** By block key, oldest first. */
  readonly inFlight = new Map<number, SentRequest>()
  nextOrder = 0
  /** The latest request that was answered. */
  lastAnswered = -1
  /** Since it was asked for more. */
  answeredBlocks = 0
  isUnchoked = false
  /** Asked, and silent for longer than its measured delay explains: its blocks are free for others. */
  isStalled = false
  lastBlockAtMs = 0
  rescuedAtMs = Number.NEGATIVE_INFINITY
  /** Nothing before these places of the plan can be asked of this peer. */
  frontCursor = 0
  idleCursor = 0
  /** Blocks that may come though they are not in flight any more: cancelled ones on the line. */
  cancelledBlocks = 0
  /** Keys of the last of them, oldest first: when one is asked again, nobody knows which request its answer is to. */
  readonly #cancelled = new Set<number>()
  unaskedBlocks = 0

  constructor(peer: BlockPeer) {
    this.peer = peer
    this.pipeline.limit(peer.requestQueue)
  }

  get room(): number {
    return this.isUnchoked && !this.isStalled ? this.pipeline.targetBlocks - this.inFlight.size : 0
  }

  /** The block is not in flight any more, but may come. */
  giveUp(key: number): void {
    this.inFlight.delete(key)
    this.cancelledBlocks++
    this.#cancelled.add(key)
    for (const oldest of this.#cancelled) {
      if (this.#cancelled.size <= MAX_CANCELLED_KEYS) break
      this.#cancelled.delete(oldest)
    }
  }

  /** Whether what came now may be the answer to an earlier request, which was given up. True once for each. */
  takeCancelled(key: number): boolean {
    return this.#cancelled.delete(key)
  }

  /** Whether enough was answered to be worth a message: one for each block would cost both ends more than the block. */
  get mayAskAgain(): boolean {
    const enough = Math.max(1, Math.min(MAX_HELD_BLOCKS, this.inFlight.size >> 3))
    return this.room > 0 && this.answeredBlocks >= enough
  }

  /** Its oldest request should have been answered. */
  isLate(nowMs: number): boolean {
    const oldest = this.inFlight.values().next().value
    return oldest !== undefined && oldest.dueAtMs < nowMs
  }

  /** When a block asked now should arrive. */
  expectedMs(): number {
    return this.pipeline.expectedMs(this.inFlight.size)
  }

  /** Requests that later ones overtook, by more than `slack` places: peers answer in order, or nearly. Oldest first. */
  overtaken(slack: number): readonly number[] {
    const keys: number[] = []
    for (const [key, sent] of this.inFlight) {
      if (sent.order + slack >= this.lastAnswered) break
      keys.push(key)
    }
    return keys
  }
}
