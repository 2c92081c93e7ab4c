import { sql } from 'drizzle-orm'
import { index, integer, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import { episodes, movies, shows } from './titles.ts'

const savedMetadata = () => ({
  /** JSON: all that the provider said, without seasons and episodes below. */
  metadata: text('metadata').notNull(),
  savedAtMs: integer('saved_at').notNull(),
  /** Its sidecars were made from something older, and it has a file that shows; triggers say so when files come or go. */
  isStale: integer('is_stale', { mode: 'boolean' }).notNull().default(true),
  /** 1 while its sidecars are being made; 2 when it changed meanwhile, so that they are made once more. */
  making: integer('making').notNull().default(0),
})

/** Apart from the rows that every listing walks: plots are long. */
export const movieMetadata = sqliteTable(
  'movie_metadata',
  {
    movieId: integer('movie_id')
      .primaryKey()
      .references(() => movies.id, { onDelete: 'cascade' }),
    ...savedMetadata(),
  },
  (table) => [index('movie_metadata_stale').on(table.making, table.movieId).where(sql`is_stale = 1`)],
)

export const showMetadata = sqliteTable(
  'show_metadata',
  {
    showId: integer('show_id')
      .primaryKey()
      .references(() => shows.id, { onDelete: 'cascade' }),
    ...savedMetadata(),
  },
  (table) => [index('show_metadata_stale').on(table.making, table.showId).where(sql`is_stale = 1`)],
)

export const episodeMetadata = sqliteTable(
  'episode_metadata',
  {
    episodeId: integer('episode_id')
      .primaryKey()
      .references(() => episodes.id, { onDelete: 'cascade' }),
    ...savedMetadata(),
  },
  (table) => [index('episode_metadata_stale').on(table.making, table.episodeId).where(sql`is_stale = 1`)],
)
