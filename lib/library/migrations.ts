import { fileURLToPath } from 'node:url'
import { drizzle } from 'drizzle-orm/better-sqlite3'
import { migrate } from 'drizzle-orm/better-sqlite3/migrator'
import { readMigrationFiles } from 'drizzle-orm/migrator'
import { AppError } from '../domain/errors.ts'
import type { Client } from './connection.ts'

/** At the project's root, one level above lib/ and dist/ alike. */
export const MIGRATIONS_DIR = fileURLToPath(new URL('../../drizzle', import.meta.url))

const TABLE = '__drizzle_migrations'

/**
 * Brings the database up to date, in one transaction. Fails with `invalid` when it was written by a newer version, or is
 * another program's.
 */
export function applyMigrations(client: Client, migrationsFolder: string): void {
  if (isUpToDate(client, migrationsFolder)) return
  // Rebuilding a table drops the old one, which would cascade; the pragma is without effect inside a transaction.
  client.pragma('foreign_keys = OFF')
  migrate(drizzle({ client }), { migrationsFolder, migrationsTable: TABLE })
  client.pragma('foreign_keys = ON')
  const broken = client.pragma('foreign_key_check') as unknown[]
  if (broken.length > 0) throw new AppError('internal', `${broken.length} rows of the library lost what they refer to`)
}

/** Throws as `applyMigrations`. */
function isUpToDate(client: Client, migrationsFolder: string): boolean {
  const tables = client.prepare<[], string>(`select name from sqlite_schema where type = 'table'`).pluck().all()
  if (tables.length === 0) return false
  if (!tables.includes(TABLE)) throw new AppError('invalid', `${client.name} is not a library of Momoshtrem`)
  const known = new Set(readMigrationFiles({ migrationsFolder }).map((migration) => migration.hash))
  const applied = client.prepare<[], string>(`select hash from ${TABLE}`).pluck().all()
  const unknown = applied.filter((hash) => !known.has(hash))
  if (unknown.length === 0) return known.size === new Set(applied).size
  throw new AppError(
    'invalid',
    `${client.name} was written by a newer version of Momoshtrem: start that one, or restore`,
  )
}
