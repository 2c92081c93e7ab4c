import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { dirname, join } from 'node:path'
import type { FilesTorrent } from '../support/files-torrent.ts'
import { newDirectory, removeDirectory, run, stop } from './service.ts'

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (typeof address !== 'object' || !address) throw new Error('no port')
  return address.port
}

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
    await daemon.#until(async () => (await daemon.#remote('-si')).code === 0)
    return daemon
  }

  /** Puts the files there first, so that it has everything after its check. */
  async seed(torrent: FilesTorrent): Promise<void> {
    for (const file of torrent.files) {
      const path = join(this.downloads, torrent.name, file.path)
      mkdirSync(dirname(path), { recursive: true })
      writeFileSync(path, file.bytes)
    }
    const file = join(this.#config, 'added.torrent')
    writeFileSync(file, torrent.metadata)
    await this.#remote('-a', file)
    await this.#remote('-t', torrent.infoHash, '-v')
    await this.#until(async () =>
      /State: (?:Seeding|Idle)\n(?:.*\n)*?\s+Percent Done: 100%/.test(await this.#info(torrent)),
    )
  }

  async close(): Promise<void> {
    await stop(this.#child)
    removeDirectory(this.downloads)
    removeDirectory(this.#config)
  }

  async #info(torrent: FilesTorrent): Promise<string> {
    return (await this.#remote('-t', torrent.infoHash, '-i')).stdout.toString()
  }

  #remote(...args: string[]) {
    return run('transmission-remote', [`127.0.0.1:${this.#rpcPort}`, ...args], 5000)
  }

  async #until(isTrue: () => Promise<boolean>): Promise<void> {
    for (let attempt = 0; attempt < 150; attempt++) {
      if (await isTrue()) return
      await new Promise((resolve) => setTimeout(resolve, 200))
    }
    throw new Error('transmission did not get there')
  }
}
