import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import fc from 'fast-check'
import { systemClock } from '../../lib/domain/clock.ts'
import { silentLogger } from '../../lib/domain/logger.ts'
import { type Library, openLibrary } from '../../lib/library/library.ts'
import { titleKey } from '../../lib/library/title-key.ts'
import { expectError, libraryContract, places } from '../contract/library.ts'
import { asMovie, seasonPack, torrentOf } from './fixtures.ts'

libraryContract('Library', (clock) => openLibrary({ path: ':memory:', logger: silentLogger, clock }))

describe('Library', () => {
  let directory: string
  let path: string
  let library: Library
  let statements: string[]
  const open = () =>
    openLibrary({ path, logger: silentLogger, clock: systemClock, onStatement: (sql) => statements.push(sql) })
  const addSeason = (title: string, episodes: number) => {
    const [info, placements] = seasonPack(title, 1, episodes)
    library.addTorrent(info, null, placements, false)
  }

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'library-spec-'))
    path = join(directory, 'made', 'library.db')
    statements = []
    library = open()
  })
  afterEach(() => {
    library.close()
    rmSync(directory, { recursive: true })
  })

  it('reads all by one statement, for one show and for a thousand', () => {
    addSeason('Show', 2)
    const countOf = (work: () => unknown) => {
      statements = []
      work()
      return statements.length
    }
    expect(countOf(() => [...library.readAll()])).to.equal(1)
    for (let i = 0; i < 1000; i++) library.createShow({ title: `Show ${i}`, year: null, seasons: [] })
    const placements = Array.from({ length: 1000 }, (_, i) => seasonPack(`Show ${i}`, 1, 1)[1][0])
    const sure = placements.filter((one) => one !== undefined).map((one, fileIndex) => ({ ...one, fileIndex }))
    const paths = sure.map((one) => `${one.title}.mkv`)
    library.addTorrent(torrentOf('all', paths), null, sure, false)
    let rows = 0
    expect(countOf(() => (rows = [...library.readAll()].length))).to.equal(1)
    expect(rows).to.equal(1002)
    const shows = library.shows({ limit: 1000, offset: 0 }).items
    expect(countOf(() => [...library.readItems(shows.map(({ id }) => ({ kind: 'show' as const, id })))])).to.equal(1)
    expect(countOf(() => library.shows({ limit: 1000, offset: 0 }))).to.equal(
      countOf(() => library.shows({ limit: 1, offset: 0 })),
    )
  })

  it('adds a hundred files with as many statements as ten, a thousand with one more of each kind a hundred', () => {
    const [ten = 0, hundred, thousand] = [10, 100, 1000].map((episodes) => {
      statements = []
      addSeason(`Show of ${episodes}`, episodes)
      return statements.length
    })
    expect(hundred).to.equal(ten)
    // Files, seasons, episodes, assignments, and what were subtitles until now.
    expect(thousand).to.equal(ten + 5 * 9)
  })

  it('lets a write pass while a read is under way, which goes on with the state it began with', () => {
    addSeason('Show', 5)
    const reading = library.readAll()[Symbol.iterator]()
    reading.next()
    addSeason('Other', 3)
    const later = places(library.readAll())
    let rest = 0
    while (!reading.next().done) rest++
    expect(rest).to.equal(4)
    expect(later).to.have.length(8)
  })

  it('leaves no read behind when left early', () => {
    addSeason('Show', 5)
    for (let i = 0; i < 20; i++) for (const _ of library.readAll()) break
    expect(places(library.readAll())).to.have.length(5)
  })

  it('ends an unfinished read with an error when it closes, never as if it were complete', () => {
    addSeason('Show', 5)
    const reading = library.readAll()[Symbol.iterator]()
    reading.next()
    const unbegun = library.readAll()[Symbol.iterator]()
    library.close()
    library.close()
    expectError('aborted', () => reading.next())
    expectError('aborted', () => unbegun.next())
    expectError('aborted', () => library.counts())
  })

  it('keeps everything over a restart, with its log written back', () => {
    addSeason('Show', 5)
    const before = places(library.readAll())
    library.close()
    expect(existsSync(`${path}-wal`)).to.equal(false)
    library = open()
    expect(places(library.readAll())).to.deep.equal(before)
  })

  it('logs a listener that fails, and goes on', () => {
    library.close()
    const errors: string[] = []
    const logger = { ...silentLogger, error: (message: string) => errors.push(message) }
    library = openLibrary({ path, logger, clock: systemClock })
    library.onCommitted(() => {
      throw new Error('mine')
    })
    library.addTorrent(torrentOf('pack', ['a']), null, [asMovie('Heat')], false)
    expect(library.counts().movies).to.equal(1)
    expect(errors).to.have.length(1)
  })
})

describe('titleKey', () => {
  it('is its own key, and one for every unicode form and case', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (title) => {
        const key = titleKey(title)
        expect(titleKey(key)).to.equal(key)
        expect(titleKey(title.normalize('NFD'))).to.equal(key)
        expect(titleKey(title.normalize('NFC'))).to.equal(key)
        expect(titleKey(title.toUpperCase())).to.equal(key)
      }),
    )
  })
})
