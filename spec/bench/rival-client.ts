import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { pathToFileURL } from 'node:url'
import type { Torrent } from '../../lib/domain/torrent.ts'
import { LoopbackSwarm } from '../support/loopback-swarm.ts'
import { type MadeTorrent, makeTorrent } from '../support/make-torrent.ts'

/** What one client is to do, in a process of its own. */
export interface RivalOrder {
  readonly client: 'ours' | 'torrent-stream' | 'webtorrent'
  readonly totalBytes: number
  readonly pieceBytes: number
  readonly addresses: readonly string[]
  /** Where webtorrent is installed. */
  readonly modules: string
  readonly offsets: readonly number[]
  readonly sequentialBytes: number
  readonly sequentialMs: number
}

export interface RivalFigures {
  readonly coldMs: number
  readonly seekMs: readonly number[]
  readonly sequentialMbPerS: number
  readonly cpuS: number
  readonly rssMb: number
}

const READ_BYTES = 64 * 1024
/** [start, end) into nothing; resolves after the last byte, or when the signal aborts, with the count. */
type Read = (start: number, end: number, signal: AbortSignal) => Promise<number>

async function drain(stream: Readable, signal: AbortSignal): Promise<number> {
  let bytes = 0
  const stop = () => stream.destroy()
  signal.addEventListener('abort', stop)
  try {
    for await (const chunk of stream) bytes += (chunk as Buffer).length
  } catch (error) {
    if (!signal.aborted) throw error
  } finally {
    signal.removeEventListener('abort', stop)
  }
  return bytes
}

async function ours(torrent: MadeTorrent, order: RivalOrder): Promise<Read> {
  const swarm = await LoopbackSwarm.start()
  for (const address of order.addresses) swarm.discovery.add(address)
  const opened: Torrent = await swarm.open(torrent)
  opened.resume()
  return async (start, end, signal) => {
    const owner = { name: 'bench' }
    const { layout } = torrent
    const last = layout.pieceAt(end - 1) + 1
    const target = new Uint8Array(1024 * 1024)
    let position = start
    try {
      while (position < end) {
        const piece = layout.pieceAt(position)
        const urgentEnd = Math.min(last, piece + Math.ceil((8 * 1024 * 1024) / layout.pieceBytes))
        const aheadEnd = Math.min(last, urgentEnd + Math.ceil((32 * 1024 * 1024) / layout.pieceBytes))
        opened.setWindows(owner, [
          { first: piece, end: urgentEnd, priority: 'urgent' },
          { first: urgentEnd, end: aheadEnd, priority: 'ahead' },
        ])
        await opened.whenHas(piece, signal)
        position += await opened.readPiece(
          piece,
          position - layout.pieceStart(piece),
          target.subarray(0, end - position),
        )
      }
    } catch (error) {
      if (!signal.aborted) throw error
    }
    opened.setWindows(owner, [])
    return position - start
  }
}

interface StreamableFile {
  createReadStream(range: { start: number; end: number }): Readable
}

async function torrentStream(torrent: MadeTorrent, order: RivalOrder): Promise<Read> {
  interface Engine {
    readonly files: StreamableFile[]
    on(event: 'ready', listener: () => void): void
    connect(address: string): void
  }
  const factory = createRequire(import.meta.url)('torrent-stream') as (source: Buffer, options: object) => Engine
  const path = join(order.modules, `plain-${process.pid}`)
  const engine = factory(Buffer.from(torrent.metadata), { dht: false, tracker: false, path, tmp: path })
  await new Promise<void>((resolve) => engine.on('ready', resolve))
  for (const address of order.addresses) engine.connect(address)
  const [file] = engine.files
  return (start, end, signal) => drain(file!.createReadStream({ start, end: end - 1 }), signal)
}

async function webtorrent(torrent: MadeTorrent, order: RivalOrder): Promise<Read> {
  interface Added {
    readonly files: StreamableFile[]
    addPeer(address: string): void
  }
  type Client = new (
    options: object,
  ) => {
    add(source: Buffer, options: object, done: (added: Added) => void): void
  }
  const entry = pathToFileURL(join(order.modules, 'node_modules/webtorrent/index.js')).href
  const { default: WebTorrent } = (await import(entry)) as { default: Client }
  const client = new WebTorrent({ dht: false, tracker: false, lsd: false, natUpnp: false, natPmp: false, utp: false })
  const path = join(order.modules, `web-${process.pid}`)
  const added = await new Promise<Added>((resolve) =>
    client.add(Buffer.from(torrent.metadata), { path, deselect: true }, resolve),
  )
  for (const address of order.addresses) added.addPeer(address)
  const [file] = added.files
  return (start, end, signal) => drain(file!.createReadStream({ start, end: end - 1 }), signal)
}

const order = JSON.parse(process.argv[2] ?? '{}') as RivalOrder
const torrent = makeTorrent(order)
const start = performance.now()
const cpu = process.cpuUsage()
const open = { ours, 'torrent-stream': torrentStream, webtorrent }[order.client]
const read = await open(torrent, order)
const timed = async (offset: number): Promise<number> => {
  const began = performance.now()
  await read(offset, offset + READ_BYTES, AbortSignal.timeout(30_000))
  return performance.now() - began
}
await timed(0)
const coldMs = performance.now() - start
const seekMs: number[] = []
for (const offset of order.offsets) seekMs.push(await timed(offset))
process.send?.('seeks')
await new Promise((resolve) => process.once('message', resolve))
const began = performance.now()
const bytes = await read(
  order.totalBytes - order.sequentialBytes,
  order.totalBytes,
  AbortSignal.timeout(order.sequentialMs),
)
const { user, system } = process.cpuUsage(cpu)
const figures: RivalFigures = {
  coldMs,
  seekMs,
  sequentialMbPerS: bytes / 1000 / (performance.now() - began),
  cpuS: (user + system) / 1e6,
  rssMb: process.memoryUsage.rss() / 1e6,
}
process.send?.(figures, () => process.exit(0))
