import type { MetadataMessage } from '../wire/extension-protocol.ts'
import { METADATA_PIECE_BYTES } from './metadata-exchange.ts'

/** Answers of so many pieces may wait for the peer's socket. */
const MAX_WAITING_PIECES = 16

/**
 * Answers a request for a piece of the metadata (BEP 9); rejects it while there is none, or when the peer does not read
 * what it asks for. `bufferedBytes` are written and not taken by its socket.
 */
export function serveMetadata(
  asker: { sendMetadata(message: MetadataMessage, totalBytes: number): void },
  bufferedBytes: number,
  piece: number,
  infoBytes: Uint8Array | undefined,
): void {
  const start = piece * METADATA_PIECE_BYTES
  const isBusy = bufferedBytes > MAX_WAITING_PIECES * METADATA_PIECE_BYTES
  if (!infoBytes || start >= infoBytes.length || isBusy) {
    asker.sendMetadata({ kind: 'reject', piece }, 0)
    return
  }
  const data = infoBytes.subarray(start, start + METADATA_PIECE_BYTES)
  asker.sendMetadata({ kind: 'data', piece, data }, infoBytes.length)
}
