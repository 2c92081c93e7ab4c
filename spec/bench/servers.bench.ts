import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdirSync, mkdtempSync, read, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { request as httpRequest } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { systemClock } from '../../lib/domain/clock.ts'
import { silentLogger } from '../../lib/domain/logger.ts'
import { noMetrics } from '../../lib/domain/metrics.ts'
import { FixedBufferPool } from '../../lib/stream/buffer-pool.ts'
import { WebdavServer } from '../../lib/webdav/server.ts'
import { makeContent } from '../support/make-torrent.ts'
import { treeOf } from '../support/tree-fixture.ts'
import { type ReadAt, startBareServer } from './bare-server.ts'
import { startCachedService } from './cached-service.ts'
import { cpuMs, type Server, startApache, startNginx, startRclone } from './dav-peers.ts'
import { type Load, type LoadClient, median, quantile, type RangeOrder, startLoadClient } from './load-client.ts'
import { NODE_FLAGS } from './node-flags.ts'

const FILM = 'Some Film (2001).mkv'
/** As the library names it. */
const FILM_DIRECTORY = 'Movies/Some Film (2001)'
const FILM_BYTES = 128 * 1024 * 1024
const ENTRY_BYTES = 1000
const COUNTS = [100, 1_000, 10_000]
const SHOWS = 1_000
const EPISODES = 10
const title = (index: number): string => `Some Film Title ${index} (2001).mkv`
const show = (index: number): string => `Some Show ${index} (2001)`
const episode = (index: number): string => `Some Show - S01E${String(index + 1).padStart(2, '0')}.mkv`
const numbers = (count: number): readonly number[] => Array.from({ length: count }, (_, index) => index)
const namesOf = (count: number) => Object.fromEntries(numbers(count).map((index) => [title(index), ENTRY_BYTES]))
const rounded = (value: number): number => Math.round(value * 100) / 100

/** Our listings, or the least that node can do for a file, in a process of its own like the others; it ends with its parent's pipe. */
async function serve(film: string | undefined): Promise<void> {
  const started = film === undefined ? await startListings() : await startBare(film)
  process.stdout.write(`${started.port}\n`)
  await once(process.stdin.resume(), 'end')
  await started.close()
}

type Started = Pick<Server, 'port' | 'close'>

async function startBare(film: string): Promise<Started> {
  const handle = await open(film)
  const readAt: ReadAt = (target, position) =>
    new Promise((resolve, reject) => {
      read(handle.fd, target, 0, target.length, position, (error, count) => (error ? reject(error) : resolve(count)))
    })
  const server = await startBareServer(FILM_BYTES, readAt)
  return {
    port: server.port,
    async close() {
      await server.close()
      await handle.close()
    },
  }
}

async function startListings(): Promise<Started> {
  const tree = treeOf({
    shows: Object.fromEntries(
      numbers(SHOWS).map((index) => [
        show(index),
        Object.fromEntries(numbers(EPISODES).map((number) => [episode(number), ENTRY_BYTES])),
      ]),
    ),
    ...Object.fromEntries(COUNTS.map((count) => [`n${count}`, namesOf(count)])),
  })
  const server = new WebdavServer({
    host: '127.0.0.1',
    port: 0,
    trees: { current: tree },
    content: { open: () => Promise.reject(new Error('a file was opened')) },
    buffers: new FixedBufferPool(),
    clock: systemClock,
    logger: silentLogger,
    metrics: noMetrics,
    quota: () => ({ availableBytes: 0, usedBytes: 0 }),
    isReady: () => true,
  })
  const { port } = await server.start()
  return { port, close: () => server.close() }
}

