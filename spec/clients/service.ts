import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { LOOPBACK_SETTINGS } from '../support/running-app.ts'

const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url))
const STOP_MS = 12_000

export interface Ran {
  readonly code: number
  readonly stdout: Buffer
  readonly stderr: string
}

/** Runs a client to its end; never longer than `timeoutMs`. */
export function run(command: string, args: readonly string[], timeoutMs = 150_000): Promise<Ran> {
  return new Promise((resolve) => {
    execFile(
      command,
      args,
      { timeout: timeoutMs, encoding: 'buffer', maxBuffer: 512 * 1024 * 1024 },
      (error, stdout, stderr) => {
        const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 1
        resolve({ code, stdout, stderr: stderr.toString() })
      },
    )
  })
}

/** Ends a child that this process started: asks, waits, then kills. Resolves with its exit code. */
export async function stop(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS)
  await ended
  clearTimeout(timer)
  return child.exitCode
}

const REMOVE_TRIES = 50
const REMOVE_EVERY_MS = 100

export const newDirectory = (name: string): string => mkdtempSync(join(tmpdir(), `momoshtrem-${name}-`))

/** The helpers of a client that was stopped, a browser's before all, may write for a moment longer than it lives. */
export function removeDirectory(path: string): void {
  for (let tries = REMOVE_TRIES; tries > 0; tries--) {
    try {
      rmSync(path, { recursive: true, force: true })
      return
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOTEMPTY' || tries === 1) throw error
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, REMOVE_EVERY_MS)
    }
  }
}

/** The program as people start it, in a process of its own. */
export class Service {
  readonly #child: ChildProcess
  readonly driveUrl: string
  readonly apiUrl: string

  private constructor(child: ChildProcess, urls: { drive: string; api: string }) {
    this.#child = child
    this.driveUrl = urls.drive
    this.apiUrl = urls.api
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  static async start(dataDir: string, settings: Readonly<Record<string, string>> = {}): Promise<Service> {
    const env = { PATH: process.env.PATH, ...LOOPBACK_SETTINGS, LOG_FORMAT: 'json', DATA_DIR: dataDir, ...settings }
    const child = spawn(process.execPath, [MAIN, 'serve'], { env, stdio: ['ignore', 'pipe', 'inherit'] })
    const lines = createInterface({ input: child.stdout })
    for await (const line of lines) {
      const entry = JSON.parse(line) as { msg: string; drive: string; api: string }
      if (entry.msg !== 'serving') continue
      child.stdout.resume()
      return new Service(child, entry)
    }
    throw new Error('the service ended before it served')
  }

  add(metadata: Uint8Array): Promise<void> {
    return this.#post({ torrent: Buffer.from(metadata).toString('base64') })
  }

  addMagnet(magnetUri: string): Promise<void> {
    return this.#post({ magnet_uri: magnetUri })
  }

  async #post(torrent: Readonly<Record<string, string>>): Promise<void> {
    const body = JSON.stringify(torrent)
    const headers = { 'content-type': 'application/json' }
    const answer = await fetch(`${this.apiUrl}/api/torrents`, { method: 'POST', body, headers })
    if (answer.status !== 201) throw new Error(`not added: ${answer.status} ${await answer.text()}`)
  }

  url(path: string): string {
    return this.driveUrl + path.split('/').filter(Boolean).map(encodeURIComponent).join('/')
  }

  /** The exit code after SIGTERM. */
  close(): Promise<number | null> {
    return stop(this.#child)
  }
}
