import { foldTitle, withoutArticle } from './fold-title.ts'

const SAME = 1
/** Equal but for a leading article, or for where words are joined. */
const NEARLY_SAME = 0.97
/** The one is the other with a subtitle: `Birds of Prey`. */
const SUBTITLED = 0.8
/** Of titles that only look alike. */
const ALIKE_AT_MOST = 0.8
/** Titles whose numbers differ are parts of one series, not one work. */
const OTHER_NUMBER = 0.3

/** 0 to 1: whether two titles name the same work. */
export function titleScore(wanted: string, offered: string): number {
  const a = foldTitle(wanted)
  const b = foldTitle(offered)
  const [joinedA, joinedB] = [a.join(' '), b.join(' ')]
  if (joinedA === '' || joinedB === '') {
    // Titles of signs alone, such as `$`.
    return wanted.trim() !== '' && wanted.trim() === offered.trim() ? SAME : 0
  }
  if (joinedA === joinedB) return SAME
  if (withoutArticle(a).join('') === withoutArticle(b).join('')) return NEARLY_SAME
  if (numbersOf(a) !== numbersOf(b)) return OTHER_NUMBER
  return Math.max(isSubtitled(a, b, wanted, offered) ? SUBTITLED : 0, ALIKE_AT_MOST * likeness(joinedA, joinedB))
}

const numbersOf = (words: readonly string[]): string => words.filter((word) => /\p{N}/u.test(word)).join(' ')

/** The shorter title is all that stands before a colon, dash or bracket of the other; mere first words say nothing. */
function isSubtitled(a: readonly string[], b: readonly string[], wanted: string, offered: string): boolean {
  const [short, longTitle] = a.length < b.length ? [a, offered] : [b, wanted]
  const head = longTitle.split(/: | [-–—(]/u)[0] ?? ''
  return head !== longTitle && foldTitle(head).join(' ') === short.join(' ')
}

/** The share of letter pairs that both have (Dice's coefficient). */
function likeness(a: string, b: string): number {
  const left = new Map<string, number>()
  for (const pair of pairs(a)) left.set(pair, (left.get(pair) ?? 0) + 1)
  let shared = 0
  for (const pair of pairs(b)) {
    const count = left.get(pair) ?? 0
    if (count === 0) continue
    left.set(pair, count - 1)
    shared++
  }
  const total = pairCount(a) + pairCount(b)
  return total === 0 ? 0 : (2 * shared) / total
}

const pairCount = (text: string): number => Math.max(0, text.length - 1)

function* pairs(text: string): Iterable<string> {
  for (let at = 0; at < text.length - 1; at++) yield text.slice(at, at + 2)
}
