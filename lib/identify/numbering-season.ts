import { type DigitFacts, digitFacts, hasAny, letters } from './digit-facts.ts'
import { eachMatch } from './each-match.ts'
import { readVolume } from './numbering-volume.ts'
import {
  CARDINAL_WORD,
  HAN_DIGITS,
  mayNameSeason,
  numberWord,
  ORDINAL_WORD,
  ordinalWord,
  ROMAN_WORD,
  SEASON_WORD,
} from './numbering-words.ts'
import { mark, type SeasonMark } from './season-mark.ts'

const SHORT =
  /(?<![\p{L}\p{N}])(?<!\p{L}['´’])(?<!(?<!^|\p{L})\p{L}\.(?!s\d\d))(?:s[ ._]?|se|t(?=\d{1,2}[ ._](?:compl|[[(]?\uE000))|(?<=\p{L} )t(?=\d{1,2}$))(\d{1,2}|(?:19|20)\d\d)(?:(?:d|disc|dvd|bd)\d{1,2}(?:[-&]\d{1,2}){0,3}|extras?|subpack)?(?![\p{L}\p{N}])/iu
const SHORT_RANGE =
  /(?<![\p{L}\p{N}])(?:(?:all[ ._-]{1,3})?seasons?[ ._:-]{1,3})?s(\d{1,2})[ ._]{0,2}(?:--?|~|to|,|&|\+|\/|[ ._])?[ ._]{0,2}(?:to[ ._])?s(\d{1,2})(?=s\d|[^\p{L}\p{N}]|$)/iu
const BARE_RANGE =
  /(?<![\p{L}\p{N}])(?:s(?=\d{1,2}-\d)|t(?=\d{1,2}(?:-|[ ]al?[ ])t\d))(\d{1,2})(?:-|[ ]al?[ ])t?(\d{1,2})(?![\p{L}\p{N}])/iu
/** A dash that stands apart begins the episode's number: `Season 2 - 10`. */
const SEP = '(?:[ ._:(№]{0,3}|-)'
/** `1 to 8`, `1 à 8`, `1 t/m 8`: what stands between the first and the last. */
export const RANGE_WORD = 'to|t/m|tot|thru|through|till?|a|à|al|ao|at[ée]|bis|and|&|по|до'
export const ALL_WORD =
  'all|alle|alla|wszystkie|tod[ao]s?(?:[ ._]l?[ao]s)?|toutes(?:[ ._]les)?|tutte(?:[ ._]le)?|все|всі|tüm'
const NAMED_RANGE = new RegExp(
  String.raw`(?<![\p{L}\p{N}])(?:(?:${ALL_WORD})[ ._])?(?:${SEASON_WORD})${SEP}(\d{1,2}|${ROMAN_WORD})(?:[ ._]?(?:-|~|,|&)|[ ]-[ ](?=\d{1,2}\))|(?<=seasons \d{1,2})[ ]-[ ]|[ ._](?:${RANGE_WORD})[ ._])(?:s|(?:${SEASON_WORD})[ ._]?)?(\d{1,2}|${ROMAN_WORD})(?![\p{L}\p{N}])`,
  'iu',
)
const NAMED = new RegExp(
  String.raw`(?<![\p{L}\p{N}])(?:${SEASON_WORD})(?:(?:[ ._:№]{0,3}|-)(\d{1,4})(?:[ ._]?of[ ._]?\d{1,2})?|[ ._]{1,2}(${CARDINAL_WORD}|${ROMAN_WORD}|${ORDINAL_WORD}))(?![\p{L}\p{N}]|[ ._]{1,2}сери[ий])`,
  'iu',
)
const AFTER_ORDINAL =
  'season|temporada|staffel|stagione|saison|sezon|évad|сезон|s[ée]ries?|seizoen|reeks|s[eæ]son|säsong|sesong|kausi|sezóna|sezona'
const ORDINAL = new RegExp(
  String.raw`(?<![\p{L}\p{N}])(?:(\d{1,2})(?:[ ]?(?:st|nd|rd|th|[èe]me|e|a\.)|ère|er[ae]?|[ao]|[rdt][ao]|nd[ae]|ste|de|-?[йяª°º]|-?\.(?![ ]?\p{L}{4,10}[ ._]{1,2}\d))[ ._]{0,2}(?:${AFTER_ORDINAL})|(\d{1,2})[ ._]{0,2}(?:сезон|sezon|temporada|stagione)(?![ ._]{1,2}\d{1,2}(?!\d|(?:-\d{1,3})?[ ._]сер[иі])))(?!\p{L})`,
  'iu',
)
const WORDED = new RegExp(String.raw`(?<![\p{L}\p{N}])(\p{L}{4,12})[ ._]{1,2}(?:${AFTER_ORDINAL})(?!\p{L})`, 'giu')

const ROMAN_ORDINAL =
  /(?<![\p{L}\p{N}])([ivx]{1,4})(?:[.ª]|(?=[ ]))[ ]?(?:évad|temporada|stagione|série|сезон)(?!\p{L}|[ ._]{1,2}\d)/iu

/** `2nd Season`, `Seconda Stagione`, `IV Temporada` */
function readOrdinal(masked: string): SeasonMark | undefined {
  const counted = ORDINAL.exec(masked)
  if (counted) return mark(counted, Number(counted[1] ?? counted[2]))
  const worded = eachMatch(WORDED, masked).find((match) => ordinalWord(match[1] ?? '') !== undefined)
  if (worded) return mark(worded, ordinalWord(worded[1] ?? '') ?? 1)
  const roman = ROMAN_ORDINAL.exec(masked)
  return roman ? mark(roman, numberWord(roman[1] ?? '')) : undefined
}

const ORDINAL_RANGE =
  /(?<![\p{L}\p{N}])(\d{1,2})(?:-|,(?:\d{1,2},){0,20}|[ªº°](?:,?[ ]\d{1,2}[ªº°]){0,20}[ ][aey][ ]|[ ]a[ ]|\.-|\.?[ ](?:ve|und|és|et|and|&)[ ])(\d{1,2})[ªº°.]?[ ._]?(?:seasons?|сезони?|сезоны|sezon|sez[óo]na|temporadas?|staffeln?|[ée]vad|série|kausi|stagione)(?!\p{L})/iu
const HAN = new RegExp(
  String.raw`第(\d{1,3}|${HAN_DIGITS})(?:[季期部]|シリーズ|シーズン)|(?<![\p{L}\p{N}])(\d{1,2})[기期](?!\p{L})`,
  'u',
)

/** `全7季`, `All 8 Seasons`, `(5 сезонов)`: how many there are. `4 Seasons 2023` is a film. */
const COUNT = new RegExp(
  String.raw`全(?:部)?(\d{1,2}|${HAN_DIGITS})季|(?<=[ ._([-])(?:(?:${ALL_WORD})[ ._])?(?<!\d[ ._-])(\d{1,2})[ ._](?:seasons|saisons|staffeln|temporadas|stagioni|seizoenen|reeksen|sæsoner|säsonger|sesonger|kautta|sezon(?:y|ów|a|ov)|сезон(?:а|ов|и|ів))(?![\p{L}\p{N}]|[ ._]{1,2}\d)`,
  'iu',
)
const HAN_RANGE = new RegExp(String.raw`第?(\d{1,2}|${HAN_DIGITS})季?[-~至到]第?(\d{1,2}|${HAN_DIGITS})季`, 'u')

/** `Season 20 21 22`, `Seasons 1, 2, 3`: each named. */
const LIST = new RegExp(
  String.raw`(?<![\p{L}\p{N}])(?:${SEASON_WORD})[ ._:(]{0,3}(\d{1,2})((?:[ ]{0,2}[,&+ ][ ]{0,2}\d{1,2}(?![\p{L}\p{N}])){2,40})`,
  'iu',
)

function readList(masked: string): SeasonMark | undefined {
  const match = LIST.exec(masked)
  if (!match) return undefined
  const first = Number(match[1])
  const others = (match[2] ?? '').match(/\d+/g) ?? []
  const isRun = others.every((digits, index) => Number(digits) === first + index + 1)
  return isRun ? mark(match, first, first + others.length) : undefined
}

/** `T1 T2 T3` */
const SHORT_LIST = /(?<![\p{L}\p{N}])t(\d{1,2})(?:[ ._,+-]{1,3}t\d{1,2}){0,20}[ ._,+-]{1,3}t(\d{1,2})(?![\p{L}\p{N}])/iu
/** `2xAll` */
const CROSSED_ALL = /(?<![\p{L}\p{N}])(\d{1,2})xall(?![\p{L}\p{N}])/iu

const CROSS = letters('x')
const SHORT_LETTER = letters('set')

/** `Complete Series (1-43)` counts episodes. */
const MOST_SEASONS = 40

/** The season that a text names, without an episode. */
export function readSeason(masked: string, digits: DigitFacts): SeasonMark | undefined {
  const isShort = hasAny(digits.before, SHORT_LETTER)
  const shortRanges = isShort && digits.runs > 1 ? [SHORT_RANGE, BARE_RANGE, SHORT_LIST] : []
  const isNamed = mayNameSeason(masked)
  const ordinal = !isNamed || ORDINAL_RANGE.test(masked) ? undefined : readOrdinal(masked)
  if (ordinal) return ordinal
  for (const pattern of isNamed ? [SHORT_RANGE, NAMED_RANGE, BARE_RANGE, SHORT_LIST, ORDINAL_RANGE] : shortRanges) {
    const match = pattern.exec(masked)
    const [first, last] = [numberWord(match?.[1] ?? ''), numberWord(match?.[2] ?? '')]
    if (match && last - first >= MOST_SEASONS) return undefined
    if (match && last > first) return mark(match, first, last)
  }
  const list = isNamed ? readList(masked) : undefined
  if (list) return list
  const named = isNamed ? NAMED.exec(masked) : null
  const lettered = isShort ? SHORT.exec(masked) : null
  if (named && isPlausible(named)) return mark(named, numberWord(named[1] ?? named[2] ?? ''))
  const short = lettered ?? (hasAny(digits.after, CROSS) ? CROSSED_ALL.exec(masked) : null)
  if (short) return mark(short, Number(short[1]))
  const range = digits.isForeign ? HAN_RANGE.exec(masked) : null
  if (range) return mark(range, numberWord(range[1] ?? ''), numberWord(range[2] ?? ''))
  const count = digits.isForeign || isNamed ? COUNT.exec(masked) : null
  if (count) return mark(count, 1, numberWord(count[1] ?? count[2] ?? ''))
  const han = digits.isForeign ? HAN.exec(masked) : null
  return han ? mark(han, numberWord(han[1] ?? han[2] ?? '')) : readVolume(masked)
}

const MOST_MENTIONS = 4

/** A title without the season that stands in it, as often as it does: `天使 第二季 / Angel S2`. */
export function withoutSeasons(text: string): string {
  let left = text
  for (let round = 0; round < MOST_MENTIONS; round++) {
    const found = readSeason(left, digitFacts(left))
    if (!found) break
    left = `${left.slice(0, found.start)} ${left.slice(found.end)}`.replace(/\(\s*\)/, ' ')
  }
  return left
}

/** `World Series 2013`, `Serie 1984`: a year behind the vaguer words is no season. */
function isPlausible(match: RegExpExecArray): boolean {
  const value = match[1]
  // `Series One`, and no `Series I`
  if (value === undefined && /^series/i.test(match[0]))
    return (match[2]?.length ?? 0) > 2 && !/^[ivx]+$/i.test(match[2] ?? '')
  if (value === undefined) return /^(?:sea|sai|sta|tem|sei|sez|ree|kau|сез|الج|الم)/i.test(match[0])
  if (/^seri.*:/i.test(match[0])) return false
  // `Open Season 2006` is a film, and `Season 2006` a folder
  return value.length < 3 || (value.length === 4 && match.index === 0 && /^season(?!s)/i.test(match[0]))
}
