import { monitorEventLoopDelay } from 'node:perf_hooks'
import { systemClock } from '../../lib/domain/clock.ts'
import { Listeners } from '../../lib/domain/disposable.ts'
import { contentId, infoHash, movieId, showId } from '../../lib/domain/ids.ts'
import type { EpisodeRow, LibraryChange, LibraryItem, LibraryRow, MovieRow } from '../../lib/domain/library-rows.ts'
import { silentLogger } from '../../lib/domain/logger.ts'
import { noMetrics } from '../../lib/domain/metrics.ts'
import { runAtOnce, runInSlices } from '../../lib/domain/slices.ts'
import { buildTree } from '../../lib/tree/build-tree.ts'
import { differences } from '../../lib/tree/fingerprint.ts'
import { emptyTree } from '../../lib/tree/library-tree.ts'
import { TreeRefresher } from '../../lib/tree/refresher.ts'
import type { ViewOptions } from '../../lib/tree/views.ts'

/** Episodes of a show in this library: ten seasons of ten. */
const SHOW_EPISODES = 100
const ADDED_AT_MS = Date.UTC(2026, 0, 1)

/** As the library's reader does, rows of one torrent or show share these texts. */
function shared<T>(make: (number: number) => T): (number: number) => T {
  let last: { readonly number: number; readonly value: T } | undefined
  return (number) => {
    if (last?.number !== number) last = { number, value: make(number) }
    return last.value
  }
}

const hashOf = shared((number) => infoHash(number.toString(16).padStart(40, '0')))
const showTitle = shared((number) => `A Show With Number ${number}`)

function movieRow(id: number): MovieRow {
  return {
    kind: 'movie',
    infoHash: hashOf(id),
    fileIndex: 0,
    filePath: `The.${id}th.Film.of.the.Library.1999.1080p.BluRay.x264/film-${id}.mkv`,
    sizeBytes: 4_000_000_000 + id,
    assignedAtMs: ADDED_AT_MS + id * 1000,
    resolution: '1080p',
    source: 'BluRay',
    isTrashed: false,
    movieId: movieId(id),
    title: `The ${id}th Film of the Library`,
    year: 1999,
    tmdbId: id,
  }
}

function episodeRow(show: number, number: number): EpisodeRow {
  const season = 1 + Math.floor(number / 10)
  const episode = 1 + (number % 10)
  return {
    kind: 'episode',
    infoHash: hashOf(1_000_000 + show * 100 + season),
    fileIndex: episode - 1,
    filePath: `A.Show.${show}.S${season}.1080p.WEB-DL/A.Show.${show}.S${season}E${episode}.mkv`,
    sizeBytes: 2_500_000_000 + number,
    assignedAtMs: ADDED_AT_MS + show * 1000,
    resolution: '1080p',
    source: 'WEB-DL',
    isTrashed: false,
    showId: showId(show),
    title: showTitle(show),
    year: 2010,
    tmdbId: show,
    season,
    episode,
    lastEpisode: episode,
    name: `The One With Number ${number}`,
  }
}

function* libraryRows(movies: number, episodes: number): Generator<LibraryRow> {
  for (let id = 1; id <= movies; id++) yield movieRow(id)
  for (let number = 0; number < episodes; number++) {
    yield episodeRow(1 + Math.floor(number / SHOW_EPISODES), number % SHOW_EPISODES)
  }
}

interface Held<T> {
  readonly result: T
  readonly totalMs: number
  /** The longest time between two turns of the event loop, garbage collection included. */
  readonly holdMs: number
  /**
   * The most processor time between two turns, of all threads: what a busy machine's waiting does not blur, and above
   * the loop's own share where the collector's helpers run beside it.
   */
  readonly holdCpuMs: number
}

