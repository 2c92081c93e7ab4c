import { and, eq, getTableName, isNull, or } from 'drizzle-orm'
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3'
import { AppError } from '../domain/errors.ts'
import type { movies, shows } from './schema/titles.ts'
import { cleanTitle, titleKey } from './title-key.ts'

/** What is found by title and year. */
export type TitledTable = typeof movies | typeof shows

export interface Titled {
  readonly title: string
  readonly year: number | null
  readonly tmdbId?: number
}

const nameOf = (table: TitledTable): string => (getTableName(table) === 'movies' ? 'movie' : 'show')

/** Fails with `conflict` for the same title key and year, now or as once given, or the same TMDB id; `invalid` for values that are none. */
export function createTitled(db: BetterSQLite3Database, table: TitledTable, item: Titled, nowMs: number): number {
  const { year, tmdbId } = item
  const title = cleanTitle(item.title)
  const key = titleKey(title)
  checkYear(year)
  checkTmdbId(tmdbId)
  const sameTitle = and(eq(table.titleKey, key), year === null ? isNull(table.year) : eq(table.year, year))
  const sameGiven = and(
    eq(table.givenTitleKey, key),
    year === null ? isNull(table.givenYear) : eq(table.givenYear, year),
  )
  const same = or(sameTitle, sameGiven, tmdbId === undefined ? undefined : eq(table.tmdbId, tmdbId))
  const held = db.select({ id: table.id }).from(table).where(same).get()
  if (held)
    throw new AppError('conflict', `the ${nameOf(table)} ${title} is in the library already, as number ${held.id}`)
  const values = { title, titleKey: key, year, tmdbId: tmdbId ?? null, addedAtMs: nowMs }
  return db.insert(table).values(values).returning({ id: table.id }).get().id
}

/**
 * The item of this title and year, or of those that it had before a provider gave it others: the files of next week
 * are named as those of this week. Release names often leave the year out: without one it is the only item of the title,
 * as is one whose year is not known, when it is the only one. Fails with `invalid` for a year that is none.
 */
export function findTitled(
  db: BetterSQLite3Database,
  table: TitledTable,
  title: string,
  year: number | null,
): { readonly id: number; readonly isYearNew: boolean } | undefined {
  checkYear(year)
  const key = titleKey(title)
  const { id, titleKey: heldKey, givenTitleKey, givenYear } = table
  const sameTitle = db
    .select({ id, titleKey: heldKey, year: table.year, givenTitleKey, givenYear })
    .from(table)
    .where(or(eq(heldKey, key), eq(givenTitleKey, key)))
    .all()
  const [only] = sameTitle
  const exact =
    sameTitle.find((item) => item.titleKey === key && item.year === year) ??
    sameTitle.find((item) => item.givenTitleKey === key && (item.givenYear === year || item.year === year))
  if (exact) return { id: exact.id, isYearNew: false }
  if (!only || sameTitle.length > 1 || (year !== null && only.year !== null)) return undefined
  return { id: only.id, isYearNew: year !== null }
}

/** As `findTitled`; an item whose year was not known until now takes the year. Created otherwise. */
export function findOrCreateTitled(
  db: BetterSQLite3Database,
  table: TitledTable,
  title: string,
  year: number | null,
  nowMs: number,
): number {
  const found = findTitled(db, table, title, year)
  if (!found) return createTitled(db, table, { title, year }, nowMs)
  // With a year a provider may find what it did not find without.
  if (found.isYearNew) db.update(table).set({ year, metadataDueAtMs: 0 }).where(eq(table.id, found.id)).run()
  return found.id
}

/** Fails with `not_found`. */
export function requireTitled(db: BetterSQLite3Database, table: TitledTable, id: number): void {
  const held = db.select({ id: table.id }).from(table).where(eq(table.id, id)).get()
  if (!held) throw notHeld(table, id)
}

export const notHeld = (table: TitledTable, id: number): AppError =>
  new AppError('not_found', `no ${nameOf(table)} ${id}`)

export function checkYear(year: number | null): void {
  if (year !== null && !(Number.isSafeInteger(year) && year > 0 && year < 10_000)) {
    throw new AppError('invalid', `not a year: ${year}`)
  }
}

export function checkTmdbId(id: number | undefined): void {
  if (id !== undefined && !(Number.isSafeInteger(id) && id > 0)) throw new AppError('invalid', `not a TMDB id: ${id}`)
}
