import { type ChildProcess, fork } from 'node:child_process'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import type { PieceWindow, Torrent } from '../../lib/domain/torrent.ts'
import { DelayProxy } from '../support/delay-proxy.ts'
import { LoopbackSwarm } from '../support/loopback-swarm.ts'
import { type MadeTorrent, makeTorrent } from '../support/make-torrent.ts'
import { isInstalled, type RealClient, startSeeder } from './real-seeder.ts'

const MIB = 1024 * 1024
const FILM_BYTES = 126 * MIB

interface PlainEngine {
  readonly torrent: { readonly pieces: unknown[] }
  connect(address: string): void
  select(from: number, to: number, priority: boolean): void
  on(event: string, listener: (...values: unknown[]) => void): void
  destroy(done: () => void): void
}

const torrentStream = createRequire(import.meta.url)('torrent-stream') as (
  source: Buffer,
  options: object,
) => PlainEngine

function print(name: string, figures: Record<string, number>): void {
  const rounded = Object.entries(figures).map(([key, value]) => [key, Math.round(value * 100) / 100])
  console.log(JSON.stringify({ bench: 'torrent', case: name, ...Object.fromEntries(rounded) }))
}

interface Peer {
  readonly host: string
  readonly roundTripMs: number
  readonly bytesPerS?: number
}

/** Seeders in a process of their own, so that their work is not counted as ours. */
async function seed(
  torrent: MadeTorrent,
  peers: readonly Peer[],
): Promise<{ readonly addresses: string[]; readonly child: ChildProcess }> {
  const order = { totalBytes: torrent.layout.totalBytes, pieceBytes: torrent.layout.pieceBytes, peers }
  const child = fork(fileURLToPath(new URL('torrent-seeder.ts', import.meta.url)), [JSON.stringify(order)])
  const addresses = await new Promise<string[]>((resolve, reject) => {
    child.once('message', (message) => resolve(message as string[]))
    child.once('exit', () => reject(new Error('the seeder ended')))
  })
  child.removeAllListeners('exit')
  return { addresses, child }
}

type Engine = 'torrent-stream' | 'wire'

async function withSwarm<T>(
  torrent: MadeTorrent,
  peers: readonly Peer[],
  work: (opened: Torrent, swarm: LoopbackSwarm) => Promise<T>,
  engine: Engine = 'torrent-stream',
): Promise<T> {
  const { addresses, child } = await seed(torrent, peers)
  const swarm = await LoopbackSwarm.start({ engine })
  try {
    for (const address of addresses) swarm.discovery.add(address)
    return await work(await swarm.open(torrent), swarm)
  } finally {
    await swarm.close()
    child.disconnect()
  }
}

async function waitFor(torrent: Torrent, first: number, end: number, priority: PieceWindow['priority']): Promise<void> {
  torrent.setWindows({ name: 'bench' }, [{ first, end, priority }])
  for (let piece = first; piece < end; piece++) await torrent.whenHas(piece, AbortSignal.timeout(60_000))
}

const cpuMs = (since: NodeJS.CpuUsage): number => {
  const { user, system } = process.cpuUsage(since)
  return (user + system) / 1000
}

async function downloadRate(
  pieceBytes: number,
  roundTripMs: number,
  engine: Engine = 'torrent-stream',
  bytes = FILM_BYTES,
): Promise<number> {
  const torrent = makeTorrent({ totalBytes: bytes, pieceBytes })
  const download = async (opened: Torrent): Promise<number> => {
    const cpu = process.cpuUsage()
    const start = performance.now()
    opened.resume()
    await waitFor(opened, 0, torrent.layout.pieceCount, 'urgent')
    const elapsedS = (performance.now() - start) / 1000
    const mbPerS = bytes / 1e6 / elapsedS
    print(`download by ${engine}, 1 peer at ${roundTripMs} ms, ${pieceBytes / MIB} MiB pieces`, {
      mbPerS,
      cpuSPerGb: cpuMs(cpu) / 1000 / (bytes / 1e9),
      wastedBytes: opened.stats().wastedBytes,
    })
    return mbPerS
  }
  return await withSwarm(torrent, [{ host: '127.0.0.1', roundTripMs }], download, engine)
}

/** torrent-stream by itself, pieces kept in memory, no start-up check. At 50 ms a part of the film tells its rate. */
async function plainRate(pieceBytes: number, roundTripMs: number, bytes: number): Promise<number> {
  const torrent = makeTorrent({ totalBytes: bytes, pieceBytes })
  const { addresses, child } = await seed(torrent, [{ host: '127.0.0.1', roundTripMs }])
  const storage = () => ({
    get: (_: number, __: unknown, done: (e: Error) => void) => done(new Error('none')),
    put() {},
    close: (done: () => void) => done(),
  })
  const engine = torrentStream(Buffer.from(torrent.metadata), { dht: false, tracker: false, verify: false, storage })
  const cpu = process.cpuUsage()
  const start = performance.now()
  await new Promise<void>((resolve) => {
    let left = torrent.layout.pieceCount
    engine.on('verify', () => {
      if (--left === 0) resolve()
    })
    engine.on('ready', () => engine.select(0, torrent.layout.pieceCount - 1, true))
    for (const address of addresses) engine.connect(address)
  })
  const mbPerS = bytes / 1e6 / ((performance.now() - start) / 1000)
  print(`plain torrent-stream, 1 peer at ${roundTripMs} ms, ${pieceBytes / MIB} MiB pieces`, {
    mbPerS,
    cpuSPerGb: cpuMs(cpu) / 1000 / (bytes / 1e9),
  })
  await new Promise<void>((resolve) => engine.destroy(resolve))
  child.disconnect()
  return mbPerS
}

