import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3'
import type { Clock } from '../domain/clock.ts'
import type { ContainerInfo, ContainerStore } from '../domain/container.ts'
import type { FileKey } from '../domain/curation.ts'
import type { Disposable } from '../domain/disposable.ts'
import { AppError } from '../domain/errors.ts'
import type { Pin, PinKind, PinStore } from '../domain/fetching.ts'
import type { EpisodeId, MovieId, ShowId } from '../domain/ids.ts'
import type { SearchHit, TitleSearch as TitleSearchPort } from '../domain/library.ts'
import type { LibraryChange } from '../domain/library-rows.ts'
import type {
  AiredEpisode,
  EpisodeMetadata,
  ItemToComplete,
  MetadataReader,
  MetadataStore,
  MovieMetadata,
  ShowDetails,
  ShowMetadata,
} from '../domain/metadata.ts'
import type { Sidecar, SidecarOwner, SidecarStore, SidecarSubject } from '../domain/sidecars.ts'
import type { StoredSubtitle, SubtitleOwner, SubtitleQuery, SubtitleStore } from '../domain/subtitles.ts'
import type { WatchPosition, WatchStore } from '../domain/watching.ts'
import type { Commits } from './commits.ts'
import type { Client } from './connection.ts'
import { ItemDetails } from './item-details.ts'
import { MetadataQueries } from './metadata-queries.ts'
import type { MovieQueries } from './movie-queries.ts'
import { postpone, saveMovie, saveShow } from './save-metadata.ts'
import type { ShowQueries } from './show-queries.ts'
import { sqliteError } from './sqlite-error.ts'
import { Containers } from './stores/containers.ts'
import { Pins } from './stores/pins.ts'
import { SidecarSubjects } from './stores/sidecar-subjects.ts'
import { Sidecars } from './stores/sidecars.ts'
import { StoredSubtitles } from './stores/stored-subtitles.ts'
import { WatchPositions } from './stores/watch-positions.ts'
import { TitleSearch } from './title-search.ts'

/** What `LibraryStores` stands on: one connection's. */
export interface StoreParts {
  readonly client: Client
  readonly db: BetterSQLite3Database
  readonly commits: Commits
  readonly movies: MovieQueries
  readonly shows: ShowQueries
  readonly clock: Clock
}

type Stores = MetadataStore & MetadataReader & PinStore & ContainerStore & WatchStore & SubtitleStore & SidecarStore

/** The ports of the library that keep what is known of its items and files, as one half of `Library`. */
export abstract class LibraryStores implements Stores, TitleSearchPort {
  readonly #client: Client
  readonly #db: BetterSQLite3Database
  readonly #commits: Commits
  readonly #clock: Clock
  readonly #metadata: MetadataQueries
  readonly #details: ItemDetails
  readonly #search: TitleSearch
  readonly #pins: Pins
  readonly #containers: Containers
  readonly #watching: WatchPositions
  readonly #subtitles: StoredSubtitles
  readonly #sidecars: Sidecars
  readonly #subjects: SidecarSubjects

  constructor({ client, db, commits, movies, shows, clock }: StoreParts) {
    this.#client = client
    this.#db = db
    this.#commits = commits
    this.#clock = clock
    this.#metadata = new MetadataQueries(db)
    this.#details = new ItemDetails(db)
    this.#search = new TitleSearch(db)
    this.#pins = new Pins(client, db)
    this.#containers = new Containers(db, commits)
    this.#watching = new WatchPositions(db)
    this.#subtitles = new StoredSubtitles(db, commits, { movies, shows, details: this.#details }, clock)
    this.#sidecars = new Sidecars(db, commits, clock)
    this.#subjects = new SidecarSubjects(db, this.#details)
  }

