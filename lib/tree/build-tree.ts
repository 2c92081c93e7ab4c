import type { InfoHash, MovieId, ShowId } from '../domain/ids.ts'
import type {
  EpisodeRow,
  LibraryItem,
  LibraryRow,
  MovieRow,
  SubtitleRow,
  TitledItem,
  UnsortedRow,
} from '../domain/library.ts'
import { addTo, isLitter, movieNode, showNode, unsortedNode } from './item-nodes.ts'
import { legalName } from './legal-name.ts'
import { LibraryTree, rootNode } from './library-tree.ts'
import { titleName } from './naming.ts'
import { type SectionKind, updatedSection } from './section.ts'
import { STEP, type Work } from './slices.ts'

export interface TreeChange {
  /** All rows of every item that may differ; read to the end, or left by `return()`. */
  readonly rows: Iterable<LibraryRow>
  /** Those items: one without rows left the library. One with rows need not be named, as for a first build. */
  readonly changed: readonly LibraryItem[]
}

/**
 * The tree after a change: pure, in steps of microseconds. What did not change is the previous tree's own, down to
 * single files; `previous` itself is returned when nothing did. Throws only what the rows' iterator throws.
 *
 * A name belongs to the item of the lowest id that wants it, so that one added later changes no other's.
 */
export function* buildTree(previous: LibraryTree, change: TreeChange, nowMs: number): Work<LibraryTree> {
  const groups = yield* groupRows(change.rows)
  const { movies, shows, unsorted } = previous.sections
  const changed = idsOf(change.changed)
  const sections = {
    movies: yield* updatedSection(MOVIES, movies, { rows: groups.movies, changed: changed.movies }, nowMs),
    shows: yield* updatedSection(SHOWS, shows, { rows: groups.shows, changed: changed.shows }, nowMs),
    unsorted: yield* updatedSection(UNSORTED, unsorted, { rows: groups.unsorted, changed: changed.unsorted }, nowMs),
  }
  const root = yield* rootNode(previous.root, sections, nowMs)
  const isSame = sections.movies === movies && sections.shows === shows && sections.unsorted === unsorted
  return isSame ? previous : new LibraryTree(previous.version + 1, nowMs, root, sections)
}

const MOVIES: SectionKind<MovieRow | SubtitleRow, MovieId> = {
  describe: (id, rows) => describeTitle({ kind: 'movie', id }, rows),
  build: movieNode,
  doFilesFollow: true,
}

const SHOWS: SectionKind<EpisodeRow | SubtitleRow, ShowId> = {
  describe: (id, rows) => describeTitle({ kind: 'show', id }, rows),
  build: showNode,
  doFilesFollow: false,
}

const UNSORTED: SectionKind<UnsortedRow, InfoHash> = {
  describe: (infoHash, [row]) =>
    row && {
      item: { kind: 'unsorted', infoHash },
      seniority: row.addedAtMs,
      plainName: legalName(row.torrentName, '', 240),
      tmdbId: null,
    },
  build: unsortedNode,
  doFilesFollow: false,
}

function describeTitle(item: TitledItem, rows: readonly (MovieRow | EpisodeRow | SubtitleRow)[]) {
  const video = rows.find((row) => row.kind !== 'subtitle')
  return video && { item, seniority: item.id, plainName: titleName(video), tmdbId: video.tmdbId }
}

interface Groups {
  readonly movies: Map<MovieId, (MovieRow | SubtitleRow)[]>
  readonly shows: Map<ShowId, (EpisodeRow | SubtitleRow)[]>
  readonly unsorted: Map<InfoHash, UnsortedRow[]>
}

function* groupRows(rows: Iterable<LibraryRow>): Work<Groups> {
  const groups: Groups = { movies: new Map(), shows: new Map(), unsorted: new Map() }
  let count = 0
  for (const row of rows) {
    if (row.kind === 'movie') addTo(groups.movies, row.movieId, row)
    else if (row.kind === 'episode') addTo(groups.shows, row.showId, row)
    else if (row.kind === 'subtitle') addSubtitle(groups, row)
    else if (!isLitter(row.filePath)) addTo(groups.unsorted, row.infoHash, row)
    if (++count % STEP === 0) yield
  }
  return groups
}

function addSubtitle({ movies, shows }: Groups, row: SubtitleRow): void {
  const { item } = row
  if (item.kind === 'movie') addTo(movies, item.id, row)
  else addTo(shows, item.id, row)
}

interface Ids {
  readonly movies: ReadonlySet<MovieId>
  readonly shows: ReadonlySet<ShowId>
  readonly unsorted: ReadonlySet<InfoHash>
}

function idsOf(items: readonly LibraryItem[]): Ids {
  const movies = new Set<MovieId>()
  const shows = new Set<ShowId>()
  const unsorted = new Set<InfoHash>()
  for (const item of items) {
    if (item.kind === 'movie') movies.add(item.id)
    else if (item.kind === 'show') shows.add(item.id)
    else unsorted.add(item.infoHash)
  }
  return { movies, shows, unsorted }
}
