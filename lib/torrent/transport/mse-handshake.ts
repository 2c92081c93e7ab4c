import { AppError } from '../../domain/errors.ts'
import type { InfoHash } from '../../domain/ids.ts'
import { KEY_BYTES, MseKeyPair, mseCiphers, randomPadding, sha1, torrentMark, xor } from './mse-keys.ts'
import type { Rc4 } from './rc4.ts'

/** Bits of crypto_provide and crypto_select. */
export const CryptoMethod = { plain: 1, rc4: 2 } as const

const MAX_PADDING_BYTES = 512
/** The initial payload is a handshake of BEP 3 and perhaps some messages. */
const MAX_INITIAL_BYTES = 8 * 1024
const VERIFICATION = Buffer.alloc(8)
const HASH_BYTES = 20

/** What a handshake waits for: so many bytes, or all up to the end of `until`, which begins within the next `withinBytes`. */
export type Wanted = number | { readonly until: Uint8Array; readonly withinBytes: number }

/** What both sides agreed on. */
export interface MseAgreement {
  /** Undefined when the rest of the connection is in the clear. */
  readonly ciphers: { readonly encrypt: Rc4; readonly decrypt: Rc4 } | undefined
  /** The first bytes of the payload, already in the clear. */
  readonly initial: Buffer
}

/** One side of message stream encryption, up to the payload: is resumed with what it asked for. Throws `invalid`. */
export type MseHandshake = Generator<Wanted, MseAgreement, Buffer>

/** The side that dials. `methods` are the bits it offers. */
export function* initiateMse(infoHash: InfoHash, methods: number, send: (bytes: Uint8Array) => void): MseHandshake {
  const keys = new MseKeyPair()
  send(Buffer.concat([keys.publicKey, randomPadding()]))
  const secret = keys.secretWith(yield KEY_BYTES)
  const ciphers = mseCiphers(secret, infoHash, true)
  const padding = randomPadding()
  const offer = Buffer.alloc(VERIFICATION.length + 4 + 2 + padding.length + 2)
  offer.writeUInt32BE(methods, 8)
  offer.writeUInt16BE(padding.length, 12)
  padding.copy(offer, 14)
  ciphers.encrypt.apply(offer, offer)
  send(Buffer.concat([sha1('req1', secret), xor(torrentMark(infoHash), sha1('req3', secret)), offer]))

  const verification = Buffer.alloc(VERIFICATION.length)
  ciphers.decrypt.apply(verification, verification)
  yield { until: verification, withinBytes: MAX_PADDING_BYTES }
  const answer = yield* deciphered(6, ciphers.decrypt)
  const method = answer.readUInt32BE(0)
  if ((method !== CryptoMethod.plain && method !== CryptoMethod.rc4) || (method & methods) === 0) {
    throw new AppError('invalid', `encryption method ${method}`)
  }
  yield* deciphered(paddingLength(answer.readUInt16BE(4)), ciphers.decrypt)
  return { ciphers: method === CryptoMethod.rc4 ? ciphers : undefined, initial: Buffer.alloc(0) }
}

export interface MseResponderOptions {
  /** Bits that are taken; in the clear rather than enciphered, where the other side offers both. */
  readonly methods: number
  /** Whose mark it is (`torrentMark`); undefined for a torrent that is not here. */
  torrentOf(mark: Buffer): InfoHash | undefined
}

/** The side that is dialled. */
export function* respondMse(options: MseResponderOptions, send: (bytes: Uint8Array) => void): MseHandshake {
  const peerKey = Buffer.from(yield KEY_BYTES)
  const keys = new MseKeyPair()
  const secret = keys.secretWith(peerKey)
  send(Buffer.concat([keys.publicKey, randomPadding()]))
  yield { until: sha1('req1', secret), withinBytes: MAX_PADDING_BYTES }
  const infoHash = options.torrentOf(xor(yield HASH_BYTES, sha1('req3', secret)))
  if (!infoHash) throw new AppError('invalid', 'an encrypted handshake for another torrent')
  const ciphers = mseCiphers(secret, infoHash, false)
  const offer = yield* deciphered(14, ciphers.decrypt)
  if (!offer.subarray(0, 8).equals(VERIFICATION)) throw new AppError('invalid', 'a false encrypted handshake')
  const methods = offer.readUInt32BE(8) & options.methods
  yield* deciphered(paddingLength(offer.readUInt16BE(12)), ciphers.decrypt)
  const initialBytes = (yield* deciphered(2, ciphers.decrypt)).readUInt16BE(0)
  if (initialBytes > MAX_INITIAL_BYTES) throw new AppError('invalid', `${initialBytes} bytes of initial payload`)
  const initial = Buffer.from(yield* deciphered(initialBytes, ciphers.decrypt))
  if (methods === 0) throw new AppError('invalid', 'no encryption in common')

  const method = (methods & CryptoMethod.plain) !== 0 ? CryptoMethod.plain : CryptoMethod.rc4
  const answer = Buffer.alloc(VERIFICATION.length + 4 + 2)
  answer.writeUInt32BE(method, 8)
  ciphers.encrypt.apply(answer, answer)
  send(answer)
  return { ciphers: method === CryptoMethod.rc4 ? ciphers : undefined, initial }
}

function* deciphered(lengthBytes: number, cipher: Rc4): Generator<Wanted, Buffer, Buffer> {
  const bytes = yield lengthBytes
  cipher.apply(bytes, bytes)
  return bytes
}

function paddingLength(lengthBytes: number): number {
  if (lengthBytes > MAX_PADDING_BYTES) throw new AppError('invalid', `${lengthBytes} bytes of padding`)
  return lengthBytes
}
