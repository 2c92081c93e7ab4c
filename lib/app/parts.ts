import type { Config } from '../config.ts'
import type { Clock } from '../domain/clock.ts'
import { AppError } from '../domain/errors.ts'
import type { Logger } from '../domain/logger.ts'
import type { PrometheusMetrics } from '../metrics/prometheus-metrics.ts'

interface Closable {
  readonly name: string
  close(): void | Promise<void>
}

/** What every part of the service is made with. */
export interface Base {
  readonly config: Config
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: PrometheusMetrics
  readonly parts: Parts
}

/** What was made, in its order, to be closed in the reverse one. */
export class Parts {
  readonly #logger: Logger
  readonly #listeners: Closable[] = []
  readonly #others: Closable[] = []

  constructor(logger: Logger) {
    this.#logger = logger
  }

  own<T extends { close(): void | Promise<void> }>(name: string, part: T): T {
    this.#others.push({ name, close: () => part.close() })
    return part
  }

  /** What answers requests: closed before all others, and together, so that running requests share the time they have. */
  ownListener<T extends { close(): Promise<void> }>(name: string, part: T): T {
    this.#listeners.push({ name, close: () => part.close() })
    return part
  }

  /** What one part fails with is logged, and the others end all the same. */
  async close(): Promise<void> {
    await Promise.all(this.#listeners.map((part) => this.#closeOne(part)))
    for (const part of this.#others.toReversed()) await this.#closeOne(part)
  }

  async #closeOne(part: Closable): Promise<void> {
    try {
      await part.close()
    } catch (error) {
      this.#logger.error('could not be closed', { part: part.name, err: error })
    }
  }
}

/** Puts the setting at fault before what a part, or the system, said: neither knows the settings. */
export async function naming<T>(setting: string, work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    if (error instanceof AppError) throw new AppError(error.code, `${setting}: ${error.message}`, error)
    if (error instanceof Error && 'syscall' in error)
      throw new AppError('invalid', `${setting}: ${error.message}`, error)
    throw error
  }
}

export const MIB = 1024 * 1024
