import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { systemClock } from '../../lib/domain/clock.ts'
import { movieId, showId } from '../../lib/domain/ids.ts'
import { silentLogger } from '../../lib/domain/logger.ts'
import { type Library, openLibrary } from '../../lib/library/library.ts'
import { asEpisode, asMovie, hashOf, seasonPack, torrentOf } from '../library/fixtures.ts'

/** The library that the project is made for. */
const MOVIES = 10_000
const SHOWS = 2000
const SHOW_EPISODES = 100
const PAGE = { limit: 50, offset: 0 }

function report(name: string, figures: Record<string, number>): void {
  const rounded = Object.entries(figures).map(([key, value]) => [key, Math.round(value * 1000) / 1000])
  console.log(JSON.stringify({ bench: 'curation', case: name, ...Object.fromEntries(rounded) }))
}

function timeMs(work: () => void): number {
  const startMs = performance.now()
  work()
  return performance.now() - startMs
}

function times(name: string, count: number, work: (run: number) => void): void {
  const all = Array.from({ length: count }, (_, run) => timeMs(() => work(run))).sort((a, b) => a - b)
  report(name, { medianMs: all[count >> 1] ?? 0, maxMs: all.at(-1) ?? 0 })
}

function fill(library: Library): void {
  for (let show = 0; show < SHOWS; show++) {
    const [info, episodes] = seasonPack(`A Show With Number ${show}`, 1, SHOW_EPISODES)
    const placements = episodes.map((one, i) => ({ ...one, season: 1 + Math.floor(i / 10), episodes: [1 + (i % 10)] }))
    library.addTorrent(info, null, placements, false)
  }
  for (let movie = 0; movie < MOVIES; movie++) {
    const title = `The ${movie}th Film of the Library`
    library.addTorrent(
      torrentOf(title, [`${title}.mkv`]),
      null,
      [asMovie(title, 0, { year: 1920 + (movie % 100) })],
      false,
    )
  }
}

function benchPages(library: Library): void {
  for (const sort of ['title', 'added', 'year'] as const) {
    times(`movies by ${sort}, the last page of ${MOVIES}`, 20, () => library.movies({ ...PAGE, sort, offset: 9900 }))
    times(`shows by ${sort}, of ${SHOWS}`, 20, () => library.shows({ ...PAGE, sort }))
  }
  times('movies without a file', 20, () => library.movies({ ...PAGE, isAssigned: false }))
  times('shows with a file', 20, () => library.shows({ ...PAGE, isAssigned: true }))
  for (const sort of ['name', 'added', 'size'] as const) {
    times(`torrents by ${sort}, of ${MOVIES + SHOWS}`, 20, () => library.torrents({ ...PAGE, sort, query: 'film' }))
  }
}

function benchChanges(library: Library, policy: string, from: number): void {
  times(`${policy}: add of a second version of a movie`, 50, (i) => {
    const run = from + i
    const title = `The ${run}th Film of the Library`
    library.addTorrent(
      torrentOf(`again ${run}`, ['a.mkv']),
      null,
      [asMovie(title, 0, { year: 1920 + (run % 100) })],
      false,
    )
  })
  times(`${policy}: add of a second version of an episode`, 50, (i) => {
    const run = from + i
    const episode = asEpisode(`A Show With Number ${run}`, 3, 4, 0, { resolution: '2160p' })
    library.addTorrent(torrentOf(`again S03E04 ${run}`, ['a.mkv']), null, [episode], false)
  })
}

/** Of holds of the event loop the longest, the garbage collector's included. */
async function benchImport(lines: readonly string[]): Promise<void> {
  const library = openLibrary({ path: ':memory:', logger: silentLogger, clock: systemClock })
  for (const into of ['an empty library', 'the same']) {
    const loop = monitorEventLoopDelay({ resolution: 1 })
    loop.enable()
    const startMs = performance.now()
    await library.importLibrary(lines, new AbortController().signal)
    const ms = performance.now() - startMs
    loop.disable()
    report(`import of it into ${into}`, { ms, p99HoldMs: loop.percentile(99) / 1e6, maxHoldMs: loop.max / 1e6 })
  }
  library.close()
}

const directory = mkdtempSync(join(tmpdir(), 'curation-bench-'))
const path = join(directory, 'library.db')
const open = (versionPolicy: 'all' | 'best') =>
  openLibrary({ path, logger: silentLogger, clock: systemClock, versionPolicy })
let library = open('all')
try {
  fill(library)
  benchPages(library)
  benchChanges(library, 'all', 0)
  times('trash and restore of a show of 100 files', 20, (run) => {
    library.trash({ kind: 'show', id: showId(100 + run) })
    library.restore({ kind: 'show', id: showId(100 + run) })
  })
  times('chooseVersion', 20, (run) => library.chooseVersion({ infoHash: hashOf(`again ${run}`), fileIndex: 0 }))
  times('rematchShow into another, 100 files', 10, (run) =>
    library.rematchShow(showId(300 + run), { id: showId(400 + run) }),
  )
  times('rematchMovie into another', 20, (run) => library.rematchMovie(movieId(300 + run), { id: movieId(400 + run) }))
  times('purgeTrash of nothing', 20, () => library.purgeTrash(0))

  let lines: string[] = []
  report('export of 10000 movies and 200000 episodes', { ms: timeMs(() => (lines = [...library.exportLibrary()])) })
  report('its size', { lines: lines.length, megabytes: lines.reduce((sum, line) => sum + line.length, 0) / 1e6 })
  await benchImport(lines)

  library.close()
  report('open with the same policy', { ms: timeMs(() => (library = open('all'))) })
  library.close()
  report('open with another policy', { ms: timeMs(() => (library = open('best'))) })
  benchChanges(library, 'best', 100)
} finally {
  library.close()
  rmSync(directory, { recursive: true })
}
