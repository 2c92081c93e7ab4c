import type { Work } from '../domain/slices.ts'
import type { Item } from './library-tree.ts'
import type { TreeDirectory } from './nodes.ts'
import type { ViewEntry } from './view-directory.ts'
import { MAX_RECENT } from './view-index.ts'
import { type ViewVideo, videosOf } from './view-videos.ts'

/** Of one show: more than anyone looks through here. */
const MAX_EPISODES = 200
/** Episodes of a show that came so close are one. */
const TOGETHER_MS = 24 * 60 * 60_000

/** Episodes of a show that came together, or a film. */
interface Pack {
  /** When its newest came. */
  readonly atMs: number
  readonly videos: ViewVideo[]
}

/** Directories never change, and the same few are looked at with each change of the library. */
const known = new WeakMap<TreeDirectory, readonly Pack[]>()

/**
 * The last 50 films, episodes and packs of episodes, the newest first; all of them that are of one show together.
 * @param newest the items to which something was added last
 */
export function* recentEntries(newest: readonly Item[]): Work<ViewEntry[]> {
  const packs: (Pack & { readonly item: Item })[] = []
  for (const item of newest) {
    for (const pack of yield* packsOf(item)) packs.push({ item, ...pack })
  }
  const chosen = new Map<Item, ViewVideo[]>()
  for (const { item, videos } of packs.sort((a, b) => b.atMs - a.atMs).slice(0, MAX_RECENT)) {
    const others = chosen.get(item)
    chosen.set(item, others ? [...others, ...videos] : videos)
  }
  const entries: ViewEntry[] = []
  for (const [item, newestFirst] of chosen) {
    const videos = yield* videosOf(item)
    const isWhole = newestFirst.length === videos.length && videos.length <= MAX_EPISODES
    const kept = new Set(isWhole ? [] : newestFirst.slice(0, MAX_EPISODES))
    entries.push({ item, videos: isWhole ? videos : videos.filter((video) => kept.has(video)) })
    yield
  }
  return entries
}

function* packsOf(item: Item): Work<readonly Pack[]> {
  const videos = yield* videosOf(item)
  if (item.item.kind === 'movie') return [{ atMs: item.newestAtMs, videos: [...videos] }]
  const remembered = known.get(item.node)
  if (remembered) return remembered
  const packs: Pack[] = []
  for (const video of videos.toSorted((a, b) => b.file.modifiedAtMs - a.file.modifiedAtMs)) {
    const last = packs.at(-1)
    if (last && last.atMs - video.file.modifiedAtMs <= TOGETHER_MS) last.videos.push(video)
    else packs.push({ atMs: video.file.modifiedAtMs, videos: [video] })
  }
  known.set(item.node, packs)
  return packs
}
