import type { Clock, Timer } from '../domain/clock.ts'
import type { Logger } from '../domain/logger.ts'
import { type FileStamp, stampOf } from './drop-files.ts'

export interface SettlingFilesOptions {
  readonly clock: Clock
  readonly logger: Logger
  /** Between two looks at a file. */
  readonly settleMs: number
  readonly onSettled: (path: string, file: SettledFile) => void
}

export interface SettledFile {
  readonly stamp: FileStamp
  /** Whether nobody writes to it any more: a file that cannot be read so will never be. */
  readonly isFinal: boolean
}

interface Look {
  readonly dueMs: number
  /** Whether whoever wrote it said that it is all there. */
  readonly isWhole: boolean
  /** What the look before saw. */
  readonly seen?: string
  /** What could not be read. */
  readonly unreadable?: string
}

/** A download or a copy may pause for so long. */
const UNFINISHED_MS = 30_000

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

  /** The file came to be, or was written to; `isWhole` when that is known to be all of it. */
  touch(path: string, isWhole: boolean): void {
    this.#begin(path, { isWhole })
  }

  /** What settled and is not final could not be read: it settles again when it has changed, or is final. */
  touchUnreadable(path: string, { version }: FileStamp): void {
    this.#begin(path, { isWhole: false, seen: version, unreadable: version })
  }

  /** Forgets all of them. Idempotent. */
  async close(): Promise<void> {
    this.#isClosed = true
    this.#looks.clear()
    this.#timer.dispose()
    await this.#looking
  }

  #begin(path: string, look: Omit<Look, 'dueMs'>): void {
    if (this.#isClosed) return
    this.#schedule(path, look)
    if (!this.#looking) this.#arm()
  }

  #schedule(path: string, look: Omit<Look, 'dueMs'>): void {
    this.#looks.delete(path)
    this.#looks.set(path, { ...look, dueMs: this.#options.clock.monotonicMs() + this.#options.settleMs })
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
      if (!stamp || stamp.sizeBytes === 0) {
        this.#looks.delete(path)
        continue
      }
      const isFinal = look.isWhole || !this.#isFresh(stamp)
      if (stamp.version !== look.seen || (stamp.version === look.unreadable && !isFinal)) {
        this.#schedule(path, { ...look, seen: stamp.version })
      } else {
        this.#looks.delete(path)
        this.#options.onSettled(path, { stamp, isFinal })
      }
    }
  }

  /** Either way: the clocks of a share's two ends differ. */
  #isFresh({ modifiedAtMs }: FileStamp): boolean {
    return Math.abs(this.#options.clock.nowMs() - modifiedAtMs) < UNFINISHED_MS
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
