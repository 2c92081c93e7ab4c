/** Some thousand at most: what one film takes in the database. */
export const MAX_SEEK_POINTS = 2000
/** Points that are looked at before they are thinned out. */
const MAX_COLLECTED = 200_000

/** Collects where a player may start to read, in any order. */
export class SeekPoints {
  readonly #positions: number[] = []

  get isFull(): boolean {
    return this.#positions.length >= MAX_COLLECTED
  }

  add(positionBytes: number): void {
    if (!this.isFull) this.#positions.push(positionBytes)
  }

  /** Ascending, inside the file, and so far apart that there are at most `MAX_SEEK_POINTS`. */
  thinned(sizeBytes: number): readonly number[] {
    const gapBytes = sizeBytes / MAX_SEEK_POINTS
    const points: number[] = []
    for (const position of this.#positions.toSorted((a, b) => a - b)) {
      if (position < 0 || position >= sizeBytes) continue
      const last = points.at(-1)
      if (last === undefined || (position > last && position - last >= gapBytes)) points.push(position)
    }
    return points.slice(0, MAX_SEEK_POINTS)
  }
}

/** The last point at or before the position; undefined when there is none. `points` ascend. */
export function seekPointBefore(points: readonly number[], positionBytes: number): number | undefined {
  let low = 0
  let high = points.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((points[middle] ?? 0) <= positionBytes) low = middle + 1
    else high = middle
  }
  return points[low - 1]
}
