import { and, eq, sql } from 'drizzle-orm'
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3'
import type { ContainerInfo, ContainerStore } from '../../domain/container.ts'
import type { FileKey } from '../../domain/curation.ts'
import type { StreamDetails } from '../../domain/metadata.ts'
import type { Commits } from '../commits.ts'
import { containers } from '../schema/files.ts'
import { episodeMetadata, movieMetadata } from '../schema/metadata.ts'
import { torrentAssignments } from '../schema/torrents.ts'

const STALE = { isStale: true, making: sql`iif(making = 0, 0, 2)` }

/** `ContainerStore` on the rows of `containers`. What it tells listeners is that sidecars became stale. */
export class Containers implements ContainerStore {
  readonly #db: BetterSQLite3Database
  readonly #commits: Commits

  constructor(db: BetterSQLite3Database, commits: Commits) {
    this.#db = db
    this.#commits = commits
  }

  loadContainer({ infoHash, fileIndex }: FileKey): ContainerInfo | undefined {
    const row = this.#db
      .select({ info: containers.info, streams: containers.streams })
      .from(containers)
      .where(and(eq(containers.infoHash, infoHash), eq(containers.fileIndex, fileIndex)))
      .get()
    if (!row) return undefined
    const info = JSON.parse(row.info) as Omit<ContainerInfo, 'streams'>
    return { ...info, streams: row.streams === null ? null : (JSON.parse(row.streams) as StreamDetails) }
  }

  /** A file that left the library is no error. */
  saveContainer(file: FileKey, { streams, ...info }: ContainerInfo): void {
    const text = streams && JSON.stringify(streams)
    const { infoHash, fileIndex } = file
    const isOther = this.#commits.quietly(() => {
      const before = this.loadContainer(file)?.streams ?? null
      this.#db.run(sql`
        insert into containers (info_hash, file_index, info, streams)
        select f.info_hash, f.file_index, ${JSON.stringify(info)}, ${text} from torrent_files f
        where f.info_hash = ${infoHash} and f.file_index = ${fileIndex}
        on conflict (info_hash, file_index) do update set info = excluded.info, streams = excluded.streams`)
      return (before && JSON.stringify(before)) !== text && this.#markStale(file)
    })
    if (isOther) this.#commits.tell({ items: [] })
  }

  /** Whether there are sidecars of its item to make anew. */
  #markStale({ infoHash, fileIndex }: FileKey): boolean {
    const assigned = this.#db
      .select({ itemType: torrentAssignments.itemType, itemId: torrentAssignments.itemId })
      .from(torrentAssignments)
      .where(
        and(
          eq(torrentAssignments.infoHash, infoHash),
          eq(torrentAssignments.fileIndex, fileIndex),
          eq(torrentAssignments.isActive, true),
        ),
      )
      .get()
    if (!assigned) return false
    const { itemType, itemId } = assigned
    const marked =
      itemType === 'movie'
        ? this.#db.update(movieMetadata).set(STALE).where(eq(movieMetadata.movieId, itemId)).run()
        : this.#db.update(episodeMetadata).set(STALE).where(eq(episodeMetadata.episodeId, itemId)).run()
    return marked.changes > 0
  }
}
