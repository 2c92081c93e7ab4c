import { sql } from 'drizzle-orm'
import {
  blob,
  check,
  foreignKey,
  index,
  integer,
  primaryKey,
  sqliteTable,
  text,
  uniqueIndex,
} from 'drizzle-orm/sqlite-core'

/** Ids are never used twice, since scripts and players keep them: hence the autoincrement. */
const publicId = () => integer('id').primaryKey({ autoIncrement: true })

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
    infoHash: text('info_hash').notNull(),
    fileIndex: integer('file_index').notNull(),
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
    foreignKey({
      columns: [table.infoHash, table.fileIndex],
      foreignColumns: [torrentFiles.infoHash, torrentFiles.fileIndex],
    }).onDelete('cascade'),
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
    infoHash: text('info_hash').notNull(),
    fileIndex: integer('file_index').notNull(),
    videoIndex: integer('video_index').notNull(),
    /** BCP 47. */
    language: text('language'),
    isForced: integer('is_forced', { mode: 'boolean' }).notNull(),
    isHearingImpaired: integer('is_hearing_impaired', { mode: 'boolean' }).notNull(),
    isCommentary: integer('is_commentary', { mode: 'boolean' }).notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.infoHash, table.fileIndex] }),
    foreignKey({
      columns: [table.infoHash, table.fileIndex],
      foreignColumns: [torrentFiles.infoHash, torrentFiles.fileIndex],
    }).onDelete('cascade'),
    foreignKey({
      columns: [table.infoHash, table.videoIndex],
      foreignColumns: [torrentAssignments.infoHash, torrentAssignments.fileIndex],
    }).onDelete('cascade'),
    index('torrent_subtitles_video').on(table.infoHash, table.videoIndex),
  ],
)

const fileKey = () => ({ infoHash: text('info_hash').notNull(), fileIndex: integer('file_index').notNull() })

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
  (table) => [
    foreignKey({
      columns: [table.infoHash, table.fileIndex],
      foreignColumns: [torrentFiles.infoHash, torrentFiles.fileIndex],
    }).onDelete('cascade'),
    index('offline_files_file').on(table.infoHash, table.fileIndex),
  ],
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
    foreignKey({
      columns: [table.infoHash, table.fileIndex],
      foreignColumns: [torrentFiles.infoHash, torrentFiles.fileIndex],
    }).onDelete('cascade'),
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
  (table) => [
    primaryKey({ columns: [table.infoHash, table.fileIndex] }),
    foreignKey({
      columns: [table.infoHash, table.fileIndex],
      foreignColumns: [torrentFiles.infoHash, torrentFiles.fileIndex],
    }).onDelete('cascade'),
  ],
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
    foreignKey({
      columns: [table.infoHash, table.fileIndex],
      foreignColumns: [torrentFiles.infoHash, torrentFiles.fileIndex],
    }).onDelete('cascade'),
    index('watch_positions_unfinished').on(table.watchedAtMs).where(sql`is_finished = 0`),
  ],
)

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
