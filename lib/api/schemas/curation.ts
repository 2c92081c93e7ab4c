import { z } from 'zod'
import {
  Bytes,
  Count,
  EpisodeNumber,
  exactlyOne,
  FileId,
  Id,
  Instant,
  nullableCount,
  nullableText,
  paged,
  pageFields,
  SeasonNumber,
  text,
} from './common.ts'
import { isTitled, TitledBody, titled } from './titled.ts'
import { placedFields, placeFields } from './torrents.ts'

// What a person says of files and items by hand: where they belong, which version is active, the trash, /Offline.

const EPISODES_MAX = 100

const EpisodePlace = exactlyOne(
  z.strictObject({
    show_id: Id.optional(),
    show: TitledBody.optional(),
    season: SeasonNumber,
    episodes: z.array(EpisodeNumber).min(1).max(EPISODES_MAX).describe('Ascending, without gaps.'),
  }),
  'show_id',
  'show',
)
export const MatchFileBody = exactlyOne(
  z.strictObject({
    movie_id: Id.optional(),
    movie: TitledBody.optional(),
    episode: EpisodePlace.optional(),
    unsorted: z.literal(true).optional().describe('Under /Unsorted, whatever its name says.'),
  }),
  'movie_id',
  'movie',
  'episode',
  'unsorted',
)

const ITEM = 'either title or tmdb_id, or the id of another item is needed'
const titledOr = (id: string) => ({
  oneOf: [{ anyOf: [{ required: ['title'] }, { required: ['tmdb_id'] }] }, { required: [id] }],
})
export const MatchMovieBody = z
  .strictObject({ ...titled, movie_id: Id.optional() })
  .refine((body) => isTitled(body) !== (body.movie_id !== undefined), ITEM)
  .meta(titledOr('movie_id'))
export const MatchShowBody = z
  .strictObject({ ...titled, show_id: Id.optional() })
  .refine((body) => isTitled(body) !== (body.show_id !== undefined), ITEM)
  .meta(titledOr('show_id'))

export const FileJson = z
  .strictObject({ id: FileId, info_hash: z.string(), file_index: Count, ...placedFields })
  .meta({ id: 'File', description: 'All ids are null where it shows in no item.' })

export const OfflineBody = z.strictObject({
  path: text(4096).optional().describe('Below /Offline; else its path in the torrent.'),
})
export const OfflineAnswer = z.strictObject({ id: FileId, path: z.string() })

export const TrashBody = exactlyOne(
  z.strictObject({
    movie_id: Id.optional(),
    show_id: Id.optional(),
    season: SeasonNumber.optional().describe('Of the show: that season only.'),
    file_id: FileId.optional(),
  }),
  'movie_id',
  'show_id',
  'file_id',
).refine((body) => body.season === undefined || body.show_id !== undefined, 'season needs show_id')
export const TrashQuery = z.strictObject(pageFields)
export const PurgeQuery = z.strictObject({
  older_than_days: z.coerce.number().min(0).max(36_500).default(0).describe('0 empties all of it.'),
})

const TrashedItem = z
  .strictObject({
    type: z.enum(['movie', 'show']),
    id: Count,
    title: z.string(),
    year: nullableCount,
    trashed_at: Instant.describe('Of the file that came last.'),
    files: z.array(
      z.strictObject({
        id: FileId,
        file_path: z.string(),
        file_size: Bytes,
        season: nullableCount,
        episode: nullableCount,
        trashed_at: Instant,
      }),
    ),
  })
  .meta({ id: 'TrashedItem' })
export const TrashAnswer = z.strictObject({ items: z.array(TrashedItem), ...paged })
export const FilesAnswer = z.strictObject({ files: Count.describe('How many were moved.') })
export const PurgeAnswer = z.strictObject({
  torrents_removed: z.array(z.string()).describe('Those of which nothing was left.'),
})

export const WatchingQuery = z.strictObject({ limit: z.coerce.number().int().min(1).max(100).default(20) })
export const WatchingAnswer = z.strictObject({
  items: z.array(
    z
      .strictObject({
        id: FileId,
        ...placeFields,
        title: nullableText.describe('Of the movie or show.'),
        year: nullableCount,
        file_path: z.string(),
        file_size: Bytes,
        position: Bytes,
        progress: z.number().min(0).max(1),
        watched_at: Instant,
      })
      .meta({ id: 'WatchedFile' }),
  ),
})
