import { eq, sql } from 'drizzle-orm'
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3'
import type { ItemToComplete, MovieMetadata, ShowMetadata } from '../domain/metadata.ts'
import { jsonRows } from './bulk.ts'
import type { ChangedItems } from './changed-items.ts'
import { movies, shows } from './schema/titles.ts'
import { cleanTitle, titleKey } from './title-key.ts'
import { notHeld, type TitledTable } from './titled.ts'

interface SaveTimes {
  /** When it is to be asked for again; null: never. */
  readonly dueAtMs: number | null
  readonly nowMs: number
}

/** What is the same is not written. */
const OR_UPDATE = (key: string) =>
  sql.raw(`
    on conflict (${key}) do update set
      metadata = excluded.metadata, saved_at = excluded.saved_at, is_stale = excluded.is_stale,
      making = iif(making = 0, 0, 2)
      where metadata <> excluded.metadata`)

/** Within the caller's transaction. Fails with `not_found`, or by the table's uniqueness. */
export function saveMovie(
  db: BetterSQLite3Database,
  id: number,
  metadata: MovieMetadata,
  { dueAtMs, nowMs }: SaveTimes,
  changed: ChangedItems,
): void {
  if (saveTitled(db, movies, id, metadata, dueAtMs)) changed.movie(id)
  db.run(sql`
    insert into movie_metadata (movie_id, metadata, saved_at, is_stale)
    values (${id}, ${JSON.stringify(metadata)}, ${nowMs}, exists (
      select 1 from torrent_assignments a where a.item_type = 'movie' and a.item_id = ${id} and a.is_active = 1))
    ${OR_UPDATE('movie_id')}`)
}

/** As `saveMovie`. What is there already is not written: a show that is looked at every day costs no build of the tree. */
export function saveShow(
  db: BetterSQLite3Database,
  id: number,
  metadata: ShowMetadata,
  { dueAtMs, nowMs }: SaveTimes,
  changed: ChangedItems,
): void {
  if (saveTitled(db, shows, id, metadata, dueAtMs)) {
    changed.show(id)
    markEpisodesStale(db, id)
  }
  const numbers = metadata.seasons.map((season) => [season.number])
  db.run(sql`
    insert into seasons (show_id, number) select ${id}, value ->> 0 from ${jsonRows(numbers)}
    where true on conflict (show_id, number) do nothing`)
  const rows = metadata.seasons.flatMap((season) =>
    season.episodes.map(({ number, name, airDate }) => [season.number, number, name, airDate]),
  )
  const saved = db.run(sql`
    insert into episodes (season_id, number, name, air_date)
    select s.id, value ->> 1, value ->> 2, value ->> 3
    from ${jsonRows(rows)} cross join seasons s on s.show_id = ${id} and s.number = value ->> 0
    where true on conflict (season_id, number)
      do update set name = coalesce(excluded.name, name), air_date = coalesce(excluded.air_date, air_date)
      where excluded.name <> coalesce(name, '') or excluded.air_date <> coalesce(air_date, '')`)
  if (saved.changes > 0) changed.show(id)
  saveShowDetails(db, id, metadata, nowMs)
  saveEpisodeDetails(db, id, metadata, nowMs)
}

/** Their sidecars name the show. */
function markEpisodesStale(db: BetterSQLite3Database, id: number): void {
  db.run(sql`
    update episode_metadata set is_stale = 1, making = iif(making = 0, 0, 2) where episode_id in (
      select e.id from seasons s cross join episodes e on e.season_id = s.id
      cross join torrent_assignments a on a.item_type = 'episode' and a.item_id = e.id and a.is_active = 1
      where s.show_id = ${id})`)
}

function saveShowDetails(db: BetterSQLite3Database, id: number, metadata: ShowMetadata, nowMs: number): void {
  const seasons = metadata.seasons.map(({ number, name, posterPath }) => ({ number, name, posterPath }))
  db.run(sql`
    insert into show_metadata (show_id, metadata, saved_at, is_stale)
    values (${id}, ${JSON.stringify({ ...metadata, seasons })}, ${nowMs}, exists (
      select 1 from seasons s cross join episodes e on e.season_id = s.id
      cross join torrent_assignments a on a.item_type = 'episode' and a.item_id = e.id and a.is_active = 1
      where s.show_id = ${id}))
    ${OR_UPDATE('show_id')}`)
}

function saveEpisodeDetails(db: BetterSQLite3Database, id: number, { seasons }: ShowMetadata, nowMs: number): void {
  const rows = seasons.flatMap(({ number, episodes }) =>
    episodes.map((episode) => [number, episode.number, JSON.stringify(episode)]),
  )
  const saved = db.run(sql`
    insert into episode_metadata (episode_id, metadata, saved_at, is_stale)
    select e.id, value ->> 2, ${nowMs}, exists (
      select 1 from torrent_assignments a where a.item_type = 'episode' and a.item_id = e.id and a.is_active = 1)
    from ${jsonRows(rows)} cross join seasons s on s.show_id = ${id} and s.number = value ->> 0
    cross join episodes e on e.season_id = s.id and e.number = value ->> 1
    where true ${OR_UPDATE('episode_id')}`)
  if (saved.changes === 0) return
  // The sidecar of a file of several episodes is its first one's, and tells of all.
  db.run(sql`
    update episode_metadata set is_stale = 1, making = iif(making = 0, 0, 2) where episode_id in (
      select a.item_id from seasons s cross join episodes e on e.season_id = s.id
      cross join torrent_assignments a on a.item_type = 'episode' and a.item_id = e.id and a.is_active = 1
      cross join episodes later on later.season_id = s.id and later.number > e.number
        and later.number <= a.last_episode_number
      cross join episode_metadata m on m.episode_id = later.id and m.saved_at = ${nowMs}
      where s.show_id = ${id})`)
}

/** An item that left is no error. */
export function postpone(
  db: BetterSQLite3Database,
  { kind, id }: Pick<ItemToComplete, 'kind' | 'id'>,
  dueAtMs: number,
): void {
  const table = kind === 'movie' ? movies : shows
  db.update(table)
    .set({ metadataDueAtMs: dueAtMs, metadataAttempts: sql`${table.metadataAttempts} + 1` })
    .where(eq(table.id, id))
    .run()
}

/** Whether what the tree shows of it is another now. */
function saveTitled(
  db: BetterSQLite3Database,
  table: TitledTable,
  id: number,
  metadata: MovieMetadata | ShowMetadata,
  dueAtMs: number | null,
): boolean {
  const held = db
    .select({ title: table.title, year: table.year, tmdbId: table.tmdbId })
    .from(table)
    .where(eq(table.id, id))
    .get()
  if (!held) throw notHeld(table, id)
  const title = cleanTitle(metadata.title)
  const year = metadata.year ?? held.year
  const { tmdbId } = metadata
  db.update(table)
    .set({
      title,
      titleKey: titleKey(title),
      year,
      tmdbId,
      // An update reads what was there before it.
      givenTitleKey: sql`coalesce(given_title_key, title_key)`,
      givenYear: sql`case when given_title_key is null then year else given_year end`,
      metadataDueAtMs: dueAtMs,
      metadataAttempts: 0,
    })
    .where(eq(table.id, id))
    .run()
  return held.title !== title || held.year !== year || held.tmdbId !== tmdbId
}
