import { MASK } from './release-tags.ts'

/**
 * What stands around the digits of a name, found in one walk over it. Most of the patterns need digits behind or before
 * certain letters, and most names have none of those: what is known here spares their search. A fact is never narrower
 * than the pattern it stands for.
 */
export interface DigitFacts {
  /** Unbroken rows of digits. */
  readonly runs: number
  /** Digits of the longest row. */
  readonly longest: number
  /** The letters before a row and behind one, separators skipped, as `letters` makes them. */
  readonly before: number
  readonly after: number
  /** A row that begins with 0. */
  readonly hasZero: boolean
  readonly hasBracket: boolean
  /** A dash between separators. */
  readonly hasLooseDash: boolean
  /** Letters or signs outside ASCII. */
  readonly isForeign: boolean
}

/** Whatever is no letter of ASCII: patterns have letters of many scripts, and signs such as `№`. */
const FOREIGN = 1 << 26
const MASK_CODE = MASK.charCodeAt(0)
const MOST_SEPARATORS = 6

/** One bit a letter, lower or upper case, and always that of foreign ones. */
export const letters = (text: string): number => {
  let bits = FOREIGN
  for (const char of text) bits |= bitOf(char.charCodeAt(0))
  return bits
}

/** Whether any of `wanted` (of `letters`) stands there. */
export const hasAny = (found: number, wanted: number): boolean => (found & wanted) !== 0

const isDigit = (code: number): boolean => code >= 48 && code <= 57

function bitOf(code: number): number {
  const lower = code | 32
  if (lower >= 97 && lower <= 122 && code < 128) return 1 << (lower - 97)
  return code > 127 && code !== MASK_CODE ? FOREIGN : 0
}

/** The first letter from `start` on in the direction `step`, through few separators. */
function letterFrom(text: string, start: number, step: 1 | -1): number {
  for (let at = start, left = MOST_SEPARATORS; left > 0 && at >= 0 && at < text.length; at += step, left--) {
    const code = text.charCodeAt(at)
    if (isDigit(code) || code === MASK_CODE) return 0
    const bit = bitOf(code)
    if (bit !== 0) return bit
  }
  return 0
}

const isSeparator = (code: number): boolean => code === 32 || code === 46 || code === 95

export function digitFacts(masked: string): DigitFacts {
  let [runs, longest, before, after] = [0, 0, 0, 0]
  let [hasZero, hasBracket, hasLooseDash, isForeign] = [false, false, false, false]
  for (let at = 0; at < masked.length; at++) {
    const code = masked.charCodeAt(at)
    if (isDigit(code)) {
      const start = at
      while (at + 1 < masked.length && isDigit(masked.charCodeAt(at + 1))) at++
      runs++
      longest = Math.max(longest, at + 1 - start)
      hasZero ||= code === 48
      before |= letterFrom(masked, start - 1, -1)
      after |= letterFrom(masked, at + 1, 1)
    } else if (code === 45)
      hasLooseDash ||= isSeparator(masked.charCodeAt(at - 1)) && isSeparator(masked.charCodeAt(at + 1))
    else if (code === 91 || code === 40 || code === 123) hasBracket = true
    else if (code > 127 && code !== MASK_CODE) isForeign = true
  }
  return { runs, longest, before, after, hasZero, hasBracket, hasLooseDash, isForeign }
}
