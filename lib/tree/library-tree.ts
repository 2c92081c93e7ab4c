import type { InfoHash } from '../domain/ids.ts'
import type { LibraryItem } from '../domain/library-rows.ts'
import { runAtOnce, type Work } from '../domain/slices.ts'
import type { Tree, TreeNode } from '../domain/tree.ts'
import { type ListingSums, listedDirectory, NO_SUMS } from './listed-directories.ts'
import { childDirectory, childHref, directoryNode, type TreeDirectory } from './nodes.ts'
import { withFolders } from './path-nodes.ts'

/** One movie, show or unsorted torrent: a directory of its section. */
export interface Item {
  readonly item: LibraryItem
  /** Its id or info-hash, in the trash its `itemKey`: unique in its section. */
  readonly id: number | string
  /** Who keeps the plain name when two want it: the lower, then the lower id. */
  readonly seniority: number
  /** Its name if nothing collided. */
  readonly plainName: string
  readonly tmdbId: number | null
  /** When the newest of its videos came. */
  readonly newestAtMs: number
  /** Where its videos are from. */
  readonly torrents: readonly InfoHash[]
  /** `fingerprintOf` its rows, those that show elsewhere included. */
  readonly fingerprint: number
  /** Orders the listing: `foldName` of the node's name. */
  readonly sortKey: string
  readonly node: TreeDirectory
}

/** A top directory with what a patch of it needs to know. */
export interface Section {
  /** As listed: by `sortKey`. */
  readonly listed: readonly Item[]
  /** Of `listed`, in its order: ten thousand of them are searched in the time in which some items are looked at. */
  readonly ids: readonly Item['id'][]
  /** Those of `listed` that could not have their plain name. */
  readonly misnamed: readonly Item[]
  /** Of `listed`. */
  readonly sums: ListingSums
  readonly node: TreeDirectory
}

export interface Sections {
  readonly movies: Section
  readonly shows: Section
  readonly unsorted: Section
  readonly trash: Section
  readonly offline: {
    /** Of all its rows. */
    readonly fingerprint: number
    readonly node: TreeDirectory
  }
}

export function itemKey(item: LibraryItem): string {
  switch (item.kind) {
    case 'unsorted':
      return item.infoHash
    case 'offline':
      return item.kind
    case 'movie':
    case 'show':
      return `${item.kind} ${item.id}`
  }
}

/** What the root shows beside /Movies, /TV Shows and /Unsorted. */
export interface Layout {
  /** Whether /Trash shows when it holds something. */
  readonly hasTrash: boolean
  /** `held`: when it holds something. */
  readonly offline: 'never' | 'held' | 'always'
  readonly views?: ViewBuilder
  /** As `EmptyFolders.folders`. */
  readonly folders?: () => readonly string[]
}

export const PLAIN_LAYOUT: Layout = { hasTrash: true, offline: 'held' }

/** Directories that show again what the sections hold. */
export interface ViewBuilder {
  /** What they show beyond the sections may be another now. */
  forget(): void
  /** In the order of the root's listing; those of `previous` themselves where nothing is different. */
  build(sections: Sections, previous: readonly TreeDirectory[], nowMs: number): Work<readonly TreeDirectory[]>
}

/** The tree as the outside sees it, with the sections that the next one is built from. */
export class LibraryTree implements Tree {
  readonly version: number
  readonly builtAtMs: number
  readonly root: TreeDirectory
  readonly sections: Sections
  readonly views: readonly TreeDirectory[]

  constructor(
    version: number,
    builtAtMs: number,
    root: TreeDirectory,
    sections: Sections,
    views: readonly TreeDirectory[],
  ) {
    this.version = version
    this.builtAtMs = builtAtMs
    this.root = root
    this.sections = sections
    this.views = views
  }

  get entries(): number {
    return this.root.entries
  }

  find(path: string): TreeNode | undefined {
    const end = path.endsWith('/') ? path.length - 1 : path.length
    let start = path.startsWith('/') ? 1 : 0
    let node: TreeNode = this.root
    while (start < end) {
      if (node.kind === 'file') return undefined
      const slash = path.indexOf('/', start)
      const stop = slash === -1 ? end : slash
      const name = path.slice(start, stop)
      const child: TreeNode | undefined = node.children.get(name) ?? node.children.get(name.normalize('NFC'))
      if (!child) return undefined
      node = child
      start = stop + 1
    }
    return node
  }
}

/** `/Movies` and `/TV Shows` with nothing in them: what every first build starts from. Version 0. */
export function emptyTree(nowMs: number): LibraryTree {
  const directory = (name: string) => runAtOnce(directoryNode(undefined, name, childHref('/', name), [], nowMs))
  const sums = { ...NO_SUMS, modifiedAtMs: nowMs }
  const section = (name: string): Section => {
    const node = listedDirectory(name, childHref('/', name), [], sums)
    return { listed: [], ids: [], misnamed: [], sums, node }
  }
  const sections = {
    movies: section('Movies'),
    shows: section('TV Shows'),
    unsorted: section('Unsorted'),
    trash: section('Trash'),
    offline: { fingerprint: 0, node: directory('Offline') },
  }
  return new LibraryTree(0, nowMs, runAtOnce(rootNode(undefined, sections, [], PLAIN_LAYOUT, nowMs)), sections, [])
}

/** `/Unsorted` shows only when it holds something. */
export function* rootNode(
  previous: TreeDirectory | undefined,
  { movies, shows, unsorted, trash, offline }: Sections,
  views: readonly TreeDirectory[],
  layout: Layout,
  nowMs: number,
): Work<TreeDirectory> {
  const { name } = offline.node
  const folders = layout.folders?.() ?? []
  const offlineNode = yield* withFolders(offline.node, folders, childDirectory(previous, name), nowMs)
  const isOfflineShown = layout.offline === 'always' || (layout.offline === 'held' && offlineNode.children.size > 0)
  const nodes = [
    movies.node,
    shows.node,
    ...(unsorted.listed.length > 0 ? [unsorted.node] : []),
    ...views,
    ...(isOfflineShown ? [offlineNode] : []),
    ...(layout.hasTrash && trash.listed.length > 0 ? [trash.node] : []),
  ]
  return yield* directoryNode(previous, '', '/', nodes, nowMs)
}
