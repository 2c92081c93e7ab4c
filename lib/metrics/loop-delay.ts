import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks'
import type { Clock, Timer } from '../domain/clock.ts'

/** The monitor samples with a timer of this period, and counts it into every delay. */
const SAMPLE_MS = 20
/** A scraper that has not come for this long is gone. */
const UNWATCHED_MS = 120_000

export interface LoopDelays {
  readonly meanSeconds: number
  readonly p99Seconds: number
  readonly maxSeconds: number
}

/**
 * Event-loop delay between two scrapes. Sampling wakes the process 50 times a second, so it runs only while somebody
 * scrapes: the first `take` starts it (and tells zeros), two minutes without another end it.
 */
export class LoopDelay {
  readonly #unwatched: Timer
  #monitor: IntervalHistogram | undefined

  constructor(clock: Clock) {
    this.#unwatched = clock.timer(() => this.#stop())
  }

  get isSampling(): boolean {
    return this.#monitor !== undefined
  }

  /** The delays since the last call. */
  take(): LoopDelays {
    this.#unwatched.arm(UNWATCHED_MS)
    const monitor = this.#monitor
    if (!monitor) {
      this.#monitor = monitorEventLoopDelay({ resolution: SAMPLE_MS })
      this.#monitor.enable()
      return { meanSeconds: 0, p99Seconds: 0, maxSeconds: 0 }
    }
    const delays = {
      meanSeconds: delaySeconds(monitor.mean),
      p99Seconds: delaySeconds(monitor.percentile(99)),
      maxSeconds: delaySeconds(monitor.max),
    }
    monitor.reset()
    return delays
  }

  close(): void {
    this.#unwatched.dispose()
    this.#stop()
  }

  #stop(): void {
    this.#monitor?.disable()
    this.#monitor = undefined
  }
}

/** What the monitor recorded, in nanoseconds with its own period; NaN when it saw nothing. */
function delaySeconds(recordedNs: number): number {
  return Number.isFinite(recordedNs) ? Math.max(0, recordedNs / 1e9 - SAMPLE_MS / 1000) : 0
}
