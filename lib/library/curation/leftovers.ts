import { and, eq, sql } from 'drizzle-orm'
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3'
import { type InfoHash, infoHash } from '../../domain/ids.ts'
import { isVideoPath } from '../../domain/video-path.ts'
import type { ChangedItems } from '../changed-items.ts'
import { episodes, movies, seasons, shows } from '../schema/titles.ts'
import { torrentAssignments } from '../schema/torrents.ts'

/** Of these torrents those of which no file is assigned or in /Offline, and no video shows under /Unsorted. */
export function bareTorrents(db: BetterSQLite3Database, hashes: Iterable<string>): InfoHash[] {
  const rows = db.all<{ infoHash: string; path: string | null }>(sql`
    select t.value as infoHash, f.file_path as path
    from json_each(${JSON.stringify([...new Set(hashes)])}) t
    left join torrent_files f on f.info_hash = t.value and f.is_pad = 0
      and not exists (select 1 from torrent_assignments a
        where a.info_hash = f.info_hash and a.file_index = f.file_index)
    where not exists (select 1 from torrent_assignments a where a.info_hash = t.value and a.is_purged = 0)
      and not exists (select 1 from offline_files o where o.info_hash = t.value)`)
  const bare = new Set(rows.map((row) => row.infoHash))
  for (const row of rows) if (row.path !== null && isVideoPath(row.path)) bare.delete(row.infoHash)
  return Array.from(bare, infoHash)
}

/** The item of a file, before it is given to another. */
export interface FormerItem {
  readonly kind: 'movie' | 'show'
  readonly id: number
  readonly assignedAtMs: number
}

export function formerItem(db: BetterSQLite3Database, hash: string, fileIndex: number): FormerItem | undefined {
  const row = db
    .select({ movie: torrentAssignments.movieId, show: seasons.showId, assignedAtMs: torrentAssignments.assignedAtMs })
    .from(torrentAssignments)
    .leftJoin(episodes, eq(episodes.id, torrentAssignments.episodeId))
    .leftJoin(seasons, eq(seasons.id, episodes.seasonId))
    .where(and(eq(torrentAssignments.infoHash, hash), eq(torrentAssignments.fileIndex, fileIndex)))
    .get()
  if (!row) return undefined
  const { movie, show, assignedAtMs } = row
  if (movie !== null) return { kind: 'movie', id: movie, assignedAtMs }
  return show === null ? undefined : { kind: 'show', id: show, assignedAtMs }
}

/** Deletes the item when no file is left of it, and it was made in the transaction that assigned the file. */
export function deleteWhenLeft(
  db: BetterSQLite3Database,
  { kind, id, assignedAtMs }: FormerItem,
  changed: ChangedItems,
): void {
  if (kind === 'movie') {
    const isFree = sql`not exists (select 1 from torrent_assignments a where a.item_type = 'movie' and a.item_id = ${id})`
    const deleted = db
      .delete(movies)
      .where(and(eq(movies.id, id), eq(movies.addedAtMs, assignedAtMs), isFree))
      .run()
    if (deleted.changes > 0) changed.movie(id)
    return
  }
  const isFree = sql`not exists (select 1 from seasons s
    cross join episodes e on e.season_id = s.id
    cross join torrent_assignments a on a.item_type = 'episode' and a.item_id = e.id
    where s.show_id = ${id})`
  const deleted = db
    .delete(shows)
    .where(and(eq(shows.id, id), eq(shows.addedAtMs, assignedAtMs), isFree))
    .run()
  if (deleted.changes > 0) changed.show(id)
}
