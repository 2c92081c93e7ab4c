import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { freePort } from '../support/free-port.ts'
import { newDataDir, removeDataDir } from '../support/running-app.ts'
import { type Installation, useInstallation } from './fixture.ts'

describe('doctor: the database', () => {
  let service: Installation
  useInstallation((started) => {
    service = started
  })
  const check = (...given: Parameters<Installation['expect']>): Promise<void> => service.expect(...given)

  let elsewhere: string
  beforeEach(() => {
    elsewhere = newDataDir()
  })
  afterEach(() => removeDataDir(elsewhere))
  const path = (): string => join(elsewhere, 'library.sqlite')
  /** A copy of the real one, changed. */
  const copied = async (change: (database: Database.Database) => void): Promise<void> => {
    const source = new Database(join(service.settings.dataDir, 'library.sqlite'), { readonly: true })
    await source.backup(path())
    source.close()
    const copy = new Database(path())
    change(copy)
    copy.close()
  }

  it('none yet', () => check('database', { dataDir: elsewhere }, 'ok', /first start makes it/))
  it('no database', async () => {
    writeFileSync(path(), 'x'.repeat(10_000))
    await check('database', { dataDir: elsewhere }, 'fail', /not a database/)
  })
  it('of another program', async () => {
    const foreign = new Database(path())
    foreign.exec('create table other (id)')
    foreign.close()
    await check('database', { dataDir: elsewhere }, 'fail', /is not a library/)
  })
  it('of a newer version', async () => {
    await copied((copy) => copy.exec(`insert into __drizzle_migrations (hash, created_at) values ('later', 1)`))
    await check('database', { dataDir: elsewhere }, 'fail', /newer version/)
  })
  it('of an older version, which the next start brings up to date', async () => {
    await copied((copy) =>
      copy.exec(
        'delete from __drizzle_migrations where created_at = (select max(created_at) from __drizzle_migrations)',
      ),
    )
    await check('database', { dataDir: elsewhere }, 'warn', /1 migration missing/)
    const apiPort = await freePort()
    await check('database', { dataDir: elsewhere, apiPort }, 'ok', /1 migration left for the next start/)
  })
  it('damaged', async () => {
    await copied((copy) => {
      copy.unsafeMode()
      copy.exec('create table torn (text); create index torn_text on torn (text)')
      copy.exec(`insert into torn select hex(randomblob(20)) from (values (1), (2), (3))`)
      copy.pragma('writable_schema = on')
      copy.exec(`delete from sqlite_schema where name = 'torn_text'`)
      copy.exec(`update sqlite_schema set sql = 'create table torn (text not null)' where name = 'torn'`)
      copy.exec('insert into torn values (null)')
    })
    await check('database', { dataDir: elsewhere }, 'fail', /is damaged: .*torn/)
  })
})
