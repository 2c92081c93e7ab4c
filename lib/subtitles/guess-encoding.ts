import { TEXT_PROFILES, type TextProfile } from './text-profiles.ts'

/** Of lines with letters beyond ASCII, so much is looked at. */
const SAMPLE_BYTES = 6 * 1024
/** A text in the encoding of its language scores no less. */
const PLAUSIBLE = 0.7

/** Signs that any text may have. */
const SIGNS = new Set(Array.from('“”„‟‘’‚‛«»‹›–—―…•·♪♫¿¡°©®™×½§€£\u00a0、。「」『』！？，：；（）～・《》—'))
export const REPLACEMENT = 0xfffd

/**
 * The label of the Encoding Standard that a text of before UTF-8 was most likely written in. The language, where it is
 * known, decides alone as long as its encodings give what looks like it; without one, that is found which looks most
 * like any. In steps of a millisecond or two.
 */
export function* guessEncoding(bytes: Uint8Array, language: string | null): Generator<undefined, string> {
  const sample = sampleOf(bytes)
  const base = language?.split('-')[0]
  const own = base === undefined ? [] : TEXT_PROFILES.filter(({ languages }) => languages.includes(base))
  const likely = yield* bestOf(sample, own)
  if (likely && likely.score >= PLAUSIBLE) return likely.encoding
  const best = yield* bestOf(sample, TEXT_PROFILES)
  return best?.encoding ?? 'windows-1252'
}

interface Scored {
  readonly encoding: string
  readonly score: number
}

function* bestOf(sample: Uint8Array, profiles: readonly TextProfile[]): Generator<undefined, Scored | undefined> {
  const texts = new Map<string, readonly number[]>()
  let best: Scored | undefined
  for (const profile of profiles) {
    for (const encoding of profile.encodings) {
      const text = texts.get(encoding) ?? codePoints(decoderOf(encoding)(sample))
      texts.set(encoding, text)
      const score = scoreOf(text, profile)
      if (!best || score > best.score) best = { encoding, score }
      yield
    }
  }
  return best
}

const codePoints = (text: string): number[] => Array.from(text, (character) => character.codePointAt(0) ?? 0)

const isAsciiLetter = (codePoint: number): boolean =>
  (codePoint >= 0x41 && codePoint <= 0x5a) || (codePoint >= 0x61 && codePoint <= 0x7a)

/** About 1 and more for a text of these languages; the mean over what is beyond ASCII. */
function scoreOf(text: readonly number[], profile: TextProfile): number {
  let sum = 0
  let count = 0
  for (let at = 0; at < text.length; at++) {
    const codePoint = text[at] ?? 0
    if (codePoint < 0x80) continue
    count++
    sum += scoreOfOne(codePoint, text[at - 1] ?? 0, text[at + 1] ?? 0, profile)
  }
  return count === 0 ? 0 : sum / count
}

function scoreOfOne(codePoint: number, before: number, after: number, profile: TextProfile): number {
  if (codePoint === REPLACEMENT) return -4
  const character = String.fromCodePoint(codePoint)
  if (SIGNS.has(character)) return 0.5
  if (!profile.isLetter(codePoint)) return -1
  let score = profile.isCommon(character.toLowerCase().codePointAt(0) ?? 0) ? 1.5 : 1
  // Of Latin letters few have accents, and rarely two together; of other scripts all are beyond ASCII, and none stands beside a Latin one.
  if (profile.script === 'latin') score -= before >= 0x80 && profile.isLetter(before) ? 0.7 : 0
  else score -= isAsciiLetter(before) || isAsciiLetter(after) ? 1.5 : 0
  const isUpper = character !== character.toLowerCase()
  if (isUpper && isLowerLetter(before)) score -= 1
  return score
}

function isLowerLetter(codePoint: number): boolean {
  if (codePoint === 0) return false
  const character = String.fromCodePoint(codePoint)
  return character !== character.toUpperCase()
}

/** Whole lines that have something beyond ASCII: all others read the same in every encoding. */
function sampleOf(bytes: Uint8Array): Uint8Array {
  const parts: Uint8Array[] = []
  let sampled = 0
  let lineStart = 0
  let isInteresting = false
  for (let at = 0; at <= bytes.length && sampled < SAMPLE_BYTES; at++) {
    const byte = bytes[at]
    if (byte !== undefined && byte !== 0x0a && at - lineStart < SAMPLE_BYTES) {
      isInteresting ||= byte >= 0x80
      continue
    }
    if (isInteresting) {
      parts.push(bytes.subarray(lineStart, at + 1))
      sampled += at + 1 - lineStart
    }
    lineStart = at + 1
    isInteresting = false
  }
  return Buffer.concat(parts)
}

/** 0x80 to 0x9f of windows-1252, which the platform's decoder of that name takes for control characters (Node 20). */
const WINDOWS_1252 = '€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ'

/** Decodes one part after the other; without one what is left of the last. */
export function decoderOf(encoding: string): (part?: Uint8Array) => string {
  const decoder = new TextDecoder(encoding)
  const decode = (part?: Uint8Array): string => decoder.decode(part, { stream: part !== undefined })
  if (encoding !== 'windows-1252') return decode
  return (part) =>
    decode(part).replace(/[\u0080-\u009f]/g, (character) => WINDOWS_1252[character.charCodeAt(0) - 0x80] ?? character)
}
