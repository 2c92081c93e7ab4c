import { sql } from 'drizzle-orm'
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3'
import { AppError } from '../domain/errors.ts'
import { type EpisodeId, episodeId, movieId, showId } from '../domain/ids.ts'
import type { AddedTorrent, Placement } from '../domain/library.ts'
import type { TorrentFile } from '../domain/piece-layout.ts'
import type { Work } from '../domain/slices.ts'
import type { TorrentInfo } from '../domain/torrent.ts'
import { chunksOf, jsonRows } from './bulk.ts'
import type { ChangedItems } from './changed-items.ts'
import { movies, type seasons, shows } from './schema/titles.ts'
import { storeEpisodes } from './store.ts'
import { storeSubtitles } from './subtitles.ts'
import { findOrCreateTitled, requireTitled } from './titled.ts'

type Placed = AddedTorrent['placed'][number]
type PlacedTorrent = Pick<TorrentInfo, 'infoHash' | 'files'>
type EpisodePlacement = Extract<Placement, { readonly kind: 'episode' }>

/**
 * Places files of one torrent in the caller's transaction: finds or creates the movies, shows, seasons and episodes,
 * and assigns. A bulk statement for each kind of row and a hundred files: a step of a millisecond or two.
 */
export class Placer {
  readonly #db: BetterSQLite3Database
  readonly #torrent: PlacedTorrent
  readonly #files: ReadonlyMap<number, TorrentFile>
  readonly #nowMs: number
  readonly #changed: ChangedItems
  /** Movies and shows found so far, by how the placements name them, and by placement. */
  readonly #titled = new Map<string, number>()
  readonly #itemIds = new Map<Placement, number>()

  constructor(db: BetterSQLite3Database, torrent: PlacedTorrent, nowMs: number, changed: ChangedItems) {
    this.#db = db
    this.#torrent = torrent
    this.#files = new Map(torrent.files.map((file) => [file.index, file]))
    this.#nowMs = nowMs
    this.#changed = changed
  }

