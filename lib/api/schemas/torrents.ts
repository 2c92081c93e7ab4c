import { z } from 'zod'
import {
  Bytes,
  base64,
  Count,
  ErrorJson,
  exactlyOne,
  flag,
  Id,
  Instant,
  listFields,
  nullableCount,
  nullableText,
  PAGE_MAX,
  paged,
  text,
} from './common.ts'
import { MovieJson, ShowSummaryJson } from './titled.ts'

// Torrents: adding them one by one and many at once, their state, and what was assigned.

/** Decoded size limit of a `.torrent` file: 16 MiB hold the hashes of several TB. */
export const TORRENT_FILE_MAX_BYTES = 16 * 1024 * 1024
/** Base64 with line breaks, and the other fields. */
export const TORRENT_BODY_MAX_BYTES = 24 * 1024 * 1024
/** Some hundred .torrent files, or as many magnets as a call may hold. */
export const BULK_BODY_MAX_BYTES = 32 * 1024 * 1024

const MAGNET_MAX_CHARS = 64 * 1024
const Magnet = z
  .string()
  .trim()
  .max(MAGNET_MAX_CHARS)
  .regex(/^[Mm]agnet:\?/, 'must be a magnet URI')
const source = {
  magnet_uri: Magnet.optional(),
  torrent: base64(TORRENT_BODY_MAX_BYTES).describe('A .torrent file, at most 16 MiB.').optional(),
}
const FilePath = text(4096).describe('Path of the file in the torrent, `/`-separated.')

export const AddTorrentBody = exactlyOne(
  z.strictObject({ ...source, movie_id: Id.optional(), show_id: Id.optional() }),
  'magnet_uri',
  'torrent',
).refine((body) => body.movie_id === undefined || body.show_id === undefined, 'not both movie_id and show_id')
export const BulkBody = z.strictObject({
  torrents: z
    .array(exactlyOne(z.strictObject(source), 'magnet_uri', 'torrent'))
    .min(1)
    .max(PAGE_MAX),
})
export const AssignItemBody = exactlyOne(
  z.strictObject({ ...source, file_path: FilePath.optional() }),
  'magnet_uri',
  'torrent',
)
export const AssignShowBody = exactlyOne(z.strictObject(source), 'magnet_uri', 'torrent')

const TorrentState = z.enum(['active', 'idle', 'paused', 'error'])
export const TorrentsQuery = z.strictObject({
  ...listFields,
  sort: z.enum(['name', 'added', 'size']).default('name'),
  state: TorrentState.optional(),
})
export const DeleteTorrentQuery = z.strictObject({
  delete_data: flag.default('false').describe('Removes its cached pieces as well.'),
})

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
/** Where a file belongs; all null for one of no item. */
export const placeFields = {
  movie_id: nullableCount,
  show_id: nullableCount,
  episode_id: nullableCount,
  season: nullableCount,
  episode: nullableCount,
}
/** A file of a torrent with what shows beside it. */
export const placedFields = {
  ...placeFields,
  file_path: z.string(),
  file_size: Bytes,
  resolution: nullableText,
  subtitles: z.array(SubtitleJson).describe('Of the torrent, shown beside this file.'),
}
const MatchedJson = z
  .strictObject({ ...placedFields, confidence: z.number().min(0).max(1) })
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

export const BulkResult = z
  .strictObject({
    index: Count.describe('Of the torrent in the request.'),
    status: Count.describe('What the call for this one alone would have answered.'),
    torrent: AddTorrentAnswer.optional(),
    error: ErrorJson.optional(),
  })
  .meta({ id: 'BulkResult' })
export const BulkAnswer = z.strictObject({ results: z.array(BulkResult), added: Count, failed: Count })

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
    state: TorrentState,
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
export const AddingAnswer = z.strictObject({
  torrents: z.array(
    z
      .strictObject({
        info_hash: z.string(),
        seconds: Count.describe('Since it was asked for.'),
        peers: Count.describe('Connected now.'),
        metadata_received: Bytes,
        metadata_size: Bytes.describe('0 until a peer has told it.'),
      })
      .meta({ id: 'AddingTorrent' }),
  ),
})
export const TorrentsAnswer = z.strictObject({ torrents: z.array(TorrentJson), ...paged })
