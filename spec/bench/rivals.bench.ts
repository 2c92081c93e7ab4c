import { type ChildProcess, execFile, fork, spawn } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { encodeBencoded } from '../../lib/torrent/metadata/bencode.ts'
import { type MadeTorrent, makeTorrent } from '../support/make-torrent.ts'
import { endChild } from './real-seeder.ts'
import type { RivalFigures, RivalOrder } from './rival-client.ts'

/**
 * Ours against other streaming clients on the same seeders: cold start to the first 64 KiB, ten seeks of 64 KiB, then a
 * sequential read. Each client runs in a process of its own. webtorrent is fetched into a directory of its own the first
 * time; what is not installed (`apt-get install btfs`, and the FUSE device) is left out.
 */
const MIB = 1024 * 1024
const TOTAL_BYTES = 192 * MIB
const SEQUENTIAL_BYTES = 64 * MIB
const SEQUENTIAL_MS = 6000
const READ_BYTES = 64 * 1024
const modules = join(tmpdir(), 'momoshtrem-rivals')

interface Peer {
  readonly host: string
  readonly roundTripMs: number
  readonly bytesPerS?: number
}

interface Seeders {
  readonly addresses: readonly string[]
  sentBytes(): Promise<number>
  close(): void
}

const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url))
const message = <T>(child: ChildProcess): Promise<T> =>
  new Promise((resolve, reject) => {
    child.once('message', (value) => resolve(value as T))
    child.once('exit', (code) => reject(new Error(`the child ended with ${code}`)))
  })

async function seed(peers: readonly Peer[], pieceBytes: number): Promise<Seeders> {
  const child = fork(here('torrent-seeder.ts'), [JSON.stringify({ totalBytes: TOTAL_BYTES, pieceBytes, peers })])
  const addresses = await message<string[]>(child)
  return {
    addresses,
    async sentBytes() {
      child.send('sent')
      return (await message<number>(child)) * 16 * 1024
    },
    close: () => child.disconnect(),
  }
}

/** Seeks spread over the first two thirds, never the same piece twice; the last third is read in sequence. */
const offsets = Array.from({ length: 10 }, (_, turn) => ((turn * 37 + 11) % 120) * MIB + 12_345)

function print(peers: string, client: string, figures: RivalFigures, seekMb: number): void {
  const sorted = [...figures.seekMs].sort((a, b) => a - b)
  const round = (value: number) => Math.round(value * 10) / 10
  console.log(
    JSON.stringify({
      bench: 'rivals',
      case: `${client}, ${peers}`,
      coldMs: round(figures.coldMs),
      seekMedianMs: round(sorted[sorted.length >> 1] ?? 0),
      seekWorstMs: round(sorted.at(-1) ?? 0),
      fetchedForSeeksMb: round(seekMb),
      sequentialMbPerS: round(figures.sequentialMbPerS),
      cpuS: round(figures.cpuS),
      rssMb: round(figures.rssMb),
    }),
  )
}

async function runNode(client: RivalOrder['client'], name: string, peers: readonly Peer[], pieceBytes: number) {
  const seeders = await seed(peers, pieceBytes)
  const order: RivalOrder = {
    client,
    totalBytes: TOTAL_BYTES,
    pieceBytes,
    addresses: seeders.addresses,
    modules,
    offsets,
    sequentialBytes: SEQUENTIAL_BYTES,
    sequentialMs: SEQUENTIAL_MS,
  }
  const child = fork(here('rival-client.ts'), [JSON.stringify(order)])
  const timer = setTimeout(() => child.kill('SIGKILL'), 45_000)
  try {
    await message(child)
    const seekBytes = await seeders.sentBytes()
    child.send('go on')
    print(name, client, await message<RivalFigures>(child), seekBytes / 1e6)
  } catch (error) {
    console.log(JSON.stringify({ bench: 'rivals', case: `${client}, ${name}`, failed: String(error) }))
  } finally {
    clearTimeout(timer)
    await endChild(child)
    seeders.close()
  }
}

