// @ts-expect-error the package carries no types
import bencode from 'bencode'
import { AppError } from '../../domain/errors.ts'

export type BencodedDictionary = { readonly [key: string]: Bencoded }
export type Bencoded = number | Uint8Array | readonly Bencoded[] | BencodedDictionary

interface Codec {
  decode(bytes: Uint8Array): Bencoded
  encode(value: unknown): Uint8Array
}

const codec = bencode as Codec
const MAX_DEPTH = 32
const BYTE_ORDER_MARK = 0xfeff
const [D, L, I, E, COLON, ZERO, NINE, MINUS] = [0x64, 0x6c, 0x69, 0x65, 0x3a, 0x30, 0x39, 0x2d]

/**
 * Decodes the one value that starts at `start` and says where it ends; what follows is the caller's (BEP 9 appends data).
 * The form is checked before the package sees it: depth, lengths and ends. Throws `invalid`.
 */
export function decodeBencoded(bytes: Uint8Array, start = 0): { readonly value: Bencoded; readonly end: number } {
  const end = endOfBencoded(bytes, start)
  try {
    return { value: codec.decode(bytes.subarray(start, end)), end }
  } catch (error) {
    throw new AppError('invalid', 'bad bencoding', error)
  }
}

export const encodeBencoded = (value: unknown): Uint8Array => codec.encode(value)

/** The byte after the value that starts at `start`. Throws `invalid` for anything malformed or nested too deeply. */
export function endOfBencoded(bytes: Uint8Array, start: number): number {
  let at = start
  let depth = 0
  do {
    const byte = bytes[at]
    if (byte === D || byte === L) {
      if (++depth > MAX_DEPTH) throw new AppError('invalid', 'bencoding nested too deeply')
      at++
    } else if (byte === E && depth > 0) {
      depth--
      at++
    } else if (byte === I) {
      at = endOfDigits(bytes, bytes[at + 1] === MINUS ? at + 2 : at + 1, E) + 1
    } else {
      const colon = endOfDigits(bytes, at, COLON)
      at = colon + 1 + numberOf(bytes, at, colon)
      if (at > bytes.length) throw new AppError('invalid', 'bencoded string past the end')
    }
  } while (depth > 0)
  return at
}

function endOfDigits(bytes: Uint8Array, start: number, terminator: number): number {
  let at = start
  for (; at - start <= 20; at++) {
    const byte = bytes[at]
    if (byte === terminator && at > start) return at
    if (byte === undefined || byte < ZERO || byte > NINE) break
  }
  throw new AppError('invalid', 'bad bencoding')
}

/** Of at most twenty digits. Not by way of a text, of which a torrent of a thousand files would make ten thousand. */
function numberOf(bytes: Uint8Array, start: number, end: number): number {
  let number = 0
  for (let at = start; at < end; at++) number = number * 10 + ((bytes[at] ?? ZERO) - ZERO)
  return number
}

/** Where a value lies, byte for byte. */
export interface BencodedRange {
  readonly start: number
  readonly end: number
}

/** Walks the dictionary at `start` without decoding its values, which would cost more than all else. Throws `invalid`. */
export function* fieldsAt(bytes: Buffer, start: number): Generator<BencodedRange & { readonly key: string }> {
  if (bytes[start] !== D) throw new AppError('invalid', 'not a bencoded dictionary')
  for (let at = start + 1; bytes[at] !== E; ) {
    const key = textAt(bytes, at)
    const valueStart = endOfBencoded(bytes, at)
    at = endOfBencoded(bytes, valueStart)
    yield { key, start: valueStart, end: at }
  }
}

/** As `fieldsAt`, the values of a list; none of what is no list. */
export function* itemsAt(bytes: Buffer, start: number): Generator<BencodedRange> {
  if (bytes[start] !== L) return
  for (let at = start + 1; bytes[at] !== E; ) {
    const valueStart = at
    at = endOfBencoded(bytes, at)
    yield { start: valueStart, end: at }
  }
}

/** The text of the string at `start`. Throws `invalid` for what is no string. */
export function textAt(bytes: Buffer, start: number): string {
  const colon = endOfDigits(bytes, start, COLON)
  const end = colon + 1 + numberOf(bytes, start, colon)
  if (end > bytes.length) throw new AppError('invalid', 'bencoded string past the end')
  const decoded = bytes.toString('utf8', colon + 1, end)
  return decoded.charCodeAt(0) === BYTE_ORDER_MARK ? decoded.slice(1) : decoded
}

/** The number at `start`; undefined for what is none, or not one that `count` takes. */
export function countAt(bytes: Uint8Array, start: number): number | undefined {
  if (bytes[start] !== I || bytes[start + 1] === MINUS) return undefined
  return count(numberOf(bytes, start + 1, endOfDigits(bytes, start + 1, E)))
}

/** Where the value of a key of the outermost dictionary lies. Throws `invalid`. */
export function rawField(bytes: Buffer, wanted: string): BencodedRange | undefined {
  for (const { key, start, end } of fieldsAt(bytes, 0)) if (key === wanted) return { start, end }
  return undefined
}

export function isDictionary(value: Bencoded | undefined): value is BencodedDictionary {
  return typeof value === 'object' && !Array.isArray(value) && !(value instanceof Uint8Array)
}

/** A field of a dictionary that came from outside: never an inherited one. */
export function field(dictionary: BencodedDictionary, key: string): Bencoded | undefined {
  return Object.hasOwn(dictionary, key) ? dictionary[key] : undefined
}

const utf8 = new TextDecoder()

export function text(value: Bencoded | undefined): string | undefined {
  return value instanceof Uint8Array ? utf8.decode(value) : undefined
}

/** Not negative, exact. */
export function count(value: Bencoded | undefined): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined
}
