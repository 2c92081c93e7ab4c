import { and, eq, sql } from 'drizzle-orm'
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3'
import { ofSeason } from '../assignments.ts'
import { isOneOf, jsonRows } from '../bulk.ts'
import { storedSubtitles } from '../schema/sidecars.ts'
import { episodes, seasons } from '../schema/titles.ts'
import { torrentAssignments } from '../schema/torrents.ts'

/** The ids of a show's episodes that a file covers, or a subtitle was stored for. */
export function episodesWithFiles(db: BetterSQLite3Database, showId: number): Set<number> {
  const rows = db
    .select({ id: episodes.id, seasonId: seasons.id, number: episodes.number })
    .from(seasons)
    .innerJoin(episodes, eq(episodes.seasonId, seasons.id))
    .where(eq(seasons.showId, showId))
    .all()
  const files = db
    .select({ seasonId: seasons.id, first: episodes.number, last: torrentAssignments.lastEpisodeNumber })
    .from(seasons)
    .crossJoin(episodes)
    .crossJoin(torrentAssignments)
    .where(and(ofSeason, eq(seasons.showId, showId)))
    .all()
  const covered = new Set<string>()
  for (const { seasonId, first, last } of files) {
    for (let number = first; number <= (last ?? first); number++) covered.add(`${seasonId}:${number}`)
  }
  const subtitled = db
    .select({ id: storedSubtitles.episodeId })
    .from(storedSubtitles)
    .where(
      isOneOf(
        storedSubtitles.episodeId,
        rows.map((row) => row.id),
      ),
    )
    .all()
  const kept = rows.filter((row) => covered.has(`${row.seasonId}:${row.number}`)).map((row) => row.id)
  return new Set([...kept, ...subtitled.flatMap(({ id }) => id ?? [])])
}

/**
 * Gives the episodes of one show to another, by season and number: their files and stored subtitles, and themselves where
 * the other has none. `isOwn` says that names, dates and episodes without files are a person's or the files' own; those of
 * a provider are left behind. Returns the seasons that took any.
 */
export function mergeEpisodes(db: BetterSQLite3Database, from: number, into: number, isOwn: boolean): Set<number> {
  const kept = isOwn ? undefined : episodesWithFiles(db, from)
  const isKept = kept && isOneOf(episodes.id, kept)
  const { number: seasonNumber, showId } = seasons
  const numbers = db
    .selectDistinct({ number: seasonNumber })
    .from(seasons)
    .innerJoin(episodes, eq(episodes.seasonId, seasons.id))
    .where(and(eq(showId, from), isKept))
    .all()
  db.run(sql`
    insert into seasons (show_id, number) select ${into}, value ->> 0 from ${jsonRows(numbers.map((one) => [one.number]))}
    where true on conflict (show_id, number) do nothing`)
  const pairs = db.all<{ id: number; seasonId: number; otherId: number | null }>(sql`
    select ${episodes.id} as id, other_season.id as seasonId, other.id as otherId
    from ${seasons}
    cross join ${episodes} on ${episodes.seasonId} = ${seasons.id}
    cross join seasons other_season on other_season.show_id = ${into} and other_season.number = ${seasonNumber}
    left join episodes other on other.season_id = other_season.id and other.number = ${episodes.number}
    where ${showId} = ${from}${isKept ? sql` and ${isKept}` : sql``}`)
  const same = jsonRows(pairs.flatMap(({ id, otherId }) => (otherId === null ? [] : [[id, otherId]])))
  const moved = jsonRows(pairs.flatMap(({ id, seasonId, otherId }) => (otherId === null ? [[id, seasonId]] : [])))
  db.run(sql`update torrent_assignments set item_id = pair.value ->> 1 from ${same} pair
    where torrent_assignments.episode_id = pair.value ->> 0`)
  db.run(sql`update stored_subtitles set episode_id = pair.value ->> 1 from ${same} pair
    where episode_id = pair.value ->> 0`)
  if (isOwn) {
    db.run(sql`update episodes set name = coalesce(episodes.name, own.name), air_date = coalesce(episodes.air_date, own.air_date)
      from ${same} pair cross join episodes own on own.id = pair.value ->> 0
      where episodes.id = pair.value ->> 1`)
    db.run(sql`update episodes set season_id = pair.value ->> 1 from ${moved} pair
      where episodes.id = pair.value ->> 0`)
  } else {
    db.run(sql`update episodes set season_id = pair.value ->> 1, name = null, air_date = null from ${moved} pair
      where episodes.id = pair.value ->> 0`)
  }
  return new Set(pairs.map((pair) => pair.seasonId))
}
