import type { MetadataMessage } from '../wire/extension-protocol.ts'
import { METADATA_PIECE_BYTES } from './metadata-exchange.ts'

/** Answers of so many pieces may wait for the peer's socket. */
const MAX_WAITING_PIECES = 16

/** A peer that asks for metadata. */
export interface MetadataAsker {
  /** Written and not taken by the socket. */
  readonly bufferedBytes: number
  sendMetadata(message: MetadataMessage, totalBytes: number): void
}

/** Answers a request for a piece of the metadata (BEP 9); rejects it while there is none, or the peer does not read. */
export function serveMetadata(asker: MetadataAsker, piece: number, infoBytes: Uint8Array | undefined): void {
  const start = piece * METADATA_PIECE_BYTES
  const isBusy = asker.bufferedBytes > MAX_WAITING_PIECES * METADATA_PIECE_BYTES
  if (!infoBytes || start >= infoBytes.length || isBusy) {
    asker.sendMetadata({ kind: 'reject', piece }, 0)
    return
  }
  const data = infoBytes.subarray(start, start + METADATA_PIECE_BYTES)
  asker.sendMetadata({ kind: 'data', piece, data }, infoBytes.length)
}
