import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { freePort } from '../support/free-port.ts'
import { Drive, EPISODES, FILM, fixture, missing, skip } from './drive.ts'
import { newDirectory, removeDirectory } from './service.ts'

const START_MS = 60_000
const PLAY_MS = 60_000

interface Time {
  readonly hours: number
  readonly minutes: number
  readonly seconds: number
  readonly milliseconds: number
}

const secondsOf = ({ hours, minutes, seconds, milliseconds }: Time): number =>
  hours * 3600 + minutes * 60 + seconds + milliseconds / 1000

async function until<T>(limitMs: number, what: string, look: () => Promise<T | undefined>): Promise<T> {
  const endMs = performance.now() + limitMs
  while (performance.now() < endMs) {
    const found = await look()
    if (found !== undefined) return found
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
  throw new Error(`not within ${limitMs} ms: ${what}`)
}

/** Kodi on a virtual screen, with one source of videos, told what to do over JSON-RPC. */
class Kodi {
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

interface KodiFile {
  readonly file: string
  readonly label: string
  readonly filetype: string
  readonly size: number
  readonly lastmodified: string
}

describe('Kodi', function () {
  this.timeout(150_000)
  let reason: string | undefined
  let drive: Drive
  let kodi: Kodi
  let root: string

  before(async function () {
    reason = await missing('kodi', 'xvfb-run')
    if (reason !== undefined) return skip(this, reason)
    drive = await Drive.start({ WEBDAV_USERNAME: 'mufasa', WEBDAV_PASSWORD: 'circle' })
    root = drive.service.driveUrl.replace('http://', 'dav://mufasa:circle@')
    kodi = await Kodi.start(root)
  })
  after(async () => {
    if (reason !== undefined) return
    await kodi.close()
    expect(await drive.close()).to.equal(0)
  })

  const list = async (directory: string): Promise<readonly KodiFile[]> => {
    const properties = ['size', 'lastmodified']
    return (await kodi.call('Files.GetDirectory', { directory, media: 'video', properties })).files
  }
  /** As a person does: from the source down, by the links that Kodi itself shows. */
  const browse = async (path: string): Promise<KodiFile> => {
    let entry: KodiFile | undefined
    for (const name of path.split('/')) {
      entry = (await list(entry?.file ?? root)).find(({ label }) => label === name)
      if (!entry) throw new Error(`not listed: ${name} of ${path}`)
    }
    return entry as KodiFile
  }

  it('has the drive as a source, and directories in it', async () => {
    const { sources } = await kodi.call('Files.GetSources', { media: 'video' })
    expect(sources.map(({ label }: { label: string }) => label)).to.deep.equal(['drive'])
    const entries = await list(root)
    expect(entries.map(({ label, filetype }) => `${filetype} ${label}`)).to.include.members([
      'directory Movies',
      'directory TV Shows',
    ])
  })

  it('lists a season with sizes and dates', async () => {
    for (const [index, path] of EPISODES.entries()) {
      const episode = await browse(path)
      expect(episode.filetype).to.equal('file')
      expect(episode.size).to.equal(fixture(`episode-${index + 1}.mkv`).length)
      expect(episode.lastmodified).to.match(/^20\d\d-\d\d-\d\d \d\d:\d\d:\d\d$/)
    }
  })

  it('stats a film', async () => {
    const { file } = await browse(FILM)
    const properties = ['size', 'mimetype']
    const { filedetails } = await kodi.call('Files.GetFileDetails', { file, media: 'files', properties })
    expect(filedetails).to.include({ size: fixture('film.mp4').length, mimetype: 'video/mp4' })
  })

  it('plays a second of the film, and goes on after a seek', async () => {
    const { file } = await browse(FILM)
    await kodi.call('Player.Open', { item: { file } })
    const position = (atLeastS: number): Promise<number> =>
      until(PLAY_MS, `the player is ${atLeastS} s into the film`, async () => {
        const properties = ['time', 'totaltime', 'speed']
        const player = await kodi.call('Player.GetProperties', { playerid: 1, properties }).catch(() => undefined)
        return player && secondsOf(player.time) >= atLeastS ? secondsOf(player.totaltime) : undefined
      })
    expect(await position(1)).to.be.closeTo(40, 0.5)
    await kodi.call('Player.Seek', { playerid: 1, value: { time: { seconds: 30 } } })
    await position(30.5)
    await kodi.call('Player.Stop', { playerid: 1 })
  })
})
