import { hasAny, letters } from './digit-facts.ts'
import { at, type EpisodeNumbers, numberRange } from './episode-numbers.ts'
import { type Reading, readRun, span } from './numbering.ts'
import {
  CARDINAL_WORD,
  EPISODE_AFTER,
  EPISODE_WORD,
  EPISODES_AFTER,
  HAN_DIGITS,
  numberWord,
  ROMAN_WORD,
} from './numbering-words.ts'

const MARKED = new RegExp(
  String.raw`(?<![\p{Script=Latin}\p{Script=Cyrillic}\p{Script=Greek}\p{N}])(?:(?:(?:${EPISODE_WORD})(?:[ ._:№#]{0,3}|-|[ ._]{0,2}\([ ]?(?=\d{1,5}(?:[ ]?[-~&+,][ ]?\d{1,5})?[ ]?\)))|episode - )(?:no?\.?[ ]?)?|e(?=\d\d)|^e(?=\d$)|(?<!(?<!\p{L})\p{L}\.|\d[ ])e[. ](?=\d\d)|(?<=[ ._])x(?=\d{3}(?!\d))(?!26\d|.*ep(?:isodes?)?[ ._]?\d)|#[ ]?)(?!(?:19|20)\d\d(?!\d))(\d{1,5})(?:v\d)?(?![\d]|\.\d(?!\d)|x\d[)\]])`,
  'iu',
)
const MARKED_BEFORE = new RegExp(
  String.raw`(?<![\p{L}\p{N}])(\d{1,4})(?:(?:-?[йяª°º.])?[ ._]{0,2}(?:${EPISODE_AFTER})|(?:-|[ ]?(?:,|&|и)[ ]?)(\d{1,4})(?:-?[йяª°º.])?[ ._]{0,2}(?:${EPISODE_AFTER}|${EPISODES_AFTER}))(?!\p{L})`,
  'iu',
)
const HAN =
  /(?<![全共전]\d{0,3})[第제]?(\d{1,4})(?:[话話集回]?[-~～]第?(\d{1,4}))?(?:v\d)?[话話集回화회]|第(\d{1,4})(?:[-~～](\d{1,4}))?/u
/** `2of6`, `2 von 4`, `(2/6)`; `[26/26]` are all of them. */
const COUNTED =
  /(?<![\p{L}\p{N}])(\d{1,3})[ ._]?(?:of|из|iz|von|van|de|di|sur|av|af|z|з)[ ._]?(\d{1,3})(?![\p{L}\p{N}])|(?<=[ ._][[(])(\d{1,2})\/(\d{1,2})(?=[\])])/iu
/** `Part 2 of 4`: the word is none of the title's. */
const COUNTED_WORD = new RegExp(
  String.raw`(?<![\p{L}\p{N}])(?:parts?|pt|teil|parte|partie|deel|del|osa|część|${EPISODE_WORD})[ ._]{0,2}$`,
  'iu',
)
const COUNTED_RUN =
  /(?<![\p{L}\p{N}])(\d{1,3})-(\d{1,3})[ ._]{0,2}(?:of|из|iz|von|van|de|di|sur|av|af|z|з)[ ._]{0,2}(\d{1,3})(?![\p{L}\p{N}])/iu

const WORDED = new RegExp(
  String.raw`(?<![\p{L}\p{N}])(?:episode|ep)[ ._-]{1,3}(${CARDINAL_WORD}|${ROMAN_WORD})[ ._-]{0,3}$`,
  'iu',
)

/** `EP07.5`, `第07.5话`: has no number of its own. */
const RECAP = /(?<![\p{L}\p{N}])ep?\d{1,3}\.5(?!\d)|第\d{1,3}\.5[话話集回]/iu
/** `第拾九話` */
const SPELLED = new RegExp(`第(${HAN_DIGITS})[话話集回]`, 'u')
const SPELLED_HINT = /第/
/** `步步惊心01-02` */
const GLUED_RANGE = /(?=\d)(?<=\p{Script=Han})(\d\d)-(\d\d)(?![\p{L}\d])/u
/** `第01期`, an issue beside a date or a season; by itself a season's number. */
export const ISSUE = /第(\d{1,4})期/u
export const DAY = /(?<!\d)20\d\d[.-]?[01]\d[.-]?[0-3]\d(?!\d)/
const EPISODE_HINT = /ep|\.5/i
const EPISODE_START = letters('sbrdfeopacj')
const COUNT_START = letters('oivdsaz')

/** `Ep 07`, `E01-02-03`, `#957`, `第05话`, `5of9`, `серия 3`. */
export function readMarked({ masked, digits, titleStart }: Reading, from: number): EpisodeNumbers | undefined {
  const text = masked.slice(from)
  const isCounted = digits.runs > 1 && hasAny(digits.after, COUNT_START)
  const countedRun = isCounted ? COUNTED_RUN.exec(text) : null
  if (countedRun && Number(countedRun[2]) <= Number(countedRun[3]))
    return withWord(at(countedRun, from, span(Number(countedRun[1]), Number(countedRun[2])), 'counted', 0.85), masked)
  const marked = digits.runs > 0 ? MARKED.exec(text) : null
  if (marked) {
    const run = readRun(masked, from + marked.index + marked[0].length, null, Number(marked[1]), false)
    return { ...at(marked, from, run.episodes, 'marked', 0.9), end: run.end }
  }
  const recap = EPISODE_HINT.test(text) ? RECAP.exec(text) : null
  if (recap) return at(recap, from, [], 'placed', 0.4)
  const worded = EPISODE_HINT.test(text) ? WORDED.exec(text) : null
  if (worded) return at(worded, from, [numberWord(worded[1] ?? '')], 'marked', 0.6)
  const before = hasAny(digits.after, EPISODE_START) ? MARKED_BEFORE.exec(text) : null
  if (before) return at(before, from, numberRange(Number(before[1]), before[2]), 'marked', 0.85)
  const han = digits.isForeign ? HAN.exec(text) : null
  if (han) return at(han, from, numberRange(Number(han[1] ?? han[3]), han[2] ?? han[4]), 'marked', 0.9)
  const spelled = SPELLED_HINT.test(text) ? SPELLED.exec(text) : null
  if (spelled) return at(spelled, from, [numberWord(spelled[1] ?? '')], 'marked', 0.9)
  const glued = digits.isForeign && digits.runs > 1 ? GLUED_RANGE.exec(text) : null
  if (glued && Number(glued[2]) > Number(glued[1]))
    return at(glued, from, span(Number(glued[1]), Number(glued[2])), 'placed', 0.65)
  const issue = digits.isForeign && (from > titleStart || DAY.test(masked)) ? ISSUE.exec(text) : null
  if (issue) return at(issue, from, [Number(issue[1])], 'marked', 0.9)
  const counted = isCounted || (digits.hasBracket && text.includes('/')) ? COUNTED.exec(text) : null
  const [number, most] = [Number(counted?.[1] ?? counted?.[3]), Number(counted?.[2]) || Number(counted?.[4]) - 1]
  if (!counted || number < 1 || number > most || most < 2) return undefined
  return withWord(at(counted, from, [number], 'counted', 0.8), masked)
}

function withWord(numbers: EpisodeNumbers, masked: string): EpisodeNumbers {
  const word = COUNTED_WORD.exec(masked.slice(0, numbers.start))
  return word ? { ...numbers, start: word.index } : numbers
}
