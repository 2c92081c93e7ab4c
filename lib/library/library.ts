import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { drizzle } from 'drizzle-orm/better-sqlite3'
import type { Clock } from '../domain/clock.ts'
import type { VersionPolicy } from '../domain/curation.ts'
import { AppError } from '../domain/errors.ts'
import type { EpisodeId, InfoHash, MovieId, ShowId } from '../domain/ids.ts'
import type {
  AddedTorrent,
  LibraryQueries,
  LibraryWriter,
  Movie,
  NewMovie,
  NewShow,
  Page,
  Paged,
  PlacedFile,
  Placement,
  Show,
  ShowSummary,
  StoredTorrentRow,
  TorrentAdding,
  TorrentCatalog,
  TorrentPage,
} from '../domain/library.ts'
import type { LibraryItem, LibraryReader, LibraryRow } from '../domain/library-rows.ts'
import type { Logger } from '../domain/logger.ts'
import type { TorrentInfo, TorrentSource } from '../domain/torrent.ts'
import { ChangedItems } from './changed-items.ts'
import { Checkpointer } from './checkpointer.ts'
import { Commits } from './commits.ts'
import { type Client, connectToWrite, type OnStatement } from './connection.ts'
import { applyPolicyChange } from './curation/policy-change.ts'
import { Versions } from './curation/versions.ts'
import { CuratedLibrary } from './library-curation.ts'
import { LongTransactions } from './long-transactions.ts'
import { applyMigrations, MIGRATIONS_DIR } from './migrations.ts'
import { MovieQueries } from './movie-queries.ts'
import { RowReader } from './row-reader.ts'
import { ShowQueries } from './show-queries.ts'
import { sqliteError } from './sqlite-error.ts'
import { preparingOnce } from './statement-cache.ts'
import { TorrentAdder } from './torrent-adder.ts'
import { TorrentQueries } from './torrent-queries.ts'
import { Writer } from './writer.ts'

export interface LibraryOptions {
  /** The database file; it and its folder are made when they are not there. `:memory:` is a temporary one, gone with `close()`. */
  readonly path: string
  /** The project's own when left out. */
  readonly migrationsDir?: string
  readonly logger: Logger
  readonly clock: Clock
  /** `all` when left out. The active versions are brought in line with another one at once. */
  readonly versionPolicy?: VersionPolicy
  /** Called with each statement that runs, values included. Costly: for specs. */
  readonly onStatement?: OnStatement
}

/**
 * Opens the library and brings it up to date. Fails with `invalid` for a file that is no library, cannot be opened, or was
 * written by a newer version of the program.
 */
export function openLibrary(options: LibraryOptions): Library {
  const temporary = options.path === ':memory:' ? mkdtempSync(join(tmpdir(), 'momoshtrem-library-')) : undefined
  const path = temporary ? join(temporary, 'library.db') : options.path
  let client: Client | undefined
  try {
    mkdirSync(dirname(path), { recursive: true })
    client = connectToWrite(path, options.onStatement)
    applyMigrations(client, options.migrationsDir ?? MIGRATIONS_DIR)
    return new Library(client, options, temporary)
  } catch (error) {
    client?.close()
    if (temporary) rmSync(temporary, { recursive: true })
    if (error instanceof AppError) throw error
    const why = error instanceof Error ? error.message : String(error)
    throw new AppError('invalid', `cannot open the library ${path}: ${why}`, error)
  }
}

/**
 * The SQLite library. Every method runs to its end at once, but for the reads of rows, which go on as they are pulled, and
 * `addTorrentInTurns`.
 */
