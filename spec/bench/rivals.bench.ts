import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isInstalled } from './real-seeder.ts'
import { fromCache, streams } from './rivals/cached.ts'
import { firstFrameMs, makeFilms } from './rivals/film-file.ts'
import { openFilm } from './rivals/film-reader.ts'
import { keptOffline } from './rivals/kept-offline.ts'
import { libtorrentDownload } from './rivals/libtorrent-download.ts'
import { processFigures } from './rivals/process-figures.ts'
import { type BenchSwarm, type SeederPeer, startSwarm } from './rivals/swarm.ts'
import type { System } from './rivals/system.ts'
import { allSystems } from './rivals/systems.ts'
import { touchMemory } from './rivals/touched-memory.ts'
import { type Figures, LINEAR_BYTES, linear, READ_BYTES, seeks } from './rivals/viewing.ts'

/**
 * Ours, through the whole service, beside other streaming clients on the same loopback seeders behind the same delays:
 * cold start to the first 64 KiB (the adding of the torrent, `addMs`, counts), seeks, a sequential read, the first
 * decoded frame; and ours alone from its cache and with many viewers. With one peer a download without a player stands
 * beside them: libtorrent's, and ours of a film that is kept offline. Every program runs in a process of its own, ours
 * with the settings that users get. What is not installed (`apt-get install btfs ffmpeg curl python3-libtorrent`, the
 * FUSE device) is left out; webtorrent is fetched the first time.
 *
 * Options: `--case=`, `--system=` and `--row=` (cold, seeks, linear) take only what holds that text; `--build=` the
 * entry of another build, once or more, to compare ours with ours.
 */
const MIB = 1024 * 1024
const FILM_BYTES = 700 * MIB
const NAME = 'Rival Film (2020).mkv'
const COLD_MS = 10_000
/** What has not begun by then is left out. */
const RUN_MS = 9.5 * 60_000

const values = (name: string): readonly string[] =>
  process.argv.filter((arg) => arg.startsWith(`--${name}=`)).map((arg) => arg.slice(name.length + 3))
const [onlyCase = '', onlySystem = '', onlyRow = ''] = ['case', 'system', 'row'].map((name) => values(name)[0] ?? '')

const PEERS: readonly (readonly [name: string, peers: readonly SeederPeer[]])[] = [
  ['1 peer at 50 ms', [{ host: '127.0.0.2', roundTripMs: 50 }]],
  [
    '10 peers of 2 MB/s at 50 ms',
    Array.from({ length: 10 }, (_, index) => ({ host: `127.0.0.${index + 2}`, roundTripMs: 50, bytesPerS: 2e6 })),
  ],
]
const NEAR: readonly SeederPeer[] = [{ host: '127.0.0.2', roundTripMs: 0 }]

function print(name: string, system: string, figures: Figures): void {
  const rounded = Object.entries(figures).map(([key, value]) => [
    key,
    typeof value === 'number' ? Math.round(value * 100) / 100 : value,
  ])
  console.log(JSON.stringify({ bench: 'rivals', case: name, system, ...Object.fromEntries(rounded) }))
}

const has = (row: string): boolean => row.includes(onlyRow)

/** Starts the system in an empty directory, does the work, and ends it whatever happens. */
async function withSystem(
  name: string,
  system: System,
  swarm: BenchSwarm,
  work: (running: Awaited<ReturnType<System['start']>>) => Promise<Figures>,
): Promise<void> {
  if (performance.now() > RUN_MS) {
    print(name, system.name, { reason: 'the time of the whole run is over' })
    return
  }
  const directory = mkdtempSync(join(tmpdir(), 'momoshtrem-rival-'))
  let running: Awaited<ReturnType<System['start']>> | undefined
  try {
    touchMemory(directory)
    running = await system.start(swarm, directory)
    print(name, system.name, await work(running))
  } catch (error) {
    print(name, system.name, { reason: String(error).slice(0, 200) })
  } finally {
    await running?.close()
    rmSync(directory, { recursive: true, force: true })
  }
}

async function view(name: string, system: System, swarm: BenchSwarm, pieceBytes: number): Promise<void> {
  await withSystem(name, system, swarm, async (running) => {
    const start = performance.now()
    const film = await openFilm(await running.play())
    const addMs = performance.now() - start
    try {
      const first = await film.read(0, READ_BYTES, AbortSignal.timeout(COLD_MS))
      const coldMs = first > 0 ? performance.now() - start : null
      if (coldMs === null) return { coldMs, reason: `no byte in ${COLD_MS / 1000} s` }
      return {
        addMs,
        coldMs,
        ...(has('seeks') ? await seeks(swarm, film, pieceBytes, false) : {}),
        ...(has('linear') ? await linear(swarm, film, running) : {}),
        peakRssMb: processFigures(running.pid).peakRssMb,
      }
    } finally {
      await film.close()
    }
  })
}

