import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type Server } from 'node:net'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import { type FilesTorrent, makeFilesTorrent } from '../support/files-torrent.ts'
import { makeContent } from '../support/make-torrent.ts'
import { LOOPBACK_SETTINGS, newDataDir, removeDataDir } from '../support/running-app.ts'
import { ScriptedPeer, type ScriptedPeerOptions } from '../support/scripted-peer.ts'
import { until } from '../support/until.ts'

const MAIN = fileURLToPath(new URL('../../lib/main.ts', import.meta.url))

interface Serving {
  readonly child: ChildProcess
  readonly drive: string
  readonly api: string
}

describe('the process', function () {
  this.timeout(180_000)

  let dataDir: string
  let children: ChildProcess[]
  let peers: ScriptedPeer[]
  let taken: Server | undefined

  beforeEach(() => {
    dataDir = newDataDir()
    children = []
    peers = []
  })
  /** Whatever became of the spec: what it started would keep the run from ending. */
  afterEach(async () => {
    for (const child of children) await end(child, 'SIGKILL')
    for (const peer of peers) await peer.close()
    taken?.close()
    taken = undefined
    removeDataDir(dataDir)
  })

  function launch(settings: Readonly<Record<string, string>> = {}): ChildProcess {
    const env = { PATH: process.env.PATH, ...LOOPBACK_SETTINGS, LOG_FORMAT: 'json', DATA_DIR: dataDir, ...settings }
    const child = spawn(process.execPath, ['--import', 'tsx', MAIN, 'serve'], {
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    children.push(child)
    return child
  }

  async function serve(): Promise<Serving> {
    const child = launch()
    child.stderr?.resume()
    for await (const line of createInterface({ input: child.stdout as NodeJS.ReadableStream })) {
      const entry = JSON.parse(line) as { msg: string; drive: string; api: string }
      if (entry.msg !== 'serving') continue
      child.stdout?.resume()
      return { child, drive: entry.drive, api: entry.api }
    }
    throw new Error('the service ended before it served')
  }

  /** The exit code, or the signal that ended it. */
  async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<number | string> {
    if (child.exitCode === null && child.signalCode === null) {
      const ended = once(child, 'exit')
      child.kill(signal)
      await ended
    }
    return child.exitCode ?? child.signalCode ?? ''
  }

  async function refusal(settings: Readonly<Record<string, string>> = {}): Promise<string> {
    const child = launch(settings)
    child.stdout?.resume()
    let stderr = ''
    child.stderr?.on('data', (chunk: Buffer) => {
      stderr += chunk.toString()
    })
    const [code] = (await once(child, 'close')) as [number | null]
    expect(code).to.equal(1)
    expect(stderr.trim().split('\n')).to.have.length(1)
    return stderr
  }

  async function seed(torrent: FilesTorrent, options: Partial<ScriptedPeerOptions>): Promise<ScriptedPeer> {
    const peer = await ScriptedPeer.listen({ torrent, ...options })
    peers.push(peer)
    return peer
  }

  const post = (api: string, magnetUri: string): Promise<Response> =>
    fetch(`${api}/api/torrents`, {
      method: 'POST',
      body: JSON.stringify({ magnet_uri: magnetUri }),
      headers: { 'content-type': 'application/json' },
    })

  /** Adds the film of a peer; the answer waits for the drive to show it, but not for ever. */
  async function addFilm({ api, drive }: Serving, magnetUri: string, path: string): Promise<void> {
    expect((await post(api, magnetUri)).status).to.equal(201)
    await until(async () => (await fetch(drive + path, { method: 'HEAD' })).status === 200)
  }

  it('refuses a wrong setting with one line that names it, and exit code 1', async () => {
    expect(await refusal({ CACHE_SIZE_MB: 'plenty' })).to.include('CACHE_SIZE_MB')
  })

  for (const name of ['WEBDAV_PORT', 'API_PORT', 'TORRENT_PORT']) {
    it(`refuses a ${name} that is in use, naming it`, async () => {
      taken = createServer().listen(0, '127.0.0.1')
      await once(taken, 'listening')
      const address = taken.address()
      const port = typeof address === 'object' && address ? String(address.port) : ''
      expect(await refusal({ [name]: port })).to.include(name)
    })
  }

  it('refuses a data directory that another process uses', async () => {
    const first = await serve()
    expect(await refusal()).to.include('DATA_DIR')
    expect(await end(first.child, 'SIGTERM')).to.equal(0)
  })

  it('ends soon after SIGTERM with exit code 0, a stalled read and a running add included', async () => {
    const torrent = makeFilesTorrent('Stalled.Film.2020.1080p', [
      { path: 'Stalled.Film.2020.1080p.mkv', bytes: makeContent(5_000_000) },
    ])
    const peer = await seed(torrent, { isMute: true })
    const serving = await serve()
    const path = 'Movies/Stalled%20Film%20(2020)/Stalled%20Film%20(2020).mkv'
    await addFilm(serving, torrent.magnetTo(peer.address), path)
    const { child, drive, api } = serving
    const outcome = (answer: Promise<Response>) =>
      answer.then(
        ({ status }) => status,
        () => 'cut',
      )
    const adding = outcome(post(api, `magnet:?xt=urn:btih:${'ab'.repeat(20)}`))
    const stalled = outcome(fetch(drive + path))
    await until(() => peer.requests.length > 0)
    await until(async () => /"info_hash"/.test(await (await fetch(`${api}/api/torrents/adding`)).text()))
    const askedAt = performance.now()
    expect(await end(child, 'SIGTERM')).to.equal(0)
    // A read may wait for 60 s, an add too; both are given some seconds.
    expect(performance.now() - askedAt).to.be.below(25_000)
    expect(await stalled).to.be.oneOf([503, 'cut'])
    expect(await adding).to.be.oneOf([503, 'cut'])
  })

  it('goes on after kill -9 in the middle of a film, with no wrong byte', async () => {
    const bytes = makeContent(8_000_000)
    const torrent = makeFilesTorrent('Killed.Film.2020.1080p', [{ path: 'Killed.Film.2020.1080p.mkv', bytes }])
    const peer = await seed(torrent, { bytesPerS: 8_000_000 })
    const path = 'Movies/Killed%20Film%20(2020)/Killed%20Film%20(2020).mkv'
    for (let kill = 0; kill < 2; kill++) {
      const serving = await serve()
      const { child, drive } = serving
      if (kill === 0) await addFilm(serving, torrent.magnetTo(peer.address), path)
      const answer = await fetch(drive + path)
      let read = 0
      for await (const chunk of answer.body ?? []) {
        read += (chunk as Uint8Array).length
        if (read > 2_000_000 * (kill + 1)) break
      }
      expect(await end(child, 'SIGKILL')).to.equal('SIGKILL')
    }
    const { child, drive } = await serve()
    const whole = Buffer.from(await (await fetch(drive + path)).arrayBuffer())
    expect(whole.equals(bytes)).to.equal(true)
    expect(peer.sentBlocks * 16_384).to.be.below(2 * bytes.length)
    expect(await end(child, 'SIGTERM')).to.equal(0)
  })
})
