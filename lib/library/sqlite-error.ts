import Database from 'better-sqlite3'
import { DrizzleError } from 'drizzle-orm'
import { AppError } from '../domain/errors.ts'

/**
 * What SQLite reports, in the closed list of codes: `storage_full`, `unavailable` for a database that another process
 * holds, `conflict` for a broken uniqueness, or a row whose item is gone, else `internal`. An AppError stays as it is.
 */
export function sqliteError(error: unknown): AppError {
  if (error instanceof AppError) return error
  // The query builder wraps what some of its statements fail with.
  if (error instanceof DrizzleError && error.cause !== undefined) return sqliteError(error.cause)
  if (!(error instanceof Database.SqliteError)) return new AppError('internal', 'library error', error)
  if (error.code === 'SQLITE_FULL') return new AppError('storage_full', 'no space left for the library', error)
  if (/^SQLITE_(?:BUSY|LOCKED)/.test(error.code)) {
    return new AppError('unavailable', 'another process holds the library', error)
  }
  if (/^SQLITE_CONSTRAINT_(?:UNIQUE|PRIMARYKEY)$/.test(error.code)) {
    return new AppError('conflict', 'the library holds this already', error)
  }
  if (error.code === 'SQLITE_CONSTRAINT_FOREIGNKEY') {
    return new AppError('conflict', 'what it belongs to was deleted meanwhile', error)
  }
  if (/^SQLITE_(?:CORRUPT|NOTADB)/.test(error.code)) {
    return new AppError(
      'internal',
      'library.sqlite is damaged: stop the service and put a backup of it in place',
      error,
    )
  }
  return new AppError('internal', 'library error', error)
}
