import { AppError } from '../../domain/errors.ts'
import type { MetadataMessage } from '../wire/extension-protocol.ts'
import { METADATA_PIECE_BYTES } from './metadata-exchange.ts'

/** Answers of so many pieces may wait for the peer's socket. */
const MAX_WAITING_PIECES = 16
/** Who needs it whole more than once asks of others meanwhile. */
const MAX_COPIES = 3
const SPARE_REQUESTS = 32

/** A peer that asks for the metadata. */
export interface MetadataAsker {
  /** So far. */
  metadataRequests: number
  sendMetadata(message: MetadataMessage, totalBytes: number): void
}

/**
 * Answers a request for a piece of the metadata (BEP 9); rejects it while there is none, or when the peer does not read
 * what it asks for. `bufferedBytes` are written and not taken by its socket. Throws `invalid` for one that asks without end:
 * a request of thirty bytes makes us send five hundred times as much.
 */
export function serveMetadata(
  asker: MetadataAsker,
  bufferedBytes: number,
  piece: number,
  infoBytes: Uint8Array | undefined,
): void {
  const pieces = Math.ceil((infoBytes?.length ?? 0) / METADATA_PIECE_BYTES)
  if (++asker.metadataRequests > MAX_COPIES * pieces + SPARE_REQUESTS) {
    throw new AppError('invalid', 'asks for the metadata without end')
  }
  const start = piece * METADATA_PIECE_BYTES
  const isBusy = bufferedBytes > MAX_WAITING_PIECES * METADATA_PIECE_BYTES
  if (!infoBytes || start >= infoBytes.length || isBusy) {
    asker.sendMetadata({ kind: 'reject', piece }, 0)
    return
  }
  const data = infoBytes.subarray(start, start + METADATA_PIECE_BYTES)
  asker.sendMetadata({ kind: 'data', piece, data }, infoBytes.length)
}
