import { createDiffieHellman, createHash, type DiffieHellman, randomBytes } from 'node:crypto'
import { AppError } from '../../domain/errors.ts'
import type { InfoHash } from '../../domain/ids.ts'
import { Rc4 } from './rc4.ts'

/** P of message stream encryption: 768 bits; its generator is 2. */
const PRIME = Buffer.from(
  'ffffffffffffffffc90fdaa22168c234c4c6628b80dc1cd129024e088a67cc74020bbea63b139b22514a08798e3404dd' +
    'ef9519b3cd3a431b302b0a6df25f14374fe1356d6d51c245e485b576625e7ec6f44c42e9a63a36210000000000090563',
  'hex',
)
const LARGEST_KEY = (() => {
  const largest = Buffer.from(PRIME)
  largest[largest.length - 1] = 0x61 // P - 2: P - 1 has a secret of one bit
  return largest
})()
const SMALLEST_KEY = Buffer.concat([Buffer.alloc(PRIME.length - 1), Buffer.of(2)])

export const KEY_BYTES = PRIME.length
const PRIVATE_KEY_BYTES = 20

let shared: DiffieHellman | undefined

/** Makes the group ready: OpenSSL takes some 30 ms to test its prime, so once for the process, and not at a peer's call. */
export function loadMseGroup(): DiffieHellman {
  shared ??= createDiffieHellman(PRIME, 2)
  return shared
}

/** One side of a key exchange. */
export class MseKeyPair {
  /** 96 bytes, big-endian. */
  readonly publicKey: Buffer
  readonly #privateKey = randomBytes(PRIVATE_KEY_BYTES)

  constructor() {
    const group = loadMseGroup()
    group.setPrivateKey(this.#privateKey)
    this.publicKey = padded(group.generateKeys())
  }

  /** S, 96 bytes. Throws `invalid` for a key whose secret anybody knows. */
  secretWith(peerKey: Uint8Array): Buffer {
    if (Buffer.compare(peerKey, SMALLEST_KEY) < 0 || Buffer.compare(peerKey, LARGEST_KEY) > 0) {
      throw new AppError('invalid', 'a public key out of range')
    }
    const group = loadMseGroup()
    group.setPrivateKey(this.#privateKey)
    return padded(group.computeSecret(peerKey))
  }
}

function padded(number: Buffer): Buffer {
  return number.length === KEY_BYTES ? number : Buffer.concat([Buffer.alloc(KEY_BYTES - number.length), number])
}

export function sha1(...parts: readonly (string | Uint8Array)[]): Buffer {
  const hash = createHash('sha1')
  for (const part of parts) hash.update(part)
  return hash.digest()
}

/** What names a torrent in an encrypted handshake without telling its info-hash. */
export const torrentMark = (infoHash: InfoHash): Buffer => sha1('req2', Buffer.from(infoHash, 'hex'))

export function xor(a: Uint8Array, b: Uint8Array): Buffer {
  return Buffer.from(a.map((byte, index) => byte ^ (b[index] ?? 0)))
}

/** The two streams of a connection, for the side that dialled or the one that was dialled. */
export function mseCiphers(
  secret: Uint8Array,
  infoHash: InfoHash,
  isInitiator: boolean,
): { readonly encrypt: Rc4; readonly decrypt: Rc4 } {
  const torrentKey = Buffer.from(infoHash, 'hex')
  const ofInitiator = new Rc4(sha1('keyA', secret, torrentKey))
  const ofResponder = new Rc4(sha1('keyB', secret, torrentKey))
  return isInitiator ? { encrypt: ofInitiator, decrypt: ofResponder } : { encrypt: ofResponder, decrypt: ofInitiator }
}

/** Of a random length up to 512 bytes, so that the handshake has no size to be known by. */
export function randomPadding(): Buffer {
  return randomBytes(randomBytes(2).readUInt16BE() % 513)
}