export class Library
  extends CuratedLibrary
  implements LibraryReader, LibraryQueries, TorrentCatalog, LibraryWriter, TorrentAdding
{
  readonly #client: Client
  readonly #checkpointer: Checkpointer
  readonly #temporary: string | undefined
  readonly #rows: RowReader
  readonly #movies: MovieQueries
  readonly #shows: ShowQueries
  readonly #torrents: TorrentQueries
  readonly #writer: Writer
  readonly #commits: Commits
  readonly #clock: Clock
  readonly #long: LongTransactions
  /** On the connection of `#long`. */
  readonly #adder: TorrentAdder

  /** Of an up-to-date database. `openLibrary` is what makes one. */
  constructor(client: Client, options: LibraryOptions, temporary: string | undefined) {
    const { clock, logger, versionPolicy = 'all', onStatement } = options
    const checkpointer = new Checkpointer(client, logger)
    const longClient = connectToWrite(client.name, onStatement)
    const long = new LongTransactions(longClient, clock)
    const beforeWrite = () => {
      long.finish()
      checkpointer.noteWrite()
    }
    const db = drizzle({ client: preparingOnce(client, beforeWrite) })
    const commits = new Commits(client, logger, beforeWrite)
    const queries = { movies: new MovieQueries(db), shows: new ShowQueries(db), torrents: new TorrentQueries(db) }
    const versions = new Versions(db, versionPolicy)
    applyPolicyChange(client, commits, versions, versionPolicy)
    super({ client, db, commits, versions, clock, ...(onStatement && { onStatement }), ...queries })
    this.#client = client
    this.#checkpointer = checkpointer
    this.#temporary = temporary
    this.#movies = queries.movies
    this.#shows = queries.shows
    this.#torrents = queries.torrents
    this.#writer = new Writer(db, commits, queries, versions, clock)
    this.#rows = new RowReader(client.name, onStatement)
    this.#commits = commits
    this.#clock = clock
    this.#long = long
    const longDb = drizzle({ client: preparingOnce(longClient, () => checkpointer.noteWrite()) })
    const longQueries = { movies: new MovieQueries(longDb), shows: new ShowQueries(longDb) }
    this.#adder = new TorrentAdder(longDb, longQueries, new Versions(longDb, versionPolicy))
  }

  readAll(): Iterable<LibraryRow> {
    return this.#rows.readAll()
  }

  readItems(items: readonly LibraryItem[]): Iterable<LibraryRow> {
    return this.#rows.readItems(items)
  }

  movies(page: Page): Paged<Movie> {
    return this.run(() => this.#movies.page(page))
  }

  movie(id: MovieId): Movie {
    return this.run(() => this.#movies.byId(id))
  }

  shows(page: Page): Paged<ShowSummary> {
    return this.run(() => this.#shows.page(page))
  }

  show(id: ShowId): Show {
    return this.run(() => this.#shows.byId(id))
  }

  episode(id: EpisodeId): ReturnType<LibraryQueries['episode']> {
    return this.run(() => this.#shows.episode(id))
  }

  torrents(page: TorrentPage): Paged<StoredTorrentRow> {
    return this.run(() => this.#torrents.page(page))
  }

  torrent(infoHash: InfoHash): StoredTorrentRow {
    const torrent = this.findTorrent(infoHash)
    if (!torrent) throw new AppError('not_found', `no torrent ${infoHash}`)
    return torrent
  }

  findTorrent(infoHash: InfoHash): StoredTorrentRow | undefined {
    return this.run(() => this.#torrents.byHash(infoHash))
  }

  placedFiles(infoHash: InfoHash): readonly PlacedFile[] {
    return this.run(() => this.#torrents.placedFiles(infoHash))
  }

  counts(): ReturnType<LibraryQueries['counts']> {
    return this.run(() => this.#torrents.counts())
  }

  source(infoHash: InfoHash): TorrentSource | undefined {
    return this.run(() => this.#torrents.source(infoHash))
  }

  states(): ReturnType<TorrentCatalog['states']> {
    return this.run(() => this.#torrents.states())
  }

  setPaused(infoHash: InfoHash, isPaused: boolean): void {
    this.run(() => this.#torrents.setPaused(infoHash, isPaused))
  }

  createMovie(movie: NewMovie): Movie {
    return this.run(() => this.#writer.createMovie(movie))
  }

  createShow(show: NewShow): Show {
    return this.run(() => this.#writer.createShow(show))
  }

  deleteMovie(id: MovieId): void {
    this.run(() => this.#writer.deleteMovie(id))
  }

  deleteShow(id: ShowId): void {
    this.run(() => this.#writer.deleteShow(id))
  }

  addTorrent(
    info: TorrentInfo,
    magnetUri: string | null,
    placements: readonly Placement[],
    replaceActive: boolean,
  ): AddedTorrent {
    return this.run(() => this.#writer.addTorrent(info, magnetUri, placements, replaceActive))
  }

  async addTorrentInTurns(
    info: TorrentInfo,
    magnetUri: string | null,
    placements: readonly Placement[],
    replaceActive: boolean,
    signal: AbortSignal,
  ): Promise<AddedTorrent> {
    const changed = new ChangedItems()
    const torrent = { info, magnetUri, placements, replaceActive, nowMs: this.#clock.nowMs() }
    const tell = () => this.#commits.tell(changed.change())
    try {
      return await this.#long.run(this.#adder.add(torrent, changed), tell, signal)
    } catch (error) {
      throw signal.aborted && error === signal.reason ? error : sqliteError(error)
    }
  }

  deleteTorrent(infoHash: InfoHash): void {
    this.run(() => this.#writer.deleteTorrent(infoHash))
  }

  unassignMovie(id: MovieId): void {
    this.run(() => this.#writer.unassignMovie(id))
  }

  unassignEpisode(id: EpisodeId): void {
    this.run(() => this.#writer.unassignEpisode(id))
  }

  /** Ends unfinished reads (`aborted`), writes the write-ahead log back into the file. Idempotent; calls after it fail with `aborted`. */
  close(): void {
    if (!this.#client.open) return
    this.#checkpointer.close()
    this.#rows.close()
    this.closeExports()
    this.#long.close()
    this.#client.close()
    if (this.#temporary) rmSync(this.#temporary, { recursive: true })
  }
}
