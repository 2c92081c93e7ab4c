import type { Activity, TorrentState } from '../../lib/domain/activity.ts'
import { Listeners } from '../../lib/domain/disposable.ts'
import { AppError } from '../../lib/domain/errors.ts'
import {
  type EpisodeId,
  episodeId,
  type InfoHash,
  infoHash,
  type MovieId,
  movieId,
  type ShowId,
  showId,
} from '../../lib/domain/ids.ts'
import type {
  Assignment,
  LibraryChange,
  LibraryQueries,
  LibraryWriter,
  Movie,
  NewMovie,
  NewShow,
  Page,
  Paged,
  Show,
  StoredTorrentRow,
  TorrentPage,
} from '../../lib/domain/library.ts'

export const ADDED_AT_MS = Date.UTC(2026, 0, 2, 3, 4, 5)

export const hashOf = (digit: string): InfoHash => infoHash(digit.repeat(40))

export const assignmentOf = (hash: InfoHash, filePath = 'film.mkv'): Assignment => ({
  infoHash: hash,
  fileIndex: 0,
  filePath,
  sizeBytes: 1000,
  resolution: '1080p',
  source: 'BluRay',
  isActive: true,
  isChosen: false,
  trashedAtMs: null,
  assignedAtMs: ADDED_AT_MS,
})

export const torrentRow = (
  hash: InfoHash,
  name: string,
  paths: readonly string[] = ['film.mkv'],
): StoredTorrentRow => ({
  infoHash: hash,
  name,
  magnetUri: null,
  sizeBytes: 1000 * paths.length,
  addedAtMs: ADDED_AT_MS,
  isPaused: false,
  files: paths.map((path, index) => ({
    index,
    path,
    sizeBytes: 1000,
    offsetBytes: 1000 * index,
    isPad: path.startsWith('.pad/'),
  })),
})

/** The library's reads and writes on arrays: what the edges need of it, nothing of its persistence. */
export class FakeLibrary implements Omit<LibraryQueries, 'placedFiles'>, Omit<LibraryWriter, 'addTorrent'> {
  readonly movieRows = new Map<MovieId, Movie>()
  readonly showRows = new Map<ShowId, Show>()
  readonly torrentRows = new Map<InfoHash, StoredTorrentRow>()
  readonly #committed = new Listeners<LibraryChange>()
  #nextId = 1

  movies(page: Page): Paged<Movie> {
    return paged([...this.movieRows.values()], page, ({ title }) => title)
  }

  movie(id: MovieId): Movie {
    return found(this.movieRows.get(id), 'movie')
  }

  shows(page: Page): Paged<Show> {
    return paged([...this.showRows.values()], page, ({ title }) => title)
  }

  show(id: ShowId): Show {
    return found(this.showRows.get(id), 'show')
  }

  episode(id: EpisodeId): ReturnType<LibraryQueries['episode']> {
    for (const show of this.showRows.values()) {
      for (const season of show.seasons) {
        const episode = season.episodes.find((one) => one.id === id)
        if (episode) return { showId: show.id, season: season.number, episode }
      }
    }
    throw new AppError('not_found', 'no such episode')
  }

  torrents(page: TorrentPage): Paged<StoredTorrentRow>
  torrents(): readonly StoredTorrentRow[]
  torrents(page?: TorrentPage): Paged<StoredTorrentRow> | readonly StoredTorrentRow[] {
    const rows = [...this.torrentRows.values()]
    return page ? paged(rows, page, ({ name }) => name) : rows
  }

  torrent(hash: InfoHash): StoredTorrentRow {
    return found(this.torrentRows.get(hash), 'torrent')
  }

  findTorrent(hash: InfoHash): StoredTorrentRow | undefined {
    return this.torrentRows.get(hash)
  }

  counts(): ReturnType<LibraryQueries['counts']> {
    const shows = [...this.showRows.values()]
    return {
      movies: this.movieRows.size,
      shows: shows.length,
      episodes: shows.reduce((sum, show) => sum + show.episodeCount, 0),
      torrents: this.torrentRows.size,
    }
  }