async function held<T>(work: () => Promise<T>): Promise<Held<T>> {
  let isOn = true
  let holdMs = 0
  let holdCpuMs = 0
  let lastMs = performance.now()
  let lastCpuMs = cpuMs()
  const turn = () => {
    const nowMs = performance.now()
    const nowCpuMs = cpuMs()
    holdMs = Math.max(holdMs, nowMs - lastMs)
    holdCpuMs = Math.max(holdCpuMs, nowCpuMs - lastCpuMs)
    lastMs = nowMs
    lastCpuMs = nowCpuMs
    if (isOn) setImmediate(turn)
  }
  setImmediate(turn)
  const startMs = performance.now()
  const result = await work()
  const totalMs = performance.now() - startMs
  await new Promise((resolve) => setImmediate(resolve))
  isOn = false
  return { result, totalMs, holdMs, holdCpuMs }
}

function cpuMs(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

function heapMb(): number {
  global.gc?.()
  global.gc?.()
  return process.memoryUsage().heapUsed / 1e6
}

const round = (value: number) => Math.round(value * 100) / 100

function report(name: string, figures: Record<string, number>): void {
  const rounded = Object.fromEntries(Object.entries(figures).map(([key, value]) => [key, round(value)]))
  console.log(JSON.stringify({ bench: 'tree', case: name, ...rounded }))
}

class BenchLibrary {
  movies: number
  episodes: number
  readonly commits = new Listeners<LibraryChange>()

  constructor(movies: number, episodes: number) {
    this.movies = movies
    this.episodes = episodes
  }

  readAll(): Iterable<LibraryRow> {
    return libraryRows(this.movies, this.episodes)
  }

  *readItems(items: readonly LibraryItem[]): Iterable<LibraryRow> {
    for (const item of items) {
      if (item.kind === 'movie' && item.id <= this.movies) yield movieRow(item.id)
      if (item.kind === 'show') for (let n = 0; n < SHOW_EPISODES; n++) yield episodeRow(item.id, n)
    }
  }

  refresher(views?: ViewOptions): TreeRefresher {
    return new TreeRefresher({
      ...(views && { views }),
      reader: this,
      onCommitted: (listener) => this.commits.add(listener),
      clock: systemClock,
      logger: silentLogger,
      metrics: noMetrics,
    })
  }
}

async function fullBuild(name: string, movies: number, episodes: number): Promise<void> {
  const library = new BenchLibrary(movies, episodes)
  const beforeMb = heapMb()
  const refresher = library.refresher()
  const { totalMs, holdMs, holdCpuMs } = await held(() => refresher.start())
  const treeMb = heapMb() - beforeMb

  const pureCpuMs = Math.min(
    ...[1, 2, 3].map(() => {
      const startMs = cpuMs()
      runAtOnce(buildTree(emptyTree(0), { rows: library.readAll(), changed: [] }, 0))
      return cpuMs() - startMs
    }),
  )
  report(name, { entries: refresher.current.entries, totalMs, holdMs, holdCpuMs, pureCpuMs, treeMb })
  await refresher.close()
}

async function addOne(): Promise<void> {
  const library = new BenchLibrary(10_000, 200_000)
  const refresher = library.refresher()
  await refresher.start()
  heapMb()
  const visible: number[] = []
  const delays = monitorEventLoopDelay({ resolution: 1 })
  delays.enable()
  let longestMs = 0
  let longestCpuMs = 0
  for (let round = 0; round < 50; round++) {
    const isShow = round % 2 === 1
    const item: LibraryItem = isShow
      ? { kind: 'show', id: showId(2001 + round) }
      : { kind: 'movie', id: movieId(++library.movies) }
    const swapped = new Promise<void>((resolve) => {
      const subscription = refresher.onSwapped(() => {
        subscription.dispose()
        resolve()
      })
    })
    const { totalMs, holdMs, holdCpuMs } = await held(async () => {
      library.commits.emit({ items: [item] })
      await swapped
    })
    visible.push(totalMs)
    longestMs = Math.max(longestMs, holdMs)
    longestCpuMs = Math.max(longestCpuMs, holdCpuMs)
  }
  delays.disable()
  visible.sort((a, b) => a - b)
  report('add one at 10,000 films and 200,000 episodes', {
    visibleMedianMs: visible[25] ?? 0,
    visibleMaxMs: visible[49] ?? 0,
    holdMs: longestMs,
    holdCpuMs: longestCpuMs,
    loopDelayP99Ms: delays.percentile(99) / 1e6,
  })

  const rebuild = await held(async () => {
    library.commits.emit({ items: Array.from({ length: 2000 }, (_, n) => ({ kind: 'show', id: showId(n + 1) })) })
    await new Promise((resolve) => setImmediate(resolve))
    await refresher.settled()
  })
  report('2,000 unchanged shows looked at again', {
    totalMs: rebuild.totalMs,
    holdMs: rebuild.holdMs,
    holdCpuMs: rebuild.holdCpuMs,
  })

  const tree = runAtOnce(buildTree(emptyTree(0), { rows: library.readAll(), changed: [] }, 0))
  heapMb()
  const audit = await held(() =>
    runInSlices(
      differences(() => tree, library.readAll()),
      { clock: systemClock, sliceMs: 2 },
      new AbortController().signal,
    ),
  )
  report('audit of 10,000 films and 200,000 episodes', {
    differences: audit.result.length,
    totalMs: audit.totalMs,
    holdMs: audit.holdMs,
    holdCpuMs: audit.holdCpuMs,
  })

  lookups(refresher)
  await refresher.close()
}

/** One torrent in a hundred is in the cache, half of its files whole. */
async function views(): Promise<void> {
  const library = new BenchLibrary(10_000, 200_000)
  const begun = Array.from({ length: 100 }, (_, n) => ({ content: contentId(hashOf(1 + 50 * n), 0), watchedAtMs: n }))
  const beforeMb = heapMb()
  const refresher = library.refresher({
    hasRecentlyAdded: true,
    hasContinueWatching: true,
    hasInstant: true,
    source: {
      continueWatching: () => begun,
      isInstant: (content) => content.charCodeAt(content.length - 1) % 2 === 0,
      onChanged: () => ({ dispose() {} }),
    },
    storedBytes: (hash) => (hash.endsWith('42') ? Number.MAX_SAFE_INTEGER : 0),
  })
  await refresher.start()
  const treeMb = heapMb() - beforeMb
  for (const [name, change] of [
    ['a film looked at again, with views', () => library.commits.emit({ items: [{ kind: 'movie', id: movieId(1) }] })],
    [
      'add one film, with views',
      () => library.commits.emit({ items: [{ kind: 'movie', id: movieId(++library.movies) }] }),
    ],
  ] as const) {
    const cpu: number[] = []
    let longestMs = 0
    for (let round = 0; round < 50; round++) {
      const startMs = cpuMs()
      const { holdCpuMs } = await held(async () => {
        change()
        await refresher.settled()
      })
      cpu.push(cpuMs() - startMs)
      longestMs = Math.max(longestMs, holdCpuMs)
    }
    const shown = refresher.current.entries - 242_000
    report(name, { shown, cpuMedianMs: cpu.sort((a, b) => a - b)[25] ?? 0, holdCpuMs: longestMs, treeMb })
  }
  await refresher.close()
}

function lookups(refresher: TreeRefresher): void {
  const paths = Array.from({ length: 1000 }, (_, n) => {
    const show = `A Show With Number ${1 + n}`
    return `/TV Shows/${show} (2010)/Season 04/${show} - S04E05 - The One With Number 34.mkv`
  })
  let found = 0
  const startMs = cpuMs()
  for (let round = 0; round < 200; round++) for (const path of paths) if (refresher.current.find(path)) found++
  report('find', { found, nanosecondsEach: ((cpuMs() - startMs) * 1e6) / found })
}

for (const episodes of [1_000, 10_000, 100_000]) {
  await fullBuild(`full build of ${episodes.toLocaleString('en')} episodes`, 0, episodes)
}
await fullBuild('full build of 10,000 films and 200,000 episodes', 10_000, 200_000)
await addOne()
await views()
