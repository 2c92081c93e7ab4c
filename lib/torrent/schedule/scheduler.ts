import type { Clock, Timer } from '../../domain/clock.ts'
import { AppError } from '../../domain/errors.ts'
import { BLOCK_BYTES, type PieceLayout } from '../../domain/piece-layout.ts'
import type { PieceWindow, WindowOwner } from '../../domain/torrent.ts'
import type { SharedBudget } from '../limits/shared-budget.ts'
import type { TokenBucket } from '../limits/token-bucket.ts'
import type { BlockPeer } from './block-peer.ts'
import { BlockRequests } from './block-requests.ts'
import { LATE_EVERY_MS, LateBlocks } from './late-blocks.ts'
import { OpenPieces } from './open-pieces.ts'
import type { PartialPiece } from './partial-piece.ts'
import type { PeerRequests } from './peer-requests.ts'
import { PlanWalk } from './plan-walk.ts'
import { SilentPeers } from './silent-peers.ts'
import { AHEAD, NOT_WANTED, URGENT, WindowPlan } from './window-plan.ts'

/** What the scheduler needs to know, and whom it tells. */
export interface SchedulerHost {
  isStored(piece: number): boolean
  /** Whether a reader waits for the piece now. */
  isWaited(piece: number): boolean
  /** Every block is there; `bytes` is the host's now. It answers with `verified`, `failed` or, for its part of the memory, `settled`. */
  onComplete(piece: number, bytes: Uint8Array, sources: readonly (BlockPeer | undefined)[]): void
  /** Received bytes that are of no use. */
  onWaste(bytes: number): void
  /** A peer that left its requests unanswered for a long time. */
  onUnresponsive(peer: BlockPeer): void
  /** After the plan took in what changed in this tick. */
  onPlanned(windows: readonly PieceWindow[]): void
}

export interface SchedulerOptions {
  readonly layout: PieceLayout
  readonly clock: Clock
  readonly host: SchedulerHost
  /** Memory of partial pieces, shared by all torrents. */
  readonly budget: SharedBudget
  /** Payload of all torrents. */
  readonly downloadLimit: TokenBucket
}

/** How far one look for a block walks before it lets others run; it goes on where it stopped. */
const MAX_STEPS = 512
/** Urgent blocks that the fastest peer gets in one round of dealing. */
const HAND_BLOCKS = 4
const STALL_EVERY_MS = 500

/**
 * Decides which block is asked of which peer. One plan out of all windows; each peer walks it with a cursor of its own,
 * so that a block costs the same for any number of pieces, windows and peers. A place that becomes free again moves the
 * cursors back. Nothing outside the windows is asked; what leaves them is cancelled.
 */
export class Scheduler {
  readonly #layout: PieceLayout
  readonly #clock: Clock
  readonly #host: SchedulerHost
  readonly #budget: SharedBudget
  readonly #downloadLimit: TokenBucket
  readonly #plan: WindowPlan
  readonly #walk: PlanWalk
  readonly #availability: Uint16Array
  readonly #requests: BlockRequests
  readonly #pieces: OpenPieces
  readonly #late: LateBlocks
  readonly #silent: SilentPeers
  readonly #timer: Timer
  #isTimerArmed = false
  #pending: NodeJS.Immediate | undefined
  #isClosed = false
  #updates = 0

