import type { Statement } from 'better-sqlite3'
import type { Client } from '../connection.ts'
import { cleanTitle, titleKey } from '../title-key.ts'
import type { TransferMovie, TransferShow } from './format.ts'

type Table = 'movies' | 'shows'
type Titled = Omit<TransferMovie, 'kind'>

interface Statements {
  readonly byTmdbId: Statement<[number | null], number>
  readonly byTitle: Statement<[string, number | null], number>
  /** Not one that a provider knows as another than the document's. */
  readonly byGivenTitle: Statement<[string, number | null, number | null], number>
  readonly insert: Statement<unknown[]>
}

/** Movies and shows of a document: found by TMDB id, or title and year, now or as once given; else made. */
export class TitledImport {
  readonly #movies: Statements
  readonly #shows: Statements
  readonly #seasons: Statement<[number, string]>
  readonly #episodes: Statement<[string, number]>

  constructor(client: Client) {
    this.#movies = statements(client, 'movies')
    this.#shows = statements(client, 'shows')
    this.#seasons = client.prepare(`
      insert into seasons (show_id, number) select ?, value from json_each(?)
      where true on conflict (show_id, number) do nothing`)
    this.#episodes = client.prepare(`
      insert into episodes (season_id, number, name, air_date)
      select s.id, value ->> 1, value ->> 2, value ->> 3
      from json_each(?) cross join seasons s on s.show_id = ? and s.number = value ->> 0
      where true on conflict (season_id, number)
        do update set name = coalesce(name, excluded.name), air_date = coalesce(air_date, excluded.air_date)`)
  }

  movie(movie: TransferMovie): { readonly id: number; readonly isNew: boolean } {
    return store(this.#movies, movie)
  }

  /** Seasons and episodes that a show lacks are added to it. */
  show(show: TransferShow): { readonly id: number; readonly isNew: boolean } {
    const stored = store(this.#shows, show)
    const { seasons } = show
    const rows = seasons.flatMap((season) =>
      season.episodes.map(({ number, name, air_date }) => [season.number, number, name, air_date]),
    )
    this.#seasons.run(stored.id, JSON.stringify(seasons.map((season) => season.number)))
    this.#episodes.run(JSON.stringify(rows), stored.id)
    return stored
  }
}

function statements(client: Client, table: Table): Statements {
  return {
    byTmdbId: client.prepare<[number | null], number>(`select id from ${table} where tmdb_id = ?`).pluck(),
    byTitle: client
      .prepare<[string, number | null], number>(`select id from ${table} where title_key = ? and year is ?`)
      .pluck(),
    byGivenTitle: client
      .prepare<[string, number | null, number | null], number>(
        `select id from ${table} where given_title_key = ? and given_year is ? and (tmdb_id is null or ? is null)`,
      )
      .pluck(),
    insert: client.prepare(`
      insert into ${table} (title, title_key, year, tmdb_id, given_title_key, given_year, added_at)
      values (?, ?, ?, ?, ?, ?, ?)`),
  }
}

function store(on: Statements, item: Titled): { readonly id: number; readonly isNew: boolean } {
  const { year, tmdb_id: tmdbId, given_title: given } = item
  const title = cleanTitle(item.title)
  const key = titleKey(title)
  const givenKey = given === null ? null : titleKey(given)
  const held =
    on.byTmdbId.get(tmdbId) ??
    on.byTitle.get(key, year) ??
    on.byGivenTitle.get(key, year, tmdbId) ??
    (givenKey === null ? undefined : on.byTitle.get(givenKey, item.given_year))
  if (held !== undefined) return { id: held, isNew: false }
  const { lastInsertRowid } = on.insert.run(title, key, year, tmdbId, givenKey, item.given_year, item.added_at_ms)
  return { id: Number(lastInsertRowid), isNew: true }
}
