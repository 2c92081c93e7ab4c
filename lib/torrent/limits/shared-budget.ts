/** An amount that all torrents share: bytes of unfinished pieces, or connections. */
export class SharedBudget {
  readonly cap: number
  #used = 0
  readonly #waiting = new Set<() => void>()

  constructor(cap: number) {
    this.cap = cap
  }

  get used(): number {
    return this.#used
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
