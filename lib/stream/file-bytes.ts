import type { ContainerInfo } from '../domain/container.ts'
import { AppError, isAppError } from '../domain/errors.ts'
import type { TorrentFile } from '../domain/piece-layout.ts'
import type { ByteRange } from '../domain/ranges.ts'
import type { Torrent } from '../domain/torrent.ts'
import { type Detector, MAX_PULL_BYTES } from './containers/container.ts'
import { detectContainer } from './containers/detect.ts'

/** How often one step may find its piece evicted between the test and the read before it gives up. */
export const MAX_EVICTION_RETRIES = 16

/**
 * Runs the container detector on a file as its pieces arrive. `want` is told of each range before it is waited for; the
 * caller makes it a window. Rejects with the signal's reason or what the torrent fails with.
 */
export async function detectOn(
  torrent: Torrent,
  file: TorrentFile,
  want: (range: ByteRange) => void,
  signal: AbortSignal,
): Promise<ContainerInfo> {
  const detector: Detector = detectContainer(file.sizeBytes)
  const buffer = new Uint8Array(MAX_PULL_BYTES)
  let step = detector.next(buffer.subarray(0, 0))
  while (!step.done) {
    const range = step.value
    const bytes = buffer.subarray(0, range.end - range.start)
    want(range)
    await readExactly(torrent, file.offsetBytes + range.start, bytes, signal)
    step = detector.next(bytes)
  }
  return step.value
}

async function readExactly(
  torrent: Torrent,
  offsetBytes: number,
  target: Uint8Array,
  signal: AbortSignal,
): Promise<void> {
  const { layout } = torrent.info
  let filled = 0
  let evictions = 0
  while (filled < target.length) {
    const at = offsetBytes + filled
    const piece = layout.pieceAt(at)
    await torrent.whenHas(piece, signal)
    try {
      filled += await torrent.readPiece(piece, at - layout.pieceStart(piece), target.subarray(filled))
    } catch (error) {
      if (!isAppError(error, 'not_found')) throw error
      evictions++
      if (evictions > MAX_EVICTION_RETRIES)
        throw new AppError('unavailable', 'the piece is evicted as soon as it comes')
    }
  }
}
