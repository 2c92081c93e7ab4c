import { eachMatch } from './each-match.ts'
import { at, type EpisodeNumbers, isFollowedByYear, numberRange, VERSION } from './episode-numbers.ts'
import { isYear, type Reading, span } from './numbering.ts'
import { MASK } from './release-tags.ts'

const RANGE =
  '(?:(?:[-~&+]|,[ ]|[ ](?:to|ao|a|e|y|et|und)[ ]|[ _]{1,2}~[ _]{1,2}|[ _][-&+][ _](?=\\d{1,4}[ _]{0,2}(?:[[(]|$)))(\\d{1,4})){0,3}'
const END = `(?=[ _.\\[\\](){}${MASK}]|$)`
const DASHED = new RegExp(`(?<=[ _.]-[ _.]{1,3})(\\d{1,4})(?:\\.(\\d))?${VERSION}${RANGE}${VERSION}${END}`, 'gu')
/** `01 - 119`: zero-padded, or `Series 2 - 05` would be a range. */
const BATCH = /(?<=[ _.])(0(?!0[ _])\d{1,3})[ _]-[ _](\d{1,4})(?=[ _]{0,2}(?:[[(\uE000]|$))/u
/** `Show - Session 05 - Name`: whatever the show calls its episodes. */
const DASHED_WORD =
  /(?<= - |\p{L} (?=(?:session|mission|layer|lesson) \d\d - ))(?:session|mission|phase|act|stage|chapter|lesson|layer|step|turn|track|file|case|night|scroll|tale|dream|operation|inning|lecture)[ ](?!(?:19|20)\d\d)(\d{2,4}|(?<=inning )\d|(?<=chapter )[4-9](?= - ))(?= - |[ ]\[|$)/iu
/** `493-498 & 500-507` */
const TWO_RANGES = /(?<=[ _.])(\d{2,4})-(\d{2,4})[ _.]{0,2}[&+,][ _.]{0,2}(\d{2,4})-(\d{2,4})(?![\p{L}\p{N}])/u
const TIGHT = new RegExp(
  `(?<=[\\p{L}!?])-(\\d{2,4})${VERSION}${RANGE}(?=[ _]{0,2}(?:(?:DVD|BD|TV)[ _]{0,2})?[\\[(${MASK}]|-\\p{Lu}|$)`,
  'u',
)
/** `01-12` is a range, `238+276+279` a list. */
function numbersIn(match: RegExpExecArray, first: number, last: string | undefined): readonly number[] {
  const [text] = match
  if (last === undefined || !/[+&]/.test(text) || /[-~]|\p{L}{2}/u.test(text)) return numberRange(first, last)
  const numbers = (text.replace(/v\d/gi, '').match(/\d+/g) ?? []).map(Number)
  return numbers.every((number, index) => index === 0 || number > (numbers[index - 1] ?? 0)) ? numbers : [first]
}

/** `Pirates - 04 - Strange Tides 2011.1080p`: a film's, the fourth of its series. */
const YEAR_LAST = /[ ._](?:19|20)\d\d[ ._[(]{0,2}$/
const BRACKETED_YEAR_LAST = /[ ._]\((?:19|20)\d\d\)[ ._[(]{0,3}$/

/** `Show - 07`, `Show - 01-12`, `Show-01[1280x720]`: behind a dash that stands apart. */
export function readDashed(reading: Reading, from: number): EpisodeNumbers | undefined {
  const { masked, hasGroup, titleEnd, digits: facts } = reading
  if (facts.runs === 0) return undefined
  const batch = facts.runs < 2 || !facts.hasZero || reading.isVideo ? null : BATCH.exec(masked.slice(from))
  if (batch && Number(batch[2]) > Number(batch[1]))
    return at(batch, from, span(Number(batch[1]), Number(batch[2])), 'placed', 0.8)
  const ranges = facts.runs > 3 ? TWO_RANGES.exec(masked.slice(from)) : null
  if (ranges && Number(ranges[3]) > Number(ranges[2])) {
    const [, first, last, again, end] = ranges.map(Number)
    return at(ranges, from, [...span(first ?? 0, last ?? 0), ...span(again ?? 0, end ?? 0)], 'placed', 0.8)
  }
  const worded = facts.hasLooseDash ? DASHED_WORD.exec(masked.slice(from)) : null
  if (worded) return at(worded, from, [Number(worded[1])], 'marked', 0.7)
  let named: EpisodeNumbers | undefined
  for (const match of facts.hasLooseDash ? eachMatch(DASHED, masked.slice(from)) : []) {
    const digits = match[1] ?? ''
    const number = Number(digits)
    const before = masked.slice(0, from + match.index)
    if (isYear(number, digits.length) || /movie[ _.]-[ _.]{1,3}$|[[(]\d{1,4}[ _.]-[ _.]{1,3}$/i.test(before)) continue
    const isPadded = digits.length > 1
    const isBeforeWord = /^[ _.]{1,3}\p{L}/u.test(masked.slice(from + match.index + match[0].length))
    const isNamed = /^[ _.]{1,3}(?:-[ _.]{1,3})?\p{L}/u.test(masked.slice(from + match.index + match[0].length))
    if (isNamed && !hasGroup && endsInYear(masked, titleEnd)) continue
    if (!isPadded && !hasGroup && (isBeforeWord || isFollowedByYear(masked, from + match.index + match[0].length)))
      continue
    // `1971 - 12 Chairs`: a film and its year
    if (isBeforeWord && /^(?:19|20)\d\d[ _]-[ _]$/.test(before)) continue
    // a recap, `10.5`, has no number of its own
    if (match[2] !== undefined) return at(match, from, [], 'placed', 0.4)
    const found = at(
      match,
      from,
      numbersIn(match, number, match[3]),
      'placed',
      dashedConfidence(digits, reading, isBeforeWord),
    )
    // `Show - 100 Years Quest - 05`: a number that goes on into words gives way to one that does not
    if (!isBeforeWord || digits.startsWith('0')) return found
    named ??= found
  }
  if (named) return named
  const tight = hasGroup ? TIGHT.exec(masked.slice(from)) : null
  const digits = tight?.[1] ?? ''
  if (!tight || isYear(Number(digits), digits.length)) return undefined
  return at(tight, from, numberRange(Number(digits), tight[2]), 'placed', 0.75)
}

const endsInYear = (masked: string, titleEnd: number): boolean =>
  BRACKETED_YEAR_LAST.test(masked.slice(0, titleEnd)) ||
  (titleEnd < masked.length && YEAR_LAST.test(masked.slice(0, titleEnd)))

/** `Show - 420 - Name.avi` may be the 20th episode of season 4 as well: what stands around the file decides. */
function dashedConfidence(digits: string, { hasGroup, digits: facts }: Reading, isBeforeWord: boolean): number {
  if (!hasGroup && !facts.hasBracket && /^(?:0?[1-9]|1\d)(?:0[1-9]|[12]\d)$/.test(digits)) return 0.45
  return isBeforeWord && digits.length === 1 ? 0.6 : 0.8
}
