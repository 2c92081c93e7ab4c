import { hasAny, letters } from './digit-facts.ts'
import { eachMatch } from './each-match.ts'
import { isYear, type Reading, readRun, span } from './numbering.ts'
import {
  CARDINAL_WORD,
  EPISODE_AFTER,
  EPISODE_WORD,
  EPISODES_AFTER,
  numberWord,
  ROMAN_WORD,
} from './numbering-words.ts'
import { MASK } from './release-tags.ts'

/** One number, or a run of them, that stands for episodes with no season beside it. */
export interface EpisodeNumbers {
  readonly start: number
  readonly end: number
  readonly numbers: readonly number[]
  /** `marked`: called an episode (`Ep 07`, `#12`, `第5话`); `placed`: only its place says so. */
  readonly how: 'marked' | 'counted' | 'placed'
  readonly confidence: number
}

const MARKED = new RegExp(
  String.raw`(?<![\p{Script=Latin}\p{Script=Cyrillic}\p{Script=Greek}\p{N}])(?:(?:(?:${EPISODE_WORD})(?:[ ._:(№#]{0,3}|-)|episode - )(?:no?\.?[ ]?)?|e(?=\d\d)|^e(?=\d$)|(?<!(?<!\p{L})\p{L}\.)e[. ](?=\d\d)|(?<=[ ._])x(?=\d{3}(?!\d))(?!26\d)|#[ ]?)(?!(?:19|20)\d\d(?!\d))(\d{1,5})(?:v\d)?(?![\d]|\.\d(?!\d)|x\d[)\]])`,
  'iu',
)
const MARKED_BEFORE = new RegExp(
  String.raw`(?<![\p{L}\p{N}])(\d{1,4})(?:(?:-?[йяª°º.])?[ ._]{0,2}(?:${EPISODE_AFTER})|(?:-|[ ]?(?:,|&|и)[ ]?)(\d{1,4})(?:-?[йяª°º.])?[ ._]{0,2}(?:${EPISODE_AFTER}|${EPISODES_AFTER}))(?!\p{L})`,
  'iu',
)
const HAN =
  /(?<![全共]\d{0,3})[第제]?(\d{1,4})(?:[-~～](\d{1,4}))?(?:v\d)?[话話集回화회]|第(\d{1,4})(?:[-~～](\d{1,4}))?/u
/** `2of6`, `2 von 4`, `(2/6)`; `[26/26]` are all of them. */
const COUNTED =
  /(?<![\p{L}\p{N}])(\d{1,3})[ ._]?(?:of|из|iz|von|van|de|di|sur|av|af|z|з)[ ._]?(\d{1,3})(?![\p{L}\p{N}])|(?<=[ ._][[(])(\d{1,2})\/(\d{1,2})(?=[\])])/iu
/** `Part 2 of 4`: the word is none of the title's. */
const COUNTED_WORD = new RegExp(
  String.raw`(?<![\p{L}\p{N}])(?:parts?|pt|teil|parte|partie|deel|del|osa|część|${EPISODE_WORD})[ ._]{0,2}$`,
  'iu',
)
const COUNTED_RUN =
  /(?<![\p{L}\p{N}])(\d{1,3})-(\d{1,3})[ ._]{0,2}(?:of|из|iz|von|van|de|di|sur|av|af|z|з)[ ._]{0,2}(\d{1,3})(?![\p{L}\p{N}])/iu

export const VERSION = '(?:[ _.]?[vV]\\d|[a-cA-C](?![\\p{L}\\p{N}]))?'
const RANGE =
  '(?:(?:[-~&+]|,[ ]|[ ](?:to|ao|a)[ ]|[ _]{1,2}~[ _]{1,2}|[ _][-&+][ _](?=\\d{1,4}[ _]{0,2}(?:[[(]|$)))(\\d{1,4})){0,3}'
