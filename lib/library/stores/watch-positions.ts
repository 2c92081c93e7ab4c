import { and, desc, eq, sql } from 'drizzle-orm'
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3'
import type { FileKey } from '../../domain/curation.ts'
import { infoHash } from '../../domain/ids.ts'
import type { WatchPosition, WatchStore } from '../../domain/watching.ts'
import { watchPositions } from '../schema/files.ts'
import { torrentAssignments } from '../schema/torrents.ts'

/** Of these the last episode of each show is looked for: they take a millisecond, years of watching would take ten. */
const LAST_FINISHED = 500

/**
 * `WatchStore` on the rows of `watch_positions`; told to no listener. A save costs two pages in the write-ahead log and no
 * fsync, so that it may come every few seconds from every viewer.
 */
export class WatchPositions implements WatchStore {
  readonly #db: BetterSQLite3Database
  readonly #unfinished: ReturnType<typeof prepareUnfinished>

  constructor(db: BetterSQLite3Database) {
    this.#db = db
    this.#unfinished = prepareUnfinished(db)
  }

  /** A file that left the library is no error. */
  saveWatch({ infoHash, fileIndex, positionBytes, sizeBytes, watchedAtMs, isFinished }: WatchPosition): void {
    this.#db.run(sql`
      insert into watch_positions (info_hash, file_index, position, size, watched_at, is_finished)
      select f.info_hash, f.file_index, ${positionBytes}, ${sizeBytes}, ${watchedAtMs}, ${isFinished ? 1 : 0}
      from torrent_files f where f.info_hash = ${infoHash} and f.file_index = ${fileIndex}
      on conflict (info_hash, file_index) do update set position = excluded.position, size = excluded.size,
        watched_at = excluded.watched_at, is_finished = excluded.is_finished`)
  }

  findWatch({ infoHash, fileIndex }: FileKey): WatchPosition | undefined {
    const row = this.#db
      .select()
      .from(watchPositions)
      .where(and(eq(watchPositions.infoHash, infoHash), eq(watchPositions.fileIndex, fileIndex)))
      .get()
    return row && { ...row, infoHash }
  }

  /** Those of /Unsorted are among them, those of the trash are not. */
  unfinished(limit: number): readonly WatchPosition[] {
    const rows = this.#unfinished.all({ limit })
    return rows.map(({ position }) => ({ ...position, infoHash: infoHash(position.infoHash) }))
  }

  /** A file in the trash counts: it was seen. */
  finishedEpisodes(sinceMs: number, limit: number): readonly WatchPosition[] {
    // Of a group with one `max`, SQLite takes the other columns from the row that has it.
    const rows = this.#db.all<Omit<WatchPosition, 'isFinished'>>(sql`
      select w.info_hash as infoHash, w.file_index as fileIndex, w.position as positionBytes, w.size as sizeBytes,
        max(w.watched_at) as watchedAtMs
      from (
        select * from watch_positions where is_finished = 1 and watched_at >= ${sinceMs}
        order by watched_at desc limit ${LAST_FINISHED}
      ) w
      cross join torrent_assignments a on a.info_hash = w.info_hash and a.file_index = w.file_index
      cross join episodes e on e.id = a.episode_id
      cross join seasons s on s.id = e.season_id
      group by s.show_id order by watchedAtMs desc limit ${limit}`)
    return rows.map((row) => ({ ...row, infoHash: infoHash(row.infoHash), isFinished: true }))
  }

  /** After the specials come specials only. Of several versions that of the same torrent, else of the same resolution. */
  nextEpisode(file: FileKey): FileKey | undefined {
    const next = this.#db.get<FileKey | undefined>(sql`
      select a.info_hash as infoHash, a.file_index as fileIndex
      from torrent_assignments own
      cross join episodes first on first.id = own.episode_id
      cross join seasons at on at.id = first.season_id
      cross join seasons s on s.show_id = at.show_id and s.number >= at.number and (at.number > 0 or s.number = 0)
      cross join episodes e on e.season_id = s.id and (s.id <> at.id or e.number > own.last_episode_number)
      cross join torrent_assignments a on a.item_type = 'episode' and a.item_id = e.id and a.is_active = 1
      where own.info_hash = ${file.infoHash} and own.file_index = ${file.fileIndex}
      order by s.number, e.number, a.info_hash = own.info_hash desc, a.resolution is own.resolution desc, a.assigned_at
      limit 1`)
    return next && { infoHash: infoHash(next.infoHash), fileIndex: next.fileIndex }
  }
}

/** Made once: each build of the tree asks, and to write the statement takes longer than to answer it. */
function prepareUnfinished(db: BetterSQLite3Database) {
  const { infoHash, fileIndex, isActive } = torrentAssignments
  return db
    .select({ position: watchPositions })
    .from(watchPositions)
    .leftJoin(torrentAssignments, and(eq(infoHash, watchPositions.infoHash), eq(fileIndex, watchPositions.fileIndex)))
    .where(sql`is_finished = 0 and coalesce(${isActive}, 1) = 1`)
    .orderBy(desc(watchPositions.watchedAtMs))
    .limit(sql.placeholder('limit'))
    .prepare()
}
