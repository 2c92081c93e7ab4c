import { and, eq } from 'drizzle-orm'
import { type BetterSQLite3Database, drizzle } from 'drizzle-orm/better-sqlite3'
import type { Clock } from '../domain/clock.ts'
import { type Disposable, Listeners } from '../domain/disposable.ts'
import { AppError } from '../domain/errors.ts'
import { type EpisodeId, type InfoHash, type MovieId, movieId, type ShowId, showId } from '../domain/ids.ts'
import type {
  AddedTorrent,
  LibraryChange,
  LibraryWriter,
  Movie,
  NewMovie,
  NewShow,
  Placement,
  Show,
} from '../domain/library.ts'
import type { Logger } from '../domain/logger.ts'
import type { ItemToComplete, MetadataStore, MovieMetadata, ShowMetadata } from '../domain/metadata.ts'
import type { TorrentInfo } from '../domain/torrent.ts'
import { ChangedItems, markMovie, markShow } from './changed-items.ts'
import type { Client } from './connection.ts'
import type { MovieQueries } from './movie-queries.ts'
import { checkPlacements } from './placement-check.ts'
import { Placer } from './placer.ts'
import { putAsideReplaced } from './replacement.ts'
import { postpone, saveMovie, saveShow } from './save-metadata.ts'
import { movies, shows, torrentAssignments, torrents } from './schema.ts'
import type { ShowQueries } from './show-queries.ts'
import { createSeasons, storeTorrent } from './store.ts'
import { createTitled, requireTitled } from './titled.ts'
import type { TorrentQueries } from './torrent-queries.ts'

/** On the same connection: they see what the running transaction wrote. */
interface WriterQueries {
  readonly movies: MovieQueries
  readonly shows: ShowQueries
  readonly torrents: TorrentQueries
}

type MetadataWriter = Pick<MetadataStore, 'saveMovie' | 'saveShow' | 'postpone'>

/** Each method is one immediate transaction, told of after its commit. */
export class Writer implements LibraryWriter, MetadataWriter {
  readonly #client: Client
  readonly #db: BetterSQLite3Database
  readonly #queries: WriterQueries
  readonly #clock: Clock
  readonly #logger: Logger
  readonly #listeners = new Listeners<LibraryChange>()
  readonly #untold: LibraryChange[] = []
  #isTelling = false

  constructor(client: Client, queries: WriterQueries, options: { readonly clock: Clock; readonly logger: Logger }) {
    this.#client = client
    this.#db = drizzle({ client })
    this.#queries = queries
    this.#clock = options.clock
    this.#logger = options.logger
  }

  createMovie(movie: NewMovie): Movie {
    return this.#commit(() =>
      this.#queries.movies.byId(movieId(createTitled(this.#db, movies, movie, this.#clock.nowMs()))),
    )
  }

  createShow(show: NewShow): Show {
    return this.#commit(() => {
      const id = createTitled(this.#db, shows, show, this.#clock.nowMs())
      createSeasons(this.#db, id, show.seasons)
      return this.#queries.shows.byId(showId(id))
    })
  }

  deleteMovie(id: MovieId): void {
    this.#commit((changed) => {
      requireTitled(this.#db, movies, id)
      markMovie(this.#db, id, changed)
      this.#db.delete(movies).where(eq(movies.id, id)).run()
    })
  }

  deleteShow(id: ShowId): void {
    this.#commit((changed) => {
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
    checkPlacements(info.files, placements)
    return this.#commit((changed) => {
      const nowMs = this.#clock.nowMs()
      const isNew = storeTorrent(this.#db, info, magnetUri, nowMs)
      const indexes = new Set(
        placements.flatMap(({ fileIndex, subtitles = [] }) => [fileIndex, ...subtitles.map((one) => one.fileIndex)]),
      )
      if (!isNew) this.#markPlaced(info.infoHash, (index) => indexes.has(index), changed)
      const placed = new Placer(this.#db, info, nowMs, changed).place(placements)
      if (replaceActive) putAsideReplaced(this.#db, info.infoHash, placements, placed, changed)
      const shown = info.files.filter((file) => !file.isPad).length
      if (isNew ? shown > indexes.size : placements.length > 0) changed.unsorted(info.infoHash)
      return {
        movies: this.#queries.movies.byIds(new Set(placed.flatMap((file) => file.movieId ?? []))),
        shows: this.#queries.shows.summaries(new Set(placed.flatMap((file) => file.showId ?? []))),
        placed,
      }
    })
  }

  deleteTorrent(hash: InfoHash): void {
    this.#commit((changed) => {
      this.#markPlaced(hash, () => true, changed)
      changed.unsorted(hash)
      const deleted = this.#db.delete(torrents).where(eq(torrents.infoHash, hash)).run()
      if (deleted.changes === 0) throw new AppError('not_found', `no torrent ${hash}`)
    })
  }

  unassignMovie(id: MovieId): void {
    this.#commit((changed) => {
      requireTitled(this.#db, movies, id)
      markMovie(this.#db, id, changed)
      this.#db
        .delete(torrentAssignments)
        .where(and(eq(torrentAssignments.itemType, 'movie'), eq(torrentAssignments.itemId, id)))
        .run()
    })
  }

  /** A file of several episodes is withdrawn from all of them. */
  unassignEpisode(id: EpisodeId): void {
    this.#commit((changed) => {
      const { showId, episode } = this.#queries.shows.episode(id)
      for (const { infoHash, fileIndex, isActive } of episode.assignments) {
        this.#db
          .delete(torrentAssignments)
          .where(and(eq(torrentAssignments.infoHash, infoHash), eq(torrentAssignments.fileIndex, fileIndex)))
          .run()
        if (isActive) changed.unsorted(infoHash)
      }
      changed.show(showId)
    })
  }

  saveMovie(id: MovieId, metadata: MovieMetadata, dueAtMs: number | null): void {
    this.#commit((changed) => saveMovie(this.#db, id, metadata, dueAtMs, changed))
  }

  saveShow(id: ShowId, metadata: ShowMetadata, dueAtMs: number | null): void {
    this.#commit((changed) => saveShow(this.#db, id, metadata, dueAtMs, changed))
  }

  /** Told to no listener: nothing that shows is another. */
  postpone(item: Pick<ItemToComplete, 'kind' | 'id'>, dueAtMs: number): void {
    postpone(this.#db, item, dueAtMs)
  }

  onCommitted(listener: (change: LibraryChange) => void): Disposable {
    return this.#listeners.add(listener)
  }

  /** The items that files of a torrent show as, or with, now. */
  #markPlaced(hash: InfoHash, isMeant: (fileIndex: number) => boolean, changed: ChangedItems): void {
    for (const { fileIndex, item, subtitles } of this.#queries.torrents.placedFiles(hash)) {
      if (!isMeant(fileIndex) && !subtitles.some((subtitle) => isMeant(subtitle.fileIndex))) continue
      if (item.kind === 'movie') changed.movie(item.id)
      else changed.show(item.showId)
    }
  }

  #commit<T>(work: (changed: ChangedItems) => T): T {
    const changed = new ChangedItems()
    const result = this.#client.transaction(() => work(changed)).immediate()
    this.#untold.push(changed.change())
    this.#tell()
    return result
  }

  /** A listener that writes is told of its own commit after all others heard the one before. */
  #tell(): void {
    if (this.#isTelling) return
    this.#isTelling = true
    for (let change = this.#untold.shift(); change; change = this.#untold.shift()) {
      try {
        this.#listeners.emit(change)
      } catch (error) {
        this.#logger.error('a listener to the library failed', { err: error })
      }
    }
    this.#isTelling = false
  }
}
