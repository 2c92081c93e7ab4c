import type { LibraryItem, LibraryRow } from '../domain/library-rows.ts'
import type { Work } from '../domain/slices.ts'
import { fingerprintOf } from './fingerprint.ts'
import { groupRows, idsOf, MOVIES, SHOWS, TRASH, UNSORTED } from './groups.ts'
import { type Layout, LibraryTree, PLAIN_LAYOUT, rootNode, type Sections } from './library-tree.ts'
import type { Owner } from './nodes.ts'
import { offlineNode } from './path-nodes.ts'
import { updatedSection } from './section.ts'

export interface TreeChange {
  /** All rows of every item that may differ; read to the end, or left by `return()`. */
  readonly rows: Iterable<LibraryRow>
  /** Those items: one without rows left the library. One with rows need not be named, as for a first build. */
  readonly changed: readonly LibraryItem[]
}

/**
 * The tree after a change: pure but for what the views ask, in steps of microseconds. What did not change is the previous
 * tree's own, down to single files; `previous` itself is returned when nothing did. Throws only what the rows' iterator
 * or a view's source throws.
 *
 * A name belongs to the item of the lowest id that wants it, so that one added later changes no other's.
 */
export function* buildTree(
  previous: LibraryTree,
  change: TreeChange,
  nowMs: number,
  layout: Layout = PLAIN_LAYOUT,
): Work<LibraryTree> {
  const sections = yield* updatedSections(previous.sections, change, nowMs)
  const views = layout.views ? yield* layout.views.build(sections, previous.views, nowMs) : []
  const root = yield* rootNode(previous.root, sections, views, layout, nowMs)
  if (root === previous.root && isSame(sections, previous.sections)) return previous
  return new LibraryTree(previous.version + 1, nowMs, root, sections, views)
}

function* updatedSections(previous: Sections, change: TreeChange, nowMs: number): Work<Sections> {
  const groups = yield* groupRows(change.rows)
  const changed = idsOf(change.changed)
  const trashed = new Set(changed.trash)
  // One with rows that is no longer in the trash was perhaps not named.
  for (const { id, item } of previous.trash.listed) {
    if ((item.kind === 'movie' && groups.movies.has(item.id)) || (item.kind === 'show' && groups.shows.has(item.id)))
      trashed.add(String(id))
  }
  return {
    movies: yield* updatedSection(MOVIES, previous.movies, { rows: groups.movies, changed: changed.movies }, nowMs),
    shows: yield* updatedSection(SHOWS, previous.shows, { rows: groups.shows, changed: changed.shows }, nowMs),
    unsorted: yield* updatedSection(
      UNSORTED,
      previous.unsorted,
      { rows: groups.unsorted, changed: changed.unsorted },
      nowMs,
    ),
    trash: yield* updatedSection(TRASH, previous.trash, { rows: groups.trash, changed: trashed }, nowMs),
    offline:
      changed.hasOffline || groups.offline.length > 0
        ? {
            fingerprint: yield* fingerprintOf(groups.offline),
            node: yield* offlineNode(groups.offline, {
              name: previous.offline.node.name,
              parentHref: '/',
              previous: previous.offline.node,
              owner: OFFLINE,
            }),
          }
        : previous.offline,
  }
}

const OFFLINE: Owner = { item: { kind: 'offline' } }

function isSame(a: Sections, b: Sections): boolean {
  const isSameOffline = a.offline.node === b.offline.node && a.offline.fingerprint === b.offline.fingerprint
  return (
    a.movies === b.movies && a.shows === b.shows && a.unsorted === b.unsorted && a.trash === b.trash && isSameOffline
  )
}
