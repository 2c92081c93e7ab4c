import { hasAny, letters } from './digit-facts.ts'
import { at, type EpisodeNumbers, isFollowedByYear, numberRange, VERSION } from './episode-numbers.ts'
import { isYear, type Reading, span } from './numbering.ts'
import { isBroadcast } from './quality.ts'
import { MASK } from './release-tags.ts'

const LAST = new RegExp(
  `(?=\\d)(?<=[ _.:-])(\\d{1,4})(?:\\.(\\d))?${VERSION}(?:(?:[ _]{0,2}[-~&+][ _]{0,2}|[ ](?:a|à|al|to|bis)[ ](?=\\d{2}))(\\d{1,4}))?${VERSION}(?:[ ]?\\+[ ]?(?:ova|oad|sp|specials?)s?)?([ _](?:-[ _])?(?:END|FIN(?:AL)?|RAW))?[ _.-]{0,3}$`,
  'u',
)
const PADDED = /(?<=[\p{L}!?.)][ _.]{1,2})(0\d{1,2})(?:v\d)?(?=[ _.]{1,2}\p{L})/u
const BEFORE_NAME = /(?<=[\p{L}!?.)][ _.]{1,2})(?<!movie[ _.]{1,2})(\d{2,4})(?:v\d)?(?=[ _]-[ _]\p{L})/iu
/** `James Bond 01 - Dr. No (1962) 1080p` */
const FILM_YEAR = /[ ._]\((?:19|20)\d\d\)[ ._[(]{0,3}$/
/** `[Group] Show 343-366 Greek subs` */
const NAMED_RANGE = /(?<=[\p{L}!?.)][ _]{1,2})(?!(?:19|20)\d\d-(?:19|20)\d\d)(\d{1,4})-(\d{2,4})(?=[ _]|$)/u
/** `[Group] Show [BD 1080p] 01-26` */
const BEHIND_ALL = /(?<=[\])][ _]?)(\d{2,4})(?:-(\d{2,4}))?$/
/** `Show 230 Sub ITA`, `Show.1089.Sub.ITA`: subtitled by fans, and numbered as they do. */
const BEFORE_SUBS =
  /(?=\d)(?<=[\p{L}!?.)][ _.]{1,2})(\d{3,4})(?=[ _.](?:sub(?:s|bed|titulad[oa]s?)?|vostfr|raw|legendad[oa])(?!\p{L}))/iu
