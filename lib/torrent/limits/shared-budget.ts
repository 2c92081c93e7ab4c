import { type Disposable, disposable } from '../../domain/disposable.ts'

/** An amount that all torrents share: bytes of unfinished pieces, or connections. */
export class SharedBudget {
  /** Those that share it, each with what makes it give something up. */
  readonly #members = new Map<object, () => boolean>()
  readonly cap: number
  #used = 0
  readonly #waiting = new Set<() => void>()

  constructor(cap: number) {
    this.cap = cap
  }

  get used(): number {
    return this.#used
  }

  get isFull(): boolean {
    return this.#used >= this.cap
  }

  /** What each of those that joined may call its own, at least 1. */
  get share(): number {
    return Math.max(1, Math.floor(this.cap / Math.max(1, this.#members.size)))
  }

  /** Takes part in the sharing. `giveUp` releases something that is beyond its share; false when there is nothing. */
  join(giveUp: () => boolean): Disposable {
    const member = {}
    this.#members.set(member, giveUp)
    return disposable(() => this.#members.delete(member))
  }

  /** One with less than its share wants something: another gives something up. False when nobody has too much. */
  demand(): boolean {
    for (const [member, giveUp] of this.#members) {
      if (!giveUp()) continue
      this.#members.delete(member) // the next demand begins with another
      this.#members.set(member, giveUp)
      return true
    }
    return false
  }

  /** Takes `amount` when there is room, or in any case when `force`. */
  reserve(amount: number, force = false): boolean {
    if (!force && this.#used + amount > this.cap) return false
    this.#used += amount
    return true
  }

  release(amount: number): void {
    this.#used -= amount
    if (this.#waiting.size === 0) return
    const woken = [...this.#waiting]
    this.#waiting.clear()
    for (const wake of woken) wake()
  }

  /** Calls `wake` once, at the next release. The same function waits once. */
  onRelease(wake: () => void): void {
    this.#waiting.add(wake)
  }

  forget(wake: () => void): void {
    this.#waiting.delete(wake)
  }
}
