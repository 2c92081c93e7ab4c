import { and, eq, sql } from 'drizzle-orm'
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3'
import type { InfoHash } from '../domain/ids.ts'
import type { PlacedSubtitle, Placement } from '../domain/library.ts'
import { isOneOf, jsonRows } from './bulk.ts'
import { torrentAssignments, torrentFiles, torrentSubtitles } from './schema/torrents.ts'

/**
 * The subtitles of files just assigned, within the caller's transaction. A file that is assigned itself stays what a
 * person made of it.
 */
export function storeSubtitles(db: BetterSQLite3Database, infoHash: InfoHash, placements: readonly Placement[]): void {
  const videos = placements.map((placement) => placement.fileIndex)
  db.delete(torrentSubtitles)
    .where(and(eq(torrentSubtitles.infoHash, infoHash), isOneOf(torrentSubtitles.fileIndex, videos)))
    .run()
  const rows = placements.flatMap(({ fileIndex: videoIndex, subtitles = [] }) =>
    subtitles.map(({ fileIndex, language, isForced, isHearingImpaired, isCommentary }) => [
      fileIndex,
      videoIndex,
      language,
      isForced,
      isHearingImpaired,
      isCommentary,
    ]),
  )
  if (rows.length === 0) return
  db.run(sql`
    insert into torrent_subtitles (info_hash, file_index, video_index, language, is_forced, is_hearing_impaired,
      is_commentary)
    select ${infoHash}, value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5
    from ${jsonRows(rows)}
    where not exists (select 1 from torrent_assignments a where a.info_hash = ${infoHash} and a.file_index = value ->> 0)
    on conflict (info_hash, file_index) do update set
      video_index = excluded.video_index, language = excluded.language, is_forced = excluded.is_forced,
      is_hearing_impaired = excluded.is_hearing_impaired, is_commentary = excluded.is_commentary`)
}

/** Those of a torrent that show, by the file index of their video. */
export function placedSubtitles(db: BetterSQLite3Database, infoHash: InfoHash): Map<number, PlacedSubtitle[]> {
  const { videoIndex, fileIndex, language, isForced, isHearingImpaired, isCommentary } = torrentSubtitles
  const { filePath, sizeBytes } = torrentFiles
  const rows = db
    .select({ videoIndex, fileIndex, filePath, sizeBytes, language, isForced, isHearingImpaired, isCommentary })
    .from(torrentSubtitles)
    .innerJoin(
      torrentAssignments,
      and(eq(torrentAssignments.infoHash, torrentSubtitles.infoHash), eq(torrentAssignments.fileIndex, videoIndex)),
    )
    .innerJoin(
      torrentFiles,
      and(eq(torrentFiles.infoHash, torrentSubtitles.infoHash), eq(torrentFiles.fileIndex, fileIndex)),
    )
    .where(and(eq(torrentSubtitles.infoHash, infoHash), eq(torrentAssignments.isActive, true)))
    .orderBy(fileIndex)
    .all()
  const subtitles = new Map<number, PlacedSubtitle[]>()
  for (const { videoIndex, ...subtitle } of rows) {
    const list = subtitles.get(videoIndex)
    if (list) list.push(subtitle)
    else subtitles.set(videoIndex, [subtitle])
  }
  return subtitles
}
