import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3'
import type { AddedTorrent, Movie, Placement, ShowSummary } from '../domain/library.ts'
import type { Work } from '../domain/slices.ts'
import type { TorrentInfo } from '../domain/torrent.ts'
import { chunksOf } from './bulk.ts'
import { type ChangedItems, markFiles } from './changed-items.ts'
import type { Versions } from './curation/versions.ts'
import type { MovieQueries } from './movie-queries.ts'
import { checkPlacements } from './placement-check.ts'
import { Placer } from './placer.ts'
import type { ShowQueries } from './show-queries.ts'
import { storeTorrent } from './store.ts'

/** As `LibraryWriter.addTorrent` is told of it. */
export interface NewTorrent {
  readonly info: TorrentInfo
  readonly magnetUri: string | null
  readonly placements: readonly Placement[]
  readonly replaceActive: boolean
  readonly nowMs: number
}

/** On the same connection: they see what the running transaction wrote. */
interface AddedQueries {
  readonly movies: Pick<MovieQueries, 'byIds'>
  readonly shows: Pick<ShowQueries, 'summaries'>
}

/** What `LibraryWriter.addTorrent` does within a transaction, in steps of a millisecond or two. */
export class TorrentAdder {
  readonly #db: BetterSQLite3Database
  readonly #queries: AddedQueries
  readonly #versions: Versions

  constructor(db: BetterSQLite3Database, queries: AddedQueries, versions: Versions) {
    this.#db = db
    this.#queries = queries
    this.#versions = versions
  }

  *add({ info, magnetUri, placements, replaceActive, nowMs }: NewTorrent, changed: ChangedItems): Work<AddedTorrent> {
    yield* checkPlacements(info.files, placements)
    const isNew = yield* storeTorrent(this.#db, info, magnetUri, nowMs)
    const indexes = new Set(
      placements.flatMap(({ fileIndex, subtitles = [] }) => [fileIndex, ...subtitles.map((one) => one.fileIndex)]),
    )
    const placedIndexes = new Set(placements.map(({ fileIndex }) => fileIndex))
    const left = isNew ? undefined : this.#versions.groupsOf(info.infoHash, placedIndexes)
    if (!isNew) markFiles(this.#db, info.infoHash, indexes, changed)
    const placed = yield* new Placer(this.#db, info, nowMs, changed).place(placements)
    if (replaceActive) this.#versions.choose(info.infoHash, placedIndexes, changed)
    else this.#versions.settleAdded(() => this.#versions.groupsOf(info.infoHash, placedIndexes), changed)
    if (left) this.#versions.settle(left, changed)
    const shown = info.files.filter((file) => !file.isPad).length
    if (isNew ? shown > indexes.size : placements.length > 0) changed.unsorted(info.infoHash)
    yield
    return { ...(yield* this.#titled(placed)), placed }
  }

  *#titled(placed: AddedTorrent['placed']): Work<Pick<AddedTorrent, 'movies' | 'shows'>> {
    const movies: Movie[] = []
    for (const ids of chunksOf([...new Set(placed.flatMap((file) => file.movieId ?? []))])) {
      movies.push(...this.#queries.movies.byIds(ids))
      yield
    }
    const shows: ShowSummary[] = []
    for (const ids of chunksOf([...new Set(placed.flatMap((file) => file.showId ?? []))])) {
      shows.push(...this.#queries.shows.summaries(ids))
      yield
    }
    return { movies, shows }
  }
}
