import { foldName } from '../domain/legal-name.ts'
import type { LibraryRow } from '../domain/library-rows.ts'
import type { Work } from '../domain/slices.ts'
import { fingerprintOf } from './fingerprint.ts'
import { compareText, type Place } from './item-nodes.ts'
import type { Item, Section } from './library-tree.ts'
import { changedSums, listedDirectory, placeOf } from './listed-directories.ts'
import { itemNames } from './naming.ts'
import { renamedDirectory, type TreeDirectory } from './nodes.ts'
import { STEP, sorted } from './slices.ts'
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

/** Those of a changed item that are not what its description says. */
interface GivenNames<Row> {
  readonly candidates: ReadonlyMap<Candidate<Row>, string>
  /** Of items that did not change, but for their name. */
  readonly renamed: ReadonlyMap<Item, string>
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

  const touched = new Map<Item['id'], Item>()
  for (const id of new Set([...changed, ...rows.keys()])) {
    const item = previous.listed[previous.ids.indexOf(id)]
    if (item) touched.set(id, item)
    yield
  }
  const candidates: Candidate<Row>[] = []
  for (const [id, itemRows] of rows) {
    const described = kind.describe(id, itemRows)
    yield
    if (described) candidates.push({ id, rows: itemRows, fingerprint: yield* fingerprintOf(itemRows), ...described })
  }
  const areNamesPlain = yield* canBePlain(previous, touched, candidates)
  const names = areNamesPlain ? undefined : yield* givenNames(previous.listed, touched, candidates)

  const gone = new Set(touched.values())
  const added: Item[] = []
  for (const candidate of candidates) {
    const name = names?.candidates.get(candidate) ?? candidate.plainName
    const before = touched.get(candidate.id)
    const owner = { item: candidate.item, isTrashed: kind.isTrashed }
    const place = { name, parentHref: previous.node.href, previous: before?.node, owner }
    const node = yield* kind.build(candidate.rows, place)
    if (before?.node === node && isSameItem(before, candidate)) gone.delete(before)
    else added.push(itemOf(candidate, name, node))
    yield
  }
  for (const [item, name] of names?.renamed ?? []) {
    const node = yield* renamedDirectory(item.node, name, previous.node.href, kind.doFilesFollow)
    gone.add(item)
    added.push(itemOf(item, name, node))
  }
  return added.length === 0 && gone.size === 0 ? previous : yield* patchedSection(previous, [...gone], added, nowMs)
}

/** Written out: V8 gives every object that begins with a spread a shape of its own, and there is one of these an item. */
function itemOf(described: Described, name: string, node: TreeDirectory): Item {
  const { item, id, seniority, plainName, tmdbId, newestAtMs, torrents, fingerprint } = described
  const sortKey = foldName(name)
  return { item, id, seniority, plainName, tmdbId, newestAtMs, torrents, fingerprint, sortKey, node }
}

function* patchedSection(previous: Section, gone: readonly Item[], came: Item[], nowMs: number): Work<Section> {
  const added = yield* sorted(came, bySortKey)
  const places = { gone: placesOf(previous, gone), added: placesOf(previous, added) }
  const listed = patched(previous.listed, places, added)
  yield
  const ids = patched(
    previous.ids,
    places,
    added.map(({ id }) => id),
  )
  yield
  const left = new Set(gone)
  const isMisnamed = ({ node, plainName }: Item) => node.name !== plainName
  const misnamed = [...previous.misnamed.filter((item) => !left.has(item)), ...added.filter(isMisnamed)]
  const nodes = new Set(gone.map(({ node }) => node))
  const isSameListing = gone.length === added.length && added.every(({ node }) => nodes.has(node))
  if (isSameListing) return { ...previous, listed, ids, misnamed }
  const sums = yield* changedSums(previous.sums, { gone, added, listed }, nowMs)
  const { name, href } = previous.node
  return { listed, ids, misnamed, sums, node: listedDirectory(name, href, listed, sums) }
}

const placesOf = ({ listed }: Section, items: readonly Item[]): number[] =>
  items.map(({ sortKey }) => placeOf(listed, sortKey))

/** Without a look at what stays: ten thousand items are seldom in the processor's caches, their places in an array are. */
function patched<T>(
  list: readonly T[],
  places: { readonly gone: readonly number[]; readonly added: readonly number[] },
  added: readonly T[],
): T[] {
  const isGone = new Uint8Array(list.length)
  for (const place of places.gone) isGone[place] = 1
  const result: T[] = []
  let next = 0
  for (let place = 0; place <= list.length; place++) {
    for (; places.added[next] === place; next++) result.push(added[next] as T)
    if (place < list.length && isGone[place] === 0) result.push(list[place] as T)
  }
  return result
}

/**
 * Whether each changed item can have its plain name, and none that it had or takes is one that others were or would be
 * refused: nearly always. Names that are tried for an item begin with its plain one.
 */
function* canBePlain<Row>(
  { listed, misnamed }: Section,
  touched: ReadonlyMap<Item['id'], Item>,
  candidates: readonly Candidate<Row>[],
): Work<boolean> {
  const refused = misnamed.flatMap((item) => (touched.has(item.id) ? [] : foldName(item.plainName)))
  const isRefused = (key: string) => refused.some((start) => key.startsWith(start))
  for (const { sortKey } of touched.values()) if (isRefused(sortKey)) return false
  const taken = new Set<string>()
  for (const { plainName } of candidates) {
    const key = foldName(plainName)
    if (taken.has(key) || isRefused(key)) return false
    const holder = listed[placeOf(listed, key)]
    if (holder?.sortKey === key && !touched.has(holder.id)) return false
    taken.add(key)
    if (taken.size % STEP === 0) yield
  }
  return true
}

/** Gives out all names of the section again, by seniority. */
function* givenNames<Row>(
  listed: readonly Item[],
  touched: ReadonlyMap<Item['id'], Item>,
  candidates: readonly Candidate<Row>[],
): Work<GivenNames<Row>> {
  const given = { candidates: new Map<Candidate<Row>, string>(), renamed: new Map<Item, string>() }
  const kept = listed.filter((item) => !touched.has(item.id))
  const names = new UniqueNames()
  for (const entry of yield* sorted<Item | Candidate<Row>>([...kept, ...candidates], bySeniority)) {
    if ('rows' in entry) given.candidates.set(entry, names.claim(itemNames(entry.plainName, entry.tmdbId)))
    // Nearly always: an item that has its plain name and keeps it.
    else if (entry.node.name !== entry.plainName || !names.take(entry.sortKey)) {
      const name = names.claim(itemNames(entry.plainName, entry.tmdbId))
      if (name !== entry.node.name) given.renamed.set(entry, name)
    }
    yield
  }
  return given
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
