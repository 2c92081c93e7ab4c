import { hasAny, letters } from './digit-facts.ts'
import { isYear, type Numbering, type Reading, readRun, span } from './numbering.ts'
import {
  EPISODE_AFTER,
  EPISODE_WORD,
  HAN_DIGITS,
  mayNameSeason,
  numberWord,
  ROMAN_WORD,
  SEASON_WORD,
} from './numbering-words.ts'

/** `S01E02` in every spelling: `s3.e05`, `S1-E1`, `S01 Ep.06`, `S41 E10478`, `[S01E05]`; `S01-S05 [E4]` names a channel. */
const SEASON_EPISODE =
  /(?<![\p{Script=Latin}\p{Script=Cyrillic}\p{Script=Greek}\p{N}])(?<!(?<!^|\p{L})\p{L}\.(?!s\d\d)|s\d\d-(?=s\d\d[ ]\[))(?:s[ .]?o?|t(?=\d{1,2}[ .]?(?:x|e)))(\d{1,4})[ ._-]{0,3}[[(]?(?:episode|ep|xe|e|x)[ ._-]{0,2}(\d{1,5})(?!\d)/iu
/** Glued to the show's own letters, as in `grp-zoos01e11`; both numbers of two digits, or a word may look so. */
const GLUED_CAPITALS = /(?<=\p{Ll})S(\d{1,2})E(\d{1,3})(?![\p{L}\p{N}])/u
const GLUED = /(?<=\p{L})s(\d{2})e(\d{2,3})(?!\d)/iu
/** Without the episode's letter: `S01.07`, `S0615`, `[5.01]` (no picture's ratio), `01E06`, `name_03_19`; `1x01` at the end of a word; and a production's code, `2ACV10`. */
const UNMARKED: readonly (readonly [RegExp, confidence: number, before?: number])[] = [
  [/(?<![\p{L}\p{N}])s(\d\d)[._](\d\d)(?=[ ._]|$)/iu, 0.85, letters('s')],
  [/(?<![\p{L}\p{N}])s(0\d)(\d\d)(?![\p{L}\p{N}])/iu, 0.8, letters('s')],
  [/[[(](?!(?:1\.(?:33|37|66|78|85)|2\.(?:00|20|35|39|40))[\])])(\d{1,2})\.(\d{2,3})[\])]/u, 0.7],
  [/[[(]s(?!0)(\d{1,2})-(\d{2,3})[\])]/iu, 0.85, letters('s')],
  [/(?<![\p{L}\p{N}])(\d\d)e(\d{2,3})(?![\p{L}\p{N}])/iu, 0.8, letters('e')],
  [/(?<!\p{L})season[ ._](\d{1,2})\.(\d\d)(?![\p{L}\p{N}])/iu, 0.7, letters('n')],
  [/^(\d{1,2})\.(\d\d)(?= - )/u, 0.6],
  [/(?=\d)(?<=(?:\p{L}|\p{L}[-_.](?:19|20)\d\d)[-_. ])([012]\d)[_.](\d\d)(?=$|[-.]F$)/u, 0.6],
  [/(?=\d)(?<=- | -|episode[ .])(\d{1,2})\.(\d\d)(?=[ .]?-)/iu, 0.7],
  [/(?<=\p{L})(\d)x(\d\d)(?![\p{L}\p{N}])/iu, 0.85, letters('x')],
  [/(?<![\p{L}\p{N}])(\d{1,2})A[A-Z]{2}(\d\d)(?![\p{L}\p{N}])/u, 0.75],
]
/** `Book 2 - Chapter 7`, `Livre V Epi 01`, `Livre II - 34 - Name` */
const BOOK = new RegExp(
  String.raw`(?<!\p{L})(?:book|livre|libro|livro|buch)[ ._]?(\d{1,2}|${ROMAN_WORD})(?:[ ._,:-]{1,4}(?:chapter|chapitre|kapitel|epi?(?:isode)?)[ ._]?(\d{1,3})(?!\d)|[ ]-[ ](\d{2,3})(?=[ ]-[ ]|$))`,
  'iu',
)
const BOOK_HINT = /book|li[bv]ro|livre|buch/i
/** `1x02`. Up to three digits of episode; a season may be a year. */
const CROSSED =
  /(?<![\p{L}\p{N}])(?<!(?<!\d)\d\.(?=[01]x\d(?!\d)))(\d{1,2}|(?:19|20)\d\d)(?:x|[ ]x[ ])(\d{1,3})(?!\d|(?!e\d\d|[a-d](?![\p{L}\d]))\p{L}(?!\d{3,4}[pi])|[ ._]?x\d{3})/iu
const CROSSED_RUN = /(?<![\p{L}\p{N}])(\d{1,2}|(?:19|20)\d\d)x(\d{1,3})(?=x\d{1,3}(?!\d))/iu
const NAMED = new RegExp(
  String.raw`(?<![\p{L}\p{N}])(?<!\d(?:ª|º|°|-?[йя]|st|nd|rd|th)[ ._]{1,2})(?:${SEASON_WORD}|s[en]?|t(?=\d{1,2}[ ._-]))[ ._:№-]{0,3}(\d{1,4})[\]),]?[ ._,:/|\[(-]{0,6}(?:${EPISODE_WORD}|e)[ ._:(№-]{0,3}(\d{1,5})(?!\d)`,
  'iu',
)
const NAMED_BEFORE = new RegExp(
  String.raw`(?<![\p{L}\p{N}])(\d{1,2})(?:-?[йяª°º.]|st|nd|rd|th)?[ ._]{0,2}(?:${SEASON_WORD}|sez)[ ._,/-]{0,5}(?:(?:${EPISODE_WORD})[ ._:]{0,2}(\d{1,4})|(\d{1,4})(?:-?[йяª°º.]|st|nd|rd|th)?[ ._]{0,2}(?!сері?[иії](?!я))(?:${EPISODE_WORD}|${EPISODE_AFTER}))(?!\d)`,
  'iu',
)
/** A number that belongs to the word just read; a year does not. */
const AGAIN = /^[ ._:]{0,3}(?!(?:19|20)\d\d(?!\d))\d/
const EPISODE_THEN_SEASON = new RegExp(
  String.raw`(?<![\p{L}\p{N}])(?:${EPISODE_WORD})[ ._:]{0,2}(\d{1,4})[ ._,/-]{1,5}(?:${SEASON_WORD})[ ._:]{0,2}(\d{1,3})(?!\d)`,
  'iu',
)
const HAN = new RegExp(
  String.raw`第(\d{1,3}|${HAN_DIGITS})(?:[季期部]|シリーズ|シーズン)[ ._\[\]-]{0,3}第?(\d{1,4})(?:-(\d{1,4}))?[集话話回]`,
  'u',
)
/** Spanish trackers: the chapter's number holds the season, `[Cap.201]`, `[Cap.201_210]`; `Capítulo 150` runs on. */
const CHAPTER =
  /(?<![\p{L}\p{N}])cap(?:[ií]tulo)?s?(?:[._]{1,2}|(?<=[[(]cap[a-zí]{0,6})[ ]?)(\d{1,2})(\d\d)(?:[_-](?:cap[ .]?)?(\d{1,2})(\d\d))?(?!\d)/iu

/** `S04-01.avi`: of a torrent these would be seasons. */
const SEASON_DASH = /(?<![\p{L}\p{N}])s(\d\d)-(\d\d)(?![\p{L}\p{N}-])/iu
const MOST_IN_A_FILE = 3
/** `Show 03-20.mkv`: one video holds no eighteen episodes. */
const PAIR_AT_END = /(?<=\p{L}[ ._]{1,2})(\d\d)-(\d\d)$/u
/** `S01-01-13`: a season, and the first and last of its episodes; `S01-02-03` are three seasons. */
const SEASON_RANGE = /(?<![\p{L}\p{N}])s(\d\d)-(\d\d)-(\d\d)(?!\d)/iu

const CHAPTER_END = letters('pos')
const SEASON_END = letters('sot')
const SHORT_SEASON_END = letters('sent')
const EPISODE_END = letters('epx')
const CROSS = letters('x')

/** The rules that leave no doubt: a season and an episode, both named as such. */
export function readStandard(reading: Reading): Numbering | undefined {
  const { masked, text, digits } = reading
  if (digits.runs === 0) return undefined
  const before = (wanted: number): boolean => hasAny(digits.before, wanted)
  const isPair = digits.runs > 1
  const chapter = before(CHAPTER_END) ? CHAPTER.exec(masked) : null
  if (chapter) {
    const first = Number(chapter[2])
    const episodes = chapter[3] === chapter[1] ? span(first, Number(chapter[4])) : [first]
    return found('words', chapter, Number(chapter[1]), episodes, seasonWordBefore(masked, chapter.index))
  }
  const isNamed = mayNameSeason(masked)
  const behind = isNamed && isPair ? NAMED_BEFORE.exec(masked) : null
  const named = behind ? NAMED.exec(masked) : null
  // `2.Sezon.7.Bölüm`: the numbers stand before their words, though another follows
  const isBefore =
    behind && named && behind.index < named.index && !AGAIN.test(masked.slice(behind.index + behind[0].length))
  if (isBefore) return withRun(masked, behind, Number(behind[1]), Number(behind[2] ?? behind[3]), 'season_episode')
  const match =
    (isPair && before(SEASON_END) && before(EPISODE_END) ? SEASON_EPISODE.exec(masked) : null) ??
    (isPair && (isNamed || before(SHORT_SEASON_END)) ? NAMED.exec(masked) : null) ??
    behind
  if (match && goesThrough(masked, match)) return wholeOf(match)
  if (match)
    return goesOn(withRun(masked, match, Number(match[1]), Number(match[2] ?? match[3]), 'season_episode'), reading)
  const reversed = isNamed && isPair ? EPISODE_THEN_SEASON.exec(masked) : null
  if (reversed) return found('words', reversed, Number(reversed[2]), [Number(reversed[1])])
  const han = digits.isForeign ? HAN.exec(masked) : null
  if (han) {
    const first = Number(han[2])
    return found('words', han, numberWord(han[1] ?? ''), han[3] ? span(first, Number(han[3])) : [first])
  }
  const isCrossed = isPair && before(CROSS) && hasAny(digits.after, CROSS)
  const crossed = isCrossed ? (CROSSED_RUN.exec(masked) ?? CROSSED.exec(masked)) : null
  if (crossed && goesThrough(masked, crossed)) return wholeOf(crossed)
  if (crossed && !isRatio(reading, crossed) && !isTitle(reading, crossed))
    return withRun(masked, crossed, Number(crossed[1]), Number(crossed[2]), 'season_episode', true)
  const ranged = digits.runs > 2 ? SEASON_RANGE.exec(masked) : null
  if (ranged && Number(ranged[2]) !== Number(ranged[1]) + 1)
    return found('season_episode', ranged, Number(ranged[1]), span(Number(ranged[2]), Number(ranged[3])))
  const book = BOOK_HINT.test(masked) ? BOOK.exec(masked) : null
  if (book)
    return {
      ...found('season_episode', book, numberWord(book[1] ?? ''), [Number(book[2] ?? book[3])]),
      confidence: 0.85,
    }
  if (!isPair && digits.longest < 4) return undefined
  for (const [pattern, confidence, wanted] of UNMARKED) {
    if (wanted !== undefined && !before(wanted)) continue
    const match = pattern.exec(masked)
    if (match) return { ...found('season_episode', match, Number(match[1]), [Number(match[2])]), confidence }
  }
  const dashed = reading.isVideo && before(SHORT_SEASON_END) ? SEASON_DASH.exec(masked) : null
  if (dashed) return { ...found('season_episode', dashed, Number(dashed[1]), [Number(dashed[2])]), confidence: 0.75 }
  const pair = reading.isVideo && isPair ? PAIR_AT_END.exec(masked) : null
  const step = Number(pair?.[2]) - Number(pair?.[1])
  if (pair && (step <= 0 || step > MOST_IN_A_FILE))
    return { ...found('season_episode', pair, Number(pair[1]), [Number(pair[2])]), confidence: 0.6 }
  const isGlued = isPair && before(SEASON_END) && before(EPISODE_END)
  const glued = isGlued ? (GLUED.exec(masked) ?? GLUED_CAPITALS.exec(text)) : null
  return glued ? withRun(masked, glued, Number(glued[1]), Number(glued[2]), 'season_episode') : undefined
}

/** `1x01-10x22`, `S01E01 - S10E22`: whole seasons. */
const LAST_OF_ALL = /^[ ._]{0,3}(?:-|~|to|al?)[ ._]{0,3}(?:s(\d{1,2})[ ._]?e\d|(\d{1,2})x\d)/i

function goesThrough(masked: string, match: RegExpExecArray): boolean {
  const last = LAST_OF_ALL.exec(masked.slice(match.index + match[0].length))
  return last !== null && Number(last[1] ?? last[2]) > Number(match[1])
}

const wholeOf = (match: RegExpExecArray): Numbering => ({
  ...found('words', match, Number(match[1]), []),
  rule: 'pack',
})

const NEXT_EPISODE = /^\.(\d\d)\.?/

/** `S03E21.22.HDTV`: the next number, where nothing but the description follows. */
function goesOn(numbering: Numbering, { masked, titleEnd }: Reading): Numbering {
  const next = NEXT_EPISODE.exec(masked.slice(numbering.end))
  if (!next || Number(next[1]) !== (numbering.episodes.at(-1) ?? 0) + 1) return numbering
  const end = numbering.end + next[0].length
  if (end < titleEnd) return numbering
  return { ...numbering, episodes: [...numbering.episodes, Number(next[1])], end: numbering.end + 3 }
}

/** `4x4.2019.1080p`: nothing before it, and its year behind. */
const isTitle = ({ masked, titleStart }: Reading, match: RegExpExecArray): boolean =>
  match.index === titleStart && /^[ ._]\(?(?:19|20)\d\d(?!\d)/.test(masked.slice(match.index + match[0].length))

/** 16x9 and 4x3 are pictures' shapes, and `(2x2)` is a channel of Russia. */
function isRatio({ text, titleEnd }: Reading, match: RegExpExecArray): boolean {
  if (/^2x2$/.test(match[0]) && /[[(]$/.test(text.slice(0, match.index)) && /\p{Script=Cyrillic}/u.test(text))
    return true
  return (
    /^(?:16x9|4x3)$/i.test(match[0]) &&
    (match.index > titleEnd ||
      /wide|full|screen|ratio|[[(]$/i.test(text.slice(Math.max(0, match.index - 12), match.index)))
  )
}

function withRun(
  text: string,
  match: RegExpExecArray,
  season: number,
  first: number,
  rule: 'season_episode',
  crossed = false,
): Numbering {
  const run = readRun(text, match.index + match[0].length, season, first, crossed)
  return { ...found(rule, match, season, run.episodes), end: run.end }
}

function found(
  rule: 'season_episode' | 'words',
  match: RegExpExecArray,
  season: number,
  episodes: readonly number[],
  start = match.index,
): Numbering {
  const confidence = season > 99 && !isYear(season, 4) ? 0.5 : 0.97
  return { rule, start, end: match.index + match[0].length, season, episodes, absolute: [], confidence }
}

const SEASON_MENTION = new RegExp(String.raw`[ ._-]{1,3}(?:${SEASON_WORD}|tem)[ ._]{0,2}\d{1,2}(?!\d)`, 'iu')

/** `Show - Temporada 2 [HDTV][Cap.201]`: the title ends where the season is named. */
function seasonWordBefore(text: string, index: number): number {
  const match = SEASON_MENTION.exec(text.slice(0, index))
  return match ? match.index : index
}
