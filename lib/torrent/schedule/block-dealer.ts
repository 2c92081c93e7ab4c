import type { Clock } from '../../domain/clock.ts'
import type { PieceLayout } from '../../domain/piece-layout.ts'
import type { TokenBucket } from '../limits/token-bucket.ts'
import type { BlockPeer } from './block-peer.ts'
import type { BlockRequests } from './block-requests.ts'
import { LateBlocks } from './late-blocks.ts'
import type { OpenPieces } from './open-pieces.ts'
import type { PartialPiece } from './partial-piece.ts'
import type { PeerRequests } from './peer-requests.ts'
import type { PieceDemand } from './piece-demand.ts'
import type { PieceMemory } from './piece-memory.ts'
import { PlanWalk, type PlanWork } from './plan-walk.ts'
import { AHEAD, URGENT, type WindowPlan } from './window-plan.ts'

export interface BlockDealerOptions {
  readonly layout: PieceLayout
  readonly clock: Clock
  readonly demand: PieceDemand
  readonly plan: WindowPlan
  readonly pieces: OpenPieces
  readonly requests: BlockRequests
  readonly memory: PieceMemory
  /** Payload of all torrents. */
  readonly downloadLimit: TokenBucket
  /** Memory or the download limit, which stopped the dealing, allows more. Always the same function. */
  readonly onAllowed: () => void
  /** A look ended before its end: the peers are to be filled again in a later turn. */
  onUnfinished(): void
  /** Blocks are in flight. */
  onAsked(): void
}

/** How far one look for a block walks before it lets others run; it goes on where it stopped. */
const MAX_STEPS = 64
/** Asks blocks of peers in the order of the plan, as many as each peer's pipeline takes. */
export class BlockDealer implements PlanWork {
  readonly walk: PlanWalk
  readonly #options: BlockDealerOptions
  readonly #late: LateBlocks
  /** Whose turn it is when memory or the limit allows a little. */
  #turn = 0

