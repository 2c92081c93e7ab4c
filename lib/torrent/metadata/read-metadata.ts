import type { Clock } from '../../domain/clock.ts'
import { AppError } from '../../domain/errors.ts'
import type { InfoHash } from '../../domain/ids.ts'
import { runInSlices } from '../../domain/slices.ts'
import { type ParsedTorrent, parsingTorrent } from './parse-metadata.ts'

const SLICE_MS = 5

/**
 * A `.torrent` file in turns of the event loop: one of ten thousand files would hold it for a while. Fails with `invalid`,
 * also for one of another info-hash, or with the signal's reason.
 */
export async function readMetadata(
  infoHash: InfoHash,
  metadata: Uint8Array,
  clock: Clock,
  signal: AbortSignal,
): Promise<ParsedTorrent> {
  const parsed = await runInSlices(parsingTorrent(metadata), { clock, sliceMs: SLICE_MS }, signal)
  if (parsed.info.infoHash !== infoHash) throw new AppError('invalid', 'the metadata is of another torrent')
  return parsed
}
