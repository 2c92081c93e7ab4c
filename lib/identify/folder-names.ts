import { digitFacts } from './digit-facts.ts'
import { readSeason } from './numbering-season.ts'
import { CARDINAL_WORD, numberWord, ROMAN_WORD, SEASON_WORD } from './numbering-words.ts'

const SEASON_FOLDER = new RegExp(
  String.raw`^(?:${SEASON_WORD}|s)(?:[ ._-]{0,2}(\d{1,4})|[ ._-](${ROMAN_WORD}|${CARDINAL_WORD}))$`,
  'iu',
)
const SPECIALS_FOLDER = /^(?:(?:christmas|xmas|holiday|tv)?[ ._-]?specials?|season[ ._-]?0{1,2}|ovas?|s00)$/i
/** `Book 2 - Water`, `Livre II`: as some shows call their seasons. */
const BOOK_FOLDER = new RegExp(
  String.raw`^(?:book|livre|libro|livro|buch|volume)[ ._]?(\d{1,2}|${ROMAN_WORD})(?:[ ]?[-:][ ]\p{L}.*)?$`,
  'iu',
)

/** `Season 2`, `S02`, `第二季`, `Specials` (0): folders that name a season and nothing else. */
export function seasonOfFolder(name: string): number | undefined {
  const trimmed = name.trim()
  if (SPECIALS_FOLDER.test(trimmed)) return 0
  const match = SEASON_FOLDER.exec(trimmed) ?? BOOK_FOLDER.exec(trimmed)
  if (match) return numberWord(match[1] ?? match[2] ?? '')
  const mark = readSeason(trimmed, digitFacts(trimmed))
  const isAll =
    mark?.start === 0 && /^(?: - \p{L}.{0,40})?(?: ?[[(][^[\](){}]{1,40}[\])]){0,3}$/u.test(trimmed.slice(mark.end))
  return mark && isAll && mark.lastSeason === mark.season ? mark.season : undefined
}

/** Folders that say what kind of thing they hold, and not which. */
export const CONTAINER =
  /^(?:tv|(?:tv|my)[ ._-]?(?:shows?|series)|television|shows|series|serien|s[ée]ries|серіали|сериалы|films?|filme|фильмы|movies?|anime|cartoons?|documentar(?:y|ies)|kids|media|videos?|downloads?|complete|torrents?|mnt|srv|volumes)$/iu
const DISC = /^(?:dis[ck]|cd|dvd)[ ._-]?\d{1,2}$/i

/** Whether a folder can tell the title of what it holds. */
export const hasTitle = (folder: string): boolean =>
  seasonOfFolder(folder) === undefined && !CONTAINER.test(folder) && !DISC.test(folder)
