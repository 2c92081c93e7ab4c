import type { Clock } from '../domain/clock.ts'

const MAX_PATHS = 1000

/**
 * What is remembered of paths for `keptMs`; of more than 1,000, the newest. Forgotten when they are next asked for or
 * others come: no timer runs.
 */
export class RecentPaths<T> {
  readonly #clock: Clock
  readonly #keptMs: number
  /** The oldest first. */
  readonly #paths = new Map<string, { readonly value: T; readonly untilMs: number }>()

  constructor(clock: Clock, keptMs: number) {
    this.#clock = clock
    this.#keptMs = keptMs
  }

  set(segments: readonly string[], value: T): void {
    const key = keyOf(segments)
    this.#paths.delete(key)
    this.#paths.set(key, { value, untilMs: this.#clock.monotonicMs() + this.#keptMs })
    for (const [oldest, { untilMs }] of this.#paths) {
      if (this.#paths.size <= MAX_PATHS && untilMs > this.#clock.monotonicMs()) break
      this.#paths.delete(oldest)
    }
  }

  get(segments: readonly string[]): T | undefined {
    const kept = this.#paths.get(keyOf(segments))
    return kept && kept.untilMs > this.#clock.monotonicMs() ? kept.value : undefined
  }

  /** Of the path or the nearest above it that is remembered, with the names below that one. */
  nearest(segments: readonly string[]): { readonly value: T; readonly rest: readonly string[] } | undefined {
    if (this.#paths.size === 0) return undefined
    for (let length = segments.length; length > 0; length--) {
      const value = this.get(segments.slice(0, length))
      if (value !== undefined) return { value, rest: segments.slice(length) }
    }
    return undefined
  }

  delete(segments: readonly string[]): void {
    this.#paths.delete(keyOf(segments))
  }
}

/** A client may ask in either form for what it named in the other. */
const keyOf = (segments: readonly string[]): string => segments.join('/').normalize('NFC')
