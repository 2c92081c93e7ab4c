import { BLOCK_BYTES } from '../../domain/piece-layout.ts'

/** Of a lone peer whose line is not known: the whole of most pieces, without which nothing can be read. */
const LONE_START_BLOCKS = 256
/** Of several all together, but of each not too few. */
const SHARED_START_BLOCKS = 64
const START_BLOCKS = 8
const MIN_BLOCKS = 2
/** What every client takes in its queue when it does not say (`reqq` of BEP 10 unsaid). */
export const DEFAULT_REQUEST_QUEUE = 250
/** How long a request may queue at the peer beyond the line's own delay: keeps the line full, and a seek near. */
const QUEUE_MS = 150
/** The same for what no reader waits for, and no more than eight megabytes of it: a seek makes them waste. */
const CALM_QUEUE_MS = 60
const MAX_CALM_QUEUE_BLOCKS = 512
/** For what no reader waits for, of a peer whose line is not known. */
const UNKNOWN_CALM_BLOCKS = 64
/**
 * Some clients answer in pulses (transmission each half second): what one pulse carries is what had been asked before
 * it. Twice its length keeps more asked than a pulse carries, for as long as that makes the pulses grow.
 */
const PULSES_AHEAD = 2
/** Of what a peer says it queues: transmission counts what it is sending as well, and drops what is beyond in silence. */
const QUEUE_SHARE = 15 / 16
/** Blocks more to ask for with each answer of the start: three times as many each round trip. */
const START_GROWTH = 2
/** A measured rate is not the line's when it makes a queue so many times longer than answers take. */
const DISTRUST_FACTOR = 4
/** A longer silence is a stall, not a pulse. */
const MAX_PULSE_MS = 1000
/** A pulse is forgotten slowly: with fewer requests the silences would be back. */
const PULSE_DECAY_MS = 20_000
const UNKNOWN_DELAY_MS = 400
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
  /** In flight when it was last asked. */
  #askedBlocks = 0
  #maxBlocks = Math.floor(DEFAULT_REQUEST_QUEUE * QUEUE_SHARE)
  #minDelayMs = Number.POSITIVE_INFINITY
  #delayMs = 0
  #varianceMs = 0
  #outrunMs = 0
  #isStarting = true
  #rate = 0
  #pulseMs = 0
  #lastBlockMs = -1
  #sampleStartMs = -1
  #sampleBytes = 0

  /** Blocks to keep in flight. */
  get targetBlocks(): number {
    return this.#targetBlocks
  }

  /** As many are enough for what no reader waits for: they keep the line full, and a seek wastes little. */
  get calmBlocks(): number {
    if (this.#rate === 0) return Math.min(this.#targetBlocks, UNKNOWN_CALM_BLOCKS)
    const queue = Math.min(MAX_CALM_QUEUE_BLOCKS, this.#blocksIn(CALM_QUEUE_MS))
    const line = this.#blocksIn(this.#minDelayMs + PULSES_AHEAD * this.#pulseMs)
    return Math.min(this.#targetBlocks, Math.max(MIN_BLOCKS, line + queue))
  }

  /** Measured bytes a millisecond; 0 while unknown. */
  get rate(): number {
    return this.#rate
  }

  /** What one block takes of the line; 0 while unknown. */
  get blockMs(): number {
    return this.#rate > 0 ? BLOCK_BYTES / this.#rate : 0
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

  /**
   * Blocks that are on the line by now, when as many as `inFlight` are asked: to take them back would waste them. By the
   * rate; unless by that rate answers had to be far later than they are, as when they come in bursts: then all but what
   * their delay shows to queue. Of a peer that never answered, all but one.
   */
  linedUp(inFlight: number): number {
    if (this.#delayMs === 0) return Math.min(inFlight, 1)
    const line = this.#blocksIn(this.minDelayMs) + 1
    const isTold = inFlight <= this.#blocksIn(DISTRUST_FACTOR * this.#delayMs)
    const queued = this.#blocksIn(Math.max(0, this.#delayMs - this.minDelayMs))
    return Math.min(inFlight, isTold ? line : Math.max(line, inFlight - queued))
  }

  /** The peer's `reqq`, or another bound of what it queues. */
  limit(maxBlocks: number): void {
    this.#maxBlocks = Math.max(MIN_BLOCKS, Math.floor(maxBlocks * QUEUE_SHARE))
    this.#targetBlocks = Math.min(this.#targetBlocks, this.#maxBlocks)
  }

  /** Whether it answered ever, or another did in its place. */
  get isKnown(): boolean {
    return this.#delayMs > 0 || this.#outrunMs > 0
  }

  /**
   * When a block asked now would arrive, behind `inFlight` others. One that never sent enough at a time to tell its rate
   * goes by its delays; one that never answered counts as middling, unless others were faster.
   */
  expectedMs(inFlight: number): number {
    if (this.#delayMs === 0) return Math.max(UNKNOWN_DELAY_MS, 2 * this.#outrunMs) + 100 * inFlight
    if (this.#rate === 0) return this.#minDelayMs + inFlight * this.#guessedBlockMs
    return this.minDelayMs + ((inFlight + 1) * BLOCK_BYTES) / this.#rate
  }

  /** It unchoked us, one of so many peers that may. Does nothing for one that answered before. */
  start(swarmSize: number): void {
    if (this.#delayMs > 0) return
    const share =
      swarmSize === 1 ? LONE_START_BLOCKS : Math.max(START_BLOCKS, Math.ceil(SHARED_START_BLOCKS / swarmSize))
    this.#targetBlocks = Math.min(this.#maxBlocks, share)
  }

  /** The line was empty: what comes next measures a new stretch. */
  onIdle(): void {
    this.#sampleStartMs = -1
    this.#lastBlockMs = -1
  }

  /** One more was asked, which makes so many in flight. */
  onAsked(inFlight: number): void {
    this.#askedBlocks = inFlight
  }

  /** Another sent a block that this one was asked for so long ago. */
  onOutrun(elapsedMs: number): void {
    this.#outrunMs = Math.max(this.#outrunMs, elapsedMs)
  }

  /** `sentAtMs` is undefined when nobody knows which request of the block this answers: then it tells of the rate alone. */
  onBlock(bytes: number, sentAtMs: number | undefined, nowMs: number): void {
    if (sentAtMs !== undefined) this.#observeDelay(Math.max(0.05, nowMs - sentAtMs))
    this.#observePulse(nowMs)
    this.#measure(bytes, nowMs)
    if (!this.#isStarting && this.#rate > 0) {
      const blocks = this.#blocksIn(this.#minDelayMs + QUEUE_MS + PULSES_AHEAD * this.#pulseMs)
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

  /** By how much longer than the first its answers took on average: those stood half a queue behind it. */
  get #guessedBlockMs(): number {
    const behind = (this.#askedBlocks - 1) / 2
    return behind > 0 ? Math.max(1, (this.#delayMs - this.#minDelayMs) / behind) : this.#minDelayMs / 4
  }

  #observeDelay(delayMs: number): void {
    if (delayMs < this.#minDelayMs) this.#minDelayMs = delayMs
    if (this.#delayMs === 0) {
      this.#delayMs = delayMs
      this.#varianceMs = delayMs / 2
    } else {
      this.#varianceMs += (Math.abs(delayMs - this.#delayMs) - this.#varianceMs) / 8
      this.#delayMs += (delayMs - this.#delayMs) / 8
    }
    if (!this.#isStarting) return
    if (delayMs > this.#minDelayMs + QUEUE_MS) this.#isStarting = false
    else {
      // A line that is asked for less than it was allowed does not show that it takes more (RFC 7661).
      const shown = Math.max(this.#targetBlocks, (1 + START_GROWTH) * this.#askedBlocks)
      this.#targetBlocks = Math.min(this.#maxBlocks, shown, this.#targetBlocks + START_GROWTH)
    }
  }

  /** What the peer gives in this time. */
  #blocksIn(timeMs: number): number {
    return Math.ceil((this.#rate * timeMs) / BLOCK_BYTES)
  }

  /** The longest silence of late between two answers, beyond what the line's delay explains. */
  #observePulse(nowMs: number): void {
    if (this.#lastBlockMs >= 0) {
      const silentMs = nowMs - this.#lastBlockMs
      this.#pulseMs *= Math.exp(-silentMs / PULSE_DECAY_MS)
      this.#pulseMs = Math.max(this.#pulseMs, Math.min(MAX_PULSE_MS, silentMs) - this.#minDelayMs)
    }
    this.#lastBlockMs = nowMs
  }

  #measure(bytes: number, nowMs: number): void {
    if (this.#sampleStartMs < 0) {
      this.#sampleStartMs = nowMs
      this.#sampleBytes = 0
      return
    }
    this.#sampleBytes += bytes
    const elapsedMs = nowMs - this.#sampleStartMs
    if (elapsedMs < Math.max(RATE_SAMPLE_MS, this.#pulseMs)) return
    const sample = this.#sampleBytes / elapsedMs
    // A line that was not asked for all it holds shows no more than that it takes as much.
    const isLeast = this.#askedBlocks < this.calmBlocks
    if (this.#rate === 0) this.#rate = sample
    else if (sample > this.#rate || !isLeast) this.#rate += (sample - this.#rate) / 4
    this.#sampleStartMs = nowMs
    this.#sampleBytes = 0
  }
}
