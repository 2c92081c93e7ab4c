import { type InfoHash, parseContentId } from '../domain/ids.ts'
import type { ViewSource } from '../domain/watching.ts'
import type { Item, Sections, ViewBuilder } from './library-tree.ts'
import { childHref, type TreeDirectory } from './nodes.ts'
import { recentEntries } from './recent.ts'
import { STEP, type Work } from './slices.ts'
import { type ViewEntry, viewDirectory } from './view-directory.ts'
import { type ViewVideo, videosOf } from './view-videos.ts'

export interface ViewOptions {
  /** `/Recently Added`: what came last, films and shows. */
  readonly hasRecentlyAdded: boolean
  /** `/Continue Watching`: what was begun and not finished, the last watched first. */
  readonly hasContinueWatching: boolean
  /** `/Instant`: what is wholly in the cache. */
  readonly hasInstant: boolean
  readonly source: ViewSource
  /** `TorrentEngine.stored`: most torrents have nothing in the cache, and are not asked further. */
  readonly storedBytes: (infoHash: InfoHash) => number
}

/** More than anyone looks through; bounds the work. */
const MAX_ENTRIES = 1000

/**
 * The views of one library. A build looks at each item once, some tens of nanoseconds, and at the files of those only
 * that show; what is the same as before keeps its nodes.
 */
export class Views implements ViewBuilder {
  readonly #options: ViewOptions

  constructor(options: ViewOptions) {
    this.#options = options
  }

  *build(sections: Sections, previous: readonly TreeDirectory[], nowMs: number): Work<readonly TreeDirectory[]> {
    const { hasRecentlyAdded, hasContinueWatching, hasInstant } = this.#options
    const views: TreeDirectory[] = []
    if (hasRecentlyAdded) views.push(yield* view('Recently Added', yield* recentEntries(sections), previous, nowMs))
    if (hasContinueWatching) views.push(yield* view('Continue Watching', yield* this.#begun(sections), previous, nowMs))
    if (hasInstant) views.push(yield* view('Instant', yield* this.#instant(sections), previous, nowMs))
    return views
  }

  /** Each by itself, however many of one show were begun. */
  *#begun(sections: Sections): Work<ViewEntry[]> {
    const begun = this.#options.source.continueWatching().slice(0, MAX_ENTRIES)
    const torrents = new Set(begun.map(({ content }) => parseContentId(content).infoHash))
    if (torrents.size === 0) return []
    const entries = new Map<string, ViewEntry>()
    for (const item of yield* itemsOf(sections, (infoHash) => torrents.has(infoHash))) {
      for (const video of yield* videosOf(item)) {
        if (torrents.has(video.file.infoHash)) entries.set(video.file.content, { item, videos: [video] })
        yield
      }
    }
    return begun.flatMap(({ content }) => entries.get(content) ?? [])
  }

  *#instant(sections: Sections): Work<ViewEntry[]> {
    const { source, storedBytes } = this.#options
    const isInstant = ({ file }: ViewVideo) =>
      storedBytes(file.infoHash) >= file.sizeBytes && source.isInstant(file.content)
    const entries: ViewEntry[] = []
    for (const item of yield* itemsOf(sections, (infoHash) => storedBytes(infoHash) > 0)) {
      const videos: ViewVideo[] = []
      for (const video of yield* videosOf(item)) {
        if (isInstant(video)) videos.push(video)
        yield
      }
      if (videos.length > 0) entries.push({ item, videos })
      if (entries.length === MAX_ENTRIES) break
    }
    return entries
  }
}

/** The items with a file of such a torrent, as they are listed. */
function* itemsOf({ movies, shows }: Sections, isWanted: (infoHash: InfoHash) => boolean): Work<Item[]> {
  const items: Item[] = []
  let count = 0
  for (const { listed } of [movies, shows]) {
    for (const item of listed) {
      if (item.torrents.some(isWanted)) items.push(item)
      if (++count % STEP === 0) yield
    }
  }
  return items
}

function view(
  name: string,
  entries: readonly ViewEntry[],
  previous: readonly TreeDirectory[],
  nowMs: number,
): Work<TreeDirectory> {
  const href = childHref('/', name)
  return viewDirectory(
    name,
    entries,
    previous.find((directory) => directory.href === href),
    nowMs,
  )
}
