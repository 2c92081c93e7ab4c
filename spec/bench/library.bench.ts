import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { systemClock } from '../../lib/domain/clock.ts'
import { showId } from '../../lib/domain/ids.ts'
import type { LibraryChange } from '../../lib/domain/library-rows.ts'
import { silentLogger } from '../../lib/domain/logger.ts'
import { noMetrics } from '../../lib/domain/metrics.ts'
import { type Library, openLibrary } from '../../lib/library/library.ts'
import { TreeRefresher } from '../../lib/tree/refresher.ts'
import { asEpisode, asMovie, seasonPack, showMetadata, torrentOf } from '../library/fixtures.ts'

/** Episodes of a show in these libraries: one torrent of ten seasons of ten. */
const SHOW_EPISODES = 100

function report(name: string, figures: Record<string, number>): void {
  const rounded = Object.entries(figures).map(([key, value]) => [key, Math.round(value * 1000) / 1000])
  console.log(JSON.stringify({ bench: 'library', case: name, ...Object.fromEntries(rounded) }))
}

function timeMs(work: () => void): number {
  const startMs = performance.now()
  work()
  return performance.now() - startMs
}

/** Median and longest of many runs. */
function times(count: number, work: (run: number) => void): { medianMs: number; maxMs: number } {
  const all = Array.from({ length: count }, (_, run) => timeMs(() => work(run))).sort((a, b) => a - b)
  return { medianMs: all[count >> 1] ?? 0, maxMs: all.at(-1) ?? 0 }
}

function addShows(library: Library, from: number, to: number): void {
  for (let show = from; show < to; show++) {
    const [info, episodes] = seasonPack(`A Show With Number ${show}`, 1, SHOW_EPISODES)
    const placements = episodes.map((one, i) => ({ ...one, season: 1 + Math.floor(i / 10), episodes: [1 + (i % 10)] }))
    library.addTorrent(info, null, placements, false)
  }
}

/** Collections of a hundred films a torrent. */
function addMovies(library: Library, count: number): void {
  for (let from = 0; from < count; from += 100) {
    const titles = Array.from({ length: 100 }, (_, i) => `The ${from + i}th Film of the Library`)
    const placements = titles.map((title, i) => asMovie(title, i, { year: 1999 }))
    library.addTorrent(torrentOf(`Films from ${from}`, titles), null, placements, false)
  }
}

/** Memory of the process, with the heap after a collection. */
function reportMemory(name: string): void {
  globalThis.gc?.()
  const { rss, heapUsed } = process.memoryUsage()
  report(name, { rssMiB: rss / 2 ** 20, heapMiB: heapUsed / 2 ** 20 })
}

/** What a text of each kind costs: in every title, in few, in none of many that nearly match, hostile. */
const QUERIES = {
  'in each name': 'number',
  'in a few names': 'number 77',
  'two words apart': 'film 9999',
  'three letters': 'the',
  'two letters': 'wi',
  'one letter': 'a',
  'nearly in each name': 'umber wit',
  'in none': 'casablanca',
  'ten kilobytes of quotes': '"'.repeat(10_000),
}

function benchSearch(library: Library): void {
  for (const [name, query] of Object.entries(QUERIES)) {
    const { length } = library.search(query, 20)
    report(`search, ${name}`, { hits: length, ...times(30, () => library.search(query, 20)) })
  }
}

