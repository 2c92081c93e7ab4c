/** What is stored, and what readers wait for. */
export interface PieceDemand {
  isStored(piece: number): boolean
  /** Whether a reader waits for the piece now. */
  isWaited(piece: number): boolean
  /** Those for which `isWaited` holds, in any order. */
  waitedPieces(): Iterable<number>
}
