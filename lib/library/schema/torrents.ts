import { sql } from 'drizzle-orm'
import {
  type AnySQLiteColumn,
  blob,
  check,
  foreignKey,
  index,
  integer,
  primaryKey,
  sqliteTable,
  text,
} from 'drizzle-orm/sqlite-core'
import { episodes, movies } from './titles.ts'

export const torrents = sqliteTable(
  'torrents',
  {
    infoHash: text('info_hash').primaryKey(),
    name: text('name').notNull(),
    magnetUri: text('magnet_uri'),
    sizeBytes: integer('size').notNull(),
    isPaused: integer('is_paused', { mode: 'boolean' }).notNull().default(false),
    isPrivate: integer('is_private', { mode: 'boolean' }).notNull(),
    /** Each video of it that shows has a pin of its ends; a trigger says no again when another may show. */
    isProbed: integer('is_probed', { mode: 'boolean' }).notNull().default(false),
    addedAtMs: integer('added_at').notNull(),
  },
  (table) => [
    check('torrents_info_hash', sql`length(${table.infoHash}) = 40`),
    index('torrents_unprobed').on(table.addedAtMs).where(sql`is_probed = 0`),
  ],
)

/** The `.torrent` files: tens of kilobytes each, kept out of the rows that every listing walks. */
export const torrentMetadata = sqliteTable('torrent_metadata', {
  infoHash: text('info_hash')
    .primaryKey()
    .references(() => torrents.infoHash, { onDelete: 'cascade' }),
  metadata: blob('metadata', { mode: 'buffer' }).notNull(),
})

export const torrentFiles = sqliteTable(
  'torrent_files',
  {
    infoHash: text('info_hash')
      .notNull()
      .references(() => torrents.infoHash, { onDelete: 'cascade' }),
    fileIndex: integer('file_index').notNull(),
    filePath: text('file_path').notNull(),
    sizeBytes: integer('size').notNull(),
    offsetBytes: integer('offset').notNull(),
    isPad: integer('is_pad', { mode: 'boolean' }).notNull(),
  },
  (table) => [primaryKey({ columns: [table.infoHash, table.fileIndex] })],
)

/** The columns of what is kept of a file, and that it goes with its file. */
export const fileKey = () => ({ infoHash: text('info_hash').notNull(), fileIndex: integer('file_index').notNull() })
export const ofFile = (table: { readonly infoHash: AnySQLiteColumn; readonly fileIndex: AnySQLiteColumn }) =>
  foreignKey({
    columns: [table.infoHash, table.fileIndex],
    foreignColumns: [torrentFiles.infoHash, torrentFiles.fileIndex],
  }).onDelete('cascade')

/**
 * Which file shows as which item. The key is the file: a file belongs to one item, an item may have several files.
 * `movie_id` and `episode_id` follow from `item_type` and `item_id`; they carry the foreign keys, so that what deletes
 * a movie, an episode, a season or a show takes its assignments with it and no assignment names an item that is not
 * there. An inactive assignment is a version put aside, or one in the trash: its file shows in neither place of the
 * library.
 */
export const torrentAssignments = sqliteTable(
  'torrent_assignments',
  {
    ...fileKey(),
    itemType: text('item_type', { enum: ['movie', 'episode'] }).notNull(),
    /** Of a file with several episodes the first. */
    itemId: integer('item_id').notNull(),
    /** The number of a file's last episode; that of its own for a single one, null for a movie. */
    lastEpisodeNumber: integer('last_episode_number'),
    filePath: text('file_path').notNull(),
    sizeBytes: integer('size').notNull(),
    resolution: text('resolution'),
    source: text('source'),
    isActive: integer('is_active', { mode: 'boolean' }).notNull(),
    /** A person made it the active version: no policy changes that. */
    isChosen: integer('is_chosen', { mode: 'boolean' }).notNull().default(false),
    /** Inactive then, and shown under /Trash. */
    trashedAtMs: integer('trashed_at'),
    /** Left the trash for good, or was deleted as a version: shows nowhere, and keeps its file from /Unsorted. */
    isPurged: integer('is_purged', { mode: 'boolean' }).notNull().default(false),
    assignedAtMs: integer('assigned_at').notNull(),
    movieId: integer('movie_id')
      .generatedAlwaysAs(sql`case item_type when 'movie' then item_id end`, { mode: 'virtual' })
      .references(() => movies.id, { onDelete: 'cascade' }),
    episodeId: integer('episode_id')
      .generatedAlwaysAs(sql`case item_type when 'episode' then item_id end`, { mode: 'virtual' })
      .references(() => episodes.id, { onDelete: 'cascade' }),
  },
  (table) => [
    primaryKey({ columns: [table.infoHash, table.fileIndex] }),
    ofFile(table),
    index('torrent_assignments_item').on(table.itemType, table.itemId, table.isActive),
    index('torrent_assignments_torrent').on(table.infoHash, table.isActive),
    index('torrent_assignments_movie').on(table.movieId).where(sql`movie_id is not null`),
    index('torrent_assignments_episode').on(table.episodeId).where(sql`episode_id is not null`),
    index('torrent_assignments_trashed').on(table.trashedAtMs).where(sql`trashed_at is not null`),
    check('torrent_assignments_item_type', sql`${table.itemType} in ('movie', 'episode')`),
    check(
      'torrent_assignments_last_episode',
      sql`(${table.itemType} = 'episode') = (${table.lastEpisodeNumber} is not null)`,
    ),
  ],
)

/**
 * Which subtitle goes with which video of its torrent. It shows while its video does and where that does: the video's
 * assignment says the item, and takes it along when it goes. A file is never in both tables.
 */
export const torrentSubtitles = sqliteTable(
  'torrent_subtitles',
  {
    ...fileKey(),
    videoIndex: integer('video_index').notNull(),
    /** BCP 47. */
    language: text('language'),
    isForced: integer('is_forced', { mode: 'boolean' }).notNull(),
    isHearingImpaired: integer('is_hearing_impaired', { mode: 'boolean' }).notNull(),
    isCommentary: integer('is_commentary', { mode: 'boolean' }).notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.infoHash, table.fileIndex] }),
    ofFile(table),
    foreignKey({
      columns: [table.infoHash, table.videoIndex],
      foreignColumns: [torrentAssignments.infoHash, torrentAssignments.fileIndex],
    }).onDelete('cascade'),
    index('torrent_subtitles_video').on(table.infoHash, table.videoIndex),
  ],
)
