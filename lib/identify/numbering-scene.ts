import { eachMatch } from './each-match.ts'
import { isYear, type Numbering, type Reading, span } from './numbering.ts'
import { CARDINAL_WORD, numberWord, ROMAN_WORD } from './numbering-words.ts'
import { isBroadcast } from './quality.ts'

const PLAIN_NUMBER = /(?<![\p{L}\p{N}]|\d-|\p{Lu}{2}-|#)(\d{3,6})(?![\p{L}\p{N}]|-\d|-\p{L}{1,20}[ _])/gu
const BRACKETED_YEAR = /\[(?:19|20)\d\d\]/
const YEAR_AHEAD = /(?<!\d)(?:19|20)\d\d(?!\d)/
/** Seasons of television rarely hold more; `Fahrenheit 451` and `Room 237` are titles. */
const MAX_EPISODE = 35
const MAX_EPISODE_OF_BROADCAST = 60

/** Season and episode in one number: `103`, `1013`, `0308`, `103.104`, `10708` (episodes 7 and 8), `010910`. */
export function readScene(reading: Reading): Numbering | undefined {
  const { masked, titleStart, titleEnd, quality, digits } = reading
  if (digits.longest < 3) return undefined
  const limit = isBroadcast(quality) ? MAX_EPISODE_OF_BROADCAST : MAX_EPISODE
  const numbers = eachMatch(PLAIN_NUMBER, masked).filter((match) => match.index > titleStart)
  const ahead = numbers.filter((match) => match.index < titleEnd && !isYear(Number(match[1]), match[1]?.length ?? 0))
  const last = ahead.at(-1) ?? numbers.find((match) => match.index + match[0].length === masked.length)
  if (!last || YEAR_AHEAD.test(masked.slice(last.index + last[0].length, Math.max(titleEnd, last.index))))
    return undefined
  // `Title 211 [DVDRip][2009]`
  if (BRACKETED_YEAR.test(masked.slice(last.index))) return undefined
  const number = last[1] ?? ''
  if (isYear(Number(number), number.length)) return undefined
  const found = (
    start: RegExpExecArray,
    season: number,
    episodes: readonly number[],
    confidence: number,
  ): Numbering => ({
    rule: 'scene',
    start: start.index,
    end: last.index + last[0].length,
    season,
    episodes,
    absolute: [],
    confidence,
  })
  // `0456` counts through, unless a year before it tells a year's numbering
  if (number.length === 4 && number[0] === '0' && Number(number) > 99 && Number(number) % 100 > MAX_EPISODE)
    return undefined
  if (number.length > 4) {
    const [season, first, second] = [
      Number(number.slice(0, -4)),
      Number(number.slice(-4, -2)),
      Number(number.slice(-2)),
    ]
    return second === first + 1 && season > 0 ? found(last, season, [first, second], 0.6) : undefined
  }
  const { season, episode } = split(number)
  if (season === 0 || episode === 0 || episode > limit) return undefined
  const previous = ahead.at(-2)
  if (previous && previous.index + previous[0].length + 1 === last.index && previous[0].length < 5) {
    const before = split(previous[0])
    if (before.season === season && before.episode + 1 === episode)
      return found(previous, season, [before.episode, episode], 0.75)
  }
  // with nothing else in the name it may as well be a title's
  const isDescribed = titleEnd < masked.length || last.index + last[0].length === masked.length
  return found(last, season, [episode], isBroadcast(quality) ? 0.8 : isDescribed ? 0.55 : 0.45)
}

/** `show.722-723.dvdrip` */
const SCENE_RUN = /(?<=\.)(\d{1,2})(\d\d)-(?:\1)?(\d\d)(?=\.|$)/

/** Two episodes that follow each other, each with its season, as releases write them: with dots. */
export function readSceneRun({ masked, titleEnd, hasGroup, isVideo }: Reading): Numbering | undefined {
  const match = hasGroup ? null : SCENE_RUN.exec(masked)
  const isDescribed = titleEnd < masked.length
  if (!match || match.index > titleEnd || !(isDescribed || isVideo)) return undefined
  const [season, first, last] = [Number(match[1]), Number(match[2]), Number(match[3])]
  if (season === 0 || first === 0 || last !== first + 1 || last > MAX_EPISODE) return undefined
  return {
    rule: 'scene',
    start: match.index,
    end: match.index + match[0].length,
    season,
    episodes: [first, last],
    absolute: [],
    confidence: isDescribed ? 0.75 : 0.45,
  }
}

const split = (digits: string) => ({ season: Number(digits.slice(0, -2)), episode: Number(digits.slice(-2)) })

/** The number that a season folder or a run of siblings may explain: `103` as season 1 episode 3. */
export const splitSceneNumber = split

const PART = new RegExp(
  String.raw`(?<![\p{L}\p{N}])(?:parts?|pt|parte|partie|teil|часть)[ ._]{0,2}(\d{1,2}|${CARDINAL_WORD}|${ROMAN_WORD})(?:[ ._]{0,2}(?:and|&|\+|-)[ ._]{0,2}(?:parts?|pt)?[ ._]{0,2}(\d{1,2}))?(?![\p{L}\p{N}])`,
  'iu',
)

/** `Roots (1977) - Part 3`, `Roots.1977.Part.3` */
const YEAR_BEFORE = /(?<!\d)(?:19|20)\d\d[\])]?[ ._-]{1,3}$/
/** Series of films are seldom longer, and most write Roman: `Show - Part 4 - Name` is an episode. */
const MOST_FILMS = 3
const MOST_ROMAN_FILMS = 8
const isBetweenDashes = (masked: string, { index, 0: { length } }: RegExpExecArray): boolean =>
  masked.startsWith('- ', index - 2) && masked.startsWith(' - ', index + length)