/** `film` makes it the bare server of that file. */
async function startNode(name: string, film?: string): Promise<Server> {
  const args = [...NODE_FLAGS, '--import', 'tsx', fileURLToPath(import.meta.url), '--serve']
  const child = spawn(process.execPath, film === undefined ? args : [...args, film], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const [line] = (await once(child.stdout, 'data')) as [Buffer]
  return {
    name,
    port: Number(line.toString()),
    pid: child.pid ?? 0,
    close: async () => {
      const gone = once(child, 'exit')
      child.stdin.end()
      await gone
    },
  }
}

function makeListed(files: string): void {
  for (const count of COUNTS) {
    mkdirSync(join(files, `n${count}`), { recursive: true })
    for (const index of numbers(count)) writeFileSync(join(files, `n${count}`, title(index)), '')
    for (const index of numbers(count)) truncateSync(join(files, `n${count}`, title(index)), ENTRY_BYTES)
  }
  for (const index of numbers(SHOWS)) {
    mkdirSync(join(files, 'shows', show(index)), { recursive: true })
    for (const number of numbers(EPISODES)) writeFileSync(join(files, 'shows', show(index), episode(number)), '')
  }
}

/** The number of responses in a listing. */
function countResponses(port: number, path: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const req = httpRequest({ port, host: '127.0.0.1', method: 'PROPFIND', path, headers: { Depth: '1' } }, (res) => {
      const chunks: Buffer[] = []
      res.on('data', (chunk: Buffer) => chunks.push(chunk))
      res.on('end', () => {
        const responses = Buffer.concat(chunks)
          .toString('latin1')
          .split(/<\w+:response[ >]/)
        resolve(responses.length - 1)
      })
    })
    req.on('error', reject)
    req.end()
  })
}

const report = (name: string, figures: Readonly<Record<string, unknown>>): void =>
  console.log(JSON.stringify({ bench: 'servers', case: name, ...figures }))

/**
 * Each server in turn within each round, so that what else the machine does falls on all alike. A round before them counts
 * for nothing: programs that compile as they run, and caches, are warm then.
 */
async function inTurns(
  servers: readonly Server[],
  rounds: number,
  measure: (server: Server) => Promise<Measured>,
): Promise<Record<string, Measured[]>> {
  const figures: Record<string, Measured[]> = Object.fromEntries(servers.map(({ name }) => [name, []]))
  for (let round = 0; round <= rounds; round++) {
    const order = round % 2 === 0 ? servers : [...servers].reverse()
    for (const server of order) {
      const measured = await measure(server)
      if (round > 0) figures[server.name]?.push(measured)
    }
  }
  return figures
}

interface Measured {
  readonly perS: number
  readonly mbPerS: number
  readonly medianMs: number
  readonly p99Ms: number
  readonly cpuUsPerRequest: number
}

const LISTING = { Depth: '1' }
/** For one server in one round of one case. */
const ROUND_MS = 700

async function compareServers(
  name: string,
  servers: readonly Server[],
  rounds: number,
  client: LoadClient,
  load: Omit<Load, 'port' | 'total'>,
): Promise<void> {
  const firstMs = new Map<string, number>()
  const figures = await inTurns(servers, rounds, async ({ name: server, port, pid }): Promise<Measured> => {
    const cpuBefore = cpuMs(pid)
    const { ms, bytes, latenciesMs } = await client.run({ port, total: 100_000, maxMs: ROUND_MS, ...load })
    if (!firstMs.has(server)) firstMs.set(server, latenciesMs[0] ?? 0)
    return {
      perS: (latenciesMs.length * 1000) / ms,
      mbPerS: bytes / 1000 / ms,
      medianMs: median(latenciesMs),
      p99Ms: quantile(latenciesMs, 0.99),
      cpuUsPerRequest: ((cpuMs(pid) - cpuBefore) * 1000) / latenciesMs.length,
    }
  })
  for (const [server, measured] of Object.entries(figures)) {
    report(name, {
      server,
      first_ms: rounded(firstMs.get(server) ?? 0),
      median_ms: rounded(median(measured.map(({ medianMs }) => medianMs))),
      p99_ms: rounded(median(measured.map(({ p99Ms }) => p99Ms))),
      requests_per_s: Math.round(median(measured.map(({ perS }) => perS))),
      mb_per_s: Math.round(median(measured.map(({ mbPerS }) => mbPerS))),
      server_cpu_us: Math.round(median(measured.map(({ cpuUsPerRequest }) => cpuUsPerRequest))),
    })
  }
}

async function listings(servers: readonly Server[], client: LoadClient): Promise<void> {
  for (const count of COUNTS) {
    const path = `/n${count}/`
    for (const { name, port } of servers) {
      const responses = await countResponses(port, path)
      if (responses !== count + 1) throw new Error(`${name} ${path}: ${responses} responses`)
    }
    const load = { method: 'PROPFIND', paths: [path], headers: LISTING, connections: 1 }
    await compareServers(`PROPFIND Depth 1 of ${count}`, servers, 3, client, load)
    if (count === 100) {
      await compareServers(`PROPFIND Depth 1 of ${count}, a connection each`, servers, 3, client, {
        ...load,
        isFresh: true,
      })
    }
  }
  await compareServers(`PROPFIND Depth 1 of ${SHOWS} folders of ${EPISODES}`, servers, 3, client, {
    method: 'PROPFIND',
    paths: numbers(SHOWS).map((index) => encodeURI(`/shows/${show(index)}/`)),
    headers: LISTING,
    connections: 1,
  })
}

