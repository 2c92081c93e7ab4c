import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { Agent, request as httpRequest } from 'node:http'
import { type AddressInfo, connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { systemClock } from '../../lib/domain/clock.ts'
import { silentLogger } from '../../lib/domain/logger.ts'
import { noMetrics } from '../../lib/domain/metrics.ts'
import { FixedBufferPool } from '../../lib/stream/buffer-pool.ts'
import { WebdavServer } from '../../lib/webdav/server.ts'
import { treeOf } from '../support/tree-fixture.ts'

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
const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0
const rounded = (value: number): number => Math.round(value * 100) / 100

interface Server {
  readonly name: string
  readonly port: number
  readonly close: () => Promise<void>
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

/** A server of others on `port`, or undefined, with a line that says so, when it is not there or does not come up. */
async function startPeer(
  name: string,
  program: string,
  args: readonly string[],
  port: number,
): Promise<Server | undefined> {
  const child: ChildProcess = spawn(program, args, { stdio: 'ignore' })
  let isGone = false
  const gone = new Promise<void>((resolve) => {
    const end = (): void => {
      isGone = true
      resolve()
    }
    child.once('error', end).once('exit', end)
  })
  const close = async (): Promise<void> => {
    child.kill('SIGTERM')
    await gone
  }
  for (let attempt = 0; attempt < 100 && !isGone; attempt++) {
    const socket = connect(port, '127.0.0.1')
    const isUp = await new Promise<boolean>((resolve) => {
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    })
    socket.destroy()
    if (isUp) return { name, port, close }
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  await close()
  console.error(`servers: ${name} left out: ${program} is not installed or did not start`)
  return undefined
}

async function startNginx(files: string, work: string): Promise<Server | undefined> {
  const port = await freePort()
  const module = '/usr/lib/nginx/modules/ngx_http_dav_ext_module.so'
  if (!existsSync(module)) {
    console.error('servers: nginx left out: libnginx-mod-http-dav-ext is not installed')
    return undefined
  }
  const config = join(work, 'nginx.conf')
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (kind) => `${kind}_temp_path ${work}/${kind};`,
  )
  writeFileSync(
    config,
    `load_module ${module};
daemon off; pid ${work}/nginx.pid; error_log /dev/null; worker_processes 1; user root;
events { worker_connections 256; }
http { access_log off; sendfile on; tcp_nodelay on; keepalive_requests 1000000; ${temporary.join(' ')}
  server { listen 127.0.0.1:${port}; root ${files}; location / { dav_ext_methods PROPFIND OPTIONS; } } }
`,
  )
  return await startPeer('nginx', 'nginx', ['-c', config, '-e', '/dev/null'], port)
}

async function startApache(files: string, work: string): Promise<Server | undefined> {
  const port = await freePort()
  const modules = ['mpm_event', 'authz_core', 'dav', 'dav_fs']
  const directory = '/usr/lib/apache2/modules'
  const config = join(work, 'apache.conf')
  writeFileSync(
    config,
    `${modules.map((name) => `LoadModule ${name}_module ${directory}/mod_${name}.so`).join('\n')}
ServerRoot ${work}
ServerName localhost
PidFile ${work}/apache.pid
ErrorLog /dev/null
Listen 127.0.0.1:${port}
User www-data
Group www-data
KeepAlive On
MaxKeepAliveRequests 0
DocumentRoot ${files}
DavLockDB ${work}/davlock
<Directory ${files}>
  Dav On
  Require all granted
</Directory>
`,
  )
  return await startPeer('apache mod_dav', 'apache2', ['-f', config, '-DFOREGROUND'], port)
}

async function startRclone(files: string): Promise<Server | undefined> {
  const port = await freePort()
  const options = ['--config', '/dev/null', '--addr', `127.0.0.1:${port}`, '--read-only', '--dir-cache-time', '1h']
  return await startPeer('rclone serve webdav', 'rclone', ['serve', 'webdav', files, ...options], port)
}

/** Ours in a process of its own, like the others; it ends with its parent's pipe. */
async function serve(film: string): Promise<void> {
  const handle = await open(film)
  const tree = treeOf({
    'film.mkv': FILM_BYTES,
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
    content: {
      open: () =>
        Promise.resolve({
          sizeBytes: FILM_BYTES,
          read: async (target: Uint8Array, position: number) =>
            (await handle.read(target, 0, target.length, position)).bytesRead,
          close() {},
        }),
    },
    buffers: new FixedBufferPool(),
    clock: systemClock,
    logger: silentLogger,
    metrics: noMetrics,
    quota: () => ({ availableBytes: 0, usedBytes: 0 }),
    isReady: () => true,
  })
  const { port } = await server.start()
  process.stdout.write(`${port}\n`)
  await once(process.stdin.resume(), 'end')
  await server.close()
  await handle.close()
}

async function startOurs(film: string): Promise<Server> {
  const args = ['--import', 'tsx', fileURLToPath(import.meta.url), film]
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] })
  const [line] = (await once(child.stdout, 'data')) as [Buffer]
  return {
    name: 'momoshtrem',
    port: Number(line.toString()),
    close: async () => {
      const gone = once(child, 'exit')
      child.stdin.end()
      await gone
    },
  }
}

