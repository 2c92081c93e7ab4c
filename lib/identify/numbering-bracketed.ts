import { eachMatch } from './each-match.ts'
import { at, type EpisodeNumbers, numberRange, VERSION } from './episode-numbers.ts'
import { isYear, type Reading, span } from './numbering.ts'

const BRACKETED = new RegExp(
  `(?<=.)[\\[({][ _]?(?:第|ep?\\.?[ ]?|tv[ _]?)?(\\d{1,4})${VERSION}(?:[ ]?\\(\\d{1,4}\\)(?=[ _]?\\]))?(?:(?:[ _]{0,2}[-~&][ _]{0,2}|_)(\\d{1,4}))?${VERSION}[ _]{0,2}\\(?(?:END|FIN|完|终|終|話|话|集|回|全|全集|合集|完[结結]|修正)?\\)?(?:TV)?(?:全集|合集)?(?:[ +&]{1,3}(?:sp|ova|oad|extra|movie|special|\\p{Script=Han}{1,6})s?){0,4}[ _]?[\\])}]`,
  'giu',
)

/** `[01-12 修正合集]`, `(01-13Fin WEBRip …)`: a range that more words follow in its bracket. */
const BATCHED =
  /(?<=.)[[(][ _]?(\d{1,4})[-~](\d{1,4})(?:fin|end|[ _]?\p{Script=Han}|[ _](?=\uE000))[^[\](){}]{0,60}[\])]/iu

/** `青天を衝け(10)[解][字]`: marks of television guides in Japan. */
const JAPANESE_MARK = /^\[[解字二デ新終再多映]\]/

/** `[05]`, `[12END]`, `(01-25)`, `{01}`, `Show (07) Name.avi`. */
export function readBracketed(
  { masked, hasGroup, isVideo, digits: facts }: Reading,
  from: number,
): EpisodeNumbers | undefined {
  if (facts.runs === 0 || !facts.hasBracket) return undefined
  for (const match of eachMatch(BRACKETED, masked.slice(from))) {
    const digits = match[1] ?? ''
    if (isYear(Number(digits), digits.length)) continue
    const isRound = match[0].startsWith('(')
    const before = masked.slice(0, from + match.index)
    const isMarked = JAPANESE_MARK.test(masked.slice(from + match.index + match[0].length))
    const isNamed =
      isVideo && digits.length === 2 && /^[ ]\p{L}/u.test(masked.slice(from + match.index + match[0].length))
    if (isRound && match[2] === undefined && !isMarked && !isNamed && !(hasGroup && digits.length < 4)) continue
    // `[86][05]`: the first is the title
    if (/^\[\d{2,3}(?:v\d)?\]/.test(masked.slice(from + match.index + match[0].length))) continue
    const isPartOfTag = /\p{L}$/u.test(before) || (/(?:19|20)\d\d/.test(before) && !digits.startsWith('0'))
    const isLone = digits.length === 1 && !(Number(match[2]) > 9)
    if (!hasGroup && !isMarked && (isLone || isPartOfTag)) continue
    const how = isMarked ? 'marked' : 'placed'
    return at(match, from, numberRange(Number(digits), match[2]), how, hasGroup || isMarked ? 0.85 : 0.6)
  }
  const batch = BATCHED.exec(masked.slice(from))
  return batch && Number(batch[2]) > Number(batch[1])
    ? at(batch, from, span(Number(batch[1]), Number(batch[2])), 'placed', hasGroup ? 0.85 : 0.6)
    : undefined
}
