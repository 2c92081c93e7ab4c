import type { BlockDealer } from './block-dealer.ts'
import type { BlockRequests } from './block-requests.ts'
import type { OpenPieces } from './open-pieces.ts'
import type { PeerRequests } from './peer-requests.ts'
import { NOT_WANTED, URGENT, type WindowPlan } from './window-plan.ts'

export interface BlockReturnsOptions {
  readonly plan: WindowPlan
  readonly pieces: OpenPieces
  readonly requests: BlockRequests
  readonly dealer: BlockDealer
}

/** Takes blocks back from peers: what no window wants any more, what is in the way of urgent ones, what a peer will not send. */
export class BlockReturns {
  readonly #options: BlockReturnsOptions

  constructor(options: BlockReturnsOptions) {
    this.#options = options
  }

  takeUnwanted(): void {
    const { plan, requests } = this.#options
    for (const asked of requests.all.values()) {
      for (const key of asked.inFlight.keys()) {
        if (plan.rankOf(requests.pieceOf(key)) === NOT_WANTED) this.#takeBack(asked, key)
      }
    }
  }

  /** When urgent blocks are free and the peer is busy with less, takes back what it cannot have begun to send. */
  makeWay(asked: PeerRequests): void {
    const { plan, requests, dealer } = this.#options
    if (!asked.isUnchoked || asked.room > 0 || dealer.nextUrgent(asked) < 0) return
    let spare = asked.inFlight.size - asked.pipeline.linedUp(asked.inFlight.size)
    for (const key of [...asked.inFlight.keys()].reverse()) {
      if (spare-- <= 0) break
      const piece = requests.pieceOf(key)
      if (plan.rankOf(piece) === URGENT) continue
      this.#takeBack(asked, key)
      dealer.walk.free(piece)
    }
  }

  /** The peer answers none of what it was asked; `mayCome`: unless it was on the line already. */
  takeAll(asked: PeerRequests, mayCome: boolean): void {
    const { pieces, requests, dealer } = this.#options
    for (const key of asked.inFlight.keys()) {
      const piece = requests.pieceOf(key)
      if (pieces.get(piece)?.giveBack(requests.blockOf(key), asked.peer, mayCome)) dealer.walk.free(piece)
    }
    requests.forgetAll(asked, mayCome)
  }

  /** The peer will not send this block, and said so. False when it was not asked for it; throws `invalid` for what is no block. */
  takeRejected(asked: PeerRequests, piece: number, offsetBytes: number, lengthBytes: number): boolean {
    const { pieces, requests, dealer } = this.#options
    const block = requests.blockAt(piece, offsetBytes, lengthBytes)
    if (!asked.inFlight.delete(requests.keyOf(piece, block))) return false
    pieces.get(piece)?.giveBack(block, asked.peer, false)
    dealer.walk.free(piece)
    return true
  }

  #takeBack(asked: PeerRequests, key: number): void {
    const { pieces, requests } = this.#options
    requests.cancel(asked, key)
    pieces.get(requests.pieceOf(key))?.giveBack(requests.blockOf(key), asked.peer, true)
  }
}
