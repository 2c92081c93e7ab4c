import type { Clock } from '../../domain/clock.ts'
import type { PieceLayout } from '../../domain/piece-layout.ts'
import type { PieceWindow, WindowOwner } from '../../domain/torrent.ts'
import type { TokenBucket } from '../limits/token-bucket.ts'
import { AnswerTimer } from './answer-timer.ts'
import { BlockDealer } from './block-dealer.ts'
import type { BlockPeer } from './block-peer.ts'
import { BlockRequests } from './block-requests.ts'
import { BlockReturns } from './block-returns.ts'
import { OpenPieces } from './open-pieces.ts'
import { PieceAvailability } from './piece-availability.ts'
import type { PieceMemory } from './piece-memory.ts'
import type { SchedulerHost } from './scheduler-host.ts'
import { SilentPeers } from './silent-peers.ts'
import { NOT_WANTED, WindowPlan } from './window-plan.ts'

export interface SchedulerOptions {
  readonly layout: PieceLayout
  readonly clock: Clock
  readonly host: SchedulerHost
  /** Of partial pieces, shared by all torrents. */
  readonly memory: PieceMemory
  /** Payload of all torrents. */
  readonly downloadLimit: TokenBucket
}

/**
 * Decides which block is asked of which peer. One plan out of all windows; each peer walks it with a cursor of its own,
 * so that a block costs the same for any number of pieces, windows and peers. A place that becomes free again moves the
 * cursors back. Nothing outside the windows is asked; what leaves them is cancelled.
 */
export class Scheduler {
  readonly #clock: Clock
  readonly #host: SchedulerHost
  readonly #plan: WindowPlan
  readonly #availability: PieceAvailability
  readonly #requests: BlockRequests
  readonly #pieces: OpenPieces
  readonly #dealer: BlockDealer
  readonly #returns: BlockReturns
  readonly #silent: SilentPeers
  readonly #timer: AnswerTimer
  #needsUpdate = false
  #pending: NodeJS.Immediate | undefined
  #isClosed = false
  #updates = 0

