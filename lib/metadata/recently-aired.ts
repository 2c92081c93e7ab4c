import type { Clock } from '../domain/clock.ts'
import { AppError } from '../domain/errors.ts'
import type { AiredEpisode, MetadataStore } from '../domain/metadata.ts'

const DAY_MS = 24 * 60 * 60 * 1000
const MAX_DAYS = 366

/**
 * Episodes of the library that aired within the last `days`, today (UTC) included, the latest first. Throws `invalid`
 * unless `days` is a whole number from 1 to 366.
 */
export function recentlyAired(
  store: Pick<MetadataStore, 'airedEpisodes'>,
  clock: Clock,
  days: number,
): readonly AiredEpisode[] {
  if (!Number.isSafeInteger(days) || days < 1 || days > MAX_DAYS) {
    throw new AppError('invalid', `days must be 1 to ${MAX_DAYS}`)
  }
  const nowMs = clock.nowMs()
  return store.airedEpisodes(dateOf(nowMs - (days - 1) * DAY_MS), dateOf(nowMs))
}

const dateOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10)
