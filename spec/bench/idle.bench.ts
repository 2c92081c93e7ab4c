import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { makeTorrent } from '../support/make-torrent.ts'
import { newDataDir, removeDataDir } from '../support/running-app.ts'
import { addTorrentFile, startService } from './service-process.ts'

// What the service costs with 100 torrents that nobody reads: the process as people start it, looked at from outside.

const TORRENTS = 100
const SETTLE_MS = 10_000
const WATCH_MS = 20_000

const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

/** How often the threads went to sleep and woke, and what they hold; Linux's own books. */
function books(pid: number) {
  const threads = readdirSync(`/proc/${pid}/task`)
  const wakeUps = threads.reduce((sum, thread) => {
    const status = readFileSync(`/proc/${pid}/task/${thread}/status`, 'utf8')
    return sum + Number(/^voluntary_ctxt_switches:\s+(\d+)/m.exec(status)?.[1])
  }, 0)
  const sockets = readdirSync(`/proc/${pid}/fd`).filter((fd) => {
    try {
      return readlinkSync(`/proc/${pid}/fd/${fd}`).startsWith('socket:')
    } catch {
      return false // closed meanwhile
    }
  }).length
  const rssKib = Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1])
  return { wakeUps, sockets, rssMib: Math.round(rssKib / 1024) }
}

const idleFilm = (seed: number) =>
  makeTorrent({
    name: `Idle Film ${seed} (20${10 + (seed % 16)}).mkv`,
    totalBytes: 2_000_000,
    pieceBytes: 262_144,
    seed,
  }).metadata

const dataDir = newDataDir()
const service = await startService(dataDir)
try {
  for (const [count, seeds] of [
    [0, []],
    [TORRENTS, Array.from({ length: TORRENTS }, (_, index) => index + 1)],
  ] as const) {
    for (const seed of seeds) await addTorrentFile(service.api, idleFilm(seed))
    await wait(SETTLE_MS)
    const before = books(service.pid)
    await wait(WATCH_MS)
    const after = books(service.pid)
    const perSecond = ((after.wakeUps - before.wakeUps) / WATCH_MS) * 1000
    console.log(
      JSON.stringify({
        bench: 'idle',
        case: `${count} idle torrents`,
        wakeUpsPerS: Math.round(perSecond * 100) / 100,
        // Drive, API and peers listen; standard output is the fourth.
        sockets: after.sockets,
        rssMib: after.rssMib,
      }),
    )
  }
} finally {
  await service.close()
  removeDataDir(dataDir)
}
