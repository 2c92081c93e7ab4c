import { and, eq, isNull } from 'drizzle-orm'
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3'
import type { Clock } from '../domain/clock.ts'
import { AppError } from '../domain/errors.ts'
import { type EpisodeId, type InfoHash, type MovieId, movieId, type ShowId, showId } from '../domain/ids.ts'
import type { AddedTorrent, LibraryWriter, Movie, NewMovie, NewShow, Placement, Show } from '../domain/library.ts'
import { runAtOnce } from '../domain/slices.ts'
import type { TorrentInfo } from '../domain/torrent.ts'
import { markMovie, markShow, markTorrent } from './changed-items.ts'
import type { Commits } from './commits.ts'
import type { Versions } from './curation/versions.ts'
import type { MovieQueries } from './movie-queries.ts'
import { movies, shows } from './schema/titles.ts'
import { torrentAssignments, torrents } from './schema/torrents.ts'
import type { ShowQueries } from './show-queries.ts'
import { createSeasons } from './store.ts'
import { createTitled, requireTitled } from './titled.ts'
import { TorrentAdder } from './torrent-adder.ts'

/** On the same connection: they see what the running transaction wrote. */
interface WriterQueries {
  readonly movies: MovieQueries
  readonly shows: ShowQueries
}

/** Each method is one commit. */
export class Writer implements Omit<LibraryWriter, 'onCommitted'> {
  readonly #db: BetterSQLite3Database
  readonly #commits: Commits
  readonly #queries: WriterQueries
  readonly #versions: Versions
  readonly #adder: TorrentAdder
  readonly #clock: Clock

  constructor(db: BetterSQLite3Database, commits: Commits, queries: WriterQueries, versions: Versions, clock: Clock) {
    this.#db = db
    this.#commits = commits
    this.#queries = queries
    this.#versions = versions
    this.#adder = new TorrentAdder(db, queries, versions)
    this.#clock = clock
  }

  createMovie(movie: NewMovie): Movie {
    return this.#commits.commit(() =>
      this.#queries.movies.byId(movieId(createTitled(this.#db, movies, movie, this.#clock.nowMs()))),
    )
  }

  createShow(show: NewShow): Show {
    return this.#commits.commit(() => {
      const id = createTitled(this.#db, shows, show, this.#clock.nowMs())
      createSeasons(this.#db, id, show.seasons)
      return this.#queries.shows.byId(showId(id))
    })
  }

  deleteMovie(id: MovieId): void {
    this.#commits.commit((changed) => {
      requireTitled(this.#db, movies, id)
      markMovie(this.#db, id, changed)
      this.#db.delete(movies).where(eq(movies.id, id)).run()
    })
  }

  deleteShow(id: ShowId): void {
    this.#commits.commit((changed) => {
      requireTitled(this.#db, shows, id)
      markShow(this.#db, id, changed)
      this.#db.delete(shows).where(eq(shows.id, id)).run()
    })
  }

  addTorrent(
    info: TorrentInfo,
    magnetUri: string | null,
    placements: readonly Placement[],
    replaceActive: boolean,
  ): AddedTorrent {
    return this.#commits.commit((changed) =>
      runAtOnce(this.#adder.add({ info, magnetUri, placements, replaceActive, nowMs: this.#clock.nowMs() }, changed)),
    )
  }

  deleteTorrent(hash: InfoHash): void {
    this.#commits.commit((changed) => {
      const left = this.#versions.groupsOf(hash)
      markTorrent(this.#db, hash, changed)
      const deleted = this.#db.delete(torrents).where(eq(torrents.infoHash, hash)).run()
      if (deleted.changes === 0) throw new AppError('not_found', `no torrent ${hash}`)
      this.#versions.settle(left, changed)
    })
  }

  unassignMovie(id: MovieId): void {
    this.#commits.commit((changed) => {
      requireTitled(this.#db, movies, id)
      markMovie(this.#db, id, changed)
      const { itemType, itemId, trashedAtMs, isPurged } = torrentAssignments
      this.#db
        .delete(torrentAssignments)
        .where(and(eq(itemType, 'movie'), eq(itemId, id), isNull(trashedAtMs), eq(isPurged, false)))
        .run()
    })
  }

  /** A file of several episodes is withdrawn from all of them. */
  unassignEpisode(id: EpisodeId): void {
    this.#commits.commit((changed) => {
      const { showId, episode } = this.#queries.shows.episode(id)
      for (const { infoHash, fileIndex, trashedAtMs } of episode.assignments) {
        if (trashedAtMs !== null) continue
        const left = this.#versions.groupsOf(infoHash, [fileIndex])
        this.#db
          .delete(torrentAssignments)
          .where(and(eq(torrentAssignments.infoHash, infoHash), eq(torrentAssignments.fileIndex, fileIndex)))
          .run()
        this.#versions.settle(left, changed)
        changed.unsorted(infoHash)
      }
      changed.show(showId)
    })
  }
}
