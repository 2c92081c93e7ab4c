import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Transmission } from '../clients/transmission.ts'
import { freePort } from '../support/free-port.ts'
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

/** Ends a child: asks, then kills after some seconds. */
export async function endChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), 4000)
  await ended
  clearTimeout(timer)
}

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
  if (client === 'transmission') {
    const daemon = await Transmission.start()
    await daemon.seed(torrent)
    return { address: `127.0.0.1:${daemon.peerPort}`, close: () => daemon.close() }
  }
  const directory = mkdtempSync(join(tmpdir(), 'momoshtrem-seeder-'))
  const file = join(directory, 'a.torrent')
  writeFileSync(join(directory, torrent.name), torrent.content)
  writeFileSync(file, torrent.metadata)
  const port = await freePort()
  const child = spawnClient(client, directory, file, port)
  await untilTrue(() => accepts(port))
  return {
    address: `127.0.0.1:${port}`,
    async close() {
      await endChild(child)
      rmSync(directory, { recursive: true, force: true })
    },
  }
}

function spawnClient(
  client: Exclude<RealClient, 'transmission'>,
  directory: string,
  file: string,
  port: number,
): ChildProcess {
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
  }
}
