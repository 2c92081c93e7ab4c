import { type ChildProcess, execFile, fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, existsSync, mkdirSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { endChild } from '../real-seeder.ts'
import { addTorrentFile, startService } from '../service-process.ts'
import type { RivalName } from './rival-process.ts'
import { retried, type System } from './system.ts'

const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url))
const MODULES = join(tmpdir(), 'momoshtrem-rivals')
const SUFFIX = '.mkv'

/** Whether a HEAD of the URL is answered with 200. */
const isServed = (url: string): Promise<true | undefined> =>
  new Promise((resolve) => {
    const asked = request(url, { method: 'HEAD' }, (response) => {
      response.resume()
      resolve(response.statusCode === 200 ? true : undefined)
    })
    asked.once('error', () => resolve(undefined))
    asked.end()
  })

/** With the settings that users get: those of specs leave a torrent that was added off the network. */
export const asInstalled = (engine: 'torrent-stream' | 'wire'): Readonly<Record<string, string>> => ({
  TORRENT_ENGINE: engine,
  CACHE_SIZE_MB: '2048',
  PROBE_TORRENTS: '2',
})

/** The whole service, read through its drive. A film named `Title (Year)`, so its place in the drive is known. */
export const ours = (engine: 'torrent-stream' | 'wire', main?: string): System => ({
  name: engine === 'wire' ? 'ours (wire)' : 'ours (torrent-stream)',
  async start(swarm, directory) {
    const service = await startService(directory, asInstalled(engine), main)
    return {
      pid: service.pid,
      async play() {
        await addTorrentFile(service.api, swarm.metadata)
        const title = encodeURIComponent(swarm.name.slice(0, -SUFFIX.length))
        const url = `${service.drive}Movies/${title}/${encodeURIComponent(swarm.name)}`
        await retried(() => isServed(url))
        return url
      },
      close: () => service.close(),
    }
  },
})

/** Packages of npm with the smallest web server over them. */
export const npmRival = (client: RivalName): System => ({
  name: client,
  async start(swarm, directory) {
    const order = { client, modules: MODULES, directory, metadataPath: swarm.metadataPath }
    const child = fork(here('rival-process.ts'), [JSON.stringify(order)])
    await once(child, 'message')
    return {
      pid: child.pid ?? 0,
      async play() {
        child.send('play')
        const [url] = (await once(child, 'message', { signal: AbortSignal.timeout(10_000) })) as [string]
        return url
      },
      close: () => endChild(child),
    }
  },
})

/** libtorrent behind FUSE. It has nothing to start without a torrent: its start counts as a cold one. */
export const btfs: System = {
  name: 'btfs',
  async start(swarm, directory) {
    const mount = join(directory, 'mount')
    mkdirSync(mount)
    let child: ChildProcess | undefined
    return {
      get pid() {
        return child?.pid ?? 0
      },
      async play() {
        const args = ['-f', `--data-directory=${join(directory, 'data')}`, swarm.metadataPath, mount]
        child = spawn('btfs', args, { stdio: 'ignore' })
        const film = join(mount, swarm.name)
        return await retried(async () => (existsSync(film) ? film : undefined))
      },
      async close() {
        await new Promise((resolve) => execFile('umount', ['-l', mount], resolve))
        if (child) await endChild(child)
      },
    }
  },
}

/** Fetched into a directory of its own the first time. */
async function installWebtorrent(): Promise<boolean> {
  const installed = join(MODULES, 'node_modules/webtorrent')
  mkdirSync(MODULES, { recursive: true })
  copyFileSync(here('package.json'), join(MODULES, 'package.json'))
  const args = ['install', '--ignore-scripts', '--no-audit', '--no-fund']
  if (!existsSync(installed)) {
    await new Promise((resolve) => execFile('npm', args, { cwd: MODULES, timeout: 60_000 }, resolve))
  }
  return existsSync(installed)
}

/** Ours and those of the others that are installed. `mains`: the program's entry in other builds, to compare with. */
export async function allSystems(mains: readonly string[]): Promise<readonly System[]> {
  const others = mains.flatMap((main, index) =>
    (['torrent-stream', 'wire'] as const).map((engine) => {
      const system = ours(engine, main)
      return { ...system, name: `${system.name}, build ${index + 1}` }
    }),
  )
  return [
    ...(mains.length > 0 ? others : [ours('torrent-stream'), ours('wire')]),
    npmRival('torrent-stream'),
    ...((await installWebtorrent()) ? [npmRival('webtorrent')] : []),
    ...(existsSync('/usr/bin/btfs') && existsSync('/dev/fuse') ? [btfs] : []),
  ]
}
