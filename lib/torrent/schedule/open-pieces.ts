import { BLOCK_BYTES, type PieceLayout } from '../../domain/piece-layout.ts'
import type { BlockPeer } from './block-peer.ts'
import { PartialPiece } from './partial-piece.ts'
import type { PieceMemory } from './piece-memory.ts'
import { NOT_WANTED, type WindowPlan } from './window-plan.ts'

export interface OpenPiecesOptions {
  readonly layout: PieceLayout
  readonly plan: WindowPlan
  /** Shared by all torrents. */
  readonly memory: PieceMemory
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
  /** Complete ones whose memory is still reserved: being verified, or on their way to the disk. */
  #unsettled = 0
  /** Pieces that failed with several sources: their next attempt has one. */
  readonly #singleSource = new Set<number>()
  /** The same by their rank in the plan. */
  readonly #byRank = new Map<number, Set<PartialPiece<BlockPeer>>>()
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

  /** There is no memory for any piece of this rank. */
  isFullFor(rank: number): boolean {
    return rank >= this.#fullFromRank
  }

  /** Memory was released. */
  reconsider(): void {
    this.#fullFromRank = NOT_WANTED
  }

  /** The plan changed. */
  onPlanned(): void {
    this.#byRank.clear()
    for (const partial of this.#partials.values()) this.#rank(partial)
    this.reconsider()
    this.#dropUnwanted()
  }

  /** Opens it when it is not; undefined when there is no memory for it. */
  open(piece: number, peer: BlockPeer): PartialPiece<BlockPeer> | undefined {
    const open = this.#partials.get(piece)
    if (open) return open
    if (!this.#reserve(piece)) return undefined
    const partial = new PartialPiece<BlockPeer>(this.#options.layout, piece, this.#options.memory)
    if (this.#singleSource.has(piece)) partial.onlyFrom = peer
    this.#add(partial)
    return partial
  }

  /** Every block came. Its memory stays reserved until `settled`. */
  complete(partial: PartialPiece<BlockPeer>): void {
    this.#delete(partial)
    this.#verifying.add(partial.piece)
    this.#unsettled++
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

  settled(piece: number, reusable: Uint8Array | undefined): void {
    this.#unsettled--
    if (reusable) this.#options.memory.give(reusable)
    this.#options.memory.release(this.#options.layout.pieceLength(piece))
  }

  abandon(partial: PartialPiece<BlockPeer>): void {
    const { piece, receivedBlocks } = partial
    this.#options.onAbandon(partial)
    this.#delete(partial)
    if (receivedBlocks > 0) this.#options.onWaste(receivedBlocks * BLOCK_BYTES)
    partial.giveMemoryBack()
    this.#options.memory.release(this.#options.layout.pieceLength(piece))
    if (this.#options.plan.rankOf(piece) !== NOT_WANTED) this.#options.onFreed(piece)
  }

  /** A piece that must come from one peer starts anew when that peer gives no more. */
  restartOf(peer: BlockPeer): void {
    for (const partial of [...this.#partials.values()]) if (partial.onlyFrom === peer) this.abandon(partial)
  }

  /** Lets go of what no window has and nobody sent a block of. */
  #dropUnwanted(): void {
    const unwanted = [...(this.#byRank.get(NOT_WANTED) ?? [])]
    for (const partial of unwanted) if (partial.receivedBlocks === 0) this.abandon(partial)
  }

  abandonAll(): void {
    for (const partial of [...this.#partials.values()]) this.abandon(partial)
  }

  /** Makes room by letting go of pieces that nobody wants, then of less pressing ones. One piece may always be on its way. */
  #reserve(piece: number): boolean {
    const { layout, plan, memory } = this.#options
    const rank = plan.rankOf(piece)
    if (rank >= this.#fullFromRank) return false
    while (!memory.reserve(layout.pieceLength(piece), this.#partials.size + this.#unsettled === 0)) {
      const victim = this.#victimFor(rank)
      if (!victim) {
        this.#fullFromRank = rank
        return false
      }
      this.abandon(victim)
    }
    return true
  }

  /** The longest open piece of the least pressing rank beyond this one. */
  #victimFor(rank: number): PartialPiece<BlockPeer> | undefined {
    let least = rank
    for (const [other, partials] of this.#byRank) if (other > least && partials.size > 0) least = other
    return least > rank ? this.#byRank.get(least)?.values().next().value : undefined
  }

  #add(partial: PartialPiece<BlockPeer>): void {
    this.#partials.set(partial.piece, partial)
    this.#rank(partial)
  }

  #rank(partial: PartialPiece<BlockPeer>): void {
    partial.rank = this.#options.plan.rankOf(partial.piece)
    const others = this.#byRank.get(partial.rank)
    if (others) others.add(partial)
    else this.#byRank.set(partial.rank, new Set([partial]))
  }

  #delete(partial: PartialPiece<BlockPeer>): void {
    this.#partials.delete(partial.piece)
    this.#byRank.get(partial.rank)?.delete(partial)
  }
}
