import { and, count, eq, gte, lte, type SQL, sql } from 'drizzle-orm'
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3'
import { AppError } from '../domain/errors.ts'
import { type EpisodeId, episodeId, type ShowId, showId } from '../domain/ids.ts'
import type { Assignment, Episode, Page, Paged, Show, ShowSummary } from '../domain/library.ts'
import { ASSIGNMENT_COLUMNS, ofSeason, toAssignment, VERSION_ORDER } from './assignments.ts'
import { isOneOf } from './bulk.ts'
import { pageFilters, pageOrder } from './paging.ts'
import { episodes, seasons, shows } from './schema/titles.ts'
import { torrentAssignments } from './schema/torrents.ts'
import { type RawRow, type RawTitle, seasonsOf } from './show-rows.ts'

const { itemType, itemId, lastEpisodeNumber, isPurged } = torrentAssignments

const SUMMARY = {
  id: shows.id,
  title: shows.title,
  year: shows.year,
  tmdbId: shows.tmdbId,
  addedAtMs: shows.addedAtMs,
  seasonCount: sql<number>`(select count(*) from seasons s where s.show_id = "shows"."id")`,
  episodeCount: sql<number>`(select count(*) from seasons s cross join episodes e on e.season_id = s.id
    where s.show_id = "shows"."id")`,
  // Each episode that some active file covers, once. Cross joins keep the order: from the show to its files.
  assignedCount: sql<number>`(select count(distinct covered.id) from seasons s
    cross join episodes e on e.season_id = s.id
    cross join torrent_assignments a on a.item_type = 'episode' and a.item_id = e.id and a.is_active = 1
    cross join episodes covered on covered.season_id = e.season_id
      and covered.number between e.number and a.last_episode_number
    where s.show_id = "shows"."id")`,
}

const IS_ASSIGNED = sql`exists (select 1 from seasons s
  cross join episodes e on e.season_id = s.id
  cross join torrent_assignments a on a.item_type = 'episode' and a.item_id = e.id and a.is_active = 1
  where s.show_id = "shows"."id")`

/** Shows and episodes as the API shows them. A file of several episodes is an assignment of each of them. */
export class ShowQueries {
  readonly #db: BetterSQLite3Database
  readonly #one: ReturnType<typeof prepareShow>

  constructor(db: BetterSQLite3Database) {
    this.#db = db
    this.#one = prepareShow(db)
  }

  page(page: Page): Paged<ShowSummary> {
    const filter = and(...pageFilters(shows, page, IS_ASSIGNED))
    // Without their counts, which sorting would make for every show.
    const ids = this.#db
      .select({ id: shows.id })
      .from(shows)
      .where(filter)
      .orderBy(...pageOrder(shows, page))
      .limit(page.limit)
      .offset(page.offset)
      .all()
      .map((row) => showId(row.id))
    const summaries = new Map(this.summaries(ids).map((show) => [show.id, show]))
    const total = this.#db.select({ count: count() }).from(shows).where(filter).get()
    return { items: ids.flatMap((id) => summaries.get(id) ?? []), total: total?.count ?? 0 }
  }

  /** Those that are there. */
  summaries(ids: Iterable<ShowId>): ShowSummary[] {
    return this.#db.select(SUMMARY).from(shows).where(isOneOf(shows.id, ids)).all().map(toSummary)
  }

  /** Fails with `not_found`. */
  byId(id: ShowId): Show {
    const [show] = this.#one.title.values({ id }) as RawTitle[]
    if (!show) throw new AppError('not_found', `no show ${id}`)
    const [title, year, tmdbId, addedAtMs] = show
    const seasons = seasonsOf(this.#one.rows.values({ id }) as RawRow[])
    const all = seasons.flatMap((season) => season.episodes)
    const assigned = all.filter(({ assignments }) => assignments.some((one) => one.isActive))
    const counts = { seasonCount: seasons.length, episodeCount: all.length, assignedCount: assigned.length }
    return { id, title, year, tmdbId, addedAtMs, ...counts, seasons }
  }

  /** Fails with `not_found`. */
  episode(id: EpisodeId): { readonly showId: ShowId; readonly season: number; readonly episode: Episode } {
    const row = this.#db
      .select({ showId: seasons.showId, season: seasons.number, episode: episodes })
      .from(episodes)
      .innerJoin(seasons, eq(seasons.id, episodes.seasonId))
      .where(eq(episodes.id, id))
      .get()
    if (!row) throw new AppError('not_found', `no episode ${id}`)
    const { seasonId, number } = row.episode
    const covers = and(eq(seasons.id, seasonId), lte(episodes.number, number), gte(lastEpisodeNumber, number))
    const episode = toEpisode(row.episode, byEpisode(selectAssignments(this.#db, covers).all()))
    return { showId: showId(row.showId), season: row.season, episode }
  }
}

/**
 * What `byId` asks, made once, and with values only: to write and parse a statement takes longer than to answer it, and so
 * does making objects of rows by their columns' names.
 */
function prepareShow(db: BetterSQLite3Database) {
  const id = sql.placeholder('id')
  const { title, year, tmdbId, addedAtMs } = shows
  const { number: season, showId } = seasons
  const { number, name, airDate } = episodes
  const named = { season, id: episodes.id, number, name, airDate, last: lastEpisodeNumber }
  return {
    title: db.select({ title, year, tmdbId, addedAtMs }).from(shows).where(eq(shows.id, id)).prepare(),
    rows: db
      .select({ ...named, ...ASSIGNMENT_COLUMNS })
      .from(seasons)
      .leftJoin(episodes, eq(episodes.seasonId, seasons.id))
      .leftJoin(torrentAssignments, and(eq(itemType, 'episode'), eq(itemId, episodes.id), eq(isPurged, false)))
      .where(eq(showId, id))
      .orderBy(season, number)
      .prepare(),
  }
}

function selectAssignments(db: BetterSQLite3Database, filter: SQL | undefined) {
  return db
    .select({ seasonId: seasons.id, first: episodes.number, last: lastEpisodeNumber, ...ASSIGNMENT_COLUMNS })
    .from(seasons)
    .crossJoin(episodes)
    .crossJoin(torrentAssignments)
    .where(and(ofSeason, eq(isPurged, false), filter))
    .orderBy(...VERSION_ORDER)
}

type AssignmentRow = ReturnType<ReturnType<typeof selectAssignments>['all']>[number]

/** By `seasonId:episode number`, under every episode that they cover. */
function byEpisode(rows: readonly AssignmentRow[]): Map<string, Assignment[]> {
  const assignments = new Map<string, Assignment[]>()
  for (const row of rows) {
    const assignment = toAssignment(row)
    for (let number = row.first; number <= (row.last ?? row.first); number++) {
      const key = `${row.seasonId}:${number}`
      const list = assignments.get(key)
      if (list) list.push(assignment)
      else assignments.set(key, [assignment])
    }
  }
  return assignments
}

function toSummary(row: Omit<ShowSummary, 'id'> & { readonly id: number }): ShowSummary {
  return { ...row, id: showId(row.id) }
}

function toEpisode(row: typeof episodes.$inferSelect, assignments: ReadonlyMap<string, Assignment[]>): Episode {
  const { id, seasonId, number, name, airDate } = row
  return { id: episodeId(id), number, name, airDate, assignments: assignments.get(`${seasonId}:${number}`) ?? [] }
}
