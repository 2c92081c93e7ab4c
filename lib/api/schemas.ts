import { z } from 'zod'
import { ERROR_CODES } from '../domain/errors.ts'

/** Decoded size limit of a `.torrent` file: 16 MiB hold the hashes of several TB. */
export const TORRENT_FILE_MAX_BYTES = 16 * 1024 * 1024
/** Base64 with line breaks, and the other fields. */
export const TORRENT_BODY_MAX_BYTES = 24 * 1024 * 1024
/** A show of some ten thousand episodes, or as many names. */
export const LONG_BODY_MAX_BYTES = 4 * 1024 * 1024
export const BODY_MAX_BYTES = 256 * 1024

const MAGNET_MAX_CHARS = 64 * 1024
const NAMES_MAX = 10_000

export const ErrorAnswer = z
  .strictObject({
    error: z.strictObject({
      code: z.enum(ERROR_CODES),
      message: z.string().describe('For a person to read.'),
    }),
  })
  .meta({ id: 'Error' })

const text = (maxChars: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(maxChars)
    .regex(/^\P{Cc}*$/u, 'control characters are not allowed')

const Title = text(300)
const Year = z.int().min(1870).max(2200).nullable().optional()
const TmdbId = z.int().min(1)
const FilePath = text(4096).describe('Path of the file in the torrent, `/`-separated.')
/** Plain or URL-safe alphabet, with the line breaks that tools put in. */
const Base64 = z
  .string()
  .min(1)
  .max(TORRENT_BODY_MAX_BYTES)
  .regex(/^[\sA-Za-z0-9+/_=-]*$/, 'must be base64')
  .meta({ contentEncoding: 'base64', description: 'A .torrent file, at most 16 MiB.' })
const Magnet = z
  .string()
  .trim()
  .max(MAGNET_MAX_CHARS)
  .regex(/^[Mm]agnet:\?/, 'must be a magnet URI')

export const IdParams = z.strictObject({ id: z.coerce.number().int().min(1) })
export const HashParams = z.strictObject({
  hash: z
    .string()
    .regex(/^[0-9a-fA-F]{40}$/, 'must be an info-hash of 40 hexadecimal digits')
    .describe('v1 info-hash.'),
})
export const PageQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(1000).default(100),
  offset: z.coerce.number().int().min(0).default(0),
  q: z.string().max(200).optional().describe('Part of a title, in any case.'),
})
export const AiredQuery = z.strictObject({
  days: z.coerce.number().int().min(1).max(366).default(7).describe('How far back, today (UTC) included.'),
})
export const DeleteTorrentQuery = z.strictObject({
  delete_data: z.enum(['true', 'false']).default('false').describe('Removes its cached pieces as well.'),
})

const source = { magnet_uri: Magnet.optional(), torrent: Base64.optional() }
const oneSource = { anyOf: [{ required: ['magnet_uri'] }, { required: ['torrent'] }] }

interface Source {
  readonly magnet_uri?: string | undefined
  readonly torrent?: string | undefined
}

const hasOneSource = (body: Source): boolean => (body.magnet_uri === undefined) !== (body.torrent === undefined)
const ONE_SOURCE = 'exactly one of magnet_uri and torrent is needed'

export const AddTorrentBody = z
  .strictObject({ ...source, movie_id: z.int().min(1).optional(), show_id: z.int().min(1).optional() })
  .refine(hasOneSource, ONE_SOURCE)
  .refine((body) => body.movie_id === undefined || body.show_id === undefined, 'not both movie_id and show_id')
  .meta(oneSource)
export const AssignItemBody = z
  .strictObject({ ...source, file_path: FilePath.optional() })
  .refine(hasOneSource, ONE_SOURCE)
  .meta(oneSource)
export const AssignShowBody = z.strictObject(source).refine(hasOneSource, ONE_SOURCE).meta(oneSource)

const titled = { title: Title.optional(), year: Year, tmdb_id: TmdbId.optional() }
const titleOrId = { anyOf: [{ required: ['title'] }, { required: ['tmdb_id'] }] }
const hasTitleOrId = (body: { title?: string | undefined; tmdb_id?: number | undefined }): boolean =>
  body.title !== undefined || body.tmdb_id !== undefined
const TITLE_OR_ID = 'title or tmdb_id is needed'

export const CreateMovieBody = z.strictObject(titled).refine(hasTitleOrId, TITLE_OR_ID).meta(titleOrId)

const NewEpisode = z.strictObject({
  episode_number: z.int().min(0).max(100_000),
  name: text(500).nullable().optional(),
  air_date: z.iso.date().nullable().optional(),
})
const NewSeason = z.strictObject({
  season_number: z.int().min(0).max(10_000),
  episodes: z.array(NewEpisode).max(20_000).optional(),
})
export const CreateShowBody = z
  .strictObject({ ...titled, seasons: z.array(NewSeason).max(2000).optional() })
  .refine(hasTitleOrId, TITLE_OR_ID)
  .meta(titleOrId)

export const IdentifyBody = z.strictObject({ names: z.array(z.string().min(1).max(4096)).min(1).max(NAMES_MAX) })