  createMovie({ title, year, tmdbId }: NewMovie): Movie {
    refuseDouble([...this.movieRows.values()], title, year)
    const id = movieId(this.#nextId++)
    const movie = { id, title, year, tmdbId: tmdbId ?? null, addedAtMs: ADDED_AT_MS, assignments: [] }
    this.movieRows.set(id, movie)
    return movie
  }

  createShow({ title, year, tmdbId, seasons }: NewShow): Show {
    refuseDouble([...this.showRows.values()], title, year)
    const id = showId(this.#nextId++)
    const show: Show = {
      id,
      title,
      year,
      tmdbId: tmdbId ?? null,
      addedAtMs: ADDED_AT_MS,
      seasonCount: seasons.length,
      episodeCount: seasons.reduce((sum, season) => sum + season.episodes.length, 0),
      assignedCount: 0,
      seasons: seasons.map((season) => ({
        number: season.number,
        episodes: season.episodes.map(({ number, name, airDate = null }) => ({
          id: episodeId(this.#nextId++),
          number,
          name,
          airDate,
          assignments: [],
        })),
      })),
    }
    this.showRows.set(id, show)
    return show
  }

  deleteMovie(id: MovieId): void {
    this.movie(id)
    this.movieRows.delete(id)
  }

  deleteShow(id: ShowId): void {
    this.show(id)
    this.showRows.delete(id)
  }

  deleteTorrent(hash: InfoHash): void {
    this.torrent(hash)
    this.torrentRows.delete(hash)
  }

  unassignMovie(id: MovieId): void {
    this.movieRows.set(id, { ...this.movie(id), assignments: [] })
  }

  unassignEpisode(id: EpisodeId): void {
    const { showId: owner, episode } = this.episode(id)
    const show = this.show(owner)
    const seasons = show.seasons.map((season) => ({
      ...season,
      episodes: season.episodes.map((one) => (one.id === episode.id ? { ...one, assignments: [] } : one)),
    }))
    this.showRows.set(owner, { ...show, seasons })
  }

  onCommitted(listener: (change: LibraryChange) => void) {
    return this.#committed.add(listener)
  }
}

function found<T>(row: T | undefined, what: string): T {
  if (row === undefined) throw new AppError('not_found', `no such ${what}`)
  return row
}

function refuseDouble(
  rows: readonly { title: string; year: number | null }[],
  title: string,
  year: number | null,
): void {
  if (rows.some((row) => row.title.toLowerCase() === title.toLowerCase() && row.year === year)) {
    throw new AppError('conflict', `${title} is in the library already`)
  }
}

function paged<T>(
  rows: readonly T[],
  { limit, offset, query = '' }: Pick<Page, 'limit' | 'offset' | 'query'>,
  nameOf: (row: T) => string,
): Paged<T> {
  const matching = rows.filter((row) => nameOf(row).toLowerCase().includes(query.toLowerCase()))
  return { items: matching.slice(offset, offset + limit), total: matching.length }
}

/** A person's pauses and the removals, as they were asked for. */
export class FakeActivity implements Omit<Activity, 'lease' | 'hold'> {
  readonly states = new Map<InfoHash, TorrentState>()
  readonly removed: { infoHash: InfoHash; deleteData: boolean }[] = []

  state(hash: InfoHash): TorrentState {
    return this.states.get(hash) ?? 'idle'
  }

  counts(): Record<TorrentState, number> {
    const counts = { active: 0, idle: 0, paused: 0, error: 0 }
    for (const state of this.states.values()) counts[state] += 1
    return counts
  }

  async pause(hash: InfoHash): Promise<void> {
    this.states.set(hash, 'paused')
  }

  async unpause(hash: InfoHash): Promise<void> {
    this.states.set(hash, 'idle')
  }

  async remove(hash: InfoHash, deleteData: boolean): Promise<void> {
    this.removed.push({ infoHash: hash, deleteData })
    this.states.delete(hash)
  }
}
