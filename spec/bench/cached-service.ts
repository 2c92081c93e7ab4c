import { join } from 'node:path'
import { systemClock } from '../../lib/domain/clock.ts'
import { silentLogger } from '../../lib/domain/logger.ts'
import { noMetrics } from '../../lib/domain/metrics.ts'
import { parseTorrent } from '../../lib/torrent/metadata/parse-metadata.ts'
import { DiskPieceStore } from '../../lib/torrent/store/disk-piece-store.ts'
import { makeTorrent } from '../support/make-torrent.ts'
import type { Server } from './dav-peers.ts'
import { addTorrentFile, startService } from './service-process.ts'

const PIECE_BYTES = 2 * 1024 * 1024

/**
 * The whole built service, with a torrent of one file in its library and every byte of that in its cache. A name such as
 * `Some Film (2001).mkv` is served as `/Movies/Some Film (2001)/Some Film (2001).mkv`. `main` is the entry of another build.
 */
export async function startCachedService(
  name: string,
  content: Buffer,
  dataDir: string,
  fileName: string,
  main?: string,
): Promise<Server> {
  const torrent = makeTorrent({ name: fileName, totalBytes: content.length, content, pieceBytes: PIECE_BYTES })
  const { infoHash, layout, metadata } = torrent
  const store = await DiskPieceStore.open({
    directory: join(dataDir, 'pieces'),
    capBytes: 2 * content.length,
    clock: systemClock,
    logger: silentLogger,
    metrics: noMetrics,
  })
  const stored = await store.open({ infoHash, layout, hashes: parseTorrent(metadata).hashes })
  for (let piece = 0; piece < layout.pieceCount; piece++) {
    const start = layout.pieceStart(piece)
    await stored.put(piece, content.subarray(start, start + layout.pieceLength(piece)))
  }
  await store.close()
  const service = await startService(dataDir, {}, main)
  await addTorrentFile(service.api, metadata)
  return { name, port: Number(new URL(service.drive).port), pid: service.pid, close: () => service.close() }
}
