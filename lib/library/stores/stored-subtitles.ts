import { and, asc, eq } from 'drizzle-orm'
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3'
import type { Clock } from '../../domain/clock.ts'
import { AppError } from '../../domain/errors.ts'
import { episodeId, movieId } from '../../domain/ids.ts'
import type { Assignment } from '../../domain/library.ts'
import type { StoredSubtitle, SubtitleOwner, SubtitleQuery, SubtitleStore } from '../../domain/subtitles.ts'
import { ChangedItems } from '../changed-items.ts'
import type { Commits } from '../commits.ts'
import type { ItemDetails } from '../item-details.ts'
import type { MovieQueries } from '../movie-queries.ts'
import { storedSubtitles } from '../schema/sidecars.ts'
import type { ShowQueries } from '../show-queries.ts'

/** On the same connection. */
interface SubtitleQueries {
  readonly movies: MovieQueries
  readonly shows: ShowQueries
  readonly details: ItemDetails
}

/** `SubtitleStore` on the rows of `stored_subtitles`. */
export class StoredSubtitles implements SubtitleStore {
  readonly #db: BetterSQLite3Database
  readonly #commits: Commits
  readonly #queries: SubtitleQueries
  readonly #clock: Clock

  constructor(db: BetterSQLite3Database, commits: Commits, queries: SubtitleQueries, clock: Clock) {
    this.#db = db
    this.#commits = commits
    this.#queries = queries
    this.#clock = clock
  }

  subtitles(owner: SubtitleOwner): readonly StoredSubtitle[] {
    this.#mark(owner, new ChangedItems())
    const rows = this.#db.select().from(storedSubtitles).where(isOf(owner)).orderBy(asc(storedSubtitles.id)).all()
    return rows.map(toSubtitle)
  }

  subtitle(id: number): StoredSubtitle {
    const row = this.#db.select().from(storedSubtitles).where(eq(storedSubtitles.id, id)).get()
    if (!row) throw new AppError('not_found', `no subtitle ${id}`)
    return toSubtitle(row)
  }

  /** One that replaces another keeps its id. Fails with `not_found` for an owner that is not there. */
  addSubtitle({ owner, ...subtitle }: Omit<StoredSubtitle, 'id' | 'addedAtMs'>): StoredSubtitle {
    return this.#commits.commit((changed) => {
      this.#mark(owner, changed)
      const values = { ...subtitle, ...columnsOf(owner), addedAtMs: this.#clock.nowMs() }
      const held = this.#held(owner, subtitle)
      const row = held
        ? this.#db.update(storedSubtitles).set(values).where(eq(storedSubtitles.id, held)).returning().get()
        : this.#db.insert(storedSubtitles).values(values).returning().get()
      return toSubtitle(row)
    })
  }

  deleteSubtitle(id: number): void {
    this.#commits.commit((changed) => {
      this.#mark(this.subtitle(id).owner, changed)
      this.#db.delete(storedSubtitles).where(eq(storedSubtitles.id, id)).run()
    })
  }

  subtitleIds(): readonly number[] {
    const rows = this.#db.select({ id: storedSubtitles.id }).from(storedSubtitles).orderBy(storedSubtitles.id).all()
    return rows.map((row) => row.id)
  }

  subtitleQuery(owner: SubtitleOwner): SubtitleQuery {
    if (owner.kind === 'movie') {
      const { title, year, tmdbId, assignments } = this.#queries.movies.byId(owner.id)
      const imdbId = this.#queries.details.movie(owner.id)?.imdbId ?? null
      return { owner, title, year, tmdbId, imdbId, season: null, episode: null, files: activeFiles(assignments) }
    }
    const { showId, season, episode } = this.#queries.shows.episode(owner.id)
    const [show] = this.#queries.shows.summaries([showId])
    if (!show) throw new AppError('internal', 'an episode without its show')
    const { title, year, tmdbId } = show
    const imdbId = this.#queries.details.show(showId)?.imdbId ?? null
    return {
      owner,
      title,
      year,
      tmdbId,
      imdbId,
      season,
      episode: episode.number,
      files: activeFiles(episode.assignments),
    }
  }

  #held(owner: SubtitleOwner, { source, providerId }: Pick<StoredSubtitle, 'source' | 'providerId'>) {
    if (providerId === null) return undefined
    const isSame = and(isOf(owner), eq(storedSubtitles.source, source), eq(storedSubtitles.providerId, providerId))
    return this.#db.select({ id: storedSubtitles.id }).from(storedSubtitles).where(isSame).get()?.id
  }

  #mark(owner: SubtitleOwner, changed: ChangedItems): void {
    if (owner.kind === 'movie') changed.movie(this.#queries.movies.byId(owner.id).id)
    else changed.show(this.#queries.shows.episode(owner.id).showId)
  }
}

function isOf(owner: SubtitleOwner) {
  return eq(owner.kind === 'movie' ? storedSubtitles.movieId : storedSubtitles.episodeId, owner.id)
}

function columnsOf(owner: SubtitleOwner) {
  return owner.kind === 'movie' ? { movieId: owner.id, episodeId: null } : { movieId: null, episodeId: owner.id }
}

function toSubtitle({
  movieId: movie,
  episodeId: episode,
  ...row
}: typeof storedSubtitles.$inferSelect): StoredSubtitle {
  const owner: SubtitleOwner =
    movie === null ? { kind: 'episode', id: episodeId(episode ?? 0) } : { kind: 'movie', id: movieId(movie) }
  return { ...row, owner }
}

function activeFiles(assignments: readonly Assignment[]): SubtitleQuery['files'] {
  const active = assignments.filter((assignment) => assignment.isActive)
  return active.map(({ infoHash, fileIndex, filePath, sizeBytes }) => ({ infoHash, fileIndex, filePath, sizeBytes }))
}
