import type { Activity } from '../domain/activity.ts'
import type { FileKey } from '../domain/curation.ts'
import { isAppError } from '../domain/errors.ts'
import { type ByteRange, clampRange, rangeLength } from '../domain/ranges.ts'

/**
 * The bytes of a torrent's file out of the cache; undefined when not all of them are there, or a person paused the
 * torrent. Never brings it onto the network. Rejects with the signal's reason.
 */
export async function readStored(
  activity: Pick<Activity, 'hold'>,
  { infoHash, fileIndex }: FileKey,
  range: ByteRange,
  signal: AbortSignal,
): Promise<Uint8Array | undefined> {
  try {
    const lease = await activity.hold(infoHash, signal)
    try {
      const { info } = lease.torrent
      const file = info.files[fileIndex]
      if (!file || file.isPad) return undefined
      const wanted = clampRange(range, file.sizeBytes)
      const bytes = new Uint8Array(rangeLength(wanted))
      for (let filled = 0; filled < bytes.length; ) {
        const at = file.offsetBytes + wanted.start + filled
        const piece = info.layout.pieceAt(at)
        if (!lease.torrent.has(piece)) return undefined
        filled += await lease.torrent.readPiece(piece, at - info.layout.pieceStart(piece), bytes.subarray(filled))
      }
      return bytes
    } finally {
      lease.rest()
    }
  } catch (error) {
    if (isAppError(error, 'not_found') || isAppError(error, 'unavailable')) return undefined // evicted, gone, paused
    throw error
  }
}
