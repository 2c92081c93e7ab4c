import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { expect } from 'chai'
import { generateSQLiteDrizzleJson, generateSQLiteMigration } from 'drizzle-kit/api'
import { systemClock } from '../../lib/domain/clock.ts'
import { movieId } from '../../lib/domain/ids.ts'
import { silentLogger } from '../../lib/domain/logger.ts'
import { connectToWrite } from '../../lib/library/connection.ts'
import { openLibrary } from '../../lib/library/library.ts'
import { applyMigrations, MIGRATIONS_DIR } from '../../lib/library/migrations.ts'
import * as files from '../../lib/library/schema/files.ts'
import * as metadata from '../../lib/library/schema/metadata.ts'
import * as sidecars from '../../lib/library/schema/sidecars.ts'
import * as titles from '../../lib/library/schema/titles.ts'
import * as torrents from '../../lib/library/schema/torrents.ts'
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
    const now = await generateSQLiteDrizzleJson({ ...titles, ...torrents, ...files, ...metadata, ...sidecars }, last.id)
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

  it('bring a library of an earlier version up to date, with all that it held', () => {
    const earlier = join(directory, 'earlier')
    cpSync(MIGRATIONS_DIR, earlier, { recursive: true })
    const journalPath = join(earlier, 'meta', '_journal.json')
    const journal = JSON.parse(readFileSync(journalPath, 'utf8'))
    writeFileSync(journalPath, JSON.stringify({ ...journal, entries: journal.entries.slice(0, 3) }))
    const client = connectToWrite(path)
    applyMigrations(client, earlier)
    const [first, second] = ['1', '2'].map((digit) => digit.repeat(40))
    client.exec(`
      insert into movies (title, title_key, year, added_at) values ('Heat', 'HEAT', 1995, 1);
      insert into shows (title, title_key, added_at) values ('Dark', 'DARK', 1);
      insert into seasons (show_id, number) values (1, 1);
      insert into episodes (season_id, number, name) values (1, 1, 'Secrets'), (1, 2, null);
      insert into torrents (info_hash, name, size, is_private, added_at)
        values ('${first}', 'one', 4, 0, 1), ('${second}', 'two', 2, 1, 2);
      insert into torrent_files (info_hash, file_index, file_path, size, offset, is_pad)
        values ('${first}', 0, 'h.mkv', 1, 0, 0), ('${first}', 1, 'h.srt', 1, 1, 0), ('${first}', 2, 'old.mkv', 1, 2, 0),
          ('${first}', 3, 'x.mkv', 1, 3, 0), ('${second}', 0, 'd.mkv', 2, 0, 0);
      insert into torrent_assignments (info_hash, file_index, item_type, item_id, last_episode_number, file_path, size,
          is_active, assigned_at)
        values ('${first}', 0, 'movie', 1, null, 'h.mkv', 1, 1, 5), ('${first}', 2, 'movie', 1, null, 'old.mkv', 1, 0, 5),
          ('${second}', 0, 'episode', 1, 2, 'd.mkv', 2, 1, 5);
      insert into torrent_subtitles (info_hash, file_index, video_index, language, is_forced, is_hearing_impaired,
        is_commentary) values ('${first}', 1, 0, 'en', 0, 0, 0)`)
    client.close()
    const library = open()
    expect(places(library.readAll())).to.deep.equal([
      'episode Dark (null) 1x1-2 Secrets: d.mkv',
      'movie Heat (1995): h.mkv',
      'subtitle of 0, movie 1: h.srt',
      'unsorted one: x.mkv',
    ])
    expect(library.search('heat', 9).map((hit) => hit.kind)).to.deep.equal(['movie'])
    expect(library.search('dark', 9).map((hit) => hit.kind)).to.deep.equal(['show'])
    expect(library.search('secrets', 9).map((hit) => hit.kind)).to.deep.equal(['episode'])
    expect(library.filesToProbe(9).map((file) => file.isPrivate)).to.deep.equal([true, false, false])
    expect(
      library.movie(movieId(1)).assignments.map((one) => [one.isActive, one.isChosen, one.trashedAtMs]),
    ).to.deep.equal([
      [true, false, null],
      [false, false, null],
    ])
    library.close()
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
