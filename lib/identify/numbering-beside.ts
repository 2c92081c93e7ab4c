import { isYear, type Numbering, type Reading, span } from './numbering.ts'

/** `S10E14 214`, `S01E01 (115)`, `214 10x14`, `313-315 s16e03-05`: the anime's own number beside a season's. */
const BESIDE =
  /^[ ._-]{0,4}(?:[[({](?:ep[ .]{0,2})?(?=\d{1,4}[\])])(?=\d{2})|[[({]?(?=\d{3}))(\d{2,4})(?:-(\d{3,4})){0,3}[\])}]?(?=[ ._-]|[[(]|$|\.)/iu
const BEFORE = /[ ._-]{1,3}(\d{2,4})(?:-(\d{2,4}))?[ ._-]{0,3}[[({]?$/u

const MOST = 2000

const run = (first: number, last: string | undefined): readonly number[] =>
  last === undefined ? [first] : span(first, Number(last))

export interface BesideNumbers {
  readonly numbers: readonly number[]
  /** Where the title ends when the numbers stand before the season's. */
  readonly titleEnd?: number
}

export function readBeside({ masked, hasGroup, titleStart }: Reading, numbering: Numbering): BesideNumbers {
  const after = BESIDE.exec(masked.slice(numbering.end))
  const digits = after?.[1] ?? ''
  if (after && !isYear(Number(digits), digits.length)) {
    const isSetApart = /^[ ._-]{0,4}[[({]/.test(after[0]) || isBetweenDashes(masked, numbering.end, digits)
    const isAsLong = after[2] !== undefined && Number(after[2]) - Number(digits) === numbering.episodes.length - 1
    if (hasGroup || isSetApart || isAsLong || digits.startsWith('0')) return { numbers: run(Number(digits), after[2]) }
  }
  const before = BEFORE.exec(masked.slice(titleStart, numbering.start))
  const first = before?.[1] ?? ''
  if (!before || before.index === 0 || isYear(Number(first), first.length) || Number(first) > MOST)
    return { numbers: [] }
  if (!isCountedOn(Number(first), numbering)) return { numbers: [] }
  const isAsLong = before[2] !== undefined && Number(before[2]) - Number(first) === numbering.episodes.length - 1
  const isSetApart = before[0].startsWith(' - ')
  // `[Group] Area 100 - S03E06`
  const isTitles = before[0].startsWith(' ') && before[0].endsWith(' - ') && !isSetApart
  // `Show 87 (S4-24)`: counted twice, the second time in brackets
  const isBracketed = /^[[(]/.test(masked.slice(numbering.start)) || /[[(]$/.test(before[0])
  return (before[2] === undefined &&
    ((hasGroup && (isBracketed || (first.length > 2 && !isTitles) || isSetApart)) || (isBracketed && isSetApart))) ||
    isAsLong
    ? { numbers: run(Number(first), before[2]), titleEnd: titleStart + before.index }
    : { numbers: [] }
}

/** `S05E12 - 103 - Name` */
const isBetweenDashes = (masked: string, at: number, digits: string): boolean =>
  masked.startsWith(` - ${digits} - `, at)

const MOST_A_SEASON = 60

/** Whether the number can be the season's, counted over all before it: `214 10x14`, and not `The 100 S02E05`. */
function isCountedOn(number: number, { season, episodes }: Numbering): boolean {
  const before = number - (episodes[0] ?? 0)
  return season === null || season > 99 || (before >= 0 && before <= Math.max(0, season - 1) * MOST_A_SEASON)
}