/** Answers every announce with these peers (BEP 23): btfs cannot be told of them otherwise. */
async function listTracker(addresses: readonly string[]): Promise<{ readonly url: string; close(): void }> {
  const peers = Buffer.concat(
    addresses.map((address) => {
      const [host = '', port] = address.split(':')
      return Buffer.from([...host.split('.').map(Number), Number(port) >> 8, Number(port) & 255])
    }),
  )
  const server = createServer((_, response) => response.end(Buffer.from(encodeBencoded({ interval: 60, peers }))))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/announce`, close: () => server.close() }
}

function processFigures(pid: number): { readonly cpuS: number; readonly rssMb: number } {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  return { cpuS: (Number(fields[11]) + Number(fields[12])) / 100, rssMb: (Number(fields[21]) * 4096) / 1e6 }
}

async function runBtfs(name: string, peers: readonly Peer[], pieceBytes: number): Promise<void> {
  const seeders = await seed(peers, pieceBytes)
  const tracker = await listTracker(seeders.addresses)
  const directory = mkdtempSync(join(tmpdir(), 'momoshtrem-btfs-'))
  const mount = join(directory, 'mount')
  mkdirSync(mount)
  const torrent: MadeTorrent = makeTorrent({ totalBytes: TOTAL_BYTES, pieceBytes, trackers: [tracker.url] })
  writeFileSync(join(directory, 'film.torrent'), torrent.metadata)
  const began = performance.now()
  const child = spawn(
    'btfs',
    ['-f', `--data-directory=${join(directory, 'data')}`, join(directory, 'film.torrent'), mount],
    {
      stdio: 'ignore',
    },
  )
  const timer = setTimeout(() => child.kill('SIGKILL'), 45_000)
  let file: FileHandle | undefined
  try {
    const film = join(mount, torrent.name)
    for (let attempt = 0; attempt < 500 && !existsSync(film); attempt++) {
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
    const read = await open(film)
    file = read
    const buffer = Buffer.alloc(MIB)
    const timed = async (offset: number): Promise<number> => {
      const start = performance.now()
      await read.read(buffer, 0, READ_BYTES, offset)
      return performance.now() - start
    }
    await timed(0)
    const coldMs = performance.now() - began
    const seekMs: number[] = []
    for (const offset of offsets) seekMs.push(await timed(offset))
    const seekBytes = await seeders.sentBytes()
    const start = performance.now()
    let bytes = 0
    while (bytes < SEQUENTIAL_BYTES && performance.now() - start < SEQUENTIAL_MS) {
      bytes += (await read.read(buffer, 0, MIB, TOTAL_BYTES - SEQUENTIAL_BYTES + bytes)).bytesRead
    }
    const sequentialMbPerS = bytes / 1000 / (performance.now() - start)
    print(name, 'btfs', { coldMs, seekMs, sequentialMbPerS, ...processFigures(child.pid ?? 0) }, seekBytes / 1e6)
  } catch (error) {
    console.log(JSON.stringify({ bench: 'rivals', case: `btfs, ${name}`, failed: String(error) }))
  } finally {
    clearTimeout(timer)
    await file?.close().catch(() => {}) // a mount that died has nothing to close
    await new Promise((resolve) => execFile('umount', ['-l', mount], resolve))
    await endChild(child)
    tracker.close()
    seeders.close()
    rmSync(directory, { recursive: true, force: true })
  }
}

async function installWebtorrent(): Promise<boolean> {
  const installed = join(modules, 'node_modules/webtorrent')
  mkdirSync(modules, { recursive: true })
  copyFileSync(here('rivals/package.json'), join(modules, 'package.json'))
  const args = ['install', '--ignore-scripts', '--no-audit', '--no-fund']
  if (!existsSync(installed)) {
    await new Promise((resolve) => execFile('npm', args, { cwd: modules, timeout: 60_000 }, resolve))
  }
  return existsSync(installed)
}

const CASES: readonly (readonly [name: string, pieceBytes: number, peers: readonly Peer[]])[] = [
  ['1 peer at 50 ms, 1 MiB pieces', MIB, [{ host: '127.0.0.2', roundTripMs: 50 }]],
  [
    '10 peers of 2 MB/s at 50 ms, 1 MiB pieces',
    MIB,
    Array.from({ length: 10 }, (_, index) => ({ host: `127.0.0.${index + 2}`, roundTripMs: 50, bytesPerS: 2e6 })),
  ],
]
const hasWebtorrent = await installWebtorrent()
const hasBtfs = existsSync('/usr/bin/btfs') && existsSync('/dev/fuse')
for (const [name, pieceBytes, peers] of CASES) {
  await runNode('ours', name, peers, pieceBytes)
  await runNode('torrent-stream', name, peers, pieceBytes)
  if (hasWebtorrent) await runNode('webtorrent', name, peers, pieceBytes)
  if (hasBtfs) await runBtfs(name, peers, pieceBytes)
}
