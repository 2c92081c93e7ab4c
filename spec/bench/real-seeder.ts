import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { MadeTorrent } from '../support/make-torrent.ts'

export type RealClient = 'transmission' | 'aria2' | 'libtorrent'

/** A real client that has the whole torrent and waits at `address`. */
export interface RealSeeder {
  readonly address: string
  close(): Promise<void>
}

const COMMANDS: Readonly<Record<RealClient, string>> = {
  transmission: '/usr/bin/transmission-daemon',
  aria2: '/usr/bin/aria2c',
  libtorrent: '/usr/lib/python3/dist-packages/libtorrent',
}

const LIBTORRENT_SEEDER = `
import libtorrent, sys, time
directory, torrent, port = sys.argv[1:]
session = libtorrent.session({'listen_interfaces': '127.0.0.1:' + port, 'enable_dht': False, 'enable_lsd': False,
  'enable_upnp': False, 'enable_natpmp': False, 'allow_multiple_connections_per_ip': True})
session.add_torrent({'ti': libtorrent.torrent_info(torrent), 'save_path': directory,
  'flags': libtorrent.torrent_flags.seed_mode})
sys.stdin.read()
`

export const isInstalled = (client: RealClient): boolean =>
  existsSync(COMMANDS[client]) || existsSync(`${COMMANDS[client]}.cpython-311-x86_64-linux-gnu.so`)

export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address ? address.port : 0
}

/** Ends a child: asks, then kills after some seconds. */
export async function endChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), 4000)
  await ended
  clearTimeout(timer)
}

const run = (command: string, args: readonly string[]): Promise<string> =>
  new Promise((resolve) => execFile(command, args, { timeout: 5000 }, (_, stdout) => resolve(stdout)))

async function untilTrue(isTrue: () => Promise<boolean>): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt++) {
    if (await isTrue()) return
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error('the seeder did not get there')
}

async function accepts(port: number): Promise<boolean> {
  return await new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => socket.destroy())
    socket.once('error', () => resolve(false))
    socket.once('close', (hadError) => resolve(!hadError))
  })
}

/** Starts the client on 127.0.0.1 with no discovery of any kind, its files in place and checked. */
export async function startSeeder(client: RealClient, torrent: MadeTorrent): Promise<RealSeeder> {
  const directory = mkdtempSync(join(tmpdir(), 'momoshtrem-seeder-'))
  const file = join(directory, 'a.torrent')
  writeFileSync(join(directory, torrent.name), torrent.content)
  writeFileSync(file, torrent.metadata)
  const port = await freePort()
  const child = await spawnClient(client, directory, file, port, torrent)
  // transmission takes one handshake at a time from an address: a look at its port would stand in the way.
  if (client !== 'transmission') await untilTrue(() => accepts(port))
  return {
    address: `127.0.0.1:${port}`,
    async close() {
      await endChild(child)
      rmSync(directory, { recursive: true, force: true })
    },
  }
}

async function spawnClient(
  client: RealClient,
  directory: string,
  file: string,
  port: number,
  torrent: MadeTorrent,
): Promise<ChildProcess> {
  switch (client) {
    case 'libtorrent':
      return spawn('/usr/bin/python3', ['-c', LIBTORRENT_SEEDER, directory, file, `${port}`], {
        stdio: ['pipe', 'ignore', 'ignore'],
      })
    case 'aria2':
      return spawn(
        COMMANDS.aria2,
        [
          ...['--enable-dht=false', '--enable-dht6=false', '--bt-enable-lpd=false', '--enable-peer-exchange=false'],
          ...['--interface=127.0.0.1', `--listen-port=${port}`, '--check-integrity=true', '--seed-ratio=0'],
          ...[`--dir=${directory}`, '--quiet', file],
        ],
        { stdio: 'ignore' },
      )
    case 'transmission':
      return await spawnTransmission(directory, file, port, torrent)
  }
}

async function spawnTransmission(
  directory: string,
  file: string,
  port: number,
  torrent: MadeTorrent,
): Promise<ChildProcess> {
  const rpcPort = await freePort()
  const settings = {
    'bind-address-ipv4': '127.0.0.1',
    'bind-address-ipv6': '::1',
    'dht-enabled': false,
    'lpd-enabled': false,
    'pex-enabled': false,
    'utp-enabled': false,
    'port-forwarding-enabled': false,
    'peer-port': port,
    'rpc-bind-address': '127.0.0.1',
    'rpc-port': rpcPort,
    'rpc-authentication-required': false,
    'download-dir': directory,
  }
  writeFileSync(join(directory, 'settings.json'), JSON.stringify(settings))
  const child = spawn(COMMANDS.transmission, ['-f', '-g', directory], { stdio: 'ignore' })
  const remote = (...args: string[]) => run('/usr/bin/transmission-remote', [`127.0.0.1:${rpcPort}`, ...args])
  await untilTrue(async () => (await remote('-si')).includes('VERSION'))
  await remote('-a', file)
  await remote('-t', torrent.infoHash, '-v')
  await untilTrue(async () =>
    /State: (?:Seeding|Idle)\n(?:.*\n)*?\s+Percent Done: 100%/.test(await remote('-t', torrent.infoHash, '-i')),
  )
  return child
}
