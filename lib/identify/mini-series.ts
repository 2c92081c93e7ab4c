import { least, most } from './extremes.ts'
import type { FileContext } from './file-context.ts'
import { groupBy, shapesOf } from './sibling-numbers.ts'

export const PART = /(?<![\p{L}])(?:part|teil|parte|partie)[ ._-]{0,2}\d{1,2}(?!\d)/iu
const LED = /^(\d{1,2})(?:[ ._-]|$)/
/** Films have halves. */
const LEAST_PARTS = 3
const MOST_FILMS = 8

/**
 * Files that read like films one by one, and are the parts of a series: `Part 1`, `Part 2`, `Part 3`; `Title.01.1989`,
 * `Title.02.1989`; `1. Name`, `2. Name` in a folder of one year. Parts are alike in size.
 */
export function miniSeries(torrentName: string, contexts: readonly FileContext[]): ReadonlySet<FileContext> {
  const isNamed = /mini[ ._-]?series/i.test(torrentName)
  const found = new Set<FileContext>()
  for (const group of groupBy(contexts, ({ folder }) => folder).values()) {
    const fewest = isNamed ? LEAST_PARTS - 1 : LEAST_PARTS
    const isSeries = areParts(group) || areOfOneYear(group) || areLed(group) || areMany(group)
    if (group.length >= fewest && areAlike(group) && isSeries) for (const context of group) found.add(context)
  }
  return found
}

const areAlike = (group: readonly FileContext[]): boolean => {
  const bytes = group.map(({ file }) => file.sizeBytes)
  return least(bytes) * 2 > most(bytes)
}

const areParts = (group: readonly FileContext[]): boolean =>
  group.every(({ stem, own }) => PART.test(stem) && own.year === null)

/** The same name but for a number, and one year in all. */
function areOfOneYear(group: readonly FileContext[]): boolean {
  const years = new Set(group.map(({ own }) => own.year))
  return shapesOf(group).size === 1 && years.size === 1 && !years.has(null)
}

/** More than any series of films has: `Title 1.avi` to `Title 10.avi`. */
function areMany(group: readonly FileContext[]): boolean {
  const numbers = new Set(group.map(({ stem }) => /(?<= )\d{1,2}$/.exec(stem)?.[0]))
  return group.length > MOST_FILMS && shapesOf(group).size === 1 && numbers.size === group.length
}

/** From 1 on without a gap, in a folder that has a year: the films of a box have one each. */
function areLed(group: readonly FileContext[]): boolean {
  const numbers = group.map(({ stem }) => Number(LED.exec(stem)?.[1])).toSorted((a, b) => a - b)
  const isRun = numbers.every((number, index) => number === index + 1)
  return (
    isRun &&
    group.every(({ own, folder, folderYear }) => own.year === null && folderYear !== null && folder.includes('/'))
  )
}
