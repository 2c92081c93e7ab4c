import { asc, desc, eq, not, type SQL, sql } from 'drizzle-orm'
import { AppError } from '../domain/errors.ts'
import type { Page } from '../domain/library.ts'
import { titleKey } from './title-key.ts'
import type { TitledTable } from './titled.ts'

/** Throws `invalid` for a page that is none. */
export function checkPage(page: { readonly limit: number; readonly offset: number }): void {
  for (const number of [page.limit, page.offset]) {
    if (!Number.isSafeInteger(number) || number < 0) throw new AppError('invalid', `not a limit or offset: ${number}`)
  }
}

/**
 * The rows of a page, before limit and offset; empty for all. It looks into each title key, of which there are thousands,
 * not millions: an index of words could not match "anywhere". `isAssigned` is the condition that a file shows. Throws
 * `invalid` for a page that is none.
 */
export function pageFilters(table: TitledTable, page: Page, isAssigned: SQL): SQL[] {
  checkPage(page)
  const filters: SQL[] = []
  const key = titleKey(page.query ?? '')
  if (key !== '') filters.push(sql`instr(${table.titleKey}, ${key}) > 0`)
  if (page.year !== undefined) filters.push(eq(table.year, page.year))
  if (page.isAssigned !== undefined) filters.push(page.isAssigned ? isAssigned : not(isAssigned))
  return filters
}

/** Their order, total: the id decides between equals. */
export function pageOrder(table: TitledTable, { sort = 'title', isDescending = sort !== 'title' }: Page): SQL[] {
  const columns = {
    title: [table.titleKey, table.year, table.id],
    added: [table.addedAtMs, table.id],
    year: [table.year, table.titleKey, table.id],
  }[sort]
  return columns.map((column) => (isDescending ? desc(column) : asc(column)))
}
