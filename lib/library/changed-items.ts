import { and, eq, inArray, or, type SQL } from 'drizzle-orm'
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3'
import { infoHash, movieId, showId } from '../domain/ids.ts'
import type { LibraryChange, LibraryItem } from '../domain/library-rows.ts'
import { ofSeason } from './assignments.ts'
import { isOneOf } from './bulk.ts'
import { offlineFiles } from './schema/files.ts'
import { episodes, seasons } from './schema/titles.ts'
import { torrentAssignments, torrentSubtitles } from './schema/torrents.ts'

/** Collects, in one transaction, the items whose rows may differ after it; each once. */
export class ChangedItems {
  readonly #items = new Map<string, LibraryItem>()

  movie(id: number): void {
    this.#items.set(`movie:${id}`, { kind: 'movie', id: movieId(id) })
  }

  show(id: number): void {
    this.#items.set(`show:${id}`, { kind: 'show', id: showId(id) })
  }

  /** The files of a torrent that show under /Unsorted. */
  unsorted(hash: string): void {
    this.#items.set(hash, { kind: 'unsorted', infoHash: infoHash(hash) })
  }

  /** All of /Offline. */
  offline(): void {
    this.#items.set('offline', { kind: 'offline' })
  }

  change(): LibraryChange {
    return { items: [...this.#items.values()] }
  }
}

const { itemType, itemId, infoHash: hashOfFile, fileIndex } = torrentAssignments

/** A movie that is about to lose its files, and where they go. */
export function markMovie(db: BetterSQLite3Database, id: number, changed: ChangedItems): void {
  changed.movie(id)
  const files = db
    .selectDistinct({ infoHash: hashOfFile })
    .from(torrentAssignments)
    .where(and(eq(itemType, 'movie'), eq(itemId, id)))
  for (const file of files.all()) changed.unsorted(file.infoHash)
}

/** As `markMovie`. */
export function markShow(db: BetterSQLite3Database, id: number, changed: ChangedItems): void {
  changed.show(id)
  const files = db
    .selectDistinct({ infoHash: hashOfFile })
    .from(seasons)
    .crossJoin(episodes)
    .crossJoin(torrentAssignments)
    .where(and(ofSeason, eq(seasons.showId, id)))
  for (const file of files.all()) changed.unsorted(file.infoHash)
}

/** The items that these files of a torrent belong to, be it as subtitles, shown or not. */
export function markFiles(
  db: BetterSQLite3Database,
  hash: string,
  fileIndexes: Iterable<number>,
  changed: ChangedItems,
): void {
  const indexes = [...fileIndexes]
  const videos = db
    .select({ index: torrentSubtitles.videoIndex })
    .from(torrentSubtitles)
    .where(and(eq(torrentSubtitles.infoHash, hash), isOneOf(torrentSubtitles.fileIndex, indexes)))
  markItems(db, and(eq(hashOfFile, hash), or(isOneOf(fileIndex, indexes), inArray(fileIndex, videos))), changed)
}

/** All that shows a torrent's files. */
export function markTorrent(db: BetterSQLite3Database, hash: string, changed: ChangedItems): void {
  markItems(db, eq(hashOfFile, hash), changed)
  changed.unsorted(hash)
  const { path, infoHash } = offlineFiles
  if (db.select({ path }).from(offlineFiles).where(eq(infoHash, hash)).limit(1).get()) changed.offline()
}

function markItems(db: BetterSQLite3Database, files: SQL | undefined, changed: ChangedItems): void {
  const items = db
    .selectDistinct({ movie: torrentAssignments.movieId, show: seasons.showId })
    .from(torrentAssignments)
    .leftJoin(episodes, eq(episodes.id, torrentAssignments.episodeId))
    .leftJoin(seasons, eq(seasons.id, episodes.seasonId))
    .where(files)
  for (const { movie, show } of items.all()) {
    if (movie !== null) changed.movie(movie)
    if (show !== null) changed.show(show)
  }
}
