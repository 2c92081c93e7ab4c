import type { NameIdentity } from '../domain/identify.ts'
import { cleanName } from './clean-name.ts'
import { digitFacts } from './digit-facts.ts'
import type { Numbering, Reading } from './numbering.ts'
import { type AirDate, readAirDate } from './numbering-date.ts'
import { isObfuscated } from './obfuscated.ts'
import { readNumbering } from './read-numbering.ts'
import { type ReleaseTags, scanTags } from './release-tags.ts'
import { displayTitle } from './title.ts'
import { filmTitle, showTitle, type TitleYear } from './title-year.ts'

/** What a name says, with what the sibling rules need to weigh it again. */
export interface NameReading extends NameIdentity {
  readonly rule: Numbering['rule'] | null
  /** What stands between the numbering and the description, when it reads like a name. */
  readonly episodeName: string | null
}

/** Reads one name alone: a torrent's, a folder's or a file's. */
export function readName(name: string): NameReading {
  const { text, hasVideoExtension } = cleanName(name)
  const bar = text.indexOf(' | ')
  const head = bar > 0 ? readText(text.slice(0, bar), hasVideoExtension) : undefined
  // behind the bar the same is said in other words
  if (head && (head.rule !== null || head.year !== null)) return head
  const whole = readText(text, hasVideoExtension)
  return head?.title && whole.type === 'movie' && whole.title?.includes(' | ') ? { ...whole, title: head.title } : whole
}

function readText(text: string, hasVideoExtension: boolean): NameReading {
  const group = leadingGroup(text)
  const tags = scanTags(text, group.titleStart)
  const reading: Reading = {
    text,
    masked: tags.masked,
    digits: digitFacts(tags.masked),
    titleEnd: tags.titleEnd,
    quality: tags.quality,
    isVideo: hasVideoExtension,
    ...group,
  }
  const numbering = readNumbering(reading)
  if ((numbering?.confidence ?? 0) < 0.9 && isObfuscated(text)) return unknownName(tags, null)
  const airDate = readAirDate(tags.masked, reading.digits)
  if (airDate && !(numbering && standsBeside(numbering, airDate, reading))) return dailyOf(reading, tags, airDate)
  if (numbering) return episodeOf(reading, tags, numbering, airDate)
  return filmOf(reading, tags, hasVideoExtension)
}

const GROUP = /^[[{][ _]?([^\]}]{1,80})[\]}][ ._-]{0,3}/u
/** `[Group] [BD][1080p] Title`, `[Group]_[F-B]_Title`: what describes, or stands directly before the title. */
const FURTHER_GROUP = /^\[([^\]]{1,16})\][ ._-]{0,3}/u
const NO_GROUP = /^(?:s\d{1,2}e\d{1,3}.{0,8}|\d{1,2}x\d{1,3}|\d{1,2}\.\d{2,3}|\d{1,4})$/i

/** `[Show].148.[720p]`, `[Title 1998] [1080p]`: nothing behind the first bracket can be a title. */
function isTitleItself(rest: string): boolean {
  const outside = rest.replace(/[[({][^[\](){}]{0,80}[\])}]/g, '')
  const number = /^[\s._-]*(\d{1,4})?(?:v\d)?[\s._-]*$/.exec(outside)
  if (!number) return false
  // `[Group] 1923 [07]`: the number is the title, and numbered itself
  if (number[1] !== undefined) return /^[\s._-]*\d(?!\d{3}[\s._-]*[[(]\d{1,3}(?:v\d|-\d{1,4})?[\])])/.test(rest)
  const brackets = [...rest.matchAll(/[[({]([^[\](){}]{0,80})[\])}]/g)].map((match) => match[1] ?? '')
  const [first = '', second = ''] = brackets
  const isNumber = /^\d{1,4}(?:v\d)?$/
  return (isNumber.test(first) && !isNumber.test(second)) || (isTagged(first) && brackets.every(isTagged))
}

/** `(Hi10)_Title`: a description that stands first, and is no group. */
const LEADING_TAG = /^\(([^)]{1,30})\)[ ._-]{1,3}/u

function leadingGroup(text: string): { readonly hasGroup: boolean; readonly titleStart: number } {
  const group = GROUP.exec(text)
  if (!group || group[0].length === text.length || NO_GROUP.test(group[1] ?? ''))
    return { hasGroup: false, titleStart: leadingTagEnd(text) }
  if (isTitleItself(text.slice(group[0].length))) return { hasGroup: true, titleStart: 0 }
  let titleStart = group[0].length
  for (let round = 0; round < 4; round++) {
    const further = FURTHER_GROUP.exec(text.slice(titleStart))
    if (!further) break
    const next = text[titleStart + further[0].length] ?? ''
    const isLast = /[\p{L}\p{N}]/u.test(next) && !NO_GROUP.test(further[1] ?? '')
    if (!isLast && !isTagged(further[1] ?? '')) break
    titleStart += further[0].length
  }
  return { hasGroup: true, titleStart }
}

