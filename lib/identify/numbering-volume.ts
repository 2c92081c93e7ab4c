import type { SeasonMark } from './numbering-season.ts'
import { numberWord, ROMAN_WORD } from './numbering-words.ts'

const HINT = /livre|series[ ._][a-z](?!\p{L})/iu
/** Only the description may follow, with one word before it. */
const BOOK = new RegExp(
  String.raw`(?<=[\p{L}\p{N}!?][ ._-]{1,3})livre[ ._]{1,2}(\d{1,2}|${ROMAN_WORD})(?=[ ._-]{0,3}(?:$|[[(\uE000]|\p{L}{4,8}[ ._]{1,3}\uE000))`,
  'iu',
)
const LETTERED = /(?<=[\p{L}\p{N}][ ._]{1,3})series[ ._]([a-z])(?=[ ._-]{0,3}(?:$|[[(\uE000]))/iu
const YEAR = /(?<!\d)(?:19|20)\d\d(?!\d)/
const BEFORE_A = 'a'.charCodeAt(0) - 1

/** Seasons that their shows call books, or name by letters: `Show.Livre.II.DVDRip`, `Show.Series.B`. */
export function readVolume(masked: string): SeasonMark | undefined {
  if (!HINT.test(masked) || YEAR.test(masked)) return undefined
  const lettered = LETTERED.exec(masked)
  if (lettered) return mark(lettered, (lettered[1] ?? '').toLowerCase().charCodeAt(0) - BEFORE_A)
  const book = BOOK.exec(masked)
  return book ? mark(book, numberWord(book[1] ?? '')) : undefined
}

const mark = ({ index, 0: { length } }: RegExpExecArray, season: number): SeasonMark => ({
  start: index,
  end: index + length,
  season,
  lastSeason: season,
})
