import { sql } from 'drizzle-orm'
import { check, index, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import { fileKey, ofFile } from './torrents.ts'

/** Files that a person copied into /Offline, by their path below it. */
export const offlineFiles = sqliteTable(
  'offline_files',
  {
    /** As the person wrote it. */
    path: text('path').notNull(),
    /** Folded: what paths are compared by. */
    pathKey: text('path_key').primaryKey(),
    ...fileKey(),
    addedAtMs: integer('added_at').notNull(),
  },
  (table) => [ofFile(table), index('offline_files_file').on(table.infoHash, table.fileIndex)],
)

/** Pieces of files that the cache keeps. */
export const pins = sqliteTable(
  'pins',
  {
    ...fileKey(),
    kind: text('kind', { enum: ['ends', 'whole'] }).notNull(),
    /** JSON: an array of [first, end). */
    pieces: text('pieces').notNull(),
    isComplete: integer('is_complete', { mode: 'boolean' }).notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.infoHash, table.fileIndex, table.kind] }),
    ofFile(table),
    check('pins_kind', sql`${table.kind} in ('ends', 'whole')`),
  ],
)

/** What was read in the containers of files. */
export const containers = sqliteTable(
  'containers',
  {
    ...fileKey(),
    /** JSON, without the details of the streams. */
    info: text('info').notNull(),
    /** JSON; null when the container told none. */
    streams: text('streams'),
  },
  (table) => [primaryKey({ columns: [table.infoHash, table.fileIndex] }), ofFile(table)],
)

/** Where people are in their films. */
export const watchPositions = sqliteTable(
  'watch_positions',
  {
    ...fileKey(),
    positionBytes: integer('position').notNull(),
    sizeBytes: integer('size').notNull(),
    watchedAtMs: integer('watched_at').notNull(),
    isFinished: integer('is_finished', { mode: 'boolean' }).notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.infoHash, table.fileIndex] }),
    ofFile(table),
    index('watch_positions_unfinished').on(table.watchedAtMs).where(sql`is_finished = 0`),
    index('watch_positions_finished').on(table.watchedAtMs).where(sql`is_finished = 1`),
  ],
)
