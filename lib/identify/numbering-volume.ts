import { numberWord, ROMAN_WORD } from './numbering-words.ts'
import { mark, type SeasonMark } from './season-mark.ts'

const HINT = /book|livre|series[ ._][a-z](?!\p{L})|series[ ._][ivx]+(?!\p{L})|tv-\d/iu
/** The end, or the description, with one word before it. */
const END = String.raw`[ ._-]{0,3}(?:$|[[(\uE000]|int[ée]grale|(?=\p{L})`
const BOOK = new RegExp(
  String.raw`(?<=[\p{L}\p{N}!?][ ._-]{1,3})(?:livre[ ._]{1,2}(\d{1,2}|${ROMAN_WORD})(?=${END}\p{L}{4,8}[ ._]{1,3}\uE000))|book[ ._](\d{1,2}|${ROMAN_WORD})(?=[ ._-]{1,3}\p{L}{2,12}[ ._-]{1,3}[[(\uE000]))`,
  'iu',
)
/** `K XL`: one short word may follow. */
const LETTERED = new RegExp(
  String.raw`(?<=[\p{L}\p{N}][ ._-]{1,3})series[ ._](?:(${ROMAN_WORD})(?!\p{L})|([a-z]))(?=${END}\p{L}{2,8}[ ._]{1,3}[[(\uE000]))`,
  'iu',
)
/** Russian groups: `Show TV-2 [07]`. */
const TELEVISION = /(?<=\p{L} )tv-(\d)(?=[ ]?[[(])/iu
const YEAR = /(?<!\d)(?:19|20)\d\d(?!\d)/
const BEFORE_A = 'a'.charCodeAt(0) - 1

/** Seasons that their shows call books, or name by letters: `Show.Livre.II.DVDRip`, `Show Book 2 Water [720p]`, `Show.Series.B`. */
export function readVolume(masked: string): SeasonMark | undefined {
  if (!HINT.test(masked) || YEAR.test(masked)) return undefined
  const lettered = LETTERED.exec(masked)
  if (lettered)
    return mark(
      lettered,
      lettered[1] ? numberWord(lettered[1]) : (lettered[2] ?? '').toLowerCase().charCodeAt(0) - BEFORE_A,
    )
  const television = TELEVISION.exec(masked)
  if (television) return mark(television, Number(television[1]))
  const book = BOOK.exec(masked)
  return book ? mark(book, numberWord(book[1] ?? book[2] ?? '')) : undefined
}
