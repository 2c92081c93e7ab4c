import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import type { AddedTorrent } from '../../lib/domain/library.ts'
import type { LibraryChange } from '../../lib/domain/library-rows.ts'
import { silentLogger } from '../../lib/domain/logger.ts'
import { nextTurn } from '../../lib/domain/slices.ts'
import { type Library, openLibrary } from '../../lib/library/library.ts'
import { failureOf } from '../support/failure-of.ts'
import { ManualClock } from '../support/manual-clock.ts'
import { asMovie, asSubtitle, seasonPack, torrentOf } from './fixtures.ts'

const unaborted = new AbortController().signal
const EPISODES = 1000
/** What a statement takes here; a slice is shorter. */
const STATEMENT_MS = 5
/** To find or create one show. */
const MOST_STATEMENTS = 3
const NOTHING = { movies: 0, shows: 0, episodes: 0, torrents: 0 }

describe('a torrent added in turns', () => {
  let directory: string
  let clock: ManualClock
  let library: Library
  let statements: number
  let told: LibraryChange[]
  const open = (): Library => {
    const opened = openLibrary({
      path: join(directory, 'library.db'),
      logger: silentLogger,
      clock,
      onStatement: () => {
        statements++
        clock.advance(STATEMENT_MS)
      },
    })
    opened.onCommitted((change) => told.push(change))
    return opened
  }
  const add = (title: string, signal = unaborted, episodes = EPISODES): Promise<AddedTorrent> => {
    const [info, placements] = seasonPack(title, 1, episodes)
    return library.addTorrentInTurns(info, null, placements, false, signal)
  }

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'library-in-turns-'))
    clock = new ManualClock()
    told = []
    statements = 0
    library = open()
  })
  afterEach(() => {
    library.close()
    rmSync(directory, { recursive: true })
  })

  it('holds no turn for longer than some statements, and is nowhere to be seen before it is whole', async () => {
    let isDone = false
    const adding = add('Show').finally(() => {
      isDone = true
    })
    const inTurns: number[] = []
    while (!isDone) {
      const before = statements
      await nextTurn()
      inTurns.push(statements - before)
      if (told.length > 0) continue
      expect(library.counts()).to.deep.equal(NOTHING)
      expect([...library.readAll()]).to.deep.equal([])
    }
    const { shows, placed } = await adding
    expect(Math.max(...inTurns)).to.be.at.most(MOST_STATEMENTS)
    expect(inTurns.length).to.be.greaterThan((3 * EPISODES) / 100)
    expect(shows[0]).to.include({ title: 'Show', episodeCount: EPISODES, assignedCount: EPISODES })
    expect(placed).to.have.length(EPISODES)
    expect(told).to.deep.equal([{ items: [{ kind: 'show', id: shows[0]?.id }] }])
    expect([...library.readAll()]).to.have.length(EPISODES)
  })

  it('stores what one at once stores', async () => {
    const paths = Array.from({ length: 300 }, (_, i) => [`Film ${i}.mkv`, `Film ${i}.en.srt`]).flat()
    const placements = Array.from({ length: 300 }, (_, i) =>
      asMovie(`Film ${i}`, 2 * i, { subtitles: [asSubtitle(2 * i + 1, 'en')] }),
    )
    const inTurns = await library.addTorrentInTurns(torrentOf('films', paths), null, placements, false, unaborted)
    const rows = [...library.readAll()]
    library.deleteTorrent(torrentOf('films', paths).infoHash)
    for (const { id } of inTurns.movies) library.deleteMovie(id)
    const atOnce = library.addTorrent(torrentOf('films', paths), null, placements, false)
    expect(inTurns.movies.map(({ title }) => title)).to.deep.equal(atOnce.movies.map(({ title }) => title))
    const plain = (all: typeof rows) =>
      all.map((row) => JSON.stringify(row).replace(/"(?:id|movieId|assignedAtMs)":\d+/g, ''))
    expect(plain([...library.readAll()])).to.deep.equal(plain(rows))
    expect(rows).to.have.length(600)
  })

  it('is done at once before another write, which waits for nothing', async () => {
    const adding = add('Show')
    await nextTurn()
    expect(library.counts()).to.deep.equal(NOTHING)
    const movie = library.createMovie({ title: 'Film', year: null })
    expect(library.counts()).to.deep.include({ movies: 1, shows: 1, episodes: EPISODES })
    expect(told.map(({ items }) => items.length)).to.deep.equal([1, 0])
    expect((await adding).placed).to.have.length(EPISODES)
    library.deleteMovie(movie.id)
    expect(told).to.have.length(3)
  })

  it('is done at once before a write without a transaction of its own', async () => {
    const adding = add('Show')
    await nextTurn()
    const [{ infoHash }] = seasonPack('Show', 1, EPISODES)
    library.setPaused(infoHash, true)
    expect(library.torrent(infoHash).isPaused).to.equal(true)
    await adding
  })

  it('goes on beside what is asked after each commit', async () => {
    const adding = add('Show')
    await nextTurn()
    expect(library.staleSidecars(10)).to.deep.equal([])
    expect(library.oldestTrashedAtMs()).to.equal(undefined)
    expect(library.unfinished(10)).to.deep.equal([])
    expect(library.itemsToComplete(0, 10)).to.deep.equal([])
    expect(library.counts()).to.deep.equal(NOTHING)
    await adding
  })

  it('lets a listener to its commit write', async () => {
    const titles: string[] = []
    const listening = library.onCommitted(() => {
      listening.dispose()
      titles.push(library.createMovie({ title: 'Film', year: null }).title)
    })
    expect((await add('Show')).placed).to.have.length(EPISODES)
    expect(titles).to.deep.equal(['Film'])
    expect(library.counts()).to.deep.equal({ movies: 1, shows: 1, episodes: EPISODES, torrents: 1 })
  })

  it('waits for another, and stores both', async () => {
    const [first, second] = await Promise.all([add('One'), add('Two')])
    expect([first, second].map(({ shows }) => shows[0]?.title)).to.deep.equal(['One', 'Two'])
    expect(library.counts()).to.deep.include({ shows: 2, torrents: 2, episodes: 2 * EPISODES })
  })

  it('leaves nothing behind when it is aborted', async () => {
    const reason = new Error('the client left')
    for (const turns of [0, 1, 5, 20]) {
      const controller = new AbortController()
      const failed = failureOf(add('Show', controller.signal))
      for (let turn = 0; turn < turns; turn++) await nextTurn()
      controller.abort(reason)
      expect(await failed).to.equal(reason)
      expect(library.counts()).to.deep.equal(NOTHING)
    }
    expect(told).to.deep.equal([])
    expect((await add('Show')).placed).to.have.length(EPISODES)
  })

  it('leaves nothing behind when it fails', async () => {
    const [info, placements] = seasonPack('Show', 1, EPISODES)
    const impossible = placements.map((one, i) => (i === EPISODES - 1 ? { ...one, title: ' ', year: null } : one))
    const failed = await failureOf(library.addTorrentInTurns(info, null, impossible, false, unaborted))
    expect(failed).to.have.property('code', 'invalid')
    expect(library.counts()).to.deep.equal(NOTHING)
    await add('Show')
  })

  it('fails with `aborted` when the library closes, and is not there afterwards', async () => {
    const failed = failureOf(add('Show'))
    const waiting = failureOf(add('Another'))
    await nextTurn()
    library.close()
    expect(await failed).to.have.property('code', 'aborted')
    expect(await waiting).to.have.property('code', 'aborted')
    expect(await failureOf(add('Show'))).to.have.property('code', 'aborted')
    library = open()
    expect(library.counts()).to.deep.equal(NOTHING)
  })
})
