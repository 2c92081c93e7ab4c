import { createHash } from 'node:crypto'
import * as fs from 'node:fs'
import { mkdtemp, open as openFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '../../lib/domain/clock.ts'
import { infoHash } from '../../lib/domain/ids.ts'
import { silentLogger } from '../../lib/domain/logger.ts'
import { noMetrics } from '../../lib/domain/metrics.ts'
import { PieceLayout } from '../../lib/domain/piece-layout.ts'
import { systemDiskIo } from '../../lib/torrent/store/disk-io.ts'
import { DiskPieceStore } from '../../lib/torrent/store/disk-piece-store.ts'
import type { TorrentStore } from '../../lib/torrent/store/piece-store.ts'

const MiB = 1024 * 1024
const directory = await mkdtemp(join(tmpdir(), 'store-bench-'))

const line = (name: string, figures: Record<string, number>) => {
  const rounded = Object.entries(figures).map(([key, value]) => [key, Number(value.toPrecision(4))])
  console.log(JSON.stringify({ bench: 'store', case: name, ...Object.fromEntries(rounded) }))
}

const openStore = (name: string, capBytes: number) =>
  DiskPieceStore.open({
    directory: join(directory, name),
    capBytes,
    clock: systemClock,
    logger: silentLogger,
    metrics: noMetrics,
  })

function torrent(seed: number, pieceBytes: number, totalBytes: number) {
  const hash = infoHash(seed.toString(16).padStart(40, '0'))
  return { infoHash: hash, layout: new PieceLayout(pieceBytes, totalBytes), hashes: new Uint8Array(0) }
}

async function seconds(work: () => Promise<unknown>): Promise<number> {
  const begin = performance.now()
  await work()
  return (performance.now() - begin) / 1000
}

async function fill(store: TorrentStore, layout: PieceLayout): Promise<void> {
  let running: Promise<unknown>[] = []
  for (let piece = 0; piece < layout.pieceCount; piece++) {
    running.push(store.put(piece, Buffer.alloc(layout.pieceLength(piece), piece)))
    if (running.length === 4) {
      await Promise.all(running)
      running = []
    }
  }
  await Promise.all(running)
}

const percentile = (sorted: readonly number[], part: number) => sorted[Math.floor(sorted.length * part)] ?? 0

/** The ways to read 1 MiB of the page cache: what the store is built on, and what it is not. */
async function readWays(): Promise<void> {
  const path = join(directory, 'plain')
  await writeFile(path, Buffer.alloc(256 * MiB, 1))
  const handle = await openFile(path)
  const target = new Uint8Array(MiB)
  const ways: Record<string, (at: number) => unknown> = {
    'fs.read callback': (at) => systemDiskIo.read(handle.fd, target, MiB, at),
    'FileHandle.read': (at) => handle.read(target, 0, MiB, at),
    'fs.readSync (holds the event loop)': (at) => fs.readSync(handle.fd, target, 0, MiB, at),
  }
  for (const [name, read] of Object.entries(ways)) {
    const took = await seconds(async () => {
      for (let round = 0; round < 4; round++) for (let at = 0; at < 256; at++) await read(at * MiB)
    })
    line(`1 MiB reads, ${name}`, { mb_per_s: (1024 * 1.048576) / took })
  }
  await handle.close()
}

async function throughput(pieceBytes: number): Promise<void> {
  const info = torrent(1, pieceBytes, 256 * MiB)
  const name = `${pieceBytes / 1024} KiB pieces`
  const store = await openStore(`rw-${pieceBytes}`, 512 * MiB)
  const film = await store.open(info)
  const written = await seconds(() => fill(film, info.layout))
  const target = new Uint8Array(MiB)
  const readOnce = () =>
    seconds(async () => {
      for (let at = 0; at < info.layout.totalBytes; ) {
        const piece = info.layout.pieceAt(at)
        at += await film.read(piece, at - info.layout.pieceStart(piece), target)
      }
    })
  await readOnce()
  const read = await readOnce()
  const latencies: number[] = []
  const small = target.subarray(0, 64 * 1024)
  for (let round = 0; round < 5000; round++) {
    const piece = Math.floor(Math.random() * info.layout.pieceCount)
    const begin = performance.now()
    await film.read(piece, Math.floor(Math.random() * Math.max(1, pieceBytes - small.length)), small)
    latencies.push(performance.now() - begin)
  }
  latencies.sort((a, b) => a - b)
  const closed = await seconds(() => store.close())
  const megabytes = 256 * 1.048576
  line(name, {
    put_mb_per_s: megabytes / written,
    read_mb_per_s: megabytes / read,
    random_64k_p50_ms: percentile(latencies, 0.5),
    random_64k_p99_ms: percentile(latencies, 0.99),
    close_s: closed,
  })
}

/** Small pieces stand in for a large cache: what counts is how many there are. */
async function openTimes(pieces: number): Promise<void> {
  const name = `open-${pieces}`
  const torrents = Array.from({ length: 10 }, (_, index) => torrent(index + 1, 64, (64 * pieces) / 10))
  for (const info of torrents) {
    const folder = join(directory, name, info.infoHash)
    fs.mkdirSync(folder, { recursive: true })
    for (let piece = 0; piece < info.layout.pieceCount; piece++) {
      fs.writeFileSync(join(folder, String(piece)), Buffer.alloc(64))
    }
  }
  const first = await openStore(name, 2 ** 40)
  for (const info of torrents) await first.open(info)
  await first.close()
  let store = first
  const opened = await seconds(async () => {
    store = await openStore(name, 2 ** 40)
  })
  const [info] = torrents
  const one = await seconds(async () => info && (await store.open(info)))
  const stored = info ? store.stored(info.infoHash) / 64 : 0
  await store.close()
  line(`open with ${pieces} stored pieces`, { store_ms: opened * 1000, one_torrent_ms: one * 1000, its_pieces: stored })
}

/** Random 64 KiB reads alone, and while every stored piece is hashed again. */
async function scrubs(): Promise<void> {
  const info = torrent(1, MiB, 128 * MiB)
  const { layout } = info
  const sha1 = (piece: number) =>
    createHash('sha1')
      .update(Buffer.alloc(layout.pieceLength(piece), piece))
      .digest()
  const hashes = Buffer.concat(Array.from({ length: layout.pieceCount }, (_, piece) => sha1(piece)))
  const store = await openStore('scrub', 256 * MiB)
  const film = await store.open({ ...info, hashes })
  await fill(film, layout)
  const target = new Uint8Array(64 * 1024)
  const readOnce = async (latencies: number[]) => {
    const begin = performance.now()
    await film.read(Math.floor(Math.random() * layout.pieceCount), 0, target)
    latencies.push(performance.now() - begin)
  }
  const alone: number[] = []
  for (let round = 0; round < 3000; round++) await readOnce(alone)
  const beside: number[] = []
  let isRunning = true
  const begin = performance.now()
  const running = store
    .scrub(
      () => hashes,
      () => {},
      new AbortController().signal,
    )
    .finally(() => {
      isRunning = false
    })
  while (isRunning) await readOnce(beside)
  const { checkedBytes, badPieces } = await running
  for (const latencies of [alone, beside]) latencies.sort((a, b) => a - b)
  await store.close()
  line('scrub beside random 64 KiB reads', {
    scrub_mb_per_s: checkedBytes / 1000 / (performance.now() - begin),
    bad_pieces: badPieces,
    alone_p50_ms: percentile(alone, 0.5),
    alone_p99_ms: percentile(alone, 0.99),
    beside_p50_ms: percentile(beside, 0.5),
    beside_p99_ms: percentile(beside, 0.99),
  })
}

async function evictions(pieces: number): Promise<void> {
  const info = torrent(1, 64, 64 * pieces * 2)
  const store = await openStore(`evict-${pieces}`, 64 * pieces)
  const film = await store.open(info)
  const layout = info.layout
  const put = async (first: number, end: number) => {
    for (let piece = first; piece < end; piece++) await film.put(piece, new Uint8Array(layout.pieceLength(piece)))
  }
  await put(0, pieces)
  const took = await seconds(() => put(pieces, pieces + 1000))
  await store.close()
  line(`put and evict with ${pieces} stored pieces`, { us_each: took * 1000 })
}

try {
  await readWays()
  for (const pieceBytes of [16 * 1024, 256 * 1024, MiB, 4 * MiB]) await throughput(pieceBytes)
  for (const pieces of [1000, 50_000]) await openTimes(pieces)
  for (const pieces of [1000, 20_000]) await evictions(pieces)
  await scrubs()
} finally {
  await rm(directory, { recursive: true, force: true })
}