const END = `(?=[ _.\\[\\](){}${MASK}]|$)`
const DASHED = new RegExp(`(?<=[ _.]-[ _.]{1,3})(\\d{1,4})(?:\\.(\\d))?${VERSION}${RANGE}${VERSION}${END}`, 'gu')
/** `01 - 119`: zero-padded, or `Series 2 - 05` would be a range. */
const BATCH = /(?<=[ _.])(0(?!0[ _])\d{1,3})[ _]-[ _](\d{1,4})(?=[ _]{0,2}(?:[[(\uE000]|$))/u
/** `Show - Session 05 - Name`: whatever the show calls its episodes. */
const DASHED_WORD =
  /(?<= - )(?:session|mission|phase|act|stage|chapter|lesson|layer|step|turn|track|file|case|night|scroll|tale|dream|operation)[ ](\d\d)(?= - |[ ]\[|$)/iu
/** `493-498 & 500-507` */
const TWO_RANGES = /(?<=[ _.])(\d{2,4})-(\d{2,4})[ _.]{0,2}[&+,][ _.]{0,2}(\d{2,4})-(\d{2,4})(?![\p{L}\p{N}])/u
const TIGHT = new RegExp(
  `(?<=[\\p{L}!?])-(\\d{2,4})${VERSION}${RANGE}(?=[ _]{0,2}(?:(?:DVD|BD|TV)[ _]{0,2})?[\\[(${MASK}]|-\\p{Lu}|$)`,
  'u',
)
const BRACKETED = new RegExp(
  `(?<=.)[\\[({][ _]?(?:第|ep?\\.?[ ]?|tv[ _]?)?(\\d{1,4})${VERSION}(?:[ ]?\\(\\d{1,4}\\)(?=[ _]?\\]))?(?:(?:[ _]{0,2}[-~&][ _]{0,2}|_)(\\d{1,4}))?${VERSION}[ _]{0,2}\\(?(?:END|FIN|完|终|終|話|话|集|回|全|全集|合集|完[结結]|修正)?\\)?(?:TV)?(?:全集|合集)?(?:[ +&]{1,3}(?:sp|ova|oad|extra|movie|special|\\p{Script=Han}{1,6})s?){0,4}[ _]?[\\])}]`,
  'giu',
)

/** `[01-12 修正合集]`, `(01-13Fin WEBRip …)`: a range that more words follow in its bracket. */
const BATCHED =
  /(?<=.)[[(][ _]?(\d{1,4})[-~](\d{1,4})(?:fin|end|[ _]?\p{Script=Han}|[ _](?=\uE000))[^[\](){}]{0,60}[\])]/iu

export const numberRange = (first: number, last: string | undefined): readonly number[] =>
  last === undefined ? [first] : span(first, Number(last))

/** `01-12` is a range, `238+276+279` a list. */
function numbersIn(match: RegExpExecArray, first: number, last: string | undefined): readonly number[] {
  const [text] = match
  if (last === undefined || !/[+&]/.test(text) || /[-~]|\p{L}{2}/u.test(text)) return numberRange(first, last)
  const numbers = (text.replace(/v\d/gi, '').match(/\d+/g) ?? []).map(Number)
  return numbers.every((number, index) => index === 0 || number > (numbers[index - 1] ?? 0)) ? numbers : [first]
}

const WORDED = new RegExp(
  String.raw`(?<![\p{L}\p{N}])(?:episode|ep)[ ._-]{1,3}(${CARDINAL_WORD}|${ROMAN_WORD})[ ._-]{0,3}$`,
  'iu',
)

/** `EP07.5`, `第07.5话`: has no number of its own. */
const RECAP = /(?<![\p{L}\p{N}])ep?\d{1,3}\.5(?!\d)|第\d{1,3}\.5[话話集回]/iu
/** `第01期`, an issue beside a date or a season; by itself a season's number. */
export const ISSUE = /第(\d{1,4})期/u
export const DAY = /(?<!\d)20\d\d[.-]?[01]\d[.-]?[0-3]\d(?!\d)/
const EPISODE_HINT = /ep|\.5/i
const EPISODE_START = letters('sbrdfeop')
const COUNT_START = letters('oivdsaz')

/** `Ep 07`, `E01-02-03`, `#957`, `第05话`, `5of9`, `серия 3`. */
export function readMarked({ masked, digits, titleStart }: Reading, from: number): EpisodeNumbers | undefined {
  const text = masked.slice(from)
  const isCounted = digits.runs > 1 && hasAny(digits.after, COUNT_START)
  const countedRun = isCounted ? COUNTED_RUN.exec(text) : null
  if (countedRun && Number(countedRun[2]) <= Number(countedRun[3]))
    return at(countedRun, from, span(Number(countedRun[1]), Number(countedRun[2])), 'counted', 0.85)
  const marked = digits.runs > 0 ? MARKED.exec(text) : null
  if (marked) {
    const run = readRun(masked, from + marked.index + marked[0].length, null, Number(marked[1]), false)
    return { ...at(marked, from, run.episodes, 'marked', 0.9), end: run.end }
  }
  const recap = EPISODE_HINT.test(text) ? RECAP.exec(text) : null
  if (recap) return at(recap, from, [], 'placed', 0.4)
  const worded = EPISODE_HINT.test(text) ? WORDED.exec(text) : null
  if (worded) return at(worded, from, [numberWord(worded[1] ?? '')], 'marked', 0.6)
  const before = hasAny(digits.after, EPISODE_START) ? MARKED_BEFORE.exec(text) : null
  if (before) return at(before, from, numberRange(Number(before[1]), before[2]), 'marked', 0.85)
  const han = digits.isForeign ? HAN.exec(text) : null
  if (han) return at(han, from, numberRange(Number(han[1] ?? han[3]), han[2] ?? han[4]), 'marked', 0.9)
  const issue = digits.isForeign && (from > titleStart || DAY.test(masked)) ? ISSUE.exec(text) : null
  if (issue) return at(issue, from, [Number(issue[1])], 'marked', 0.9)
  const counted = isCounted || (digits.hasBracket && text.includes('/')) ? COUNTED.exec(text) : null
  const [number, most] = [Number(counted?.[1] ?? counted?.[3]), Number(counted?.[2]) || Number(counted?.[4]) - 1]
  if (!counted || number < 1 || number > most || most < 2) return undefined
  const word = COUNTED_WORD.exec(text.slice(0, counted.index))
  const numbers = at(counted, from, [number], 'counted', 0.8)
  return word ? { ...numbers, start: from + word.index } : numbers
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
  if (worded) return at(worded, from, [Number(worded[1])], 'placed', 0.7)
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

/** `Show - 420 - Name.avi` may be the 20th episode of season 4 as well. */
function dashedConfidence(digits: string, { hasGroup, digits: facts }: Reading, isBeforeWord: boolean): number {
  if (!hasGroup && !facts.hasBracket && /^[1-9](?:0[1-9]|[12]\d)$/.test(digits)) return 0.45
  return isBeforeWord && digits.length === 1 ? 0.6 : 0.8
}

/** `青天を衝け(10)[解][字]`: marks of television guides in Japan. */
const JAPANESE_MARK = /^\[[解字二デ新終再多映]\]/

/** `[05]`, `[12END]`, `(01-25)`, `{01}`. */
export function readBracketed({ masked, hasGroup, digits: facts }: Reading, from: number): EpisodeNumbers | undefined {
  if (facts.runs === 0 || !facts.hasBracket) return undefined
  for (const match of eachMatch(BRACKETED, masked.slice(from))) {
    const digits = match[1] ?? ''
    if (isYear(Number(digits), digits.length)) continue
    const isRound = match[0].startsWith('(')
    const before = masked.slice(0, from + match.index)
    const isMarked = JAPANESE_MARK.test(masked.slice(from + match.index + match[0].length))
    if (isRound && match[2] === undefined && !isMarked && !(hasGroup && digits.length < 4)) continue
    // `[86][05]`: the first is the title
    if (/^\[\d{2,3}(?:v\d)?\]/.test(masked.slice(from + match.index + match[0].length))) continue
    const isPartOfTag = /\p{L}$/u.test(before) || (/(?:19|20)\d\d/.test(before) && !digits.startsWith('0'))
    const isLone = digits.length === 1 && !(Number(match[2]) > 9)
    if (!hasGroup && !isMarked && (isLone || isPartOfTag)) continue
    const how = isMarked ? 'marked' : 'placed'
    return at(match, from, numberRange(Number(digits), match[2]), how, hasGroup || isMarked ? 0.85 : 0.6)
  }
  const batch = BATCHED.exec(masked.slice(from))
  return batch && Number(batch[2]) > Number(batch[1])
    ? at(batch, from, span(Number(batch[1]), Number(batch[2])), 'placed', hasGroup ? 0.85 : 0.6)
    : undefined
}

export const isFollowedByYear = (masked: string, position: number): boolean =>
  /^[ ._[(-]{0,3}(?:19|20)\d\d(?!\d)/.test(masked.slice(position))

/** What a pattern found in the text behind `from`. */
export function at(
  match: RegExpExecArray,
  from: number,
  numbers: readonly number[],
  how: EpisodeNumbers['how'],
  confidence: number,
): EpisodeNumbers {
  return { start: from + match.index, end: from + match.index + match[0].length, numbers, how, confidence }
}
