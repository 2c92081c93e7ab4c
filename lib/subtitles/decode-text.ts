import { isUtf8 } from 'node:buffer'
import { AppError } from '../domain/errors.ts'
import { decodeLegacy, guessEncoding } from './guess-encoding.ts'

/** Looked at for the NULs that every second byte of UTF-16 is in times and digits. */
const UTF_16_SAMPLE_BYTES = 2048

/**
 * A text in whatever encoding, without a byte order mark; `language` helps where only guessing is left. Throws `invalid`
 * for bytes that are no text.
 */
export function decodeText(bytes: Uint8Array, language: string | null): string {
  const unicode = unicodeOf(bytes)
  if (unicode !== undefined) return new TextDecoder(unicode).decode(bytes)
  if (bytes.includes(0)) throw new AppError('invalid', 'not a text')
  const text = new TextDecoder('utf-8').decode(bytes)
  return isUtf8(bytes) || isMostlyUtf8(text) ? text : decodeLegacy(bytes, guessEncoding(bytes, language))
}

/** What a byte order mark, or the place of NULs, says. */
function unicodeOf(bytes: Uint8Array): string | undefined {
  const [first, second, third] = bytes
  if (first === 0xef && second === 0xbb && third === 0xbf) return 'utf-8'
  if (first === 0xff && second === 0xfe) return 'utf-16le'
  if (first === 0xfe && second === 0xff) return 'utf-16be'
  const sample = bytes.subarray(0, UTF_16_SAMPLE_BYTES)
  const nuls = [0, 0]
  for (let at = 0; at < sample.length; at++) {
    if (sample[at] === 0) nuls[at % 2] = (nuls[at % 2] ?? 0) + 1
  }
  const [even = 0, odd = 0] = nuls
  const many = sample.length / 10
  if (odd > many && even === 0) return 'utf-16le'
  return even > many && odd === 0 ? 'utf-16be' : undefined
}

/** A few damaged characters in many sound ones are damage; no text of another encoding passes for UTF-8. */
function isMostlyUtf8(text: string): boolean {
  const damaged = text.match(/\ufffd/g)?.length ?? 0
  const sound = text.match(/[\u0080-\ufffc]/g)?.length ?? 0
  return damaged * 20 < sound
}
