import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '../../lib/domain/clock.ts'
import { silentLogger } from '../../lib/domain/logger.ts'
import { noMetrics } from '../../lib/domain/metrics.ts'
import { DiskPieceStore } from '../../lib/torrent/store/disk-piece-store.ts'
import type { PieceStore } from '../../lib/torrent/store/piece-store.ts'
import { torrentContract } from '../contract/torrent.ts'
import { LoopbackSwarm, WAIT_MS } from '../support/loopback-swarm.ts'
import { makeTorrent } from '../support/make-torrent.ts'
import { MemoryPieceStore } from '../support/memory-piece-store.ts'

const STORES: Record<'memory' | 'disk', (directory: string) => Promise<PieceStore>> = {
  memory: () => Promise.resolve(new MemoryPieceStore()),
  disk: (directory) =>
    DiskPieceStore.open({
      directory,
      capBytes: 1 << 30,
      clock: systemClock,
      logger: silentLogger,
      metrics: noMetrics,
    }),
}

const CASES = [
  ['torrent-stream', 'memory'],
  ['torrent-stream', 'disk'],
  ['wire', 'memory'],
  ['wire', 'disk'],
] as const

for (const [engine, storeName] of CASES) {
  torrentContract(`SwarmTorrent by ${engine}, on ${storeName}`, async (content, pieceBytes) => {
    const directory = mkdtempSync(join(tmpdir(), 'momoshtrem-contract-'))
    const swarm = await LoopbackSwarm.start({ engine, store: await STORES[storeName](join(directory, 'pieces')) })
    const made = makeTorrent({ totalBytes: content.length, pieceBytes, content })
    await swarm.addPeer({ torrent: made })
    const torrent = await swarm.open(made)
    torrent.resume()
    return {
      torrent,
      async arrive(piece) {
        const owner = { name: 'contract' }
        torrent.setWindows(owner, [{ first: piece, end: piece + 1, priority: 'urgent' }])
        await torrent.whenHas(piece, AbortSignal.timeout(WAIT_MS))
        torrent.setWindows(owner, [])
      },
      remove: () => swarm.engine.remove(made.infoHash, true),
      async close() {
        await swarm.close()
        rmSync(directory, { recursive: true, force: true })
      },
    }
  })
}
