import { z } from 'zod'
import { Bytes, Count, Instant, nullableCount, nullableText, PAGE_MAX, text } from './common.ts'

// The service as a whole: status, limits, cache, search, names, export and import.

const NAMES_MAX = 10_000

export const IdentifyBody = z.strictObject({ names: z.array(z.string().max(4096)).min(1).max(NAMES_MAX) })
const IdentityJson = z
  .strictObject({
    name: z.string(),
    type: z.enum(['movie', 'episode', 'unknown']),
    title: nullableText,
    year: nullableCount,
    season: nullableCount,
    episodes: z.array(Count),
    absolute_episodes: z.array(Count),
    air_date: nullableText.describe('YYYY-MM-DD.'),
    resolution: nullableText,
    source: nullableText,
    codec: nullableText,
    hdr: nullableText,
    confidence: z.number().min(0).max(1),
  })
  .meta({ id: 'Identity' })
export const IdentifyAnswer = z.strictObject({ results: z.array(IdentityJson) })

export const SearchQuery = z.strictObject({
  q: text(200),
  limit: z.coerce.number().int().min(1).max(PAGE_MAX).default(50),
})
export const SearchAnswer = z.strictObject({
  results: z.array(
    z
      .strictObject({
        type: z.enum(['movie', 'show', 'episode']),
        id: Count,
        title: z.string().describe("Of an episode: its show's."),
        year: nullableCount,
        show_id: nullableCount,
        season: nullableCount,
        episode: nullableCount,
        name: nullableText.describe('Of an episode.'),
      })
      .meta({ id: 'SearchHit' }),
  ),
})

export const StatusAnswer = z
  .strictObject({
    status: z.literal('ok'),
    version: z.string(),
    uptime_s: Count,
    library: z.strictObject({ movies: Count, shows: Count, episodes: Count, torrents: Count }),
    torrents: z.strictObject({ active: Count, idle: Count, paused: Count, error: Count }),
    cache: z.strictObject({ size_bytes: Count, used_bytes: Count }),
    tree: z.strictObject({ version: Count, built_at: Instant, entries: Count }),
  })
  .meta({ id: 'Status' })
export const HealthAnswer = z.strictObject({ status: z.literal('ok') })

/** Faster than any line. */
const KBPS_MAX = 100_000_000
const Kbps = z.int().min(0).max(KBPS_MAX).describe('Kilobytes a second over all torrents; 0 is no limit.')
export const LimitsJson = z.strictObject({ download_kbps: Kbps, upload_kbps: Kbps }).meta({ id: 'Limits' })
export const LimitsBody = z
  .strictObject({ download_kbps: Kbps.optional(), upload_kbps: Kbps.optional() })
  .refine((body) => body.download_kbps !== undefined || body.upload_kbps !== undefined, 'a limit is needed')

export const ScrubLine = z
  .strictObject({
    checked_pieces: Count,
    checked_bytes: Bytes,
    total_bytes: Bytes.describe('What was stored when it began.'),
    bad_pieces: Count.describe('Damaged and dropped: fetched again when they are wanted.'),
    unknown_torrents: Count.describe('Could not be checked, as nobody knows their metadata.'),
    is_done: z.boolean(),
  })
  .meta({ id: 'ScrubProgress' })

const ImportCount = z.strictObject({ added: Count, kept: Count.describe('Were there, and stay as they are.') })
export const ImportAnswer = z
  .strictObject({
    movies: ImportCount,
    shows: ImportCount,
    torrents: ImportCount,
    assignments: Count.describe('Files that the new torrents brought to items.'),
  })
  .meta({ id: 'ImportSummary' })