function leadingTagEnd(text: string): number {
  const tag = LEADING_TAG.exec(text)
  return tag && scanTags(` ${tag[1] ?? ''}`).tags[0]?.start === 1 ? tag[0].length : 0
}

const isTagged = (text: string): boolean => scanTags(` ${text}`).firstStrong === 1 || /^(?:bd|dvd|tv|web)$/i.test(text)

/** A season's numbering and a date say the same twice; of a vaguer numbering the date's own digits may be the source. */
function standsBeside(numbering: Numbering, airDate: AirDate, { hasGroup }: Reading): boolean {
  const overlaps = numbering.start < airDate.end && airDate.start < numbering.end
  if (overlaps) return false
  if (numbering.rule === 'episode_only') return numbering.start < airDate.start
  const isNamed = numbering.rule === 'season_episode' || numbering.rule === 'words'
  return isNamed ? airDate.start > 0 || numbering.start === 0 : hasGroup && numbering.rule === 'absolute'
}

function episodeOf(
  reading: Reading,
  tags: ReleaseTags,
  numbering: Numbering,
  airDate: AirDate | undefined,
): NameReading {
  const start = Math.min(
    numbering.titleEnd ?? numbering.start,
    airDate && airDate.start > 0 ? airDate.start : numbering.start,
  )
  const { title, year } = leads(reading, numbering) ? titleBehind(reading, numbering.end) : showTitle(reading, start)
  return {
    type: 'episode',
    title,
    year,
    season: numbering.season,
    episodes: [...new Set(numbering.episodes)].sort((a, b) => a - b),
    absoluteEpisodes: numbering.absolute,
    airDate: airDate?.date ?? null,
    quality: tags.quality,
    confidence: title === null ? numbering.confidence * 0.9 : numbering.confidence,
    rule: numbering.rule,
    episodeName: leads(reading, numbering)
      ? null
      : episodeNameOf(
          reading,
          tags,
          Math.max(numbering.end, airDate && airDate.end < reading.titleEnd ? airDate.end : 0),
        ),
  }
}

/** `[Group] 06 Paper Moon`: the number stands first, and the show behind it. */
const leads = ({ hasGroup, titleStart }: Reading, numbering: Numbering): boolean =>
  hasGroup && numbering.rule === 'absolute' && numbering.start <= titleStart

const titleBehind = ({ text, titleEnd }: Reading, end: number): TitleYear => ({
  title: displayTitle(text.slice(end, titleEnd)),
  year: null,
})

function dailyOf(reading: Reading, tags: ReleaseTags, airDate: AirDate): NameReading {
  return {
    type: 'episode',
    ...showTitle(reading, airDate.start),
    season: null,
    episodes: [],
    absoluteEpisodes: [],
    airDate: airDate.date,
    quality: tags.quality,
    confidence: 0.9,
    rule: 'air_date',
    episodeName: episodeNameOf(reading, tags, airDate.end),
  }
}

function filmOf(reading: Reading, tags: ReleaseTags, hasVideoExtension: boolean): NameReading {
  const { title, year } = filmTitle(reading)
  const isDescribed = tags.tags.some((tag) => tag.strength === 'strong')
  if (title === null || !(year !== null || isDescribed || hasVideoExtension)) return unknownName(tags, title)
  return {
    ...unknownName(tags, title),
    type: 'movie',
    year,
    confidence: year !== null ? (isDescribed ? 0.95 : 0.85) : isDescribed ? 0.7 : /\p{L}{4}/u.test(title) ? 0.5 : 0.3,
  }
}

const unknownName = (tags: ReleaseTags, title: string | null): NameReading => ({
  type: 'unknown',
  title,
  year: null,
  season: null,
  episodes: [],
  absoluteEpisodes: [],
  airDate: null,
  quality: tags.quality,
  confidence: 0.1,
  rule: null,
  episodeName: null,
})

function episodeNameOf({ text }: Reading, tags: ReleaseTags, from: number): string | null {
  const next = tags.tags.find((tag) => tag.start >= from)?.start ?? text.length
  const bracket = text.slice(from).search(/[[({]/)
  const raw = text.slice(from, Math.min(next, bracket < 0 ? text.length : from + bracket))
  // a group's name behind a bare dash, `S01E02-GROUP`, is no episode's
  if (/^-\S*$/.test(raw) || /^[\p{L}\d]/u.test(raw)) return null
  const name = displayTitle(raw)
  return name !== null && name.length > 1 && /\p{L}{2}/u.test(name) ? name : null
}
