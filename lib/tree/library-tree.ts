import type { LibraryItem } from '../domain/library.ts'
import type { Tree, TreeNode } from '../domain/tree.ts'
import { childHref, directoryNode, type TreeDirectory } from './nodes.ts'
import { runAtOnce, type Work } from './slices.ts'

/** One movie, show or unsorted torrent: a directory of its section. */
export interface Item {
  readonly item: LibraryItem
  /** Its id or info-hash: unique in its section. */
  readonly id: number | string
  /** Who keeps the plain name when two want it: the lower, then the lower id. */
  readonly seniority: number
  /** Its name if nothing collided. */
  readonly plainName: string
  readonly tmdbId: number | null
  /** `fingerprintOf` its rows. */
  readonly fingerprint: number
  /** Orders the listing: `foldName` of the node's name. */
  readonly sortKey: string
  readonly node: TreeDirectory
}

/** A top directory with what a patch of it needs to know. */
export interface Section {
  /** By seniority: the order in which names are given out. */
  readonly items: readonly Item[]
  /** As listed. */
  readonly listed: readonly Item[]
  readonly node: TreeDirectory
}

export interface Sections {
  readonly movies: Section
  readonly shows: Section
  readonly unsorted: Section
}

/** The tree as the outside sees it, with the sections that the next one is built from. */
export class LibraryTree implements Tree {
  readonly version: number
  readonly builtAtMs: number
  readonly root: TreeDirectory
  readonly sections: Sections

  constructor(version: number, builtAtMs: number, root: TreeDirectory, sections: Sections) {
    this.version = version
    this.builtAtMs = builtAtMs
    this.root = root
    this.sections = sections
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
  const section = (name: string): Section => ({
    items: [],
    listed: [],
    node: runAtOnce(directoryNode(undefined, name, childHref('/', name), [], nowMs)),
  })
  const sections = { movies: section('Movies'), shows: section('TV Shows'), unsorted: section('Unsorted') }
  return new LibraryTree(0, nowMs, runAtOnce(rootNode(undefined, sections, nowMs)), sections)
}

/** `/Unsorted` shows only when it holds something. */
export function rootNode(
  previous: TreeDirectory | undefined,
  { movies, shows, unsorted }: Sections,
  nowMs: number,
): Work<TreeDirectory> {
  const nodes = [movies.node, shows.node, ...(unsorted.items.length > 0 ? [unsorted.node] : [])]
  return directoryNode(previous, '', '/', nodes, nowMs)
}