function benchStores(library: Library): void {
  const files = library.filesToProbe(2000)
  report(
    'filesToProbe, 100 of 210000',
    times(30, () => library.filesToProbe(100)),
  )
  const [first] = files
  if (!first) return
  const position = { positionBytes: 1, sizeBytes: 2, watchedAtMs: 3, isFinished: false }
  const every = <T>(list: readonly T[], work: (one: T) => void) => times(list.length, (run) => work(list[run] as T))
  report(
    'saveWatch',
    every(files, (file) => library.saveWatch({ ...file, ...position })),
  )
  report(
    'saveWatch of one file',
    times(2000, (run) => library.saveWatch({ ...first, ...position, positionBytes: run })),
  )
  report(
    'unfinished, 50 of 2000',
    times(30, () => library.unfinished(50)),
  )
  report(
    'nextEpisode',
    every(files, (file) => library.nextEpisode(file)),
  )
  const pieces = [
    { first: 0, end: 4 },
    { first: 900, end: 904 },
  ]
  const pin = { kind: 'ends' as const, sizeBytes: 1000, pieces, isComplete: true }
  report(
    'savePin',
    every(files, (file) => library.savePin({ ...file, ...pin })),
  )
  report(
    'pins, 2000',
    times(5, () => [...library.pins()]),
  )
  const seekPoints = Array.from({ length: 2000 }, (_, i) => i * 1_000_000)
  const container = { format: 'matroska' as const, index: [], durationSeconds: 3600, seekPoints, streams: null }
  report(
    'saveContainer of 2000 seek points',
    every(files, (file) => library.saveContainer(file, container)),
  )
  report(
    'loadContainer of 2000 seek points',
    every(files, (file) => library.loadContainer(file)),
  )
}

/** Every show has metadata and every episode sidecars. */
function benchSidecars(library: Library, shows: number): void {
  for (let show = 1001; show <= 1000 + shows; show++) {
    const metadata = showMetadata(`A Show With Number ${show - 1}`, 0, { tmdbId: 1_000_000 + show })
    const seasons = Array.from({ length: 10 }, (_, i) => ({
      number: i + 1,
      name: null,
      posterPath: null,
      episodes: showMetadata('', 10).seasons[0]?.episodes ?? [],
    }))
    library.saveShow(showId(show), { ...metadata, seasons }, null)
  }
  report(
    'staleSidecars, 100 of many',
    times(30, () => library.staleSidecars(100)),
  )
  const sidecar = { season: null, sizeBytes: 1000, tag: 'tag', imagePath: null }
  const sidecars = (['nfo', 'thumb'] as const).map((role) => ({ role, ...sidecar }))
  const save = times(shows * 5, () => {
    for (const owner of library.staleSidecars(20)) library.saveSidecars(owner, sidecars)
  })
  report('staleSidecars and saveSidecars of 20 owners', save)
  report(
    'forgetSidecars',
    times(1, () => library.forgetSidecars()),
  )
}

