import type { Clock } from '../domain/clock.ts'
import { type AnyContentId, isLocalContent } from '../domain/ids.ts'
import type { DirectoryNode, FileNode, Tree, TreeNode, TreeSource } from '../domain/tree.ts'
import { RecentPaths } from './recent-paths.ts'
import { encodePath } from './resource.ts'

type Segments = readonly string[]

export interface Located {
  readonly node: TreeNode
  /** Where the tree has it, which need not be what was asked for. */
  readonly segments: Segments
}

/** As long as a client goes on with what it began, or believes its own listing. */
const KEPT_MS = 5 * 60_000
const SORTED: Segments = ['Movies', 'TV Shows', 'Unsorted']

/**
 * The tree as a client knows it that has just written. The library names what it holds itself, and a film goes with all
 * that stands beside it: so for some minutes a moved thing is found under the name that it was given, what went along is
 * known to be gone, and a folder that was made for a film is there until the film is.
 */
export class LibraryPaths {
  readonly #trees: TreeSource
  readonly #moved: RecentPaths<Segments>
  readonly #gone: RecentPaths<true>
  readonly #folders: RecentPaths<DirectoryNode>
  readonly #clock: Clock

  constructor(trees: TreeSource, clock: Clock) {
    this.#trees = trees
    this.#clock = clock
    this.#moved = new RecentPaths(clock, KEPT_MS)
    this.#gone = new RecentPaths(clock, KEPT_MS)
    this.#folders = new RecentPaths(clock, KEPT_MS)
  }

  locate(segments: Segments): Located | undefined {
    const node = this.#inTree(segments)
    if (node) return { node, segments }
    const moved = this.#moved.nearest(segments)
    if (!moved) return undefined
    const target = [...moved.value, ...moved.rest]
    const found = this.#inTree(target)
    return found && { node: found, segments: target }
  }

  /** As `locate`, or a folder that was made; under the name that it is asked by. */
  find(segments: Segments): TreeNode | undefined {
    const located = this.locate(segments)
    if (!located) return this.#folders.get(segments)
    return located.segments === segments ? located.node : renamed(located.node, segments)
  }

  /** Whether it went along with something else; told once of each path. */
  takeGone(segments: Segments): boolean {
    const isGone = this.#gone.get(segments) !== undefined && !this.locate(segments)
    this.#gone.delete(segments)
    return isGone
  }

  /** Remembers what is no longer there since `segments` was deleted or moved, itself left out; `before` is the tree of then. */
  rememberGone(before: Tree, segments: Segments): void {
    let length = 1
    while (length < segments.length && this.#inTree(segments.slice(0, length))) length += 1
    const own = before.find(segments.join('/'))
    const isParentThere = length === segments.length
    const base = isParentThere ? segments.slice(0, -1) : segments.slice(0, length)
    const node = before.find(base.join('/'))
    if (!isParentThere) this.#goneBelow(node, base, own)
    else if (node?.kind === 'directory') {
      for (const [name, child] of node.children) {
        if (!this.#inTree([...base, name])) this.#goneBelow(child, [...base, name], own)
      }
    }
  }

  #goneBelow(node: TreeNode | undefined, segments: Segments, except: TreeNode | undefined): void {
    if (!node || node === except) return
    this.#gone.set(segments, true)
    if (node.kind !== 'directory') return
    for (const [name, child] of node.children) this.#goneBelow(child, [...segments, name], except)
  }

  /**
   * Where `node`, once at another path, is since it was moved to `to`; and where its files are, which a client believes
   * to have kept their names. Undefined when it shows nowhere.
   */
  rememberMoved(node: TreeNode, to: Segments): Located | undefined {
    this.#gone.delete(to)
    const landed = this.#landed(node, to)
    if (!landed) return undefined
    if (landed.segments !== to) this.#moved.set(to, landed.segments)
    if (node.kind === 'file') return landed
    const places = new Map(
      Array.from(filesBelow(landed.node, landed.segments), ([path, { content }]) => [content, path]),
    )
    for (const [path, { content }] of filesBelow(node, to)) {
      const place = places.get(content)
      if (place && !this.#inTree(path)) this.#moved.set(path, place)
    }
    return landed
  }

  #landed(node: TreeNode, to: Segments): Located | undefined {
    const there = this.#inTree(to)
    if (there) return { node: there, segments: to }
    const content = firstContent(node)
    const tops = SORTED.includes(to[0] ?? '') ? SORTED : to.slice(0, 1)
    for (const top of tops) {
      const place = this.#inTree([top])
      for (const [path, file] of place ? filesBelow(place, [top]) : []) {
        if (file.content !== content) continue
        const segments = node.kind === 'file' ? path : path.slice(0, to.length)
        const landed = this.#inTree(segments)
        if (landed) return { node: landed, segments }
      }
    }
    return undefined
  }

  makeFolder(segments: Segments): void {
    this.#gone.delete(segments)
    const modifiedAtMs = this.#clock.nowMs()
    this.#folders.set(segments, {
      kind: 'directory',
      name: segments.at(-1) ?? '',
      href: `${encodePath(segments)}/`,
      modifiedAtMs,
      lastModified: new Date(modifiedAtMs).toUTCString(),
      etag: `"made-${modifiedAtMs.toString(36)}"`,
      children: new Map(),
    })
  }

  /** False when there was none. */
  forgetFolder(segments: Segments): boolean {
    const isThere = this.#folders.get(segments) !== undefined
    this.#folders.delete(segments)
    return isThere
  }

  #inTree(segments: Segments): TreeNode | undefined {
    const tree = this.#trees.current
    return segments.length === 0 ? tree.root : tree.find(segments.join('/'))
  }
}

/** The node and what is below it, with the hrefs of another place. A node's fields need not be its own: each is read. */
function renamed(node: TreeNode, segments: Segments): TreeNode {
  const { modifiedAtMs, lastModified, etag } = node
  const base = { name: segments.at(-1) ?? '', href: encodePath(segments), modifiedAtMs, lastModified, etag }
  if (node.kind === 'file') {
    const { kind, sizeBytes, mediaType, content } = node
    return { ...base, kind, sizeBytes, mediaType, content }
  }
  const children = Array.from(node.children, ([key, child]) => [key, renamed(child, [...segments, key])] as const)
  return { ...base, kind: node.kind, href: `${base.href}/`, children: new Map(children) }
}

/** Of the first file of a torrent, a film's own before what stands beside it. */
function firstContent(node: TreeNode): AnyContentId | undefined {
  let beside: AnyContentId | undefined
  for (const [, file] of filesBelow(node, [])) {
    if (isLocalContent(file.content)) continue
    if (file.isSubtitle !== true) return file.content
    beside ??= file.content
  }
  return beside
}

function* filesBelow(node: TreeNode, path: Segments): Generator<readonly [Segments, FileNode]> {
  if (node.kind === 'file') yield [path, node]
  else for (const [name, child] of node.children) yield* filesBelow(child, [...path, name])
}
