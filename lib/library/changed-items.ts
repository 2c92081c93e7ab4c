import { and, eq } from 'drizzle-orm'
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3'
import { infoHash, movieId, showId } from '../domain/ids.ts'
import type { LibraryChange, LibraryItem } from '../domain/library.ts'
import { ofSeason } from './assignments.ts'
import { episodes, seasons, torrentAssignments } from './schema.ts'

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

  change(): LibraryChange {
    return { items: [...this.#items.values()] }
  }
}

const { itemType, itemId, isActive, infoHash: hashOfFile } = torrentAssignments

/** A movie that is about to lose its files, and where they go. */
export function markMovie(db: BetterSQLite3Database, id: number, changed: ChangedItems): void {
  changed.movie(id)
  const files = db
    .selectDistinct({ infoHash: hashOfFile })
    .from(torrentAssignments)
    .where(and(eq(itemType, 'movie'), eq(itemId, id), eq(isActive, true)))
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
    .where(and(ofSeason, eq(isActive, true), eq(seasons.showId, id)))
  for (const file of files.all()) changed.unsorted(file.infoHash)
}
