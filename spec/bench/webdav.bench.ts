import { mkdtempSync, rmSync } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { v2 as webdav } from 'webdav-server'
import { systemClock } from '../../lib/domain/clock.ts'
import type { ContentSource } from '../../lib/domain/content.ts'
import { disposable } from '../../lib/domain/disposable.ts'
import { infoHash } from '../../lib/domain/ids.ts'
import { silentLogger } from '../../lib/domain/logger.ts'
import { noMetrics } from '../../lib/domain/metrics.ts'
import { PieceLayout } from '../../lib/domain/piece-layout.ts'
import type { Tree } from '../../lib/domain/tree.ts'
import { FixedBufferPool } from '../../lib/stream/buffer-pool.ts'
import { systemDiskIo } from '../../lib/torrent/store/disk-io.ts'
import { DiskPieceStore } from '../../lib/torrent/store/disk-piece-store.ts'
import { WebdavServer } from '../../lib/webdav/server.ts'
import { treeOf } from '../support/tree-fixture.ts'
import { startBareServer } from './bare-server.ts'
import { type Load, median, quantile, startLoadClient } from './load-client.ts'

const MIB = 1024 * 1024
const FILM_BYTES = 256 * MIB
const PIECE_BYTES = 4 * MIB
const COUNTS = [100, 1_000, 10_000]
/** What webdav-server takes for more is minutes of this bench. */
const MAX_PEER_COUNT = 1_000
const title = (index: number): string => `Some Film Title ${index} (2001).mkv`
const filesOf = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, index) => [title(index), 1000]))
const tree = treeOf({
  'film.mkv': FILM_BYTES,
  ...Object.fromEntries(COUNTS.map((count) => [`n${count}`, filesOf(count)])),
})

const rounded = (value: number): number => Math.round(value * 100) / 100
const report = (name: string, figures: Readonly<Record<string, unknown>>): void =>
  console.log(JSON.stringify({ bench: 'webdav', case: name, ...figures }))

const sourceOf = (read: (target: Uint8Array, position: number) => Promise<number>): ContentSource => ({
  open: () => Promise.resolve({ sizeBytes: FILM_BYTES, read, close() {} }),
})

/** A film whose bytes cost nothing. */
const memory = sourceOf((target) => Promise.resolve(target.length))
const disk = (handle: FileHandle): ContentSource =>
  sourceOf((target, position) => systemDiskIo.read(handle.fd, target, target.length, position))

/** The piece store as the service has it, every piece there. */
async function pieces(directory: string): Promise<{ readonly source: ContentSource; close(): Promise<void> }> {
  const store = await DiskPieceStore.open({
    directory,
    capBytes: 2 * FILM_BYTES,
    clock: systemClock,
    logger: silentLogger,
    metrics: noMetrics,
  })
  const layout = new PieceLayout(PIECE_BYTES, FILM_BYTES)
  const film = await store.open({ infoHash: infoHash('1'.repeat(40)), layout, hashes: new Uint8Array(0) })
  for (let piece = 0; piece < layout.pieceCount; piece++) await film.put(piece, Buffer.alloc(PIECE_BYTES, piece))
  const source = sourceOf(async (target, position) => {
    const piece = layout.pieceAt(position)
    return await film.read(piece, position - layout.pieceStart(piece), target)
  })
  return { source, close: () => store.close() }
}

async function serve(content: ContentSource, more: { onTreeSwapped?: (listener: (tree: Tree) => void) => void } = {}) {
  const server = new WebdavServer({
    host: '127.0.0.1',
    port: 0,
    trees: { current: tree },
    content,
    buffers: new FixedBufferPool(),
    clock: systemClock,
    logger: silentLogger,
    metrics: noMetrics,
    quota: () => ({ availableBytes: 0, usedBytes: 0 }),
    isReady: () => true,
    onTreeSwapped: (listener) => {
      more.onTreeSwapped?.(listener)
      return disposable(() => {})
    },
  })
  return { port: (await server.start()).port, close: () => server.close() }
}

const client = startLoadClient()
const ranges = { method: 'GET', paths: ['/film.mkv'], range: { bytes: 64 * 1024, fileBytes: FILM_BYTES } }

/** The servers in turns, each as often first as last; medians. The client is a process of its own. */
async function reads(name: string, ports: Readonly<Record<string, number>>, load: Omit<Load, 'port'>): Promise<void> {
  const figures = new Map<string, { perS: number; mbPerS: number; cpuUs: number }[]>()
  for (let round = 0; round < 6; round++) {
    const order = Object.entries(ports)
    for (const [server, port] of round % 2 === 0 ? order : order.reverse()) {
      const cpuBefore = process.cpuUsage()
      const { ms, bytes, latenciesMs } = await client.run({ ...load, port })
      const cpu = process.cpuUsage(cpuBefore)
      const done = latenciesMs.length
      const figure = { perS: (done * 1000) / ms, mbPerS: bytes / 1000 / ms, cpuUs: (cpu.user + cpu.system) / done }
      figures.set(server, [...(figures.get(server) ?? []), figure])
    }
  }
  for (const [server, [, ...warm]] of figures) {
    report(name, {
      server,
      requests_per_s: Math.round(median(warm.map(({ perS }) => perS))),
      mb_per_s: Math.round(median(warm.map(({ mbPerS }) => mbPerS))),
      server_cpu_us: Math.round(median(warm.map(({ cpuUs }) => cpuUs))),
    })
  }
}

