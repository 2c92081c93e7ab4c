import type { Clock, Timer } from '../domain/clock.ts'
import { AppError } from '../domain/errors.ts'
import type { Logger } from '../domain/logger.ts'
import type { SidecarOwner } from '../domain/sidecars.ts'
import { OwnerQueue } from './owner-queue.ts'

export interface ImageFetcherOptions {
  /** Fetches what images an owner lacks. What it fails with is an outage: the owner is taken up again later. */
  readonly fetch: (owner: SidecarOwner, signal: AbortSignal) => Promise<void>
  /** Told when nothing is left to fetch. */
  readonly onDrained: () => void
  readonly clock: Clock
  readonly logger: Logger
  /** Owners at a time. */
  readonly workers: number
  /** In [0, 1), for the jitter. */
  readonly random: () => number
}

const FIRST_OUTAGE_MS = 30_000
const LONGEST_OUTAGE_MS = 60 * 60 * 1000

/** Fetches the images of owners in the background, a few at a time, and waits, longer each time, while it cannot. */
export class ImageFetcher {
  readonly #options: ImageFetcherOptions
  readonly #queue = new OwnerQueue()
  readonly #timer: Timer
  readonly #closing = new AbortController()
  readonly #running = new Set<Promise<void>>()
  #isWaiting = false
  #outages = 0

  constructor(options: ImageFetcherOptions) {
    this.#options = options
    this.#timer = options.clock.timer(() => {
      this.#isWaiting = false
      this.#fill()
    })
  }

  /** Nothing is queued, and nothing runs. */
  get isIdle(): boolean {
    return this.#queue.size === 0 && this.#running.size === 0
  }

  add(owner: SidecarOwner): void {
    this.#queue.add(owner)
    this.#fill()
  }

  /** Ends what is being fetched. Idempotent. */
  async close(): Promise<void> {
    this.#closing.abort(new AppError('aborted', 'the service is closing'))
    this.#timer.dispose()
    await Promise.all(this.#running)
  }

  #fill(): void {
    while (!this.#isWaiting && !this.#closing.signal.aborted && this.#running.size < this.#options.workers) {
      const owner = this.#queue.take()
      if (!owner) return
      const work = this.#fetch(owner).finally(() => {
        this.#running.delete(work)
        this.#fill()
        if (this.isIdle && !this.#closing.signal.aborted) this.#options.onDrained()
      })
      this.#running.add(work)
    }
  }

  async #fetch(owner: SidecarOwner): Promise<void> {
    const { signal } = this.#closing
    try {
      await this.#options.fetch(owner, signal)
      this.#outages = 0
    } catch (error) {
      if (signal.aborted) return
      this.#queue.add(owner)
      this.#waitOut(error)
    }
  }

  /** Failures of one moment, by several workers, are one outage. */
  #waitOut(error: unknown): void {
    if (this.#isWaiting) return
    this.#isWaiting = true
    const fullMs = Math.min(FIRST_OUTAGE_MS * 2 ** this.#outages, LONGEST_OUTAGE_MS)
    const waitMs = fullMs * (0.5 + this.#options.random() / 2)
    this.#outages++
    const fields = { err: error, nextTryMs: Math.round(waitMs) }
    if (this.#outages === 1) this.#options.logger.warn('images cannot be fetched now', fields)
    else this.#options.logger.debug('images still cannot be fetched', fields)
    this.#timer.arm(waitMs)
  }
}
