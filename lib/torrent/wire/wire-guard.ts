import { AppError } from '../../domain/errors.ts'
import { BLOCK_BYTES } from '../../domain/piece-layout.ts'
import { MessageId, PROTOCOL_NAME } from './wire-messages.ts'

export interface Handshake {
  readonly infoHash: Uint8Array
  readonly peerId: Uint8Array
  /** BEP 10. */
  readonly supportsExtensions: boolean
  /** BEP 6. */
  readonly supportsFast: boolean
}

/** Receives checked messages. A throw of any method is the peer's end, nobody else's. */
export interface GuardedMessages {
  onHandshake(handshake: Handshake): void
  /** `body` is what follows the message's id, of a length that is right for it; valid during the call only. */
  onMessage(id: number, body: Buffer): void
}

const HANDSHAKE_BYTES = 68
const EXTENDED_MAX_BYTES = 128 * 1024
/** Messages of extensions that we never offered are passed over, not stored: longer ones are an attack. */
const UNKNOWN_MAX_BYTES = 64 * 1024
/** Before the metadata is known: two million pieces. */
const BITFIELD_MAX_BYTES = 256 * 1024

/**
 * The reader of one peer's byte stream (BEP 3): stands before the wire, so that nothing unbounded or misshapen reaches
 * it. A frame that lies whole in a chunk is handed on without a copy; a split one is put together in one buffer that is
 * kept. Every method throws `invalid` for what no honest peer sends.
 */
export class WireGuard {
  readonly #messages: GuardedMessages
  #shaken = false
  #held = Buffer.allocUnsafeSlow(BLOCK_BYTES + 64)
  #heldBytes = 0
  #bitfieldBytes: number | undefined

  constructor(messages: GuardedMessages) {
    this.#messages = messages
  }

  /** From here on a bitfield must have exactly the size of the torrent's. */
  setPieceCount(pieceCount: number): void {
    this.#bitfieldBytes = Math.ceil(pieceCount / 8)
  }

  push(chunk: Buffer): void {
    let at = 0
    while (at < chunk.length) {
      if (this.#heldBytes > 0) {
        at += this.#complete(chunk, at)
        continue
      }
      const unitBytes = this.#unitBytes(chunk, at, chunk.length - at)
      if (unitBytes > 0 && at + unitBytes <= chunk.length) {
        this.#deliver(chunk, at, unitBytes)
        at += unitBytes
      } else {
        this.#hold(chunk, at, chunk.length, unitBytes)
        at = chunk.length
      }
    }
  }

  /** Adds to the split unit what it still lacks; returns the bytes taken. */
  #complete(chunk: Buffer, at: number): number {
    const known = this.#unitBytes(this.#held, 0, this.#heldBytes)
    const wantedBytes = known > 0 ? known : this.#heldBytes < 4 ? 4 : 5
    const taken = Math.min(wantedBytes - this.#heldBytes, chunk.length - at)
    this.#hold(chunk, at, at + taken, wantedBytes)
    const unitBytes = this.#unitBytes(this.#held, 0, this.#heldBytes)
    if (unitBytes > 0 && unitBytes === this.#heldBytes) {
      const unit = this.#held
      this.#heldBytes = 0
      this.#deliver(unit, 0, unitBytes)
      if (this.#held.length > BLOCK_BYTES * 2) this.#held = Buffer.allocUnsafeSlow(BLOCK_BYTES + 64)
    }
    return taken
  }

  #hold(chunk: Buffer, from: number, to: number, unitBytes: number): void {
    if (unitBytes > this.#held.length) {
      const larger = Buffer.allocUnsafeSlow(unitBytes)
      this.#held.copy(larger, 0, 0, this.#heldBytes)
      this.#held = larger
    }
    chunk.copy(this.#held, this.#heldBytes, from, to)
    this.#heldBytes += to - from
  }

  /** The whole length of the unit that starts at `at`, prefix included; 0 while too few of its bytes are there to tell. */
  #unitBytes(bytes: Buffer, at: number, available: number): number {
    if (!this.#shaken) {
      if (available > 0 && bytes[at] !== PROTOCOL_NAME.length) throw new AppError('invalid', 'not a BitTorrent peer')
      return HANDSHAKE_BYTES
    }
    if (available < 4) return 0
    const bodyBytes = bytes.readUInt32BE(at)
    if (bodyBytes === 0) return 4
    if (available < 5) return 0
    const id = bytes.readUInt8(at + 4)
    if (!this.#isLengthRight(id, bodyBytes)) throw new AppError('invalid', `message ${id} of ${bodyBytes} bytes`)
    return 4 + bodyBytes
  }

  #isLengthRight(id: number, bodyBytes: number): boolean {
    switch (id) {
      case MessageId.choke:
      case MessageId.unchoke:
      case MessageId.interested:
      case MessageId.uninterested:
      case MessageId.haveAll:
      case MessageId.haveNone:
        return bodyBytes === 1
      case MessageId.have:
      case MessageId.suggest:
      case MessageId.allowedFast:
        return bodyBytes === 5
      case MessageId.bitfield:
        return this.#bitfieldBytes === undefined
          ? bodyBytes <= 1 + BITFIELD_MAX_BYTES
          : bodyBytes === 1 + this.#bitfieldBytes
      case MessageId.request:
      case MessageId.cancel:
      case MessageId.reject:
        return bodyBytes === 13
      case MessageId.piece:
        return bodyBytes > 9 && bodyBytes <= 9 + BLOCK_BYTES
      case MessageId.port:
        return bodyBytes === 3
      case MessageId.extended:
        return bodyBytes >= 2 && bodyBytes <= EXTENDED_MAX_BYTES
      default:
        return bodyBytes <= UNKNOWN_MAX_BYTES
    }
  }

  #deliver(bytes: Buffer, at: number, unitBytes: number): void {
    if (!this.#shaken) {
      this.#shaken = true
      this.#messages.onHandshake(readHandshake(bytes.subarray(at, at + HANDSHAKE_BYTES)))
    } else if (unitBytes > 4) {
      this.#messages.onMessage(bytes.readUInt8(at + 4), bytes.subarray(at + 5, at + unitBytes))
    }
  }
}

function readHandshake(bytes: Buffer): Handshake {
  if (bytes.toString('latin1', 1, 20) !== PROTOCOL_NAME) throw new AppError('invalid', 'not a BitTorrent peer')
  return {
    infoHash: Uint8Array.prototype.slice.call(bytes, 28, 48),
    peerId: Uint8Array.prototype.slice.call(bytes, 48, 68),
    supportsExtensions: ((bytes[25] ?? 0) & 0x10) !== 0,
    supportsFast: ((bytes[27] ?? 0) & 0x04) !== 0,
  }
}
