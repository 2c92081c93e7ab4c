import { type Disposable, disposable } from './disposable.ts'

/** A timer that is set once and re-armed in O(1) as often as wanted, for deadlines that move with every read. */
export interface Timer extends Disposable {
  /** (Re-)arms: fires once, `delayMs` from now. */
  arm(delayMs: number): void
  /** Not armed afterwards; may be armed again. */
  disarm(): void
}

/** The only source of time and timers in lib. */
export interface Clock {
  /** Wall clock, milliseconds since the epoch. */
  nowMs(): number
  /** Monotonic milliseconds with fractions, for durations. */
  monotonicMs(): number
  /** Calls `fire` once after `delayMs`. */
  after(delayMs: number, fire: () => void): Disposable
  /** An unarmed timer that calls `fire` each time an armed delay runs out. */
  timer(fire: () => void): Timer
}

export const systemClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  after(delayMs, fire) {
    const handle = setTimeout(fire, delayMs)
    return disposable(() => clearTimeout(handle))
  },
  timer: (fire) => new SystemTimer(fire),
}

/**
 * Moves its deadline without touching the event loop's timer while the new deadline is later than the pending one:
 * the pending firing finds that it came early and sleeps for the rest.
 */
class SystemTimer implements Timer {
  readonly #fire: () => void
  #handle: NodeJS.Timeout | undefined
  #handleDueMs = 0
  #dueMs: number | undefined

  constructor(fire: () => void) {
    this.#fire = fire
  }

  arm(delayMs: number): void {
    const dueMs = performance.now() + delayMs
    this.#dueMs = dueMs
    if (this.#handle !== undefined && this.#handleDueMs <= dueMs) return
    if (this.#handle !== undefined) clearTimeout(this.#handle)
    this.#schedule(dueMs, delayMs)
  }

  /** Cancels the pending firing as well, so that a disarmed timer keeps no process alive. */
  disarm(): void {
    this.#dueMs = undefined
    if (this.#handle !== undefined) clearTimeout(this.#handle)
    this.#handle = undefined
  }

  dispose(): void {
    this.disarm()
  }

  #schedule(dueMs: number, delayMs: number): void {
    this.#handleDueMs = dueMs
    this.#handle = setTimeout(this.#onTimeout, Math.max(1, Math.ceil(delayMs)))
  }

  readonly #onTimeout = (): void => {
    this.#handle = undefined
    if (this.#dueMs === undefined) return
    const restMs = this.#dueMs - performance.now()
    if (restMs > 0.5) {
      this.#schedule(this.#dueMs, restMs)
      return
    }
    this.#dueMs = undefined
    this.#fire()
  }
}
