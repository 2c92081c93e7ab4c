import type { InfoHash, MovieId, ShowId } from '../domain/ids.ts'
import { legalName } from '../domain/legal-name.ts'
import type {
  EpisodeRow,
  LibraryItem,
  LibraryRow,
  MovieRow,
  OfflineRow,
  TitledItem,
  UnsortedRow,
} from '../domain/library-rows.ts'
import type { Work } from '../domain/slices.ts'
import type { CompanionRow, VideoRow } from './companions.ts'
import { addTo, movieNode, showNode } from './item-nodes.ts'
import { itemKey } from './library-tree.ts'
import { titleName } from './naming.ts'
import { isLitter, unsortedNode } from './path-nodes.ts'
import type { DescribedItem, SectionKind } from './section.ts'
import { STEP } from './slices.ts'

type ItemRow = VideoRow | CompanionRow
type MovieItemRow = MovieRow | CompanionRow
type ShowItemRow = EpisodeRow | CompanionRow

export const MOVIES: SectionKind<MovieItemRow, MovieId> = {
  describe: (id, rows) => describeTitle(rows, false, { kind: 'movie', id }),
  build: movieNode,
  doFilesFollow: true,
  isTrashed: false,
}

export const SHOWS: SectionKind<ShowItemRow, ShowId> = {
  describe: (id, rows) => describeTitle(rows, false, { kind: 'show', id }),
  build: showNode,
  doFilesFollow: false,
  isTrashed: false,
}

/** Movies and shows side by side. Files of a show are in seasons, so that none follows its directory's name. */
export const TRASH: SectionKind<ItemRow, string> = {
  describe: (_, rows) => describeTitle(rows, true),
  build: (rows, place) =>
    place.owner?.item.kind === 'movie'
      ? movieNode(rows as readonly MovieItemRow[], place)
      : showNode(rows as readonly ShowItemRow[], place),
  doFilesFollow: true,
  isTrashed: true,
}

export const UNSORTED: SectionKind<UnsortedRow, InfoHash> = {
  describe: (infoHash, [row]) =>
    row && {
      item: { kind: 'unsorted', infoHash },
      seniority: row.addedAtMs,
      plainName: legalName(row.torrentName, '', 240),
      tmdbId: null,
      newestAtMs: row.addedAtMs,
      torrents: [],
    },
  build: unsortedNode,
  doFilesFollow: false,
  isTrashed: false,
}

/** Undefined when no video is there, or none in the trash: what is only beside videos does not show alone. */
function describeTitle(rows: readonly ItemRow[], isTrashed: boolean, known?: TitledItem): DescribedItem | undefined {
  let first: VideoRow | undefined
  let newestAtMs = 0
  let torrents: readonly InfoHash[] = []
  for (const row of rows) {
    if ((row.kind !== 'movie' && row.kind !== 'episode') || row.isTrashed !== isTrashed) continue
    first ??= row
    newestAtMs = Math.max(newestAtMs, row.assignedAtMs)
    // Anew, not pushed to: an array that grows keeps room for sixteen more.
    if (torrents.at(-1) !== row.infoHash && !torrents.includes(row.infoHash)) torrents = [...torrents, row.infoHash]
  }
  if (!first) return undefined
  const item = known ?? titledItem(first)
  return { item, seniority: item.id, plainName: titleName(first), tmdbId: first.tmdbId, newestAtMs, torrents }
}

const titledItem = (row: VideoRow): TitledItem =>
  row.kind === 'movie' ? { kind: 'movie', id: row.movieId } : { kind: 'show', id: row.showId }

interface Groups {
  readonly movies: Map<MovieId, MovieItemRow[]>
  readonly shows: Map<ShowId, ShowItemRow[]>
  readonly unsorted: Map<InfoHash, UnsortedRow[]>
  /** Of those above the ones with something in the trash, by their `itemKey`. */
  readonly trash: Map<string, readonly ItemRow[]>
  readonly offline: OfflineRow[]
}

export function* groupRows(rows: Iterable<LibraryRow>): Work<Groups> {
  const groups: Groups = { movies: new Map(), shows: new Map(), unsorted: new Map(), trash: new Map(), offline: [] }
  let count = 0
  for (const row of rows) {
    groupRow(groups, row)
    if (++count % STEP === 0) yield
  }
  return groups
}

function groupRow({ movies, shows, unsorted, trash, offline }: Groups, row: LibraryRow): void {
  switch (row.kind) {
    case 'movie':
      addTo(movies, row.movieId, row)
      if (row.isTrashed) trash.set(itemKey(titledItem(row)), movies.get(row.movieId) ?? [])
      break
    case 'episode':
      addTo(shows, row.showId, row)
      if (row.isTrashed) trash.set(itemKey(titledItem(row)), shows.get(row.showId) ?? [])
      break
    case 'subtitle':
    case 'sidecar':
      if (row.item.kind === 'movie') addTo(movies, row.item.id, row)
      else addTo(shows, row.item.id, row)
      break
    case 'unsorted':
      if (!isLitter(row.filePath)) addTo(unsorted, row.infoHash, row)
      break
    case 'offline':
      offline.push(row)
  }
}

interface Ids {
  readonly movies: ReadonlySet<MovieId>
  readonly shows: ReadonlySet<ShowId>
  readonly unsorted: ReadonlySet<InfoHash>
  /** The movies and shows again, by their `itemKey`. */
  readonly trash: ReadonlySet<string>
  readonly hasOffline: boolean
}

export function idsOf(items: readonly LibraryItem[]): Ids {
  const movies = new Set<MovieId>()
  const shows = new Set<ShowId>()
  const unsorted = new Set<InfoHash>()
  const trash = new Set<string>()
  let hasOffline = false
  for (const item of items) {
    if (item.kind === 'offline') hasOffline = true
    else if (item.kind === 'unsorted') unsorted.add(item.infoHash)
    else {
      if (item.kind === 'movie') movies.add(item.id)
      else shows.add(item.id)
      trash.add(itemKey(item))
    }
  }
  return { movies, shows, unsorted, trash, hasOffline }
}
