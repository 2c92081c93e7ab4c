import { expect } from 'chai'
import { ActivityManager } from '../../lib/activity/activity-manager.ts'
import { systemClock } from '../../lib/domain/clock.ts'
import { contentId } from '../../lib/domain/ids.ts'
import { silentLogger } from '../../lib/domain/logger.ts'
import { noMetrics } from '../../lib/domain/metrics.ts'
import { TorrentContentSource } from '../../lib/stream/torrent-content-source.ts'
import { closedAfterEach } from '../support/closed-after-each.ts'
import { failureOf } from '../support/failure-of.ts'
import { LoopbackSwarm } from '../support/loopback-swarm.ts'
import { type MadeTorrent, makeTorrent } from '../support/make-torrent.ts'
import { MemoryCatalog } from '../support/memory-catalog.ts'
import type { ScriptedPeer, ScriptedPeerOptions } from '../support/scripted-peer.ts'
import { until } from '../support/until.ts'

const KIB = 1024
const MIB = 1024 * KIB
const never = new AbortController().signal

class Drive {
  readonly torrent: MadeTorrent
  readonly swarm: LoopbackSwarm
  readonly peer: ScriptedPeer
  readonly activity: ActivityManager
  readonly source: TorrentContentSource

  private constructor(torrent: MadeTorrent, swarm: LoopbackSwarm, peer: ScriptedPeer, readTimeoutMs: number) {
    this.torrent = torrent
    this.swarm = swarm
    this.peer = peer
    const common = { clock: systemClock, logger: silentLogger, metrics: noMetrics }
    const catalog = new MemoryCatalog([torrent.infoHash])
    catalog.source = (infoHash) => ({ infoHash, metadata: torrent.metadata })
    this.activity = new ActivityManager({
      ...common,
      engine: swarm.engine,
      catalog,
      idleTimeoutMs: 60_000,
      startPaused: true,
    })
    const windows = { headerBytes: 0, footerBytes: 0, urgentBytes: 8 * MIB, readAheadBytes: 32 * MIB }
    this.source = new TorrentContentSource({ ...common, activity: this.activity, windows, readTimeoutMs, graceMs: 100 })
  }

  static async start(
    torrent: MadeTorrent,
    peer: Omit<ScriptedPeerOptions, 'torrent'>,
    readTimeoutMs = 10_000,
  ): Promise<Drive> {
    const swarm = await LoopbackSwarm.start()
    return new Drive(torrent, swarm, await swarm.addPeer({ torrent, ...peer }), readTimeoutMs)
  }

  open(start: number) {
    const content = contentId(this.torrent.infoHash, 0)
    return this.source.open(content, { start, end: this.torrent.content.length }, never)
  }

  async close(): Promise<void> {
    this.source.close()
    await this.activity.close()
    await this.swarm.close()
  }
}

describe('readers over a real swarm', () => {
  const kept = closedAfterEach()

  it('scrub: of 20 seeks in two seconds the last is fetched, and the others’ read-ahead is not', async () => {
    const torrent = makeTorrent({ totalBytes: 256 * MIB, pieceBytes: 256 * KIB })
    // A quarter of what 20 first windows of a MiB each would take in that time.
    const drive = kept(await Drive.start(torrent, { bytesPerS: 2 * MIB, delayMs: 20 }))
    const target = Buffer.alloc(64 * KIB)
    const downloaded = (): number => drive.swarm.engine.get(torrent.infoHash)?.stats().downloadedBytes ?? 0
    for (let seek = 1; seek <= 20; seek++) {
      const position = ((seek * 37) % 240) * MIB
      const reader = await drive.open(position)
      const leaving = new AbortController()
      const reading = reader.read(target, position, leaving.signal)
      if (seek < 20) {
        const settled = Promise.allSettled([reading])
        await new Promise((resolve) => setTimeout(resolve, 80))
        leaving.abort(new Error('seek'))
        reader.close()
        await settled
        continue
      }
      const before = downloaded()
      expect(await reading).to.be.above(0)
      expect(downloaded() - before).to.be.below(4 * MIB)
      expect(target.equals(torrent.content.subarray(position, position + 64 * KIB))).to.be.true
      await until(() => drive.swarm.engine.stored(torrent.infoHash) > 0)
      const asked = drive.peer.requests.length
      await new Promise((resolve) => setTimeout(resolve, 300))
      const last = drive.peer.requests.slice(asked)
      const [first, end] = [torrent.layout.pieceAt(position), torrent.layout.pieceAt(position + 2 * MIB)]
      for (const { piece } of last) expect(piece).to.be.within(first, end)
      reader.close()
    }
  })

  it('bear a piece of 16 MiB from a slow peer that takes several time-outs', async () => {
    const torrent = makeTorrent({ totalBytes: 16 * MIB, pieceBytes: 16 * MIB })
    const drive = kept(await Drive.start(torrent, { bytesPerS: 6 * MIB }, 800))
    const reader = await drive.open(0)
    const startedMs = performance.now()
    const target = Buffer.alloc(64 * KIB)
    expect(await reader.read(target, 0, never)).to.equal(64 * KIB)
    expect(performance.now() - startedMs).to.be.above(2 * 800)
  })

  it('time out on a peer that takes requests and sends nothing', async () => {
    const torrent = makeTorrent({ totalBytes: MIB, pieceBytes: 256 * KIB })
    const drive = kept(await Drive.start(torrent, { isMute: true }, 400))
    const reader = await drive.open(0)
    expect(await failureOf(reader.read(Buffer.alloc(10), 0, never))).to.deep.include({ code: 'timeout' })
  })
})
