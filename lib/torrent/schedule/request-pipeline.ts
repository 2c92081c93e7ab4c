import { BLOCK_BYTES } from '../../domain/piece-layout.ts'

const START_BLOCKS = 8
const MIN_BLOCKS = 2
/** What every client takes in its queue when it does not say (`reqq` of BEP 10 unsaid). */
export const DEFAULT_REQUEST_QUEUE = 250
/** How long a request may queue at the peer beyond the line's own delay: keeps the line full, and a seek near. */
const QUEUE_MS = 150
const MIN_TIMEOUT_MS = 1000
const UNKNOWN_TIMEOUT_MS = 4000
const MAX_TIMEOUT_MS = 20_000
const RATE_SAMPLE_MS = 40

/**
 * How many blocks to keep asked of one peer: bandwidth × delay, found by doubling each round trip while answers come
 * without queueing, and after that by what was measured. All times are the caller's, in monotonic milliseconds.
 */
export class RequestPipeline {
  #targetBlocks = START_BLOCKS
  #maxBlocks = DEFAULT_REQUEST_QUEUE
  #minDelayMs = Number.POSITIVE_INFINITY
  #delayMs = 0
  #varianceMs = 0
  #isStarting = true
  #rate = 0
  #sampleStartMs = -1
  #sampleBytes = 0

  /** Blocks to keep in flight. */
  get targetBlocks(): number {
    return this.#targetBlocks
  }

  /** Measured bytes a millisecond; 0 while unknown. */
  get rate(): number {
    return this.#rate
  }

  /** From request to answer on an empty line; 0 while unknown. */
  get minDelayMs(): number {
    return Number.isFinite(this.#minDelayMs) ? this.#minDelayMs : 0
  }

  /** A peer that has sent nothing for this long, though asked, is stalled. */
  get timeoutMs(): number {
    if (this.#delayMs === 0) return UNKNOWN_TIMEOUT_MS
    return Math.min(MAX_TIMEOUT_MS, Math.max(MIN_TIMEOUT_MS, 2 * this.#delayMs + 4 * this.#varianceMs))
  }

  /** Blocks that are on the line by now, when as many as `inFlight` are asked: to take them back would waste them. */
  linedUp(inFlight: number): number {
    return Math.min(inFlight, Math.ceil((this.#rate * this.minDelayMs) / BLOCK_BYTES) + 1)
  }

  /** The peer's `reqq`, or another bound of what it queues. */
  limit(maxBlocks: number): void {
    this.#maxBlocks = Math.max(MIN_BLOCKS, maxBlocks)
    this.#targetBlocks = Math.min(this.#targetBlocks, this.#maxBlocks)
  }

  /** When a block asked now would arrive, behind `inFlight` others. A peer of unknown speed counts as middling. */
  expectedMs(inFlight: number): number {
    if (this.#rate === 0) return 400 + 100 * inFlight
    return this.minDelayMs + ((inFlight + 1) * BLOCK_BYTES) / this.#rate
  }

  /** The line was empty: what comes next measures a new stretch. */
  onIdle(): void {
    this.#sampleStartMs = -1
  }

  onBlock(bytes: number, sentAtMs: number, nowMs: number): void {
    const delayMs = Math.max(0.05, nowMs - sentAtMs)
    if (delayMs < this.#minDelayMs) this.#minDelayMs = delayMs
    if (this.#delayMs === 0) {
      this.#delayMs = delayMs
      this.#varianceMs = delayMs / 2
    } else {
      this.#varianceMs += (Math.abs(delayMs - this.#delayMs) - this.#varianceMs) / 8
      this.#delayMs += (delayMs - this.#delayMs) / 8
    }
    this.#measure(bytes, nowMs)

    if (this.#isStarting) {
      if (delayMs > this.#minDelayMs + QUEUE_MS) this.#isStarting = false
      else this.#targetBlocks = Math.min(this.#maxBlocks, this.#targetBlocks + 1)
    } else if (this.#rate > 0) {
      const blocks = Math.ceil((this.#rate * (this.#minDelayMs + QUEUE_MS)) / BLOCK_BYTES)
      this.#targetBlocks = Math.min(this.#maxBlocks, Math.max(MIN_BLOCKS, blocks))
    }
  }

  /** The peer stalled: it is probed with little once it answers again. */
  onStall(): void {
    this.#isStarting = true
    this.#targetBlocks = MIN_BLOCKS
    this.#rate /= 4
    this.#sampleStartMs = -1
  }

  #measure(bytes: number, nowMs: number): void {
    if (this.#sampleStartMs < 0) {
      this.#sampleStartMs = nowMs
      this.#sampleBytes = 0
      return
    }
    this.#sampleBytes += bytes
    const elapsedMs = nowMs - this.#sampleStartMs
    if (elapsedMs < RATE_SAMPLE_MS) return
    const sample = this.#sampleBytes / elapsedMs
    this.#rate = this.#rate === 0 ? sample : this.#rate + (sample - this.#rate) / 4
    this.#sampleStartMs = nowMs
    this.#sampleBytes = 0
  }
}
