import type { Clock, Timer } from '../domain/clock.ts'
import type { Logger } from '../domain/logger.ts'
import { type FileStamp, stampOf } from './drop-files.ts'

export interface SettlingFilesOptions {
  readonly clock: Clock
  readonly logger: Logger
  /** Between two looks at a file. */
  readonly settleMs: number
  readonly onSettled: (path: string, stamp: FileStamp) => void
}

interface Look {
  readonly dueMs: number
  /** What the look before saw. */
  readonly seen: string | undefined
}

/**
 * Waits for files that clients write in pieces: a file has settled when two looks, `settleMs` apart, saw the same, and no
 * `touch` came between. An empty file has not: clients make one first and write it then, which is a touch of its own.
 */
export class SettlingFiles {
  readonly #options: SettlingFilesOptions
  readonly #timer: Timer
  /** By path. All wait equally long, so the order of insertion is the order in which they are due. */
  readonly #looks = new Map<string, Look>()
  #looking: Promise<void> | undefined
  #isClosed = false

  constructor(options: SettlingFilesOptions) {
    this.#options = options
    this.#timer = options.clock.timer(() => this.#run())
  }

  /** The file came to be, or was written to. */
  touch(path: string): void {
    if (this.#isClosed) return
    this.#schedule(path, undefined)
    if (!this.#looking) this.#arm()
  }

  /** Forgets all of them. Idempotent. */
  async close(): Promise<void> {
    this.#isClosed = true
    this.#looks.clear()
    this.#timer.dispose()
    await this.#looking
  }

  #schedule(path: string, seen: string | undefined): void {
    this.#looks.delete(path)
    this.#looks.set(path, { dueMs: this.#options.clock.monotonicMs() + this.#options.settleMs, seen })
  }

  #arm(): void {
    const [first] = this.#looks.values()
    if (first) this.#timer.arm(Math.max(0, first.dueMs - this.#options.clock.monotonicMs()))
    else this.#timer.disarm()
  }

  #run(): void {
    this.#looking = this.#lookAtDue().finally(() => {
      this.#looking = undefined
      this.#arm()
    })
  }

  /** Never rejects. */
  async #lookAtDue(): Promise<void> {
    for (const [path, look] of this.#looks) {
      if (look.dueMs > this.#options.clock.monotonicMs()) return
      const stamp = await this.#stamp(path)
      if (this.#looks.get(path) !== look) continue // touched, or closed, during the look
      if (!stamp || stamp.sizeBytes === 0) this.#looks.delete(path)
      else if (stamp.version !== look.seen) this.#schedule(path, stamp.version)
      else {
        this.#looks.delete(path)
        this.#options.onSettled(path, stamp)
      }
    }
  }

  /** A file that cannot be looked at counts as gone. */
  async #stamp(path: string): Promise<FileStamp | undefined> {
    try {
      return await stampOf(path)
    } catch (error) {
      this.#options.logger.warn('a dropped file cannot be looked at', { path, err: error })
      return undefined
    }
  }
}
