import { createHash } from 'node:crypto'
import { encodeSegment } from '../domain/legal-name.ts'
import type { LibraryItem } from '../domain/library-rows.ts'
import type { Work } from '../domain/slices.ts'
import type { DirectoryNode, DirectorySubject, TreeNode } from '../domain/tree.ts'
import { type AnyFile, type FileFacts, type LocalFacts, LocalFile, SubtitleFile, TreeFile } from './files.ts'
import { httpDate } from './http-date.ts'
import { STEP } from './slices.ts'

export type AnyNode = AnyFile | TreeDirectory

/** Whose directory it is; in pieces that are there anyway, since there are as many as seasons. */
export interface Owner {
  readonly item: LibraryItem
  /** Of the show that `item` is. */
  readonly season?: number
  readonly isTrashed?: boolean
}

/** Everything is computed when it is built: /Movies lists ten thousand of these in one answer. */
export class TreeDirectory implements DirectoryNode {
  readonly name: string
  readonly href: string
  readonly children: ReadonlyMap<string, AnyNode>
  readonly modifiedAtMs: number
  readonly lastModified: string
  readonly etag: string
  /** Files and directories below, itself not counted. */
  readonly entries: number
  readonly #item: LibraryItem | undefined
  /** -1 unless it is a season's. */
  readonly #season: number
  readonly #isTrashed: boolean

  constructor(name: string, href: string, listing: Listing, owner?: Owner) {
    this.name = name
    this.href = href
    this.children = listing.children
    this.modifiedAtMs = listing.modifiedAtMs
    this.lastModified = httpDate(listing.modifiedAtMs)
    this.etag = listing.etag
    this.entries = listing.entries
    this.#item = owner?.item
    this.#season = owner?.season ?? -1
    this.#isTrashed = owner?.isTrashed ?? false
  }

  get kind() {
    return 'directory' as const
  }

  get subject(): DirectorySubject | undefined {
    const item = this.#item
    if (!item) return undefined
    const trashed = this.#isTrashed ? { isTrashed: true } : {}
    if (item.kind !== 'show' || this.#season === -1) return { ...item, ...trashed }
    return { kind: 'season', showId: item.id, season: this.#season, ...trashed }
  }

  get owner(): Owner | undefined {
    const item = this.#item
    if (!item) return undefined
    return { item, isTrashed: this.#isTrashed, ...(this.#season !== -1 && { season: this.#season }) }
  }
}

interface Listing {
  readonly children: ReadonlyMap<string, AnyNode>
  readonly modifiedAtMs: number
  readonly etag: string
  readonly entries: number
}

/** The file of `previous` when nothing about it changed. */
export function fileNode(
  previous: TreeDirectory | undefined,
  parentHref: string,
  name: string,
  facts: FileFacts,
): TreeFile {
  const known = previous?.children.get(name)
  if (known instanceof TreeFile && known.isSameAs(parentHref, name, facts)) return known
  return facts.isSubtitle ? new SubtitleFile(parentHref, name, facts) : new TreeFile(parentHref, name, facts)
}

/** As `fileNode`, for a file of no torrent. */
export function localNode(
  previous: TreeDirectory | undefined,
  parentHref: string,
  name: string,
  facts: LocalFacts,
): LocalFile {
  const known = previous?.children.get(name)
  if (known instanceof LocalFile && known.isSameAs(parentHref, name, facts)) return known
  return new LocalFile(parentHref, name, facts)
}

/** The same file elsewhere. */
export function copiedNode(
  previous: TreeDirectory | undefined,
  parentHref: string,
  name: string,
  file: AnyFile,
): AnyFile {
  return file instanceof LocalFile
    ? localNode(previous, parentHref, name, file)
    : fileNode(previous, parentHref, name, file)
}

export function childHref(parentHref: string, name: string): string {
  return `${parentHref}${encodeSegment(name)}/`
}

export function childDirectory(previous: TreeDirectory | undefined, name: string): TreeDirectory | undefined {
  const known = previous?.children.get(name)
  return known?.kind === 'directory' ? known : undefined
}

/**
 * The directory of these children, in their order; `previous`, which has the same owner, itself when it holds the very
 * same. As new as its newest child, or `emptyAtMs`. Its etag is made of its href and all that its listing says of the
 * children.
 */
export function* directoryNode(
  previous: TreeDirectory | undefined,
  name: string,
  href: string,
  nodes: Iterable<AnyNode>,
  emptyAtMs: number,
  owner?: Owner,
): Work<TreeDirectory> {
  const children = new Map<string, AnyNode>()
  const hash = createHash('sha1').update(href)
  let modifiedAtMs: number | undefined
  let entries = 0
  let lines = ''
  for (const node of nodes) {
    children.set(node.name, node)
    modifiedAtMs = Math.max(modifiedAtMs ?? node.modifiedAtMs, node.modifiedAtMs)
    entries += node.kind === 'file' ? 1 : 1 + node.entries
    lines += node.kind === 'directory' ? node.etag : `${node.name}/${node.etag}/${node.modifiedAtMs}\n`
    if (lines.length > 8192) {
      hash.update(lines)
      lines = ''
    }
    if (children.size % STEP === 0) yield
  }
  if (previous?.href === href && hasSameChildren(previous, children)) return previous
  const etag = `"${hash.update(lines).digest('base64url').slice(0, 20)}"`
  return new TreeDirectory(name, href, { children, modifiedAtMs: modifiedAtMs ?? emptyAtMs, etag, entries }, owner)
}

function hasSameChildren(previous: TreeDirectory, children: ReadonlyMap<string, TreeNode>): boolean {
  if (previous.children.size !== children.size) return false
  const before = previous.children.values()
  for (const node of children.values()) if (before.next().value !== node) return false
  return true
}

/**
 * The same content under another name: the hrefs below are new, the rest is as it was.
 * @param doFilesFollow whether its own files begin with the directory's name, as a movie's do, and change with it
 */
export function* renamedDirectory(
  node: TreeDirectory,
  name: string,
  parentHref: string,
  doFilesFollow: boolean,
): Work<TreeDirectory> {
  const href = childHref(parentHref, name)
  const children: AnyNode[] = []
  for (const child of node.children.values()) {
    if (child.kind === 'directory') children.push(yield* renamedDirectory(child, child.name, href, false))
    else {
      const isFollowing = doFilesFollow && !isOfItem(child)
      const childName = isFollowing ? name + child.name.slice(node.name.length) : child.name
      children.push(copiedNode(undefined, href, childName, child))
    }
    yield
  }
  return yield* directoryNode(undefined, name, href, children, node.modifiedAtMs, node.owner)
}

/** Whether it belongs to the directory as a whole, and has a name of its own. */
export function isOfItem(node: AnyFile): boolean {
  return node instanceof LocalFile && node.place.at === 'item'
}
