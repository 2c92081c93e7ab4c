import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { systemClock } from '../../lib/domain/clock.ts'
import { silentLogger } from '../../lib/domain/logger.ts'
import { noMetrics } from '../../lib/domain/metrics.ts'
import { openLibrary } from '../../lib/library/library.ts'
import { parseTorrentMetadata } from '../../lib/torrent/metadata/parse-metadata.ts'
import { DiskPieceStore } from '../../lib/torrent/store/disk-piece-store.ts'
import { asMovie, seasonPack, torrentOf } from '../library/fixtures.ts'
import { makeFilesTorrent } from '../support/files-torrent.ts'
import { makeTorrent } from '../support/make-torrent.ts'
import { newDataDir, removeDataDir } from '../support/running-app.ts'
import { HeldService } from './held-process.ts'
import { addTorrentFile } from './service-process.ts'

// What a refresh of the tree costs those who read and list meanwhile, with 200,000 episodes and 10,000 films in the library,
// how soon what is added shows, and what held the event loop longest: by whose processor time (others may have the machine),
// the garbage collector's longest pause, the longest statement. BENCH_DIST names another build.

const SHOWS = 2000
const FILMS = 10_000
const SHOW_EPISODES = 100
const PHASE_MS = 6000
const READERS = 8
const ADD_EVERY_MS = 100
const RANGE_BYTES = 65_536
/** What follows an add: its listings are rendered, its torrent is opened. */
const AFTERMATH_MS = 2000

const film = makeTorrent({ name: 'Cached Film (2020).mkv', totalBytes: 64 * 1024 * 1024, pieceBytes: 1024 * 1024 })

function fillLibrary(dataDir: string): void {
  const library = openLibrary({ path: join(dataDir, 'library.sqlite'), logger: silentLogger, clock: systemClock })
  for (let show = 0; show < SHOWS; show++) {
    const [info, episodes] = seasonPack(`A Show With Number ${show}`, 1, SHOW_EPISODES)
    const placements = episodes.map((one, i) => ({ ...one, season: 1 + Math.floor(i / 10), episodes: [1 + (i % 10)] }))
    library.addTorrent(info, null, placements, false)
  }
  for (let from = 0; from < FILMS; from += 100) {
    const titles = Array.from({ length: 100 }, (_, i) => `The ${from + i}th Film`)
    const placements = titles.map((title, i) => asMovie(title, i, { year: 1999 }))
    library.addTorrent(torrentOf(`Films from ${from}`, titles), null, placements, false)
  }
  const info = parseTorrentMetadata(film.metadata)
  library.addTorrent(info, null, [asMovie('Cached Film', 0, { year: 2020 })], false)
  library.close()
}

async function fillCache(dataDir: string): Promise<void> {
  const store = await DiskPieceStore.open({
    directory: join(dataDir, 'pieces'),
    capBytes: 1024 ** 3,
    clock: systemClock,
    logger: silentLogger,
    metrics: noMetrics,
  })
  const { layout, content, infoHash } = film
  const pieces = Array.from({ length: layout.pieceCount }, (_, piece) =>
    content.subarray(layout.pieceStart(piece), layout.pieceStart(piece) + layout.pieceLength(piece)),
  )
  const hashes = Buffer.concat(pieces.map((bytes) => createHash('sha1').update(bytes).digest()))
  const torrent = await store.open({ infoHash, layout, hashes })
  for (const [piece, bytes] of pieces.entries()) await torrent.put(piece, Buffer.from(bytes))
  await store.close()
}

interface Latencies {
  readonly get: number[]
  readonly list: number[]
  /** Of added films. */
  readonly visible: number[]
}

async function load(drive: string, untilMs: number, seen: Latencies): Promise<void> {
  const filmUrl = `${drive}Movies/Cached%20Film%20(2020)/Cached%20Film%20(2020).mkv`
  for (let turn = 0; performance.now() < untilMs; turn++) {
    const start = (turn * 7_919_113) % (film.content.length - RANGE_BYTES)
    let beganMs = performance.now()
    const part = await fetch(filmUrl, { headers: { range: `bytes=${start}-${start + RANGE_BYTES - 1}` } })
    if (part.status !== 206) throw new Error(`GET ${part.status}`)
    await part.arrayBuffer()
    seen.get.push(performance.now() - beganMs)
    beganMs = performance.now()
    const show = `${drive}TV%20Shows/A%20Show%20With%20Number%20${turn % SHOWS}%20(2010)/Season%2001/`
    const listing = await fetch(show, { method: 'PROPFIND', headers: { depth: '1' } })
    if (listing.status !== 207) throw new Error(`PROPFIND ${listing.status}`)
    await listing.arrayBuffer()
    seen.list.push(performance.now() - beganMs)
  }
}

let lastAdded = 1

/** From the answer to the request that added it until the drive has the film. */
async function untilVisible(drive: string, title: string, section = 'Movies'): Promise<number> {
  const url = `${drive}${encodeURIComponent(section)}/${encodeURIComponent(title)}/`
  const addedMs = performance.now()
  for (;;) {
    const answer = await fetch(url, { method: 'PROPFIND', headers: { depth: '0' } })
    await answer.arrayBuffer()
    const passedMs = performance.now() - addedMs
    if (answer.status === 207) return passedMs
    if (passedMs > 10_000) throw new Error(`${title} does not show`)
  }
}

