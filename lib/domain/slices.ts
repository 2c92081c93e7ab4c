import type { Clock } from './clock.ts'

/** Work that may stop at each `yield`: a step takes some microseconds, so that slices of any length can be cut from it. */
export type Work<T> = Generator<void, T, void>

export interface SliceOptions {
  readonly clock: Clock
  readonly sliceMs: number
  /** What may not wait until the work is done: awaited after each slice. */
  readonly between?: () => Promise<void> | undefined
}

/**
 * Runs `work` in slices of about `sliceMs`, with a turn of the event loop between them. Rejects with the signal's reason,
 * or with what the work or `between` throws; the work's `finally` blocks have run then.
 */
export async function runInSlices<T>(
  work: Work<T>,
  { clock, sliceMs, between }: SliceOptions,
  signal: AbortSignal,
): Promise<T> {
  try {
    for (;;) {
      signal.throwIfAborted()
      const startMs = clock.monotonicMs()
      let step = work.next()
      while (!step.done && clock.monotonicMs() - startMs < sliceMs) step = work.next()
      if (step.done) return step.value
      await nextTurn()
      await between?.()
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
