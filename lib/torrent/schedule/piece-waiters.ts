interface Waiter {
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

/** Readers that wait for pieces. */
export class PieceWaiters {
  readonly #waiters = new Map<number, Set<Waiter>>()

  /** Pieces that somebody waits for. */
  get pieces(): Iterable<number> {
    return this.#waiters.keys()
  }

  has(piece: number): boolean {
    return this.#waiters.has(piece)
  }

  /** Settles with `resolve` or `rejectAll`, or rejects with the signal's reason; the listener is always removed. */
  wait(piece: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const waiters = this.#waiters.get(piece) ?? new Set()
      this.#waiters.set(piece, waiters)
      const leave = () => {
        signal.removeEventListener('abort', onAbort)
        waiters.delete(waiter)
        if (waiters.size === 0) this.#waiters.delete(piece)
      }
      const waiter: Waiter = {
        resolve: () => {
          leave()
          resolve()
        },
        reject: (error) => {
          leave()
          reject(error as Error)
        },
      }
      const onAbort = () => waiter.reject(signal.reason)
      signal.addEventListener('abort', onAbort)
      waiters.add(waiter)
    })
  }

  /** The piece can be read. */
  resolve(piece: number): void {
    for (const waiter of [...(this.#waiters.get(piece) ?? [])]) waiter.resolve()
  }

  rejectAll(error: unknown): void {
    for (const waiters of [...this.#waiters.values()]) for (const waiter of [...waiters]) waiter.reject(error)
  }
}
