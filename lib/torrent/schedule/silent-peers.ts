import type { BlockPeer } from './block-peer.ts'
import type { BlockRequests } from './block-requests.ts'
import type { OpenPieces } from './open-pieces.ts'
import type { PeerRequests } from './peer-requests.ts'

/** A peer that has answered nothing for this long, though asked, is of no use. */
const UNRESPONSIVE_MS = 30_000
/** Requests that this many later ones overtook were dropped by the peer: some drop without a word what they do not queue. */
const LOST_AFTER_BLOCKS = 128

export interface SilentPeersOptions {
  readonly pieces: OpenPieces
  readonly requests: BlockRequests
  /** A peer that left its requests unanswered for a long time. */
  onUnresponsive(peer: BlockPeer): void
  /** The piece has free blocks again. */
  onFreed(piece: number): void
}

/** Finds requests that will not be answered, and gives their blocks free. */
export class SilentPeers {
  readonly #options: SilentPeersOptions

  constructor(options: SilentPeersOptions) {
    this.#options = options
  }

  /** After answers of the peer: cheap, it looks at the oldest request. True when some was lost. */
  checkLost(requests: PeerRequests): boolean {
    return this.#giveUpOvertaken(requests, LOST_AFTER_BLOCKS)
  }

  /** From time to time while the peer owes answers. True when blocks are free again. */
  checkStall(requests: PeerRequests, nowMs: number): boolean {
    const oldest = requests.inFlight.values().next().value
    if (!oldest) return false
    const silentMs = nowMs - Math.max(requests.lastBlockAtMs, oldest.sentAtMs)
    if (silentMs > UNRESPONSIVE_MS) {
      this.#options.onUnresponsive(requests.peer)
      return false
    }
    if (requests.isStalled || silentMs < requests.pipeline.timeoutMs) return false
    // What was overtaken is lost; a peer that owes nothing else is not to blame.
    const isLost = this.#giveUpOvertaken(requests, 0)
    if (requests.inFlight.size === 0) return isLost
    requests.isStalled = true
    requests.pipeline.onStall()
    this.#freeAll(requests)
    this.#options.pieces.restartOf(requests.peer)
    return true
  }

  #giveUpOvertaken(requests: PeerRequests, slack: number): boolean {
    if (requests.peer.answersAll) return false
    const keys = requests.overtaken(slack)
    const books = this.#options.requests
    for (const key of keys) {
      const piece = books.pieceOf(key)
      books.forget(requests, key)
      this.#options.pieces.get(piece)?.giveBack(books.blockOf(key), requests.peer, true)
      this.#options.onFreed(piece)
    }
    return keys.length > 0
  }

  /** They stay in flight, as they may come yet; others may be asked for them. */
  #freeAll(requests: PeerRequests): void {
    const books = this.#options.requests
    const freed = new Set<number>()
    for (const key of requests.inFlight.keys()) {
      const piece = books.pieceOf(key)
      if (this.#options.pieces.get(piece)?.giveBack(books.blockOf(key), requests.peer, true)) freed.add(piece)
    }
    for (const piece of freed) this.#options.onFreed(piece)
  }
}
