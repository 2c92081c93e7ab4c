import { expect } from 'chai'
import type { App } from '../../lib/app.ts'
import { makeFilesTorrent } from '../support/files-torrent.ts'
import { makeContent } from '../support/make-torrent.ts'
import { callApi, newDataDir, readFile, removeDataDir, startApp } from '../support/running-app.ts'
import { ScriptedPeer } from '../support/scripted-peer.ts'
import { until } from '../support/until.ts'

const MIB = 1024 * 1024
const film = makeFilesTorrent(
  'Bigger.Than.The.Cache.2017.1080p.BluRay.x264-DEMO',
  [{ path: 'Bigger.Than.The.Cache.2017.1080p.BluRay.x264-DEMO.mkv', bytes: makeContent(64 * MIB, 3) }],
  512 * 1024,
)
const FILM = '/Movies/Bigger Than The Cache (2017)/Bigger Than The Cache (2017).mkv'

describe('a cache smaller than the film', () => {
  let dataDir: string
  let app: App
  const peers: ScriptedPeer[] = []

  before(async () => {
    dataDir = newDataDir()
    for (const host of ['127.0.0.1', '127.0.0.2', '127.0.0.3']) {
      peers.push(await ScriptedPeer.listen({ torrent: film, host, delayMs: 5 }))
    }
    app = await startApp(dataDir, { CACHE_SIZE_MB: '16', READ_TIMEOUT_S: '20' })
    const named = peers.map((peer) => `&x.pe=${peer.address}`).join('')
    const added = await callApi(app, '/api/torrents', { magnet_uri: film.magnetUri + named })
    expect(added.status).to.equal(201)
  })

  after(async () => {
    await app.close()
    for (const peer of peers) await peer.close()
    removeDataDir(dataDir)
  })

  const usedBytes = async (): Promise<number> => (await callApi(app, '/api/status')).json.cache.used_bytes

  /** Pieces that wait to be written count too, and make room once they are. */
  const untilWritten = () => until(async () => (await usedBytes()) <= 16 * MIB + 512 * 1024, 10_000)

  it('plays it through, within the cap to one piece', async () => {
    const whole = await readFile(app, FILM)
    expect(whole.status).to.equal(200)
    expect(whole.bytes.equals(film.content)).to.equal(true)
    await untilWritten()
  })

  it('serves eight readers that jump about, each its own right bytes', async () => {
    const reader = async (number: number): Promise<void> => {
      for (let turn = 0; turn < 6; turn++) {
        const start = ((number * 31 + turn * 17) * 1_234_567) % (film.content.length - 300_000)
        const part = await readFile(app, FILM, `bytes=${start}-${start + 299_999}`)
        expect(part.status).to.equal(206)
        expect(part.bytes.equals(film.content.subarray(start, start + 300_000))).to.equal(true)
      }
    }
    await Promise.all(Array.from({ length: 8 }, (_, number) => reader(number)))
    await untilWritten()
  })

  it('says through the drive how much room the cache has', async () => {
    await untilWritten()
    const body = '<propfind xmlns="DAV:"><prop><quota-available-bytes/><quota-used-bytes/></prop></propfind>'
    const answer = await fetch(app.webdavUrl, { method: 'PROPFIND', headers: { depth: '0' }, body })
    const text = await answer.text()
    const used = Number(/quota-used-bytes>(\d+)</.exec(text)?.[1])
    const available = Number(/quota-available-bytes>(\d+)</.exec(text)?.[1])
    expect(used).to.be.greaterThan(0)
    expect(used + available).to.be.within(16 * MIB, 17 * MIB)
  })
})