const nullableText = z.string().nullable()
const Count = z.int().min(0)
const nullableCount = Count.nullable()
const Bytes = Count.describe('Bytes.')
const Instant = z.iso.datetime()

const AssignmentJson = z
  .strictObject({
    info_hash: z.string(),
    file_index: Count,
    file_path: z.string(),
    file_size: Bytes,
    resolution: nullableText,
    source: nullableText,
    is_active: z.boolean(),
    assigned_at: Instant,
  })
  .meta({ id: 'Assignment' })

const assigned = {
  has_assignment: z.boolean(),
  assignment: AssignmentJson.nullable().describe('The active one; the first when several versions are.'),
  assignments: z.array(AssignmentJson),
}

export const MovieJson = z
  .strictObject({
    id: Count,
    title: z.string(),
    year: nullableCount,
    tmdb_id: nullableCount,
    added_at: Instant,
    ...assigned,
  })
  .meta({ id: 'Movie' })

const EpisodeJson = z
  .strictObject({
    id: Count,
    episode_number: Count,
    name: nullableText,
    air_date: nullableText,
    ...assigned,
  })
  .meta({ id: 'Episode' })

const summary = {
  id: Count,
  title: z.string(),
  year: nullableCount,
  tmdb_id: nullableCount,
  added_at: Instant,
  season_count: Count,
  episode_count: Count,
  assigned_count: Count.describe('Episodes with an assignment.'),
}
export const ShowSummaryJson = z.strictObject(summary).meta({ id: 'ShowSummary' })
export const ShowJson = z
  .strictObject({
    ...summary,
    seasons: z.array(z.strictObject({ season_number: Count, episodes: z.array(EpisodeJson) })),
  })
  .meta({ id: 'Show' })

export const RecentlyAiredAnswer = z.strictObject({
  episodes: z.array(
    z
      .strictObject({
        show_id: Count,
        show_title: z.string(),
        season: Count,
        episode: Count,
        name: nullableText,
        air_date: z.string().describe('YYYY-MM-DD.'),
        has_assignment: z.boolean(),
      })
      .meta({ id: 'AiredEpisode' }),
  ),
})

const paged = { total: Count, limit: Count, offset: Count }
export const MoviesAnswer = z.strictObject({ movies: z.array(MovieJson), ...paged })
export const ShowsAnswer = z.strictObject({ shows: z.array(ShowSummaryJson), ...paged })

const SubtitleJson = z
  .strictObject({
    file_path: z.string(),
    file_size: Bytes,
    language: nullableText.describe('BCP 47, as far as the name says: en, pt-BR, zh-Hans.'),
    is_forced: z.boolean(),
    is_hearing_impaired: z.boolean(),
    is_commentary: z.boolean(),
  })
  .meta({ id: 'MatchedSubtitle' })
const MatchedJson = z
  .strictObject({
    movie_id: nullableCount,
    show_id: nullableCount,
    episode_id: nullableCount,
    season: nullableCount,
    episode: nullableCount,
    file_path: z.string(),
    file_size: Bytes,
    resolution: nullableText,
    confidence: z.number().min(0).max(1),
    subtitles: z.array(SubtitleJson).describe('Of the torrent, shown beside this file.'),
  })
  .meta({ id: 'MatchedFile' })
const UnmatchedJson = z
  .strictObject({ file_path: z.string(), reason: z.string(), season: nullableCount, episode: nullableCount })
  .meta({ id: 'UnmatchedFile' })

export const AddTorrentAnswer = z
  .strictObject({
    info_hash: z.string(),
    name: z.string(),
    movies: z.array(MovieJson),
    shows: z.array(ShowSummaryJson),
    matched: z.array(MatchedJson),
    unmatched: z.array(UnmatchedJson),
  })
  .meta({ id: 'AddedTorrent' })

export const AssignAnswer = z
  .strictObject({
    success: z.boolean().describe('Whether any file was assigned.'),
    info_hash: z.string(),
    name: z.string(),
    summary: z.strictObject({
      total_files: Count,
      matched: Count,
      unmatched: Count,
      skipped: Count.describe('Samples, extras, subtitles of none of the files, and what is no video.'),
    }),
    matched: z.array(MatchedJson),
    unmatched: z.array(UnmatchedJson),
    skipped: z.array(UnmatchedJson),
  })
  .meta({ id: 'AssignedTorrent' })

export const TorrentJson = z
  .strictObject({
    info_hash: z.string(),
    name: z.string(),
    state: z.enum(['active', 'idle', 'paused', 'error']),
    size: Bytes,
    downloaded: Bytes.describe('Verified bytes in the cache now.'),
    progress: z.number().min(0).max(1),
    peers: Count,
    seeders: Count,
    download_speed: z.number().min(0).describe('Bytes a second.'),
    upload_speed: z.number().min(0).describe('Bytes a second.'),
    added_at: Instant,
    files: z.array(z.strictObject({ index: Count, path: z.string(), size: Bytes })),
  })
  .meta({ id: 'Torrent' })
export const TorrentsAnswer = z.strictObject({ torrents: z.array(TorrentJson) })

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
