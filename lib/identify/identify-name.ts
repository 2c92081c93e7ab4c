import type { NameIdentity } from '../domain/identify.ts'
import { behindDate, countsDays, isDaysEpisode, isFilmsDate, standsBeside, titleOfDay } from './air-date-beside.ts'
import { cleanName } from './clean-name.ts'
import { digitFacts } from './digit-facts.ts'
import { fileKind } from './file-kind.ts'
import { ANIME_EXTRA } from './file-role.ts'
import { leadingGroup } from './leading-group.ts'
import type { Numbering, Reading } from './numbering.ts'
import { type AirDate, readAirDate } from './numbering-date.ts'
import { isObfuscated } from './obfuscated.ts'
import { isOtherMedia } from './other-media.ts'
import { endsInOwnYear } from './own-year.ts'
import { mergeQuality } from './quality.ts'
import { readNumbering } from './read-numbering.ts'
import { type ReleaseTags, scanTags, type Tag } from './release-tags.ts'
import { displayTitle } from './title.ts'
import { filmTitle } from './title-of-film.ts'
import { type ShowTitle, showTitle } from './title-of-show.ts'

/** What a name says, with what the sibling rules need to weigh it again. */
export interface NameReading extends NameIdentity {
  readonly rule: Numbering['rule'] | null
  /** The year of a later season's release, which is not that of the show. */
  readonly seasonYear: number | null
  /** What stands between the numbering and the description, when it reads like a name. */
  readonly episodeName: string | null
}

/** Reads one name alone: a torrent's, a folder's or a file's. */
export function readName(name: string): NameReading {
  const { text, extension } = cleanName(name)
  // `S01 | 01-25`: what follows goes on
  const bar = / \| (?!\d)/.exec(text)?.index ?? -1
  const whole = () => readText(text.replace(/ \| (?=\d)/, ' - '), extension)
  if (bar <= 0) return whole()
  const head = readText(text.slice(0, bar), extension)
  const all = whole()
  // behind the bar the same is said in other words
  if (head.rule !== null || head.year !== null) return { ...head, quality: mergeQuality(head.quality, all.quality) }
  return head.title !== null && all.title?.includes(' | ') ? { ...all, title: head.title } : all
}

function readText(text: string, extension: string | null): NameReading {
  const group = leadingGroup(text)
  const tags = scanTags(text, group.titleStart)
  const reading: Reading = {
    text,
    masked: tags.masked,
    digits: digitFacts(tags.masked),
    titleEnd: tags.titleEnd,
    quality: tags.quality,
    isVideo: extension !== null && fileKind(`.${extension}`) === 'video',
    ...group,
  }
  if (isOtherMedia(text, extension, tags.tags, reading.isVideo)) return unknownName(tags, null)
  const numbering = readNumbering(reading)
  if ((numbering?.confidence ?? 0) < 0.9 && isObfuscated(text)) return unknownName(tags, null)
  const found = readAirDate(tags.masked, reading.digits, tags.tags.some(isOfEurope))
  const airDate = found && !isFilmsDate(found, reading) ? found : undefined
  if (airDate && !(numbering && standsBeside(numbering, airDate, reading))) return dailyOf(reading, tags, airDate)
  // among the description it is rather when the file was made
  const isAmongTags = airDate && airDate.start > Math.max(reading.titleEnd, numbering?.start ?? 0)
  if (numbering) return episodeOf(reading, tags, numbering, isAmongTags ? undefined : airDate)
  return filmOf(reading, tags)
}

