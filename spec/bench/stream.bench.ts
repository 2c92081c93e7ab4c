import { setMaxListeners } from 'node:events'
import { type FileHandle, mkdtemp, open as openFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TorrentLease } from '../../lib/domain/activity.ts'
import { systemClock } from '../../lib/domain/clock.ts'
import type { ContentReader } from '../../lib/domain/content.ts'
import { contentId, infoHash } from '../../lib/domain/ids.ts'
import { silentLogger } from '../../lib/domain/logger.ts'
import { noMetrics } from '../../lib/domain/metrics.ts'
import { PieceLayout } from '../../lib/domain/piece-layout.ts'
import type { Torrent } from '../../lib/domain/torrent.ts'
import { FixedBufferPool } from '../../lib/stream/buffer-pool.ts'
import { detectContainer } from '../../lib/stream/containers/detect.ts'
import { TorrentContentSource } from '../../lib/stream/torrent-content-source.ts'
import { indexPieces, windows } from '../../lib/stream/windows.ts'
import { parseTorrent } from '../../lib/torrent/metadata/parse-metadata.ts'
import { DiskPieceStore } from '../../lib/torrent/store/disk-piece-store.ts'
import { mp4 } from '../stream/containers/boxes.ts'
import { FakeTorrent } from '../support/fake-torrent.ts'
import { LoopbackSwarm } from '../support/loopback-swarm.ts'
import { makeTorrent } from '../support/make-torrent.ts'

const KIB = 1024
const MIB = 1024 * KIB
const FILE_BYTES = 64 * MIB
const PIECE_BYTES = MIB
const WINDOWS = { headerBytes: 10 * MIB, footerBytes: 5 * MIB, urgentBytes: 8 * MIB, readAheadBytes: 32 * MIB }
const never = new AbortController().signal

function report(name: string, figures: Record<string, number>): void {
  const rounded = Object.entries(figures).map(([key, value]) => [key, Math.round(value * 100) / 100])
  console.log(JSON.stringify({ bench: 'stream', case: name, ...Object.fromEntries(rounded) }))
}

type Read = (positionBytes: number, length: number) => Promise<number>

const ROUNDS = 9

/**
 * The cases of one comparison, in turns: on a shared machine what runs next to each other is comparable, what runs after
 * each other is not. Median and best round; heap and buffers over reads few enough to see no collection.
 */
async function compare(
  group: string,
  readBytes: number,
  readsPerRound: number,
  cases: Record<string, Read>,
): Promise<void> {
  const pass = async (read: Read, count: number): Promise<void> => {
    for (let i = 0; i < count; i++) {
      const got = await read((i * readBytes) % FILE_BYTES, readBytes)
      if (got !== readBytes) throw new Error(`${group}: read ${got} of ${readBytes} bytes`)
    }
  }
  const times = new Map<string, number[]>(Object.keys(cases).map((name) => [name, []]))
  for (const read of Object.values(cases)) await pass(read, readsPerRound)
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, read] of Object.entries(cases)) {
      global.gc?.() // what one case leaves is not another's
      const startMs = performance.now()
      await pass(read, readsPerRound)
      times.get(name)?.push((performance.now() - startMs) / 1000)
    }
  }
  for (const [name, read] of Object.entries(cases)) {
    const sorted = (times.get(name) ?? []).toSorted((x, y) => x - y)
    const count = 200
    global.gc?.()
    const before = process.memoryUsage()
    await pass(read, count)
    const after = process.memoryUsage()
    report(`${group}, ${name}`, {
      medianReadsPerSecond: readsPerRound / (sorted[ROUNDS >> 1] ?? 0),
      bestReadsPerSecond: readsPerRound / (sorted[0] ?? 0),
      heapBytesPerRead: Math.max(0, after.heapUsed - before.heapUsed) / count,
      bufferBytesPerRead: Math.max(0, after.arrayBuffers - before.arrayBuffers) / count,
    })
  }
}

/** A torrent whose pieces are all in one file, read as the piece store reads them: positional, into the caller's buffer. */
class StoredTorrent extends FakeTorrent {
  readonly #handle: FileHandle

  constructor(handle: FileHandle) {
    super({ content: new Uint8Array(FILE_BYTES), pieceBytes: PIECE_BYTES })
    this.#handle = handle
    this.arriveAll()
  }

  override async readPiece(piece: number, offsetBytes: number, target: Uint8Array): Promise<number> {
    const length = Math.min(target.length, PIECE_BYTES - offsetBytes)
    const { bytesRead } = await this.#handle.read(target, 0, length, piece * PIECE_BYTES + offsetBytes)
    return bytesRead
  }
}

const FILE = contentId(infoHash('0'.repeat(40)), 0)

