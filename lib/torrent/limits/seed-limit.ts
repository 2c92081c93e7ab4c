import type { Clock } from '../../domain/clock.ts'

export interface SeedLimitOptions {
  readonly clock: Clock
  /** Bytes sent for each byte received; 0 is no limit. */
  readonly ratio: number
  /** Since it was read last, while online; 0 is no limit. */
  readonly timeS: number
  /** Somebody reads the torrent. */
  isRead(): boolean
  sentBytes(): number
  /** Or stored, when that is more: what a former run received counts as well. */
  receivedBytes(): number
}

/** When a torrent that nobody reads has given enough. While it is read it takes part in its swarm as any other. */
export class SeedLimit {
  readonly #options: SeedLimitOptions
  #lastReadMs: number

  constructor(options: SeedLimitOptions) {
    this.#options = options
    this.#lastReadMs = options.clock.monotonicMs()
  }

  /** It comes online: its time begins anew. */
  restart(): void {
    this.#lastReadMs = this.#options.clock.monotonicMs()
  }

  isReached(): boolean {
    const { clock, ratio, timeS, isRead, sentBytes, receivedBytes } = this.#options
    if (ratio === 0 && timeS === 0) return false
    const nowMs = clock.monotonicMs()
    if (isRead()) {
      this.#lastReadMs = nowMs
      return false
    }
    const isTimeOver = timeS > 0 && nowMs - this.#lastReadMs >= timeS * 1000
    return isTimeOver || (ratio > 0 && sentBytes() >= ratio * receivedBytes())
  }
}
