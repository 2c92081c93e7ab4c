import { eq } from 'drizzle-orm'
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3'
import type { EpisodeMetadata, MovieMetadata, ShowDetails } from '../domain/metadata.ts'
import { episodeMetadata, movieMetadata, showMetadata } from './schema/metadata.ts'

/** Metadata as it was saved, by primary key. */
export class ItemDetails {
  readonly #db: BetterSQLite3Database

  constructor(db: BetterSQLite3Database) {
    this.#db = db
  }

  movie(id: number): MovieMetadata | undefined {
    const { metadata, movieId } = movieMetadata
    const row = this.#db.select({ metadata }).from(movieMetadata).where(eq(movieId, id)).get()
    return row && (JSON.parse(row.metadata) as MovieMetadata)
  }

  show(id: number): ShowDetails | undefined {
    const { metadata, showId } = showMetadata
    const row = this.#db.select({ metadata }).from(showMetadata).where(eq(showId, id)).get()
    return row && (JSON.parse(row.metadata) as ShowDetails)
  }

  episode(id: number): EpisodeMetadata | undefined {
    const { metadata, episodeId } = episodeMetadata
    const row = this.#db.select({ metadata }).from(episodeMetadata).where(eq(episodeId, id)).get()
    return row && (JSON.parse(row.metadata) as EpisodeMetadata)
  }
}
