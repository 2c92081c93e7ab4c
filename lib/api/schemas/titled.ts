import { z } from 'zod'
import {
  Bytes,
  Count,
  EpisodeNumber,
  FileId,
  flag,
  Id,
  Instant,
  listFields,
  nullableCount,
  nullableText,
  paged,
  SeasonNumber,
  Title,
  text,
  Year,
} from './common.ts'

// Movies and shows: bodies, queries and answers.

export const TitledQuery = z.strictObject({
  ...listFields,
  sort: z.enum(['title', 'added', 'year']).default('title'),
  year: z.coerce.number().int().min(1870).max(2200).optional(),
  assigned: flag.optional().describe('Only those with, or without, a file that shows.'),
})
export const AiredQuery = z.strictObject({
  days: z.coerce.number().int().min(1).max(366).default(7).describe('How far back, today (UTC) included.'),
})

export const titled = { title: Title.optional(), year: Year.nullable().optional(), tmdb_id: Id.optional() }
const TITLE_OR_ID = 'title or tmdb_id is needed'
export const isTitled = (body: { title?: string | undefined; tmdb_id?: number | undefined }): boolean =>
  body.title !== undefined || body.tmdb_id !== undefined
const titleOrId = { anyOf: [{ required: ['title'] }, { required: ['tmdb_id'] }] }

/** What a movie or show is called: a tmdb_id alone is looked up. */
export const TitledBody = z.strictObject(titled).refine(isTitled, TITLE_OR_ID).meta(titleOrId)

const NewEpisode = z.strictObject({
  episode_number: EpisodeNumber,
  name: text(500).nullable().optional(),
  air_date: z.iso.date().nullable().optional(),
})
const NewSeason = z.strictObject({
  season_number: SeasonNumber,
  episodes: z.array(NewEpisode).max(20_000).optional(),
})
export const CreateShowBody = z
  .strictObject({ ...titled, seasons: z.array(NewSeason).max(2000).optional() })
  .refine(isTitled, TITLE_OR_ID)
  .meta(titleOrId)

const AssignmentJson = z
  .strictObject({
    id: FileId,
    info_hash: z.string(),
    file_index: Count,
    file_path: z.string(),
    file_size: Bytes,
    resolution: nullableText,
    source: nullableText,
    is_active: z.boolean().describe('It shows in the drive.'),
    is_chosen: z.boolean().describe('A person made it the active one: no policy changes that.'),
    trashed_at: Instant.nullable(),
    assigned_at: Instant,
  })
  .meta({ id: 'Assignment' })

const assigned = {
  has_assignment: z.boolean(),
  assignment: AssignmentJson.nullable().describe('The active one; the first when several versions are.'),
  assignments: z.array(AssignmentJson).describe('All versions, those in the trash too.'),
}

const named = { id: Count, title: z.string(), year: nullableCount, tmdb_id: nullableCount, added_at: Instant }

export const MovieJson = z.strictObject({ ...named, ...assigned }).meta({ id: 'Movie' })

const EpisodeJson = z
  .strictObject({ id: Count, episode_number: Count, name: nullableText, air_date: nullableText, ...assigned })
  .meta({ id: 'Episode' })

const summary = {
  ...named,
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

export const MoviesAnswer = z.strictObject({ movies: z.array(MovieJson), ...paged })
export const ShowsAnswer = z.strictObject({ shows: z.array(ShowSummaryJson), ...paged })

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
