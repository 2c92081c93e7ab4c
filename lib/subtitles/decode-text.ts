import { isUtf8 } from 'node:buffer'
import { AppError } from '../domain/errors.ts'
import { decoderOf, guessEncoding, REPLACEMENT } from './guess-encoding.ts'

/** Looked at for the NULs that every second byte of UTF-16 is in times and digits. */
const UTF_16_SAMPLE_BYTES = 2048

/** Takes about a millisecond. */
const PART_BYTES = 32 * 1024

/**
 * A text in whatever encoding, without a byte order mark, part by part; `language` helps where only guessing is left. Yields
 * nothing in between, too: a step takes some milliseconds. Throws `invalid` for bytes that are no text.
 */
export function* decodeText(bytes: Uint8Array, language: string | null): Generator<string | undefined, void> {
  const unicode = unicodeOf(bytes)
  if (unicode !== undefined) return yield* decoded(bytes, unicode)
  if (bytes.includes(0)) throw new AppError('invalid', 'not a text')
  const isUnicode = isUtf8(bytes) || (yield* isMostlyUtf8(bytes))
  yield* decoded(bytes, isUnicode ? 'utf-8' : yield* guessEncoding(bytes, language))
}

function* decoded(bytes: Uint8Array, encoding: string): Generator<string, void> {
  const decode = decoderOf(encoding)
  for (const part of partsOf(bytes)) yield decode(part)
  yield decode()
}

function* partsOf(bytes: Uint8Array): Generator<Uint8Array, void> {
  for (let at = 0; at < bytes.length; at += PART_BYTES) yield bytes.subarray(at, at + PART_BYTES)
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
function* isMostlyUtf8(bytes: Uint8Array): Generator<undefined, boolean> {
  let damaged = 0
  let sound = 0
  for (const part of decoded(bytes, 'utf-8')) {
    for (let at = 0; at < part.length; at++) {
      const unit = part.charCodeAt(at)
      if (unit === REPLACEMENT) damaged++
      else if (unit >= 0x80) sound++
    }
    yield
  }
  return damaged * 20 < sound
}
