import { sql } from 'drizzle-orm'
import { check, index, integer, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import { publicId } from './public-id.ts'
import { episodes, movies, shows } from './titles.ts'

const owned = () => ({
  movieId: integer('movie_id').references(() => movies.id, { onDelete: 'cascade' }),
  showId: integer('show_id').references(() => shows.id, { onDelete: 'cascade' }),
  episodeId: integer('episode_id').references(() => episodes.id, { onDelete: 'cascade' }),
})

/** Files beside an item, generated or fetched: what a listing says of them. Exactly one of the three ids is there. */
export const sidecars = sqliteTable(
  'sidecars',
  {
    id: publicId(),
    ...owned(),
    role: text('role', { enum: ['nfo', 'poster', 'fanart', 'season-poster', 'thumb'] }).notNull(),
    season: integer('season'),
    sizeBytes: integer('size').notNull(),
    tag: text('tag').notNull(),
    imagePath: text('image_path'),
    modifiedAtMs: integer('modified_at').notNull(),
  },
  (table) => [
    index('sidecars_movie').on(table.movieId).where(sql`movie_id is not null`),
    index('sidecars_show').on(table.showId).where(sql`show_id is not null`),
    index('sidecars_episode').on(table.episodeId).where(sql`episode_id is not null`),
    check(
      'sidecars_owner',
      sql`(${table.movieId} is not null) + (${table.showId} is not null) + (${table.episodeId} is not null) = 1`,
    ),
  ],
)

/** Subtitles of no torrent; their text is a file of their id. Exactly one of movie and episode is there. */
export const storedSubtitles = sqliteTable(
  'stored_subtitles',
  {
    id: publicId(),
    movieId: integer('movie_id').references(() => movies.id, { onDelete: 'cascade' }),
    episodeId: integer('episode_id').references(() => episodes.id, { onDelete: 'cascade' }),
    source: text('source', { enum: ['opensubtitles', 'upload'] }).notNull(),
    providerId: text('provider_id'),
    releaseName: text('release_name'),
    format: text('format').notNull(),
    /** BCP 47. */
    language: text('language'),
    isForced: integer('is_forced', { mode: 'boolean' }).notNull(),
    isHearingImpaired: integer('is_hearing_impaired', { mode: 'boolean' }).notNull(),
    isCommentary: integer('is_commentary', { mode: 'boolean' }).notNull(),
    sizeBytes: integer('size').notNull(),
    addedAtMs: integer('added_at').notNull(),
  },
  (table) => [
    index('stored_subtitles_movie').on(table.movieId).where(sql`movie_id is not null`),
    index('stored_subtitles_episode').on(table.episodeId).where(sql`episode_id is not null`),
    check('stored_subtitles_owner', sql`(${table.movieId} is null) <> (${table.episodeId} is null)`),
  ],
)