const PART_HINT = /pa?r?t|teil|ч/iu

/**
 * `Part 02`: an episode of a mini-series when it is zero-padded or was broadcast; a film's part when the year follows, or
 * when nothing speaks for television. `numbers` is what another rule read.
 */
export function readPart(
  { masked, quality, titleEnd, hasGroup, isVideo }: Reading,
  numbers?: Numbering,
): Numbering | undefined {
  const match = PART_HINT.test(masked) ? PART.exec(masked) : null
  if (!match) return undefined
  const word = match[1] ?? ''
  const isPadded = /^0\d/.test(word)
  const yearAfter = YEAR_AHEAD.test(masked.slice(match.index))
  // no film comes in more than two, nor has the year before its parts
  const isYearBefore = YEAR_BEFORE.test(masked.slice(0, match.index))
  const isNumbered = numbers?.start === match.index + match[0].indexOf(word)
  const isRun = Number(match[2]) > numberWord(word) + (isYearBefore ? 0 : 1) && !match[0].includes(' - ')
  const isLate = numberWord(word) > 2 && (match[0] === masked || isYearBefore)
  // of films the year would be told
  const isUndated =
    !hasGroup && numberWord(word) > 2 && !/^[ivx]/i.test(word) && titleEnd < masked.length && !YEAR_AHEAD.test(masked)
  const isNamed =
    isBetweenDashes(masked, match) &&
    (numberWord(word) > (/^\d/.test(word) ? MOST_FILMS : MOST_ROMAN_FILMS) || (isVideo && match[2] !== undefined))
  if (match.index === 0 && match[0] !== masked) return undefined
  const isTelevision = isNumbered || isUndated || isPadded || isRun || isLate || isNamed || isBroadcast(quality)
  if (!isTelevision || (yearAfter && !isPadded && !isRun)) return undefined
  const isSpecial = /specials?[ ._-]{1,3}$/i.test(masked.slice(0, match.index))
  return {
    rule: isSpecial ? 'special' : 'part',
    start: match.index,
    end: match.index + match[0].length,
    season: isSpecial ? 0 : 1,
    episodes: span(numberWord(word), Number(match[2] ?? 0)),
    absolute: [],
    confidence: 0.75,
  }
}

const PILOT =
  /(?<=[\p{L}\p{N})\]][ ._-]{1,3})(?:unaired[ ._])?pilot(?:[ ._](?:episode|part[ ._]?1))?(?:[ ._]\(?(?:pre[ ._-]?air|unaired)\)?)?(?=[ ._-]{0,3}(?:$|\uE000|[[(]))/iu

const PILOT_HINT = /pilot/i

/** A name that ends in `Pilot` is its show's first episode. */
export function readPilot({ masked }: Reading): Numbering | undefined {
  const match = PILOT_HINT.test(masked) ? PILOT.exec(masked) : null
  // `show.101.pilot`
  if (match && /[ ._]\d?\d01[ ._-]{1,3}$/.test(masked.slice(0, match.index))) return undefined
  if (!match || YEAR_AHEAD.test(masked.slice(match.index))) return undefined
  return {
    rule: 'pilot',
    start: match.index,
    end: match.index + match[0].length,
    season: 1,
    episodes: [1],
    absolute: [],
    confidence: 0.6,
  }
}

/** `11-02 Name`, at the head of a name: nothing else says what it is. */
const LEADING_PAIR = /^(\d{1,2})-(\d\d)(?=[ _.]+\p{L})/u

export function readLeadingPair({ masked }: Reading): Numbering | undefined {
  const match = LEADING_PAIR.exec(masked)
  if (!match || YEAR_AHEAD.test(masked)) return undefined
  return {
    rule: 'scene',
    start: 0,
    end: match[0].length,
    season: Number(match[1]),
    episodes: [Number(match[2])],
    absolute: [],
    confidence: 0.5,
  }
}