function sourceOver(torrent: Torrent): TorrentContentSource {
  const ended = new AbortController().signal
  setMaxListeners(0, ended)
  const lease: TorrentLease = { torrent, ended, wake() {}, release() {}, rest() {} }
  return new TorrentContentSource({
    activity: {
      lease: async () => lease,
      hold: async () => lease,
      state: () => 'active',
      counts: () => ({ active: 1, idle: 0, paused: 0, error: 0 }),
      pause: async () => {},
      unpause: async () => {},
      remove: async () => {},
    },
    clock: systemClock,
    logger: silentLogger,
    metrics: noMetrics,
    windows: WINDOWS,
    readTimeoutMs: 120_000,
  })
}

/** One reader for all reads. */
async function oneReader(source: TorrentContentSource): Promise<Read> {
  const reader = await source.open(FILE, { start: 0, end: FILE_BYTES }, never)
  const buffer = new FixedBufferPool().take()
  return (position, length) => reader.read(buffer.subarray(0, length), position, never)
}

/** A reader for each read, as ranged requests come: its lease, windows and their end are in the figure. */
function readerPerRead(source: TorrentContentSource): Read {
  const buffer = Buffer.allocUnsafeSlow(64 * KIB)
  const { signal } = new AbortController()
  return async (position, length) => {
    const reader = await source.open(FILE, { start: position, end: position + length }, signal)
    const count = await reader.read(buffer, position, signal)
    reader.close()
    return count
  }
}

/** The prior way: a buffer, a timer and a race for each read. */
const allocating =
  (torrent: Torrent): Read =>
  async (position, length) => {
    const target = Buffer.alloc(length)
    let timer: NodeJS.Timeout | undefined
    const timeout = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error('timeout')), 120_000)
    })
    const piece = torrent.info.layout.pieceAt(position)
    try {
      return await Promise.race([torrent.readPiece(piece, position % PIECE_BYTES, target), timeout])
    } finally {
      clearTimeout(timer)
    }
  }

async function benchReads(): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'stream-bench-'))
  const handle = await openFile(join(directory, 'pieces'), 'w+')
  // Real data: the kernel serves the holes of a sparse file at another speed.
  for (let piece = 0; piece < FILE_BYTES / PIECE_BYTES; piece++)
    await handle.write(Buffer.alloc(PIECE_BYTES, piece + 1))
  const stored = new StoredTorrent(handle)
  const inMemory = new FakeTorrent({ content: new Uint8Array(FILE_BYTES), pieceBytes: PIECE_BYTES })
  inMemory.arriveAll()
  // The fake keeps every call for specs to look at, which would be measured here.
  inMemory.setWindows = () => {}
  stored.setWindows = () => {}
  const [disk, memory] = [sourceOver(stored), sourceOver(inMemory)]
  const buffer = Buffer.allocUnsafeSlow(MIB)
  const raw: Read = async (position, length) => (await handle.read(buffer, 0, length, position)).bytesRead
  for (const [readBytes, reads] of [
    [64 * KIB, 1000],
    [512 * KIB, 400],
  ] as const) {
    await compare(`${readBytes / KIB} KiB from disk`, readBytes, reads, {
      reader: await oneReader(disk),
      ...(readBytes === 64 * KIB && { 'a reader per read': readerPerRead(disk) }),
      'descriptor alone': raw,
      'a buffer and a timer per read': allocating(stored),
    })
  }
  await compare('64 KiB from memory', 64 * KIB, 2000, {
    'one reader': await oneReader(memory),
    'a reader per read': readerPerRead(memory),
  })
  disk.close()
  memory.close()
  await handle.close()
  await rm(directory, { recursive: true })
}

const VIEWERS = 50
const VIEWER_BYTES_PER_S = 2_500_000
const VIEWING_MS = 4000

/** Viewers of 20 Mbit/s each on one cached torrent: the real store and engine, off the network. */
async function benchViewers(): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'viewers-bench-'))
  const torrent = makeTorrent({ totalBytes: 320 * MIB, pieceBytes: MIB })
  const common = { clock: systemClock, logger: silentLogger, metrics: noMetrics }
  const store = await DiskPieceStore.open({ ...common, directory, capBytes: 1024 * MIB })
  const parsed = parseTorrent(torrent.metadata)
  const stored = await store.open({ infoHash: torrent.infoHash, layout: torrent.layout, hashes: parsed.hashes })
  for (let piece = 0; piece < torrent.layout.pieceCount; piece++) {
    const start = torrent.layout.pieceStart(piece)
    await stored.put(piece, torrent.content.subarray(start, start + MIB))
  }
  await stored.close()
  const swarm = await LoopbackSwarm.start({ store })
  const online = await swarm.open(torrent)
  const source = sourceOver(online)
  const pool = new FixedBufferPool()
  const content = contentId(torrent.infoHash, 0)
  const handle = await openFile(join(directory, 'alone'), 'w+')
  await handle.write(torrent.content)
  for (const [name, viewers, open] of [
    ['50 viewers', VIEWERS, () => source.open(content, { start: 0, end: torrent.content.length }, never)],
    ['20 viewers', 20, () => source.open(content, { start: 0, end: torrent.content.length }, never)],
    ['50 viewers, descriptor alone', VIEWERS, async () => new DescriptorReader(handle)],
  ] as const) {
    // Whoever comes first makes the buffers that all use.
    await watch(viewers, open, pool, 500)
    global.gc?.()
    const before = process.memoryUsage()
    const cpu = process.cpuUsage()
    const latencies = await watch(viewers, open, pool, VIEWING_MS)
    const { user, system } = process.cpuUsage(cpu)
    const after = process.memoryUsage()
    latencies.sort((a, b) => a - b)
    const servedMb = (latencies.length * 256 * KIB) / 1e6
    report(name, {
      reads: latencies.length,
      medianMs: latencies[latencies.length >> 1] ?? 0,
      p99Ms: latencies[Math.floor(latencies.length * 0.99)] ?? 0,
      bufferBytesPerMb: Math.max(0, after.arrayBuffers - before.arrayBuffers) / servedMb,
      processorMsPerMb: (user + system) / 1000 / servedMb,
      rssMb: (after.rss - torrent.content.length) / 1e6,
    })
  }
  source.close()
  await handle.close()
  await swarm.close()
  await rm(directory, { recursive: true })
}

