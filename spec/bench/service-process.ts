import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { LOOPBACK_SETTINGS } from '../support/running-app.ts'
import { NODE_FLAGS } from './node-flags.ts'

const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url))

/** The built program in a process of its own, so that the load of a bench is not its own. */
export interface ServiceProcess {
  readonly pid: number
  readonly drive: string
  readonly api: string
  close(): Promise<void>
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return
  const ended = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGTERM')
  await ended
}

/** `main` is the entry of another build. */
export async function startService(
  dataDir: string,
  settings: Readonly<Record<string, string>> = {},
  main = MAIN,
): Promise<ServiceProcess> {
  const env = {
    PATH: process.env.PATH,
    MALLOC_ARENA_MAX: '2',
    ...LOOPBACK_SETTINGS,
    LOG_FORMAT: 'json',
    DATA_DIR: dataDir,
    ...settings,
  }
  const child = spawn(process.execPath, [...NODE_FLAGS, main, 'serve'], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  for await (const line of createInterface({ input: child.stdout })) {
    const entry = JSON.parse(line) as { msg: string; drive: string; api: string }
    if (entry.msg !== 'serving') continue
    child.stdout.resume()
    return { pid: child.pid ?? 0, drive: entry.drive, api: entry.api, close: () => end(child) }
  }
  throw new Error('the service ended before it served')
}

export async function addTorrentFile(api: string, metadata: Uint8Array): Promise<void> {
  const answer = await fetch(`${api}/api/torrents`, {
    method: 'POST',
    body: JSON.stringify({ torrent: Buffer.from(metadata).toString('base64') }),
    headers: { 'content-type': 'application/json', connection: 'close' },
  })
  if (answer.status !== 201) throw new Error(`not added: ${answer.status}`)
}
