import { BLOCK_BYTES, type PieceLayout } from '../../domain/piece-layout.ts'
import type { SharedBudget } from '../limits/shared-budget.ts'
import type { BlockPeer } from './block-peer.ts'
import { PartialPiece } from './partial-piece.ts'
import { NOT_WANTED, type WindowPlan } from './window-plan.ts'

export interface OpenPiecesOptions {
  readonly layout: PieceLayout
  readonly plan: WindowPlan
  /** Memory of partial pieces, shared by all torrents. */
  readonly budget: SharedBudget
  /** The piece is let go: its requests are to be taken back. */
  onAbandon(partial: PartialPiece<BlockPeer>): void
  /** The piece is free again. */
  onFreed(piece: number): void
  /** Received bytes that are of no use. */
  onWaste(bytes: number): void
}

/** Pieces between their first request and the store, within the memory that all torrents share. */
export class OpenPieces {
  readonly #options: OpenPiecesOptions
  /** In the order of their opening. */
  readonly #partials = new Map<number, PartialPiece<BlockPeer>>()
  readonly #verifying = new Set<number>()
  /** Pieces that failed with several sources: their next attempt has one. */
  readonly #singleSource = new Set<number>()
  /** There was no memory for pieces of this rank, nor for less pressing ones; looked at again when some is released. */
  #fullFromRank = NOT_WANTED

  constructor(options: OpenPiecesOptions) {
    this.#options = options
  }

  get(piece: number): PartialPiece<BlockPeer> | undefined {
    return this.#partials.get(piece)
  }

  /** Those that miss blocks. */
  get partials(): Iterable<PartialPiece<BlockPeer>> {
    return this.#partials.values()
  }

  isVerifying(piece: number): boolean {
    return this.#verifying.has(piece)
  }

  receivedBytes(piece: number): number {
    if (this.#verifying.has(piece)) return this.#options.layout.pieceLength(piece)
    return (this.#partials.get(piece)?.receivedBlocks ?? 0) * BLOCK_BYTES
  }

  /** The plan changed, or memory was released. */
  reconsider(): void {
    this.#fullFromRank = NOT_WANTED
  }

  /** Opens it when it is not; undefined when there is no memory for it. */
  open(piece: number, peer: BlockPeer): PartialPiece<BlockPeer> | undefined {
    const open = this.#partials.get(piece)
    if (open) return open
    if (!this.#reserve(piece)) return undefined
    const partial = new PartialPiece<BlockPeer>(this.#options.layout, piece)
    if (this.#singleSource.has(piece)) partial.onlyFrom = peer
    this.#partials.set(piece, partial)
    return partial
  }

  /** Every block came. Its memory stays reserved until `settled`. */
  complete(partial: PartialPiece<BlockPeer>): void {
    this.#partials.delete(partial.piece)
    this.#verifying.add(partial.piece)
  }

  verified(piece: number): void {
    this.#verifying.delete(piece)
    this.#singleSource.delete(piece)
  }

  failed(piece: number, hadSeveralSources: boolean): void {
    this.#verifying.delete(piece)
    if (hadSeveralSources) this.#singleSource.add(piece)
    this.#options.onWaste(this.#options.layout.pieceLength(piece))
    this.#options.onFreed(piece)
  }

  settled(piece: number): void {
    this.#options.budget.release(this.#options.layout.pieceLength(piece))
  }

  abandon(partial: PartialPiece<BlockPeer>): void {
    const { piece, receivedBlocks } = partial
    this.#options.onAbandon(partial)
    this.#partials.delete(piece)
    if (receivedBlocks > 0) this.#options.onWaste(receivedBlocks * BLOCK_BYTES)
    this.#options.budget.release(this.#options.layout.pieceLength(piece))
    if (this.#options.plan.rankOf(piece) !== NOT_WANTED) this.#options.onFreed(piece)
  }

  /** A piece that must come from one peer starts anew when that peer gives no more. */
  restartOf(peer: BlockPeer): void {
    for (const partial of [...this.#partials.values()]) if (partial.onlyFrom === peer) this.abandon(partial)
  }

  /** Lets go of what no window has and nobody sent a block of. */
  dropUnwanted(): void {
    for (const partial of [...this.#partials.values()]) {
      const isWanted = this.#options.plan.rankOf(partial.piece) !== NOT_WANTED
      if (!isWanted && partial.receivedBlocks === 0) this.abandon(partial)
    }
  }

  abandonAll(): void {
    for (const partial of [...this.#partials.values()]) this.abandon(partial)
  }

  /** Makes room by letting go of pieces that nobody wants, then of less pressing ones. One piece may always be open. */
  #reserve(piece: number): boolean {
    const { layout, plan, budget } = this.#options
    const rank = plan.rankOf(piece)
    if (rank >= this.#fullFromRank) return false
    while (!budget.reserve(layout.pieceLength(piece), this.#partials.size + this.#verifying.size === 0)) {
      let victim: PartialPiece<BlockPeer> | undefined
      for (const partial of this.#partials.values()) {
        const isLess = plan.rankOf(partial.piece) > rank
        if (isLess && (!victim || plan.rankOf(partial.piece) > plan.rankOf(victim.piece))) victim = partial
      }
      if (!victim) {
        this.#fullFromRank = rank
        return false
      }
      this.abandon(victim)
    }
    return true
  }
}
