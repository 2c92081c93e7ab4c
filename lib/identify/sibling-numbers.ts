import { least } from './extremes.ts'
import type { FileContext } from './file-context.ts'
import { splitSceneNumber } from './numbering-scene.ts'
import { scanTags } from './release-tags.ts'

/** The place that siblings gave a file whose own name left it open. */
export interface SiblingPlace {
  readonly season: number | null
  readonly episode: number
  readonly confidence: number
}

const NUMBERS = /\d{1,4}/g

/**
 * Numbers of files that name no episode by themselves: `01.mkv`, `tbbt101.avi`, `Show 07 Name.mkv`. Among files of one
 * folder, the number that differs from file to file is the episode's; one that stays (a year, a title's) is not.
 */
export function siblingNumbers(contexts: readonly FileContext[]): ReadonlyMap<FileContext, SiblingPlace> {
  const places = new Map<FileContext, SiblingPlace>()
  for (const folder of groupBy(contexts, (context) => context.folder).values()) {
    const all = folder.map((context) => ({ context, numbers: numbersOf(context.stem) }))
    // one special without a number does not hide those of the others
    const rows = all.filter(({ numbers }) => numbers.length > 0)
    if (rows.length * 2 < all.length) continue
    const column = varyingColumn(rows.map((row) => row.numbers))
    if (column === undefined) continue
    const values = rows.map((row) => row.numbers[column] ?? Number.NaN)
    const areScene = looksLikeScene(values, folder[0]?.season ?? null)
    for (const [index, { context }] of rows.entries()) {
      const value = values[index] ?? Number.NaN
      if (Number.isNaN(value)) continue
      const scene = splitSceneNumber(String(value))
      places.set(
        context,
        areScene
          ? { season: scene.season, episode: scene.episode, confidence: 0.7 }
          : { season: context.season, episode: value, confidence: context.season !== null ? 0.75 : 0.6 },
      )
    }
  }
  return places
}

export function groupBy<T, K>(items: readonly T[], key: (item: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>()
  for (const item of items) {
    const name = key(item)
    const group = groups.get(name)
    if (group) group.push(item)
    else groups.set(name, [item])
  }
  return groups
}

/** What the names are but for their numbers. */
export const shapesOf = (contexts: readonly FileContext[]): ReadonlySet<string> =>
  new Set(contexts.map(({ stem }) => stem.replace(/\d+/g, '#')))

const numbersOf = (stem: string): readonly number[] => (scanTags(stem).masked.match(NUMBERS) ?? []).map(Number)

/** The first column whose numbers are all different and make a run without large gaps; a lone file needs it at its head. */
function varyingColumn(rows: readonly (readonly number[])[]): number | undefined {
  const width = least(rows.map((row) => row.length))
  for (let column = 0; column < Math.min(width, 6); column++) {
    const values = rows.map((row) => row[column] ?? Number.NaN)
    if (rows.length === 1) return (values[0] ?? 0) < 1900 ? column : undefined
    if (new Set(values).size === values.length && isRun(values)) return column
  }
  return undefined
}

/** Ascending with small gaps between neighbours; seasons of scene numbers may leap. */
function isRun(values: readonly number[]): boolean {
  const sorted = values.toSorted((a, b) => a - b)
  const gaps = sorted.slice(1).map((value, index) => value - (sorted[index] ?? 0))
  const small = gaps.filter((gap) => gap <= 3).length
  return small >= gaps.length * 0.6
}

/** `101`, `102`, `201`: season and episode in one, unless the run passes a hundred or the folder is another season. */
export function looksLikeScene(values: readonly number[], season: number | null): boolean {
  if (!values.every((value) => value >= 101 && value <= 4999 && value % 100 > 0 && value % 100 < 60)) return false
  const seasons = new Set(values.map((value) => Math.floor(value / 100)))
  // so many of a count would not all stand early in their hundreds
  if (season === null && values.length > 3 && seasons.size > 2 && values.every((value) => value % 100 < 27)) return true
  if (season !== null) return seasons.size === 1 && seasons.has(season)
  if (values.length === 1) return true
  // an absolute run that enters a new hundred goes through its end: 198, 199, 201
  return [...seasons].every(
    (hundred) => least(values.filter((value) => Math.floor(value / 100) === hundred)) % 100 <= 3,
  )
}
