import type { Clock, Timer } from '../domain/clock.ts'
import type { FileKey } from '../domain/curation.ts'
import { AppError } from '../domain/errors.ts'
import type { Logger } from '../domain/logger.ts'
import { fileKeyText } from './pin-book.ts'

export interface LaneOptions {
  readonly name: string
  /** Files at a time. */
  readonly concurrency: number
  /** How often a file is tried. */
  readonly attempts: number
  readonly clock: Clock
  readonly logger: Logger
  /** One file. Fails when it is to be tried again later. */
  readonly run: (file: FileKey, signal: AbortSignal) => Promise<void>
  /** Nothing waits any more, though something may still run. */
  readonly onDrained?: () => void
}

interface Job {
  readonly file: FileKey
  readonly controller: AbortController
  attempts: number
  /** Monotonic; undefined when it may run now. */
  dueMs: number | undefined
}

const FIRST_GAP_MS = 10 * 60_000
const LAST_GAP_MS = 24 * 60 * 60_000

/** Files one after the other, a few at a time; one that failed again after a gap that doubles up to a day. */
export class Lane {
  readonly #options: LaneOptions
  readonly #jobs = new Map<string, Job>()
  readonly #running = new Map<string, Promise<void>>()
  readonly #retry: Timer
  #isClosed = false

  constructor(options: LaneOptions) {
    this.#options = options
    this.#retry = options.clock.timer(() => this.#pump())
  }

  /** Those that wait, run, or are to be tried again. */
  get size(): number {
    return this.#jobs.size
  }

  get running(): number {
    return this.#running.size
  }

  has(file: FileKey): boolean {
    return this.#jobs.has(fileKeyText(file))
  }

  /** Does nothing for a file that is in the lane already. */
  add(file: FileKey): void {
    const key = fileKeyText(file)
    if (this.#isClosed || this.#options.concurrency < 1 || this.#jobs.has(key)) return
    const { infoHash, fileIndex } = file
    const job = { file: { infoHash, fileIndex }, controller: new AbortController(), attempts: 0, dueMs: undefined }
    this.#jobs.set(key, job)
    this.#pump()
  }

  /** What waits for its next attempt is tried now. */
  hurry(isMeant: (file: FileKey) => boolean): void {
    for (const job of this.#jobs.values()) {
      if (job.dueMs === undefined || !isMeant(job.file)) continue
      job.dueMs = undefined
      job.attempts = 0
    }
    this.#pump()
  }

  remove(isMeant: (file: FileKey) => boolean): void {
    for (const [key, job] of this.#jobs) {
      if (!isMeant(job.file)) continue
      this.#jobs.delete(key)
      job.controller.abort(new AppError('aborted', 'no longer wanted'))
    }
    this.#pump()
  }

  /** Ends what runs and forgets the rest. Idempotent. */
  async close(): Promise<void> {
    this.#isClosed = true
    this.#retry.dispose()
    this.remove(() => true)
    await Promise.all(this.#running.values())
  }

  #pump(): void {
    if (this.#isClosed) return
    const nowMs = this.#options.clock.monotonicMs()
    let nextDueMs = Number.POSITIVE_INFINITY
    let waiting = 0
    for (const [key, job] of this.#jobs) {
      // A removed job of the same file may still be on its way out.
      if (this.#running.has(key)) continue
      const dueMs = job.dueMs ?? nowMs
      if (dueMs > nowMs) nextDueMs = Math.min(nextDueMs, dueMs)
      else if (this.#running.size < this.#options.concurrency) this.#start(key, job)
      else waiting++
    }
    if (Number.isFinite(nextDueMs)) this.#retry.arm(nextDueMs - nowMs)
    else this.#retry.disarm()
    if (waiting === 0 && this.#running.size < this.#options.concurrency) this.#options.onDrained?.()
  }

  #start(key: string, job: Job): void {
    job.dueMs = undefined
    const running = this.#run(key, job).finally(() => {
      this.#running.delete(key)
      this.#pump()
    })
    this.#running.set(key, running)
  }

  async #run(key: string, job: Job): Promise<void> {
    const { run, clock, logger, attempts, name } = this.#options
    try {
      await run(job.file, job.controller.signal)
      if (this.#jobs.get(key) === job) this.#jobs.delete(key)
    } catch (error) {
      if (job.controller.signal.aborted) return
      job.attempts++
      logger.debug('not fetched', { lane: name, ...job.file, attempts: job.attempts, err: error })
      if (job.attempts >= attempts) this.#jobs.delete(key)
      else job.dueMs = clock.monotonicMs() + Math.min(LAST_GAP_MS, FIRST_GAP_MS * 2 ** (job.attempts - 1))
    }
  }
}
