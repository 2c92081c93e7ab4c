import { eachMatch } from './each-match.ts'
import type { Numbering, Reading } from './numbering.ts'
import { withoutSeasons } from './numbering-season.ts'
import { withoutPackWords } from './numbering-whole.ts'
import { displayTitle } from './title.ts'

export interface TitleYear {
  readonly title: string | null
  readonly year: number | null
}

export interface ShowTitle extends TitleYear {
  /** The year that stands behind the number of a later season: that season's, and not the show's. */
  readonly seasonYear: number | null
}

/** Russian names write `2006г.` */
const YEARS = /(?<![\p{L}\p{N}])(18[89]\d|19\d\d|20[0-3]\d)(?=г\.?(?!\p{L})|[^\p{L}\p{N}]|$)/gu
const YEAR_AT_END = /[ ._([{-]{1,4}((?:19\d|20[0-3])\d)(?:-(?:19|20)?\d\d)?[ ._)\]}([{-]{0,6}$/
const BRACKETED_YEAR = /[[(]((?:19|20)\d\d)(?:-(?:\d\d){1,2})?[\])]/
/** Words of description that stand before the year: `World.War.Z.EXTENDED.2013`. */
const EDITION = String.raw`(?:extended|director['´’]?s|theatrical|special|ultimate|final|fan|collector['´’]?s|criterion|deluxe|imax|unrated|international)(?:[ ._](?:director['´’]?s|theatrical))?[ ._]?(?:cut|edition|edit|version)|\d{1,3}(?:st|nd|rd|th)[ ._]anniversary(?:[ ._]edition)?|extended|uncut|unrated|imax|remastered|restored|3d|limited|theatrical|recut|criterion|despecialized|2in1|proper|internal|repack|dc|custom`
const EDITION_AT_END = new RegExp(
  String.raw`(?<=[\p{L}\p{N})\]!?.][ ._]?)[ ._([{-]{1,3}(?:${EDITION})[)\]}]?[ ._)-]{0,4}$`,
  'iu',
)
/** Editions that no title ends in by itself: without a year they end one too. */
const NAMED_EDITION_AT_END =
  /(?<=[\p{L}\p{N})\]!?.])[ ._([-]{1,3}(?:extended|director['´’]?s|theatrical|special|unrated)[ ._](?:cut|edition)[ ._)\]]{0,3}$/iu
const BETWEEN_YEARS = new RegExp(String.raw`^[ ._([]{1,3}(?:${EDITION})[)\]]?[ ._([]{1,3}$`, 'iu')
const LONE_ARTICLE = /^(?:the|a|an|my|his|her|our)$/i
/** `Bigger Longer and Uncut`: what would be left dangles. */
const DANGLING = /(?:^|[ ._])(?:and|the|of|or|to|&|und|et)[ ._]*$/i
/** `My Movie GERMAN`, `My Movie SE`: shouted in a name that otherwise is not. */
const SHOUTED_LANGUAGE_AT_END =
  /(?<=[\p{L}\p{N}])[ ._-]{1,3}(?:GERMAN|FRENCH|ITALIAN|SPANISH|SWEDISH|DANISH|NORWEGIAN|RUSSIAN|POLISH|DUTCH|SE|OM)[ ._-]{0,3}$/u
/** Only behind titles that are in another language themselves: `The.Good.German.2006` keeps its word. */
const LANGUAGE_AT_END =
  /(?<=[\p{L}\p{N}])[ ._-]{1,3}(?:german|french|truefrench|italian|spanish|swedish|danish|norwegian|multi|dubbed)[ ._-]{0,3}$/iu
/** A fansub's second release: `Title v2 [8A2B4C6D]`. */
const VERSION_AT_END = /(?<=[\p{L}.!?)])[ ._]{1,2}v\d[ ._]*(?=[[(]|$)/u
/** `Amélie AKA The Fabulous Destiny`: two titles of one film, of which the first is told. */
const ALSO_KNOWN_AS = /(?<=[\p{L}\p{N}!?.)]{2})[ ._]\(?(?:aka|a\.k\.a\.?)[ ._](?=.*[\p{L}\p{N}]).*$/iu
/** `Title - Movie`, `Title (Movie)`: what it is, and no word of the title. */
const MOVIE_AT_END = /(?<=[\p{L}\p{N}!?.])(?:[ _]-[ _]|[ _]{0,2}[[(])movie[\])]?[ ._]*$/iu
const ENGLISH_START = /^\W*(?:the|a|an|my|good|our|his|her|i|we|how|one)[ ._]/i

/** An episode's show: what stands before the numbering, its year apart. */
export function showTitle(reading: Reading, end: number, numbering?: Numbering): ShowTitle {
  const { text, titleStart, titleEnd } = reading
  const limit = titleEnd > titleStart ? Math.min(end, titleEnd) : end
  const told = text.slice(titleStart, Math.max(limit, titleStart))
  const named = limit < end ? closed(told) : told
  const whole = numbering?.isSeasonInside ? withoutSeasons(named) : named
  const isOfAll = numbering?.rule === 'pack' && numbering.season === null
  const region = withoutPackWords(
    withoutPackWords(whole.replace(COUNT_AT_START, ''), isOfAll).replace(SEASON_AT_END, ''),
    isOfAll,
  )
  const trailing = YEAR_AT_END.exec(region)
  if (trailing && trailing.index > 0 && displayTitle(region.slice(0, trailing.index)) !== null)
    return ofShow(regionTitle(reading, region.slice(0, trailing.index)), Number(trailing[1]))
  const bracketed = BRACKETED_YEAR.exec(region)
  if (bracketed && bracketed.index > 0)
    return ofShow(regionTitle(reading, region.slice(0, bracketed.index)), Number(bracketed[1]))
  const behind = /\p{Script=Latin}{2}/u.test(region) ? null : BEHIND_SLASH.exec(text.slice(end))
  if (behind) return ofShow(displayTitle(behind[1] ?? ''), behind[2] === undefined ? null : Number(behind[2]))
  const year = yearBehind(reading, end, numbering)
  const title = regionTitle(reading, region)
  return (numbering?.season ?? 1) > 1 ? { title, year: null, seasonYear: year } : ofShow(title, year)
}

const ofShow = (title: string | null, year: number | null): ShowTitle => ({ title, year, seasonYear: null })

/** `S02 (2015)`, `[1969-1993]`, `[2017, США, …]`, `/ 2023 /`. */
const YEAR_BEHIND = /[[(]((?:19|20)\d\d)(?:-(?:19|20)?\d\d)?(?:[\])]|, )|(?<= \/ )((?:19|20)\d\d)(?= \/|$)/
/** `S01.2023.1080p`: nothing else before the description. */
const YEAR_AT_ONCE = /^[ ._)\]]{1,3}((?:19|20)\d\d)[ ._]?$/

function yearBehind({ text, titleEnd }: Reading, end: number, numbering: Numbering | undefined): number | null {
  const year =
    YEAR_BEHIND.exec(text.slice(end)) ?? (numbering ? YEAR_AT_ONCE.exec(text.slice(numbering.end, titleEnd)) : null)
  return year ? Number(year[1] ?? year[2]) : null
}

/** `Фонари (1 сезон: 1-7 серии из 8) / Lanterns / 2026`: the title that databases know stands behind. */
const BEHIND_SLASH = /^[^/)]{0,60}\)\s?\/\s?(\p{Script=Latin}[^/()[\]]{1,80}?)\s?\/\s?((?:19|20)\d\d)?/u

/** `01. Show - 05`, a file's place in its folder; `(Group) Show - 05`. */
const COUNT_AT_START = /^(?:0\d{1,2}\. |\((?=[^)]*\p{L})[^)]{2,40}\)[ _]{1,2})(?=\p{L})/u
/** `S04 Season 4`, `S04 - 4x01`, `Ep 2x03`: what names the numbers again is no part of the title. */
const SEASON_AT_END =
  /(?<=[\p{L}\p{N})\]!?.])[ ._([-]{1,3}(?:s\d\d|ep(?:isode)?|эфир(?:[ ._]от)?|выпуск)[ ._([-]{0,4}$/iu
const NOTE =
  /\d{1,2}月新番|\d{2,4}年(?:\d{1,2}月)?[日韩韓美泰英][剧劇]|(?<![^\s[\]])(?:[剧劇][场場]版|先行版|国漫|國漫|新番)(?![^\s[\]])|(?<=\[)Movie(?=\])/gu
const NOTED = /[[月版漫番剧劇]/
const HAN = /\p{Script=Han}/u
/** Between a title and its translation: `天使降临_Angel`, `刀剑神域 _ Sword`. */
const SCRIPT_CHANGE = /(?<=[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}!。])_| _ /gu
const BRACKET_PARTS = /\[([^[\]]{1,160})\]/gu

/** A region of nothing but brackets, as fansub groups of China write: the Latin title, else the first. */
function regionTitle(reading: Reading, region: string): string | null {
  if (!NOTED.test(region)) return displayTitle(region)
  const noted = region.replace(NOTE, ' ')
  const bare = noted.replace(BRACKET_PARTS, ' ')
  if (/[\p{L}\p{N}]/u.test(bare)) return displayTitle(noted)
  const parts = eachMatch(BRACKET_PARTS, noted)
    .map((match) => match[1] ?? '')
    .filter((part) => /\p{L}/u.test(part))
  const latin = parts.filter((part) => /\p{Script=Latin}{2}/u.test(part))
  const plainLatin = latin.filter((part) => !HAN.test(part))
  // the translation stands behind the original
  const translation = plainLatin.find((part) => HAN.test(parts[parts.indexOf(part) - 1] ?? ''))
  const best = translation ?? plainLatin[0] ?? latin[0] ?? parts[0]
  if (best !== undefined) return displayTitle(best.replace(SCRIPT_CHANGE, '/'))
  // nothing but the group's own brackets: they hold the title
  return reading.hasGroup && region.length < 4 ? null : displayTitle(noted)
}

/** A film: what stands before its year, else before the description. */
export function filmTitle(reading: Reading): TitleYear {
  const { text, titleStart, titleEnd } = reading
  const chosen = filmYear(reading)
  const end = Math.min(
    titleEnd > titleStart ? titleEnd : text.length,
    chosen && chosen.start > titleStart ? chosen.start : text.length,
  )
  if (chosen && chosen.start <= titleStart + 1) {
    const rest = text.slice(chosen.end, titleEnd > chosen.end ? titleEnd : text.length)
    return { title: displayTitle(rest), year: chosen.year }
  }
  let region = closed(text.slice(titleStart, end))
  if (chosen) region = region.replace(/^\d\d\. (?=\p{L})/u, '')
  region = region.replace(VERSION_AT_END, '').replace(MOVIE_AT_END, '')
  region = withoutPackWords(region)
  region = withoutEditions(region)
  if (!chosen) region = region.replace(NAMED_EDITION_AT_END, '')
  const full = region
  if (/\p{Ll}/u.test(region)) region = region.replace(SHOUTED_LANGUAGE_AT_END, '')
  if (chosen && !ENGLISH_START.test(region) && !isToldAgain(region, text.slice(chosen.end)))
    region = region.replace(LANGUAGE_AT_END, '')
  if (region !== full) region = withoutEditions(region)
  return { title: regionTitle(reading, region.replace(ALSO_KNOWN_AS, '')), year: chosen?.year ?? null }
}

/** `Topical.Spanish.1970.SPANiSH`: the language is told behind the year, and the word before it is the title's. */
const isToldAgain = (region: string, rest: string): boolean => {
  const word = LANGUAGE_AT_END.exec(region)?.[0].replace(/[^a-z]/gi, '') ?? ''
  return word !== '' && rest.toLowerCase().includes(word.toLowerCase())
}

function withoutEditions(region: string): string {
  let left = region
  for (let round = 0; round < 5; round++) {
    const without = left.replace(EDITION_AT_END, '')
    if (without === left || DANGLING.test(without) || LONE_ARTICLE.test(displayTitle(without) ?? 'the')) break
    left = without
  }
  return left
}

/** Without a bracket that is not closed: it belongs to the description, unless the title stands in it. */
function closed(region: string): string {
  const open = Math.max(region.lastIndexOf('['), region.lastIndexOf('('))
  if (open <= 0 || open < Math.max(region.lastIndexOf(']'), region.lastIndexOf(')'))) return region
  const [before, inside] = [region.slice(0, open), region.slice(open + 1)]
  if (!/\p{L}/u.test(before.replace(BRACKET_PARTS, '')) && /\p{Script=Latin}{2}/u.test(inside)) return inside
  return displayTitle(before) === null ? region : before
}

interface ChosenYear {
  readonly start: number
  readonly end: number
  readonly year: number
}

/** In brackets before bare, the last before the description; a number that is all there is stays the title. */
function filmYear({ text, masked, titleStart, titleEnd }: Reading): ChosenYear | undefined {
  const all = eachMatch(YEARS, masked).map((match) => ({
    start: match.index,
    end: match.index + match[0].length,
    year: Number(match[1]),
    isBracketed: /[[(]/.test(text[match.index - 1] ?? '') && /[\])]/.test(text[match.index + match[0].length] ?? ''),
  }))
  const usable = all.filter(({ start, end, isBracketed }) => {
    // `1940 - Title`
    if (isBracketed || (start === titleStart && /^ - \p{L}/u.test(text.slice(end)))) return true
    return /[\p{L}\p{N}]/u.test(text.slice(titleStart, start)) && end <= text.length
  })
  const bracketed = usable.filter((year) => year.isBracketed)
  if (bracketed.length > 0)
    return bracketed.find((year) => year.start <= titleEnd && year.start > titleStart) ?? bracketed[0]
  const before = usable.filter((year) => year.start < titleEnd)
  const [first, last] = [before[0], before.at(-1)]
  // `Trilogy 1999-2003`
  const range = before.findIndex(({ start }, index) => text[start - 1] === '-' && before[index - 1]?.end === start - 1)
  const from = before[range - 1]
  if (from && from.year < (before[range]?.year ?? 0)) return from
  // `1976.iNTERNAL.1980.RE-EDIT`: the second is that of the edition
  if (first && last && first !== last && BETWEEN_YEARS.test(text.slice(first.end, last.start))) return first
  return last ?? usable[0]
}
