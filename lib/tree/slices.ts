import type { Work } from '../domain/slices.ts'

/** How many turns of a quick loop make one step: a `yield` at each would cost more than most of them do. */
export const STEP = 32

/** As `STEP`, of loops that do no more than look at each item. */
const QUICK_STEP = 512

/** Looks at each item. The loop is in a plain function: in a generator's own it would take ten times as long. */
export function* forEachOf<T>(items: readonly T[], look: (item: T) => void): Work<void> {
  for (let start = 0; start < items.length; start += QUICK_STEP) {
    forEachFrom(items, start, Math.min(start + QUICK_STEP, items.length), look)
    yield
  }
}

function forEachFrom<T>(items: readonly T[], start: number, end: number, look: (item: T) => void): void {
  for (let index = start; index < end; index++) look(items[index] as T)
}

/** How many elements the platform's own sort takes at a time; about half a millisecond. */
const RUN = 1024

/** A stable merge sort that can be paused, for arrays that would hold the event loop for too long at once. */
export function* sorted<T>(items: readonly T[], compare: (a: T, b: T) => number): Work<T[]> {
  let runs: T[][] = []
  for (let start = 0; start < items.length; start += RUN) {
    runs.push(items.slice(start, start + RUN).sort(compare))
    yield
  }
  while (runs.length > 1) {
    const merged: T[][] = []
    for (let index = 0; index < runs.length; index += 2) {
      merged.push(yield* mergeSorted(runs[index] ?? [], runs[index + 1] ?? [], compare))
    }
    runs = merged
  }
  return runs[0] ?? []
}

/** Two sorted arrays as one; of equals, those of `left` first. */
export function* mergeSorted<T>(left: readonly T[], right: readonly T[], compare: (a: T, b: T) => number): Work<T[]> {
  const merged: T[] = []
  let next = 0
  for (const item of left) {
    for (let other = right[next]; next < right.length; other = right[next]) {
      if (other === undefined || compare(other, item) >= 0) break
      merged.push(other)
      next++
    }
    merged.push(item)
    if (merged.length % STEP === 0) yield
  }
  for (; next < right.length; next++) merged.push(right[next] as T)
  return merged
}
