import type { Clock } from '../domain/clock.ts'
import { foldName } from '../domain/legal-name.ts'

const KEPT_MS = 60 * 60_000
const MAX_FOLDERS = 1000

/**
 * Folders below /Offline that were made and hold nothing yet: the library knows paths of files only. Each is forgotten
 * after an hour; of more than 1,000, the oldest.
 */
export class RememberedFolders {
  readonly #clock: Clock
  /** When each was made, the oldest first. */
  readonly #madeAtMs = new Map<string, number>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  add(parts: readonly string[]): void {
    const key = keyOf(parts)
    this.#madeAtMs.delete(key)
    this.#madeAtMs.set(key, this.#clock.nowMs())
    for (const [oldest, atMs] of this.#madeAtMs) {
      if (this.#madeAtMs.size <= MAX_FOLDERS && !this.#isOver(atMs)) break
      this.#madeAtMs.delete(oldest)
    }
  }

  has(parts: readonly string[]): boolean {
    const atMs = this.#madeAtMs.get(keyOf(parts))
    return atMs !== undefined && !this.#isOver(atMs)
  }

  /** With what is below it. False when it was not there. */
  delete(parts: readonly string[]): boolean {
    const key = keyOf(parts)
    let isFound = false
    for (const other of this.#madeAtMs.keys()) {
      if (other === key || other.startsWith(`${key}/`)) isFound = this.#madeAtMs.delete(other) || isFound
    }
    return isFound
  }

  #isOver(atMs: number): boolean {
    return this.#clock.nowMs() - atMs >= KEPT_MS
  }
}

const keyOf = (parts: readonly string[]): string => parts.map(foldName).join('/')