async function firstBytes(peers: number, roundTripMs: number, bytesPerS?: number): Promise<void> {
  const torrent = makeTorrent({ totalBytes: FILM_BYTES, pieceBytes: MIB })
  const hosts = Array.from({ length: peers }, (_, index) => ({
    host: `127.0.0.${index + 2}`,
    roundTripMs,
    ...(bytesPerS === undefined ? {} : { bytesPerS }),
  }))
  await withSwarm(torrent, hosts, async (opened) => {
    const owner = { name: 'bench' }
    const at = async (piece: number): Promise<number> => {
      const start = performance.now()
      opened.setWindows(owner, [
        { first: piece, end: piece + 8, priority: 'urgent' },
        { first: piece + 8, end: piece + 40, priority: 'ahead' },
      ])
      await opened.whenHas(piece, AbortSignal.timeout(30_000))
      return performance.now() - start
    }
    opened.resume()
    print(`cold start to first piece, ${peers} peers at ${roundTripMs} ms, 1 MiB pieces`, { ms: await at(0) })
    const seeks: number[] = []
    for (const piece of [60, 15, 100, 40, 85]) {
      await new Promise((resolve) => setTimeout(resolve, 150))
      if (!opened.has(piece)) seeks.push(await at(piece))
    }
    seeks.sort((a, b) => a - b)
    print(`seek to first piece, ${peers} peers at ${roundTripMs} ms, 1 MiB pieces`, {
      medianMs: seeks[seeks.length >> 1] ?? 0,
      worstMs: seeks.at(-1) ?? 0,
      wastedMb: opened.stats().wastedBytes / 1e6,
      downloadedMb: opened.stats().downloadedBytes / 1e6,
    })
  })
}

/** Out of a real client, from its first block on: transmission unchokes at its next round, up to ten seconds later. */
async function realRate(client: RealClient, roundTripMs: number): Promise<void> {
  const torrent = makeTorrent({ totalBytes: 80 * MIB, pieceBytes: MIB / 2 })
  const seeder = await startSeeder(client, torrent)
  const proxy = roundTripMs > 0 ? await DelayProxy.open(seeder.address, roundTripMs) : undefined
  const swarm = await LoopbackSwarm.start()
  try {
    swarm.discovery.add(proxy?.address ?? seeder.address)
    const opened = await swarm.open(torrent)
    const start = performance.now()
    opened.resume()
    await waitFor(opened, 0, 1, 'urgent')
    const first = performance.now()
    await waitFor(opened, 1, torrent.layout.pieceCount, 'urgent')
    print(`download from ${client} at ${roundTripMs} ms`, {
      firstPieceMs: first - start,
      mbPerS: (79.5 * MIB) / 1000 / (performance.now() - first),
      wastedBytes: opened.stats().wastedBytes,
    })
  } finally {
    await swarm.close()
    await proxy?.close()
    await seeder.close()
  }
}

const only = process.argv[2]
const isChosen = (name: string): boolean => only === undefined || name.includes(only)

if (only === 'zero') await downloadRate(4 * MIB, 0)
if (isChosen('engines')) {
  for (const roundTripMs of [0, 50]) {
    for (const pieceBytes of [4 * MIB, MIB]) {
      // By turns, and the best of each: what else runs here disturbs both alike.
      const best = { 'torrent-stream': 0, wire: 0 }
      for (const engine of ['torrent-stream', 'wire', 'torrent-stream', 'wire'] as const) {
        best[engine] = Math.max(best[engine], await downloadRate(pieceBytes, roundTripMs, engine))
      }
      const name = `wire against torrent-stream at ${roundTripMs} ms, ${pieceBytes / MIB} MiB pieces`
      print(name, { times: best.wire / best['torrent-stream'] })
    }
  }
}
if (isChosen('rate')) {
  await downloadRate(4 * MIB, 0)
  await plainRate(4 * MIB, 0, FILM_BYTES)
  for (const pieceBytes of [4 * MIB, MIB]) {
    const ours = await downloadRate(pieceBytes, 50)
    const plain = await plainRate(pieceBytes, 50, 8 * MIB)
    print(`rate against plain torrent-stream at 50 ms, ${pieceBytes / MIB} MiB pieces`, { times: ours / plain })
  }
}
if (isChosen('first')) {
  await firstBytes(1, 50)
  await firstBytes(10, 50, 2e6)
}
if (isChosen('real')) {
  for (const client of ['transmission', 'aria2', 'libtorrent'] as const) {
    if (!isInstalled(client)) continue
    await realRate(client, 0)
    await realRate(client, 50)
  }
}
