import type { Clock, Timer } from '../domain/clock.ts'
import type { LibraryCuration } from '../domain/curation.ts'
import type { Disposable } from '../domain/disposable.ts'
import type { InfoHash } from '../domain/ids.ts'
import type { Logger } from '../domain/logger.ts'

export interface TrashKeeperOptions {
  readonly curation: Pick<LibraryCuration, 'purgeTrash' | 'oldestTrashedAtMs'>
  /** As `LibraryWriter.onCommitted`. */
  readonly onCommitted: (listener: () => void) => Disposable
  /** Torrents of which nothing is left to show: they are to be removed. */
  readonly onPurged: (infoHashes: readonly InfoHash[]) => Promise<void> | void
  readonly clock: Clock
  readonly logger: Logger
  /** How long what was trashed can be restored. */
  readonly keepMs: number
}

/** Node's timers count milliseconds in 31 bits: 24.8 days. */
const LONGEST_MS = 20 * 24 * 60 * 60_000
const RETRY_MS = 60 * 60_000

/**
 * Purges what is in the trash for too long, by one timer that is due when the oldest is; none is
 * set while the trash is empty. A purge that fails is logged, and tried again after an hour.
 */
export class TrashKeeper {
  readonly #options: TrashKeeperOptions
  readonly #timer: Timer
  #subscription: Disposable | undefined
  #isArmed = false
  readonly #removals = new Set<Promise<void>>()

  constructor(options: TrashKeeperOptions) {
    this.#options = options
    this.#timer = options.clock.timer(() => {
      this.#isArmed = false
      this.#run()
    })
  }

  /** Purges what is due. Fails with `internal` when the library cannot be read. */
  start(): void {
    this.#subscription ??= this.#options.onCommitted(() => this.#onCommit())
    this.#run()
  }

  /** Idempotent; a torrent that is being removed is waited for. */
  async close(): Promise<void> {
    this.#subscription?.dispose()
    this.#subscription = undefined
    this.#timer.dispose()
    await Promise.all(this.#removals)
  }

  /** What is trashed later than the oldest is due later: an armed timer stays as it is. */
  #onCommit(): void {
    if (this.#isArmed) return
    try {
      this.#arm()
    } catch (error) {
      this.#onFailure(error)
    }
  }

  #run(): void {
    const { curation, clock, keepMs, logger } = this.#options
    try {
      const oldestAtMs = curation.oldestTrashedAtMs()
      if (oldestAtMs !== undefined && clock.nowMs() - oldestAtMs >= keepMs) {
        const bare = curation.purgeTrash(clock.nowMs() - keepMs + 1)
        logger.info('emptied the trash of what was old', { torrents: bare.length })
        if (bare.length > 0) this.#remove(bare)
      }
      this.#arm()
    } catch (error) {
      this.#onFailure(error)
    }
  }

  #remove(bare: readonly InfoHash[]): void {
    const removal = (async () => await this.#options.onPurged(bare))()
      .catch((error: unknown) => {
        // They show nowhere, and hold nothing but their place on the disk.
        this.#options.logger.error('torrents that the trash left could not be removed', { err: error, torrents: bare })
      })
      .finally(() => this.#removals.delete(removal))
    this.#removals.add(removal)
  }

  #onFailure(error: unknown): void {
    this.#options.logger.error('the trash could not be emptied', { err: error, retryMs: RETRY_MS })
    this.#armIn(RETRY_MS)
  }

  #arm(): void {
    const { curation, clock, keepMs } = this.#options
    const oldestAtMs = curation.oldestTrashedAtMs()
    if (oldestAtMs !== undefined) this.#armIn(Math.max(0, oldestAtMs + keepMs - clock.nowMs()))
  }

  #armIn(delayMs: number): void {
    if (!this.#subscription) return
    this.#isArmed = true
    this.#timer.arm(Math.min(delayMs, LONGEST_MS))
  }
}