/** `Show (Its Other Title) 01-25 [720p]` */
const BEHIND_BRACKET = /(?=\d)(?<=\p{L}\)[ _]{1,2})(?!(?:19|20)\d\d-)(\d{2,4})-(\d{2,4})(?=[ _]{0,2}(?:[[(\uE000]|$))/u
const SUBS_START = letters('svrl')
/** `Show 98 PL.avi` */
const BEFORE_LANGUAGE = /(?<=[\p{L}!?)][ _])(\d{2,3})(?=[ _](?:PL|ITA|ESP|CAST|LAT|VF|FR|GER|ENG|RUS|CZ|HUN|RO|TR)$)/u
const MAX_UNMARKED = 2000
/** `Show 1-20 (1977)`; `Some Films 1-6 (1976)` */
const BEFORE_YEAR = /(?=\d)(?<=[\p{L}!?.)][ _.]{1,2})(\d{1,3})-(\d{2,3})(?=[ _.][[(]?(?:19|20)\d\d(?!\d))/u
const MOST_FILMS = 9

/** `[Group] Show 214 [720p]`: the last number before brackets and description begin. */
export function readTrailing(reading: Reading, from: number, isAnime: boolean): EpisodeNumbers | undefined {
  const { masked, hasGroup, titleEnd, titleStart, digits, isVideo } = reading
  if (digits.runs === 0) return undefined
  const end = trailingRegionEnd(reading, from)
  const region = masked.slice(from, end)
  const match = LAST.exec(region)
  if (
    match &&
    match.index + from > titleStart &&
    !/^[[(]movie/i.test(masked.slice(end)) &&
    !/(?:movie[ _.](?:part[ _.])?|vol[ _.]{1,2})$/i.test(region.slice(0, match.index))
  ) {
    const placed = trailingNumbers(match, reading, isFollowedByYear(masked, end), isAnime)
    if (placed) return at(match, from, placed.numbers, 'placed', placed.confidence)
  }
  const range = hasGroup ? NAMED_RANGE.exec(masked.slice(from, titleEnd)) : null
  if (range && from + range.index > titleStart && Number(range[2]) > Number(range[1]) + 1)
    return at(range, from, span(Number(range[1]), Number(range[2])), 'placed', 0.6)
  const again = digits.runs > 1 ? BEHIND_BRACKET.exec(masked) : null
  if (again && Number(again[2]) > Number(again[1]))
    return at(again, 0, span(Number(again[1]), Number(again[2])), 'placed', 0.6)
  const years = digits.runs > 2 ? BEFORE_YEAR.exec(masked) : null
  if (years && Number(years[2]) - Number(years[1]) > MOST_FILMS)
    return at(years, 0, span(Number(years[1]), Number(years[2])), 'placed', 0.6)
  const behind = hasGroup ? BEHIND_ALL.exec(masked) : null
  if (behind) return at(behind, 0, numberRange(Number(behind[1]), behind[2]), 'placed', 0.6)
  const subbed =
    (digits.longest > 2 && hasAny(digits.after, SUBS_START) ? BEFORE_SUBS.exec(masked.slice(from)) : null) ??
    (isVideo ? BEFORE_LANGUAGE.exec(masked.slice(from)) : null)
  if (subbed && from + subbed.index > titleStart && !isYear(Number(subbed[1]), subbed[1]?.length ?? 0))
    return at(subbed, from, [Number(subbed[1])], 'placed', 0.55)
  const named = hasGroup || digits.hasZero ? BEFORE_NAME.exec(masked.slice(from, titleEnd)) : null
  const number = named?.[1] ?? ''
  if (
    named &&
    from + named.index > titleStart &&
    !FILM_YEAR.test(masked.slice(0, titleEnd)) &&
    (hasGroup ? !isYear(Number(number), number.length) : number[0] === '0')
  )
    return at(named, from, [Number(number)], 'placed', 0.6)
  const padded = digits.hasZero ? PADDED.exec(masked.slice(from, titleEnd)) : null
  if (!padded || from + padded.index <= titleStart) return undefined
  if (!hasGroup && isFollowedByYear(masked, masked.search(ANY_YEAR))) return undefined
  return at(padded, from, [Number(padded[1])], 'placed', hasGroup ? 0.65 : 0.55)
}

interface Placed {
  readonly numbers: readonly number[]
  readonly confidence: number
}

/** Undefined for what is rather a year, a film's number or a part of the title. */
function trailingNumbers(
  match: RegExpExecArray,
  reading: Reading,
  beforeYear: boolean,
  isAnime: boolean,
): Placed | undefined {
  const { masked, hasGroup, quality } = reading
  const [, digits = '', decimal, lastDigits, isLast] = match
  const number = Number(digits)
  if (decimal !== undefined) return hasGroup ? { numbers: [], confidence: 0.4 } : undefined
  if (isYear(number, digits.length) || number > MAX_UNMARKED) return undefined
  if (lastDigits !== undefined) {
    const last = Number(lastDigits)
    if (last <= number || isYear(last, lastDigits.length) || beforeYear) return undefined
    return { numbers: span(number, last), confidence: hasGroup ? 0.8 : 0.65 }
  }
  const isPadded = digits.startsWith('0') && digits.length > 1 && (digits.length < 4 || !maySplit(match, digits))
  if (isPadded && (hasGroup || !beforeYear)) return { numbers: [number], confidence: 0.75 }
  if (digits.length > 1 && (isAnime || hasGroup || isLast)) return { numbers: [number], confidence: 0.7 }
  if (beforeYear) return undefined
  if (isRunning(match, digits, reading)) return { numbers: [number], confidence: digits.length > 2 ? 0.5 : 0.45 }
  const hasChecksum = masked.includes(MASK.repeat(10))
  if (hasChecksum) return { numbers: [number], confidence: 0.6 }
  return digits.length < 3 && isBroadcast(quality) ? { numbers: [number], confidence: 0.55 } : undefined
}

const MOST_OF_A_SEASON = 35

/** `the.show.0207` may be season and episode in one; `Show 0456` and `Show 276` may not. */
const maySplit = ({ input, index }: RegExpExecArray, digits: string): boolean =>
  (input[index - 1] !== ' ' || digits[0] !== '0') &&
  Number(digits.slice(-2)) > 0 &&
  Number(digits.slice(-2)) <= MOST_OF_A_SEASON

const MAY_BE_SHOWS = /^(?:DVD|TVRip|HDTV)?$/

/** `Show 517 [480p].mkv`, `Show 276.mp4`, `Show 12.avi`: no season, no year, and no source that films are told with. */
function isRunning(match: RegExpExecArray, digits: string, { masked, quality, isVideo }: Reading): boolean {
  const { input, index } = match
  if (digits.length > 4 || !/[ _]/.test(input[index - 1] ?? '') || !MAY_BE_SHOWS.test(quality.source ?? ''))
    return false
  if (digits[0] === '0' && maySplit(match, digits)) return false
  if (digits.length < 3) return digits.length === 2 && (isVideo || /^[ ._]*\[/.test(masked.slice(input.length)))
  return (/[[(]/.test(masked) && input.length < masked.length) || (isVideo && !maySplit(match, digits))
}

const ANY_YEAR = /[ ._[(-](?:19|20)\d\d(?!\d)/
const LEADING =
  /^(?:\d{2,3}(?:-\d{2,3}){0,3}(?=[ ._]-[ ._]\p{L})|0\d{1,2}(?:-0\d{1,2}){0,3}(?=[ ._]{0,2}-[ ._]{0,2}\p{L}|\.?[ ]\p{L}))/u
const NUMBERED_BEHIND = /^\d{2,3}(?:\.| -)[ ].{2,200} - \d{2,4}[ ]{0,2}(?:[[(]|$)/u
const LEADING_IN_GROUP = /^(\d{1,3})(?:-(\d{1,3}))?(?:v\d)?(?=[ ._]-[ ._]|[ _]\p{L})/u

/** `01 - Name`, `003. Name`, and `[Group] 06 Name`: the number first, what follows names the episode or the show. */
export function readLeading({ masked, hasGroup, titleStart }: Reading): EpisodeNumbers | undefined {
  const text = masked.slice(titleStart)
  if (!/^\d/.test(text) || ANY_YEAR.test(text)) return undefined
  // `01. Show - 05`: counted in its folder, and numbered behind
  if (!hasGroup && NUMBERED_BEHIND.test(text)) return undefined
  const match = hasGroup ? (/^0\d|^\d{1,3}[ ._]-/.test(text) ? LEADING_IN_GROUP.exec(text) : null) : LEADING.exec(text)
  if (!match) return undefined
  const [first = '', ...others] = match[0].split('-')
  const last = others.at(-1)
  return at(match, titleStart, numberRange(Number.parseInt(first, 10), last), 'placed', hasGroup ? 0.65 : 0.55)
}

/** A bracket, the description, or the end, whichever comes first behind the title's first letters. */
function trailingRegionEnd({ masked, titleEnd, titleStart }: Reading, from: number): number {
  const start = Math.max(from, titleStart + 1)
  const bracket = masked.slice(start).search(/[[({\uE000]/)
  let end = Math.min(titleEnd, bracket < 0 ? masked.length : start + bracket)
  // a bracketed year belongs to the title: `Show (2009) 04 [720p]`
  const year = /^[[(](?:19|20)\d\d[\])]/.exec(masked.slice(end))
  if (year && bracket >= 0) {
    const rest = masked.slice(end + year[0].length).search(/[[({]/)
    const next = rest < 0 ? masked.length : end + year[0].length + rest
    if (Math.min(next, titleEnd) > end + year[0].length) end = Math.min(next, titleEnd)
  }
  return Math.max(end, from)
}
