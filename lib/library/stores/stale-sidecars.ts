import { type SQL, sql } from 'drizzle-orm'
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3'
import { episodeId, movieId, showId } from '../../domain/ids.ts'
import type { SidecarOwner } from '../../domain/sidecars.ts'

type Kind = SidecarOwner['kind']

interface Flagged {
  readonly table: SQL
  readonly id: SQL
  /** A file of it shows. */
  readonly hasFile: SQL
}

const FLAGS: Readonly<Record<Kind, Flagged>> = {
  movie: {
    table: sql`movie_metadata`,
    id: sql`movie_metadata.movie_id`,
    hasFile: sql`exists (select 1 from torrent_assignments a
      where a.item_type = 'movie' and a.item_id = movie_metadata.movie_id and a.is_active = 1)`,
  },
  show: {
    table: sql`show_metadata`,
    id: sql`show_metadata.show_id`,
    hasFile: sql`exists (select 1 from seasons s cross join episodes e on e.season_id = s.id
      cross join torrent_assignments a on a.item_type = 'episode' and a.item_id = e.id and a.is_active = 1
      where s.show_id = show_metadata.show_id)`,
  },
  episode: {
    table: sql`episode_metadata`,
    id: sql`episode_metadata.episode_id`,
    hasFile: sql`exists (select 1 from torrent_assignments a
      where a.item_type = 'episode' and a.item_id = episode_metadata.episode_id and a.is_active = 1)`,
  },
}

const OWNERS: Readonly<Record<Kind, (id: number) => SidecarOwner>> = {
  movie: (id) => ({ kind: 'movie', id: movieId(id) }),
  show: (id) => ({ kind: 'show', id: showId(id) }),
  episode: (id) => ({ kind: 'episode', id: episodeId(id) }),
}

const KINDS = ['movie', 'show', 'episode'] as const

/** Whether `takeStale` would find any. */
export function hasStale(db: BetterSQLite3Database): boolean {
  const [movie, show, episode] = KINDS.map((kind) => {
    const { table, hasFile } = FLAGS[kind]
    return sql`exists (select 1 from ${table} where is_stale = 1 and ${hasFile})`
  })
  return db.get<{ has: number }>(sql`select ${movie} or ${show} or ${episode} as has`).has === 1
}

/** Within the caller's transaction. */
export function takeStale(db: BetterSQLite3Database, limit: number): SidecarOwner[] {
  const owners: SidecarOwner[] = []
  for (const kind of KINDS) {
    const { table, id, hasFile } = FLAGS[kind]
    const rows = db.all<{ id: number }>(sql`
      update ${table} set making = 1 where is_stale = 1 and ${id} in (
        select ${id} from ${table} where is_stale = 1 and ${hasFile} order by making, ${id} limit ${limit - owners.length})
      returning ${id} as id`)
    owners.push(...rows.map((row) => OWNERS[kind](row.id)))
  }
  return owners
}

/** Its sidecars are saved. Within the caller's transaction. */
export function markMade(db: BetterSQLite3Database, owner: SidecarOwner): void {
  const { table, id } = FLAGS[owner.kind]
  db.run(sql`update ${table} set is_stale = making = 2, making = 0 where ${id} = ${owner.id}`)
}

/** How far all have become stale: the next id of each kind, those without are done. */
export type Forgetting = Map<Kind, number>

export const forgettingAll = (): Forgetting => new Map(KINDS.map((kind) => [kind, 0]))

/** Some milliseconds' worth. */
const FORGET_ROWS = 500

/** The next of them. Within the caller's transaction. */
export function markNextStale(db: BetterSQLite3Database, forgetting: Forgetting): void {
  let rows = FORGET_ROWS
  for (const [kind, fromId] of forgetting) {
    const { table, id, hasFile } = FLAGS[kind]
    const next = db.get<{ count: number; lastId: number | null }>(sql`select count(*) as count, max(id) as lastId from
      (select ${id} as id from ${table} where ${id} >= ${fromId} order by ${id} limit ${rows})`)
    const lastId = next.lastId ?? fromId
    db.run(sql`update ${table} set is_stale = 1, making = iif(making = 0, 0, 2)
      where ${id} between ${fromId} and ${lastId} and ${hasFile}`)
    forgetting.set(kind, lastId + 1)
    rows -= next.count
    if (rows === 0) return
    forgetting.delete(kind)
  }
}
