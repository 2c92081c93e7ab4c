import { and, eq, sql } from 'drizzle-orm'
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3'
import type { FileKey } from '../../domain/curation.ts'
import type { Pin, PinKind, PinStore } from '../../domain/fetching.ts'
import { infoHash } from '../../domain/ids.ts'
import { isVideoPath } from '../../domain/video-path.ts'
import type { Client } from '../connection.ts'
import { pins } from '../schema/files.ts'
import { sqliteError } from '../sqlite-error.ts'

type ProbedFile = ReturnType<PinStore['filesToProbe']>[number]

/** A millisecond's worth. */
const PAGE_ROWS = 500

type RawPin = Pick<Pin, 'fileIndex' | 'kind' | 'sizeBytes'> & {
  readonly rowId: number
  readonly infoHash: string
  readonly pieces: string
  readonly isComplete: number
}

interface RawFile extends Pick<ProbedFile, 'fileIndex' | 'sizeBytes'> {
  readonly infoHash: string
  readonly isPrivate: number
  readonly addedAtMs: number
}

/** `PinStore` on the rows of `pins`; told to no listener. */
export class Pins implements PinStore {
  readonly #db: BetterSQLite3Database

  constructor(client: Client, db: BetterSQLite3Database) {
    this.#db = db
    const isVideo = (path: unknown) => (isVideoPath(String(path)) ? 1 : 0)
    client.function('is_video_path', { deterministic: true, directOnly: true }, isVideo)
  }

  *pins(): Generator<Pin, void> {
    for (let after = 0; ; ) {
      const rows = this.#page(after)
      for (const row of rows) yield toPin(row)
      const last = rows.at(-1)
      if (!last || rows.length < PAGE_ROWS) return
      after = last.rowId
    }
  }

  #page(after: number): RawPin[] {
    return this.#db.all<RawPin>(sql`
      select p.rowid as rowId, p.info_hash as infoHash, p.file_index as fileIndex, p.kind, p.pieces,
        p.is_complete as isComplete, f.size as sizeBytes
      from pins p cross join torrent_files f on f.info_hash = p.info_hash and f.file_index = p.file_index
      where p.rowid > ${after} order by p.rowid limit ${PAGE_ROWS}`)
  }

  /** A file that left the library is no error. */
  savePin({ infoHash, fileIndex, kind, pieces, isComplete }: Pin): void {
    const ranges = JSON.stringify(pieces.map(({ first, end }) => [first, end]))
    this.#db.run(sql`
      insert into pins (info_hash, file_index, kind, pieces, is_complete)
      select f.info_hash, f.file_index, ${kind}, ${ranges}, ${isComplete ? 1 : 0} from torrent_files f
      where f.info_hash = ${infoHash} and f.file_index = ${fileIndex}
      on conflict (info_hash, file_index, kind) do update set pieces = excluded.pieces, is_complete = excluded.is_complete`)
  }

  deletePin({ infoHash, fileIndex }: FileKey, kind: PinKind): void {
    this.#db
      .delete(pins)
      .where(and(eq(pins.infoHash, infoHash), eq(pins.fileIndex, fileIndex), eq(pins.kind, kind)))
      .run()
  }

  /** A torrent in which nothing is left to probe is not looked at again until a file of it may be another. */
  filesToProbe(limit: number): readonly ProbedFile[] {
    const rows = this.#db.all<RawFile>(sql`
      select t.info_hash as infoHash, f.file_index as fileIndex, f.size as sizeBytes, t.is_private as isPrivate,
        t.added_at as addedAtMs
      from torrents t cross join ${FILES_TO_PROBE} where t.is_probed = 0 and ${IS_TO_PROBE}
      order by t.added_at desc limit ${limit}`)
    // The walk came down to the last row's torrent, or to the oldest.
    const sinceMs = rows.length < limit ? 0 : (rows.at(-1)?.addedAtMs ?? 0)
    this.#markProbed(sinceMs)
    return rows.map(({ infoHash: hash, fileIndex, sizeBytes, isPrivate }) => {
      return { infoHash: infoHash(hash), fileIndex, sizeBytes, isPrivate: isPrivate === 1 }
    })
  }

  /** On a full disk they are looked at again instead. */
  #markProbed(sinceMs: number): void {
    try {
      this.#db.run(sql`
        update torrents as t set is_probed = 1 where t.is_probed = 0 and t.added_at >= ${sinceMs}
          and not exists (select 1 from ${FILES_TO_PROBE} where ${IS_TO_PROBE})`)
    } catch (error) {
      if (sqliteError(error).code !== 'storage_full') throw error
    }
  }
}

function toPin({ infoHash: hash, fileIndex, kind, sizeBytes, pieces, isComplete }: RawPin): Pin {
  const ranges = (JSON.parse(pieces) as [number, number][]).map(([first, end]) => ({ first, end }))
  return { infoHash: infoHash(hash), fileIndex, kind, sizeBytes, pieces: ranges, isComplete: isComplete === 1 }
}

const FILES_TO_PROBE = sql`torrent_files f
  left join torrent_assignments a on a.info_hash = f.info_hash and a.file_index = f.file_index
  left join pins p on p.info_hash = f.info_hash and p.file_index = f.file_index and p.kind = 'ends'`

/** It shows, as an item or as a video of /Unsorted, and has no pin of its ends. */
const IS_TO_PROBE = sql`f.info_hash = t.info_hash and f.is_pad = 0 and p.kind is null
  and coalesce(a.is_active, is_video_path(f.file_path)) = 1`
