import type { PieceRange } from '../../domain/piece-layout.ts'

const LEAST_FREE_BYTES = 64 * 1024 * 1024

/** How much of the cap pins may keep: a quarter of it, and at least 64 MiB or a smaller cap whole, stays free for reading. */
export function pinnableBytes(capBytes: number): number {
  return capBytes - Math.max(Math.ceil(capBytes / 4), Math.min(LEAST_FREE_BYTES, capBytes))
}

/** A set of pieces made of ranges, which may overlap and come in any order. */
export class PinnedPieces {
  /** Ascending, apart from each other. */
  readonly ranges: readonly PieceRange[]

  constructor(ranges: readonly PieceRange[] = []) {
    const merged: { first: number; end: number }[] = []
    for (const { first, end } of [...ranges].sort((a, b) => a.first - b.first)) {
      if (end <= first) continue
      const last = merged.at(-1)
      if (last && first <= last.end) last.end = Math.max(last.end, end)
      else merged.push({ first, end })
    }
    this.ranges = merged
  }

  has(piece: number): boolean {
    let low = 0
    let high = this.ranges.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.ranges[middle]?.end ?? 0) <= piece) low = middle + 1
      else high = middle
    }
    return (this.ranges[low]?.first ?? Number.POSITIVE_INFINITY) <= piece
  }
}