  constructor(options: BlockDealerOptions) {
    const { clock, demand, plan, pieces, requests } = options
    this.#options = options
    this.walk = new PlanWalk(plan, this)
    this.#late = new LateBlocks({
      clock,
      demand,
      plan,
      pieces,
      requests,
      askAgain: (asked, partial, block, nowMs) => this.#ask(asked, partial, block, nowMs),
    })
  }

  /** Whether a reader waits for a piece that lacks blocks. */
  get isAnyWaited(): boolean {
    return this.#late.isAnyWaited
  }

  /** Fills every peer, so that what comes first in the plan comes from all of them at once. */
  dealAll(): void {
    const peers = [...this.#options.requests.all.values()]
    const byRate = peers.filter((requests) => requests.room > 0).sort((a, b) => b.pipeline.rate - a.pipeline.rate)
    this.walk.rewindFreed(peers)
    this.#dealInTurn(byRate)
    for (const requests of byRate) this.fill(requests)
  }

  /** Fills peers that have room, in turn, until memory or the download limit stops it again. */
  dealSome(): void {
    const peers = [...this.#options.requests.all.values()]
    for (let looked = 0; looked < peers.length; looked++) {
      const requests = peers[this.#turn++ % peers.length]
      if (requests && requests.room > 0 && this.fill(requests) === 'stopped') return
    }
  }

  /** Asks the peer for as much as it has room for, in one write. */
  fill(requests: PeerRequests): 'stopped' | 'filled' {
    const nowMs = this.#options.clock.monotonicMs()
    requests.answeredBlocks = 0
    this.walk.rewindFreed(this.#options.requests.all.values())
    const taken = this.#take(requests, Number.POSITIVE_INFINITY, false, nowMs)
    if (requests.room > 0) this.#late.rescue(requests, nowMs)
    requests.peer.flush()
    if (requests.inFlight.size > 0) this.#options.onAsked()
    return taken === 'stopped' ? 'stopped' : 'filled'
  }

  /** The piece may have free blocks again. If it was let go for want of memory, some has to be released first. */
  free(piece: number): void {
    this.walk.free(piece)
    this.#options.memory.onRelease(this.#options.onAllowed)
  }

  /** Waits for nothing any more. */
  rest(): void {
    const { memory, downloadLimit, onAllowed } = this.#options
    memory.forget(onAllowed)
    downloadLimit.forget(onAllowed)
  }

  /** An urgent piece that the peer could be asked for now, or -1. */
  nextUrgent(requests: PeerRequests): number {
    if (!this.walk.hasUrgent) return -1
    const { piece } = this.walk.next(requests, MAX_STEPS, this.#options.clock.monotonicMs())
    return piece >= 0 && this.#options.plan.rankOf(piece) === URGENT ? piece : -1
  }

  isTaken(piece: number): boolean {
    const { pieces, demand } = this.#options
    const partial = pieces.get(piece)
    if (partial) return partial.freeBlocks === 0
    return demand.isStored(piece) || pieces.isVerifying(piece)
  }

  hasWorkFor(requests: PeerRequests, piece: number, nowMs: number): boolean {
    const { pieces, demand } = this.#options
    const partial = pieces.get(piece)
    if (partial) {
      if (partial.freeBlocks === 0 || !requests.peer.has(piece)) return false
      if (partial.onlyFrom !== undefined && partial.onlyFrom !== requests.peer) return false
      if (this.#options.requests.nextFree(requests, partial, 0) < 0) return false
    } else if (!requests.peer.has(piece) || demand.isStored(piece) || pieces.isVerifying(piece)) return false
    return !demand.isWaited(piece) || !this.#late.isTooSlow(requests, piece, nowMs)
  }

  /** Each block before the read-ahead to whom it would come from first. One that never answered counts as no slower than the fastest. */
  #dealInTurn(byRate: readonly PeerRequests[]): void {
    const nowMs = this.#options.clock.monotonicMs()
    const fastest = byRate[0]?.pipeline
    const nextMs = ({ pipeline, inFlight }: PeerRequests): number =>
      (pipeline.isKnown ? pipeline : fastest)?.expectedMs(inFlight.size) ?? 0
    let players = byRate
    while (players.length > 1) {
      const firstMs = players.reduce((least, requests) => Math.min(least, nextMs(requests)), Number.POSITIVE_INFINITY)
      const untilMs = firstMs + (fastest?.blockMs ?? 0)
      players = players.filter(
        (requests) => nextMs(requests) > untilMs || this.#take(requests, 1, true, nowMs) === 'asked',
      )
    }
  }

  /** Asks for up to `maxBlocks` in the order of the plan. Stopped by memory or the limit. */
  #take(
    requests: PeerRequests,
    maxBlocks: number,
    onlyPressing: boolean,
    nowMs: number,
  ): 'asked' | 'nothing' | 'stopped' {
    const { plan, pieces, memory, onAllowed } = this.#options
    const before = requests.inFlight.size
    const until = before + Math.min(maxBlocks, requests.room)
    let steps = MAX_STEPS
    let wasStopped = false
    while (requests.inFlight.size < until) {
      const found = this.walk.next(requests, steps, nowMs)
      steps = found.steps
      if (found.piece < 0) break
      const rank = plan.rankOf(found.piece)
      if (onlyPressing && rank >= AHEAD) break
      const enough = rank === URGENT ? until : Math.min(until, requests.pipeline.calmBlocks)
      if (requests.inFlight.size >= enough) break
      const partial = pieces.open(found.piece, requests.peer)
      if (!partial) memory.onRelease(onAllowed)
      wasStopped = !partial || !this.#askBlocks(requests, partial, enough, nowMs)
      if (wasStopped) break
    }
    if (steps <= 0) this.#options.onUnfinished()
    if (before === 0 && requests.inFlight.size > 0) {
      requests.lastBlockAtMs = nowMs
      requests.pipeline.onIdle()
    }
    if (wasStopped) return 'stopped'
    return requests.inFlight.size > before ? 'asked' : 'nothing'
  }

  /** False when the download limit stops it. */
  #askBlocks(requests: PeerRequests, partial: PartialPiece<BlockPeer>, until: number, nowMs: number): boolean {
    const books = this.#options.requests
    let block = books.nextFree(requests, partial, 0)
    while (block >= 0 && requests.inFlight.size < until) {
      if (!this.#ask(requests, partial, block, nowMs)) return false
      block = books.nextFree(requests, partial, block + 1)
    }
    return true
  }

  #ask(requests: PeerRequests, partial: PartialPiece<BlockPeer>, block: number, nowMs: number): boolean {
    const { layout, downloadLimit, onAllowed } = this.#options
    if (!downloadLimit.take(layout.blockLength(partial.piece, block), onAllowed)) return false
    this.#options.requests.ask(requests, partial, block, nowMs)
    return true
  }
}
