import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { silentLogger } from '../../lib/domain/logger.ts'
import type { MetadataCache } from '../../lib/domain/metadata.ts'
import { MemoryMetadataCache } from '../../lib/metadata/memory-cache.ts'
import { SqliteMetadataCache } from '../../lib/metadata/sqlite-cache.ts'
import { ManualClock } from '../support/manual-clock.ts'

const answer = (text: string, storedAtMs = 5) => ({ text, storedAtMs })

describe('the metadata caches', () => {
  let directory: string
  const clock = new ManualClock(1_000_000)
  const openSqlite = (keepMs?: number) =>
    SqliteMetadataCache.open({
      path: join(directory, 'metadata.sqlite'),
      clock,
      logger: silentLogger,
      ...(keepMs !== undefined && { keepMs }),
    })

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'metadata-'))
  })
  afterEach(() => rm(directory, { recursive: true }))

  const makers: [string, () => MetadataCache & { close?(): void }][] = [
    ['MemoryMetadataCache', () => new MemoryMetadataCache()],
    ['SqliteMetadataCache', () => openSqlite(10_000_000)],
  ]
  for (const [name, make] of makers) {
    describe(`${name}: the MetadataCache port`, () => {
      let cache: ReturnType<typeof make>
      beforeEach(() => {
        cache = make()
      })
      afterEach(() => cache.close?.())

      it('finds what was put, with its age, and nothing else', () => {
        cache.put('a', answer('{"ü":"\u{1f3ac}"}', 1234))
        expect(cache.get('a')).to.deep.equal(answer('{"ü":"\u{1f3ac}"}', 1234))
        expect(cache.get('A')).to.equal(undefined)
      })

      it('keeps the last of one key', () => {
        cache.put('a', answer('first'))
        cache.put('a', answer('second', 6))
        expect(cache.get('a')).to.deep.equal(answer('second', 6))
      })
    })
  }

  it('in memory forgets what was not used for the longest time', () => {
    const cache = new MemoryMetadataCache(2)
    cache.put('a', answer('a'))
    cache.put('b', answer('b'))
    cache.get('a')
    cache.put('c', answer('c'))
    expect(['a', 'b', 'c'].map((key) => cache.get(key)?.text)).to.deep.equal(['a', undefined, 'c'])
  })

  it('on disk keeps answers over a restart, but not those too old', () => {
    const before = openSqlite()
    before.put('old', answer('old', 900_000))
    before.put('new', answer('new', 999_000))
    before.close()
    const after = openSqlite(50_000)
    expect([after.get('old'), after.get('new')]).to.deep.equal([undefined, answer('new', 999_000)])
    after.close()
  })

  it('on disk finds and keeps nothing once it is closed, without an error', () => {
    const cache = openSqlite()
    cache.put('a', answer('a'))
    cache.close()
    cache.close()
    cache.put('b', answer('b'))
    expect(cache.get('a')).to.equal(undefined)
  })

  it('on disk begins anew with a file that is no database', async () => {
    const path = join(directory, 'metadata.sqlite')
    await writeFile(path, 'no database at all, but long enough to be looked at '.repeat(50))
    const cache = openSqlite()
    cache.put('a', answer('a', 999_999))
    expect(cache.get('a')).to.deep.equal(answer('a', 999_999))
    cache.close()
    expect((await readFile(path)).toString('latin1', 0, 15)).to.equal('SQLite format 3')
  })

  it('on disk begins anew with a table of another shape', async () => {
    const { default: Database } = await import('better-sqlite3')
    const other = new Database(join(directory, 'metadata.sqlite'))
    other.exec('create table answers (id integer)')
    other.close()
    const cache = openSqlite()
    cache.put('a', answer('a', 999_999))
    expect(cache.get('a')).to.deep.equal(answer('a', 999_999))
    cache.close()
  })

  it('on disk says so when no file can be made', () => {
    const path = join(directory, 'missing', 'metadata.sqlite')
    expect(() => SqliteMetadataCache.open({ path, clock, logger: silentLogger })).to.throw(/directory/)
  })
})
