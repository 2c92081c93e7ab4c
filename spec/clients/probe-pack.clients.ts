import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { systemClock } from '../../lib/domain/clock.ts'
import { silentLogger } from '../../lib/domain/logger.ts'
import { noMetrics } from '../../lib/domain/metrics.ts'
import { FixedBufferPool } from '../../lib/stream/buffer-pool.ts'
import { TreeRefresher } from '../../lib/tree/refresher.ts'
import { WebdavServer } from '../../lib/webdav/server.ts'
import { Service } from '../fetching/service.ts'
import { makeFilesTorrent } from '../support/files-torrent.ts'
import { hurriedClock } from '../support/hurried-clock.ts'
import { LoopbackSwarm } from '../support/loopback-swarm.ts'
import { until } from '../support/until.ts'
import { missing, skip } from './drive.ts'
import { run } from './service.ts'

const TORRENTS = 10
const FILES = 20
const AT_A_TIME = 4
const MIB = 1024 * 1024

describe('the probe pack and ffprobe', function () {
  this.timeout(300_000)
  let directory: string
  let service: Service
  let trees: TreeRefresher
  let server: WebdavServer

  before(async function () {
    const reason = await missing('ffmpeg', 'ffprobe')
    if (reason !== undefined) skip(this, reason)
    directory = mkdtempSync(join(tmpdir(), 'probe-pack-'))
    const make = (name: string, ...options: readonly string[]): Buffer => {
      const path = join(directory, name)
      const video = [
        '-f',
        'lavfi',
        '-i',
        'testsrc2=duration=60:size=640x360:rate=25',
        '-f',
        'lavfi',
        '-i',
        'sine=duration=60',
      ]
      const rate = ['-c:v', 'libx264', '-preset', 'ultrafast', '-b:v', '300k', '-maxrate', '300k', '-bufsize', '300k']
      execFileSync('ffmpeg', ['-v', 'error', '-y', ...video, '-threads', '1', ...rate, '-c:a', 'aac', ...options, path])
      return readFileSync(path)
    }
    const films = [make('film.mkv'), make('film.mp4')]
    // On a busy machine ffprobe may need seconds to hang up; whoever waits for more than that is no scan.
    service = new Service(await LoopbackSwarm.start(), hurriedClock(1 / 20))
    for (let t = 0; t < TORRENTS; t++) {
      const torrent = makeFilesTorrent(
        `Pack ${t}`,
        Array.from({ length: FILES }, (_, f) => ({
          path: `film ${f}.${f % 2 === 0 ? 'mkv' : 'mp4'}`,
          bytes: films[f % 2] as Buffer,
        })),
        64 * 1024,
      )
      await service.swarm.addPeer({ torrent })
      service.add(torrent)
    }
    const common = { clock: systemClock, logger: silentLogger, metrics: noMetrics }
    const { library } = service
    trees = new TreeRefresher({ ...common, reader: library, onCommitted: (listener) => library.onCommitted(listener) })
    await trees.start()
    server = new WebdavServer({
      ...common,
      host: '127.0.0.1',
      port: 0,
      trees,
      content: service.source,
      buffers: new FixedBufferPool(),
      quota: () => ({ availableBytes: 0, usedBytes: 0 }),
      isReady: () => true,
    })
    service.fetcher.start()
    await until(() => service.probed === TORRENTS * FILES, 180_000)
    await until(() => service.activity.counts().active === 0)
  })
  after(async () => {
    await server?.close()
    await trees?.close()
    await service?.close()
    if (directory) rmSync(directory, { recursive: true })
  })

  it(`${TORRENTS * FILES} films probed, no connection`, async () => {
    const { port } = await server.start()
    const joins = service.joins
    const usedBytes = service.swarm.engine.cache().usedBytes
    const paths = Array.from({ length: TORRENTS * FILES }, (_, i) => {
      const f = i % FILES
      return `Unsorted/Pack ${Math.floor(i / FILES)}/film ${f}.${f % 2 === 0 ? 'mkv' : 'mp4'}`
    })
    const durations: number[] = []
    const probe = async (): Promise<void> => {
      for (let path = paths.pop(); path !== undefined; path = paths.pop()) {
        const url = `http://127.0.0.1:${port}/${path.split('/').map(encodeURIComponent).join('/')}`
        const { code, stdout, stderr } = await run('ffprobe', [
          '-v',
          'error',
          '-show_format',
          '-show_streams',
          '-of',
          'json',
          url,
        ])
        expect(code, `${path}: ${stderr}`).to.equal(0)
        const found = JSON.parse(stdout.toString()) as { streams: unknown[]; format: { duration: string } }
        expect(found.streams).to.have.length(2)
        durations.push(Number(found.format.duration))
      }
    }
    await Promise.all(Array.from({ length: AT_A_TIME }, probe))
    for (const seconds of durations) expect(seconds).to.be.closeTo(60, 0.5)
    expect(durations).to.have.length(TORRENTS * FILES)
    expect(service.joins).to.equal(joins)
    expect(service.swarm.engine.cache().usedBytes).to.equal(usedBytes)
    expect(usedBytes).to.be.below(TORRENTS * FILES * 1.9 * MIB)
  })
})
