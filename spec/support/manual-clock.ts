import type { Clock, Timer } from '../../lib/domain/clock.ts'
import { type Disposable, disposable } from '../../lib/domain/disposable.ts'

interface Pending {
  readonly dueMs: number
  readonly fire: () => void
}

/** Time stands still until `advance`. Counts what is pending, so that a spec can say that nothing ticks. */
export class ManualClock implements Clock {
  #nowMs: number
  readonly #pending = new Set<Pending>()

  constructor(startMs = Date.UTC(2026, 0, 1)) {
    this.#nowMs = startMs
  }

  get pendingTimers(): number {
    return this.#pending.size
  }

  nowMs(): number {
    return this.#nowMs
  }

  monotonicMs(): number {
    return this.#nowMs
  }

  after(delayMs: number, fire: () => void): Disposable {
    const pending = { dueMs: this.#nowMs + delayMs, fire }
    this.#pending.add(pending)
    return disposable(() => this.#pending.delete(pending))
  }

  timer(fire: () => void): Timer {
    let armed: Disposable | undefined
    const disarm = () => {
      armed?.dispose()
      armed = undefined
    }
    return {
      arm: (delayMs) => {
        disarm()
        armed = this.after(delayMs, () => {
          armed = undefined
          fire()
        })
      },
      disarm,
      dispose: disarm,
    }
  }

  /** Moves on by `ms`, firing what falls due in its order; what a firing sets may fire too. */
  advance(ms: number): void {
    const untilMs = this.#nowMs + ms
    for (;;) {
      let next: Pending | undefined
      for (const pending of this.#pending) {
        if (pending.dueMs <= untilMs && (!next || pending.dueMs < next.dueMs)) next = pending
      }
      if (!next) break
      this.#pending.delete(next)
      this.#nowMs = Math.max(this.#nowMs, next.dueMs)
      next.fire()
    }
    this.#nowMs = untilMs
  }
}
