import { expect } from 'chai'
import { systemClock } from '../../lib/domain/clock.ts'
import { Listeners } from '../../lib/domain/disposable.ts'
import { isAppError } from '../../lib/domain/errors.ts'
import { movieId } from '../../lib/domain/ids.ts'
import type { LibraryChange, LibraryItem, LibraryRow } from '../../lib/domain/library-rows.ts'
import { type Logger, silentLogger } from '../../lib/domain/logger.ts'
import { type Metrics, noMetrics } from '../../lib/domain/metrics.ts'
import { TreeRefresher } from '../../lib/tree/refresher.ts'
import { ManualClock } from '../support/manual-clock.ts'
import { itemOf, rows } from '../support/tree-language.ts'
import { contentOf, ScriptedViews } from '../support/tree-views.ts'

/** A library in memory that counts its reads. */
class MemoryLibrary {
  readonly commits = new Listeners<LibraryChange>()
  rows: LibraryRow[]
  failure: Error | undefined
  readonly reads: ('all' | readonly LibraryItem[])[] = []
  openReads = 0

  constructor(text: string) {
    this.rows = rows(text)
  }

  readAll(): Iterable<LibraryRow> {
    this.reads.push('all')
    return this.#read(() => true)
  }

  readItems(items: readonly LibraryItem[]): Iterable<LibraryRow> {
    this.reads.push(items)
    const keys = new Set(items.map((item) => JSON.stringify(item)))
    return this.#read((row) => keys.has(JSON.stringify(itemOf(row))))
  }

  /** Adds the rows and tells it, as the writer does. */
  commit(text: string): void {
    const added = rows(text)
    this.rows = [...this.rows, ...added]
    this.commits.emit({ items: added.map(itemOf) })
  }

  *#read(isWanted: (row: LibraryRow) => boolean): Iterable<LibraryRow> {
    const snapshot = this.rows
    this.openReads++
    try {
      for (const row of snapshot) {
        if (this.failure) throw this.failure
        if (isWanted(row)) yield row
      }
    } finally {
      this.openReads--
    }
  }
}

const LIBRARY = `movie 1 "Heat" 1995
                 episode 1 "Show" 2010 S01E01`

