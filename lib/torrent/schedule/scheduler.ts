import type { Clock, Timer } from '../../domain/clock.ts'
import { AppError } from '../../domain/errors.ts'
import { BLOCK_BYTES, type PieceLayout } from '../../domain/piece-layout.ts'
import type { PieceWindow, WindowOwner } from '../../domain/torrent.ts'
import type { SharedBudget } from '../limits/shared-budget.ts'
import type { TokenBucket } from '../limits/token-bucket.ts'
import type { BlockPeer } from './block-peer.ts'
import { PartialPiece } from './partial-piece.ts'
import { PeerRequests } from './peer-requests.ts'
import { PlanWalk } from './plan-walk.ts'
import { NOT_WANTED, URGENT, WindowPlan } from './window-plan.ts'

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
const RESCUE_EVERY_MS = 60
/** One peer looks for others' late blocks no oftener. */
const RESCUE_PAUSE_MS = 10
const RESCUE_PIECES = 4
/** A peer is too slow for a waited piece when it needs this much longer than the best one. */
const SLOW_FACTOR = 4
const SLOW_FLOOR_MS = 400
const UNRESPONSIVE_MS = 45_000
const MAX_UNASKED_BLOCKS = 64

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
  readonly #keyStride: number
  readonly #peers = new Map<BlockPeer, PeerRequests>()
  /** In the order of their opening. */
  readonly #partials = new Map<number, PartialPiece<BlockPeer>>()
  readonly #verifying = new Set<number>()
  /** Pieces that failed with several sources: their next attempt has one. */
  readonly #singleSource = new Set<number>()
  readonly #timer: Timer
  /** How soon the best peer would bring a block of the piece that was looked at last. */
  #best = { piece: -1, expectedMs: 0, atMs: 0 }
  #isTimerArmed = false
  /** There was no memory for pieces of this rank, nor for less pressing ones; looked at again when some is released. */
  #fullFromRank = NOT_WANTED
  #pending: NodeJS.Immediate | undefined
  #isClosed = false
  #updates = 0

  constructor(options: SchedulerOptions) {
    this.#layout = options.layout
    this.#clock = options.clock
    this.#host = options.host
    this.#budget = options.budget
    this.#downloadLimit = options.downloadLimit
    this.#plan = new WindowPlan(options.layout.pieceCount)
    this.#walk = new PlanWalk(this.#plan, {
      isTaken: (piece) => this.#isTaken(piece),
      hasWorkFor: (requests, piece, nowMs) => this.#hasWorkFor(requests, piece, nowMs),
    })
    this.#availability = new Uint16Array(options.layout.pieceCount)
    this.#keyStride = Math.ceil(options.layout.pieceBytes / BLOCK_BYTES)
    this.#timer = options.clock.timer(() => this.#onTimer())
  }

  /** How often windows took effect. */
  get updates(): number {
    return this.#updates
  }

  /** Blocks asked and not answered, over all peers. */
  get inFlightBlocks(): number {
    let blocks = 0
    for (const requests of this.#peers.values()) blocks += requests.inFlight.size
    return blocks
  }

  get wantsAnything(): boolean {
    return !this.#plan.isEmpty
  }

  /** Bytes a second that this peer gives. */
  rateOf(peer: BlockPeer): number {
    return (this.#peers.get(peer)?.pipeline.rate ?? 0) * 1000
  }

  /** Takes effect once, however often it is called in this turn of the event loop. */
  setWindows(owner: WindowOwner, windows: readonly PieceWindow[]): void {
    this.#plan.set(owner, windows)
    this.#updateSoon()
  }

  addPeer(peer: BlockPeer): void {
    this.#peers.set(peer, new PeerRequests(peer))
  }

  /** The peer is gone: its blocks are free at once. */
  removePeer(peer: BlockPeer): void {
    const requests = this.#peers.get(peer)
    if (!requests) return
    this.#peers.delete(peer)
    this.#releaseAll(requests, false)
    for (let piece = 0; piece < this.#availability.length; piece++) {
      if (peer.has(piece)) this.#availability[piece] = (this.#availability[piece] ?? 1) - 1
    }
    this.#restartPiecesOf(peer)
    this.#updateSoon()
  }

  /** The peer announced a set of pieces, as the first thing it said of them. */
  onBitfield(peer: BlockPeer): void {
    for (let piece = 0; piece < this.#availability.length; piece++) {
      if (peer.has(piece)) this.#availability[piece] = (this.#availability[piece] ?? 0) + 1
    }
    const requests = this.#peers.get(peer)
    if (!requests) return
    this.#walk.restart(requests)
    this.#fill(requests)
  }

  /** The peer got one more piece. */
  onHave(peer: BlockPeer, piece: number): void {
    this.#availability[piece] = (this.#availability[piece] ?? 0) + 1
    const requests = this.#peers.get(peer)
    if (!requests || this.#plan.rankOf(piece) === NOT_WANTED) return
    this.#walk.rewind(requests, piece)
    this.#fill(requests)
  }

  onUnchoke(peer: BlockPeer): void {
    const requests = this.#peers.get(peer)
    if (!requests) return
    requests.isUnchoked = true
    this.#walk.restart(requests)
    this.#fill(requests)
  }

  /** BEP 3: a choke drops what was asked. */
  onChoke(peer: BlockPeer): void {
    const requests = this.#peers.get(peer)
    if (!requests) return
    requests.isUnchoked = false
    this.#releaseAll(requests, true)
    this.#restartPiecesOf(peer)
    this.#updateSoon()
  }

  /** The peer said how much it queues. */
  onRequestQueue(peer: BlockPeer): void {
    this.#peers.get(peer)?.pipeline.limit(peer.requestQueue)
  }

  /** Takes in a block; `data` is copied. Throws `invalid` for one that no honest peer sends. */
  onBlock(peer: BlockPeer, piece: number, offsetBytes: number, data: Uint8Array): void {
    const requests = this.#peers.get(peer)
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
    this.#account(requests, piece * this.#keyStride + block, data.length, nowMs)
    requests.lastBlockAtMs = nowMs
    requests.isStalled = false

    const partial = this.#partials.get(piece)
    if (!partial || partial.isReceived(block) || (partial.onlyFrom !== undefined && partial.onlyFrom !== peer)) {
      this.#host.onWaste(data.length)
      return
    }
    if (partial.isDoubled(block) || partial.askedOf(block) !== peer) this.#cancelElsewhere(requests, piece, block)
    partial.receive(block, data, peer)
    if (partial.isComplete) this.#complete(partial)
  }

  /** A chunk of the peer's bytes was taken in: asks for as much again, in one write. */
  onChunkEnd(peer: BlockPeer): void {
    const requests = this.#peers.get(peer)
    if (requests) this.#fill(requests)
  }

  /** The piece is in the store. Its memory stays reserved until `settled`. */
  verified(piece: number): void {
    this.#verifying.delete(piece)
    this.#singleSource.delete(piece)
  }

  /** The piece was wrong. With several sources its next attempt takes all blocks from one. */
  failed(piece: number, hadSeveralSources: boolean): void {
    this.#verifying.delete(piece)
    if (hadSeveralSources) this.#singleSource.add(piece)
    this.#host.onWaste(this.#layout.pieceLength(piece))
    this.#rewindAll(piece)
    this.#updateSoon()
  }

  /** The bytes that `onComplete` handed over are out of memory. */
  settled(piece: number): void {
    this.#budget.release(this.#layout.pieceLength(piece))
  }

  /** A stored piece is gone: wanted again if a window has it. */
  onDropped(piece: number): void {
    if (this.#plan.rankOf(piece) === NOT_WANTED) return
    this.#rewindAll(piece)
    this.#updateSoon()
  }

  /** Off the network: no timer, no memory of unfinished pieces. The windows stay. */
  rest(): void {
    for (const peer of [...this.#peers.keys()]) this.removePeer(peer)
    for (const partial of [...this.#partials.values()]) this.#abandon(partial)
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
    this.#fullFromRank = NOT_WANTED
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
    if (this.#plan.build(this.#availability)) {
      this.#fullFromRank = NOT_WANTED
      this.#updates++
      this.#cancelUnwanted()
      this.#walk.onBuilt(this.#peers.values())
      for (const requests of this.#peers.values()) this.#makeWay(requests)
      this.#host.onPlanned(this.#plan.windows)
    }
    const byRate = [...this.#peers.values()].sort((a, b) => b.pipeline.rate - a.pipeline.rate)
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
    if (requests.room > 0) this.#rescue(requests, nowMs)
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
      if (found.piece < 0 || (onlyUrgent && this.#plan.rankOf(found.piece) !== URGENT)) break
      const partial = this.#open(found.piece, requests.peer)
      if (!partial || !this.#askBlocks(requests, partial, until, nowMs)) break
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
    const partial = this.#partials.get(piece)
    if (partial) return partial.freeBlocks === 0
    return this.#verifying.has(piece) || this.#host.isStored(piece)
  }

  #hasWorkFor(requests: PeerRequests, piece: number, nowMs: number): boolean {
    if (!requests.peer.has(piece) || this.#verifying.has(piece) || this.#host.isStored(piece)) return false
    const partial = this.#partials.get(piece)
    if (partial) {
      if (partial.freeBlocks === 0) return false
      if (partial.onlyFrom !== undefined && partial.onlyFrom !== requests.peer) return false
      if (this.#nextBlock(requests, partial, 0) < 0) return false
    }
    return !this.#host.isWaited(piece) || !this.#isTooSlow(requests, piece, nowMs)
  }

  /** The next free block that this peer is not sending anyway. */
  #nextBlock(requests: PeerRequests, partial: PartialPiece<BlockPeer>, from: number): number {
    let block = partial.nextFree(from)
    while (block >= 0 && requests.inFlight.has(partial.piece * this.#keyStride + block)) {
      block = partial.nextFree(block + 1)
    }
    return block
  }

  /** False when the download limit stops it. */
  #askBlocks(requests: PeerRequests, partial: PartialPiece<BlockPeer>, until: number, nowMs: number): boolean {
    let block = this.#nextBlock(requests, partial, 0)
    while (block >= 0 && requests.inFlight.size < until) {
      const lengthBytes = this.#layout.blockLength(partial.piece, block)
      if (!this.#downloadLimit.take(lengthBytes, this.#wake)) return false
      this.#ask(requests, partial, block, nowMs)
      block = this.#nextBlock(requests, partial, block + 1)
    }
    return true
  }

  #ask(requests: PeerRequests, partial: PartialPiece<BlockPeer>, block: number, nowMs: number): void {
    requests.inFlight.set(partial.piece * this.#keyStride + block, {
      sentAtMs: nowMs,
      dueAtMs: nowMs + requests.expectedMs(),
    })
    partial.ask(block, requests.peer)
    requests.peer.request(partial.piece, block * BLOCK_BYTES, this.#layout.blockLength(partial.piece, block))
  }

  #open(piece: number, peer: BlockPeer): PartialPiece<BlockPeer> | undefined {
    const open = this.#partials.get(piece)
    if (open) return open
    if (!this.#reserve(piece)) {
      this.#budget.onRelease(this.#wake)
      return undefined
    }
    const partial = new PartialPiece<BlockPeer>(this.#layout, piece)
    if (this.#singleSource.has(piece)) partial.onlyFrom = peer
    this.#partials.set(piece, partial)
    return partial
  }

  /** Makes room by letting go of pieces that nobody wants, then of less pressing ones. One piece may always be open. */
  #reserve(piece: number): boolean {
    const bytes = this.#layout.pieceLength(piece)
    const rank = this.#plan.rankOf(piece)
    if (rank >= this.#fullFromRank) return false
    while (!this.#budget.reserve(bytes, this.#partials.size + this.#verifying.size === 0)) {
      let victim: PartialPiece<BlockPeer> | undefined
      for (const partial of this.#partials.values()) {
        const isLess = this.#plan.rankOf(partial.piece) > rank
        if (isLess && (!victim || this.#plan.rankOf(partial.piece) > this.#plan.rankOf(victim.piece))) victim = partial
      }
      if (!victim) {
        this.#fullFromRank = rank
        return false
      }
      this.#abandon(victim)
      this.#updateSoon()
    }
    return true
  }

  #abandon(partial: PartialPiece<BlockPeer>): void {
    this.#cancelPiece(partial)
    this.#forget(partial)
  }

  #forget(partial: PartialPiece<BlockPeer>): void {
    this.#partials.delete(partial.piece)
    if (partial.receivedBlocks > 0) this.#host.onWaste(partial.receivedBlocks * BLOCK_BYTES)
    this.#budget.release(this.#layout.pieceLength(partial.piece))
    if (this.#isClosed) return
    if (this.#plan.rankOf(partial.piece) !== NOT_WANTED) this.#rewindAll(partial.piece)
  }

  /** A piece that must come from one peer starts anew when that peer gives no more. */
  #restartPiecesOf(peer: BlockPeer): void {
    for (const partial of [...this.#partials.values()]) if (partial.onlyFrom === peer) this.#abandon(partial)
  }

  #complete(partial: PartialPiece<BlockPeer>): void {
    this.#partials.delete(partial.piece)
    this.#verifying.add(partial.piece)
    this.#host.onComplete(partial.piece, partial.bytes, partial.sources)
  }

  #account(requests: PeerRequests, key: number, bytes: number, nowMs: number): void {
    const sent = requests.inFlight.get(key)
    if (sent) {
      requests.inFlight.delete(key)
      requests.pipeline.onBlock(bytes, sent.sentAtMs, nowMs)
    } else if (requests.cancelledBlocks > 0) {
      requests.cancelledBlocks--
    } else if (++requests.unaskedBlocks > MAX_UNASKED_BLOCKS) {
      throw new AppError('invalid', 'blocks that nobody asked for')
    }
  }

  #cancel(requests: PeerRequests, key: number): void {
    const piece = Math.floor(key / this.#keyStride)
    const block = key % this.#keyStride
    requests.inFlight.delete(key)
    requests.cancelledBlocks++
    requests.peer.cancel(piece, block * BLOCK_BYTES, this.#layout.blockLength(piece, block))
  }

  #cancelElsewhere(but: PeerRequests, piece: number, block: number): void {
    const key = piece * this.#keyStride + block
    for (const requests of this.#peers.values()) {
      if (requests === but || !requests.inFlight.has(key)) continue
      this.#cancel(requests, key)
      this.#fillSoon(requests)
    }
  }

  /** Sends the cancel with what is asked instead. */
  #fillSoon(requests: PeerRequests): void {
    requests.peer.flush()
    this.#updateSoon()
  }

  #cancelPiece(partial: PartialPiece<BlockPeer>): void {
    for (let block = 0; block < partial.blockCount; block++) {
      const key = partial.piece * this.#keyStride + block
      const askedOf = partial.askedOf(block)
      const holders = partial.isDoubled(block) ? this.#peers.values() : askedOf ? [this.#peers.get(askedOf)] : []
      for (const requests of holders) if (requests?.inFlight.has(key)) this.#cancel(requests, key)
    }
  }

  #cancelUnwanted(): void {
    for (const requests of this.#peers.values()) {
      for (const key of requests.inFlight.keys()) {
        const piece = Math.floor(key / this.#keyStride)
        if (this.#plan.rankOf(piece) !== NOT_WANTED) continue
        this.#cancel(requests, key)
        this.#partials.get(piece)?.giveBack(key % this.#keyStride, requests.peer, true)
      }
    }
    for (const partial of [...this.#partials.values()]) {
      const isEmpty = partial.receivedBlocks === 0
      if (isEmpty && this.#plan.rankOf(partial.piece) === NOT_WANTED) this.#forget(partial)
    }
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
      const other = Math.floor(key / this.#keyStride)
      if (this.#plan.rankOf(other) === URGENT) continue
      this.#cancel(requests, key)
      this.#partials.get(other)?.giveBack(key % this.#keyStride, requests.peer, true)
      this.#rewindAll(other)
    }
  }

  #releaseAll(requests: PeerRequests, mayCome: boolean): void {
    const pieces = new Set<number>()
    for (const key of requests.inFlight.keys()) {
      const piece = Math.floor(key / this.#keyStride)
      if (this.#partials.get(piece)?.giveBack(key % this.#keyStride, requests.peer, mayCome)) pieces.add(piece)
    }
    if (mayCome) requests.cancelledBlocks += requests.inFlight.size
    requests.inFlight.clear()
    for (const piece of pieces) this.#rewindAll(piece)
  }

  #rewindAll(piece: number): void {
    this.#walk.rewindAll(this.#peers.values(), piece)
  }

  /** Far slower than the best peer that has the piece. The best one itself never is. */
  #isTooSlow(requests: PeerRequests, piece: number, nowMs: number): boolean {
    if (requests.pipeline.rate === 0) return false
    if (this.#best.piece !== piece || nowMs - this.#best.atMs > RESCUE_EVERY_MS) {
      let expectedMs = Number.POSITIVE_INFINITY
      for (const other of this.#peers.values()) {
        if (!other.isUnchoked || other.isStalled || other.pipeline.rate === 0 || !other.peer.has(piece)) continue
        expectedMs = Math.min(expectedMs, other.pipeline.expectedMs(0))
      }
      this.#best = { piece, expectedMs, atMs: nowMs }
    }
    return requests.pipeline.expectedMs(0) > Math.max(SLOW_FLOOR_MS, SLOW_FACTOR * this.#best.expectedMs)
  }

  /** Asks again, of a peer with room, the blocks of waited pieces that another will bring much later. */
  #rescue(requests: PeerRequests, nowMs: number): void {
    if (this.#peers.size < 2 || nowMs - requests.rescuedAtMs < RESCUE_PAUSE_MS) return
    requests.rescuedAtMs = nowMs
    let looked = 0
    for (const piece of this.#plan.front) {
      if (looked >= RESCUE_PIECES || requests.room <= 0 || this.#plan.rankOf(piece) !== URGENT) return
      const partial = this.#partials.get(piece)
      if (!partial || !this.#host.isWaited(piece)) continue
      looked++
      if (partial.onlyFrom !== undefined || !requests.peer.has(piece)) continue
      this.#rescuePiece(requests, partial, nowMs)
    }
  }

  #rescuePiece(requests: PeerRequests, partial: PartialPiece<BlockPeer>, nowMs: number): void {
    for (let block = 0; block < partial.blockCount && requests.room > 0; block++) {
      const other = partial.askedOf(block)
      if (!other || other === requests.peer || !partial.isAsked(block)) continue
      const key = partial.piece * this.#keyStride + block
      const sent = this.#peers.get(other)?.inFlight.get(key)
      if (!sent || requests.inFlight.has(key)) continue
      const elapsedMs = nowMs - sent.sentAtMs
      // One that is late is taken to need as long again as it has had already.
      const restMs = Math.max(sent.dueAtMs - nowMs, nowMs > sent.dueAtMs ? elapsedMs : 0)
      if (restMs < 2 * requests.expectedMs() + 20) continue
      if (!this.#downloadLimit.take(this.#layout.blockLength(partial.piece, block), this.#wake)) return
      this.#ask(requests, partial, block, nowMs)
    }
  }

  #armTimer(): void {
    if (this.#isTimerArmed) return
    this.#isTimerArmed = true
    this.#timer.arm(this.#peers.size > 1 && this.#isAnythingWaited() ? RESCUE_EVERY_MS : 500)
  }

  #isAnythingWaited(): boolean {
    for (const piece of this.#partials.keys()) if (this.#host.isWaited(piece)) return true
    return false
  }

  /** Runs only while blocks are in flight. */
  #onTimer(): void {
    this.#isTimerArmed = false
    const nowMs = this.#clock.monotonicMs()
    let inFlight = 0
    for (const requests of [...this.#peers.values()]) {
      inFlight += requests.inFlight.size
      this.#checkStall(requests, nowMs)
    }
    for (const requests of this.#peers.values()) {
      if (requests.room > 0) this.#fill(requests)
    }
    if (inFlight > 0) this.#armTimer()
  }

  #checkStall(requests: PeerRequests, nowMs: number): void {
    const oldest = requests.inFlight.values().next().value
    if (!oldest) return
    const silentMs = nowMs - Math.max(requests.lastBlockAtMs, oldest.sentAtMs)
    if (silentMs > UNRESPONSIVE_MS) {
      this.#host.onUnresponsive(requests.peer)
      return
    }
    if (requests.isStalled || silentMs < requests.pipeline.timeoutMs) return
    requests.isStalled = true
    requests.pipeline.onStall()
    const pieces = new Set<number>()
    for (const key of requests.inFlight.keys()) {
      const piece = Math.floor(key / this.#keyStride)
      if (this.#partials.get(piece)?.giveBack(key % this.#keyStride, requests.peer, true)) pieces.add(piece)
    }
    for (const piece of pieces) this.#rewindAll(piece)
    this.#restartPiecesOf(requests.peer)
    this.#updateSoon()
  }
}
