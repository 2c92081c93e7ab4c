import type { Clock } from '../domain/clock.ts'
import type {
  FileKey,
  ItemReference,
  LibraryCuration,
  MatchDetails,
  MatchTarget,
  TrashTarget,
} from '../domain/curation.ts'
import { AppError } from '../domain/errors.ts'
import { type InfoHash, type MovieId, movieId, type ShowId, showId } from '../domain/ids.ts'
import type { Movie, PlacedFile, ShowSummary } from '../domain/library.ts'
import { nextTurn, runInSlices } from '../domain/slices.ts'
import type { ImportSummary, LibraryTransfer } from '../domain/transfer.ts'
import type { ChangedItems } from './changed-items.ts'
import type { Commits } from './commits.ts'
import type { Client, OnStatement } from './connection.ts'
import { FileMatch, noFile } from './curation/file-match.ts'
import { OfflineFiles } from './curation/offline-files.ts'
import { Rematch } from './curation/rematch.ts'
import { Trash } from './curation/trash.ts'
import type { Versions } from './curation/versions.ts'
import { LibraryStores, type StoreParts } from './library-stores.ts'
import type { MovieQueries } from './movie-queries.ts'
import type { ShowQueries } from './show-queries.ts'
import type { TorrentQueries } from './torrent-queries.ts'
import { checkDocument } from './transfer/document.ts'
import { Exporter } from './transfer/exporter.ts'
import { Importer } from './transfer/importer.ts'

/** Of one transaction; a record that is larger is stored at once. */
const IMPORT_SLICE_MS = 4

/** What `CuratedLibrary` stands on, beside its other half. */
export interface CurationParts extends StoreParts {
  readonly torrents: TorrentQueries
  readonly versions: Versions
  readonly onStatement?: OnStatement
}

/** The part of the library that people change by hand, or take elsewhere: each method that changes it is one commit. */
export abstract class CuratedLibrary extends LibraryStores implements LibraryCuration, LibraryTransfer {
  readonly #commits: Commits
  readonly #movies: MovieQueries
  readonly #shows: ShowQueries
  readonly #torrents: TorrentQueries
  readonly #clock: Clock
  readonly #trash: Trash
  readonly #fileMatch: FileMatch
  readonly #rematch: Rematch
  readonly #offline: OfflineFiles
  readonly #client: Client
  readonly #versions: Versions
  readonly #exporter: Exporter

  constructor(parts: CurationParts) {
    super(parts)
    const { db, versions } = parts
    this.#commits = parts.commits
    this.#movies = parts.movies
    this.#shows = parts.shows
    this.#torrents = parts.torrents
    this.#clock = parts.clock
    this.#trash = new Trash(db, versions)
    this.#fileMatch = new FileMatch(db, versions)
    this.#rematch = new Rematch(db, versions)
    this.#offline = new OfflineFiles(db)
    this.#client = parts.client
    this.#versions = versions
    this.#exporter = new Exporter(parts.client.name, parts.onStatement)
  }

  trash(target: TrashTarget): number {
    return this.#commit((changed) => this.#trash.trash(target, this.#clock.nowMs(), changed))
  }

  restore(target: TrashTarget): number {
    return this.#commit((changed) => this.#trash.restore(target, changed))
  }

  purgeTrash(trashedBeforeMs: number): readonly InfoHash[] {
    return this.#commit((changed) => this.#trash.purge(trashedBeforeMs, changed))
  }

  oldestTrashedAtMs(): number | undefined {
    return this.run(() => this.#trash.oldestTrashedAtMs())
  }

  match(file: FileKey, target: MatchTarget, details: MatchDetails): PlacedFile | undefined {
    return this.#commit((changed) => {
      const { infoHash, fileIndex } = file
      const torrent = this.#torrents.byHash(infoHash)
      if (!torrent) throw noFile(file)
      this.#fileMatch.match(torrent, fileIndex, target, details, this.#clock.nowMs(), changed)
      return this.#torrents.placedFiles(infoHash).find((placed) => placed.fileIndex === fileIndex)
    })
  }

  rematchMovie(id: MovieId, to: ItemReference<MovieId>): Movie {
    return this.#commit((changed) => {
      return this.#movies.byId(movieId(this.#rematch.movie(id, to, changed)))
    })
  }

  rematchShow(id: ShowId, to: ItemReference<ShowId>): ShowSummary {
    return this.#commit((changed) => {
      const [show] = this.#shows.summaries([showId(this.#rematch.show(id, to, changed))])
      if (!show) throw new AppError('internal', 'a show that was matched is not there')
      return show
    })
  }

  chooseVersion(file: FileKey): void {
    this.#commit((changed) => this.#trash.chooseVersion(file, changed))
  }

  deleteVersion(file: FileKey): InfoHash | undefined {
    return this.#commit((changed) => this.#trash.deleteVersion(file, changed))
  }

  addOffline(file: FileKey, path: string): void {
    this.#commit((changed) => {
      if (this.#offline.add(file, path, this.#clock.nowMs())) changed.offline()
    })
  }

  removeOffline(path: string): readonly FileKey[] {
    return this.#commit((changed) => {
      changed.offline()
      return this.#offline.remove(path)
    })
  }

  exportLibrary(): Iterable<string> {
    return this.#exporter.lines()
  }

  async importLibrary(lines: Iterable<string>, signal: AbortSignal): Promise<ImportSummary> {
    const clock = this.#clock
    const header = await runInSlices(checkDocument(lines), { clock, sliceMs: IMPORT_SLICE_MS }, signal)
    const importer = this.run(() => new Importer(this.#client, this.#versions, lines, header))
    try {
      for (;;) {
        await nextTurn()
        signal.throwIfAborted()
        const untilMs = clock.monotonicMs() + IMPORT_SLICE_MS
        const summary = this.#commit((changed) => importer.store(() => clock.monotonicMs() < untilMs, changed))
        if (summary) return summary
      }
    } finally {
      importer.close()
    }
  }

  /** Ends exports under way. Idempotent. */
  protected closeExports(): void {
    this.#exporter.close()
  }

  #commit<T>(work: (changed: ChangedItems) => T): T {
    return this.run(() => this.#commits.commit(work))
  }
}