  constructor(options: SchedulerOptions) {
    const { layout, clock, host } = options
    this.#clock = clock
    this.#host = host
    this.#plan = new WindowPlan(layout.pieceCount)
    this.#availability = new PieceAvailability(layout.pieceCount)
    this.#requests = new BlockRequests(layout)
    const onFreed = (piece: number) => this.#dealer.free(piece)
    this.#pieces = new OpenPieces({
      layout,
      plan: this.#plan,
      memory: options.memory,
      onAbandon: (partial) => this.#requests.cancelPiece(partial),
      onFreed,
      onWaste: (bytes) => host.onWaste(bytes),
    })
    const shared = { plan: this.#plan, pieces: this.#pieces, requests: this.#requests }
    this.#dealer = new BlockDealer({
      ...shared,
      layout,
      clock,
      demand: host,
      memory: options.memory,
      downloadLimit: options.downloadLimit,
      onAllowed: this.#wake,
      onUnfinished: () => this.#updateSoon(),
      onAsked: () => this.#timer.arm(),
    })
    this.#returns = new BlockReturns({ ...shared, dealer: this.#dealer })
    this.#silent = new SilentPeers({ ...shared, onUnresponsive: (peer) => host.onUnresponsive(peer), onFreed })
    this.#timer = new AnswerTimer({
      clock,
      requests: this.#requests,
      dealer: this.#dealer,
      silent: this.#silent,
      onFreed: () => this.#updateSoon(),
    })
  }

  /** How often windows took effect. */
  get updates(): number {
    return this.#updates
  }

  /** Blocks asked and not answered, over all peers. */
  get inFlightBlocks(): number {
    return this.#requests.inFlightBlocks
  }

  get wantsAnything(): boolean {
    return !this.#plan.isEmpty
  }

  /** What came of a piece that is not stored: its whole length while it is verified. */
  receivedBytes(piece: number): number {
    return this.#pieces.receivedBytes(piece)
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
    this.#returns.takeAll(requests, false)
    this.#availability.remove(peer)
    this.#pieces.restartOf(peer)
    this.#updateSoon()
  }

  /** The peer announced a set of pieces, as the first thing it said of them. */
  onBitfield(peer: BlockPeer): void {
    this.#availability.add(peer)
    const requests = this.#requests.get(peer)
    if (!requests) return
    this.#dealer.walk.restart(requests)
    this.#dealer.fill(requests)
  }

  /** The peer got one more piece. */
  onHave(peer: BlockPeer, piece: number): void {
    this.#availability.addPiece(piece)
    const requests = this.#requests.get(peer)
    if (!requests || this.#plan.rankOf(piece) === NOT_WANTED) return
    this.#dealer.walk.rewind(requests, piece)
    this.#dealer.fill(requests)
  }

  /** `swarmSize`: peers that are there or may come, as far as known. */
  onUnchoke(peer: BlockPeer, swarmSize = this.#requests.all.size): void {
    const requests = this.#requests.get(peer)
    if (!requests) return
    requests.isUnchoked = true
    requests.pipeline.start(swarmSize)
    this.#dealer.walk.restart(requests)
    this.#dealer.fill(requests)
  }

  /** BEP 3: a choke drops what was asked. */
  onChoke(peer: BlockPeer): void {
    const requests = this.#requests.get(peer)
    if (!requests) return
    requests.isUnchoked = false
    this.#returns.takeAll(requests, true)
    this.#pieces.restartOf(peer)
    this.#updateSoon()
  }

  /** BEP 6: the peer will not send this block: others are asked at once. As `BlockReturns.takeRejected`. */
  onReject(peer: BlockPeer, piece: number, offsetBytes: number, lengthBytes: number): boolean {
    const requests = this.#requests.get(peer)
    if (!requests || !this.#returns.takeRejected(requests, piece, offsetBytes, lengthBytes)) return false
    this.#updateSoon()
    return true
  }

  /** A peer that had the piece has it no more. */
  onRefusal(piece: number): void {
    this.#availability.removePiece(piece)
  }

  /** The peer said how much it queues. */
  onRequestQueue(peer: BlockPeer): void {
    this.#requests.get(peer)?.pipeline.limit(peer.requestQueue)
  }

  /** Takes in a block; `data` is copied. Throws `invalid` for one that no honest peer sends. */
  onBlock(peer: BlockPeer, piece: number, offsetBytes: number, data: Uint8Array): void {
    const requests = this.#requests.get(peer)
    if (!requests) return
    const block = this.#requests.blockAt(piece, offsetBytes, data.length)
    const nowMs = this.#clock.monotonicMs()
    this.#requests.account(requests, this.#requests.keyOf(piece, block), data.length, nowMs)
    requests.lastBlockAtMs = nowMs
    requests.isStalled = false

    const partial = this.#pieces.get(piece)
    if (!partial || partial.isReceived(block) || (partial.onlyFrom !== undefined && partial.onlyFrom !== peer)) {
      this.#host.onWaste(data.length)
      return
    }
    if (partial.isDoubled(block) || partial.askedOf(block) !== peer) {
      if (this.#requests.cancelElsewhere(requests, partial, block, nowMs)) this.#updateSoon()
    }
    partial.receive(block, data, peer)
    if (!partial.isComplete) return
    this.#pieces.complete(partial)
    this.#host.onComplete(piece, partial.bytes, partial.hash, partial.sources)
  }

  /** A chunk of the peer's bytes was taken in: asks for as much again, in one write. */
  onChunkEnd(peer: BlockPeer): void {
    const requests = this.#requests.get(peer)
    if (!requests) return
    if (this.#silent.checkLost(requests)) this.#updateSoon()
    if (requests.mayAskAgain) this.#dealer.fill(requests)
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

  /** The bytes that `onComplete` handed over are out of memory; or are `reusable`, when nobody holds them any more. */
  settled(piece: number, reusable?: Uint8Array): void {
    this.#pieces.settled(piece, reusable)
  }

  /** A stored piece is gone: wanted again if a window has it. */
  onDropped(piece: number): void {
    if (this.#plan.rankOf(piece) === NOT_WANTED) return
    this.#dealer.walk.free(piece)
    this.#updateSoon()
  }

  /** Off the network: no timer, no memory of unfinished pieces. The windows stay. */
  rest(): void {
    for (const peer of [...this.#requests.all.keys()]) this.removePeer(peer)
    this.#pieces.abandonAll()
    this.#dealer.rest()
    this.#timer.disarm()
  }

  /** Asks nothing any more. Idempotent. */
  close(): void {
    if (this.#isClosed) return
    this.rest()
    this.#isClosed = true
    this.#timer.dispose()
    if (this.#pending) clearImmediate(this.#pending)
  }

  /** Memory or the download limit, which stopped the dealing, allows more. */
  readonly #wake = (): void => {
    this.#pieces.reconsider()
    this.#runSoon()
  }

  #updateSoon(): void {
    this.#needsUpdate = true
    this.#runSoon()
  }

  #runSoon(): void {
    if (this.#isClosed) return
    this.#pending ??= setImmediate(() => {
      this.#pending = undefined
      if (this.#needsUpdate) this.#update()
      else this.#dealer.dealSome()
    })
  }

  #update(): void {
    this.#needsUpdate = false
    if (this.#plan.build(this.#availability.counts)) {
      const peers = this.#requests.all
      this.#updates++
      this.#returns.takeUnwanted()
      this.#pieces.onPlanned()
      this.#dealer.walk.onBuilt(peers.values())
      for (const requests of peers.values()) this.#returns.makeWay(requests)
      this.#host.onPlanned(this.#plan.windows)
    }
    this.#dealer.dealAll()
  }
}
