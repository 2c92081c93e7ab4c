/** Undoes what returned it. Idempotent. */
export interface Disposable {
  dispose(): void
}

export const disposable = (undo: () => void): Disposable => {
  let done = false
  return {
    dispose() {
      if (done) return
      done = true
      undo()
    },
  }
}

/** A set of listeners. `emit` calls them in the order of their subscription; one that throws stops none of the others. */
export class Listeners<T> {
  readonly #listeners = new Set<(event: T) => void>()

  get size(): number {
    return this.#listeners.size
  }

  add(listener: (event: T) => void): Disposable {
    const own = (event: T) => listener(event)
    this.#listeners.add(own)
    return disposable(() => this.#listeners.delete(own))
  }

  /** Throws the first listener's error, after all of them ran. */
  emit(event: T): void {
    let failed: { error: unknown } | undefined
    for (const listener of [...this.#listeners]) {
      try {
        listener(event)
      } catch (error) {
        failed ??= { error }
      }
    }
    if (failed) throw failed.error
  }
}
