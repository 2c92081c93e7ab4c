import type { Clock } from '../domain/clock.ts'

const MAX_FAILURES = 10
const WINDOW_MS = 60_000
const MAX_ADDRESSES = 10_000

interface Attempts {
  count: number
  untilMs: number
  /** Whom all of them named; undefined when they named several. */
  user: string | undefined
}

/**
 * Failed logins per address: after `MAX_FAILURES` within a minute of the first, the address waits for its end. A login
 * that passes takes back only failures of its own user, or whoever has one could guess at another without end.
 */
export class AttemptLimit {
  readonly #clock: Clock
  readonly #attempts = new Map<string, Attempts>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Whole seconds, 0 when it may try. */
  blockedForS(address: string): number {
    const attempts = this.#attempts.get(networkOf(address))
    if (!attempts || attempts.count < MAX_FAILURES) return 0
    return Math.max(0, Math.ceil((attempts.untilMs - this.#clock.monotonicMs()) / 1000))
  }

  failed(address: string, user: string): void {
    const network = networkOf(address)
    const nowMs = this.#clock.monotonicMs()
    const attempts = this.#attempts.get(network)
    if (attempts && attempts.untilMs > nowMs) {
      attempts.count += 1
      if (attempts.user !== user) attempts.user = undefined
      return
    }
    this.#attempts.delete(network)
    this.#attempts.set(network, { count: 1, untilMs: nowMs + WINDOW_MS, user })
    const [oldest] = this.#attempts.keys()
    if (this.#attempts.size > MAX_ADDRESSES && oldest !== undefined) this.#attempts.delete(oldest)
  }

  /** @param user asked for only when there were failures */
  succeeded(address: string, user: () => string): void {
    if (this.#attempts.size === 0) return
    const network = networkOf(address)
    const attempts = this.#attempts.get(network)
    if (attempts?.user !== undefined && attempts.user === user()) this.#attempts.delete(network)
  }
}

/** One household has one /64 of IPv6 addresses, and all of it to guess from. */
function networkOf(address: string): string {
  if (!address.includes(':') || address.startsWith('::ffff:')) return address
  const [head = '', tail] = address.split('::')
  const left = head === '' ? [] : head.split(':')
  const right = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros = tail === undefined ? [] : Array<string>(Math.max(0, 8 - left.length - right.length)).fill('0')
  return [...left, ...zeros, ...right].slice(0, 4).join(':')
}
