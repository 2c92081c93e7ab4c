import { crc32 } from 'node:zlib'
import type { LibraryItem, LibraryRow, OfflineRow, SidecarPlace } from '../domain/library-rows.ts'
import type { Work } from '../domain/slices.ts'
import { type Item, itemKey, type LibraryTree } from './library-tree.ts'
import { isLitter } from './path-nodes.ts'
import { STEP } from './slices.ts'
import { subtitleLabel } from './subtitle-names.ts'

/** What the rows of one item say, whatever their order: a 32-bit sum. */
export function* fingerprintOf(rows: readonly LibraryRow[]): Work<number> {
  let sum = 0
  for (const [index, row] of rows.entries()) {
    sum = addRow(sum, row)
    if (index % STEP === STEP - 1) yield
  }
  return sum
}

function addRow(sum: number, row: LibraryRow): number {
  return (sum + crc32(rowText(row))) | 0
}

/** All that a row says, in a fixed order: five times as fast as JSON. */
function rowText(row: LibraryRow): string {
  if (row.kind === 'sidecar') {
    return `${row.content}/${row.sizeBytes}/${row.modifiedAtMs}/${row.tag}/${placeText(row.place)}`
  }
  const file = `${row.infoHash}/${row.fileIndex}/${row.sizeBytes}/${row.filePath}`
  if (row.kind === 'unsorted') return `${file}/${row.addedAtMs}/${row.torrentName}`
  if (row.kind === 'offline') return `${file}/${row.addedAtMs}/${row.path}`
  if (row.kind === 'subtitle') return `${file}/${row.assignedAtMs}/${row.videoIndex}/${subtitleLabel(row)}`
  const item = `${row.title}/${row.year}/${row.tmdbId}/${row.assignedAtMs}/${row.resolution}/${row.source}`
  if (row.kind === 'movie') return `${file}/${item}/${row.isTrashed}`
  return `${file}/${item}/${row.isTrashed}/${row.season}/${row.episode}/${row.lastEpisode}/${row.name}`
}

function placeText(place: SidecarPlace): string {
  if (place.at === 'item') return place.fileName
  const rest = place.at === 'video' ? place.suffix : `${subtitleLabel(place.traits)}${place.extension}`
  return `${place.infoHash}/${place.videoIndex}/${rest}`
}

interface Seen {
  readonly item: LibraryItem
  sum: number
  /** Only something beside a video: shows only when there is one. */
  isShown: boolean
}

type SeenById = Map<Item['id'], Seen>

/**
 * The items of which `rows`, the whole library, say something else than the tree was built from that is current once
 * they are read. Keeps nothing of the rows, so that comparing a large library leaves the garbage collector no work, as
 * building it again would.
 */
export function* differences(current: () => LibraryTree, rows: Iterable<LibraryRow>): Work<LibraryItem[]> {
  const movies: SeenById = new Map()
  const shows: SeenById = new Map()
  const unsorted: SeenById = new Map()
  let offline = 0
  let count = 0
  for (const row of rows) {
    if (row.kind === 'movie') note(movies, row.movieId, row)
    else if (row.kind === 'episode') note(shows, row.showId, row)
    else if (row.kind === 'offline') offline = addRow(offline, row)
    else if (row.kind !== 'unsorted') note(row.item.kind === 'movie' ? movies : shows, row.item.id, row)
    else if (!isLitter(row.filePath)) note(unsorted, row.infoHash, row)
    if (++count % STEP === 0) yield
  }
  const { sections } = current()
  const trash = (kind: LibraryItem['kind']) => sections.trash.listed.filter(({ item }) => item.kind === kind)
  return [
    ...(yield* compared([...sections.movies.listed, ...trash('movie')], movies)),
    ...(yield* compared([...sections.shows.listed, ...trash('show')], shows)),
    ...(yield* compared(sections.unsorted.listed, unsorted)),
    ...(sections.offline.fingerprint === offline ? [] : [{ kind: 'offline' } as const]),
  ]
}

function note(seen: SeenById, id: Item['id'], row: Exclude<LibraryRow, OfflineRow>): void {
  const isShown = row.kind !== 'sidecar' && row.kind !== 'subtitle'
  const known = seen.get(id)
  if (!known) seen.set(id, { item: itemOf(row), sum: addRow(0, row), isShown })
  else {
    known.sum = addRow(known.sum, row)
    known.isShown ||= isShown
  }
}

function itemOf(row: Exclude<LibraryRow, OfflineRow>): LibraryItem {
  if (row.kind === 'movie') return { kind: 'movie', id: row.movieId }
  if (row.kind === 'episode') return { kind: 'show', id: row.showId }
  if (row.kind === 'unsorted') return { kind: 'unsorted', infoHash: row.infoHash }
  return row.item
}

/** @param items an item of the library may be there twice: with what is in the trash, and what is not */
function* compared(items: readonly Item[], seen: SeenById): Work<LibraryItem[]> {
  const different = new Map<string, LibraryItem>()
  const same = new Set<Item['id']>()
  for (const { item, fingerprint } of items) {
    const id = idOf(item)
    if (seen.get(id)?.sum === fingerprint) same.add(id)
    else different.set(itemKey(item), item)
    yield
  }
  for (const [id, { item, isShown }] of seen) if (isShown && !same.has(id)) different.set(itemKey(item), item)
  return [...different.values()]
}

function idOf(item: LibraryItem): Item['id'] {
  return item.kind === 'movie' || item.kind === 'show' ? item.id : itemKey(item)
}
