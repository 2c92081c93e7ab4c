import { withoutEditions } from './editions.ts'
import { type ChosenYear, filmYear } from './film-year.ts'
import type { Reading } from './numbering.ts'
import { withoutPackWords } from './numbering-whole.ts'
import { displayTitle } from './title.ts'
import { ALSO_KNOWN_AS, closed, regionTitle, type TitleYear, withoutSecondTitle } from './title-region.ts'

/** A fansub's second release: `Title v2 [8A2B4C6D]`. */
const VERSION_AT_END = /(?<=[\p{L}.!?)])[ ._]{1,2}v\d[ ._]*(?=[[(]|$)/u
/** `Title_(8A2B4C6D)`, with a group before it or none. */
const CHECKSUM_AT_END = /[ _.-]*(?:\[[^\]]{1,20}\])?\((?=[\da-f]{0,7}\d)[\da-f]{8}\)[ _.]*$/i
/** `Title - Movie`, `Title (Movie)`: what it is, and no word of the title. */
const MOVIE_AT_END = /(?<=[\p{L}\p{N}!?.])(?:[ _]-[ _]|[ _]{0,2}[[(])movie[\])]?[ ._]*$/iu
/** `Title - CD2`, `title-cd2` */
const DISC_AT_END =
  /(?<=[\p{L}\p{N})\]!?.])[ ._([-]{1,3}(?:cd|dis[ck])[ ._-]?[1-9](?:[ ._]?of[ ._]?\d)?[ ._)\]-]{0,3}$/iu
/** `芳华BD国语中字`: glued to the title. */
const CHINESE_AT_END =
  /(?<=\p{Script=Han})[ ._]?(?:[HB]D|DVD|TS|TC)?(?:国语|国粤|中英|粤语|双语|中字|双字|字幕|无水印){1,4}[ ._]*$/u
/** `Disney - Title` */
const STUDIO =
  /^(?:walt[ ._])?(?:disney|pixar|dreamworks|(?:studio[ ._])?ghibli|marvel(?:[ ._]studios)?|warner(?:[ ._]bros)?|universal|paramount)['´’]?s?[ ._]{1,2}-[ ._]{1,2}(?=[\p{L}\d])/iu
/** `Some Series - 03 - Title`, `James Bond 01 - Dr. No`: its place among films. */
const COUNT_INSIDE = /(?<=[\p{L}\p{N}]) - \d\d(?= - \p{L})|(?<=\p{L}{3})(?<!movie|film) \d\d(?= - \p{L})/iu
/** Russian trackers name the director: `Title (Ян Новак) [2000, Россия, …]`. */
const DIRECTOR_AT_END = /(?<=[\p{L}\p{N}!?.]) \((?=[^()\d]*\p{Lu})[^()\d]{3,200}\)[ [(]*$/u

/** A film: what stands before its year, else before the description. */
export function filmTitle(reading: Reading): TitleYear {
  const { text, titleStart, titleEnd } = reading
  const chosen = filmYear(reading)
  const end = Math.min(
    titleEnd > titleStart ? titleEnd : text.length,
    chosen && chosen.start > titleStart ? chosen.start : text.length,
  )
  const behind = chosen && behindYear(reading, chosen)
  if (behind) return { title: displayTitle(behind), year: chosen.year }
  let region = text.slice(titleStart, end)
  if (chosen && text[chosen.end] === ',') region = region.replace(DIRECTOR_AT_END, '')
  region = closed(region)
  if (chosen) region = region.replace(/^(?:\d{1,2}\.|0\d(?: -)?) (?=\p{L})/u, '').replace(COUNT_INSIDE, '')
  region = region
    .replace(CHECKSUM_AT_END, '')
    .replace(VERSION_AT_END, '')
    .replace(MOVIE_AT_END, '')
    .replace(DISC_AT_END, '')
    .replace(STUDIO, '')
  region = withoutPackWords(region.replace(CHINESE_AT_END, ''))
  if (reading.hasGroup) region = withoutSecondTitle(region, true)
  region = withoutEditions(region, chosen && text.slice(chosen.end))
  return { title: regionTitle(reading, region.replace(ALSO_KNOWN_AS, '')), year: chosen?.year ?? null }
}

const NAMED_BEHIND = /^ - (?=\p{L}{4}|\p{L}+ \p{L})(?!(?:german|french|english|italian|spanish|dual|multi)\b)/iu

/** `1940 - Title`, `(1995) Title`, and `Director - 1954 - Title`. */
function behindYear({ text, titleStart, titleEnd }: Reading, { start, end }: ChosenYear): string | undefined {
  const behind = text.slice(end, titleEnd > end ? titleEnd : text.length)
  const isBetween = text.slice(titleStart, start).endsWith(' - ') && NAMED_BEHIND.test(behind)
  return start <= titleStart + 1 || isBetween ? behind : undefined
}