/** Each read's milliseconds. Viewers began at different moments. */
async function watch(
  viewers: number,
  open: () => Promise<Pick<ContentReader, 'read' | 'close'>>,
  pool: FixedBufferPool,
  viewingMs: number,
): Promise<number[]> {
  const latencies: number[] = []
  const viewer = async (index: number): Promise<void> => {
    const { signal } = new AbortController()
    await new Promise((resolve) => setTimeout(resolve, (index * 100) / viewers))
    const reader = await open()
    let position = index * 5 * MIB
    const startMs = performance.now()
    for (let bytes = 0; performance.now() - startMs < viewingMs; ) {
      const buffer = pool.take()
      const readMs = performance.now()
      const count = await reader.read(buffer.subarray(0, 256 * KIB), position, signal)
      latencies.push(performance.now() - readMs)
      pool.give(buffer)
      bytes += count
      position += count
      const aheadMs = (bytes / VIEWER_BYTES_PER_S) * 1000 - (performance.now() - startMs)
      if (aheadMs > 0) await new Promise((resolve) => setTimeout(resolve, aheadMs))
    }
    reader.close()
  }
  await Promise.all(Array.from({ length: viewers }, (_, index) => viewer(index)))
  return latencies
}

class DescriptorReader {
  readonly #handle: FileHandle

  constructor(handle: FileHandle) {
    this.#handle = handle
  }

  async read(target: Uint8Array, positionBytes: number): Promise<number> {
    return (await this.#handle.read(target, 0, target.length, positionBytes)).bytesRead
  }

  close(): void {}
}

/** A film of the given shape, its bytes made as they are pulled. */
function detectionCost(name: string, film: Uint8Array): void {
  const times: number[] = []
  let pulls = 0
  let pulledBytes = 0
  for (let run = 0; run < 200; run++) {
    const startMs = performance.now()
    const detector = detectContainer(film.length)
    pulls = 0
    pulledBytes = 0
    let step = detector.next(film.subarray(0, 0))
    while (!step.done) {
      pulls++
      pulledBytes += step.value.end - step.value.start
      step = detector.next(film.subarray(step.value.start, step.value.end))
    }
    times.push(performance.now() - startMs)
  }
  times.sort((a, b) => a - b)
  report(name, { medianUs: (times[100] ?? 0) * 1000, p99Us: (times[197] ?? 0) * 1000, pulls, pulledBytes })
}

function benchWindows(): void {
  const layout = new PieceLayout(256 * KIB, 20_000 * MIB)
  const file = { index: 0, path: 'film.mkv', sizeBytes: layout.totalBytes, offsetBytes: 0, isPad: false }
  const index = indexPieces(layout, file, [{ start: 9000 * MIB, end: 9010 * MIB }], WINDOWS)
  const seekPoints = Array.from({ length: 2000 }, (_, i) => i * 10 * MIB)
  const rounds = 50_000
  const startMs = performance.now()
  for (let i = 0; i < rounds; i++) {
    const positionBytes = (i * 123_457) % file.sizeBytes
    const state = {
      positionBytes,
      endBytes: file.sizeBytes,
      sequentialBytes: i * 1000,
      bytesPerSecond: 1e6,
      index,
      seekPoints,
    }
    windows(layout, file, state, WINDOWS)
  }
  report('windows of 80,000 pieces', { usPerSeek: ((performance.now() - startMs) * 1000) / rounds })
}

await benchReads()
await benchViewers()
benchWindows()
const shape = { mdatBytes: 40 * MIB, moovBytes: 8 * MIB, seconds: 7200 }
detectionCost('mp4, moov first', mp4({ ...shape, moovAtEnd: false }))
detectionCost('mp4, moov last', mp4({ ...shape, moovAtEnd: true }))
