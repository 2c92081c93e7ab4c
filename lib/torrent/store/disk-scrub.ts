import { delay, throwIfAborted } from '../../domain/abort.ts'
import type { Clock } from '../../domain/clock.ts'
import type { InfoHash } from '../../domain/ids.ts'
import type { Logger } from '../../domain/logger.ts'
import type { ScrubProgress } from '../../domain/torrent.ts'
import type { DiskDescriptors } from './disk-descriptors.ts'
import { isIntact } from './disk-hash.ts'
import type { DiskPieces } from './disk-pieces.ts'
import type { DiskTorrent } from './disk-torrent.ts'
import type { DiskTorrents } from './disk-torrents.ts'
import type { PieceHashes } from './piece-store.ts'

const LEAST_PAUSE_MS = 2

export interface DiskScrubOptions {
  readonly torrents: DiskTorrents
  readonly pieces: DiskPieces
  readonly descriptors: DiskDescriptors
  readonly clock: Clock
  readonly logger: Logger
  /** Undefined for a torrent that nobody knows: its pieces are passed. */
  hashesOf(infoHash: InfoHash): PieceHashes | undefined
  onProgress(progress: ScrubProgress): void
}

/**
 * Hashes every stored piece again and drops those that are not what they were. One piece at a time, and as long a pause
 * after it as it took: disk and threads are readers' at least half of the time.
 */
export async function scrub(options: DiskScrubOptions, signal: AbortSignal): Promise<ScrubProgress> {
  const { torrents, pieces } = options
  let progress: ScrubProgress = {
    checkedPieces: 0,
    checkedBytes: 0,
    totalBytes: pieces.usedBytes,
    badPieces: 0,
    unknownTorrents: 0,
  }
  for (const torrent of [...torrents.all]) {
    throwIfAborted(signal)
    if (torrent.storedBytes === 0) continue
    await pieces.list(torrent)
    const hashes = options.hashesOf(torrent.infoHash)
    if (!hashes) {
      progress = { ...progress, unknownTorrents: progress.unknownTorrents + 1 }
      continue
    }
    for await (const { lengthBytes, isBad } of scrubTorrent(torrent, hashes, options, signal)) {
      progress = {
        ...progress,
        checkedPieces: progress.checkedPieces + 1,
        checkedBytes: progress.checkedBytes + lengthBytes,
        badPieces: progress.badPieces + (isBad ? 1 : 0),
      }
      options.onProgress(progress)
    }
  }
  return progress
}

async function* scrubTorrent(
  torrent: DiskTorrent,
  hashes: PieceHashes,
  { pieces, descriptors, clock, logger }: DiskScrubOptions,
  signal: AbortSignal,
): AsyncGenerator<{ readonly lengthBytes: number; readonly isBad: boolean }> {
  let buffer = new Uint8Array(0)
  for (const piece of [...torrent.pieces.values()]) {
    // What is in memory was verified there; what a crash left in doubt is hashed when its torrent is opened.
    if (!piece.isStored || piece.file === 'none' || !piece.isVerified) continue
    const startMs = clock.monotonicMs()
    if (buffer.length < piece.lengthBytes) buffer = new Uint8Array(piece.lengthBytes)
    const isBad = !(await isIntact(piece, descriptors, hashes, buffer)) && piece.isStored
    if (isBad) {
      logger.warn('a stored piece was damaged', { infoHash: torrent.infoHash, piece: piece.piece })
      pieces.drop(piece)
    }
    yield { lengthBytes: piece.lengthBytes, isBad }
    await delay(clock, Math.max(LEAST_PAUSE_MS, clock.monotonicMs() - startMs), signal)
  }
}
