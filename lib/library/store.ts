import { sql } from 'drizzle-orm'
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3'
import { AppError } from '../domain/errors.ts'
import type { NewShow } from '../domain/library.ts'
import type { Work } from '../domain/slices.ts'
import type { TorrentInfo } from '../domain/torrent.ts'
import { chunksOf, jsonRows } from './bulk.ts'
import { type episodes, seasons } from './schema/titles.ts'
import { torrentMetadata, torrents } from './schema/torrents.ts'

/** Within the caller's transaction. False when the torrent is there: then nothing is changed. */
export function* storeTorrent(
  db: BetterSQLite3Database,
  info: TorrentInfo,
  magnetUri: string | null,
  nowMs: number,
): Work<boolean> {
  const { infoHash, name, layout, isPrivate } = info
  const stored = db
    .insert(torrents)
    .values({ infoHash, name, magnetUri, sizeBytes: layout.totalBytes, isPrivate, addedAtMs: nowMs })
    .onConflictDoNothing()
    .run()
  if (stored.changes === 0) return false
  db.insert(torrentMetadata)
    .values({ infoHash, metadata: Buffer.from(info.metadata) })
    .run()
  yield
  for (const chunk of chunksOf(info.files)) {
    const files = chunk.map((file) => [file.index, file.path, file.sizeBytes, file.offsetBytes, file.isPad])
    db.run(sql`
      insert into torrent_files (info_hash, file_index, file_path, size, offset, is_pad)
      select ${infoHash}, value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4 from ${jsonRows(files)}`)
    yield
  }
  return true
}

/** Of a show without any, within the caller's transaction. Fails with `invalid` for a number twice, or one that is none. */
export function createSeasons(db: BetterSQLite3Database, showId: number, wanted: NewShow['seasons']): void {
  checkNumbers(wanted.map((season) => season.number))
  for (const season of wanted) {
    checkNumbers(season.episodes.map((episode) => episode.number))
    const { id } = db.insert(seasons).values({ showId, number: season.number }).returning({ id: seasons.id }).get()
    storeEpisodes(
      db,
      season.episodes.map((episode) => ({ seasonId: id, ...episode })),
    )
  }
}

export interface NewEpisode {
  readonly seasonId: number
  readonly number: number
  readonly name: string | null
  readonly airDate?: string | null
}

/** Creates them, or completes the names and dates of those that are there. The rows of all, in no order. */
export function storeEpisodes(
  db: BetterSQLite3Database,
  wanted: readonly NewEpisode[],
): Pick<typeof episodes.$inferSelect, 'id' | 'seasonId' | 'number'>[] {
  const rows = wanted.map(({ seasonId, number, name, airDate }) => [seasonId, number, name, airDate ?? null])
  return db.all(sql`
    insert into episodes (season_id, number, name, air_date)
    select value ->> 0, value ->> 1, value ->> 2, value ->> 3 from ${jsonRows(rows)}
    where true on conflict (season_id, number)
      do update set name = coalesce(name, excluded.name), air_date = coalesce(air_date, excluded.air_date)
    returning id, season_id as seasonId, number`)
}

function checkNumbers(numbers: readonly number[]): void {
  const isSound = numbers.every((number) => Number.isSafeInteger(number) && number >= 0)
  if (!isSound || new Set(numbers).size < numbers.length) {
    throw new AppError('invalid', 'season and episode numbers are whole numbers from 0, each once')
  }
}