describe('TreeRefresher', () => {
  let clock: ManualClock
  let counts: Record<string, number>
  let logged: string[]
  let refresher: TreeRefresher
  let library: MemoryLibrary

  function create(overrides: Partial<ConstructorParameters<typeof TreeRefresher>[0]> = {}): TreeRefresher {
    const metrics: Metrics = {
      ...noMetrics,
      add: (name) => {
        counts[name] = (counts[name] ?? 0) + 1
      },
    }
    const note = (message: string) => logged.push(message)
    const logger: Logger = { ...silentLogger, warn: note, error: note }
    const onCommitted = (listener: (change: LibraryChange) => void) => library.commits.add(listener)
    return new TreeRefresher({ reader: library, onCommitted, clock, logger, metrics, ...overrides })
  }

  beforeEach(() => {
    clock = new ManualClock()
    counts = {}
    logged = []
    library = new MemoryLibrary(LIBRARY)
    refresher = create()
  })

  afterEach(() => refresher.close())

  it('has the library when start resolves', async () => {
    expect(refresher.current.version).to.equal(0)
    expect([...refresher.current.root.children.keys()]).to.deep.equal(['Movies', 'TV Shows'])
    await refresher.start()
    expect(refresher.current.version).to.equal(1)
    expect(refresher.current.find('/Movies/Heat (1995)')).to.not.equal(undefined)
  })

  it('shows a change by reading only its items', async () => {
    await refresher.start()
    library.commit('movie 2 "Alien" 1979')
    await refresher.settled()
    expect(refresher.current.find('/Movies/Alien (1979)')).to.not.equal(undefined)
    expect(library.reads).to.deep.equal(['all', [{ kind: 'movie', id: 2 }]])
    expect(refresher.current.version).to.equal(2)
  })

  it('builds the commits of one tick together, and each state on the way only once', async () => {
    await refresher.start()
    const versions: number[] = []
    refresher.onSwapped((tree) => versions.push(tree.version))
    for (let id = 2; id <= 50; id++) library.commit(`movie ${id} "Film ${id}" 2000`)
    await refresher.settled()
    expect(versions).to.deep.equal([2])
    expect(refresher.current.find('/Movies/Film 50 (2000)')).to.not.equal(undefined)
  })

  it('leaves a tree that was taken as it was', async () => {
    await refresher.start()
    const taken = refresher.current
    library.commit('movie 2 "Alien" 1979')
    await refresher.settled()
    expect(taken.find('/Movies/Alien (1979)')).to.equal(undefined)
    expect(refresher.current).to.not.equal(taken)
    expect(refresher.current.find('/TV Shows')).to.equal(taken.find('/TV Shows'))
  })

  it('does not miss what is committed while it builds, and lets the event loop turn', async () => {
    library = new MemoryLibrary(Array.from({ length: 3000 }, (_, n) => `movie ${n + 1} "Film ${n}" 2000`).join('\n'))
    refresher = create({ clock: systemClock, sliceMs: 1 })
    let turns = 0
    const started = refresher.start()
    const turn = () => {
      turns++
      if (turns === 3) library.commit('movie 5000 "Late" 2001')
      if (refresher.current.version === 0) setImmediate(turn)
    }
    turn()
    await started
    await refresher.settled()
    expect(turns).to.be.greaterThan(5)
    expect(refresher.current.find('/Movies/Late (2001)')).to.not.equal(undefined)
    expect(refresher.current.entries).to.equal(2 + 2 * 3001 + 0)
  })

  it('keeps the tree when a build fails, says so, and tries again', async () => {
    await refresher.start()
    const before = refresher.current
    library.failure = new Error('disk')
    library.commit('movie 2 "Alien" 1979')
    await refresher.settled()
    expect(refresher.current).to.equal(before)
    expect(counts.tree_build_failures_total).to.equal(1)
    expect(logged).to.deep.equal(['tree build failed, the previous tree stays'])

    clock.advance(1000)
    await refresher.settled()
    expect(counts.tree_build_failures_total).to.equal(2)
    clock.advance(1000)
    await refresher.settled()
    expect(counts.tree_build_failures_total, 'twice the delay').to.equal(2)

    library.failure = undefined
    clock.advance(1000)
    await refresher.settled()
    expect(refresher.current.find('/Movies/Alien (1979)')).to.not.equal(undefined)
    expect(library.openReads).to.equal(0)
  })

  it('recovers at the next commit without waiting', async () => {
    await refresher.start()
    library.failure = new Error('disk')
    library.commit('movie 2 "Alien" 1979')
    await refresher.settled()
    library.failure = undefined
    library.commit('movie 3 "Aliens" 1986')
    await refresher.settled()
    expect(refresher.current.find('/Movies')).to.have.property('children').with.property('size', 3)
  })

  it('fails to start when the library cannot be read', async () => {
    library.failure = new Error('disk')
    const error: unknown = await refresher.start().catch((thrown: unknown) => thrown)
    expect(isAppError(error, 'internal')).to.equal(true)
    expect(library.commits.size).to.equal(0)
    expect(clock.pendingTimers).to.equal(0)
  })

  it('finds what no event told, and says so', async () => {
    await refresher.start()
    library.rows = rows(`${LIBRARY}\nmovie 7 "Silent" 2001`)
    clock.advance(15 * 60_000)
    await refresher.settled()
    expect(refresher.current.find('/Movies/Silent (2001)')).to.not.equal(undefined)
    expect(logged).to.deep.equal(['the tree had missed changes of the library'])
  })

  it('looks again later, and swaps nothing when nothing is different', async () => {
    await refresher.start()
    const before = refresher.current
    for (let round = 1; round <= 3; round++) {
      clock.advance(15 * 60_000)
      await refresher.settled()
      expect(library.reads).to.deep.equal(Array(round + 1).fill('all'))
    }
    expect(refresher.current).to.equal(before)
    expect(logged).to.deep.equal([])
  })

  it('shows what is committed while it compares, before that is done', async () => {
    library = new MemoryLibrary(Array.from({ length: 3000 }, (_, n) => `movie ${n + 1} "Film ${n}" 2000`).join('\n'))
    refresher = create({ sliceMs: 0 })
    await refresher.start()
    const readsWhenShown: number[] = []
    refresher.onSwapped(() => readsWhenShown.push(library.openReads))
    clock.advance(15 * 60_000)
    await new Promise((resolve) => setImmediate(() => setImmediate(resolve)))
    expect(library.openReads, 'it compares').to.equal(1)
    library.commit('movie 5000 "Late" 2001')
    await refresher.settled()
    expect(readsWhenShown).to.deep.equal([1])
    expect(refresher.current.find('/Movies/Late (2001)')).to.not.equal(undefined)
    expect(logged).to.deep.equal([])
  })

  it('shows the last commit before the rest of a bulk change', async () => {
    await refresher.start()
    library.commit(Array.from({ length: 450 }, (_, n) => `movie ${n + 10} "Film ${n}" 2000`).join('\n'))
    library.commit('movie 5000 "Late" 2001')
    await new Promise<void>((resolve) => refresher.onSwapped(() => resolve()))
    expect(refresher.current.find('/Movies/Late (2001)')).to.not.equal(undefined)
    expect(refresher.current.find('/Movies')).to.have.property('children').with.property('size', 201)
    await refresher.settled()
  })

  it('shows a bulk change in parts, all of it at the end', async () => {
    await refresher.start()
    const text = Array.from({ length: 450 }, (_, n) => `movie ${n + 10} "Film ${n}" 2000`).join('\n')
    library.commit(text)
    await refresher.settled()
    expect(library.reads.map((read) => read.length)).to.deep.equal([3, 200, 200, 50])
    expect(refresher.current.find('/Movies')).to.have.property('children').with.property('size', 451)
  })

  it('survives a listener that throws', async () => {
    refresher.onSwapped(() => {
      throw new Error('listener')
    })
    await refresher.start()
    expect(refresher.current.version).to.equal(1)
    expect(logged).to.deep.equal(['a listener of the tree failed'])
  })

  it('ends a running build, its read and its timers at close, and stays readable', async () => {
    library = new MemoryLibrary(Array.from({ length: 3000 }, (_, n) => `movie ${n + 1} "Film ${n}" 2000`).join('\n'))
    refresher = create({ clock: systemClock, sliceMs: 0.1 })
    const started = refresher.start().catch((error: unknown) => error)
    await new Promise((resolve) => setImmediate(resolve))
    expect(library.openReads).to.equal(1)
    await refresher.close()
    await refresher.close()
    expect(isAppError(await started, 'aborted')).to.equal(true)
    expect(library.openReads).to.equal(0)
    expect(library.commits.size).to.equal(0)
    expect(refresher.current.version).to.equal(0)
  })

  it('follows the views without reading the library, and recovers when they fail', async () => {
    const views = new ScriptedViews()
    refresher = create({ views: views.options() })
    await refresher.start()
    const path = '/Continue Watching/Heat (1995).mkv'
    expect(refresher.current.find(path)).to.equal(undefined)
    views.watched = [contentOf('1:0')]
    views.changes.emit()
    views.changes.emit()
    clock.advance(3000)
    await refresher.settled()
    expect(refresher.current.find(path)).to.not.equal(undefined)
    expect(library.reads).to.deep.equal(['all'])

    const { version } = refresher.current
    views.changes.emit()
    views.changes.emit()
    clock.advance(3000)
    await refresher.settled()
    expect(refresher.current.version, 'nothing is different').to.equal(version)

    views.failure = new Error('no view')
    views.watched = []
    views.changes.emit()
    views.changes.emit()
    clock.advance(3000)
    await refresher.settled()
    expect(refresher.current.find(path)).to.not.equal(undefined)
    views.failure = undefined
    clock.advance(1000)
    await refresher.settled()
    expect(refresher.current.find(path)).to.equal(undefined)

    await refresher.close()
    expect(views.changes.size).to.equal(0)
  })

  it('does nothing after close', async () => {
    await refresher.start()
    await refresher.close()
    library.commits.emit({ items: [{ kind: 'movie', id: movieId(1) }] })
    expect(clock.pendingTimers).to.equal(0)
    expect(library.reads).to.deep.equal(['all'])
  })
})