function makeFiles(files: string): void {
  for (const count of COUNTS) {
    mkdirSync(join(files, `n${count}`), { recursive: true })
    for (const index of numbers(count)) writeFileSync(join(files, `n${count}`, title(index)), '')
    for (const index of numbers(count)) truncateSync(join(files, `n${count}`, title(index)), ENTRY_BYTES)
  }
  for (const index of numbers(SHOWS)) {
    mkdirSync(join(files, 'shows', show(index)), { recursive: true })
    for (const number of numbers(EPISODES)) writeFileSync(join(files, 'shows', show(index), episode(number)), '')
  }
  writeFileSync(join(files, 'film.mkv'), Buffer.alloc(FILM_BYTES, 7))
}

interface Got {
  readonly ms: number
  readonly bytes: number
  readonly responses: number
}

/** One request on a kept connection, its body read to the end. Fails unless it has the status. */
function ask(
  agent: Agent,
  port: number,
  method: string,
  path: string,
  headers: Readonly<Record<string, string>>,
  status: number,
): Promise<Got> {
  return new Promise((resolve, reject) => {
    const startedMs = performance.now()
    const req = httpRequest({ host: '127.0.0.1', port, method, path: encodeURI(path), headers, agent }, (res) => {
      if (res.statusCode !== status) reject(new Error(`${method} ${path}: ${res.statusCode}`))
      const chunks: Buffer[] = []
      let bytes = 0
      res.on('data', (chunk: Buffer) => {
        bytes += chunk.length
        if (method === 'PROPFIND') chunks.push(chunk)
      })
      res.on('end', () => {
        const ms = performance.now() - startedMs
        resolve({
          ms,
          bytes,
          responses:
            Buffer.concat(chunks)
              .toString('latin1')
              .split(/<\w+:response[ >]/).length - 1,
        })
      })
    })
    req.on('error', reject)
    req.end()
  })
}

const report = (name: string, figures: Readonly<Record<string, unknown>>): void =>
  console.log(JSON.stringify({ bench: 'servers', case: name, ...figures }))

/** Each server in turn within each round, so that what else the machine does falls on all alike. */
async function inTurns(
  servers: readonly Server[],
  rounds: number,
  measure: (server: Server) => Promise<number>,
): Promise<Record<string, number[]>> {
  const figures: Record<string, number[]> = Object.fromEntries(servers.map(({ name }) => [name, []]))
  for (let round = 0; round < rounds; round++) {
    const order = round % 2 === 0 ? servers : [...servers].reverse()
    for (const server of order) figures[server.name]?.push(await measure(server))
  }
  return figures
}

async function listings(servers: readonly Server[], agent: Agent): Promise<void> {
  const list = async (port: number, path: string, entries: number): Promise<number> => {
    const { ms, responses } = await ask(agent, port, 'PROPFIND', path, { Depth: '1' }, 207)
    if (responses !== entries + 1) throw new Error(`${path}: ${responses} responses`)
    return ms
  }
  for (const count of COUNTS) {
    const figures = await inTurns(servers, count > 1000 ? 6 : 15, ({ port }) => list(port, `/n${count}/`, count))
    for (const [server, ms] of Object.entries(figures)) {
      report(`PROPFIND Depth 1 of ${count}`, { server, first_ms: rounded(ms[0] ?? 0), median_ms: rounded(median(ms)) })
    }
  }
  const walk = await inTurns(servers, 2, async ({ port }) => {
    const startedMs = performance.now()
    for (const index of numbers(SHOWS)) await list(port, `/shows/${show(index)}/`, EPISODES)
    return performance.now() - startedMs
  })
  for (const [server, ms] of Object.entries(walk)) {
    report(`PROPFIND Depth 1 of ${SHOWS} folders of ${EPISODES}`, { server, best_ms: Math.round(Math.min(...ms)) })
  }
}

async function reads(servers: readonly Server[], agent: Agent): Promise<void> {
  const ranges = 1_600
  const rates = await inTurns(servers, 4, async ({ port }) => {
    const startedMs = performance.now()
    let left = ranges
    const client = async (): Promise<void> => {
      while (left-- > 0) {
        const start = Math.floor(Math.random() * (FILM_BYTES - 65_536))
        await ask(agent, port, 'GET', '/film.mkv', { Range: `bytes=${start}-${start + 65_535}` }, 206)
      }
    }
    await Promise.all(numbers(8).map(client))
    return (ranges * 1000) / (performance.now() - startedMs)
  })
  for (const [server, perS] of Object.entries(rates)) {
    report('64 KiB random ranges, c=8', { server, requests_per_s: Math.round(Math.max(...perS)) })
  }
  const whole = await inTurns(servers, 4, async ({ port }) => {
    const { ms, bytes } = await ask(agent, port, 'GET', '/film.mkv', {}, 200)
    return bytes / 1000 / ms
  })
  for (const [server, rate] of Object.entries(whole)) {
    report('sequential read, c=1', { server, mb_per_s: Math.round(Math.max(...rate)) })
  }
}

async function compare(): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'servers-'))
  chmodSync(directory, 0o755) // some of the servers change to another user
  const [files, work] = [join(directory, 'files'), join(directory, 'work')]
  mkdirSync(work)
  chmodSync(work, 0o777)
  makeFiles(files)
  const servers: Server[] = [await startOurs(join(files, 'film.mkv'))]
  const agent = new Agent({ keepAlive: true, maxSockets: 8 })
  try {
    for (const start of [() => startNginx(files, work), () => startApache(files, work), () => startRclone(files)]) {
      const server = await start()
      if (server) servers.push(server)
    }
    await listings(servers, agent)
    await reads(servers, agent)
  } finally {
    agent.destroy()
    for (const server of servers) await server.close()
    rmSync(directory, { recursive: true })
  }
}

const film = process.argv[2]
await (film === undefined ? compare() : serve(film))
