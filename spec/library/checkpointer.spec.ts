import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { silentLogger } from '../../lib/domain/logger.ts'
import { Checkpointer } from '../../lib/library/checkpointer.ts'
import { type Client, connectToRead, connectToWrite, unwritten } from '../../lib/library/connection.ts'
import { until } from '../support/until.ts'

const PAGES = 200

describe('Checkpointer', () => {
  let directory: string
  let client: Client
  let checkpointer: Checkpointer

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'checkpointer-'))
    client = connectToWrite(join(directory, 'library.db'))
    client.exec('create table t (a integer primary key, b text)')
    checkpointer = new Checkpointer(client, silentLogger, PAGES)
  })

  afterEach(() => {
    checkpointer.close()
    client.close()
    rmSync(directory, { recursive: true, maxRetries: 10 }) // its thread may be about to end
  })

  function write(rows: number): void {
    const insert = client.prepare('insert into t (b) values (?)')
    for (let row = 0; row < rows; row++) {
      insert.run('x'.repeat(4000))
      checkpointer.noteWrite()
    }
  }

  const logPages = () => (client.pragma('wal_checkpoint(NOOP)') as [{ log: number }])[0].log

  it('writes a long log back, and begins it anew, while commits go on', async () => {
    write(PAGES)
    expect(unwritten(client)).to.be.greaterThan(PAGES)
    await until(() => logPages() < 50)
    write(1)
    expect(client.prepare('select count(*) from t').pluck().get()).to.equal(PAGES + 1)
    expect(client.pragma('integrity_check', { simple: true })).to.equal('ok')
  })

  it('logs that it cannot look at the log, and looks again later', async () => {
    let isFull = true
    const pragma = (...args: Parameters<Client['pragma']>): unknown => {
      if (isFull) throw new Error('database or disk is full')
      return client.pragma(...args)
    }
    const warnings: string[] = []
    const logger = { ...silentLogger, warn: (message: string) => warnings.push(message) }
    const failing = new Checkpointer(Object.create(client, { pragma: { value: pragma } }) as Client, logger, PAGES)
    const insert = client.prepare('insert into t (b) values (?)')
    const write32 = (): void => {
      for (let row = 0; row < 32; row++) {
        insert.run('x'.repeat(40_000))
        failing.noteWrite()
      }
    }
    write32()
    await until(() => warnings.length === 1)
    isFull = false
    write32()
    await until(() => logPages() < 50)
    failing.close()
  })

  it('leaves what a reader needs, and comes back to it when there is more', async () => {
    const reader = connectToRead(client.name)
    reader.exec('begin')
    expect(reader.prepare('select count(*) from t').pluck().get()).to.equal(0)
    write(PAGES)
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect(reader.prepare('select count(*) from t').pluck().get()).to.equal(0)
    reader.close()
    let rows = PAGES
    await until(() => {
      if (logPages() < 50) return true
      write(10)
      rows += 10
      return false
    })
    expect(client.prepare('select count(*) from t').pluck().get()).to.equal(rows)
  })

  it('leaves a short log alone', async () => {
    write(PAGES / 4)
    const before = unwritten(client)
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(unwritten(client)).to.equal(before)
  })

  it('ends with the library, whatever it is at', () => {
    write(PAGES)
    checkpointer.close()
    checkpointer.close()
  })
})
