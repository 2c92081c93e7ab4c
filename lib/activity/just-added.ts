import type { Clock } from '../domain/clock.ts'

/** More at a time are not added by a person who is about to play one. */
const MAX_ONLINE = 4

/** How many torrents may be on the network for nothing but having been added a moment ago. */
export class JustAdded {
  readonly onlineMs: number
  readonly #clock: Clock
  /** Of those that may be online still, monotonic. */
  #addedAtMs: readonly number[] = []

  /** 0 is none. */
  constructor(clock: Clock, onlineMs: number) {
    this.#clock = clock
    this.onlineMs = onlineMs
  }

  /** Whether one that is added now may be. */
  take(): boolean {
    const nowMs = this.#clock.monotonicMs()
    this.#addedAtMs = this.#addedAtMs.filter((addedAtMs) => nowMs - addedAtMs < this.onlineMs)
    if (this.onlineMs === 0 || this.#addedAtMs.length >= MAX_ONLINE) return false
    this.#addedAtMs = [...this.#addedAtMs, nowMs]
    return true
  }
}
