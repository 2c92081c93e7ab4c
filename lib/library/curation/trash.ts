import { and, eq, isNotNull, isNull, min, type SQL, sql } from 'drizzle-orm'
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3'
import type { FileKey, TrashTarget } from '../../domain/curation.ts'
import { AppError } from '../../domain/errors.ts'
import type { InfoHash } from '../../domain/ids.ts'
import { jsonRows } from '../bulk.ts'
import type { ChangedItems } from '../changed-items.ts'
import { episodes, seasons } from '../schema/titles.ts'
import { torrentAssignments } from '../schema/torrents.ts'
import { bareTorrents } from './leftovers.ts'
import type { Versions } from './versions.ts'

interface AssignedFile {
  readonly infoHash: string
  readonly fileIndex: number
  readonly movieId: number | null
  readonly seasonId: number | null
  readonly showId: number | null
}

const { infoHash, fileIndex, itemType, itemId, movieId, episodeId, trashedAtMs, isPurged } = torrentAssignments

const IS_AVAILABLE = and(isNull(trashedAtMs), eq(isPurged, false))
const IS_TRASHED = and(isNotNull(trashedAtMs), eq(isPurged, false))

/** What goes to the trash, comes back, and leaves for good: `LibraryCuration`'s part, within the caller's transaction. */
export class Trash {
  readonly #db: BetterSQLite3Database
  readonly #versions: Versions

  constructor(db: BetterSQLite3Database, versions: Versions) {
    this.#db = db
    this.#versions = versions
  }

  trash(target: TrashTarget, nowMs: number, changed: ChangedItems): number {
    const files = this.#filesOf(target, IS_AVAILABLE)
    if (files.length === 0) throw new AppError('not_found', 'nothing of it shows in the library')
    this.#set(files, sql`is_active = 0, trashed_at = ${nowMs}`)
    this.#versions.settle(groupsOf(files), changed)
    mark(files, changed)
    return files.length
  }

  restore(target: TrashTarget, changed: ChangedItems): number {
    const files = this.#filesOf(target, IS_TRASHED)
    if (files.length === 0) throw new AppError('not_found', 'nothing of it is in the trash')
    this.#set(files, sql`is_active = 1, trashed_at = null`)
    this.#versions.settleRestored(groupsOf(files), files, changed)
    mark(files, changed)
    return files.length
  }

  purge(trashedBeforeMs: number, changed: ChangedItems): InfoHash[] {
    const files = this.#select(sql`${trashedAtMs} < ${trashedBeforeMs}`)
    this.#set(files, sql`is_purged = 1, is_chosen = 0, trashed_at = null`)
    mark(files, changed)
    return bareTorrents(
      this.#db,
      files.map((file) => file.infoHash),
    )
  }

  /** Withdraws one file for good. Its torrent, when that is left with nothing. */
  deleteVersion(file: FileKey, changed: ChangedItems): InfoHash | undefined {
    const files = this.#filesOf({ kind: 'file', ...file }, eq(isPurged, false))
    if (files.length === 0) throw notAssigned(file)
    this.#set(files, sql`is_active = 0, is_chosen = 0, is_purged = 1, trashed_at = null`)
    this.#versions.settle(groupsOf(files), changed)
    mark(files, changed)
    return bareTorrents(this.#db, [file.infoHash])[0]
  }

  chooseVersion(file: FileKey, changed: ChangedItems): void {
    if (this.#filesOf({ kind: 'file', ...file }, IS_AVAILABLE).length === 0) throw notAssigned(file)
    this.#versions.choose(file.infoHash, new Set([file.fileIndex]), changed)
  }

  oldestTrashedAtMs(): number | undefined {
    const oldest = this.#db
      .select({ atMs: min(trashedAtMs) })
      .from(torrentAssignments)
      .where(isNotNull(trashedAtMs))
      .get()
    return oldest?.atMs ?? undefined
  }

  #filesOf(target: TrashTarget, state: SQL | undefined): AssignedFile[] {
    switch (target.kind) {
      case 'movie':
        return this.#select(and(eq(itemType, 'movie'), eq(itemId, target.id), state))
      case 'file':
        return this.#select(and(eq(infoHash, target.infoHash), eq(fileIndex, target.fileIndex), state))
      case 'show':
        return this.#select(and(eq(itemType, 'episode'), isOfSeasons(sql`s.show_id = ${target.id}`), state))
      case 'season': {
        const season = sql`s.show_id = ${target.showId} and s.number = ${target.season}`
        return this.#select(and(eq(itemType, 'episode'), isOfSeasons(season), state))
      }
    }
  }

  #select(filter: SQL | undefined): AssignedFile[] {
    return this.#db
      .select({ infoHash, fileIndex, movieId, seasonId: episodes.seasonId, showId: seasons.showId })
      .from(torrentAssignments)
      .leftJoin(episodes, eq(episodes.id, episodeId))
      .leftJoin(seasons, eq(seasons.id, episodes.seasonId))
      .where(filter)
      .all()
  }

  #set(files: readonly AssignedFile[], values: SQL): void {
    this.#db.run(sql`
      update torrent_assignments set ${values}
      from ${jsonRows(files.map((file) => [file.infoHash, file.fileIndex]))} file
      where info_hash = file.value ->> 0 and file_index = file.value ->> 1`)
  }
}

const notAssigned = ({ infoHash: hash, fileIndex: index }: FileKey): AppError =>
  new AppError('not_found', `file ${index} of torrent ${hash} is no version of an item`)

/** Of assignments to episodes. */
const isOfSeasons = (season: SQL): SQL => sql`${itemId} in (
  select e.id from seasons s cross join episodes e on e.season_id = s.id where ${season})`

const groupsOf = (files: readonly AssignedFile[]) => ({
  movies: new Set(files.flatMap((file) => file.movieId ?? [])),
  seasons: new Set(files.flatMap((file) => file.seasonId ?? [])),
})

function mark(files: readonly AssignedFile[], changed: ChangedItems): void {
  for (const { movieId: movie, showId: show } of files) {
    if (movie !== null) changed.movie(movie)
    if (show !== null) changed.show(show)
  }
}
