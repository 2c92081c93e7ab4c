import { and, desc, eq, sql } from 'drizzle-orm'
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3'
import type { FileKey } from '../../domain/curation.ts'
import type { Pin, PinKind, PinStore } from '../../domain/fetching.ts'
import { infoHash } from '../../domain/ids.ts'
import { isVideoPath } from '../../domain/video-path.ts'
import { isOneOf } from '../bulk.ts'
import { pins, torrentAssignments, torrentFiles, torrents } from '../schema.ts'

type ProbedFile = ReturnType<PinStore['filesToProbe']>[number]

/** Torrents read at a time. */
const BATCH = 64

type RawPin = Pick<Pin, 'fileIndex' | 'kind'> & {
  readonly infoHash: string
  readonly pieces: string
  readonly isComplete: number
}

/** `PinStore` on the rows of `pins`; told to no listener. */
export class Pins implements PinStore {
  readonly #db: BetterSQLite3Database

  constructor(db: BetterSQLite3Database) {
    this.#db = db
  }

  pins(): readonly Pin[] {
    const rows = this.#db.all<RawPin>(sql`
      select info_hash as infoHash, file_index as fileIndex, kind, pieces, is_complete as isComplete from pins
      order by info_hash, file_index, kind`)
    return rows.map(({ infoHash: hash, fileIndex, kind, pieces, isComplete }): Pin => {
      const ranges = (JSON.parse(pieces) as [number, number][]).map(([first, end]) => ({ first, end }))
      return { infoHash: infoHash(hash), fileIndex, kind, pieces: ranges, isComplete: isComplete === 1 }
    })
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
    const found: ProbedFile[] = []
    const done: string[] = []
    for (const { infoHash: hash, isPrivate } of this.#unprobed()) {
      if (found.length >= limit) break
      const files = this.#withoutEnds(hash).filter((file) => file.isActive ?? isVideoPath(file.filePath))
      if (files.length === 0) done.push(hash)
      const key = infoHash(hash)
      found.push(...files.map(({ fileIndex, sizeBytes }) => ({ infoHash: key, fileIndex, sizeBytes, isPrivate })))
    }
    if (done.length > 0) this.#db.update(torrents).set({ isProbed: true }).where(isOneOf(torrents.infoHash, done)).run()
    return found.slice(0, limit)
  }

  /** The newest first. */
  *#unprobed() {
    for (let offset = 0; ; offset += BATCH) {
      const batch = this.#db
        .select({ infoHash: torrents.infoHash, isPrivate: torrents.isPrivate })
        .from(torrents)
        .where(sql`is_probed = 0`)
        .orderBy(desc(torrents.addedAtMs))
        .limit(BATCH)
        .offset(offset)
        .all()
      yield* batch
      if (batch.length < BATCH) return
    }
  }

  /** Files of a torrent that show, of any kind under /Unsorted, and have no pin of their ends. */
  #withoutEnds(hash: string) {
    const { infoHash, fileIndex, filePath, sizeBytes, isPad } = torrentFiles
    const { isActive } = torrentAssignments
    return this.#db
      .select({ fileIndex, filePath, sizeBytes, isActive })
      .from(torrentFiles)
      .leftJoin(
        torrentAssignments,
        and(eq(torrentAssignments.infoHash, infoHash), eq(torrentAssignments.fileIndex, fileIndex)),
      )
      .leftJoin(pins, and(eq(pins.infoHash, infoHash), eq(pins.fileIndex, fileIndex), eq(pins.kind, 'ends')))
      .where(and(eq(infoHash, hash), eq(isPad, false), sql`coalesce(${isActive}, 1) = 1`, sql`${pins.kind} is null`))
      .orderBy(fileIndex)
      .all()
  }
}
