import type { Numbering, Reading } from './numbering.ts'
import type { AirDate } from './numbering-date.ts'
import { displayTitle } from './title.ts'
import { type ShowTitle, showTitle } from './title-of-show.ts'

/** `September.5.2024.1080p`, and nothing else. */
const DAY_OF_MONTH = /^\p{L}{3,12}([. ])\d{1,2}\1\d{4}$/u
const YEAR_LAST = /^(?:(\d)|\d\d)([. ])(?:(\d)|\d\d|\p{L}{3,12})\2\d{4}$/u

/** `11.14.2003.1080p`, `22.July.2018.1080p`, `Fahrenheit.11.9.2018.BluRay`: a title of numbers and a year; days are told with two digits, and come on no disc and from no shop. */
export function isFilmsDate({ start, end }: AirDate, { text, titleStart, titleEnd, quality }: Reading): boolean {
  const isAll = start === titleStart && titleEnd <= end + 1 && titleEnd < text.length
  if (isAll && DAY_OF_MONTH.test(text.slice(start, end))) return true
  const match = YEAR_LAST.exec(text.slice(start, end))
  if (!match) return false
  const isShort = match[1] !== undefined || match[3] !== undefined
  return isAll || (isShort && /^(?:BluRay|Remux|DVD|WEB)/.test(quality.source ?? ''))
}

/** A season's numbering and a date say the same twice; of a vaguer numbering the date's own digits may be the source. */
export function standsBeside(numbering: Numbering, airDate: AirDate, { hasGroup }: Reading): boolean {
  const overlaps = numbering.start < airDate.end && airDate.start < numbering.end
  // `第二季 20140620 第1期`: around it
  const isAround = numbering.start < airDate.start && airDate.end < numbering.end
  if (overlaps) return isAround && numbering.confidence >= 0.9
  if (numbering.rule === 'episode_only') return numbering.start < airDate.start || numbering.absolute.length > 0
  if (numbering.rule === 'pack') return numbering.season !== null && numbering.start < airDate.start
  const isNamed = numbering.rule === 'season_episode' || numbering.rule === 'words'
  if (isNamed) return airDate.start > 0 || numbering.start === 0
  // `E412.231209` calls its number an episode's
  return numbering.rule === 'absolute' && (hasGroup || numbering.confidence >= 0.9)
}

/** `Show.E05.160309.720p`, as releases from Korea, and a number behind the date: no season is meant. */
export const isDaysEpisode = ({ rule, start, end }: Numbering, airDate: AirDate | undefined): boolean =>
  rule === 'episode_only' &&
  airDate !== undefined &&
  (airDate.end <= start || (airDate.start === end + 1 && isShort(airDate)))
const isShort = ({ start, end }: AirDate): boolean => end - start === SHORT_DATE_LENGTH
const SHORT_DATE_LENGTH = 6

/** `Show - 2022-08-05 - Episode 610`: a count of its days, beside what names the episode. */
export const countsDays = ({ rule, start }: Numbering, airDate: AirDate | undefined): boolean =>
  rule === 'absolute' && airDate !== undefined && airDate.end <= start

/** `120422 Some Show Ep 91`: the date leads. */
export const behindDate = (reading: Reading, { start, end }: AirDate): Reading =>
  start <= reading.titleStart ? { ...reading, titleStart: end } : reading

/** `[20140918] Show - Name` */
const IN_BRACKET = /^[\])][ ._-]{0,3}(.+?)(?: - |$)/
/** `2015-09-08 - Show - Name` */
const NAMED_TWICE = /^ - (\p{L}.+?) - \S/u
const TIME_AHEAD = /^(?:[ ._-]?[012]\d[0-5]\d(?:[0-5]\d)?(?!\d))?[ ._-]*/

/** Recorders put the moment first, and the show behind: `20190701_2154_報道ステーション`. Else what follows is an episode's. */
export function titleOfDay(reading: Reading, airDate: AirDate): ShowTitle {
  if (/[\p{L}\p{N}]/u.test(reading.text.slice(reading.titleStart, airDate.start)))
    return showTitle(reading, airDate.start)
  const behind = reading.text.slice(airDate.end, Math.max(reading.titleEnd, airDate.end))
  const time = TIME_AHEAD.exec(behind)?.[0] ?? ''
  const inBracket = IN_BRACKET.exec(behind) ?? NAMED_TWICE.exec(behind)
  if (inBracket && (airDate.start > 0 || behind.startsWith(' - ')))
    return { title: displayTitle(inBracket[1] ?? ''), year: null, seasonYear: null }
  const isShow =
    /\d/.test(time) ||
    /^[ ._]\p{L}/u.test(behind) ||
    isShort(airDate) ||
    airDate.end - airDate.start > 11 ||
    FAR_EAST.test(behind)
  return { title: isShow ? displayTitle(behind.slice(time.length)) : null, year: null, seasonYear: null }
}

const FAR_EAST = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]/u
