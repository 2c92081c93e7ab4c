import { ANIME_EXTRA } from './file-role.ts'
import type { Numbering, Reading } from './numbering.ts'
import { ALL_WORD, RANGE_WORD } from './numbering-season.ts'
import { CARDINAL_WORD, ROMAN_WORD, SEASON_WORD } from './numbering-words.ts'
import { displayTitle } from './title.ts'

const ALL =
  'complete|compl[eè]t[eo]s?|complet[ao]s?|int[ée]grale?s?|kompletn[aeyíé]|komplett(?:e[rns]?)?|komplet|cały|cel[ýy]|compleet|komplette|полн(?:ый|ая|ое|остью)|täydellinen|كاملة?'
const ARTICLE = `(?:the|la|le|les|el|los?|il|os?|as?|die|der|das|den|det|de|het)[ ._]|l['´’]`
const SHOW = `(?:tv[ ._-]?)?(?:series|seasons?|show|s[ée]ries?|serien?|saisons?|temporadas?|stagioni?|staffeln?|sesong(?:er)?|sæson(?:er)?|reeks(?:en)?|сериал|сезоны?|seri[aá]l)`
const NETWORK = '(?:HBO|BBC|ITV|PBS|AMC|NBC|ABC|CBS|TNT|Syfy|Netflix|Showtime|Starz|FX)'
const EPISODES =
  '(?:episodes|épisodes|episodios|episódios|episodi|puntate|folgen|afleveringen|odcink(?:i|ów)|avsnitt|afsnit|jaksoa|сери[йи]|серій|выпуск(?:и|ов)|эпизодов)'

