import { eq } from 'drizzle-orm'
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3'
import type { ItemReference } from '../../domain/curation.ts'
import { AppError } from '../../domain/errors.ts'
import { checkTmdbId, createTitled, findTitled, requireTitled, type TitledTable } from '../titled.ts'

/**
 * The item that a person means: by id, TMDB id, or title and year. Undefined when it is not in the library. `except` is
 * not asked for its TMDB id. Fails with `not_found` (id), `invalid`, or `conflict` when the one of that title and year has
 * another TMDB id.
 */
export function findReference(
  db: BetterSQLite3Database,
  table: TitledTable,
  reference: ItemReference<number>,
  except?: number,
): number | undefined {
  if ('id' in reference) {
    requireTitled(db, table, reference.id)
    return reference.id
  }
  const { title, year, tmdbId } = reference
  checkTmdbId(tmdbId)
  if (tmdbId !== undefined) {
    const same = db.select({ id: table.id }).from(table).where(eq(table.tmdbId, tmdbId)).get()
    if (same) return same.id
  }
  const found = findTitled(db, table, title, year)
  if (!found) return undefined
  const { id } = found
  const held = db.select({ tmdbId: table.tmdbId }).from(table).where(eq(table.id, id)).get()
  if (id !== except && tmdbId !== undefined && held && held.tmdbId !== null) {
    throw new AppError('conflict', `${title} is in the library as TMDB's number ${held.tmdbId}`)
  }
  return id
}

/** As `findReference`. An item that is found takes the year and the TMDB id that it has not; else it is made. */
export function findOrCreateReference(
  db: BetterSQLite3Database,
  table: TitledTable,
  reference: ItemReference<number>,
  nowMs: number,
): number {
  const id = findReference(db, table, reference)
  if ('id' in reference) return reference.id
  if (id === undefined) return createTitled(db, table, reference, nowMs)
  completeReference(db, table, id, reference)
  return id
}

/** What a person says of an item that is in the library, where that knows nothing. It is looked for anew then. */
export function completeReference(
  db: BetterSQLite3Database,
  table: TitledTable,
  id: number,
  reference: ItemReference<number>,
): void {
  if ('id' in reference) return
  const held = db.select({ year: table.year, tmdbId: table.tmdbId }).from(table).where(eq(table.id, id)).get()
  const year = held?.year ?? reference.year
  const tmdbId = held?.tmdbId ?? reference.tmdbId ?? null
  if (held?.year === year && held.tmdbId === tmdbId) return
  db.update(table).set({ year, tmdbId, metadataDueAtMs: 0, metadataAttempts: 0 }).where(eq(table.id, id)).run()
}
