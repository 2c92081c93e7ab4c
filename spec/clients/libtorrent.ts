import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { endChild } from '../bench/real-seeder.ts'
import type { MadeTorrent } from '../support/make-torrent.ts'
import { until } from '../support/until.ts'

const LIMIT_MS = 60_000
const PACKAGES = '/usr/lib/python3/dist-packages'

export const hasLibtorrent =
  existsSync('/usr/bin/python3') &&
  existsSync(PACKAGES) &&
  readdirSync(PACKAGES).some((name) => name.startsWith('libtorrent'))

const SCRIPT = `
import json, libtorrent as lt, sys, time
order = json.loads(sys.argv[1])
settings = {'listen_interfaces': order['host'] + ':' + str(order['port']), 'enable_dht': False, 'enable_lsd': False,
  'enable_upnp': False, 'enable_natpmp': False, 'allow_multiple_connections_per_ip': True, 'alert_mask': 0}
settings.update(order['settings'])
session = lt.session(settings)
options = {'ti': lt.torrent_info(order['torrent']), 'save_path': order['directory']}
if order['seeds']:
  options['flags'] = lt.torrent_flags.seed_mode
handle = session.add_torrent(options)
for _ in range(100):
  if session.listen_port() > 0: break
  time.sleep(0.05)
print(json.dumps({'port': session.listen_port()}), flush=True)
if order['peer']:
  handle.connect_peer((order['peer'][0], order['peer'][1]))
seen = set()
while True:
  for peer in handle.get_peer_info():
    flags = int(peer.flags)
    if flags & int(lt.peer_info.handshake) or flags & int(lt.peer_info.connecting): continue
    way = ('utp' if flags & (1 << 17) else 'tcp') + (' rc4' if flags & int(lt.peer_info.rc4_encrypted) else '')
    if way not in seen:
      seen.add(way)
      print(json.dumps({'way': way}), flush=True)
  if not order['seeds'] and handle.status().is_seeding:
    print(json.dumps({'done': True}), flush=True)
    break
  time.sleep(0.05)
sys.stdin.read()
`

export interface LibtorrentOptions {
  readonly torrent: MadeTorrent
  readonly host?: string
  /** Left out, it has everything; else it fetches from there. */
  readonly from?: { readonly host: string; readonly port: number }
  readonly settings?: Readonly<Record<string, number | boolean>>
}

/** A session of libtorrent with one torrent. */
export class Libtorrent {
  readonly #child: ChildProcess
  readonly #directory = mkdtempSync(join(tmpdir(), 'momoshtrem-libtorrent-'))
  readonly #torrent: MadeTorrent
  readonly #host: string
  /** How peers were connected: `tcp`, `tcp rc4`, `utp`, `utp rc4`. */
  readonly ways: string[] = []
  #port = 0
  #isDone = false

  private constructor(options: LibtorrentOptions) {
    const { torrent, host = '127.0.0.1', from, settings = {} } = options
    this.#torrent = torrent
    this.#host = host
    const file = join(this.#directory, 'a.torrent')
    writeFileSync(file, torrent.metadata)
    if (!from) writeFileSync(join(this.#directory, torrent.name), torrent.content)
    const order = {
      host: host.includes(':') ? `[${host}]` : host,
      port: 0,
      torrent: file,
      directory: this.#directory,
      seeds: from === undefined,
      peer: from ? [from.host, from.port] : null,
      settings,
    }
    this.#child = spawn('/usr/bin/python3', ['-c', SCRIPT, JSON.stringify(order)], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    createInterface({ input: this.#child.stdout! }).on('line', (line) => {
      const told = JSON.parse(line) as { port?: number; way?: string; done?: boolean }
      if (told.port) this.#port = told.port
      if (told.way) this.ways.push(told.way)
      if (told.done) this.#isDone = true
    })
  }

  static async start(options: LibtorrentOptions): Promise<Libtorrent> {
    const client = new Libtorrent(options)
    await until(() => client.#port > 0, LIMIT_MS)
    return client
  }

  get port(): number {
    return this.#port
  }

  get address(): string {
    return this.#host.includes(':') ? `[${this.#host}]:${this.#port}` : `${this.#host}:${this.#port}`
  }

  /** What it fetched, once that is everything. */
  async content(): Promise<Buffer> {
    await until(() => this.#isDone, LIMIT_MS)
    // Told done, it may still be writing.
    const path = join(this.#directory, this.#torrent.name)
    await until(() => existsSync(path) && readFileSync(path).length === this.#torrent.content.length)
    return readFileSync(path)
  }

  async close(): Promise<void> {
    await endChild(this.#child)
    rmSync(this.#directory, { recursive: true, force: true })
  }
}
