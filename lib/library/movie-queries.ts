import { and, count, eq, sql } from 'drizzle-orm'
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3'
import { AppError } from '../domain/errors.ts'
import { type MovieId, movieId } from '../domain/ids.ts'
import type { Assignment, Movie, Page, Paged } from '../domain/library.ts'
import { ASSIGNMENT_COLUMNS, toAssignment, VERSION_ORDER } from './assignments.ts'
import { isOneOf } from './bulk.ts'
import { pageFilters, pageOrder } from './paging.ts'
import { movies } from './schema/titles.ts'
import { torrentAssignments } from './schema/torrents.ts'

const IS_ASSIGNED = sql`exists (select 1 from torrent_assignments a
  where a.item_type = 'movie' and a.item_id = "movies"."id" and a.is_active = 1)`

/** Movies as the API shows them. */
export class MovieQueries {
  readonly #db: BetterSQLite3Database

  constructor(db: BetterSQLite3Database) {
    this.#db = db
  }

  page(page: Page): Paged<Movie> {
    const filter = and(...pageFilters(movies, page, IS_ASSIGNED))
    // Sorting takes along what is selected.
    const ids = this.#db
      .select({ id: movies.id })
      .from(movies)
      .where(filter)
      .orderBy(...pageOrder(movies, page))
      .limit(page.limit)
      .offset(page.offset)
      .all()
      .map((row) => movieId(row.id))
    const byId = new Map(this.byIds(ids).map((movie) => [movie.id, movie]))
    const total = this.#db.select({ count: count() }).from(movies).where(filter).get()
    return { items: ids.flatMap((id) => byId.get(id) ?? []), total: total?.count ?? 0 }
  }

  /** Fails with `not_found`. */
  byId(id: MovieId): Movie {
    const [movie] = this.byIds([id])
    if (!movie) throw new AppError('not_found', `no movie ${id}`)
    return movie
  }

  /** Those that are there. */
  byIds(ids: Iterable<MovieId>): Movie[] {
    return this.#withAssignments(this.#db.select().from(movies).where(isOneOf(movies.id, ids)).all())
  }

  #withAssignments(rows: readonly (typeof movies.$inferSelect)[]): Movie[] {
    const { itemType, itemId, isPurged } = torrentAssignments
    const ids = rows.map((row) => row.id)
    const assigned = this.#db
      .select({ itemId, ...ASSIGNMENT_COLUMNS })
      .from(torrentAssignments)
      .where(and(eq(itemType, 'movie'), isOneOf(itemId, ids), eq(isPurged, false)))
      .orderBy(...VERSION_ORDER)
      .all()
    const assignments = new Map(ids.map((id) => [id, [] as Assignment[]]))
    for (const row of assigned) assignments.get(row.itemId)?.push(toAssignment(row))
    return rows.map(({ id, title, year, tmdbId, addedAtMs }) => {
      return { id: movieId(id), title, year, tmdbId, addedAtMs, assignments: assignments.get(id) ?? [] }
    })
  }
}
