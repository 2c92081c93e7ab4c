/** Bytes 1 to 19 of a handshake (BEP 3). */
export const PROTOCOL_NAME = 'BitTorrent protocol'

/** The messages of BEP 3, of the fast extension (BEP 6), and `extended` of BEP 10. */
export const MessageId = {
  choke: 0,
  unchoke: 1,
  interested: 2,
  uninterested: 3,
  have: 4,
  bitfield: 5,
  request: 6,
  piece: 7,
  cancel: 8,
  port: 9,
  suggest: 13,
  haveAll: 14,
  haveNone: 15,
  reject: 16,
  allowedFast: 17,
  extended: 20,
} as const

const BLOCK_MESSAGE_BYTES = 17
const HAVE_MESSAGE_BYTES = 9

/** A `have` for each of the pieces. */
export function haveMessages(pieces: readonly number[]): Buffer {
  const bytes = Buffer.allocUnsafe(pieces.length * HAVE_MESSAGE_BYTES)
  let at = 0
  for (const piece of pieces) {
    at = bytes.writeUInt32BE(HAVE_MESSAGE_BYTES - 4, at)
    at = bytes.writeUInt8(MessageId.have, at)
    at = bytes.writeUInt32BE(piece, at)
  }
  return bytes
}

/** Requests, cancels and rejects of one tick, written as one chunk and so, as a rule, one packet. */
export class BlockMessages {
  #bytes = Buffer.allocUnsafe(BLOCK_MESSAGE_BYTES * 32)
  #length = 0

  add(
    id: typeof MessageId.request | typeof MessageId.cancel | typeof MessageId.reject,
    piece: number,
    offsetBytes: number,
    lengthBytes: number,
  ): void {
    if (this.#length + BLOCK_MESSAGE_BYTES > this.#bytes.length) {
      const larger = Buffer.allocUnsafe(this.#bytes.length * 2)
      this.#bytes.copy(larger, 0, 0, this.#length)
      this.#bytes = larger
    }
    const bytes = this.#bytes
    let at = bytes.writeUInt32BE(BLOCK_MESSAGE_BYTES - 4, this.#length)
    at = bytes.writeUInt8(id, at)
    at = bytes.writeUInt32BE(piece, at)
    at = bytes.writeUInt32BE(offsetBytes, at)
    this.#length = bytes.writeUInt32BE(lengthBytes, at)
  }

  /** What was added since the last call, as bytes of its own; undefined when nothing was. */
  take(): Buffer | undefined {
    if (this.#length === 0) return undefined
    const chunk = Buffer.from(this.#bytes.subarray(0, this.#length))
    this.#length = 0
    return chunk
  }
}
