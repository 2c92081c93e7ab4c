import { createHash } from 'node:crypto'
import { foldName } from '../domain/legal-name.ts'
import type { Work } from '../domain/slices.ts'
import { compareText } from './item-nodes.ts'
import type { Item } from './library-tree.ts'
import { TreeDirectory } from './nodes.ts'
import { forEachOf } from './slices.ts'

/**
 * The directories of a section by name, found by bisection: a `Map` of ten thousand would be made anew for each film that
 * is added.
 */
class ListedDirectories implements ReadonlyMap<string, TreeDirectory> {
  readonly #listed: readonly Item[]

  /** By their `sortKey`, no two of which are the same. */
  constructor(listed: readonly Item[]) {
    this.#listed = listed
  }

  get size(): number {
    return this.#listed.length
  }

  get(name: string): TreeDirectory | undefined {
    const node = this.#listed[placeOf(this.#listed, foldName(name))]?.node
    return node?.name === name ? node : undefined
  }

  has(name: string): boolean {
    return this.get(name) !== undefined
  }

  forEach(visit: (node: TreeDirectory, name: string, map: ReadonlyMap<string, TreeDirectory>) => void): void {
    for (const { node } of this.#listed) visit(node, node.name, this)
  }

  *keys(): Generator<string, undefined> {
    for (const { node } of this.#listed) yield node.name
  }

  *values(): Generator<TreeDirectory, undefined> {
    for (const { node } of this.#listed) yield node
  }

  *entries(): Generator<[string, TreeDirectory], undefined> {
    for (const { node } of this.#listed) yield [node.name, node]
  }

  [Symbol.iterator](): Generator<[string, TreeDirectory], undefined> {
    return this.entries()
  }
}

/** Where an item of this `sortKey` is, or would be. */
export function placeOf(listed: readonly Item[], sortKey: string): number {
  let first = 0
  let end = listed.length
  while (first < end) {
    const middle = (first + end) >>> 1
    if (compareText(listed[middle]?.sortKey ?? '', sortKey) < 0) first = middle + 1
    else end = middle
  }
  return first
}

/** What a listing amounts to: what comes and goes changes it without a look at the rest. */
export interface ListingSums {
  /**
   * Sums modulo 2 ** 48 of the etags, which are parts of hashes over all that a directory says: the same in whatever
   * order things came and went.
   */
  readonly high: number
  readonly low: number
  readonly entries: number
  /** Of the newest child, or when the last one left. */
  readonly modifiedAtMs: number
}

export const NO_SUMS: ListingSums = { high: 0, low: 0, entries: 0, modifiedAtMs: 0 }

const MODULUS = 2 ** 48

/** The sums of `listed`, which is as `before` says but for those that left and those that came. */
export function* changedSums(
  before: ListingSums,
  { gone, added, listed }: { gone: readonly Item[]; added: readonly Item[]; listed: readonly Item[] },
  nowMs: number,
): Work<ListingSums> {
  let { high, low, entries } = before
  yield* forEachOf(gone, ({ node }) => {
    const hash = hashOf(node)
    high = (high + MODULUS - hash.readUIntBE(0, 6)) % MODULUS
    low = (low + MODULUS - hash.readUIntBE(6, 6)) % MODULUS
    entries -= 1 + node.entries
  })
  yield* forEachOf(added, ({ node }) => {
    const hash = hashOf(node)
    high = (high + hash.readUIntBE(0, 6)) % MODULUS
    low = (low + hash.readUIntBE(6, 6)) % MODULUS
    entries += 1 + node.entries
  })
  if (listed.length === 0) return { high, low, entries, modifiedAtMs: nowMs }
  const isNew = listed.length === added.length
  const hasNewestLeft = isNew || gone.some(({ node }) => node.modifiedAtMs >= before.modifiedAtMs)
  let modifiedAtMs = hasNewestLeft ? Number.NEGATIVE_INFINITY : before.modifiedAtMs
  yield* forEachOf(hasNewestLeft ? listed : added, ({ node }) => {
    if (node.modifiedAtMs > modifiedAtMs) modifiedAtMs = node.modifiedAtMs
  })
  return { high, low, entries, modifiedAtMs }
}

const hashOf = ({ etag }: TreeDirectory): Buffer => Buffer.from(etag.slice(1, -1), 'base64url')

/** The top directory of these items. */
export function listedDirectory(name: string, href: string, listed: readonly Item[], sums: ListingSums): TreeDirectory {
  const { high, low, entries, modifiedAtMs } = sums
  const hash = createHash('sha1').update(`${href} ${high} ${low}`).digest('base64url')
  const children = new ListedDirectories(listed)
  return new TreeDirectory(name, href, { children, modifiedAtMs, etag: `"${hash.slice(0, 20)}"`, entries })
}
