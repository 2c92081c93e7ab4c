import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout } from 'node:timers/promises'
import { systemClock } from '../../lib/domain/clock.ts'
import { AppError } from '../../lib/domain/errors.ts'
import { showId } from '../../lib/domain/ids.ts'
import { silentLogger } from '../../lib/domain/logger.ts'
import type { SidecarRole, SidecarStore } from '../../lib/domain/sidecars.ts'
import { type Library, openLibrary } from '../../lib/library/library.ts'
import { ImageStore } from '../../lib/sidecars/image-store.ts'
import { renderNfo } from '../../lib/sidecars/render-nfo.ts'
import { SidecarKeeper } from '../../lib/sidecars/sidecar-keeper.ts'
import { seasonPack, showMetadata } from '../library/fixtures.ts'

/** `EPISODES=200000 node … sidecars.bench.ts` for the largest library that is promised. */
const EPISODES = Number(process.env.EPISODES ?? 5000)
const SHOW_EPISODES = 100
const directory = mkdtempSync(join(tmpdir(), 'sidecars-bench-'))

function report(name: string, figures: Record<string, number>): void {
  const rounded = Object.entries(figures).map(([key, value]) => [key, Math.round(value * 1000) / 1000])
  console.log(JSON.stringify({ bench: 'sidecars', case: name, ...Object.fromEntries(rounded) }))
}

function fill(library: Library): void {
  const plot = 'What happens in an episode, told in two or three sentences that give nothing away. '.repeat(3)
  for (let show = 1; show <= EPISODES / SHOW_EPISODES; show++) {
    const title = `Show ${show}`
    const [info, placements] = seasonPack(title, 1, SHOW_EPISODES)
    library.addTorrent(info, null, placements, false)
    const metadata = showMetadata(title, SHOW_EPISODES, { tmdbId: show, plot })
    const seasons = metadata.seasons.map((season) => {
      const episodes = season.episodes.map((one) => ({ ...one, plot, stillPath: `/still${show}-${one.number}.jpg` }))
      return { ...season, episodes }
    })
    library.saveShow(showId(show), { ...metadata, seasons }, null)
  }
}

/** What `work` takes, and how long it holds the event loop at a time. */
async function measured(name: string, work: () => Promise<void>): Promise<void> {
  globalThis.gc?.()
  const heapBefore = process.memoryUsage().heapUsed
  const loop = monitorEventLoopDelay({ resolution: 1 })
  loop.enable()
  await setTimeout(20)
  loop.reset()
  const startMs = performance.now()
  await work()
  const tookMs = performance.now() - startMs
  await setTimeout(5)
  loop.disable()
  globalThis.gc?.()
  report(name, {
    episodes: EPISODES,
    tookMs,
    usEach: (tookMs * 1000) / EPISODES,
    p99HoldMs: loop.percentile(99) / 1e6,
    maxHoldMs: loop.max / 1e6,
    heapMiB: (process.memoryUsage().heapUsed - heapBefore) / 2 ** 20,
  })
}

async function keeperMakes(library: Library, roles: readonly SidecarRole[]): Promise<void> {
  const images = new ImageStore({
    http: { send: () => Promise.reject(new AppError('unavailable', 'no network')) },
    directory: join(directory, 'images'),
    imageBaseUrl: () => Promise.reject(new AppError('unavailable', 'no network')),
  })
  const statePath = join(directory, `${roles.join()}.json`)
  const keeper = new SidecarKeeper({
    store: library,
    images,
    roles,
    statePath,
    clock: systemClock,
    logger: silentLogger,
  })
  keeper.start()
  while (library.sidecars({ kind: 'show', id: showId(EPISODES / SHOW_EPISODES) }).length === 0) await setTimeout(1)
  while (hasStale(library)) await setTimeout(50)
  await keeper.close()
  await images.close()
}

const hasStale = (store: SidecarStore): boolean => store.staleSidecars(1).length > 0

/** The same work in one go: what the slices cost, and what they are for. */
function allAtOnce(library: Library): Promise<void> {
  library.forgetSidecars()
  for (;;) {
    const owners = library.staleSidecars(1000)
    if (owners.length === 0) return Promise.resolve()
    for (const owner of owners) {
      const subject = library.sidecarSubject(owner)
      if (!subject) continue
      const { bytes, tag } = renderNfo(subject)
      library.saveSidecars(owner, [{ role: 'nfo', season: null, sizeBytes: bytes.length, tag, imagePath: null }])
    }
  }
}

const library = openLibrary({ path: join(directory, 'library.sqlite'), logger: silentLogger, clock: systemClock })
try {
  fill(library)
  await measured('texts, first made', () => keeperMakes(library, ['nfo']))
  await measured('texts, made in one go', () => allAtOnce(library))
  await measured('texts, while images cannot be had', () => keeperMakes(library, ['nfo', 'thumb']))
} finally {
  library.close()
  rmSync(directory, { recursive: true })
}
