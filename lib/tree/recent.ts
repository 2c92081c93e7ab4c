import type { Item, Sections } from './library-tree.ts'
import { STEP, type Work } from './slices.ts'
import type { ViewEntry } from './view-directory.ts'
import { type ViewVideo, videosOf } from './view-videos.ts'

/** Films, and episodes or packs of them. */
const MAX_RECENT = 50
/** Of one show: more than anyone looks through here. */
const MAX_EPISODES = 200
/** Episodes of a show that came so close are one. */
const TOGETHER_MS = 24 * 60 * 60_000

/** Episodes of a show that came together, or a film. */
interface Batch {
  readonly item: Item
  /** When its newest came. */
  readonly atMs: number
  readonly videos: ViewVideo[]
}

/**
 * The last 50 films, episodes and packs of episodes, the newest first; all of them that are of one show together. Looks at
 * each item once and at the files of 50: no order of the whole library is kept or made.
 */
export function* recentEntries(sections: Sections): Work<ViewEntry[]> {
  const batches: Batch[] = []
  for (const item of yield* newestItems(sections)) batches.push(...batchesOf(item, yield* videosOf(item)))
  const chosen = new Map<Item, ViewVideo[]>()
  for (const { item, videos } of batches.sort((a, b) => b.atMs - a.atMs).slice(0, MAX_RECENT)) {
    chosen.set(item, [...(chosen.get(item) ?? []), ...videos])
  }
  const entries: ViewEntry[] = []
  for (const [item, newestFirst] of chosen) {
    const kept = new Set(newestFirst.slice(0, MAX_EPISODES))
    entries.push({ item, videos: (yield* videosOf(item)).filter((video) => kept.has(video)) })
    yield
  }
  return entries
}

/** The 50 items to which something was added last, the newest first. */
function* newestItems({ movies, shows }: Sections): Work<Item[]> {
  const newest: Item[] = []
  let count = 0
  for (const { items } of [movies, shows]) {
    for (const item of items) {
      if (++count % STEP === 0) yield
      const last = newest.at(-1)
      if (last && newest.length === MAX_RECENT && last.newestAtMs >= item.newestAtMs) continue
      const place = newest.findIndex((other) => other.newestAtMs < item.newestAtMs)
      newest.splice(place === -1 ? newest.length : place, 0, item)
      if (newest.length > MAX_RECENT) newest.pop()
    }
  }
  return newest
}

function batchesOf(item: Item, videos: readonly ViewVideo[]): Batch[] {
  if (item.item.kind === 'movie') return [{ item, atMs: item.newestAtMs, videos: [...videos] }]
  const batches: Batch[] = []
  for (const video of videos.toSorted((a, b) => b.file.modifiedAtMs - a.file.modifiedAtMs)) {
    const last = batches.at(-1)
    if (last && last.atMs - video.file.modifiedAtMs <= TOGETHER_MS) last.videos.push(video)
    else batches.push({ item, atMs: video.file.modifiedAtMs, videos: [video] })
  }
  return batches
}
