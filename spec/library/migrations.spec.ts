import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { expect } from 'chai'
import { generateSQLiteDrizzleJson, generateSQLiteMigration } from 'drizzle-kit/api'
import { systemClock } from '../../lib/domain/clock.ts'
import { silentLogger } from '../../lib/domain/logger.ts'
import { openLibrary } from '../../lib/library/library.ts'
import { MIGRATIONS_DIR } from '../../lib/library/migrations.ts'
import * as schema from '../../lib/library/schema.ts'
import { expectError, places } from '../contract/library.ts'
import { asMovie, torrentOf } from './fixtures.ts'

describe('migrations', () => {
  let directory: string
  let path: string
  const open = (migrationsDir = MIGRATIONS_DIR) =>
    openLibrary({ path, migrationsDir, logger: silentLogger, clock: systemClock })
  /** The project's migrations and one more. */
  const withNext = (sql: string) => {
    const folder = join(directory, 'drizzle')
    cpSync(MIGRATIONS_DIR, folder, { recursive: true })
    const journalPath = join(folder, 'meta', '_journal.json')
    const journal = JSON.parse(readFileSync(journalPath, 'utf8'))
    journal.entries.push({
      idx: journal.entries.length,
      version: '6',
      when: Date.now(),
      tag: 'next',
      breakpoints: true,
    })
    writeFileSync(journalPath, JSON.stringify(journal))
    writeFileSync(join(folder, 'next.sql'), sql)
    return folder
  }

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'library-migrations-'))
    path = join(directory, 'library.db')
  })
  afterEach(() => rmSync(directory, { recursive: true }))

  it('say what the schema says', async () => {
    const snapshots = readdirSync(join(MIGRATIONS_DIR, 'meta')).filter((name) => name.endsWith('_snapshot.json'))
    const last = JSON.parse(readFileSync(join(MIGRATIONS_DIR, 'meta', snapshots.sort().at(-1) ?? ''), 'utf8'))
    const now = await generateSQLiteDrizzleJson({ ...schema }, last.id)
    expect(await generateSQLiteMigration(last, now)).to.deep.equal([])
  })

  it('leave the file in WAL mode', () => {
    open().close()
    const other = new Database(path)
    expect(other.pragma('journal_mode', { simple: true })).to.equal('wal')
    other.close()
  })

  it('keep what a rebuilt table refers to and what refers to it', () => {
    const library = open()
    library.addTorrent(torrentOf('pack', ['a']), null, [asMovie('Heat')], false)
    const before = places(library.readAll())
    library.close()
    const rebuild = ['create table n as select * from movies', 'drop table movies', 'alter table n rename to movies']
    const index = 'create unique index movies_id on movies (id)'
    const next = open(withNext([...rebuild, index].join(';\n--> statement-breakpoint\n')))
    expect(places(next.readAll())).to.deep.equal(before)
    next.close()
  })

  it('are applied all or not at all', () => {
    open().close()
    const broken = 'create table extra (id integer);\n--> statement-breakpoint\nselect * from nowhere;'
    expectError('invalid', () => open(withNext(broken)))
    const library = open()
    expect(library.counts().movies).to.equal(0)
    library.close()
  })

  it('refuse a database of a newer version, naming it, and leave it as it is', () => {
    open(withNext('create table extra (id integer);')).close()
    const bytes = readFileSync(path)
    expectError('invalid', () => open())
    expect(() => open()).to.throw(`${path} was written by a newer version`)
    expect(readFileSync(path)).to.deep.equal(bytes)
  })

  it("refuse another program's database and a file that is none", () => {
    const other = new Database(path)
    other.exec('create table notes (id integer)')
    other.close()
    expectError('invalid', () => open())
    path = join(directory, 'text')
    writeFileSync(path, 'no database, but long enough to be looked at as one'.repeat(40))
    expectError('invalid', () => open())
  })
})