/** In a process that did nothing yet. */
async function firstListing(client: LoadClient): Promise<void> {
  const firsts: number[] = []
  const seconds: number[] = []
  for (let run = 0; run < 3; run++) {
    const server = await startNode('momoshtrem')
    const load = { method: 'PROPFIND', paths: ['/n10000/'], headers: LISTING, connections: 1, total: 6 }
    const { latenciesMs } = await client.run({ port: server.port, ...load })
    firsts.push(latenciesMs[0] ?? 0)
    seconds.push(median(latenciesMs.slice(1)))
    await server.close()
  }
  report('PROPFIND Depth 1 of 10000 as the first request after a start', {
    server: 'momoshtrem',
    first_ms: rounded(median(firsts)),
    later_ms: rounded(median(seconds)),
  })
}

/** What clients do with a film that is there: seeking players, Finder and the Windows redirector, the start of a player, a copy. */
async function reads(servers: readonly Server[], client: LoadClient): Promise<void> {
  const load = { method: 'GET', paths: [encodeURI(`/${FILM_DIRECTORY}/${FILM}`)] }
  const range = (order: RangeOrder) => ({ ...load, range: { bytes: 65_536, fileBytes: FILM_BYTES, order } })
  for (const [name, of] of [
    ['64 KiB random ranges, c=8', { ...range('random'), connections: 8 }],
    ['64 KiB sequential ranges, c=1', { ...range('sequential'), connections: 1 }],
    ['64 KiB sequential ranges, c=8', { ...range('sequential'), connections: 8 }],
    [
      '64 KiB at the start, the end, in the middle, a connection each',
      { ...range('opening'), connections: 1, isFresh: true },
    ],
    ['sequential read, c=1', { ...load, connections: 1 }],
  ] as const) {
    await compareServers(name, servers, 4, client, of)
  }
}

async function started(starts: readonly (() => Promise<Server | undefined>)[]): Promise<Server[]> {
  const servers: Server[] = []
  for (const start of starts) {
    const server = await start()
    if (server) servers.push(server)
  }
  return servers
}

/** `build` is the entry of another build of ours, to read from as well. */
async function compare(rows: 'all' | 'reads', build: string | undefined): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'servers-'))
  chmodSync(directory, 0o755) // some of the servers change to another user
  const [files, work] = [join(directory, 'files'), join(directory, 'work')]
  mkdirSync(work)
  chmodSync(work, 0o777)
  const film = join(files, FILM_DIRECTORY, FILM)
  const content = makeContent(FILM_BYTES)
  mkdirSync(join(files, FILM_DIRECTORY), { recursive: true })
  writeFileSync(film, content)
  const servers: Server[] = []
  const client = startLoadClient()
  try {
    const peers = await started([
      () => startNginx(files, work),
      () => startApache(files, work),
      () => startRclone(files),
    ])
    servers.push(...peers)
    if (rows === 'all') {
      makeListed(files)
      await firstListing(client)
      const listing = await startNode('momoshtrem')
      servers.push(listing)
      await listings([listing, ...peers], client)
    }
    const ours = await started([
      () => startCachedService('momoshtrem', content, join(directory, 'data'), FILM),
      async () =>
        build ? startCachedService('other build', content, join(directory, 'other'), FILM, build) : undefined,
    ])
    servers.push(...ours)
    // The least that node can do, and with nginx the proof that the client could take more.
    const bare = await startNode('bare node', film)
    servers.push(bare)
    await reads([...ours, ...peers, bare], client)
  } finally {
    client.close()
    for (const server of servers) await server.close()
    rmSync(directory, { recursive: true })
  }
}

const { values, positionals } = parseArgs({
  options: { serve: { type: 'boolean' }, rows: { type: 'string' }, build: { type: 'string' } },
  allowPositionals: true,
})
await (values.serve ? serve(positionals[0]) : compare(values.rows === 'reads' ? 'reads' : 'all', values.build))
