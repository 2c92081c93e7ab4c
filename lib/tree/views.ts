import { type InfoHash, parseContentId } from '../domain/ids.ts'
import type { Work } from '../domain/slices.ts'
import type { ViewSource } from '../domain/watching.ts'
import { compareText } from './item-nodes.ts'
import type { Item, Sections, ViewBuilder } from './library-tree.ts'
import { childHref, type TreeDirectory } from './nodes.ts'
import { recentEntries } from './recent.ts'
import { forEachOf, sorted } from './slices.ts'
import { type ViewEntry, viewDirectory } from './view-directory.ts'
import { ViewIndex } from './view-index.ts'
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
 * The views of one library. A build looks at those items only that are others than before, or that show; what is the same
 * as before keeps its nodes.
 */
export class Views implements ViewBuilder {
  readonly #options: ViewOptions
  readonly #index = new ViewIndex()
  /** Torrents with something in the cache; undefined when all have to be asked. */
  #stored: Set<InfoHash> | undefined
  /** What of an item is in the cache, by its directory. */
  #cached = new WeakMap<TreeDirectory, readonly ViewVideo[]>()

  constructor(options: ViewOptions) {
    this.#options = options
  }

  forget(): void {
    this.#stored = undefined
    this.#cached = new WeakMap()
  }

  *build(sections: Sections, previous: readonly TreeDirectory[], nowMs: number): Work<readonly TreeDirectory[]> {
    const { hasRecentlyAdded, hasContinueWatching, hasInstant } = this.#options
    const views: TreeDirectory[] = []
    const came = yield* this.#index.update(sections)
    if (hasRecentlyAdded)
      views.push(yield* view('Recently Added', yield* recentEntries(this.#index.newest), previous, nowMs))
    if (hasContinueWatching) views.push(yield* view('Continue Watching', yield* this.#begun(), previous, nowMs))
    if (hasInstant) views.push(yield* view('Instant', yield* this.#instant(came), previous, nowMs))
    return views
  }

  /** Each by itself, however many of one show were begun. */
  *#begun(): Work<ViewEntry[]> {
    const entries: ViewEntry[] = []
    for (const { content } of this.#options.source.continueWatching().slice(0, MAX_ENTRIES)) {
      const { infoHash, fileIndex } = parseContentId(content)
      for (const item of this.#index.itemsOf(infoHash)) {
        const videos = yield* videosOf(item)
        const video = videos.find(({ file }) => file.fileIndex === fileIndex && file.infoHash === infoHash)
        if (video) entries.push({ item, videos: [video] })
        yield
      }
    }
    return entries
  }

  /** As they are listed. */
  *#instant(came: readonly Item[]): Work<ViewEntry[]> {
    const items = new Set<Item>()
    for (const infoHash of yield* this.#storedTorrents(came)) {
      for (const item of this.#index.itemsOf(infoHash)) items.add(item)
    }
    const entries: ViewEntry[] = []
    for (const item of yield* sorted([...items], asListed)) {
      const videos = this.#cached.get(item.node) ?? (yield* this.#cachedVideos(item))
      this.#cached.set(item.node, videos)
      if (videos.length > 0) entries.push({ item, videos })
      if (entries.length === MAX_ENTRIES) break
    }
    return entries
  }

  *#storedTorrents(came: readonly Item[]): Work<ReadonlySet<InfoHash>> {
    const stored = this.#stored ?? new Set<InfoHash>()
    const asked = this.#stored ? came.flatMap(({ torrents }) => torrents) : this.#index.torrents()
    yield* forEachOf(asked, (infoHash) => {
      if (this.#options.storedBytes(infoHash) > 0) stored.add(infoHash)
    })
    this.#stored = stored
    return stored
  }

  *#cachedVideos(item: Item): Work<readonly ViewVideo[]> {
    const { source, storedBytes } = this.#options
    const videos: ViewVideo[] = []
    for (const video of yield* videosOf(item)) {
      const { infoHash, sizeBytes, content } = video.file
      if (storedBytes(infoHash) >= sizeBytes && source.isInstant(content)) videos.push(video)
      yield
    }
    return videos
  }
}

function asListed(a: Item, b: Item): number {
  return compareText(a.item.kind, b.item.kind) || compareText(a.sortKey, b.sortKey)
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
