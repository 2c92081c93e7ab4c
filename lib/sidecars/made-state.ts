import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import type { Logger } from '../domain/logger.ts'
import type { SidecarRole } from '../domain/sidecars.ts'

/** Changes whenever the same metadata gives another text, or another choice of images. */
const FORMAT = 1

/**
 * What the last run left, in a small file: which roles its sidecars have, and whether images were still to be fetched.
 * The library knows neither.
 */
export class MadeState {
  readonly #path: string
  readonly #logger: Logger
  readonly #roles: string
  #isComplete: boolean | undefined

  constructor(path: string, roles: ReadonlySet<SidecarRole>, logger: Logger) {
    this.#path = path
    this.#logger = logger
    this.#roles = [...roles].sort().join()
  }

  /** Whether what the last run made is all that this one would. */
  isCurrent(): boolean {
    try {
      return readFileSync(this.#path, 'utf8') === this.#text(true)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') this.#warn(error)
      return false
    }
  }

  /** Returns once it is written, for what it says to hold before the library says more. */
  write(isComplete: boolean): void {
    if (this.#isComplete === isComplete) return
    try {
      writeFileSync(`${this.#path}.part`, this.#text(isComplete))
      renameSync(`${this.#path}.part`, this.#path)
      this.#isComplete = isComplete
    } catch (error) {
      this.#warn(error)
    }
  }

  #text(isComplete: boolean): string {
    return `${JSON.stringify({ format: FORMAT, roles: this.#roles, isComplete })}\n`
  }

  #warn(error: unknown): void {
    this.#logger.warn('what sidecars were made is not known: the next start makes all anew', { err: error })
  }
}
