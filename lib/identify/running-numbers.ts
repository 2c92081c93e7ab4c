import { least, most } from './extremes.ts'
import type { FileContext } from './file-context.ts'

/**
 * What to subtract from the numbers of a season's folder when a pack counts on from season to season: 1 to 12 in
 * `Season 1`, 13 to 24 in `Season 2` (12 there). Empty unless every season begins right behind the one before.
 */
export function runningOffsets(contexts: readonly FileContext[]): ReadonlyMap<number, number> {
  const spans = new Map<number, { first: number; last: number }>()
  for (const { season, own } of contexts) {
    if (season === null || season < 1) continue
    if (own.season !== null || own.absoluteEpisodes.length === 0) return new Map()
    const first = least(own.absoluteEpisodes)
    const last = most(own.absoluteEpisodes)
    const span = spans.get(season)
    if (!span) spans.set(season, { first, last })
    else spans.set(season, { first: Math.min(span.first, first), last: Math.max(span.last, last) })
  }
  const offsets = new Map<number, number>()
  let end = 0
  let next = 1
  for (const [season, { first, last }] of [...spans].sort(([a], [b]) => a - b)) {
    if (season !== next || first !== end + 1) return new Map()
    offsets.set(season, end)
    end = last
    next += 1
  }
  return offsets.size > 1 ? offsets : new Map()
}
