import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { FilesTorrent } from '../support/files-torrent.ts'
import { freePort } from '../support/free-port.ts'
import type { MadeTorrent } from '../support/make-torrent.ts'
import { until } from '../support/until.ts'
import { newDirectory, removeDirectory, run, stop } from './service.ts'

const START_MS = 60_000

/** transmission-daemon on 127.0.0.1 with no discovery but trackers. */
export class Transmission {
  readonly downloads = newDirectory('transmission')
  readonly #config = newDirectory('transmission-config')
  readonly #child: ChildProcess
  readonly #rpcPort: number
  readonly peerPort: number

  private constructor(rpcPort: number, peerPort: number, further: Readonly<Record<string, unknown>>) {
    this.#rpcPort = rpcPort
    this.peerPort = peerPort
    const settings = {
      'bind-address-ipv4': '127.0.0.1',
      'bind-address-ipv6': '::1',
      'dht-enabled': false,
      'lpd-enabled': false,
      'pex-enabled': false,
      'utp-enabled': false,
      'port-forwarding-enabled': false,
      'peer-port': peerPort,
      'rpc-bind-address': '127.0.0.1',
      'rpc-port': rpcPort,
      'rpc-authentication-required': false,
      'rpc-whitelist-enabled': false,
      'download-dir': this.downloads,
      ...further,
    }
    writeFileSync(join(this.#config, 'settings.json'), JSON.stringify(settings))
    this.#child = spawn('transmission-daemon', ['-f', '-g', this.#config], { stdio: 'ignore' })
  }

  /** `further` are settings of its own file. */
  static async start(further: Readonly<Record<string, unknown>> = {}): Promise<Transmission> {
    const daemon = new Transmission(await freePort(), await freePort(), further)
    await until(async () => (await daemon.#remote('-si')).code === 0, START_MS)
    return daemon
  }

  /** Puts the files there first, so that it has everything after its check. */
  async seed(torrent: MadeTorrent | FilesTorrent): Promise<void> {
    const files = 'files' in torrent ? torrent.files : [{ path: '', bytes: torrent.content }]
    for (const { path, bytes } of files) {
      const target = join(this.downloads, torrent.name, path)
      mkdirSync(dirname(target), { recursive: true })
      writeFileSync(target, bytes)
    }
    const file = join(this.#config, 'added.torrent')
    writeFileSync(file, torrent.metadata)
    await this.#remote('-a', file)
    await this.#remote('-t', torrent.infoHash, '-v')
    const isSeeding = /State: (?:Seeding|Idle)\n(?:.*\n)*?\s+Percent Done: 100%/
    await until(async () => isSeeding.test(await this.#info(torrent)), START_MS)
  }

  async close(): Promise<void> {
    await stop(this.#child)
    removeDirectory(this.downloads)
    removeDirectory(this.#config)
  }

  async #info(torrent: MadeTorrent): Promise<string> {
    return (await this.#remote('-t', torrent.infoHash, '-i')).stdout.toString()
  }

  #remote(...args: string[]) {
    return run('transmission-remote', [`127.0.0.1:${this.#rpcPort}`, ...args], 5000)
  }
}
