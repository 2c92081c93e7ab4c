import { setImmediate } from 'node:timers/promises'
import { throwIfAborted } from '../domain/abort.ts'
import type { Clock, Timer } from '../domain/clock.ts'
import type { LibraryCuration } from '../domain/curation.ts'
import type { Disposable } from '../domain/disposable.ts'
import { AppError, isAppError } from '../domain/errors.ts'
import type { Logger } from '../domain/logger.ts'
import type { ItemToComplete, MetadataStore, MovieMetadata, ShowMetadata } from '../domain/metadata.ts'
import type { MetadataProvider } from './provider.ts'
import { type Resolved, resolveMovie, resolveShow } from './resolve-item.ts'

export interface MetadataCompletionOptions {
  readonly provider: MetadataProvider
  /** Items that turn out to be one become one. */
  readonly store: CompletedLibrary
  readonly clock: Clock
  readonly logger: Logger
  /** Items taken from the store at a time, and worked on together. Default 8. */
  readonly batchSize?: number
  /** In [0, 1), for the jitter. */
  readonly random?: () => number
}

type CompletedLibrary = MetadataStore & Pick<LibraryCuration, 'rematchMovie' | 'rematchShow'>

const HOUR_MS = 60 * 60 * 1000
const DAY_MS = 24 * HOUR_MS
/** Of what was not found; doubles with each attempt. */
const FIRST_POSTPONEMENT_MS = DAY_MS
const LONGEST_POSTPONEMENT_MS = 30 * DAY_MS
const ENDED_SHOW_MS = 30 * DAY_MS
const NEW_MOVIE_MS = 7 * DAY_MS
const NEW_FOR_MS = 60 * DAY_MS
/** While the provider cannot be asked; doubles with each failure. */
const FIRST_OUTAGE_MS = 30_000
const LONGEST_OUTAGE_MS = HOUR_MS
/** No timer of the platform runs longer than 24 days. */
const LONGEST_SLEEP_MS = 7 * DAY_MS

/**
 * Fills in metadata in the background: what the store says is due, a batch at a time, after each commit and when the
 * next item falls due. Shows that have not ended fall due every day, which brings their new episodes; what is new is
 * looked at again until it is known well, and an ended show now and then, since some come back. While the
 * provider cannot be asked it waits, longer each time; what is not found or not certain is postponed by itself. With
 * nothing due no timer runs.
 */
export class MetadataCompletion {
  readonly #provider: MetadataProvider
  readonly #store: CompletedLibrary
  readonly #clock: Clock
  readonly #logger: Logger
  readonly #batchSize: number
  readonly #random: () => number
  readonly #timer: Timer
  #subscription: Disposable | undefined
  #state: 'asleep' | 'running' | 'outage' | 'closed' = 'asleep'
  #outages = 0
  #batch = new AbortController()
  #running: Promise<void> = Promise.resolve()

  constructor(options: MetadataCompletionOptions) {
    this.#provider = options.provider
    this.#store = options.store
    this.#clock = options.clock
    this.#logger = options.logger
    this.#batchSize = options.batchSize ?? 8
    this.#random = options.random ?? Math.random
    this.#timer = this.#clock.timer(() => this.#run())
  }

  /** Begins with what is due. */
  start(): void {
    this.#subscription ??= this.#store.onCommitted(() => {
      if (this.#state === 'asleep') this.#run()
    })
    if (this.#state === 'asleep') this.#run()
  }

  /** Ends what runs; its items stay due. Idempotent. */
  async close(): Promise<void> {
    this.#state = 'closed'
    this.#subscription?.dispose()
    this.#timer.dispose()
    this.#batch.abort(new AppError('aborted', 'the service is closing'))
    await this.#running
  }

