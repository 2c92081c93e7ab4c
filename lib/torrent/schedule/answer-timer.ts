import type { Clock, Timer } from '../../domain/clock.ts'
import type { BlockDealer } from './block-dealer.ts'
import type { BlockRequests } from './block-requests.ts'
import { LATE_EVERY_MS } from './late-blocks.ts'
import type { SilentPeers } from './silent-peers.ts'

const STALL_EVERY_MS = 500

export interface AnswerTimerOptions {
  readonly clock: Clock
  readonly requests: BlockRequests
  readonly dealer: BlockDealer
  readonly silent: SilentPeers
  /** Blocks of a silent peer are free for others. */
  onFreed(): void
}

/** Looks from time to time at what was asked and has not come. Runs only while blocks are in flight. */
export class AnswerTimer {
  readonly #options: AnswerTimerOptions
  readonly #timer: Timer
  #dueMs = Number.POSITIVE_INFINITY

  constructor(options: AnswerTimerOptions) {
    this.#options = options
    this.#timer = options.clock.timer(() => this.#onTimer())
  }

  /** Sooner than it was, once a reader waits. */
  arm(): void {
    const { clock, requests, dealer } = this.#options
    const nowMs = clock.monotonicMs()
    if (this.#dueMs <= nowMs + LATE_EVERY_MS) return
    const dueMs = nowMs + (requests.all.size > 1 && dealer.isAnyWaited ? LATE_EVERY_MS : STALL_EVERY_MS)
    if (this.#dueMs <= dueMs) return
    this.#dueMs = dueMs
    this.#timer.arm(dueMs - nowMs)
  }

  disarm(): void {
    this.#timer.disarm()
    this.#dueMs = Number.POSITIVE_INFINITY
  }

  dispose(): void {
    this.#timer.dispose()
  }

  #onTimer(): void {
    this.#dueMs = Number.POSITIVE_INFINITY
    const { clock, requests, dealer, silent, onFreed } = this.#options
    const nowMs = clock.monotonicMs()
    for (const asked of [...requests.all.values()]) if (silent.checkStall(asked, nowMs)) onFreed()
    let inFlight = 0
    for (const asked of requests.all.values()) {
      if (asked.room > 0) dealer.fill(asked)
      inFlight += asked.inFlight.size
    }
    if (inFlight > 0) this.arm()
  }
}
