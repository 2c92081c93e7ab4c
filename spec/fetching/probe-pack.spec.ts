import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'chai'
import { ActivityManager } from '../../lib/activity/activity-manager.ts'
import { systemClock } from '../../lib/domain/clock.ts'
import { contentId } from '../../lib/domain/ids.ts'
import { silentLogger } from '../../lib/domain/logger.ts'
import { PieceFetcher } from '../../lib/fetching/piece-fetcher.ts'
import { openLibrary } from '../../lib/library/library.ts'
import { detectOn } from '../../lib/stream/file-bytes.ts'
import { TorrentContentSource } from '../../lib/stream/torrent-content-source.ts'
import { parseTorrentMetadata } from '../../lib/torrent/metadata/parse-metadata.ts'
import { mp4 } from '../stream/containers/boxes.ts'
import { type FilesTorrent, makeFilesTorrent } from '../support/files-torrent.ts'
import { LoopbackSwarm, until } from '../support/loopback-swarm.ts'
import { RecordedMetrics } from '../support/recorded-metrics.ts'

const KIB = 1024
const MIB = 1024 * KIB
const never = new AbortController().signal
const TORRENTS = 4
const FILES = 10
/** Films of two and a half minutes whose index stands last. */
const FILM = Buffer.from(mp4({ moovAtEnd: true, mdatBytes: 1900 * KIB, moovBytes: 40 * KIB, seconds: 150 }))

/** The whole of it, but for the WebDAV server and the clock: library, swarms, readers. */
class Service {
  readonly library = openLibrary({ path: ':memory:', logger: silentLogger, clock: systemClock })
  readonly metrics = new RecordedMetrics()
  readonly swarm: LoopbackSwarm
  readonly activity: ActivityManager
  readonly source: TorrentContentSource
  readonly fetcher: PieceFetcher

  constructor(swarm: LoopbackSwarm) {
    const common = { clock: systemClock, logger: silentLogger, metrics: this.metrics }
    const { library } = this
    this.swarm = swarm
    this.activity = new ActivityManager({
      ...common,
      engine: swarm.engine,
      catalog: library,
      idleTimeoutMs: 50,
      startPaused: true,
    })
    this.source = new TorrentContentSource({
      ...common,
      activity: this.activity,
      windows: { headerBytes: 10 * MIB, footerBytes: 5 * MIB, urgentBytes: 8 * MIB, readAheadBytes: 32 * MIB },
      readTimeoutMs: 10_000,
      graceMs: 50,
      containers: library,
    })
    this.fetcher = new PieceFetcher({
      activity: this.activity,
      engine: swarm.engine,
      pins: library,
      containers: library,
      files: (infoHash) => library.findTorrent(infoHash)?.files,
      detect: detectOn,
      pressure: this.source,
      clock: systemClock,
      logger: silentLogger,
      probeTorrents: 2,
      privatePercent: 5,
    })
  }

  add(torrent: FilesTorrent): void {
    this.library.addTorrent(parseTorrentMetadata(torrent.metadata), null, [], false)
    this.activity.added(torrent.infoHash)
    this.fetcher.torrentChanged(torrent.infoHash)
  }

  get connections(): number {
    return this.swarm.discovery.joins
  }

  async close(): Promise<void> {
    await this.fetcher.close()
    this.source.close()
    await this.activity.close()
    await this.swarm.close()
    this.library.close()
  }
}

describe('the probe pack, over real swarms and the real library', function () {
  this.timeout(60_000)
  let service: Service
  let torrents: readonly FilesTorrent[]

  before(async () => {
    torrents = Array.from({ length: TORRENTS }, (_, t) =>
      makeFilesTorrent(
        `pack ${t}`,
        Array.from({ length: FILES }, (_, f) => ({ path: `film ${f}.mp4`, bytes: FILM })),
        64 * KIB,
      ),
    )
    service = new Service(await LoopbackSwarm.start())
    for (const torrent of torrents) await service.swarm.addPeer({ torrent })
    for (const torrent of torrents) service.add(torrent)
    service.fetcher.start()
    const complete = () => service.library.pins().filter(({ isComplete }) => isComplete).length
    await until(() => complete() === TORRENTS * FILES, 45_000)
    await until(() => service.activity.counts().active === 0)
  })
  after(() => service.close())

  /** Opens at `start` to the end of the file, reads on as a socket takes it, and leaves when nothing more comes. */
  const scan = async (torrent: FilesTorrent, fileIndex: number, start: number): Promise<number> => {
    const range = { start, end: FILM.length }
    const reader = await service.source.open(contentId(torrent.infoHash, fileIndex), range, never)
    const leaving = new AbortController()
    const target = Buffer.alloc(256 * KIB)
    let at = start
    while (at < FILM.length) {
      const reading = reader.read(target, at, leaving.signal)
      reading.catch(() => {})
      const count = await Promise.race([reading, sleep(100)])
      if (count === undefined) break
      expect(target.subarray(0, count).equals(FILM.subarray(at, at + count))).to.be.true
      at += count
    }
    leaving.abort(new Error('the scanner left'))
    reader.close()
    return at - start
  }

  it('fetches a part of each film, and knows every container', () => {
    for (const torrent of torrents) {
      expect(service.swarm.engine.stored(torrent.infoHash)).to.be.below(FILES * 1.6 * MIB)
      for (let index = 0; index < FILES; index++) {
        const container = service.library.loadContainer({ infoHash: torrent.infoHash, fileIndex: index })
        expect(container).to.deep.include({ format: 'mp4', durationSeconds: 150 })
      }
    }
  })

  it('lets every film be probed without a connection', async () => {
    const before = service.connections
    expect(before).to.be.at.least(TORRENTS)
    for (const torrent of torrents)
      for (let index = 0; index < FILES; index++) {
        expect(await scan(torrent, index, 0)).to.be.within(MIB, FILM.length - 300 * KIB)
        expect(await scan(torrent, index, FILM.length - 40 * KIB)).to.equal(40 * KIB)
        expect(await scan(torrent, index, FILM.length - 256 * KIB)).to.equal(256 * KIB)
      }
    expect(service.connections).to.equal(before)
    expect(service.activity.counts()).to.deep.include({ active: 0, idle: TORRENTS })
    expect(service.swarm.engine.cache().usedBytes).to.be.below(TORRENTS * FILES * 1.6 * MIB)
  })

  it('plays one all the same', async () => {
    const [torrent] = torrents
    const reader = await service.source.open(contentId(torrent!.infoHash, 3), { start: 0, end: FILM.length }, never)
    const film = Buffer.alloc(FILM.length)
    for (let at = 0; at < film.length; ) at += await reader.read(film.subarray(at), at, never)
    expect(film.equals(FILM)).to.be.true
    reader.close()
  })
})
