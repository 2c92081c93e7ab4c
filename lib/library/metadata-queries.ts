import { and, between, desc, eq, isNotNull, lte, min, sql } from 'drizzle-orm'
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3'
import { movieId, showId } from '../domain/ids.ts'
import type { AiredEpisode, ItemToComplete } from '../domain/metadata.ts'
import { ofSeason } from './assignments.ts'
import { isOneOf } from './bulk.ts'
import { episodes, movies, seasons, shows } from './schema/titles.ts'
import { torrentAssignments } from './schema/torrents.ts'
import type { TitledTable } from './titled.ts'

/** What is due for metadata, and when what aired. */
export class MetadataQueries {
  readonly #db: BetterSQLite3Database

  constructor(db: BetterSQLite3Database) {
    this.#db = db
  }

  itemsToComplete(nowMs: number, limit: number): readonly ItemToComplete[] {
    const dueMovies = this.#due(movies, nowMs, limit).map((row) => ({ ...row, kind: 'movie' as const }))
    const dueShows = this.#due(shows, nowMs, limit).map((row) => ({ ...row, kind: 'show' as const }))
    const due = [...dueMovies, ...dueShows].sort((a, b) => (a.dueAtMs ?? 0) - (b.dueAtMs ?? 0)).slice(0, limit)
    const lastEpisodes = this.#lastEpisodes(due.flatMap(({ kind, id }) => (kind === 'show' ? [id] : [])))
    return due.map(({ kind, id, title, year, tmdbId, attempts }): ItemToComplete => {
      const item = { title, year, tmdbId, attempts }
      if (kind === 'movie') return { ...item, kind, id: movieId(id) }
      return { ...item, kind, id: showId(id), lastEpisodes: lastEpisodes.get(id) ?? new Map() }
    })
  }

  nextDueAtMs(): number | undefined {
    const times = [movies, shows].flatMap((table) => {
      const row = this.#db
        .select({ dueAtMs: min(table.metadataDueAtMs) })
        .from(table)
        .where(isNotNull(table.metadataDueAtMs))
        .get()
      return row?.dueAtMs ?? []
    })
    return times.length === 0 ? undefined : Math.min(...times)
  }

  airedEpisodes(fromDate: string, toDate: string): readonly AiredEpisode[] {
    const rows = this.#db
      .select({
        seasonId: seasons.id,
        showId: shows.id,
        showTitle: shows.title,
        season: seasons.number,
        episode: episodes.number,
        name: episodes.name,
        airDate: sql<string>`${episodes.airDate}`,
      })
      .from(episodes)
      .innerJoin(seasons, eq(seasons.id, episodes.seasonId))
      .innerJoin(shows, eq(shows.id, seasons.showId))
      .where(between(episodes.airDate, fromDate, toDate))
      .orderBy(desc(episodes.airDate), shows.titleKey, shows.id, seasons.number, episodes.number)
      .all()
    const assigned = this.#assignedEpisodes(new Set(rows.map((row) => row.seasonId)))
    return rows.map(({ seasonId, ...row }) => {
      return { ...row, showId: showId(row.showId), isAssigned: assigned.has(`${seasonId}:${row.episode}`) }
    })
  }

  /** As `seasonId:episode number`: all that active files cover. */
  #assignedEpisodes(seasonIds: ReadonlySet<number>): Set<string> {
    const covered = new Set<string>()
    if (seasonIds.size === 0) return covered
    const files = this.#db
      .select({ seasonId: seasons.id, first: episodes.number, last: torrentAssignments.lastEpisodeNumber })
      .from(seasons)
      .crossJoin(episodes)
      .crossJoin(torrentAssignments)
      .where(and(ofSeason, eq(torrentAssignments.isActive, true), isOneOf(seasons.id, seasonIds)))
      .all()
    for (const { seasonId, first, last } of files) {
      for (let number = first; number <= (last ?? first); number++) covered.add(`${seasonId}:${number}`)
    }
    return covered
  }

  #due(table: TitledTable, nowMs: number, limit: number) {
    const { id, title, year, tmdbId, metadataDueAtMs: dueAtMs, metadataAttempts: attempts } = table
    return this.#db
      .select({ id, title, year, tmdbId, dueAtMs, attempts })
      .from(table)
      .where(and(isNotNull(dueAtMs), lte(dueAtMs, nowMs)))
      .orderBy(dueAtMs, id)
      .limit(limit)
      .all()
  }

  #lastEpisodes(showIds: readonly number[]): Map<number, Map<number, number>> {
    const byShow = new Map<number, Map<number, number>>()
    if (showIds.length === 0) return byShow
    const last = sql<number | null>`(select max(e.number) from episodes e where e.season_id = "seasons"."id")`
    const rows = this.#db
      .select({ showId: seasons.showId, number: seasons.number, last })
      .from(seasons)
      .where(isOneOf(seasons.showId, showIds))
      .orderBy(seasons.showId, seasons.number)
      .all()
    for (const { showId, number, last } of rows) {
      if (last === null) continue
      const bySeason = byShow.get(showId) ?? new Map<number, number>()
      byShow.set(showId, bySeason.set(number, last))
    }
    return byShow
  }
}
