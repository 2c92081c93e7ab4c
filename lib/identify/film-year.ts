import { eachMatch } from './each-match.ts'
import { EDITION } from './editions.ts'
import type { Reading } from './numbering.ts'
import { endsInOwnYear } from './own-year.ts'

/** Russian names write `2006г.` */
const YEARS = /(?<![\p{L}\p{N}])(18[89]\d|19\d\d|20[0-3]\d)(?=г\.?(?!\p{L})|[^\p{L}\p{N}]|$)/gu
const BETWEEN_YEARS = new RegExp(String.raw`^[ ._([]{1,3}(?:${EDITION})[)\]]?[ ._([]{1,3}$`, 'iu')

export interface ChosenYear {
  readonly start: number
  readonly end: number
  readonly year: number
}

/** In brackets before bare, the last before the description; a number that is all there is stays the title. */
export function filmYear({ text, masked, titleStart, titleEnd }: Reading): ChosenYear | undefined {
  const all = eachMatch(YEARS, masked).map((match) => ({
    start: match.index,
    end: match.index + match[0].length,
    year: Number(match[1]),
    isBracketed: /[[(]/.test(text[match.index - 1] ?? '') && /[\])]/.test(text[match.index + match[0].length] ?? ''),
  }))
  const usable = all.filter(({ start, end, isBracketed }) => {
    // `1940 - Title`
    if (isBracketed || (start === titleStart && /^ - \p{P}*(?:\d{1,2} )?\p{L}/u.test(text.slice(end)))) return true
    const ahead = text.slice(titleStart, end)
    return /[\p{L}\p{N}]/u.test(text.slice(titleStart, start)) && !endsInOwnYear(ahead)
  })
  const bracketed = usable.filter((year) => year.isBracketed)
  if (bracketed.length > 0)
    return bracketed.find((year) => year.start <= titleEnd && year.start > titleStart) ?? bracketed[0]
  const before = usable.filter((year) => year.start < titleEnd)
  const [first, last] = [before[0], before.at(-1)]
  // `Trilogy 1999-2003`
  const range = before.findIndex(({ start }, index) => text[start - 1] === '-' && before[index - 1]?.end === start - 1)
  const from = before[range - 1]
  if (from && from.year < (before[range]?.year ?? 0)) return from
  // `1976.iNTERNAL.1980.RE-EDIT`: the second is that of the edition
  if (first && last && first !== last && BETWEEN_YEARS.test(text.slice(first.end, last.start))) return first
  return last ?? usable[0]
}
