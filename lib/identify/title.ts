const ACRONYM = /(?<![\p{L}\p{N}])((?:\p{L}\.){1,12}\p{L})(?![\p{L}\p{N}])\.?/gu
const LOWER_ACRONYM_LENGTH = 3
/** Words that keep their dot. */
const ABBREVIATION = /(?<![\p{L}])(Dr|Mr|Mrs|Ms|St|vs|Jr|Sr)\.(?=[ .\p{L}])/gu
const SMALL_WORDS = new Set(
  'a an and as at but by for in nor of on or the to vs via with from de la le les des du et und der die das von y el los'.split(
    ' ',
  ),
)
/** As libraries sort: `Simpsons, The`. */
const ARTICLE_LAST = /^([^,]+), (the|a|an)$/i
/** Words joined by dots in a name that has spaces elsewhere. */
const DOTTED_RUN = /(?<!\S)\p{L}{2,30}(?:\.\p{L}{1,30}){2,20}\.?(?!\S)/gu
const EDGES_START = /^[\s[\-_.,:;|/\\~+=)\]}*·、。!]+/u
const EDGES_END = /[\s\-_,:;|/\\~+=([{*·]+$/u
/** Scripts that databases of titles are not asked in. */
const FOREIGN = /(?![\p{Script=Latin}\p{Script=Cyrillic}\p{Script=Greek}])\p{L}/u
/** `天使降临！Angel`: nothing else parts the two titles. */
const SENTENCE_END = /(?<=(?![\p{Script=Latin}\p{N}])\p{L})[。！!~～、？?-]+(?=\p{Script=Latin})/gu
/** `纸月 II` */
const ROMAN = /(?<![\p{L}\p{N}])[IVX]+(?![\p{L}\p{N}])/gu
const GLUED = /(?!\p{Script=Latin})\p{L}\p{Script=Latin}{2,}[^\p{L}]*$/u
/** `纸月Paper.Moon`, `종이달.Paper Moon` */
const GLUED_WORD =
  /(?<=\p{Script=Han}{2})(?=\p{Lu}\p{Ll})|(?<=[\p{Script=Han}\p{Script=Hangul}\p{Script=Katakana}])\.(?=\p{Script=Latin})/gu
const NOT_LATIN = /(?!\p{Script=Latin})\p{L}/u
/** `Шерлок - Sherlock`, `Друзья (Friends)` */
const BESIDE_CYRILLIC =
  /^[\p{Script=Cyrillic}\d .,!?'-]+ (?:- ((?=.*\p{Script=Latin}{2})[^\p{Script=Cyrillic}/|]+)|\(((?=.*\p{Script=Latin}{2})[^\p{Script=Cyrillic}/|()]+)\))$/u
const NUMBER_AHEAD = /^\d{1,2} (?=\p{Script=Latin})/u
/** Russian trackers give the director, in one script or both: `(Ян Новак / Jan Novak)`. */
const PERSON =
  /(?<=\p{Script=Latin}[^\p{L}]{0,6}) \([\p{Script=Cyrillic} .,-]{5,200}\)|\((?=[^()]*\/)(?:[^()]|\([^()]*\)){1,200}\)/gu
const LATIN_WORD = /\p{Script=Latin}{2}/u

const PLAIN_WORD = String.raw`(?:(?!(?:Dr|Mr|Mrs|Ms|St|vs|Jr|Sr)\b)[A-Za-z][A-Za-z]{1,40}|\d{2,4}|a(?=\.[a-z]{2})|A(?=\.[A-Z][a-z]))`
/** What most titles are: words with one separator between them, and nothing that needs a thought. */
const PLAIN_DOTTED = new RegExp(String.raw`^(${PLAIN_WORD}(?:\.${PLAIN_WORD}){0,20})\.?$`)
const PLAIN_SPACED = /^([A-Za-z\d]{1,40}(?: [A-Za-z\d]{1,40}){0,20})(?: -)? ?$/

/** `[REC].2.` */
const SEQUEL = /^\[\p{L}+\]\.\d\.?$/u

/** A stretch of a release name as a person writes a title; null when nothing of it is one. */
export function displayTitle(raw: string): string | null {
  const dotted = PLAIN_DOTTED.exec(raw)?.[1]
  if (dotted !== undefined) return withCase(dotted.replaceAll('.', ' '))
  const plain = PLAIN_SPACED.exec(raw)?.[1]
  if (plain !== undefined) return withCase(plain)
  if (SEQUEL.test(raw)) return withCase(raw.replace(/[[\].]+/g, ' ').trim())
  const spaced = isSpaced(raw) ? raw.replace(DOTTED_RUN, undot) : undot(raw)
  const words = latinPart(dropBrackets(spaced.replaceAll('_', ' ')).replace(EDGES_END, ''))
    .replace(/\s+/g, ' ')
    .replace(EDGES_START, '')
    .replace(EDGES_END, '')
  const trimmed = unbalance(
    /(?:^|[ .])\p{L}\.$/u.test(words) || /\.{3}$/.test(words) ? words : words.replace(/[.]+$/, ''),
  ).trim()
  if (!/[\p{L}\p{N}]/u.test(trimmed)) return null
  return withCase(trimmed.replace(ARTICLE_LAST, '$2 $1'))
}

const WORD_DOT = /[\p{L}\p{N}]\.(?=\p{L}{2})/gu

/** `Winnetou.es baratja.Old.Hand` has a slip, and dots for spaces. */
const isSpaced = (raw: string): boolean => {
  const spaces = raw.trim().match(/[\s_]/g)?.length ?? 0
  return spaces > 0 && spaces >= (raw.match(WORD_DOT)?.length ?? 0)
}

/** Dots between words become spaces; those of acronyms and of `Mr.` stay. */
function undot(raw: string): string {
  if (!raw.includes('.')) return raw
  const kept = raw
    .replace(ACRONYM, (letters: string, bare: string) => {
      const parts = bare.split('.')
      const isUpper = parts.every((part) => part !== part.toLowerCase())
      const isAcronym = isUpper ? parts.length > 1 : parts.length >= LOWER_ACRONYM_LENGTH
      return isAcronym ? `${bare.toUpperCase().replaceAll('.', '\uE001')}\uE001 ` : letters
    })
    .replace(ABBREVIATION, '$1\uE001 ')
    // `Vol..II`: one dot is the word's
    .replace(/(?<=\p{L})\.\.(?=\p{L})/gu, '\uE001 ')
    .replace(/(?<![\p{N}])(\d)\.0(?!\p{N})/gu, '$1\uE0010')
    .replace(/\.{3}/g, '\uE001\uE001\uE001 ')
  return kept.replace(/\./g, ' ').replaceAll('\uE001', '.')
}

/** Square brackets hold no title, unless they hold all of it. */
function dropBrackets(text: string): string {
  if (!/[[{]/.test(text)) return text
  const without = text.replace(/[[{][^[\]{}]{0,200}[\]}]/g, ' ')
  return /[\p{L}\p{N}]/u.test(without) ? without : text.replace(/[[\]{}]/g, ' ')
}

/** Of a title given in two scripts the Latin one, which databases are asked for: `天使降临 / Angel Falls`. */
function latinPart(text: string): string {
  // `A Silent Moon / Shizuka na Tsuki`: told twice in one script
  if (text.includes(' / ') && !NOT_LATIN.test(text)) return /^(.*\p{L} .*?|.*?\p{L}.*?) \/ /u.exec(text)?.[1] ?? text
  if (/^[ -~]*$/.test(text) || !/[^\p{Script=Latin}\p{Script=Common}\p{Script=Inherited}]/u.test(text)) return text
  const beside = BESIDE_CYRILLIC.exec(text)
  if (beside) return beside[1] ?? beside[2] ?? text
  if (!LATIN_WORD.test(text))
    return / ?\/ ?(\d{2,4})\s*$/.exec(text)?.[1] ?? /^(.*?\p{L}.*?) [/|] /u.exec(text)?.[1] ?? text
  const told = text.replace(PERSON, ' ')
  // `Мост / Bron/Broen`: where a slash stands apart, one that does not is the title's
  const parts = told.split(/ [/|] /.test(told) ? / [/|·\\] / : /[/|·\\]/)
  const latin = parts.filter((part) => LATIN_WORD.test(part))
  const best =
    latin.find((part) => !NOT_LATIN.test(part)) ?? latin.find((part) => !FOREIGN.test(part)) ?? latin.at(-1) ?? text
  return FOREIGN.test(best) ? besideForeign(best) : best
}

/**
 * The Latin words before those of another script, `Paper Moon 纸月`, or behind them, `纸月 Paper Moon`, where they may begin
 * as the original does: `RPG 不动产 RPG Fudousan`. `女友 and 女友` is one title, and so is `纸月GO RUSH Moon`.
 */
function besideForeign(text: string): string {
  const words = text.replace(SENTENCE_END, '$& ').replace(GLUED_WORD, ' ').trim().split(/\s+/)
  const isForeign = words.map((word) => FOREIGN.test(word))
  const last = isForeign.lastIndexOf(true)
  const before = words.slice(0, isForeign.indexOf(true)).join(' ')
  // `纸月 2 Paper Moon`: the number is told by the original
  const behind = GLUED.test(words[last] ?? '')
    ? ''
    : words
        .slice(last + 1)
        .join(' ')
        .replace(NUMBER_AHEAD, '')
  const isTitle = (part: string): boolean => LATIN_WORD.test(part.replace(ROMAN, ''))
  const best = isTitle(before) && !behind.startsWith(before) ? before : behind
  return isTitle(best) ? best : text
}

/** Drops an opening bracket that nothing closes, and the reverse. */
function unbalance(text: string): string {
  if (!/[()]/.test(text)) return text
  const opens = text.split('(').length
  const closes = text.split(')').length
  if (opens === closes) return text
  return opens > closes ? text.replace(/\s*\((?=[^()]*$)/, ' ') : text.replace(/\)/, '')
}

/** Scene names are often all lower case; a given mixture is the author's. */
function withCase(text: string): string {
  if (text !== text.toLowerCase() || !/\p{Script=Latin}/u.test(text)) return text
  return text
    .split(' ')
    .map((word, index) =>
      index > 0 && SMALL_WORDS.has(word) ? word : word.replace(/^[^\p{L}\p{N}]*\p{L}/u, (head) => head.toUpperCase()),
    )
    .join(' ')
}
