import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { expect } from 'chai'
import { systemClock } from '../../lib/domain/clock.ts'
import { movieId } from '../../lib/domain/ids.ts'
import { silentLogger } from '../../lib/domain/logger.ts'
import { openLibrary } from '../../lib/library/library.ts'

/** Overwrites the first page of a table. */
function damage(path: string, table: string): void {
  const database = new Database(path)
  const page = database.prepare('select rootpage from sqlite_schema where name = ?').pluck().get(table) as number
  const pageBytes = database.pragma('page_size', { simple: true }) as number
  database.close()
  const file = openSync(path, 'r+')
  writeSync(file, Buffer.alloc(pageBytes, 0xa5), 0, pageBytes, (page - 1) * pageBytes)
  closeSync(file)
}

describe('a damaged library', () => {
  it('says so, and what to do', () => {
    const directory = mkdtempSync(join(tmpdir(), 'library-damage-'))
    try {
      const path = join(directory, 'library.db')
      const open = () => openLibrary({ path, logger: silentLogger, clock: systemClock })
      open().close()
      damage(path, 'movies')
      const library = open()
      try {
        expect(() => library.movie(movieId(1)))
          .to.throw(/library\.sqlite is damaged/)
          .with.property('code', 'internal')
      } finally {
        library.close()
      }
    } finally {
      rmSync(directory, { recursive: true })
    }
  })
})
