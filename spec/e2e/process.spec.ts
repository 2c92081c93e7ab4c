import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type Server } from 'node:net'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import { type FilesTorrent, makeFilesTorrent } from '../support/files-torrent.ts'
import { makeContent } from '../support/make-torrent.ts'
import { LOOPBACK_SETTINGS, newDataDir, removeDataDir } from '../support/running-app.ts'
import { ScriptedPeer } from '../support/scripted-peer.ts'

const MAIN = fileURLToPath(new URL('../../lib/main.ts', import.meta.url))

interface Serving {
  readonly child: ChildProcess
  readonly drive: string
  readonly api: string
}

function launch(dataDir: string, settings: Readonly<Record<string, string>> = {}): ChildProcess {
  const env = { PATH: process.env.PATH, ...LOOPBACK_SETTINGS, LOG_FORMAT: 'json', DATA_DIR: dataDir, ...settings }
  return spawn(process.execPath, ['--import', 'tsx', MAIN, 'serve'], { env, stdio: ['ignore', 'pipe', 'pipe'] })
}

async function serve(dataDir: string, settings: Readonly<Record<string, string>> = {}): Promise<Serving> {
  const child = launch(dataDir, settings)
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
  const ended = once(child, 'exit') as Promise<[number | null, string | null]>
  child.kill(signal)
  const [code, by] = await ended
  return code ?? by ?? ''
}

async function refusal(settings: Readonly<Record<string, string>>): Promise<{ code: number | null; stderr: string }> {
  const dataDir = newDataDir()
  const child = launch(dataDir, settings)
  child.stdout?.resume()
  let stderr = ''
  child.stderr?.on('data', (chunk: Buffer) => {
    stderr += chunk.toString()
  })
  const [code] = (await once(child, 'close')) as [number | null]
  removeDataDir(dataDir)
  return { code, stderr: stderr.trim() }
}

async function addTorrent(api: string, torrent: FilesTorrent, peer: ScriptedPeer): Promise<void> {
  const body = JSON.stringify({ magnet_uri: torrent.magnetTo(peer.address) })
  const answer = await fetch(`${api}/api/torrents`, {
    method: 'POST',
    body,
    headers: { 'content-type': 'application/json' },
  })
  expect(answer.status).to.equal(201)
}

describe('the process', function () {
  this.timeout(180_000)

  it('refuses a wrong setting with one line that names it, and exit code 1', async () => {
    const { code, stderr } = await refusal({ CACHE_SIZE_MB: 'plenty' })
    expect(code).to.equal(1)
    expect(stderr.split('\n')).to.have.length(1)
    expect(stderr).to.include('CACHE_SIZE_MB')
  })

  for (const name of ['WEBDAV_PORT', 'API_PORT', 'TORRENT_PORT']) {
    it(`refuses a ${name} that is in use, naming it`, async () => {
      const taken: Server = createServer()
      await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', () => resolve()))
      const address = taken.address()
      const port = typeof address === 'object' && address ? String(address.port) : ''
      const { code, stderr } = await refusal({ [name]: port })
      await new Promise((resolve) => taken.close(resolve))
      expect(code).to.equal(1)
      expect(stderr.split('\n')).to.have.length(1)
      expect(stderr).to.include(name)
    })
  }

  it('refuses a data directory that another process uses', async () => {
    const dataDir = newDataDir()
    const first = await serve(dataDir)
    const second = launch(dataDir)
    second.stdout?.resume()
    let stderr = ''
    second.stderr?.on('data', (chunk: Buffer) => {
      stderr += chunk.toString()
    })
    const [code] = (await once(second, 'close')) as [number | null]
    expect(await end(first.child, 'SIGTERM')).to.equal(0)
    expect(code).to.equal(1)
    expect(stderr).to.include('DATA_DIR')
    removeDataDir(dataDir)
  })

  it('ends within 10 s of SIGTERM with exit code 0, a stalled read and a running add included', async () => {
    const dataDir = newDataDir()
    const torrent = makeFilesTorrent('Stalled.Film.2020.1080p', [
      { path: 'Stalled.Film.2020.1080p.mkv', bytes: makeContent(5_000_000) },
    ])
    const peer = await ScriptedPeer.listen({ torrent, isMute: true })
    const { child, drive, api } = await serve(dataDir)
    await addTorrent(api, torrent, peer)
    const stalled = fetch(`${drive}Movies/Stalled%20Film%20(2020)/Stalled%20Film%20(2020).mkv`).then(
      (answer) => answer.status,
      () => 'cut',
    )
    const adding = fetch(`${api}/api/torrents`, {
      method: 'POST',
      body: JSON.stringify({ magnet_uri: `magnet:?xt=urn:btih:${'ab'.repeat(20)}` }),
      headers: { 'content-type': 'application/json' },
    }).then(
      (answer) => answer.status,
      () => 'cut',
    )
    await new Promise((resolve) => setTimeout(resolve, 500))
    const askedAt = performance.now()
    expect(await end(child, 'SIGTERM')).to.equal(0)
    expect(performance.now() - askedAt).to.be.below(10_000)
    await peer.close()
    removeDataDir(dataDir)
    expect(await stalled).to.be.oneOf([503, 'cut'])
    expect(await adding).to.be.oneOf([503, 'cut'])
  })

  it('goes on after kill -9 in the middle of a film, with no wrong byte', async () => {
    const dataDir = newDataDir()
    const bytes = makeContent(8_000_000)
    const torrent = makeFilesTorrent('Killed.Film.2020.1080p', [{ path: 'Killed.Film.2020.1080p.mkv', bytes }])
    const peer = await ScriptedPeer.listen({ torrent, bytesPerS: 8_000_000 })
    const path = 'Movies/Killed%20Film%20(2020)/Killed%20Film%20(2020).mkv'
    for (let kill = 0; kill < 2; kill++) {
      const { child, drive, api } = await serve(dataDir)
      if (kill === 0) await addTorrent(api, torrent, peer)
      const answer = await fetch(drive + path)
      let read = 0
      try {
        for await (const chunk of answer.body ?? []) {
          read += (chunk as Uint8Array).length
          if (read > 2_000_000 * (kill + 1)) break
        }
      } finally {
        expect(await end(child, 'SIGKILL')).to.equal('SIGKILL')
      }
    }
    const { child, drive } = await serve(dataDir)
    const whole = Buffer.from(await (await fetch(drive + path)).arrayBuffer())
    expect(whole.equals(bytes)).to.equal(true)
    expect(peer.sentBlocks * 16_384).to.be.below(2 * bytes.length)
    expect(await end(child, 'SIGTERM')).to.equal(0)
    await peer.close()
    removeDataDir(dataDir)
  })
})
