import type { Clock, Timer } from '../domain/clock.ts'
import { type Disposable, Listeners } from '../domain/disposable.ts'
import type { EmptyFolders } from '../domain/drive-actions.ts'
import { foldName, legalName } from '../domain/legal-name.ts'

const KEPT_MS = 60 * 60_000
const MAX_FOLDERS = 1000

interface Folder {
  readonly path: string
  readonly madeAtMs: number
}

/** In memory, each for an hour; of more than 1,000, the newest. One timer, for the oldest. */
export class RememberedFolders implements EmptyFolders {
  readonly #clock: Clock
  readonly #timer: Timer
  readonly #changed = new Listeners<void>()
  /** By its folded path, the oldest first. */
  readonly #folders = new Map<string, Folder>()

  constructor(clock: Clock) {
    this.#clock = clock
    this.#timer = clock.timer(() => this.#forget())
  }

  folders(): readonly string[] {
    return Array.from(this.#folders.values(), ({ path }) => path)
  }

  onChanged(listener: () => void): Disposable {
    return this.#changed.add(listener)
  }

  add(parts: readonly string[]): void {
    const path = folderPath(parts)
    this.#folders.set(foldName(path), { path, madeAtMs: this.#clock.nowMs() })
    this.#forget()
  }

  has(parts: readonly string[]): boolean {
    return this.#folders.has(foldName(folderPath(parts)))
  }

  /** With what is below it. */
  delete(parts: readonly string[]): void {
    const above = folderPath(parts)
    const gone = this.folders().filter((path) => isAtOrBelow(path, above))
    for (const path of gone) this.#folders.delete(foldName(path))
    if (gone.length > 0) this.#changed.emit()
  }

  /** With what is below it. */
  rename(from: readonly string[], to: readonly string[]): void {
    const [before, after] = [folderPath(from), folderPath(to)]
    const moved = this.folders().filter((path) => isAtOrBelow(path, before))
    this.delete(from)
    for (const path of moved) this.add(`${after}${path.slice(before.length)}`.split('/'))
  }

  /** Idempotent. */
  close(): void {
    this.#timer.dispose()
  }

  #forget(): void {
    const nowMs = this.#clock.nowMs()
    for (const [key, { madeAtMs }] of this.#folders) {
      const dueMs = madeAtMs + KEPT_MS - nowMs
      if (this.#folders.size <= MAX_FOLDERS && dueMs > 0) {
        this.#timer.arm(dueMs)
        break
      }
      this.#folders.delete(key)
    }
    this.#changed.emit()
  }
}

/** As the tree shows it. */
export function folderPath(parts: readonly string[]): string {
  return parts.map((part) => legalName(part, '', 240)).join('/')
}

function isAtOrBelow(path: string, above: string): boolean {
  return foldName(`${path}/`).startsWith(foldName(`${above}/`))
}
