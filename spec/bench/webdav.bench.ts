import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { Agent, createServer, request as httpRequest, type OutgoingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { v2 as webdav } from 'webdav-server'
import { systemClock } from '../../lib/domain/clock.ts'
import type { ContentReader, ContentSource } from '../../lib/domain/content.ts'
import { silentLogger } from '../../lib/domain/logger.ts'
import { noMetrics } from '../../lib/domain/metrics.ts'
import { WebdavServer } from '../../lib/webdav/server.ts'
import { CountingPool } from '../support/content-fake.ts'
import { treeOf } from '../support/tree-fixture.ts'

const FILM_BYTES = 256 * 1024 * 1024
const COUNTS = [100, 1_000, 10_000]
const title = (index: number): string => `Some Film Title ${index} (2001).mkv`

const report = (name: string, figures: Readonly<Record<string, unknown>>): void =>
  console.log(JSON.stringify({ bench: 'webdav', case: name, ...figures }))

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0
const rounded = (value: number): number => Math.round(value * 100) / 100

/** Milliseconds of one request on a kept connection, its body read to the end. */
function timed(agent: Agent, port: number, method: string, path: string, headers: OutgoingHttpHeaders) {
  return new Promise<{ readonly ms: number; readonly bytes: number }>((resolve, reject) => {
    const startedMs = performance.now()
    const req = httpRequest({ host: '127.0.0.1', port, method, path, headers, agent }, (res) => {
      let bytes = 0
      res.on('data', (chunk: Buffer) => {
        bytes += chunk.length
      })
      res.on('end', () => resolve({ ms: performance.now() - startedMs, bytes }))
    })
    req.on('error', reject)
    req.end()
  })
}

/** A file on disk, read at positions. */
class DiskContent implements ContentSource {
  readonly #handle: FileHandle
  readonly #sizeBytes: number

  constructor(handle: FileHandle, sizeBytes: number) {
    this.#handle = handle
    this.#sizeBytes = sizeBytes
  }

  open(): Promise<ContentReader> {
    return Promise.resolve({
      sizeBytes: this.#sizeBytes,
      read: async (target: Uint8Array, position: number) =>
        (await this.#handle.read(target, 0, target.length, position)).bytesRead,
      close() {},
    })
  }
}

async function listings(ours: number): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  for (const count of COUNTS) {
    const path = `/n${count}/`
    const cold = await timed(agent, ours, 'PROPFIND', path, { Depth: '1' })
    const warm: number[] = []
    for (let run = 0; run < 20; run++) warm.push((await timed(agent, ours, 'PROPFIND', path, { Depth: '1' })).ms)

    const peer = new webdav.WebDAVServer({
      requireAuthentification: false,
      privilegeManager: new webdav.PrivilegeManager(),
    })
    const entries: Record<string, Buffer> = {}
    for (let index = 0; index < count; index++) entries[title(index)] = Buffer.alloc(0)
    const context = peer.createExternalContext()
    await new Promise<void>((resolve, reject) =>
      peer.rootFileSystem().addSubTree(context, entries as never, (error) => (error ? reject(error) : resolve())),
    )
    const http = await peer.startAsync(0)
    const { port } = http.address() as AddressInfo
    const peerTimes: number[] = []
    for (let run = 0; run < (count > 1000 ? 1 : 5); run++) {
      peerTimes.push((await timed(agent, port, 'PROPFIND', '/', { Depth: '1' })).ms)
    }
    await peer.stopAsync()
    http.closeAllConnections()
    report(`PROPFIND Depth 1 of ${count}`, {
      cold_ms: rounded(cold.ms),
      warm_ms: rounded(median(warm)),
      bytes: cold.bytes,
      webdav_server_ms: rounded(median(peerTimes)),
      times_faster_cold: Math.round(median(peerTimes) / cold.ms),
    })
  }
  agent.destroy()
}

// Clients run in a thread of their own, so that the figures are the server's.
const CLIENT = `
  const { parentPort, workerData: { port, path, size, concurrency, total, rangeBytes } } = require('node:worker_threads')
  const net = require('node:net')
  let left = total, bytes = 0
  const next = (socket, state) => {
    if (left-- <= 0) return socket.end()
    const start = rangeBytes >= size ? 0 : Math.floor(Math.random() * (size - rangeBytes))
    state.expect = -1
    socket.write('GET ' + path + ' HTTP/1.1\\r\\nHost: x\\r\\nRange: bytes=' + start + '-' + Math.min(size - 1, start + rangeBytes - 1) + '\\r\\n\\r\\n')
  }
  const started = performance.now()
  let open = concurrency
  for (let index = 0; index < concurrency; index++) {
    const state = { expect: -1, head: Buffer.alloc(0) }
    const socket = net.connect({ port, host: '127.0.0.1', onread: { buffer: Buffer.alloc(1 << 20), callback: (count, buffer) => {
      let body = count
      if (state.expect < 0) {
        const head = buffer.toString('latin1', 0, Math.min(count, 4096))
        const end = head.indexOf('\\r\\n\\r\\n')
        state.expect = Number(/content-length: (\\d+)/i.exec(head)[1])
        body = count - end - 4
      }
      bytes += body
      state.expect -= body
      if (state.expect === 0) next(socket, state)
      return true
    } } })
    socket.on('connect', () => next(socket, state))
    socket.on('close', () => { if (--open === 0) parentPort.postMessage({ ms: performance.now() - started, bytes }) })
  }
`

interface Reads {
  readonly concurrency: number
  readonly total: number
  readonly rangeBytes: number
}

/** Figures of one round: requests and megabytes a second, processor seconds (the client's too) per gigabyte. */
async function reads(
  port: number,
  { concurrency, total, rangeBytes }: Reads,
): Promise<readonly [number, number, number]> {
  const cpuBefore = process.cpuUsage()
  const workerData = { port, path: '/film.mkv', size: FILM_BYTES, concurrency, total, rangeBytes }
  const worker = new Worker(CLIENT, { eval: true, workerData })
  const [{ ms, bytes }] = (await once(worker, 'message')) as [{ ms: number; bytes: number }]
  const cpu = process.cpuUsage(cpuBefore)
  await worker.terminate()
  return [(total * 1000) / ms, bytes / 1000 / ms, (cpu.user + cpu.system) / 1e6 / (bytes / 1e9)]
}

/**
 * Both servers in turns, each as often first as second: whoever goes first in a round is up to twice as slow, whichever
 * it is. The best round of each, after one to warm up.
 */
async function readsOfBoth(name: string, ours: number, bare: number, settings: Reads): Promise<void> {
  const rounds = {
    ours: [] as (readonly [number, number, number])[],
    bare: [] as (readonly [number, number, number])[],
  }
  for (let round = 0; round < 5; round++) {
    if (round % 2 === 0) rounds.ours.push(await reads(ours, settings))
    rounds.bare.push(await reads(bare, settings))
    if (round % 2 === 1) rounds.ours.push(await reads(ours, settings))
  }
  for (const [who, figures] of Object.entries(rounds)) {
    const warm = figures.slice(1)
    report(who === 'ours' ? name : `${name}, bare node`, {
      requests_per_s: Math.round(Math.max(...warm.map(([requests]) => requests))),
      mb_per_s: Math.round(Math.max(...warm.map(([, rate]) => rate))),
      cpu_s_per_gb_with_client: rounded(Math.min(...warm.map(([, , cpu]) => cpu))),
    })
  }
}

/** The least that node can do: a positional read into a kept buffer, and one write. */
async function bareServer(file: FileHandle): Promise<{ readonly port: number; readonly close: () => void }> {
  const pool = new CountingPool(1 << 20)
  const bare = createServer({ noDelay: true }, (req, res) => {
    const [, first = '0', last = '0'] = /bytes=(\d+)-(\d+)/.exec(String(req.headers.range)) ?? []
    const end = Number(last) + 1
    let position = Number(first)
    res.writeHead(206, { 'Content-Length': end - position, 'Content-Range': `bytes ${first}-${last}/${FILM_BYTES}` })
    const buffer = pool.take()
    const next = async (): Promise<void> => {
      if (position >= end) {
        pool.give(buffer)
        res.end()
        return
      }
      const { bytesRead } = await file.read(buffer, 0, Math.min(buffer.length, end - position), position)
      position += bytesRead
      res.write(buffer.subarray(0, bytesRead), () => void next())
    }
    void next()
  })
  bare.listen(0, '127.0.0.1')
  await once(bare, 'listening')
  return {
    port: (bare.address() as AddressInfo).port,
    close: () => {
      bare.close()
      bare.closeAllConnections()
    },
  }
}

const directory = mkdtempSync(join(tmpdir(), 'bench-'))
const handle = await open(join(directory, 'film'), 'w+')
const block = Buffer.alloc(1 << 20, 7)
for (let offset = 0; offset < FILM_BYTES; offset += block.length) await handle.write(block, 0, block.length, offset)

const filesOf = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, index) => [title(index), 1000]))
const tree = treeOf({
  'film.mkv': FILM_BYTES,
  ...Object.fromEntries(COUNTS.map((count) => [`n${count}`, filesOf(count)])),
})
const server = new WebdavServer({
  host: '127.0.0.1',
  port: 0,
  trees: { current: tree },
  content: new DiskContent(handle, FILM_BYTES),
  buffers: new CountingPool(1 << 20),
  clock: systemClock,
  logger: silentLogger,
  metrics: noMetrics,
  quota: () => ({ availableBytes: 0, usedBytes: 0 }),
  isReady: () => true,
})
const { port } = await server.start()
try {
  const bare = await bareServer(handle)
  const random = { concurrency: 8, total: 5_000, rangeBytes: 64 * 1024 }
  await readsOfBoth('64 KiB random ranges, c=8', port, bare.port, random)
  await readsOfBoth('sequential read, c=1', port, bare.port, { concurrency: 1, total: 3, rangeBytes: FILM_BYTES })
  bare.close()
  await listings(port)
} finally {
  await server.close()
  await handle.close()
  rmSync(directory, { recursive: true })
}