async function addRegularly({ api, drive }: HeldService, untilMs: number, visible: number[]): Promise<number> {
  const before = lastAdded
  while (performance.now() < untilMs) {
    const seed = ++lastAdded
    const title = `New Film Number ${seed} (2021)`
    const torrent = makeTorrent({ name: `${title}.mkv`, totalBytes: 100_000, pieceBytes: 65_536, seed })
    await addTorrentFile(api, torrent.metadata)
    visible.push(await untilVisible(drive, title))
    await new Promise((resolve) => setTimeout(resolve, ADD_EVERY_MS))
  }
  return lastAdded - before
}

/** One show of so many episodes, in seasons of 25. */
async function addShow({ api, drive }: HeldService, episodes: number): Promise<number> {
  const title = `A Long Show Of ${episodes}`
  const files = Array.from({ length: episodes }, (_, i) => {
    const [season, episode] = [1 + Math.floor(i / 25), 1 + (i % 25)].map((number) => String(number).padStart(2, '0'))
    const path = `Season ${season}/${title.replaceAll(' ', '.')}.S${season}E${episode}.1080p.WEB-DL.x264-GRP.mkv`
    return { path, bytes: Buffer.alloc(100 + i) }
  })
  await addTorrentFile(api, makeFilesTorrent(`${title} 1080p`, files).metadata)
  return await untilVisible(drive, title, 'TV Shows')
}

const at = (sorted: readonly number[], share: number) =>
  Math.round((sorted[Math.floor(sorted.length * share)] ?? 0) * 100) / 100

function report(name: string, seen: Latencies, added: number, holds: object): void {
  const figures = Object.fromEntries(
    Object.entries(seen).flatMap(([kind, values]: [string, number[]]) => {
      if (values.length === 0) return []
      const sorted = values.toSorted((a, b) => a - b)
      return [
        [`${kind}P50Ms`, at(sorted, 0.5)],
        [`${kind}P99Ms`, at(sorted, 0.99)],
        [`${kind}MaxMs`, at(sorted, 1 - 1e-9)],
      ]
    }),
  )
  console.log(
    JSON.stringify({ bench: 'refresh', case: name, requests: seen.get.length * 2, added, ...figures, ...holds }),
  )
}

interface Phase {
  readonly name: string
  readonly readers?: number
  readonly hasAdds?: boolean
  readonly hasAudits?: boolean
}

const PHASES: readonly Phase[] = [
  { name: 'nobody' },
  { name: 'one reader', readers: 1 },
  { name: 'an add every 100 ms', hasAdds: true },
  { name: 'one reader, an add every 100 ms', readers: 1, hasAdds: true },
  { name: 'eight readers', readers: READERS },
  { name: 'eight readers, an add every 100 ms', readers: READERS, hasAdds: true },
  { name: 'compared with the library', hasAudits: true },
  { name: 'compared with the library, an add every 100 ms', hasAudits: true, hasAdds: true },
]

async function run(service: HeldService, { name, readers = 0, hasAdds, hasAudits }: Phase): Promise<void> {
  const untilMs = performance.now() + PHASE_MS
  const seen: Latencies = { get: [], list: [], visible: [] }
  const reading = Array.from({ length: readers }, () => load(service.drive, untilMs, seen))
  const adding = hasAdds ? addRegularly(service, untilMs, seen.visible) : 0
  if (hasAudits) service.audit()
  await new Promise((resolve) => setTimeout(resolve, PHASE_MS))
  await Promise.all(reading)
  const added = await adding
  report(name, seen, added, await service.holds())
}

const dataDir = newDataDir()
try {
  fillLibrary(dataDir)
  await fillCache(dataDir)
  const service = await HeldService.start(process.env.BENCH_DIST ?? 'dist', dataDir)
  try {
    report('the start', { get: [], list: [], visible: [] }, 0, await service.holds())
    const warm: Latencies = { get: [], list: [], visible: [] }
    await load(service.drive, performance.now() + 3000, warm)
    await addRegularly(service, performance.now() + 1000, warm.visible)
    report('the first requests', warm, warm.visible.length, await service.holds())
    for (const phase of PHASES) await run(service, phase)
    for (const episodes of [1000, 3000]) {
      const visible = [await addShow(service, episodes)]
      await new Promise((resolve) => setTimeout(resolve, AFTERMATH_MS))
      report(`a torrent of ${episodes} episodes`, { get: [], list: [], visible }, 1, await service.holds())
    }
    const metrics = await (await fetch(`${service.api}/metrics`)).text()
    const seconds = Number(/^momoshtrem_tree_build_seconds_sum ([\d.]+)/m.exec(metrics)?.[1])
    const builds = Number(/^momoshtrem_tree_build_seconds_count ([\d.]+)/m.exec(metrics)?.[1])
    console.log(
      JSON.stringify({ bench: 'refresh', case: 'builds', builds, meanMs: Math.round((seconds / builds) * 1e5) / 100 }),
    )
  } finally {
    await service.close()
  }
} finally {
  removeDataDir(dataDir)
}
