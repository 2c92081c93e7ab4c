import { sql } from 'drizzle-orm'
import { index, integer, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core'
import { publicId } from './public-id.ts'

const titled = () => ({
  title: text('title').notNull(),
  /** `titleKey(title)`: what titles are compared and searched by. */
  titleKey: text('title_key').notNull(),
  year: integer('year'),
  tmdbId: integer('tmdb_id'),
  addedAtMs: integer('added_at').notNull(),
  /** Title and year from before a provider first gave its own: what the next torrent's files call the item. */
  givenTitleKey: text('given_title_key'),
  givenYear: integer('given_year'),
  /** Null: never. */
  metadataDueAtMs: integer('metadata_due_at').default(0),
  metadataAttempts: integer('metadata_attempts').notNull().default(0),
})

/** Two indexes say "unique by title and year, an unknown year included": to SQLite every NULL is a value of its own. */
export const movies = sqliteTable('movies', { id: publicId(), ...titled() }, (table) => [
  uniqueIndex('movies_title_year').on(table.titleKey, table.year),
  uniqueIndex('movies_title_no_year').on(table.titleKey).where(sql`year is null`),
  uniqueIndex('movies_tmdb').on(table.tmdbId),
  index('movies_given_title').on(table.givenTitleKey).where(sql`given_title_key is not null`),
  index('movies_metadata_due').on(table.metadataDueAtMs).where(sql`metadata_due_at is not null`),
])

export const shows = sqliteTable('shows', { id: publicId(), ...titled() }, (table) => [
  uniqueIndex('shows_title_year').on(table.titleKey, table.year),
  uniqueIndex('shows_title_no_year').on(table.titleKey).where(sql`year is null`),
  uniqueIndex('shows_tmdb').on(table.tmdbId),
  index('shows_given_title').on(table.givenTitleKey).where(sql`given_title_key is not null`),
  index('shows_metadata_due').on(table.metadataDueAtMs).where(sql`metadata_due_at is not null`),
])

export const seasons = sqliteTable(
  'seasons',
  {
    id: integer('id').primaryKey(),
    showId: integer('show_id')
      .notNull()
      .references(() => shows.id, { onDelete: 'cascade' }),
    /** 0 holds the specials. */
    number: integer('number').notNull(),
  },
  (table) => [uniqueIndex('seasons_show_number').on(table.showId, table.number)],
)

export const episodes = sqliteTable(
  'episodes',
  {
    id: publicId(),
    seasonId: integer('season_id')
      .notNull()
      .references(() => seasons.id, { onDelete: 'cascade' }),
    number: integer('number').notNull(),
    name: text('name'),
    /** `YYYY-MM-DD`. */
    airDate: text('air_date'),
  },
  (table) => [
    uniqueIndex('episodes_season_number').on(table.seasonId, table.number),
    index('episodes_air_date').on(table.airDate).where(sql`air_date is not null`),
  ],
)