/** The tree of the whole library: its first build, then one film at a time; the longest that the event loop was held. */
async function benchVisible(library: Library): Promise<void> {
  globalThis.gc?.()
  const heapBefore = process.memoryUsage().heapUsed
  const refresher = new TreeRefresher({
    reader: library,
    onCommitted: (listener) => library.onCommitted(listener),
    clock: systemClock,
    logger: silentLogger,
    metrics: noMetrics,
  })
  const loop = monitorEventLoopDelay({ resolution: 1 })
  loop.enable()
  const startMs = performance.now()
  await refresher.start()
  const firstMs = performance.now() - startMs
  loop.disable()
  const { entries } = refresher.current
  report('the first tree', { entries, firstMs, p99HoldMs: loop.percentile(99) / 1e6, maxHoldMs: loop.max / 1e6 })
  globalThis.gc?.()
  report('its memory', { heapMiB: (process.memoryUsage().heapUsed - heapBefore) / 2 ** 20 })

  loop.reset()
  loop.enable()
  const visible: number[] = []
  for (let film = 0; film < 100; film++) {
    const title = `A Film Added ${film}`
    const addedMs = performance.now()
    library.addTorrent(torrentOf(title, ['a.mkv']), null, [asMovie(title, 0, { year: 2020 })], false)
    await refresher.settled()
    if (!refresher.current.find(`Movies/${title} (2020)/${title} (2020).mkv`)) throw new Error('not visible')
    visible.push(performance.now() - addedMs)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  loop.disable()
  visible.sort((a, b) => a - b)
  const times = { medianMs: visible[50] ?? 0, maxMs: visible.at(-1) ?? 0 }
  report('a film added until it shows', { ...times, p99HoldMs: loop.percentile(99) / 1e6, maxHoldMs: loop.max / 1e6 })
  await refresher.close()
}

function benchReadAll(library: Library, episodes: number): void {
  const runs = Array.from({ length: 3 }, () => {
    let longestStepMs = 0
    let rows = 0
    const startMs = performance.now()
    const iterator = library.readAll()[Symbol.iterator]()
    for (;;) {
      const stepMs = performance.now()
      const step = iterator.next()
      longestStepMs = Math.max(longestStepMs, performance.now() - stepMs)
      if (step.done) break
      rows++
    }
    return { rows, totalMs: performance.now() - startMs, longestStepMs }
  }).sort((a, b) => a.totalMs - b.totalMs)
  const { rows, totalMs } = runs[1] ?? { rows: 0, totalMs: 0 }
  report(`readAll, ${episodes} episodes`, {
    rows,
    totalMs,
    usPerRow: (totalMs * 1000) / rows,
    // The shortest of the three: what other processes take only lengthens it.
    longestStepMs: Math.min(...runs.map((run) => run.longestStepMs)),
  })
}

function benchAdds(library: Library): void {
  let change: LibraryChange = { items: [] }
  const subscription = library.onCommitted((committed) => {
    change = committed
  })
  const add = times(300, (run) => {
    const name = `A Show With Number ${run} S11E01`
    library.addTorrent(torrentOf(name, ['a.mkv']), null, [asEpisode(`A Show With Number ${run}`, 11, 1)], false)
  })
  report('addTorrent of one episode, 200000 episodes', add)
  report(
    'readItems of that change',
    times(50, () => Array.from(library.readItems(change.items))),
  )
  subscription.dispose()
  const packs = times(5, (run) => {
    const [info, placements] = seasonPack(`A Long Show ${run}`, 1, 1000)
    library.addTorrent(info, null, placements, false)
  })
  report('addTorrent of a pack of 1000 files', packs)
}

const directory = mkdtempSync(join(tmpdir(), 'library-bench-'))
const library = openLibrary({ path: join(directory, 'library.db'), logger: silentLogger, clock: systemClock })
try {
  let shows = 0
  for (const episodes of [1000, 10_000, 100_000]) {
    const before = shows
    shows = episodes / SHOW_EPISODES
    const fillMs = timeMs(() => addShows(library, before, shows))
    report(`addTorrent of a hundred episodes, ${episodes} episodes`, { meanMs: fillMs / (shows - before) })
    benchReadAll(library, episodes)
  }
  addShows(library, shows, 2000)
  addMovies(library, 10_000)
  benchAdds(library)
  reportMemory('memory, 10000 films and 200000 episodes')
  await benchVisible(library)
  benchSearch(library)
  benchStores(library)
  const page = { limit: 50, offset: 0 }
  report(
    'a page of movies that match',
    times(30, (run) => library.movies({ ...page, query: `${run}TH film` })),
  )
  report(
    'a page of shows that match',
    times(30, (run) => library.shows({ ...page, query: `number ${run}` })),
  )
  report(
    'a page of movies at the end',
    times(30, () => library.movies({ limit: 50, offset: 9900 })),
  )
  const [show] = library.shows({ limit: 1, offset: 1000 }).items
  if (show)
    report(
      'a show of 110 episodes',
      times(100, () => library.show(show.id)),
    )
  const save = (run: number) =>
    library.saveShow(showId(600 + run), showMetadata(`Saved ${run}`, 1000, { tmdbId: 1 + run }), null)
  report('saveShow of 1000 episodes, 990 of them new', times(20, save))
  report('saveShow of 1000 episodes, none another', times(20, save))
  report(
    'itemsToComplete, 8 of 12000',
    times(30, () => library.itemsToComplete(0, 8)),
  )
  report(
    'nextDueAtMs of 12000',
    times(30, () => library.nextDueAtMs()),
  )
  report(
    'airedEpisodes, 20000 of one day',
    times(3, () => library.airedEpisodes('2010-04-30', '2010-05-01')),
  )
  report(
    'deleteShow of 100 episodes',
    times(20, (run) => library.deleteShow(showId(500 + run))),
  )
  report(
    'counts',
    times(10, () => library.counts()),
  )
  benchSidecars(library, 500)
  benchReadAll(library, 200_000)
  report('close', { ms: timeMs(() => library.close()) })
  report('open', {
    ms: timeMs(() =>
      openLibrary({ path: join(directory, 'library.db'), logger: silentLogger, clock: systemClock }).close(),
    ),
  })
} finally {
  library.close()
  rmSync(directory, { recursive: true })
}
