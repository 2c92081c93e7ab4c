import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePort } from '../support/free-port.ts'
import { newDirectory, removeDirectory } from './service.ts'

const START_MS = 120_000

/** What `look` finds within `limitMs`. */
export async function until<T>(limitMs: number, what: string, look: () => Promise<T | undefined>): Promise<T> {
  const endMs = performance.now() + limitMs
  while (performance.now() < endMs) {
    const found = await look()
    if (found !== undefined) return found
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
  throw new Error(`not within ${limitMs} ms: ${what}`)
}

/** Kodi on a virtual screen, with one source of videos, told what to do over JSON-RPC. */
export class Kodi {
  readonly #child: ChildProcess
  readonly #home: string
  readonly #port: number

  private constructor(child: ChildProcess, home: string, port: number) {
    this.#child = child
    this.#home = home
    this.#port = port
  }

  static async start(source: string): Promise<Kodi> {
    const home = newDirectory('kodi')
    const port = await freePort()
    const userdata = join(home, '.kodi', 'userdata')
    mkdirSync(userdata, { recursive: true })
    const settings: Readonly<Record<string, string | number>> = {
      'services.webserver': 'true',
      'services.webserverport': port,
      'services.webserverauthentication': 'false',
      'services.esenabled': 'false',
      'services.zeroconf': 'false',
    }
    const lines = Object.entries(settings).map(([id, value]) => `<setting id="${id}">${value}</setting>`)
    writeFileSync(join(userdata, 'guisettings.xml'), `<settings version="2">${lines.join('')}</settings>`)
    writeFileSync(
      join(userdata, 'sources.xml'),
      `<sources><video><source><name>drive</name><path pathversion="1">${source}</path></source></video></sources>`,
    )
    writeFileSync(join(home, '.asoundrc'), 'pcm.!default { type null }\nctl.!default { type null }\n')
    // A group of its own, so that the screen and the player end together.
    const child = spawn(
      'xvfb-run',
      ['-a', '-s', '-screen 0 640x360x24', 'kodi', '--standalone', '--audio-backend=alsa'],
      {
        env: { PATH: process.env.PATH, HOME: home, XDG_RUNTIME_DIR: home },
        cwd: home,
        stdio: 'ignore',
        detached: true,
      },
    )
    const kodi = new Kodi(child, home, port)
    const ping = (): Promise<unknown> => kodi.call('JSONRPC.Ping').catch(() => undefined)
    try {
      await until(START_MS, 'Kodi answers', ping)
    } catch (error) {
      await kodi.close()
      throw error
    }
    return kodi
  }

  /** The database of its video library. */
  get videoDatabase(): string {
    const directory = join(this.#home, '.kodi', 'userdata', 'Database')
    const [name] = readdirSync(directory).filter((file) => /^MyVideos\d+\.db$/.test(file))
    if (name === undefined) throw new Error('Kodi made no video library')
    return join(directory, name)
  }

  // biome-ignore lint/suspicious/noExplicitAny: JSON of any shape, looked at by the spec
  async call(method: string, params: unknown = {}): Promise<any> {
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params })
    const headers = { 'content-type': 'application/json' }
    const answer = await fetch(`http://127.0.0.1:${this.#port}/jsonrpc`, { method: 'POST', body, headers })
    const { result, error } = (await answer.json()) as { result?: unknown; error?: unknown }
    if (error !== undefined) throw new Error(`${method}: ${JSON.stringify(error)}`)
    return result
  }

  async close(): Promise<void> {
    const ended = once(this.#child, 'exit')
    await this.call('Application.Quit').catch(() => {})
    const timer = setTimeout(() => process.kill(-(this.#child.pid ?? 0), 'SIGKILL'), 15_000)
    if (this.#child.exitCode === null && this.#child.signalCode === null) await ended
    clearTimeout(timer)
    removeDirectory(this.#home)
  }
}
