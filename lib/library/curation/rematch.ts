import { eq, sql } from 'drizzle-orm'
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3'
import type { ItemReference } from '../../domain/curation.ts'
import { AppError } from '../../domain/errors.ts'
import { isOneOf } from '../bulk.ts'
import type { ChangedItems } from '../changed-items.ts'
import { episodeMetadata, movieMetadata, showMetadata } from '../schema/metadata.ts'
import { sidecars, storedSubtitles } from '../schema/sidecars.ts'
import { episodes, movies, seasons, shows } from '../schema/titles.ts'
import { torrentAssignments } from '../schema/torrents.ts'
import { cleanTitle, titleKey } from '../title-key.ts'
import { checkTmdbId, checkYear, notHeld, type TitledTable } from '../titled.ts'
import { episodesWithFiles, mergeEpisodes } from './merge-episodes.ts'
import { completeReference, findReference } from './references.ts'
import type { Versions } from './versions.ts'

/** An item turns out to be another one: `LibraryCuration`'s part, within the caller's transaction. */
export class Rematch {
  readonly #db: BetterSQLite3Database
  readonly #versions: Versions

  constructor(db: BetterSQLite3Database, versions: Versions) {
    this.#db = db
    this.#versions = versions
  }

  /** The id of the movie that has the files then. */
  movie(id: number, to: ItemReference<number>, changed: ChangedItems): number {
    changed.movie(id)
    const into = this.#targetOf(movies, id, to)
    if (into === id) {
      if (this.#rename(movies, id, to)) {
        this.#db.delete(movieMetadata).where(eq(movieMetadata.movieId, id)).run()
        this.#db.delete(sidecars).where(eq(sidecars.movieId, id)).run()
      }
      return id
    }
    const { movieId } = torrentAssignments
    this.#db.update(torrentAssignments).set({ itemId: into }).where(eq(movieId, id)).run()
    this.#db.update(storedSubtitles).set({ movieId: into }).where(eq(storedSubtitles.movieId, id)).run()
    this.#absorb(movies, id, into, to)
    this.#versions.settle({ movies: new Set([into]), seasons: new Set() }, changed)
    changed.movie(into)
    return into
  }

  /** As `movie`. */
  show(id: number, to: ItemReference<number>, changed: ChangedItems): number {
    changed.show(id)
    const into = this.#targetOf(shows, id, to)
    if (into === id) {
      if (this.#rename(shows, id, to)) this.#forgetShow(id)
      return id
    }
    const seasonIds = mergeEpisodes(this.#db, id, into, !this.#isOfProvider(id))
    this.#absorb(shows, id, into, to)
    this.#versions.settle({ movies: new Set(), seasons: seasonIds }, changed)
    changed.show(into)
    return into
  }

  /** `id` itself when the library holds no other item that is meant. */
  #targetOf(table: TitledTable, id: number, to: ItemReference<number>): number {
    if (!this.#db.select({ id: table.id }).from(table).where(eq(table.id, id)).get()) throw notHeld(table, id)
    return findReference(this.#db, table, to, id) ?? id
  }

  #isOfProvider(showId: number): boolean {
    const show = this.#db.select({ tmdbId: shows.tmdbId }).from(shows).where(eq(shows.id, showId)).get()
    return show !== undefined && show.tmdbId !== null
  }

  /** Whether what a provider said of it was said of another. */
  #rename(table: TitledTable, id: number, to: ItemReference<number>): boolean {
    const due = { metadataDueAtMs: 0, metadataAttempts: 0 }
    if ('id' in to) {
      this.#db.update(table).set(due).where(eq(table.id, id)).run()
      return false
    }
    const held = this.#db.select().from(table).where(eq(table.id, id)).get()
    if (!held) throw notHeld(table, id)
    const { year } = to
    checkYear(year)
    checkTmdbId(to.tmdbId)
    const title = cleanTitle(to.title)
    const key = titleKey(title)
    const isSameName = key === held.titleKey && year === held.year
    const tmdbId = to.tmdbId ?? (isSameName ? held.tmdbId : null)
    this.#db
      .update(table)
      .set({ title, titleKey: key, year, tmdbId, ...givenName(held, key, year), ...due })
      .where(eq(table.id, id))
      .run()
    return held.tmdbId !== null && held.tmdbId !== tmdbId
  }

  /** `from` is gone; `into` stays what it is, and takes what it does not know. */
  #absorb(table: TitledTable, from: number, into: number, to: ItemReference<number>): void {
    const held = this.#db.select().from(table).where(eq(table.id, from)).get()
    const other = this.#db.select().from(table).where(eq(table.id, into)).get()
    if (!held || !other) throw new AppError('internal', 'an item that is merged is not there')
    this.#db.delete(table).where(eq(table.id, from)).run()
    completeReference(this.#db, table, into, to)
    const given = other.givenTitleKey === null ? givenName(held, other.titleKey, other.year) : {}
    this.#db
      .update(table)
      .set({ ...given, metadataDueAtMs: 0, metadataAttempts: 0 })
      .where(eq(table.id, into))
      .run()
  }

  /** Names, dates, and episodes and seasons without files, that came from a provider, and what was made of them. */
  #forgetShow(id: number): void {
    const all = this.#db
      .select({ id: episodes.id })
      .from(seasons)
      .innerJoin(episodes, eq(episodes.seasonId, seasons.id))
      .where(eq(seasons.showId, id))
      .all()
    const kept = episodesWithFiles(this.#db, id)
    const left = all.filter((episode) => !kept.has(episode.id)).map((episode) => episode.id)
    this.#db.delete(episodes).where(isOneOf(episodes.id, left)).run()
    this.#db.run(sql`
      delete from seasons where show_id = ${id} and not exists (select 1 from episodes e where e.season_id = seasons.id)`)
    this.#db.update(episodes).set({ name: null, airDate: null }).where(isOneOf(episodes.id, kept)).run()
    this.#db.delete(episodeMetadata).where(isOneOf(episodeMetadata.episodeId, kept)).run()
    this.#db.delete(sidecars).where(isOneOf(sidecars.episodeId, kept)).run()
    this.#db.delete(sidecars).where(eq(sidecars.showId, id)).run()
    this.#db.delete(showMetadata).where(eq(showMetadata.showId, id)).run()
  }
}

interface Named {
  readonly titleKey: string
  readonly year: number | null
  readonly givenTitleKey: string | null
  readonly givenYear: number | null
}

/**
 * What files called the item stays known, as long as that may be another name of it: a title that differs in both title
 * and year was a mistake, and the next file of that title is of something else.
 */
function givenName(held: Named, key: string, year: number | null): Pick<Named, 'givenTitleKey' | 'givenYear'> {
  const isGiven = held.givenTitleKey !== null
  const givenTitleKey = held.givenTitleKey ?? held.titleKey
  const givenYear = isGiven ? held.givenYear : held.year
  const isOtherName = givenTitleKey === key || givenYear === null || year === null || givenYear === year
  return isOtherName ? { givenTitleKey, givenYear } : { givenTitleKey: null, givenYear: null }
}