const isOfEurope = ({ kind, text }: Tag): boolean => kind === 'language' && !NOT_OF_EUROPE.test(text)
const NOT_OF_EUROPE =
  /^(?:eng|lat|bra|pt.br|jap|jpn|kor|chi|man|can|hin|tam|tel|mal|kan|ben|pun|mar|ara|heb|tha|vie|ind|per|far)/i

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
  const { title, year, seasonYear } = leads(reading, numbering)
    ? titleBehind(reading, numbering.end)
    : showTitle(airDate && start === numbering.start ? behindDate(reading, airDate) : reading, start, numbering)
  return {
    type: 'episode',
    title,
    year,
    seasonYear,
    season: isDaysEpisode(numbering, airDate) ? null : numbering.season,
    episodes: countsDays(numbering, airDate) ? [] : [...new Set(numbering.episodes)].sort((a, b) => a - b),
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

const titleBehind = ({ text, titleEnd }: Reading, end: number): ShowTitle => ({
  title: displayTitle(text.slice(end, titleEnd)),
  year: null,
  seasonYear: null,
})

function dailyOf(reading: Reading, tags: ReleaseTags, airDate: AirDate): NameReading {
  return {
    type: 'episode',
    ...titleOfDay(reading, airDate),
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

function filmOf(reading: Reading, tags: ReleaseTags): NameReading {
  const { title, year } = filmTitle(reading)
  const isDescribed = tags.tags.some((tag) => tag.strength === 'strong')
  if (title === null || !(year !== null || isDescribed || reading.isVideo)) return unknownName(tags, title)
  return {
    ...unknownName(tags, title),
    type: 'movie',
    year,
    confidence: filmConfidence(reading, title, year, isDescribed),
  }
}

const SERIES_OF_FILMS =
  /(?<!\p{L}|^(?:the )?)(?:trilogy|quadrilogy|duology|anthology|collection|filmography|box[ ._]?set)(?!\p{L})/iu

function filmConfidence(
  { text, titleEnd, hasGroup, isVideo }: Reading,
  title: string,
  year: number | null,
  isDescribed: boolean,
) {
  if (!isVideo && SERIES_OF_FILMS.test(text.slice(0, titleEnd))) return 0.45
  if (year !== null) return isDescribed ? 0.95 : 0.85
  if (hasGroup && ANIME_EXTRA.test(text)) return 0.3
  // a fansub group's torrent without a number is a whole show as often as a film
  if (hasGroup && !isVideo && !/movie|劇場版|剧场版/i.test(text)) return 0.45
  // `Show.1089.720p`, `Show 291 - Name` may be episodes
  if (/\p{L}[ ._-]{1,3}\d{3,4}(?:[ ._[(]*| - .*)$/u.test(text.slice(0, titleEnd)) && !endsInOwnYear(title)) return 0.45
  return isDescribed ? 0.7 : /(?<![\p{L}\d])\p{L}{4,}(?![\p{L}\d])/u.test(title) ? 0.5 : 0.3
}

const unknownName = (tags: ReleaseTags, title: string | null): NameReading => ({
  type: 'unknown',
  title,
  year: null,
  seasonYear: null,
  season: null,
  episodes: [],
  absoluteEpisodes: [],
  airDate: null,
  quality: tags.quality,
  confidence: 0.1,
  rule: null,
  episodeName: null,
})

const LANGUAGE = /^(?:VF|VO|VFF|VFQ|ITA|ENG|ESP|LAT|CAST|GER|RUS|PL|CZ|HUN|Dublado|Legendado|Dubbed)$/i
/** `S01E02a - Name` */
const SEGMENT = /^[a-d](?=[ ._]{1,2}-)/i

function episodeNameOf({ text }: Reading, tags: ReleaseTags, from: number): string | null {
  const next = tags.tags.find((tag) => tag.start >= from)?.start ?? text.length
  const bracket = text.slice(from).search(/[[({]/)
  const raw = text.slice(
    SEGMENT.test(text.slice(from)) ? from + 1 : from,
    Math.min(next, bracket < 0 ? text.length : from + bracket),
  )
  // a group's name behind a bare dash, `S01E02-GROUP`, is no episode's
  if (/^-\S*$/.test(raw) || /^[\p{L}\d]/u.test(raw)) return null
  const name = displayTitle(raw)
  return name !== null && name.length > 1 && /\p{L}{2}/u.test(name) && !LANGUAGE.test(name) ? name : null
}
