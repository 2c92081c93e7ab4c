import { crc32 } from 'node:zlib'
import type { LibraryItem, LibraryRow } from '../domain/library.ts'
import { isLitter } from './item-nodes.ts'
import type { Item, LibraryTree, Section } from './library-tree.ts'
import { STEP, type Work } from './slices.ts'
import { subtitleLabel } from './subtitle-names.ts'

/** What the rows of one item say, whatever their order: a 32-bit sum. */
export function fingerprintOf(rows: Iterable<LibraryRow>): number {
  let sum = 0
  for (const row of rows) sum = addRow(sum, row)
  return sum
}

function addRow(sum: number, row: LibraryRow): number {
  return (sum + crc32(rowText(row))) | 0
}

/** All that a row says, in a fixed order: five times as fast as JSON. */
function rowText(row: LibraryRow): string {
  const file = `${row.infoHash}/${row.fileIndex}/${row.sizeBytes}/${row.filePath}`
  if (row.kind === 'unsorted') return `${file}/${row.addedAtMs}/${row.torrentName}`
  if (row.kind === 'subtitle') return `${file}/${row.assignedAtMs}/${row.videoIndex}/${subtitleLabel(row)}`
  const item = `${row.title}/${row.year}/${row.tmdbId}/${row.assignedAtMs}/${row.resolution}/${row.source}`
  if (row.kind === 'movie') return `${file}/${item}`
  return `${file}/${item}/${row.season}/${row.episode}/${row.lastEpisode}/${row.name}`
}

interface Seen {
  readonly item: LibraryItem
  sum: number
}

type SeenById = Map<Item['id'], Seen>

/**
 * The items of which `rows`, the whole library, say something else than `tree` was built from. Keeps nothing of the
 * rows, so that comparing a large library leaves the garbage collector no work, as building it again would.
 */
export function* differences(tree: LibraryTree, rows: Iterable<LibraryRow>): Work<LibraryItem[]> {
  const movies: SeenById = new Map()
  const shows: SeenById = new Map()
  const unsorted: SeenById = new Map()
  let count = 0
  for (const row of rows) {
    if (row.kind === 'movie') note(movies, row.movieId, row, { kind: 'movie', id: row.movieId })
    else if (row.kind === 'episode') note(shows, row.showId, row, { kind: 'show', id: row.showId })
    else if (row.kind === 'subtitle') note(row.item.kind === 'movie' ? movies : shows, row.item.id, row, row.item)
    else if (!isLitter(row.filePath)) {
      note(unsorted, row.infoHash, row, { kind: 'unsorted', infoHash: row.infoHash })
    }
    if (++count % STEP === 0) yield
  }
  return [
    ...(yield* compared(tree.sections.movies, movies)),
    ...(yield* compared(tree.sections.shows, shows)),
    ...(yield* compared(tree.sections.unsorted, unsorted)),
  ]
}

function note(seen: SeenById, id: Item['id'], row: LibraryRow, item: LibraryItem): void {
  const known = seen.get(id)
  if (known) known.sum = addRow(known.sum, row)
  else seen.set(id, { item, sum: addRow(0, row) })
}

function* compared(section: Section, seen: SeenById): Work<LibraryItem[]> {
  const different: LibraryItem[] = []
  for (const item of section.items) {
    if (seen.get(item.id)?.sum !== item.fingerprint) different.push(item.item)
    seen.delete(item.id)
    yield
  }
  for (const { item } of seen.values()) different.push(item)
  return different
}
