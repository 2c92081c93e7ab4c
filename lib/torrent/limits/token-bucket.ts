import type { Clock, Timer } from '../../domain/clock.ts'

const BURST_MS = 200
const MIN_BURST_BYTES = 64 * 1024

/** A cap on bytes a second over all that share it. Its timer runs only while somebody waits. */
export class TokenBucket {
  readonly #clock: Clock
  readonly #timer: Timer
  readonly #waiting = new Set<() => void>()
  #bytesPerS = 0
  #bytesPerMs = 0
  #tokens = 0
  #filledAtMs: number

  /** 0 bytes a second is no cap. */
  constructor(clock: Clock, bytesPerS: number) {
    this.#clock = clock
    this.#filledAtMs = clock.monotonicMs()
    this.#timer = clock.timer(() => this.#wakeAll())
    this.setRate(bytesPerS)
  }

  /** As it was set. */
  get bytesPerS(): number {
    return this.#bytesPerS
  }

  /** Holds from the next `take` on. */
  setRate(bytesPerS: number): void {
    this.#bytesPerS = bytesPerS
    this.#bytesPerMs = bytesPerS / 1000
    this.#tokens = this.#burstBytes
    this.#filledAtMs = this.#clock.monotonicMs()
    this.#wakeAll()
  }

  /** Takes the bytes now, or answers false and calls `wake` once when there are some again. */
  take(bytes: number, wake: () => void): boolean {
    if (this.#bytesPerMs === 0) return true
    const nowMs = this.#clock.monotonicMs()
    this.#tokens = Math.min(this.#burstBytes, this.#tokens + (nowMs - this.#filledAtMs) * this.#bytesPerMs)
    this.#filledAtMs = nowMs
    if (this.#tokens > 0) {
      this.#tokens -= bytes
      return true
    }
    if (this.#waiting.size === 0) this.#timer.arm(Math.max(1, (1 - this.#tokens) / this.#bytesPerMs))
    this.#waiting.add(wake)
    return false
  }

  forget(wake: () => void): void {
    this.#waiting.delete(wake)
    if (this.#waiting.size === 0) this.#timer.disarm()
  }

  /** Idempotent. Nobody is woken any more. */
  close(): void {
    this.#waiting.clear()
    this.#timer.dispose()
  }

  get #burstBytes(): number {
    return Math.max(MIN_BURST_BYTES, this.#bytesPerMs * BURST_MS)
  }

  #wakeAll(): void {
    const woken = [...this.#waiting]
    this.#waiting.clear()
    this.#timer.disarm()
    for (const wake of woken) wake()
  }
}
