import { type FSWatcher, watch } from 'node:fs'
import { access, constants, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { Clock, Timer } from '../domain/clock.ts'
import { AppError } from '../domain/errors.ts'
import type { Intake } from '../domain/intake.ts'
import type { Logger } from '../domain/logger.ts'
import type { SettledTreeSource } from './drop-adder.ts'
import { InboxProcessor } from './inbox-processor.ts'

export interface WatchFolderOptions {
  readonly directory: string
  readonly intake: Intake
  readonly trees: SettledTreeSource
  readonly clock: Clock
  readonly logger: Logger
  /** As `InboxProcessorOptions`. */
  readonly settleMs?: number
}

/** For a directory that went away: a drive unplugged, a share not mounted. */
const RETRY_MS = 10_000

/**
 * A directory of this machine with the rules of the inbox: what is in it at the start, and what comes. What lies in
 * directories inside it is left alone. A directory that goes away is looked for every ten seconds.
 */
export class WatchFolder {
  readonly #directory: string
  readonly #logger: Logger
  readonly #processor: InboxProcessor
  readonly #retryTimer: Timer
  #watcher: FSWatcher | undefined
  /** What runs in the background. */
  #checking: Promise<void> = Promise.resolve()
  #isClosed = false

  constructor({ directory, intake, trees, clock, logger, settleMs }: WatchFolderOptions) {
    this.#directory = directory
    this.#logger = logger.child({ directory })
    this.#processor = new InboxProcessor({
      directory,
      isRecursive: false,
      intake,
      trees,
      clock,
      logger,
      ...(settleMs !== undefined && { settleMs }),
    })
    this.#retryTimer = clock.timer(() => this.#check(() => this.#reopen()))
  }

  /** Fails with `invalid` when there is no such directory, or it may not be read and written. */
  async start(): Promise<void> {
    await assertUsable(this.#directory)
    this.#watch()
    await this.#processor.start()
  }

  /** Idempotent. */
  async close(): Promise<void> {
    this.#isClosed = true
    await this.#checking
    this.#watcher?.close()
    this.#retryTimer.dispose()
    await this.#processor.close()
  }

  #watch(): void {
    try {
      this.#watcher = watch(this.#directory)
    } catch (error) {
      throw new AppError('unavailable', `${this.#directory} cannot be watched: ${(error as Error).message}`, error)
    }
    this.#watcher.on('change', (_event, name) => this.#onChange(name))
    this.#watcher.on('error', (error) => this.#onLost(error))
  }

  #onChange(name: string | Buffer | null): void {
    if (typeof name === 'string') this.#processor.notice(join(this.#directory, name))
    // The platform lost the name, or tells of the directory itself by its own.
    if (typeof name !== 'string' || name === basename(this.#directory)) this.#check(() => this.#lookAround())
  }

  async #lookAround(): Promise<void> {
    try {
      await this.#processor.scan()
    } catch (error) {
      this.#onLost(error)
    }
  }

  #onLost(error: unknown): void {
    if (this.#isClosed) return
    this.#logger.warn('the watched directory went away', { err: error })
    this.#watcher?.close()
    this.#retryTimer.arm(RETRY_MS)
  }

  async #reopen(): Promise<void> {
    if (this.#isClosed) return
    try {
      await this.start()
      this.#logger.info('the watched directory is back')
    } catch (error) {
      this.#logger.debug('the watched directory is still away', { err: error })
      this.#watcher?.close()
      this.#retryTimer.arm(RETRY_MS)
    }
  }

  /** One after the other. */
  #check(work: () => Promise<void>): void {
    if (this.#isClosed) return
    this.#checking = this.#checking.then(work)
  }
}

async function assertUsable(directory: string): Promise<void> {
  let isDirectory: boolean
  try {
    isDirectory = (await stat(directory)).isDirectory()
    await access(directory, constants.R_OK | constants.W_OK | constants.X_OK)
  } catch (error) {
    throw new AppError('invalid', `${directory} cannot be used: ${(error as Error).message}`, error)
  }
  if (!isDirectory) throw new AppError('invalid', `${directory} is no directory`)
}