  #run(): void {
    this.#state = 'running'
    this.#timer.disarm()
    this.#running = this.#completeAll()
  }

  async #completeAll(): Promise<void> {
    try {
      for (;;) {
        // A change of the library returns to its caller first, and requests are served between batches out of the cache.
        await setImmediate()
        if (this.#state !== 'running') return
        const items = this.#store.itemsToComplete(this.#clock.nowMs(), this.#batchSize)
        if (items.length === 0) return this.#sleep()
        await this.#completeBatch(items)
      }
    } catch (error) {
      if (this.#state === 'running') this.#waitOut(error)
    }
  }

  #sleep(): void {
    const dueAtMs = this.#store.nextDueAtMs()
    this.#state = 'asleep'
    if (dueAtMs === undefined) return
    this.#timer.arm(Math.min(Math.max(0, dueAtMs - this.#clock.nowMs()), LONGEST_SLEEP_MS))
  }

  #waitOut(error: unknown): void {
    this.#state = 'outage'
    const fullMs = Math.min(FIRST_OUTAGE_MS * 2 ** this.#outages, LONGEST_OUTAGE_MS)
    const waitMs = fullMs * (0.5 + this.#random() / 2)
    this.#outages++
    const fields = { err: error, nextTryMs: Math.round(waitMs) }
    if (this.#outages === 1) this.#logger.warn('metadata cannot be completed now', fields)
    else this.#logger.debug('metadata still cannot be completed', fields)
    this.#timer.arm(waitMs)
  }

  /** Fails as soon as one item does, for a reason that is not its own; the others are broken off. */
  async #completeBatch(items: readonly ItemToComplete[]): Promise<void> {
    const batch = new AbortController()
    this.#batch = batch
    let failure: { readonly item: ItemToComplete; readonly error: unknown } | undefined
    const completeOne = async (item: ItemToComplete): Promise<void> => {
      try {
        await this.#complete(item, batch.signal)
        this.#outages = 0
      } catch (error) {
        failure ??= { item, error }
        batch.abort(new AppError('aborted', 'another item of the batch failed'))
      }
    }
    await Promise.all(items.map(completeOne))
    if (!failure || this.#state !== 'running') return
    // If it was the item after all, the others come before it the next time; if not, it is there when the outage ends.
    const waitMs = Math.min(FIRST_OUTAGE_MS * 2 ** failure.item.attempts, LONGEST_OUTAGE_MS)
    this.#store.postpone(failure.item, this.#clock.nowMs() + waitMs)
    throw failure.error
  }

  async #complete(item: ItemToComplete, signal: AbortSignal): Promise<void> {
    const resolved =
      item.kind === 'movie'
        ? await orUnknown(resolveMovie(this.#provider, item, signal))
        : await orUnknown(resolveShow(this.#provider, item, signal))
    throwIfAborted(signal)
    const { kind, id, title, year } = item
    if ('reason' in resolved) {
      const waitMs = Math.min(FIRST_POSTPONEMENT_MS * 2 ** item.attempts, LONGEST_POSTPONEMENT_MS)
      this.#logger.debug('no certain metadata', { kind, id, title, year, reason: resolved.reason })
      this.#store.postpone(item, this.#clock.nowMs() + waitMs)
      return
    }
    try {
      this.#save(item, resolved.metadata)
    } catch (error) {
      if (isAppError(error, 'not_found')) return
      if (!isAppError(error, 'conflict')) throw error
      this.#merge(item, resolved.metadata)
    }
  }

  #save(item: ItemToComplete, metadata: MovieMetadata | ShowMetadata): void {
    const nowMs = this.#clock.nowMs()
    if (item.kind === 'show' && 'seasons' in metadata) {
      this.#store.saveShow(item.id, metadata, nowMs + (metadata.hasEnded ? ENDED_SHOW_MS : DAY_MS))
    } else if (item.kind === 'movie' && !('seasons' in metadata)) {
      this.#store.saveMovie(item.id, metadata, isNew(metadata, nowMs) ? nowMs + NEW_MOVIE_MS : null)
    }
  }

  /** Another item is that film or show already: they become one, which is due again, and takes what its names said. */
  #merge(item: ItemToComplete, { tmdbId, title, year }: MovieMetadata | ShowMetadata): void {
    const fields = { kind: item.kind, id: item.id, title: item.title, year: item.year, tmdbId }
    const to = { title, year, tmdbId }
    try {
      if (item.kind === 'movie') this.#store.rematchMovie(item.id, to)
      else this.#store.rematchShow(item.id, to)
      this.#logger.info('an item is another one that the library has: they are one now', fields)
    } catch (error) {
      if (!isAppError(error)) throw error
      this.#logger.info('metadata found for one item twice', { ...fields, err: error })
      this.#store.postpone(item, this.#clock.nowMs() + LONGEST_POSTPONEMENT_MS)
    }
  }
}

/** Release date, plot, images and votes are still to come. */
function isNew({ releaseDate }: MovieMetadata, nowMs: number): boolean {
  return releaseDate === null || Date.parse(releaseDate) > nowMs - NEW_FOR_MS
}

/** What the provider does not know under its id (any more) is as good as not found by its title. */
async function orUnknown<T>(resolving: Promise<Resolved<T>>): Promise<Resolved<T>> {
  try {
    return await resolving
  } catch (error) {
    if (isAppError(error, 'not_found')) return { reason: 'unknown' }
    throw error
  }
}
