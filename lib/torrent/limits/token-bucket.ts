import type { Clock, Timer } from '../../domain/clock.ts'

const BURST_MS = 200
const MIN_BURST_BYTES = 64 * 1024
const MIN_GRANT_BYTES = 16 * 1024

/**
 * A cap on bytes a second over all that share it, which are known by the function that wakes them. While somebody waits,
 * what comes in is granted to those that wait, in equal parts and in the order of their coming: whoever asks more often
 * gets no more. Its timer runs only while somebody waits.
 */
export class TokenBucket {
  readonly #clock: Clock
  readonly #timer: Timer
  /** In the order of their coming. */
  readonly #waiting = new Set<() => void>()
  /** Bytes that a waiter was granted and has not taken yet. */
  readonly #grants = new Map<() => void, number>()
  #bytesPerS = 0
  #tokens = 0
  #filledAtMs: number

  /** 0 bytes a second is no cap. */
  constructor(clock: Clock, bytesPerS: number) {
    this.#clock = clock
    this.#filledAtMs = clock.monotonicMs()
    this.#timer = clock.timer(() => this.#grant())
    this.setRate(bytesPerS)
  }

  /** As it was set. */
  get bytesPerS(): number {
    return this.#bytesPerS
  }

  /** Holds from the next `take` on. */
  setRate(bytesPerS: number): void {
    this.#bytesPerS = bytesPerS
    this.#tokens = this.#burstBytes
    this.#filledAtMs = this.#clock.monotonicMs()
    this.#grants.clear()
    this.#timer.disarm()
    const woken = [...this.#waiting]
    this.#waiting.clear()
    for (const wake of woken) wake()
  }

  /** Takes the bytes now, or answers false and calls `wake` once when there are some again. */
  take(bytes: number, wake: () => void): boolean {
    if (this.#bytesPerS === 0) return true
    const granted = this.#grants.get(wake)
    if (granted !== undefined) {
      // Never less than what is asked, so that a part too small for a block is not lost: the bucket lends the rest.
      this.#tokens -= Math.max(0, bytes - granted)
      if (granted > bytes) this.#grants.set(wake, granted - bytes)
      else this.#grants.delete(wake)
      return true
    }
    this.#fill()
    if (this.#tokens > 0 && this.#waiting.size === 0) {
      this.#tokens -= bytes
      return true
    }
    this.#waiting.add(wake)
    if (this.#waiting.size === 1) this.#arm()
    return false
  }

  forget(wake: () => void): void {
    this.#waiting.delete(wake)
    this.#tokens += this.#grants.get(wake) ?? 0
    this.#grants.delete(wake)
    if (this.#waiting.size === 0) this.#timer.disarm()
  }

  /** Idempotent. Nobody is woken any more. */
  close(): void {
    this.#waiting.clear()
    this.#grants.clear()
    this.#timer.dispose()
  }

  get #burstBytes(): number {
    return Math.max(MIN_BURST_BYTES, (this.#bytesPerS * BURST_MS) / 1000)
  }

  #fill(): void {
    const nowMs = this.#clock.monotonicMs()
    const added = ((nowMs - this.#filledAtMs) * this.#bytesPerS) / 1000
    this.#tokens = Math.min(this.#burstBytes, this.#tokens + added)
    this.#filledAtMs = nowMs
  }

  #arm(): void {
    this.#timer.arm(Math.max(1, ((1 - this.#tokens) * 1000) / this.#bytesPerS))
  }

  /** To as many as a part of a block's size each reaches; the others come first the next time. */
  #grant(): void {
    this.#fill()
    if (this.#waiting.size === 0 || this.#tokens <= 0) {
      if (this.#waiting.size > 0) this.#arm()
      return
    }
    const part = Math.max(MIN_GRANT_BYTES, this.#tokens / this.#waiting.size)
    const woken: (() => void)[] = []
    for (const wake of this.#waiting) {
      if (this.#tokens <= 0) break
      this.#waiting.delete(wake)
      this.#tokens -= part
      this.#grants.set(wake, part)
      woken.push(wake)
    }
    if (this.#waiting.size > 0) this.#arm()
    for (const wake of woken) wake()
  }
}