  itemsToComplete(nowMs: number, limit: number): readonly ItemToComplete[] {
    return this.run(() => this.#metadata.itemsToComplete(nowMs, limit))
  }

  nextDueAtMs(): number | undefined {
    return this.run(() => this.#metadata.nextDueAtMs())
  }

  saveMovie(id: MovieId, metadata: MovieMetadata, dueAtMs: number | null): void {
    const times = { dueAtMs, nowMs: this.#clock.nowMs() }
    this.run(() => this.#commits.commit((changed) => saveMovie(this.#db, id, metadata, times, changed)))
  }

  saveShow(id: ShowId, metadata: ShowMetadata, dueAtMs: number | null): void {
    const times = { dueAtMs, nowMs: this.#clock.nowMs() }
    this.run(() => this.#commits.commit((changed) => saveShow(this.#db, id, metadata, times, changed)))
  }

  postpone(item: Pick<ItemToComplete, 'kind' | 'id'>, dueAtMs: number): void {
    this.run(() => postpone(this.#db, item, dueAtMs))
  }

  airedEpisodes(fromDate: string, toDate: string): readonly AiredEpisode[] {
    return this.run(() => this.#metadata.airedEpisodes(fromDate, toDate))
  }

  movieDetails(id: MovieId): MovieMetadata | undefined {
    return this.run(() => this.#details.movie(id))
  }

  showDetails(id: ShowId): ShowDetails | undefined {
    return this.run(() => this.#details.show(id))
  }

  episodeDetails(id: EpisodeId): EpisodeMetadata | undefined {
    return this.run(() => this.#details.episode(id))
  }

  search(query: string, limit: number): readonly SearchHit[] {
    return this.run(() => this.#search.search(query, limit))
  }

  *pins(): Generator<Pin, void> {
    const pins = this.#pins.pins()
    for (;;) {
      const step = this.run(() => pins.next())
      if (step.done) return
      yield step.value
    }
  }

  savePin(pin: Pin): void {
    this.run(() => this.#pins.savePin(pin))
  }

  deletePin(file: FileKey, kind: PinKind): void {
    this.run(() => this.#pins.deletePin(file, kind))
  }

  filesToProbe(limit: number): ReturnType<PinStore['filesToProbe']> {
    return this.run(() => this.#pins.filesToProbe(limit))
  }

  loadContainer(file: FileKey): ContainerInfo | undefined {
    return this.run(() => this.#containers.loadContainer(file))
  }

  saveContainer(file: FileKey, container: ContainerInfo): void {
    this.run(() => this.#containers.saveContainer(file, container))
  }

  saveWatch(position: WatchPosition): void {
    this.run(() => this.#watching.saveWatch(position))
  }

  findWatch(file: FileKey): WatchPosition | undefined {
    return this.run(() => this.#watching.findWatch(file))
  }

  unfinished(limit: number): readonly WatchPosition[] {
    return this.run(() => this.#watching.unfinished(limit))
  }

  finishedEpisodes(sinceMs: number, limit: number): readonly WatchPosition[] {
    return this.run(() => this.#watching.finishedEpisodes(sinceMs, limit))
  }

  nextEpisode(file: FileKey): FileKey | undefined {
    return this.run(() => this.#watching.nextEpisode(file))
  }

  subtitles(owner: SubtitleOwner): readonly StoredSubtitle[] {
    return this.run(() => this.#subtitles.subtitles(owner))
  }

  subtitle(id: number): StoredSubtitle {
    return this.run(() => this.#subtitles.subtitle(id))
  }

  addSubtitle(subtitle: Omit<StoredSubtitle, 'id' | 'addedAtMs'>): StoredSubtitle {
    return this.run(() => this.#subtitles.addSubtitle(subtitle))
  }

  deleteSubtitle(id: number): void {
    this.run(() => this.#subtitles.deleteSubtitle(id))
  }

  subtitleIds(): readonly number[] {
    return this.run(() => this.#subtitles.subtitleIds())
  }

  subtitleQuery(owner: SubtitleOwner): SubtitleQuery {
    return this.run(() => this.#subtitles.subtitleQuery(owner))
  }

  sidecarSubject(owner: SidecarOwner): SidecarSubject | undefined {
    return this.run(() => this.#subjects.of(owner))
  }

  sidecars(owner: SidecarOwner): readonly Sidecar[] {
    return this.run(() => this.#sidecars.sidecars(owner))
  }

  sidecar(id: number): Sidecar | undefined {
    return this.run(() => this.#sidecars.sidecar(id))
  }

  saveSidecars(owner: SidecarOwner, sidecars: Parameters<SidecarStore['saveSidecars']>[1]): void {
    this.run(() => this.#sidecars.saveSidecars(owner, sidecars))
  }

  staleSidecars(limit: number): readonly SidecarOwner[] {
    return this.run(() => this.#sidecars.staleSidecars(limit))
  }

  forgetSidecars(): void {
    this.run(() => this.#sidecars.forgetSidecars())
  }

  onCommitted(listener: (change: LibraryChange) => void): Disposable {
    return this.#commits.onCommitted(listener)
  }

  /** Fails with `aborted` once the library is closed. */
  protected run<T>(work: () => T): T {
    if (!this.#client.open) throw new AppError('aborted', 'the library is closed')
    try {
      return work()
    } catch (error) {
      throw sqliteError(error)
    }
  }
}
