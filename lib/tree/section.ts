import { foldName } from '../domain/legal-name.ts'
import type { LibraryRow } from '../domain/library.ts'
import { fingerprintOf } from './fingerprint.ts'
import { compareText, type Place } from './item-nodes.ts'
import type { Item, Section } from './library-tree.ts'
import { itemNames } from './naming.ts'
import { directoryNode, renamedDirectory, type TreeDirectory } from './nodes.ts'
import { mergeSorted, STEP, sorted, type Work } from './slices.ts'
import { UniqueNames } from './unique-names.ts'

/** What the rows of one item say of it as a whole. */
export type DescribedItem = Omit<Item, 'id' | 'fingerprint' | 'sortKey' | 'node'>

/** What the sections differ in. */
export interface SectionKind<Row extends LibraryRow, Id extends Item['id']> {
  /** Undefined when there is nothing to show. */
  describe(id: Id, rows: readonly Row[]): DescribedItem | undefined
  build(rows: readonly Row[], place: Place): Work<TreeDirectory>
  /** Whether files of an item begin with its directory's name. */
  readonly doFilesFollow: boolean
  readonly isTrashed: boolean
}

/** The items to look at again: with their rows, or without any when they left. */
export interface SectionChange<Row extends LibraryRow, Id extends Item['id']> {
  readonly rows: ReadonlyMap<Id, readonly Row[]>
  readonly changed: ReadonlySet<Id>
}

type Described = Omit<Item, 'node' | 'sortKey'>

interface Candidate<Row> extends Described {
  readonly rows: readonly Row[]
}

/** The section after a change; every node and item that did not change is the previous one's own. */
export function* updatedSection<Row extends LibraryRow, Id extends Item['id']>(
  kind: SectionKind<Row, Id>,
  previous: Section,
  change: SectionChange<Row, Id>,
  nowMs: number,
): Work<Section> {
  const { rows, changed } = change
  if (rows.size === 0 && changed.size === 0) return previous

  const kept: Item[] = []
  const gone = new Map<Item['id'], Item>()
  for (const item of previous.items) {
    if (changed.has(item.id as Id) || rows.has(item.id as Id)) gone.set(item.id, item)
    else kept.push(item)
    if (kept.length % STEP === 0) yield
  }
  const candidates: Candidate<Row>[] = []
  for (const [id, itemRows] of rows) {
    const described = kind.describe(id, itemRows)
    if (described) candidates.push({ id, rows: itemRows, fingerprint: fingerprintOf(itemRows), ...described })
    yield
  }

  const items: Item[] = []
  const added: Item[] = []
  const names = new UniqueNames()
  const inOrder = mergeSorted<Item | Candidate<Row>>(kept, yield* sorted(candidates, bySeniority), bySeniority)
  for (const entry of yield* inOrder) {
    const name = nameOf(entry, names)
    const before = 'rows' in entry ? gone.get(entry.id) : entry
    const node = yield* nodeOf(kind, entry, before, name, previous.node.href)
    if (before && before.node === node && isSameItem(before, entry)) {
      gone.delete(before.id)
      items.push(before)
    } else {
      if (before) gone.set(before.id, before)
      const { item, id, seniority, plainName, tmdbId, newestAtMs, torrents, fingerprint } = entry
      const sortKey = foldName(name)
      const next = { item, id, seniority, plainName, tmdbId, newestAtMs, torrents, fingerprint, sortKey, node }
      items.push(next)
      added.push(next)
    }
    if ('rows' in entry || items.length % STEP === 0) yield
  }
  if (added.length === 0 && gone.size === 0) return previous

  const staying: Item[] = []
  for (const item of previous.listed) {
    if (!gone.has(item.id)) staying.push(item)
    if (staying.length % STEP === 0) yield
  }
  const listed = yield* mergeSorted(staying, yield* sorted(added, bySortKey), bySortKey)
  const { name, href } = previous.node
  const node = yield* directoryNode(previous.node, name, href, nodesOf(listed), nowMs)
  return { items, listed, node }
}

function nameOf(entry: Item | Described, names: UniqueNames): string {
  // Nearly always: an item that has its plain name and keeps it.
  if ('node' in entry && entry.node.name === entry.plainName && names.take(entry.sortKey)) return entry.plainName
  return names.claim(itemNames(entry.plainName, entry.tmdbId))
}

function* nodeOf<Row extends LibraryRow, Id extends Item['id']>(
  kind: SectionKind<Row, Id>,
  entry: Item | Candidate<Row>,
  before: Item | undefined,
  name: string,
  parentHref: string,
): Work<TreeDirectory> {
  if ('rows' in entry) {
    const owner = { item: entry.item, isTrashed: kind.isTrashed }
    return yield* kind.build(entry.rows, { name, parentHref, previous: before?.node, owner })
  }
  if (entry.node.name === name) return entry.node
  return yield* renamedDirectory(entry.node, name, parentHref, kind.doFilesFollow)
}

function* nodesOf(items: readonly Item[]): Iterable<TreeDirectory> {
  for (const item of items) yield item.node
}

function bySeniority(a: Described, b: Described): number {
  return a.seniority - b.seniority || compareText(String(a.id), String(b.id))
}

function bySortKey(a: Item, b: Item): number {
  return compareText(a.sortKey, b.sortKey)
}

function isSameItem(a: Described, b: Described): boolean {
  const isSameName = a.plainName === b.plainName && a.tmdbId === b.tmdbId
  return isSameName && a.seniority === b.seniority && a.fingerprint === b.fingerprint
}
