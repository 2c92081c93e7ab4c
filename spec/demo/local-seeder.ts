import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { systemClock } from '../../lib/domain/clock.ts'
import { silentLogger } from '../../lib/domain/logger.ts'
import { noMetrics } from '../../lib/domain/metrics.ts'
import { SharedDiscovery } from '../../lib/torrent/discovery/shared-discovery.ts'
import { DiskPieceStore } from '../../lib/torrent/store/disk-piece-store.ts'
import { StreamTorrentEngine } from '../../lib/torrent/stream-torrent-engine.ts'
import type { FilesTorrent } from '../support/files-torrent.ts'

/** A second engine of ours on 127.0.0.1 that has everything and only gives. */
export class LocalSeeder {
  readonly #store: DiskPieceStore
  readonly #engine: StreamTorrentEngine

  private constructor(store: DiskPieceStore, engine: StreamTorrentEngine) {
    this.#store = store
    this.#engine = engine
  }

  static async start(directory: string, torrents: readonly FilesTorrent[]): Promise<LocalSeeder> {
    const shared = { clock: systemClock, logger: silentLogger, metrics: noMetrics }
    const capBytes = 1024 ** 3
    const store = await DiskPieceStore.open({ directory: join(directory, 'pieces'), capBytes, ...shared })
    const discovery = new SharedDiscovery({ ...shared, dht: false, dhtStatePath: join(directory, 'dht.json') })
    const engine = new StreamTorrentEngine({
      ...shared,
      dataDir: directory,
      host: '127.0.0.1',
      port: 0,
      store,
      discovery,
      maxConnections: 20,
      maxConnectionsTotal: 20,
      downloadLimitBytesPerS: 0,
      uploadLimitBytesPerS: 0,
      extraTrackers: [],
    })
    await engine.start()
    for (const torrent of torrents) await fill(store, torrent)
    for (const { infoHash, metadata } of torrents) {
      ;(await engine.open({ infoHash, metadata }, AbortSignal.timeout(10_000))).resume()
    }
    return new LocalSeeder(store, engine)
  }

  get address(): string {
    return `127.0.0.1:${this.#engine.port}`
  }

  async close(): Promise<void> {
    await this.#engine.close()
    await this.#store.close()
  }
}

async function fill(store: DiskPieceStore, { infoHash, layout, content }: FilesTorrent): Promise<void> {
  const pieces = Array.from({ length: layout.pieceCount }, (_, piece) => {
    const start = layout.pieceStart(piece)
    return content.subarray(start, start + layout.pieceLength(piece))
  })
  const hashes = Buffer.concat(pieces.map((bytes) => createHash('sha1').update(bytes).digest()))
  const torrent = await store.open({ infoHash, layout, hashes })
  await Promise.all(pieces.map((bytes, piece) => torrent.put(piece, Buffer.from(bytes))))
  await torrent.close()
}
