import type { Clock } from './clock.ts'
import { AppError } from './errors.ts'

/** Throws the signal's own reason when it is aborted. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw signal.reason
}

/** Settles as `promise` does, or rejects with `signal.reason` first. The listener is always removed. */
export async function orAbort<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return await promise
  if (signal.aborted) {
    promise.catch(() => {}) // the caller stopped listening: the abort is what it hears
    throw signal.reason
  }
  let onAbort: (() => void) | undefined
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(signal.reason as Error)
    signal.addEventListener('abort', onAbort, { once: true })
  })
  try {
    return await Promise.race([promise, aborted])
  } finally {
    if (onAbort) signal.removeEventListener('abort', onAbort)
  }
}

/**
 * Runs `work` with a signal that aborts with `signal`, or with AppError `timeout` after `timeoutMs`; `message` may say how
 * things stand then. The timer ends with the work.
 */
export async function withTimeout<T>(
  clock: Clock,
  timeoutMs: number,
  message: string | (() => string),
  work: (signal: AbortSignal) => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  throwIfAborted(signal)
  const controller = new AbortController()
  const onAbort = () => controller.abort(signal?.reason)
  signal?.addEventListener('abort', onAbort, { once: true })
  const timer = clock.after(timeoutMs, () => {
    controller.abort(new AppError('timeout', typeof message === 'string' ? message : message()))
  })
  try {
    return await orAbort(work(controller.signal), controller.signal)
  } finally {
    timer.dispose()
    signal?.removeEventListener('abort', onAbort)
  }
}

/** Resolves after `delayMs`; rejects with the signal's reason. */
export function delay(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason as Error)
    const onAbort = () => {
      timer.dispose()
      reject(signal?.reason as Error)
    }
    const timer = clock.after(delayMs, () => {
      signal?.removeEventListener('abort', onAbort)
      resolve()
    })
    signal?.addEventListener('abort', onAbort, { once: true })
  })
}
