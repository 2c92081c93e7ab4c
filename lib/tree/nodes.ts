import { createHash } from 'node:crypto'
import { type ContentId, contentId, type InfoHash } from '../domain/ids.ts'
import type { DirectoryNode, FileNode, TreeNode } from '../domain/tree.ts'
import { httpDate } from './http-date.ts'
import { encodeSegment } from './legal-name.ts'
import { mediaTypeOf } from './media-type.ts'
import { STEP, type Work } from './slices.ts'

export interface FileFacts {
  readonly infoHash: InfoHash
  readonly fileIndex: number
  readonly sizeBytes: number
  readonly modifiedAtMs: number
}

/**
 * Keeps the five facts that the rest follows from and renders on demand: strings for 200,000 episodes would hold 200 MB,
 * and rendering one takes about a microsecond, which a listing of a season does not feel.
 */
export class TreeFile implements FileNode {
  readonly name: string
  readonly sizeBytes: number
  readonly modifiedAtMs: number
  readonly infoHash: InfoHash
  readonly fileIndex: number
  readonly #parentHref: string

  constructor(parentHref: string, name: string, facts: FileFacts) {
    this.name = name
    this.sizeBytes = facts.sizeBytes
    this.modifiedAtMs = facts.modifiedAtMs
    this.infoHash = facts.infoHash
    this.fileIndex = facts.fileIndex
    this.#parentHref = parentHref
  }

  get kind() {
    return 'file' as const
  }

  get href(): string {
    return this.#parentHref + encodeSegment(this.name)
  }

  get lastModified(): string {
    return httpDate(this.modifiedAtMs)
  }

  /** A torrent's bytes never change: info-hash, file index and size are a strong validator (RFC 9110 section 8.8.1). */
  get etag(): string {
    return `"${this.infoHash}-${this.fileIndex}-${this.sizeBytes.toString(36)}"`
  }

  get mediaType(): string {
    return mediaTypeOf(this.name)
  }

  get content(): ContentId {
    return contentId(this.infoHash, this.fileIndex)
  }

  isSameAs(parentHref: string, name: string, facts: FileFacts): boolean {
    return (
      this.name === name &&
      this.#parentHref === parentHref &&
      this.infoHash === facts.infoHash &&
      this.fileIndex === facts.fileIndex &&
      this.sizeBytes === facts.sizeBytes &&
      this.modifiedAtMs === facts.modifiedAtMs
    )
  }
}

/** Everything is computed when it is built: /Movies lists ten thousand of these in one answer. */
export class TreeDirectory implements DirectoryNode {
  readonly name: string
  readonly href: string
  readonly children: ReadonlyMap<string, TreeFile | TreeDirectory>
  readonly modifiedAtMs: number
  readonly lastModified: string
  readonly etag: string
  /** Files and directories below, itself not counted. */
  readonly entries: number

  constructor(name: string, href: string, listing: Listing) {
    this.name = name
    this.href = href
    this.children = listing.children
    this.modifiedAtMs = listing.modifiedAtMs
    this.lastModified = httpDate(listing.modifiedAtMs)
    this.etag = listing.etag
    this.entries = listing.entries
  }

  get kind() {
    return 'directory' as const
  }
}

interface Listing {
  readonly children: ReadonlyMap<string, TreeFile | TreeDirectory>
  readonly modifiedAtMs: number
  readonly etag: string
  readonly entries: number
}

export type AnyNode = TreeFile | TreeDirectory

/** The file of `previous` when nothing about it changed. */
export function fileNode(
  previous: TreeDirectory | undefined,
  parentHref: string,
  name: string,
  facts: FileFacts,
): TreeFile {
  const known = previous?.children.get(name)
  if (known?.kind === 'file' && known.isSameAs(parentHref, name, facts)) return known
  return new TreeFile(parentHref, name, facts)
}

export function childHref(parentHref: string, name: string): string {
  return `${parentHref}${encodeSegment(name)}/`
}

export function childDirectory(previous: TreeDirectory | undefined, name: string): TreeDirectory | undefined {
  const known = previous?.children.get(name)
  return known?.kind === 'directory' ? known : undefined
}

/**
 * The directory of these children, in their order; `previous` itself when it holds the very same. As new as its newest
 * child, or `emptyAtMs`. Its etag is made of its href and all that its
 * listing says of the children.
 */
export function* directoryNode(
  previous: TreeDirectory | undefined,
  name: string,
  href: string,
  nodes: Iterable<AnyNode>,
  emptyAtMs: number,
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
  return new TreeDirectory(name, href, { children, modifiedAtMs: modifiedAtMs ?? emptyAtMs, etag, entries })
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
    else
      children.push(new TreeFile(href, doFilesFollow ? name + child.name.slice(node.name.length) : child.name, child))
    yield
  }
  return yield* directoryNode(undefined, name, href, children, node.modifiedAtMs)
}
