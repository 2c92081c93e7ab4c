import { type SQL, sql } from 'drizzle-orm'
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3'
import { episodeId, movieId, showId } from '../domain/ids.ts'
import type { SearchHit, TitleSearch as TitleSearchPort } from '../domain/library.ts'
import { titleKey } from './title-key.ts'

/** What a person types is shorter; what is longer is cut. */
const MAX_LETTERS = 200
const MAX_WORDS = 8
/** Matches of each kind that are looked at; a query with more says little, and then the oldest are looked at. */
const CANDIDATES = 200

interface Titled {
  readonly id: number
  readonly title: string
  readonly year: number | null
}

interface Named extends Titled {
  readonly showId: number
  readonly season: number
  readonly episode: number
  readonly name: string
}

/** `TitleSearch` on an FTS5 index of trigrams, which triggers keep up to date. */
export class TitleSearch implements TitleSearchPort {
  readonly #db: BetterSQLite3Database

  constructor(db: BetterSQLite3Database) {
    this.#db = db
  }

  search(query: string, limit: number): readonly SearchHit[] {
    // Of what the index keeps no letter says anything: control characters would end the expression.
    const text = Array.from(query.slice(0, 2 * MAX_LETTERS).normalize('NFC'))
      .slice(0, MAX_LETTERS)
      .join('')
      .replace(/[\p{Cc}\p{Cs}\p{Cn}\s]+/gu, ' ')
      .trim()
    if (text === '') return []
    const words = text.split(' ').slice(0, MAX_WORDS)
    // The whole text too: where words are many that match, few hold them together.
    const expressions = new Set([expressionOf([text]), expressionOf(words)])
    const hits = new Map<string, SearchHit>()
    for (const hit of this.#beginning(titleKey(text))) hits.set(`${hit.kind} ${hit.id}`, hit)
    for (const expression of expressions) {
      for (const hit of expression === '' ? [] : this.#matching(expression)) hits.set(`${hit.kind} ${hit.id}`, hit)
    }
    return closestFirst([...hits.values()], text, words).slice(0, limit)
  }

  /** By the index of titles: found even where more than enough titles match. */
  #beginning(key: string): SearchHit[] {
    const of = (table: SQL) =>
      this.#db.all<Titled>(sql`select id, title, year from ${table}
        where title_key >= ${key} and title_key < ${`${key}\u{10FFFF}`} order by title_key limit ${CANDIDATES}`)
    return [...of(sql`movies`).map(toMovie), ...of(sql`shows`).map(toShow)]
  }

  #matching(expression: string): SearchHit[] {
    const isMatch = sql`title_search match ${expression}`
    const movies = this.#db.all<Titled>(sql`select m.id, m.title, m.year
      from title_search cross join movies m on m.id = title_search.rowid
      where ${isMatch} and title_search.rowid < (1 << 40) limit ${CANDIDATES}`)
    const shows = this.#db.all<Titled>(sql`select sh.id, sh.title, sh.year
      from title_search cross join shows sh on sh.id = title_search.rowid - (1 << 40)
      where ${isMatch} and title_search.rowid between (1 << 40) and (1 << 41) - 1 limit ${CANDIDATES}`)
    const episodes = this.#db.all<Named>(sql`select e.id, s.show_id as showId, sh.title, sh.year, s.number as season,
        e.number as episode, e.name
      from title_search cross join episodes e on e.id = title_search.rowid - (1 << 41)
      cross join seasons s on s.id = e.season_id cross join shows sh on sh.id = s.show_id
      where ${isMatch} and title_search.rowid >= (1 << 41) limit ${CANDIDATES}`)
    return [...movies.map(toMovie), ...shows.map(toShow), ...episodes.map(toEpisode)]
  }
}

/** Every text as a string of the index's query language; empty when none is long enough for it. */
function expressionOf(texts: readonly string[]): string {
  const strings = texts.flatMap((text) => {
    const letters = Array.from(text).length
    if (letters < 2) return []
    return `"${letters === 2 ? ' ' : ''}${text.replaceAll('"', '""')}"`
  })
  return strings.join(' ')
}

const toMovie = ({ id, title, year }: Titled): SearchHit => ({ kind: 'movie', id: movieId(id), title, year })
const toShow = ({ id, title, year }: Titled): SearchHit => ({ kind: 'show', id: showId(id), title, year })
const toEpisode = ({ id, showId: show, ...hit }: Named): SearchHit => {
  return { kind: 'episode', id: episodeId(id), showId: showId(show), ...hit }
}

/** The text itself, then what begins with it, then what has it at a word's beginning; of those the shorter first. */
function closestFirst(hits: readonly SearchHit[], text: string, words: readonly string[]): SearchHit[] {
  const wanted = folded(text)
  const letters = words.filter((word) => Array.from(word).length === 1).map(folded)
  const ranked = hits.flatMap((hit) => {
    const own = folded(hit.kind === 'episode' ? hit.name : hit.title)
    if (!letters.every((letter) => beginsWord(own, letter))) return []
    return { hit, own, rank: rankOf(own, wanted) + (hit.kind === 'episode' ? 0.5 : 0) }
  })
  ranked.sort((a, b) => a.rank - b.rank || a.own.length - b.own.length || compare(a.own, b.own))
  return ranked.map(({ hit }) => hit)
}

const beginsWord = (text: string, start: string): boolean => text.startsWith(start) || text.includes(` ${start}`)

function rankOf(own: string, wanted: string): number {
  if (own === wanted) return 0
  if (own.startsWith(wanted)) return 1
  return own.includes(` ${wanted}`) ? 2 : 3
}

/** As the index folds: without accents. */
const folded = (text: string): string => titleKey(text.normalize('NFD').replace(/\p{M}/gu, ''))

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