/** Words that say that it is all of a show: `The Complete Series`, `Die komplette Serie`, `Serie Completa`, `HBO Mini-Series`. */
const WHOLE = `(?:${ARTICLE})?(?:${ALL})[ ._-](?:${NETWORK}[ ._])?${SHOW}|(?:${ARTICLE})?(?:s[ée]rie|séries|saisons?|temporadas?|stagione)[ ._](?:${ALL})|(?:coffret[ ._]-?[ ]?)?(?:l['´’])?int[ée]grale(?:[ ._](?:des?|du))?|(?:${NETWORK}[ ._-]{1,3})?(?:(?:the[ ._])?complete[ ._-])?(?:mini[ ._-]?s[ée]ries?|limited[ ._]series)(?:[ ._]complete)?|tv[ ._]series`
const ALL_SEASONS = `(?:${ALL_WORD})[ ._](?:seasons|series|episodes|saisons|[ée]pisodes|staffeln|folgen|temporadas|cap[ií]tulos|stagioni|puntate|seizoenen|afleveringen|s[äæ]songer|sezony|odcinki|сезоны|сезони|серии|серії|выпуски|sezonlar|bölümler)(?:[ ._](?:and|&|[+])[ ._](?:specials?|extras|movies?))?`
/** `26 épisodes`: how many there are. */
export const COUNT_OF_EPISODES = new RegExp(String.raw`(?<![\p{L}\p{N}-])\d{1,3}[ ._]${EPISODES}(?!\p{L})`, 'iu')
const WHOLE_SERIES = new RegExp(
  String.raw`(?<![\p{L}\p{N}])(?:${WHOLE}|${ALL_SEASONS}|(?:tv|series)[ ]?\+[ ]?(?:sp|ova|oad|movie)s?)(?![\p{L}\p{N}])|[[(](?:${ALL})[\])]|(?<![\p{L}\p{N}-])\d{1,3}[ ._]${EPISODES}(?!\p{L})|全\d{0,3}[集话話回]|合集|전\d{1,3}[화회부]|완결`,
  'iu',
)
const WHOLE_HINT =
  /\+|compl|kompl|[ée]gral|mini|limited|tv|полн|täyd|كامل|[ (]all|alla|tod[ao]|tout|tutt|вс[еі]|tüm|wszy|cał|cel[ýy]|epis|épis|folge|сери|сері|全|合|전\d|완/iu
/** `Show.2006.COMPLETE.1080p`, `Show.COMPLETE.PL.DVDRip`; `COMPLETE.BLURAY` is a disc. */
const COMPLETE =
  /(?<=[ ._)\]])(?:complete|completa|komplet)(?=[ ._](?:[[(](?=\d{3,4}p)|(?!blu|uhd|pal|ntsc)[a-z]{2,8}[ ._])?(?:\d{3,4}[pi](?!\d)|web|hdtv|(?:dvd|bd|br)rip|xvid)|[ ._]\d{1,3}[ ._]ep|[ ._](?:19|20)\d\d-|$)/i
const WHOLE_OF_GROUP =
  /(?:[[(]|[ _-]{1,3})(?:batch|fin|complete|vol(?:ume)?[ ._]{0,2}\d{1,2}(?:[ _](?:end|fin))?|(?<=[[(])tv)(?=[ _]{0,2}(?:[\])]|[[(]|$))/i
/** `Show.Vol.3.1080p`: of films there are two, and with a year. */
const VOLUME =
  /(?<=[\p{L}\p{N}!?][ ._-]{1,3})vol(?:ume)?[ ._]{1,2}(?:[3-9]|[12]\d)(?=[ ._-]{0,3}(?:$|[[(]|\d{3,4}p|complete|web|dvd|bd|blu))/iu
/** `[26/26]`: none is missing. */
const COUNTED_OUT = /[[(](\d{2,3})[ ._]?(?:\/|из|of)[ ._]?\1[\])]/iu
/** Films too are collected whole. */
const VAGUE = /^(?:(?:l['´’])?int[ée]grale|complet[ea])$/i
const FILMS =
  /(?<!\p{L})(?:films?|filmes|movies?|trilog(?:y|ie|ia|ía)|saga|samling|colecci[oó]n|cole[çc][ãa]o|collection|collezione)(?!\p{L})/iu

/** `Show (Complete Series)`, `[Group] Show [Fin]`: all of a show, with no number. */
export function readWholeSeries(reading: Reading): Numbering | undefined {
  const { text, masked, isVideo, hasGroup, titleStart } = reading
  const match = isVideo
    ? null
    : ((WHOLE_HINT.test(text) ? WHOLE_SERIES.exec(text) : null) ??
      COMPLETE.exec(text) ??
      COUNTED_OUT.exec(text) ??
      (hasGroup ? WHOLE_OF_GROUP.exec(text) : YEAR.test(masked) ? null : VOLUME.exec(text)))
  if (!match && isDiscOfGroup(reading))
    return { ...WHOLE_SHOW, start: reading.titleEnd, end: reading.titleEnd, confidence: 0.45 }
  if (!match || match.index <= titleStart || (VAGUE.test(match[0]) && FILMS.test(text))) return undefined
  const { index: start } = match
  return { ...WHOLE_SHOW, start, end: start + match[0].length, confidence: 0.6 }
}

const WHOLE_SHOW = { rule: 'pack', season: null, episodes: [], absolute: [] } as const
const MOVIE = /movie|film|gekijou?[ ._-]?ban|劇場版|剧场版/i
const YEAR = /(?<!\d)(?:19|20)\d\d(?!\d)/
const DISC = /^(?:BluRay|Remux|DVD|DVDRip)$/

/** `[Group] Show (BD 1080p)`: a fansub group's discs are those of a show more often than a film; a checksum is one file's. */
const isDiscOfGroup = ({ text, masked, hasGroup, isVideo, titleEnd, quality }: Reading): boolean =>
  hasGroup &&
  !isVideo &&
  titleEnd < text.length &&
  DISC.test(quality.source ?? (/dual[ ._-]?audio|ma10p|hi10p/i.test(text) ? 'DVD' : '')) &&
  !YEAR.test(masked) &&
  !MOVIE.test(text) &&
  !ANIME_EXTRA.test(text) &&
  !CHECKSUM.test(text)

const CHECKSUM = /[[(][\da-f]{8}[\])]/i

const NUMBER = String.raw`(?:\d{1,3}|${ROMAN_WORD}|${CARDINAL_WORD})`
const RANGE = String.raw`${NUMBER}(?:[ ._]?(?:-|~|,|&|\+)[ ._]?${NUMBER}|[ ._](?:${RANGE_WORD})[ ._]${NUMBER})`
const atEnd = (words: string): RegExp =>
  new RegExp(String.raw`(?<=[\p{L}\p{N})\]!?.:][ ._]?)[ ._([:-]{1,4}(?:${words})[ ._()[\]:+&-]*$`, 'iu')
const WHOLE_AT_END = atEnd(
  String.raw`${WHOLE}|${ALL_SEASONS}|(?:the[ ._])?complete(?:[ ._](?:series|seasons?|collection|box[ ._]?set|tv[ ._]series))?|(?:${ARTICLE})?(?:${ALL})(?:[ ._](?:samling|samlingen|collectie|colección|coleção))?|\d{1,3}[ ._]${EPISODES}`,
)
/** `Season 5 Part 1`, `Series A to M`: told again, or told for the first time by the numbering. */
const SEASONS_AT_END = atEnd(
  String.raw`(?:${SEASON_WORD})(?:[ ._]?(?=\d)|[ ._]{1,2})(?:${RANGE}|${NUMBER}|[a-z](?:[ ._-](?:to[ ._])?[a-z])?)(?:[ ._-]{1,3}(?:part|vol(?:ume)?|cour)[ ._]?${NUMBER})?|s\d{1,2}(?:[ ._]?-[ ._]?s?\d{1,2})?`,
)
/** Only beside words for all of it: `Show 1-7 Complete`, `Book 1 - Water [Complete]`. */
const VOLUMES_AT_END = atEnd(
  String.raw`(?<=[ ._(])(?:(?=0?1\D)|(?=i[ ._-]))${RANGE}|(?:books?|livres?|buch|libro|livro|книга|vol(?:ume)?s?)[ ._](?:${RANGE}|${NUMBER})(?:[ ._]-[ ._]\p{L}+)?`,
)
/** Cheap, and true of the last word of whatever ends in such words. */
const LAST_WORD = new RegExp(
  `^(?:\\d|s\\d|[a-z]$|(?:${CARDINAL_WORD}|${ROMAN_WORD})$|des?$|du$|compl|kompl|l?['´’]?int[ée]gr|полн|täyd|كامل|seas|seri|s[ée]ri|show|saison|temporada|stagion|staffel|sesong|s[äæ]|reeks|сери|сері|сезон|sezon|samling|collec|cole[cç]|box|set$|mini|[ée]pis|puntat|folge|cap[ií]t|seizo|aflev|odcin|avsn|afsn|jaks|выпуск|эпиз|bölüm)`,
  'iu',
)
const EDGE = /[\s._()[\]:+&-]/

/** The last word of a text, without the separators behind it. */
function lastWord(text: string): string {
  let end = text.length
  while (end > 0 && EDGE.test(text[end - 1] ?? '')) end--
  let start = end
  while (start > 0 && !EDGE.test(text[start - 1] ?? '')) start--
  return text.slice(start, end)
}

const MOST_WORDS = 4

/** A title without the words behind it that say which seasons these are, or that they are all. */
export function withoutPackWords(region: string, isOfAll = false): string {
  if (!isOfAll && !LAST_WORD.test(lastWord(region))) return region
  let left = region
  let isWhole = isOfAll
  for (let round = 0; round < MOST_WORDS; round++) {
    const whole = left.replace(WHOLE_AT_END, '')
    isWhole ||= whole !== left
    const without = whole !== left ? whole : left.replace(SEASONS_AT_END, '')
    const shorter = without === left && isWhole ? left.replace(VOLUMES_AT_END, '') : without
    if (shorter === left || displayTitle(shorter) === null) break
    left = shorter
  }
  return left
}
