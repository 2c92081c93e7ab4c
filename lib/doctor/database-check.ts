import { existsSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { readMigrationFiles } from 'drizzle-orm/migrator'
import { throwIfAborted } from '../domain/abort.ts'
import type { Finding } from '../domain/doctor.ts'
import type { CheckContext } from './check-context.ts'
import { countText, fail, ok, warn } from './findings.ts'

const BUSY_MS = 1000
const RESTORE =
  'Stop the service and put back a copy of the data directory, or move library.sqlite away to begin a new one.'

/** Only reads: migrations are applied by the next start, and the service may run meanwhile. */
export async function checkDatabase({ settings, options, service }: CheckContext, signal: AbortSignal) {
  const path = join(settings.dataDir, 'library.sqlite')
  if (!existsSync(path)) return ok('none yet: the first start makes it')
  const isRunning = await service.isRunning(signal)
  let database: Database.Database | undefined
  try {
    database = new Database(path, { readonly: true, timeout: BUSY_MS })
    return inspect(database, options.migrationsDir, isRunning, signal)
  } catch (error) {
    if (!(error instanceof Database.SqliteError)) throw error
    return fail(`${path}: ${error.message}`, RESTORE)
  } finally {
    database?.close()
  }
}

function inspect(
  database: Database.Database,
  migrationsFolder: string,
  isRunning: boolean,
  signal: AbortSignal,
): Finding {
  const path = database.name
  const tables = database.prepare<[], string>(`select name from sqlite_schema where type = 'table'`).pluck().all()
  if (!tables.includes('__drizzle_migrations'))
    return fail(`${path} is not a library of Momoshtrem`, 'Set DATA_DIR to another directory, or move that file away.')
  // Table by table, so that a huge library cannot hold the check beyond its time.
  for (const table of tables) {
    throwIfAborted(signal)
    const problems = database.pragma(`quick_check("${table.replaceAll('"', '""')}")`) as { quick_check: string }[]
    const [first] = problems
    if (first && first.quick_check !== 'ok') return fail(`${path} is damaged: ${first.quick_check}`, RESTORE)
  }
  const known = readMigrationFiles({ migrationsFolder }).map(({ hash }) => hash)
  const applied = database.prepare<[], string>('select hash from __drizzle_migrations').pluck().all()
  if (applied.some((hash) => !known.includes(hash)))
    return fail(`${path} was written by a newer version`, 'Install that version again.')
  const missing = known.length - applied.length
  if (missing > 0 && isRunning)
    return warn(
      `${countText(missing, 'migration')} missing in ${path}`,
      'Start the service again: an older version runs.',
    )
  const pages = Number(database.pragma('page_count', { simple: true }))
  const sizeMib = (pages * Number(database.pragma('page_size', { simple: true }))) / 1024 ** 2
  const pending = missing > 0 ? `, ${countText(missing, 'migration')} left for the next start` : ''
  return ok(`${path} is sound, ${sizeMib.toFixed(1)} MiB${pending}`)
}
