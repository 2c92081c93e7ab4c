import { hasAny, letters } from './digit-facts.ts'
import type { EpisodeNumbers } from './episode-numbers.ts'
import { type Numbering, type Reading, span } from './numbering.ts'
import { readBeside } from './numbering-beside.ts'
import { readBracketed } from './numbering-bracketed.ts'
import { readDashed } from './numbering-dashed.ts'
import { DAY, ISSUE, readMarked } from './numbering-marked.ts'
import { readLeadingPair, readPart, readPilot, readScene, readSceneRun } from './numbering-scene.ts'
import { readSeason } from './numbering-season.ts'
import { readStandard } from './numbering-standard.ts'
import { readLeading, readTrailing } from './numbering-trailing.ts'
import { COUNT_OF_EPISODES, readWholeSeries } from './numbering-whole.ts'
import { MASK } from './release-tags.ts'
import type { SeasonMark } from './season-mark.ts'

const SPECIAL = /(?<![\p{L}\p{N}])(?:ova|oad|ona|ovd|sp|specials?)(?=[ ._-]{0,3}(?:\d{1,2}(?!\d)|[[(\uE000]|$))/iu
const FANSUB = /(?<![\p{L}\p{N}])(?:vostfr|fansubs?|raws|10[ -]?bits?|hi10p?|dual[ ._-]?audio|[a-z]+[ -]?subs?\])/iu

/** `UFC.229.Reed.vs.Tide.PPV`: the number is the event's. */
const EVENT =
  /(?<![\p{L}\d])ppv(?![\p{L}\d])|^(?:ufc|bellator|pfl|one[ ._](?:fc|championship)|invicta|rizin|ksw|strikeforce|pride|dream|cage[ ._]warriors|lfa|(?:wwe|aew|tna|njpw|roh)[ ._]\p{L}[\p{L} ._]{2,30})[ ._-]{1,3}(?:(?:fight[ ._]night|on[ ._]\p{L}+)[ ._-]{1,3})?\d{1,3}(?![\dx])/iu

const EPISODES_START = letters('epfaocj')

/** The numbering in a name, by the most certain rule that finds one; undefined for what has none (a film). */
export function readNumbering(reading: Reading): Numbering | undefined {
  const standard = readStandard(reading)
  if (standard) {
    const beside = readBeside(reading, standard)
    const isFansub = beside.numbers.length === 0 && isFansubStyle(reading, standard)
    const numbering = { ...standard, absolute: isFansub ? standard.episodes : beside.numbers }
    return beside.titleEnd === undefined ? numbering : { ...numbering, titleEnd: beside.titleEnd }
  }
  if (EVENT.test(reading.text)) return undefined
  const run = readSceneRun(reading)
  if (run) return run
  const anime = readAnime(reading)
  const part = readPart(reading, anime)
  // `Part 02` is no bare `02`
  if (anime && part && part.start < anime.end && anime.start < part.end) return part
  return (
    anime ?? part ?? readPilot(reading) ?? readScene(reading) ?? readLeadingPair(reading) ?? readWholeSeries(reading)
  )
}

/** `Show S3 - EP14 VOSTFR`: fansub groups number on, whatever the season. */
const isFansubStyle = ({ text }: Reading, numbering: Numbering): boolean =>
  / - /.test(text.slice(numbering.start, numbering.end)) && FANSUB.test(text)

/** `[Group] Show Ep 07`: numbered over the whole show; a bare `E07` may as well be that of a series of one season. */
const isFansubs = ({ hasGroup, masked }: Reading, { how, start }: EpisodeNumbers): boolean =>
  hasGroup && how === 'marked' && !/^e\d/i.test(masked.slice(start, start + 2))

function readAnime(reading: Reading): Numbering | undefined {
  const { masked, text, titleStart, hasGroup } = reading
  const named = readSeason(masked, reading.digits)
  const season =
    named && !isDescription(reading, named.start) && !isFilmTitle(reading, named) && !isIssue(reading, named)
      ? named
      : undefined
  const from = season ? season.end : titleStart
  const leading = hasGroup ? undefined : readLeading(reading)
  const marked = leading ?? readMarked(reading, from)
  if (season) {
    if (season.lastSeason > season.season) return packOrBatch(reading, season)
    const numbers =
      marked ??
      readDashed(reading, from - 1) ??
      readBracketed(reading, from - 1) ??
      readAdjacent(reading, from) ??
      readBefore(reading, season)
    if (!numbers || numbers.numbers.length === 0) return packOrBatch(reading, season)
    return {
      rule: 'absolute',
      ...titleAround(reading, season, numbers.start),
      end: numbers.end,
      season: season.season,
      ...countedTwice(reading, numbers),
      ...countedBefore(masked, season.start),
      confidence: Math.min(0.95, numbers.confidence + 0.1),
    }
  }
  const isCount = !marked && hasAny(reading.digits.after, EPISODES_START) && COUNT_OF_EPISODES.test(masked)
  const whole = isCount ? readWholeSeries(reading) : undefined
  if (whole) return whole
  const numbers =
    filmEpisode(reading, marked) ??
    readDashed(reading, from) ??
    readBracketed(reading, from) ??
    readLeading(reading) ??
    readTrailing(reading, from, FANSUB.test(text)) ??
    readSpecialNumber(reading)
  if (!numbers) return undefined
  const special = SPECIAL.exec(masked)
  // `01-25 + Specials`: a batch with more
  const isMore = numbers.numbers.length > 1 && (special?.index ?? 0) >= numbers.end
  const isSpecials = hasGroup || special?.index === numbers.start
  if (special && special.index > titleStart && numbers.numbers.length > 0 && isSpecials && !isMore) {
    return {
      rule: 'special',
      start: Math.min(numbers.start, special.index),
      end: numbers.end,
      season: 0,
      episodes: numbers.numbers,
      absolute: numbers.numbers,
      confidence: 0.7,
    }
  }
  if (numbers.numbers.length === 0)
    return {
      rule: 'special',
      start: numbers.start,
      end: numbers.end,
      season: 0,
      episodes: [],
      absolute: [],
      confidence: numbers.confidence,
    }
  if (numbers.how !== 'placed' && !isFansubs(reading, numbers) && (numbers.numbers[0] ?? 0) < 100)
    return {
      rule: 'episode_only',
      start: numbers.start,
      end: numbers.end,
      season: 1,
      episodes: numbers.numbers,
      absolute: numbers.how === 'marked' ? numbers.numbers : [],
      confidence: numbers.confidence,
    }
  return {
    rule: 'absolute',
    start: numbers.start,
    end: numbers.end,
    season: null,
    // `Show.E412`: called an episode's, in whatever season
    episodes: numbers.how === 'marked' && !isFansubs(reading, numbers) ? numbers.numbers : [],
    absolute: numbers.numbers,
    confidence: numbers.confidence,
  }
}

const SPECIAL_NUMBER =
  /(?<![\p{L}\p{N}])(?:ova|oad|ona|sp|special)s?(?:[ ._-]{0,3}(\d{1,2})(?:v\d)?(?![\p{L}\p{N}])|(?=[ _]?[[(\uE000]))/iu
const DASHED_SPECIAL = /(?<= - )(?:ova|oad|special)[ ](\d{1,2})(?= - |$)/i

/** `[Group] Show - SP01`, `[Group][Show][OVA2]`, `Show - OVA 3 - Name`: nothing else numbers the file; `[Group] Show - OVA` has no number. */
function readSpecialNumber({ masked, hasGroup, titleStart }: Reading): EpisodeNumbers | undefined {
  const match = (hasGroup ? SPECIAL_NUMBER : DASHED_SPECIAL).exec(masked)
  if (!match || match.index <= titleStart) return undefined
  const [, number] = match
  return {
    start: match.index,
    end: match.index + match[0].length,
    numbers: number === undefined ? [] : [Number(number)],
    how: 'placed',
    confidence: number === undefined ? 0.4 : 0.7,
  }
}

/** `Title (2020) [2160p x265 S82 Ann]`: behind the year, among tags of one bracket, a group's name. */
function isDescription({ text, masked, titleEnd }: Reading, start: number): boolean {
  // `H264-S56`: a group's name at the end
  if (start > titleEnd && text[start - 1] === '-' && /^s\d{1,2}$/i.test(text.slice(start))) return true
  const open = Math.max(text.lastIndexOf('[', start - 1), text.lastIndexOf('(', start - 1))
  const before = masked.slice(open + 1, start)
  return (
    open > 0 && before.includes(MASK) && !/[\])]/.test(before) && /[[(](?:19|20)\d\d[\])]/.test(text.slice(0, open))
  )
}

/** `Series.7.The.Contenders.2001` */
const isFilmTitle = ({ masked, titleStart, hasGroup }: Reading, { start, end }: SeasonMark): boolean =>
  !hasGroup && start === titleStart && /^[ ._]\p{L}[^[(]*(?:19|20)\d\d/u.test(masked.slice(end))

/** `20150614 第01期`: no season. */
const isIssue = ({ masked }: Reading, { start, end }: SeasonMark): boolean =>
  ISSUE.test(masked.slice(start, end)) && DAY.test(masked.slice(0, start))

/** Another spelling of the title behind the season: `天使 第二季 / Angel`, `[天使 第二季][Angel on Earth]`. */
const SPELLED_AGAIN = /^[^/[\]|]{0,40}(?:[/|][^[\]]*?|[\]} ]{1,3}\[[^[\]]*?\p{Script=Latin}[ ._])\p{Script=Latin}{2}/u

/** Where the title ends: before the season, unless it is told again behind that. */
function titleAround(
  { text, titleEnd }: Reading,
  { start, end }: SeasonMark,
  limit: number,
): Pick<Numbering, 'start' | 'isSeasonInside'> {
  if (limit < start) return { start: limit }
  const last = Math.min(limit, Math.max(titleEnd, end))
  return SPELLED_AGAIN.test(text.slice(end, last)) ? { start: last, isSeasonInside: true } : { start }
}

/** `S7 - 21 (159)`, `33(09)`: the larger number is that of the whole show. */
const AGAIN = /^\D{0,4}\d{1,4}(?:v\d)?[ ._]?(?:\((\d{1,4})\)|\[(\d{3})\])/

function countedTwice(
  { masked }: Reading,
  { start, numbers }: EpisodeNumbers,
): Pick<Numbering, 'episodes' | 'absolute'> {
  const found = AGAIN.exec(masked.slice(start))
  const again = Number(found?.[1] ?? found?.[2])
  const [first = 0] = numbers
  if (numbers.length !== 1 || Number.isNaN(again) || again === first) return { episodes: numbers, absolute: numbers }
  return { episodes: [Math.min(first, again)], absolute: [Math.max(first, again)] }
}

/** `[Show][22-25][1080P](Season 1)`: the number stands before the season. */
function readBefore(reading: Reading, { start }: SeasonMark): EpisodeNumbers | undefined {
  const numbers = reading.hasGroup ? readBracketed(reading, reading.titleStart) : undefined
  return numbers && numbers.end <= start ? numbers : undefined
}

const COUNT_BEFORE = /[ _]{1,2}-[ _](\d{1,4})(?:[-~](\d{1,4}))?[ _]{0,2}\($/

/** `Show - 26~37 (S2 01~12)`: counted over the whole show first. */
function countedBefore(masked: string, end: number): Partial<Pick<Numbering, 'start' | 'absolute'>> {
  const match = COUNT_BEFORE.exec(masked.slice(0, end))
  return match ? { start: match.index, absolute: span(Number(match[1]), Number(match[2] ?? 0)) } : {}
}

const RANGE_BEFORE =
  /[ ._](?:episodes?[ ._]|eps?[ ._]?)?\(?(0\d{1,2}|(?!(?:19|20)\d\d-)\d{2,4}(?=-)|(?<=episodes?[ ._])\d)[ ._]{0,2}-[ ._]{0,2}(\d{2,4})\)?[ ._]{1,3}[[(]?$/i

/** A whole season, or the range of it that stands before its name: `Show 01 - 12 Season 1`. */
function packOrBatch(reading: Reading, mark: SeasonMark): Numbering {
  const { start, end, season, lastSeason } = mark
  const range = RANGE_BEFORE.exec(reading.masked.slice(0, start))
  if (!range || range.index === 0 || Number(range[2]) <= Number(range[1])) {
    const title = titleAround(reading, mark, reading.text.length)
    return { rule: 'pack', ...title, end, season, episodes: [], absolute: [], confidence: 0.9 }
  }
  const episodes = span(Number(range[1]), Number(range[2]))
  const numbering = { rule: 'absolute', start: range.index, end, confidence: 0.8 } as const
  // over several seasons the numbers run on
  return lastSeason > season
    ? { ...numbering, season: null, episodes: [], absolute: episodes }
    : { ...numbering, season, episodes, absolute: [] }
}

/** `Show S2 07`: the number stands directly behind the season. */
function readAdjacent({ masked }: Reading, from: number): EpisodeNumbers | undefined {
  const match =
    /^(?:.[\])]?(?:[ ]\((?:19|20)\d\d\))?(?:-[ ]|[ ._]{1,3})|[季期기])(\d{2,4}|\d(?=[-~]\d\d))(?:v\d)?(?:[-~](\d{2,4}))?(?=[ _.[()\uE000]|$)(?![ ._](?:сери[ий]|[eé]pisod(?:e|io)s|folgen|episodi)(?!\p{L}))/iu.exec(
      masked.slice(from - 1),
    )
  if (!match || /^(?:19|20)\d\d$/.test(match[1] ?? '')) return undefined
  return {
    start: from,
    end: from - 1 + match[0].length,
    numbers: span(Number(match[1]), Number(match[2] ?? 0)),
    how: 'placed',
    confidence: 0.7,
  }
}

/** `Star Wars Episode 4 1977`, `Episode.50.2011.DVDRip`, `Episode 1 The Phantom Menace (1999)`: a year behind a small number makes it a film's. */
function filmEpisode({ masked, hasGroup }: Reading, marked: EpisodeNumbers | undefined): EpisodeNumbers | undefined {
  if (!marked || hasGroup || marked.how !== 'marked' || marked.numbers.length > 1) return marked
  const isSmall = (marked.numbers[0] ?? 0) < 10 && /(?:^|\D)\d$/.test(masked.slice(marked.start, marked.end))
  const rest = masked.slice(marked.end)
  if (marked.start === 0 && /^[ ._](?:19|20)\d\d[ ._]/.test(rest)) return undefined
  // `Prisoner #701 Scorpion (1972)`
  const isInTitle = masked[marked.start] === '#' && /^[ ._]{1,2}\p{L}[^()]{0,100}\((?:19|20)\d\d\)/u.test(rest)
  return isInTitle || (isSmall && /[ ._([-](?:19|20)\d\d(?!\d)/.test(rest)) ? undefined : marked
}
