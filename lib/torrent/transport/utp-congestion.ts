const TARGET_US = 100_000
/** Bytes that the window grows by in a round trip when the delay is nil. */
const GAIN_BYTES = 3000
const MIN_WINDOW_BYTES = 2 * 1400
const FIRST_WINDOW_BYTES = 8 * 1400
const MAX_WINDOW_BYTES = 4 * 1024 * 1024
const FIRST_TIMEOUT_MS = 1000
const MIN_TIMEOUT_MS = 500
const MAX_TIMEOUT_MS = 16_000
/** The smallest delay of so long is taken for the way without queues. */
const BASE_EVERY_MS = 60_000

/** How much may be under way, and for how long: LEDBAT (RFC 6817) after a slow start, which yields to all other traffic. */
export class UtpCongestion {
  windowBytes = FIRST_WINDOW_BYTES
  timeoutMs = FIRST_TIMEOUT_MS
  #roundTripMs: number | undefined
  #variationMs = 0
  #isSlowStart = true
  #baseUs: number | undefined
  #earlierBaseUs: number | undefined
  #baseSinceMs = 0
  #reducedAtMs = Number.NEGATIVE_INFINITY

  onRoundTrip(ms: number): void {
    if (this.#roundTripMs === undefined) {
      this.#roundTripMs = ms
      this.#variationMs = ms / 2
    } else {
      this.#variationMs += (Math.abs(ms - this.#roundTripMs) - this.#variationMs) / 4
      this.#roundTripMs += (ms - this.#roundTripMs) / 8
    }
    this.timeoutMs = Math.max(MIN_TIMEOUT_MS, this.#roundTripMs + 4 * this.#variationMs)
  }

  /** Packets arrived; the last took `delayUs` by two clocks that differ by an unknown amount. */
  onAcknowledged(bytes: number, delayUs: number, nowMs: number): void {
    const offTarget = (TARGET_US - this.#queueingUs(delayUs, nowMs)) / TARGET_US
    if (this.#isSlowStart && offTarget > 0.1) this.#set(this.windowBytes + bytes)
    else {
      this.#isSlowStart = false
      const share = Math.min(1, bytes / this.windowBytes)
      this.#set(this.windowBytes + GAIN_BYTES * Math.max(-1, offTarget) * share)
    }
  }

  /** A packet was lost: the window halves, once a round trip. */
  onLoss(nowMs: number): void {
    this.#isSlowStart = false
    if (nowMs - this.#reducedAtMs < (this.#roundTripMs ?? FIRST_TIMEOUT_MS)) return
    this.#reducedAtMs = nowMs
    this.#set(this.windowBytes / 2)
  }

  onTimeout(): void {
    this.timeoutMs = Math.min(MAX_TIMEOUT_MS, this.timeoutMs * 2)
    this.#set(MIN_WINDOW_BYTES)
    this.#isSlowStart = true
  }

  #set(bytes: number): void {
    this.windowBytes = Math.min(MAX_WINDOW_BYTES, Math.max(MIN_WINDOW_BYTES, bytes))
  }

  /** Differences modulo 2^32: the clocks may be any time apart. */
  #queueingUs(delayUs: number, nowMs: number): number {
    if (this.#baseUs === undefined || nowMs - this.#baseSinceMs > BASE_EVERY_MS) {
      this.#earlierBaseUs = this.#baseUs ?? delayUs
      this.#baseUs = delayUs
      this.#baseSinceMs = nowMs
    } else if (((delayUs - this.#baseUs) | 0) < 0) this.#baseUs = delayUs
    const base = this.#baseUs
    const earlier = this.#earlierBaseUs ?? base
    const smallest = ((earlier - base) | 0) < 0 ? earlier : base
    return Math.max(0, (delayUs - smallest) | 0)
  }
}