interface Run {
  readonly system: string
  run(swarm: BenchSwarm): Promise<void>
}

const runsOf = (systems: readonly System[], run: (system: System, swarm: BenchSwarm) => Promise<void>): Run[] =>
  systems.map((system) => ({ system: system.name, run: (swarm) => run(system, swarm) }))

/** No player, and so no more than the rate of a download. */
const plainly = (
  name: string,
  system: string,
  download: (swarm: BenchSwarm, directory: string) => Promise<Figures>,
): Run => ({
  system,
  async run(swarm) {
    const directory = mkdtempSync(join(tmpdir(), 'momoshtrem-rival-'))
    try {
      touchMemory(directory)
      print(name, system, await download(swarm, directory))
    } finally {
      rmSync(directory, { recursive: true, force: true })
    }
  },
})

/** Ours beside libtorrent's. */
const plainRuns = (name: string, pieceBytes: number): readonly Run[] => [
  ...(['torrent-stream', 'wire'] as const).map((engine) =>
    plainly(name, `ours (${engine}), kept offline`, (swarm, directory) =>
      keptOffline(swarm, directory, engine, LINEAR_BYTES, pieceBytes),
    ),
  ),
  plainly(name, 'libtorrent, plain download', (swarm, directory) => libtorrentDownload(swarm, directory, LINEAR_BYTES)),
]

/** One torrent, and for each of its cases all systems in turn. */
async function onTorrent(
  order: { readonly pieceBytes: number; readonly contentPath?: string },
  cases: readonly {
    readonly name: string
    readonly peers: readonly SeederPeer[]
    readonly runs: readonly Run[]
  }[],
): Promise<void> {
  const wanted = cases.filter(({ name }) => name.includes(onlyCase))
  if (wanted.length === 0) return
  const directory = mkdtempSync(join(tmpdir(), 'momoshtrem-rivals-'))
  const swarm = await startSwarm(directory, { name: NAME, totalBytes: FILM_BYTES, ...order })
  try {
    for (const { peers, runs } of wanted) {
      for (const { system, run } of runs) {
        if (!system.includes(onlySystem)) continue
        await swarm.seed(peers)
        await run(swarm)
      }
    }
  } finally {
    await swarm.close()
    rmSync(directory, { recursive: true, force: true })
  }
}

const systems = await allSystems(values('build'))
const own = systems.filter(({ name }) => name.startsWith('ours'))

for (const pieceMib of [1, 4, 16]) {
  const pieceBytes = pieceMib * MIB
  await onTorrent(
    { pieceBytes },
    PEERS.map(([peersName, peers]) => {
      const name = `${peersName}, pieces of ${pieceMib} MiB`
      const runs = runsOf(systems, (system, swarm) => view(name, system, swarm, pieceBytes))
      const hasPlain = peers.length === 1 && isInstalled('libtorrent') && has('linear')
      return {
        name,
        peers,
        runs: hasPlain ? [...runs, ...plainRuns(name, pieceBytes)] : runs,
      }
    }),
  )
}

const filmCase = (format: string): string => `first frame of ${format}, 10 peers of 2 MB/s at 50 ms`
const FORMATS = ['an MP4, moov last', 'an MKV'] as const
if (existsSync('/usr/bin/ffmpeg') && FORMATS.some((format) => filmCase(format).includes(onlyCase))) {
  const directory = mkdtempSync(join(tmpdir(), 'momoshtrem-films-'))
  try {
    const { mp4, mkv } = await makeFilms(directory)
    for (const format of FORMATS) {
      const contentPath = format === 'an MKV' ? mkv : mp4
      const name = filmCase(format)
      const peers = PEERS[1]?.[1] ?? []
      const run = (system: System, swarm: BenchSwarm) =>
        withSystem(name, system, swarm, async (running) => {
          const start = performance.now()
          const location = await running.play()
          const addMs = performance.now() - start
          const frameMs = await firstFrameMs(location, AbortSignal.timeout(COLD_MS))
          return { addMs, firstFrameMs: addMs + frameMs, fetchedMb: (await swarm.sentBytes()) / 1e6 }
        })
      await onTorrent({ pieceBytes: MIB, contentPath }, [{ name, peers, runs: runsOf(systems, run) }])
    }
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

await onTorrent({ pieceBytes: 4 * MIB }, [
  {
    name: '1.4 GB from the cache',
    peers: NEAR,
    runs: runsOf(own, (system, swarm) => withSystem('1.4 GB from the cache', system, swarm, fromCache)),
  },
  {
    name: '20 viewers of 20 Mbit/s, 1 peer at 50 ms',
    peers: PEERS[0]?.[1] ?? [],
    runs: runsOf(own, (system, swarm) =>
      withSystem('20 viewers of 20 Mbit/s, 1 peer at 50 ms', system, swarm, (running) =>
        streams(running, swarm.totalBytes),
      ),
    ),
  },
])
