import { type SQL, sql } from 'drizzle-orm'
import { AppError } from '../domain/errors.ts'
import type { Page } from '../domain/library.ts'
import { titleKey } from './title-key.ts'
import type { TitledTable } from './titled.ts'

/**
 * The rows of a page, before limit and offset; undefined for all. It looks into each title key, of which there are
 * thousands, not millions: an index of words could not match "anywhere". Throws `invalid` for a page that is none.
 */
export function pageFilter(table: TitledTable, page: Page): SQL | undefined {
  for (const number of [page.limit, page.offset]) {
    if (!Number.isSafeInteger(number) || number < 0) throw new AppError('invalid', `not a limit or offset: ${number}`)
  }
  const key = titleKey(page.query ?? '')
  return key === '' ? undefined : sql`instr(${table.titleKey}, ${key}) > 0`
}