  /**
   * One entry per placement, in order, of files that the torrent has. A file assigned before is moved. Fails with
   * `not_found` for an id, `invalid` for a title or year that is none.
   */
  *place(placements: readonly Placement[]): Work<Placed[]> {
    const placed: Placed[] = []
    for (const chunk of chunksOf(placements)) placed.push(...(yield* this.#place(chunk)))
    return placed
  }

  *#place(placements: readonly Placement[]): Work<Placed[]> {
    for (const placement of placements) {
      this.#itemId(placement)
      yield
    }
    const seasonIds = this.#createSeasons(placements.filter((placement) => placement.kind === 'episode'))
    const episodeIds = this.#createEpisodes(seasonIds)
    yield
    const placed = placements.map((placement): Placed => {
      if (placement.kind === 'movie') {
        const id = movieId(this.#itemId(placement))
        this.#changed.movie(id)
        return { fileIndex: placement.fileIndex, movieId: id }
      }
      const id = showId(this.#itemId(placement))
      this.#changed.show(id)
      return { fileIndex: placement.fileIndex, showId: id, episodeIds: episodeIds.get(placement) ?? [] }
    })
    this.#assign(placements, placed)
    yield
    storeSubtitles(this.#db, this.#torrent.infoHash, placements)
    yield
    return placed
  }

  #itemId(placement: Placement): number {
    const known = this.#itemIds.get(placement)
    if (known !== undefined) return known
    const id = this.#findItem(placement)
    this.#itemIds.set(placement, id)
    return id
  }

  #findItem(placement: Placement): number {
    const table = placement.kind === 'movie' ? movies : shows
    const id = placement.kind === 'movie' ? placement.movieId : placement.showId
    const { title, year } = placement
    const name = JSON.stringify([placement.kind, id === undefined ? [title, year] : id])
    const known = this.#titled.get(name)
    if (known !== undefined) return known
    if (id !== undefined) requireTitled(this.#db, table, id)
    const found = id ?? findOrCreateTitled(this.#db, table, title, year, this.#nowMs)
    this.#titled.set(name, found)
    return found
  }

  #createSeasons(placements: readonly EpisodePlacement[]): Map<EpisodePlacement, number> {
    const nameOf = (placement: EpisodePlacement) => `${this.#itemId(placement)}:${placement.season}`
    const wanted = new Map(placements.map((one) => [nameOf(one), [this.#itemId(one), one.season] as const]))
    if (wanted.size === 0) return new Map()
    // Not `do nothing`, which would not return the rows that are there.
    const rows = this.#db.all<typeof seasons.$inferSelect>(sql`
      insert into seasons (show_id, number) select value ->> 0, value ->> 1 from ${jsonRows([...wanted.values()])}
      where true on conflict (show_id, number) do update set number = excluded.number
      returning id, show_id as showId, number`)
    const ids = new Map(rows.map((row) => [`${row.showId}:${row.number}`, row.id]))
    return new Map(placements.map((placement) => [placement, known(ids.get(nameOf(placement)))]))
  }

  /** A file of several episodes gives its name to the first. A name that is there stays. */
  #createEpisodes(seasonIds: ReadonlyMap<EpisodePlacement, number>): Map<EpisodePlacement, EpisodeId[]> {
    if (seasonIds.size === 0) return new Map()
    const wanted = new Map<string, { seasonId: number; number: number; name: string | null }>()
    for (const [placement, seasonId] of seasonIds) {
      for (const [i, number] of placement.episodes.entries()) {
        const name = i === 0 ? placement.episodeName : null
        const other = wanted.get(`${seasonId}:${number}`)
        wanted.set(`${seasonId}:${number}`, { seasonId, number, name: other?.name ?? name })
      }
    }
    const rows = storeEpisodes(this.#db, [...wanted.values()])
    const ids = new Map(rows.map((row) => [`${row.seasonId}:${row.number}`, episodeId(row.id)]))
    return new Map(
      [...seasonIds].map(([placement, seasonId]) => [
        placement,
        placement.episodes.map((number) => known(ids.get(`${seasonId}:${number}`))),
      ]),
    )
  }

  #assign(placements: readonly Placement[], placed: readonly Placed[]): void {
    const rows = placements.map((placement, i) => {
      const file = known(this.#files.get(placement.fileIndex))
      const itemId = known(placed[i]?.movieId ?? placed[i]?.episodeIds?.[0])
      const last = placement.kind === 'movie' ? null : known(placement.episodes.at(-1))
      return [
        file.index,
        placement.kind,
        itemId,
        last,
        file.path,
        file.sizeBytes,
        placement.resolution,
        placement.source,
      ]
    })
    // A file that stays with its item keeps its date, which is the file's date on the drive.
    this.#db.run(sql`
      insert into torrent_assignments (info_hash, file_index, item_type, item_id, last_episode_number, file_path, size,
        resolution, source, is_active, assigned_at)
      select ${this.#torrent.infoHash}, value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5,
        value ->> 6, value ->> 7, 1, ${this.#nowMs}
      from ${jsonRows(rows)} where true
      on conflict (info_hash, file_index) do update set
        item_type = excluded.item_type, item_id = excluded.item_id, last_episode_number = excluded.last_episode_number,
        resolution = excluded.resolution, source = excluded.source, is_active = 1,
        is_chosen = is_chosen and item_type = excluded.item_type and item_id = excluded.item_id,
        trashed_at = null, is_purged = 0,
        assigned_at = case when is_active and item_type = excluded.item_type and item_id = excluded.item_id
          then assigned_at else excluded.assigned_at end`)
  }
}

/** For what a statement before has just written. */
function known<T>(value: T | undefined): T {
  if (value === undefined) throw new AppError('internal', 'a row that was written is not there')
  return value
}
