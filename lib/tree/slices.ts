import type { Clock } from '../domain/clock.ts'

/** Work that may stop at each `yield`: a step takes some microseconds, so that slices of any length can be cut from it. */
export type Work<T> = Generator<void, T, void>

/**
 * Runs `work` in slices of about `sliceMs`, with a turn of the event loop between them. Rejects with the signal's reason,
 * or with what the work throws; the work's `finally` blocks have run then.
 */
export async function runInSlices<T>(work: Work<T>, clock: Clock, sliceMs: number, signal: AbortSignal): Promise<T> {
  try {
    for (;;) {
      signal.throwIfAborted()
      const startMs = clock.monotonicMs()
      let step = work.next()
      while (!step.done && clock.monotonicMs() - startMs < sliceMs) step = work.next()
      if (step.done) return step.value
      await nextTurn()
    }
  } finally {
    work.return(undefined as never)
  }
}

/** Runs `work` to its end at once. */
export function runAtOnce<T>(work: Work<T>): T {
  let step = work.next()
  while (!step.done) step = work.next()
  return step.value
}

export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

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