  constructor(options: SchedulerOptions) {
    const { layout, clock, host } = options
    this.#layout = layout
    this.#clock = clock
    this.#host = host
    this.#budget = options.budget
    this.#downloadLimit = options.downloadLimit
    this.#plan = new WindowPlan(layout.pieceCount)
    this.#walk = new PlanWalk(this.#plan, {
      isTaken: (piece) => this.#isTaken(piece),
      hasWorkFor: (requests, piece, nowMs) => this.#hasWorkFor(requests, piece, nowMs),
    })
    this.#availability = new Uint16Array(layout.pieceCount)
    this.#requests = new BlockRequests(layout)
    const onFreed = (piece: number) => this.#rewindAll(piece)
    this.#pieces = new OpenPieces({
      layout,
      plan: this.#plan,
      budget: options.budget,
      onAbandon: (partial) => this.#requests.cancelPiece(partial),
      onFreed,
      onWaste: (bytes) => host.onWaste(bytes),
    })
    const shared = { pieces: this.#pieces, requests: this.#requests }
    this.#late = new LateBlocks({
      ...shared,
      clock,
      plan: this.#plan,
      isWaited: (piece) => host.isWaited(piece),
      askAgain: (requests, partial, block, nowMs) => this.#ask(requests, partial, block, nowMs),
    })
    this.#silent = new SilentPeers({ ...shared, onUnresponsive: (peer) => host.onUnresponsive(peer), onFreed })
    this.#timer = clock.timer(() => this.#onTimer())
  }

  /** How often windows took effect. */
  get updates(): number {
    return this.#updates
  }

  /** Blocks asked and not answered, over all peers. */
  get inFlightBlocks(): number {
    let blocks = 0
    for (const requests of this.#requests.all.values()) blocks += requests.inFlight.size
    return blocks
  }

  get wantsAnything(): boolean {
    return !this.#plan.isEmpty
  }

  /** What came of a piece that is not stored: its whole length while it is verified. */
  receivedBytes(piece: number): number {
    return this.#pieces.receivedBytes(piece)
  }

  /** Bytes a second that this peer gives. */
  rateOf(peer: BlockPeer): number {
    return (this.#requests.get(peer)?.pipeline.rate ?? 0) * 1000
  }

  /** Takes effect once, however often it is called in this turn of the event loop. */
  setWindows(owner: WindowOwner, windows: readonly PieceWindow[]): void {
    this.#plan.set(owner, windows)
    this.#updateSoon()
  }

  addPeer(peer: BlockPeer): void {
    this.#requests.add(peer)
  }

  /** The peer is gone: its blocks are free at once. */
  removePeer(peer: BlockPeer): void {
    const requests = this.#requests.get(peer)
    if (!requests) return
    this.#requests.remove(peer)
    this.#releaseAll(requests, false)
    for (let piece = 0; piece < this.#availability.length; piece++) {
      if (peer.has(piece)) this.#availability[piece] = (this.#availability[piece] ?? 1) - 1
    }
    this.#pieces.restartOf(peer)
    this.#updateSoon()
  }

  /** The peer announced a set of pieces, as the first thing it said of them. */
  onBitfield(peer: BlockPeer): void {
    for (let piece = 0; piece < this.#availability.length; piece++) {
      if (peer.has(piece)) this.#availability[piece] = (this.#availability[piece] ?? 0) + 1
    }
    const requests = this.#requests.get(peer)
    if (!requests) return
    this.#walk.restart(requests)
    this.#fill(requests)
  }

  /** The peer got one more piece. */
  onHave(peer: BlockPeer, piece: number): void {
    this.#availability[piece] = (this.#availability[piece] ?? 0) + 1
    const requests = this.#requests.get(peer)
    if (!requests || this.#plan.rankOf(piece) === NOT_WANTED) return
    this.#walk.rewind(requests, piece)
    this.#fill(requests)
  }

  onUnchoke(peer: BlockPeer): void {
    const requests = this.#requests.get(peer)
    if (!requests) return
    requests.isUnchoked = true
    this.#walk.restart(requests)
    this.#fill(requests)
  }

  /** BEP 3: a choke drops what was asked. */
  onChoke(peer: BlockPeer): void {
    const requests = this.#requests.get(peer)
    if (!requests) return
    requests.isUnchoked = false
    this.#releaseAll(requests, true)
    this.#pieces.restartOf(peer)
    this.#updateSoon()
  }

  /** The peer said how much it queues. */
  onRequestQueue(peer: BlockPeer): void {
    this.#requests.get(peer)?.pipeline.limit(peer.requestQueue)
  }

  /** Takes in a block; `data` is copied. Throws `invalid` for one that no honest peer sends. */
  onBlock(peer: BlockPeer, piece: number, offsetBytes: number, data: Uint8Array): void {
    const requests = this.#requests.get(peer)
    if (!requests) return
    const block = offsetBytes / BLOCK_BYTES
    if (
      piece >= this.#layout.pieceCount ||
      !Number.isInteger(block) ||
      block >= this.#layout.blockCount(piece) ||
      data.length !== this.#layout.blockLength(piece, block)
    ) {
      throw new AppError('invalid', `block of ${data.length} bytes at ${piece}:${offsetBytes}`)
    }
    const nowMs = this.#clock.monotonicMs()
    this.#requests.account(requests, this.#requests.keyOf(piece, block), data.length, nowMs)
    requests.lastBlockAtMs = nowMs
    requests.isStalled = false

    const partial = this.#pieces.get(piece)
    if (!partial || partial.isReceived(block) || (partial.onlyFrom !== undefined && partial.onlyFrom !== peer)) {
      this.#host.onWaste(data.length)
      return
    }
    if (partial.isDoubled(block) || partial.askedOf(block) !== peer) this.#cancelElsewhere(requests, piece, block)
    partial.receive(block, data, peer)
    if (!partial.isComplete) return
    this.#pieces.complete(partial)
    this.#host.onComplete(piece, partial.bytes, partial.sources)
  }

  /** A chunk of the peer's bytes was taken in: asks for as much again, in one write. */
  onChunkEnd(peer: BlockPeer): void {
    const requests = this.#requests.get(peer)
    if (!requests) return
    if (this.#silent.checkLost(requests)) this.#updateSoon()
    this.#fill(requests)
  }

  /** The piece is in the store. Its memory stays reserved until `settled`. */
  verified(piece: number): void {
    this.#pieces.verified(piece)
  }

  /** The piece was wrong. With several sources its next attempt takes all blocks from one. */
  failed(piece: number, hadSeveralSources: boolean): void {
    this.#pieces.failed(piece, hadSeveralSources)
    this.#updateSoon()
  }

  /** The bytes that `onComplete` handed over are out of memory. */
  settled(piece: number): void {
    this.#pieces.settled(piece)
  }

  /** A stored piece is gone: wanted again if a window has it. */
  onDropped(piece: number): void {
    if (this.#plan.rankOf(piece) === NOT_WANTED) return
    this.#rewindAll(piece)
    this.#updateSoon()
  }

  /** Off the network: no timer, no memory of unfinished pieces. The windows stay. */
  rest(): void {
    for (const peer of [...this.#requests.all.keys()]) this.removePeer(peer)
    this.#pieces.abandonAll()
    this.#budget.forget(this.#wake)
    this.#downloadLimit.forget(this.#wake)
    this.#timer.disarm()
    this.#isTimerArmed = false
  }

  /** Asks nothing any more. Idempotent. */
  close(): void {
    if (this.#isClosed) return
    this.rest()
    this.#isClosed = true
    this.#timer.dispose()
    if (this.#pending) clearImmediate(this.#pending)
  }

  readonly #wake = (): void => {
    this.#pieces.reconsider()
    this.#updateSoon()
  }

  #updateSoon(): void {
    if (this.#isClosed) return
    this.#pending ??= setImmediate(() => {
      this.#pending = undefined
      this.#update()
    })
  }

  #update(): void {
    const peers = this.#requests.all
    if (this.#plan.build(this.#availability)) {
      this.#pieces.reconsider()
      this.#updates++
      this.#cancelUnwanted()
      this.#walk.onBuilt(peers.values())
      for (const requests of peers.values()) this.#makeWay(requests)
      this.#host.onPlanned(this.#plan.windows)
    }
    const byRate = [...peers.values()].sort((a, b) => b.pipeline.rate - a.pipeline.rate)
    this.#dealUrgent(byRate.filter((requests) => requests.room > 0))
    for (const requests of byRate) this.#fill(requests)
  }

  /** Deals urgent blocks out in small hands by speed, so that all peers bring the piece that is waited for at once. */
  #dealUrgent(byRate: readonly PeerRequests[]): void {
    const nowMs = this.#clock.monotonicMs()
    const bestRate = byRate[0]?.pipeline.rate ?? 0
    let players = byRate
    while (players.length > 1) {
      players = players.filter((requests) => {
        const { rate } = requests.pipeline
        const hand = rate === 0 ? HAND_BLOCKS : Math.ceil((HAND_BLOCKS * rate) / bestRate)
        return this.#take(requests, hand, true, nowMs) > 0
      })
    }
  }

  #fill(requests: PeerRequests): void {
    const nowMs = this.#clock.monotonicMs()
    this.#take(requests, Number.POSITIVE_INFINITY, false, nowMs)
    if (requests.room > 0) this.#late.rescue(requests, nowMs)
    requests.peer.flush()
    if (requests.inFlight.size > 0) this.#armTimer()
  }

  /** Asks for up to `maxBlocks` in the order of the plan; returns how many. */
  #take(requests: PeerRequests, maxBlocks: number, onlyUrgent: boolean, nowMs: number): number {
    const before = requests.inFlight.size
    const until = before + Math.min(maxBlocks, requests.room)
    let steps = MAX_STEPS
    while (requests.inFlight.size < until) {
      const found = this.#walk.next(requests, steps, nowMs)
      steps = found.steps
      if (found.piece < 0) break
      const rank = this.#plan.rankOf(found.piece)
      if (onlyUrgent && rank !== URGENT) break
      const enough = rank < AHEAD ? until : Math.min(until, requests.pipeline.calmBlocks)
      if (requests.inFlight.size >= enough) break
      const partial = this.#pieces.open(found.piece, requests.peer)
      if (!partial) {
        this.#budget.onRelease(this.#wake)
        break
      }
      if (!this.#askBlocks(requests, partial, enough, nowMs)) break
    }
    if (steps <= 0) this.#updateSoon()
    if (before === 0 && requests.inFlight.size > 0) {
      requests.lastBlockAtMs = nowMs
      requests.pipeline.onIdle()
    }
    return requests.inFlight.size - before
  }

  /** Nobody can be asked anything of this piece. */
  #isTaken(piece: number): boolean {
    const partial = this.#pieces.get(piece)
    if (partial) return partial.freeBlocks === 0
    return this.#pieces.isVerifying(piece) || this.#host.isStored(piece)
  }

  #hasWorkFor(requests: PeerRequests, piece: number, nowMs: number): boolean {
    if (!requests.peer.has(piece) || this.#pieces.isVerifying(piece) || this.#host.isStored(piece)) return false
    const partial = this.#pieces.get(piece)
    if (partial) {
      if (partial.freeBlocks === 0) return false
      if (partial.onlyFrom !== undefined && partial.onlyFrom !== requests.peer) return false
      if (this.#requests.nextFree(requests, partial, 0) < 0) return false
    }
    return !this.#host.isWaited(piece) || !this.#late.isTooSlow(requests, piece, nowMs)
  }

  /** False when the download limit stops it. */
  #askBlocks(requests: PeerRequests, partial: PartialPiece<BlockPeer>, until: number, nowMs: number): boolean {
    let block = this.#requests.nextFree(requests, partial, 0)
    while (block >= 0 && requests.inFlight.size < until) {
      if (!this.#ask(requests, partial, block, nowMs)) return false
      block = this.#requests.nextFree(requests, partial, block + 1)
    }
    return true
  }

  #ask(requests: PeerRequests, partial: PartialPiece<BlockPeer>, block: number, nowMs: number): boolean {
    const lengthBytes = this.#layout.blockLength(partial.piece, block)
    if (!this.#downloadLimit.take(lengthBytes, this.#wake)) return false
    this.#requests.ask(requests, partial, block, nowMs)
    return true
  }

  #cancelElsewhere(but: PeerRequests, piece: number, block: number): void {
    for (const requests of this.#requests.cancelElsewhere(but, piece, block)) {
      requests.peer.flush()
      this.#updateSoon()
    }
  }

  #cancelUnwanted(): void {
    for (const requests of this.#requests.all.values()) {
      for (const key of requests.inFlight.keys()) {
        const piece = this.#requests.pieceOf(key)
        if (this.#plan.rankOf(piece) === NOT_WANTED) this.#takeBack(requests, key)
      }
    }
    this.#pieces.dropUnwanted()
  }

  /** When urgent blocks are free and the peer is busy with less, takes back what it cannot have begun to send. */
  #makeWay(requests: PeerRequests): void {
    if (!requests.isUnchoked || requests.room > 0) return
    if (!this.#walk.hasUrgent) return
    const nowMs = this.#clock.monotonicMs()
    const { piece } = this.#walk.next(requests, MAX_STEPS, nowMs)
    if (piece < 0 || this.#plan.rankOf(piece) !== URGENT) return
    let spare = requests.inFlight.size - requests.pipeline.linedUp(requests.inFlight.size)
    for (const key of [...requests.inFlight.keys()].reverse()) {
      if (spare-- <= 0) break
      const other = this.#requests.pieceOf(key)
      if (this.#plan.rankOf(other) === URGENT) continue
      this.#takeBack(requests, key)
      this.#rewindAll(other)
    }
  }

  #takeBack(requests: PeerRequests, key: number): void {
    this.#requests.cancel(requests, key)
    this.#pieces.get(this.#requests.pieceOf(key))?.giveBack(this.#requests.blockOf(key), requests.peer, true)
  }

  #releaseAll(requests: PeerRequests, mayCome: boolean): void {
    const freed = new Set<number>()
    for (const key of requests.inFlight.keys()) {
      const piece = this.#requests.pieceOf(key)
      const block = this.#requests.blockOf(key)
      if (this.#pieces.get(piece)?.giveBack(block, requests.peer, mayCome)) freed.add(piece)
    }
    this.#requests.forgetAll(requests, mayCome)
    for (const piece of freed) this.#rewindAll(piece)
  }

  #rewindAll(piece: number): void {
    this.#walk.rewindAll(this.#requests.all.values(), piece)
  }

  #armTimer(): void {
    if (this.#isTimerArmed) return
    this.#isTimerArmed = true
    this.#timer.arm(this.#requests.all.size > 1 && this.#late.isAnyWaited ? LATE_EVERY_MS : STALL_EVERY_MS)
  }

  /** Runs only while blocks are in flight. */
  #onTimer(): void {
    this.#isTimerArmed = false
    const nowMs = this.#clock.monotonicMs()
    for (const requests of [...this.#requests.all.values()]) {
      if (this.#silent.checkStall(requests, nowMs)) this.#updateSoon()
    }
    let inFlight = 0
    for (const requests of this.#requests.all.values()) {
      if (requests.room > 0) this.#fill(requests)
      inFlight += requests.inFlight.size
    }
    if (inFlight > 0) this.#armTimer()
  }
}
