import { rmSync } from 'node:fs'
import Database from 'better-sqlite3'
import type { Clock } from '../domain/clock.ts'
import type { Logger } from '../domain/logger.ts'
import type { CachedAnswer, MetadataCache } from '../domain/metadata.ts'

export interface SqliteMetadataCacheOptions {
  /** Of a database of its own, which may be deleted while the service is stopped. */
  readonly path: string
  readonly clock: Clock
  readonly logger: Logger
  /** Older answers are dropped when it opens. Default a year. */
  readonly keepMs?: number
}

const YEAR_MS = 365 * 24 * 60 * 60 * 1000
const SCHEMA = `
  create table if not exists answers (key text primary key, text text not null, stored_at integer not null) without rowid;
  create index if not exists answers_stored_at on answers (stored_at);
`

/**
 * Keeps answers over restarts, apart from the library's database: it grows with what was asked, is written without
 * waiting for the disk, and loses nothing that cannot be asked again. A damaged file is made anew.
 */
export class SqliteMetadataCache implements MetadataCache {
  readonly #database: Database.Database
  readonly #get: Database.Statement<[string], CachedAnswer>
  readonly #put: Database.Statement<[string, string, number]>
  readonly #logger: Logger

  private constructor(database: Database.Database, logger: Logger) {
    this.#database = database
    this.#get = database.prepare('select text, stored_at as storedAtMs from answers where key = ?')
    this.#put = database.prepare('insert or replace into answers (key, text, stored_at) values (?, ?, ?)')
    this.#logger = logger
  }

  /** Throws what SQLite does where no file can be made. */
  static open(options: SqliteMetadataCacheOptions): SqliteMetadataCache {
    const { path, logger } = options
    const oldestMs = options.clock.nowMs() - (options.keepMs ?? YEAR_MS)
    try {
      return new SqliteMetadataCache(connect(path, oldestMs), logger)
    } catch (error) {
      if (!isDamage(error)) throw error
      logger.warn('the metadata cache is damaged: it is made anew', { err: error })
      for (const suffix of ['', '-wal', '-shm']) rmSync(path + suffix, { force: true })
      return new SqliteMetadataCache(connect(path, oldestMs), logger)
    }
  }

  get(key: string): CachedAnswer | undefined {
    return this.#attempt(() => this.#get.get(key))
  }

  put(key: string, { text, storedAtMs }: CachedAnswer): void {
    this.#attempt(() => this.#put.run(key, text, storedAtMs))
  }

  /** Idempotent; nothing is found or kept afterwards. */
  close(): void {
    this.#database.close()
  }

  #attempt<T>(work: () => T): T | undefined {
    if (!this.#database.open) return undefined
    try {
      return work()
    } catch (error) {
      this.#logger.warn('the metadata cache fails: the answer is asked for again', { err: error })
      return undefined
    }
  }
}

function connect(path: string, oldestMs: number): Database.Database {
  const database = new Database(path)
  try {
    database.pragma('journal_mode = WAL')
    database.pragma('synchronous = OFF')
    database.exec(SCHEMA)
    database.prepare('delete from answers where stored_at < ?').run(oldestMs)
    return database
  } catch (error) {
    database.close()
    throw error
  }
}

const isDamage = (error: unknown): boolean =>
  error instanceof Database.SqliteError && /^SQLITE_(?:NOTADB|CORRUPT|SCHEMA|ERROR)/.test(error.code)