/** What 128 MiB leave on the heap and beside it, in runs too short for a collection in most of them. */
async function allocations(port: number): Promise<void> {
  const heap: number[] = []
  const buffers: number[] = []
  for (let run = 0; run < 15; run++) {
    global.gc?.()
    const before = process.memoryUsage()
    await client.run({ port, method: 'GET', paths: ['/film.mkv'], connections: 1, total: 1 })
    const after = process.memoryUsage()
    heap.push((after.heapUsed - before.heapUsed) / (FILM_BYTES / MIB))
    buffers.push((after.arrayBuffers - before.arrayBuffers) / (FILM_BYTES / MIB))
  }
  report('allocated per MiB served', {
    heap_bytes: Math.round(quantile(heap, 0.9)),
    buffer_bytes: Math.round(quantile(buffers, 0.9)),
  })
}

/** Players at 20 Mbit/s: each reads 64 KiB at its time. */
async function players(name: string, port: number): Promise<void> {
  const delay = monitorEventLoopDelay({ resolution: 1 })
  delay.enable()
  const { latenciesMs, bytes, ms } = await client.run({
    ...ranges,
    port,
    connections: 50,
    total: 50 * 150,
    everyMs: (64 * 1024 * 8) / 20_000,
  })
  delay.disable()
  report(`50 readers of 20 Mbit/s, ${name}`, {
    p50_ms: rounded(median(latenciesMs)),
    p99_ms: rounded(quantile(latenciesMs, 0.99)),
    mbit_per_s_each: rounded((bytes * 8) / 50 / 1000 / ms),
    loop_delay_p99_ms: rounded(delay.percentile(99) / 1e6),
  })
}

async function listings(port: number): Promise<void> {
  for (const count of COUNTS) {
    const load = { port, method: 'PROPFIND', paths: [`/n${count}/`], connections: 1, total: 30 }
    const known = (await client.run({ ...load, headers: { Depth: '1' } })).latenciesMs
    const agent = 'Microsoft-WebDAV-MiniRedir/10.0' // its set is not rendered ahead
    const unknown = (await client.run({ ...load, headers: { Depth: '1', 'User-Agent': agent } })).latenciesMs
    const peerMs = count <= MAX_PEER_COUNT ? await webdavServerMs(count) : undefined
    report(`PROPFIND Depth 1 of ${count}`, {
      first_ms: rounded(known[0] ?? 0),
      later_ms: rounded(median(known.slice(1))),
      first_of_another_set_ms: rounded(unknown[0] ?? 0),
      webdav_server_ms: peerMs && rounded(peerMs),
    })
  }
}

async function webdavServerMs(count: number): Promise<number> {
  const peer = new webdav.WebDAVServer({
    requireAuthentification: false,
    privilegeManager: new webdav.PrivilegeManager(),
  })
  const entries = Object.fromEntries(Object.keys(filesOf(count)).map((name) => [name, Buffer.alloc(0)]))
  const context = peer.createExternalContext()
  await new Promise<void>((resolve, reject) =>
    peer.rootFileSystem().addSubTree(context, entries as never, (error) => (error ? reject(error) : resolve())),
  )
  const http = await peer.startAsync(0)
  const { port } = http.address() as AddressInfo
  const load = { port, method: 'PROPFIND', paths: ['/'], headers: { Depth: '1' }, connections: 1, total: 3 }
  const { latenciesMs } = await client.run(load)
  await peer.stopAsync()
  http.closeAllConnections()
  return median(latenciesMs)
}

/** How long the event loop is held while all listings of a new tree are rendered in the background. */
async function swaps(): Promise<void> {
  let swapped: (tree: Tree) => void = () => {}
  const server = await serve(memory, {
    onTreeSwapped: (listener) => {
      swapped = listener
    },
  })
  const outline = { n10000: filesOf(10_000), more: filesOf(2_000) }
  for (const name of ['quiet', 'after a swap']) {
    const next = treeOf(outline, 2)
    await new Promise((resolve) => setTimeout(resolve, 300))
    const delay = monitorEventLoopDelay({ resolution: 1 })
    delay.enable()
    if (name !== 'quiet') swapped(next)
    await new Promise((resolve) => setTimeout(resolve, 1500))
    delay.disable()
    report(`event loop, ${name} of 12,000 entries`, {
      p50_ms: rounded(delay.percentile(50) / 1e6),
      p99_ms: rounded(delay.percentile(99) / 1e6),
      max_ms: rounded(delay.max / 1e6),
    })
  }
  await server.close()
}

const directory = mkdtempSync(join(tmpdir(), 'bench-'))
const handle = await open(join(directory, 'film'), 'w+')
const block = Buffer.alloc(MIB, 7)
for (let offset = 0; offset < FILM_BYTES; offset += block.length) await handle.write(block, 0, block.length, offset)
const store = await pieces(join(directory, 'pieces'))
const servers = {
  momoshtrem: await serve(disk(handle)),
  'momoshtrem, piece store': await serve(store.source),
  'momoshtrem, memory': await serve(memory),
  'bare node': await startBareServer(FILM_BYTES, (target, position) =>
    systemDiskIo.read(handle.fd, target, target.length, position),
  ),
}
try {
  const ports = Object.fromEntries(Object.entries(servers).map(([name, { port }]) => [name, port]))
  await reads('64 KiB random ranges, c=8', ports, { ...ranges, connections: 8, total: 100_000, maxMs: 700 })
  const whole = { method: 'GET', paths: ['/film.mkv'], connections: 1, total: 100, maxMs: 700 }
  await reads('sequential read, c=1', ports, whole)
  await allocations(servers['momoshtrem, memory'].port)
  await players('memory', servers['momoshtrem, memory'].port)
  await players('piece store', servers['momoshtrem, piece store'].port)
  await listings(servers['momoshtrem, memory'].port)
  await swaps()
} finally {
  client.close()
  for (const server of Object.values(servers)) await server.close()
  await store.close()
  await handle.close()
  rmSync(directory, { recursive: true })
}
