import { and, asc, between, eq, sql } from 'drizzle-orm'
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3'
import type { EpisodeMetadata, StreamDetails } from '../../domain/metadata.ts'
import type { SidecarOwner, SidecarSubject } from '../../domain/sidecars.ts'
import type { ItemDetails } from '../item-details.ts'
import { containers } from '../schema/files.ts'
import { episodeMetadata } from '../schema/metadata.ts'
import { episodes, seasons, shows } from '../schema/titles.ts'
import { torrentAssignments } from '../schema/torrents.ts'

/** What sidecars are made of. */
export class SidecarSubjects {
  readonly #db: BetterSQLite3Database
  readonly #details: ItemDetails

  constructor(db: BetterSQLite3Database, details: ItemDetails) {
    this.#db = db
    this.#details = details
  }

  /** Undefined when the item left, or no metadata was saved of it. */
  of(owner: SidecarOwner): SidecarSubject | undefined {
    if (owner.kind === 'movie') {
      const metadata = this.#details.movie(owner.id)
      return metadata && { kind: 'movie', metadata, streams: this.#firstFile('movie', owner.id)?.streams ?? null }
    }
    if (owner.kind === 'episode') return this.#episode(owner.id)
    const details = this.#details.show(owner.id)
    if (!details) return undefined
    const { seasons, ...metadata } = details
    return { kind: 'show', metadata, seasons }
  }

  #episode(id: number): SidecarSubject | undefined {
    const place = this.#db
      .select({ showTitle: shows.title, seasonId: seasons.id, season: seasons.number, number: episodes.number })
      .from(episodes)
      .innerJoin(seasons, eq(seasons.id, episodes.seasonId))
      .innerJoin(shows, eq(shows.id, seasons.showId))
      .where(eq(episodes.id, id))
      .get()
    if (!place) return undefined
    const file = this.#firstFile('episode', id)
    const { showTitle, seasonId, season, number } = place
    const rows = this.#db
      .select({ id: episodes.id, metadata: episodeMetadata.metadata })
      .from(episodes)
      .innerJoin(episodeMetadata, eq(episodeMetadata.episodeId, episodes.id))
      .where(and(eq(episodes.seasonId, seasonId), between(episodes.number, number, file?.lastEpisode ?? number)))
      .orderBy(asc(episodes.number))
      .all()
    if (rows[0]?.id !== id) return undefined
    const known = rows.map(({ metadata }) => ({ season, metadata: JSON.parse(metadata) as EpisodeMetadata }))
    return { kind: 'episode', showTitle, episodes: known, streams: file?.streams ?? null }
  }

  /** Of the files that show the one that came first. */
  #firstFile(itemType: 'movie' | 'episode', itemId: number) {
    const a = torrentAssignments
    const row = this.#db
      .select({ lastEpisode: a.lastEpisodeNumber, streams: containers.streams })
      .from(a)
      .leftJoin(containers, and(eq(containers.infoHash, a.infoHash), eq(containers.fileIndex, a.fileIndex)))
      .where(and(eq(a.itemType, itemType), eq(a.itemId, itemId), sql`${a.isActive} = 1`))
      .orderBy(asc(a.assignedAtMs), asc(a.infoHash), asc(a.fileIndex))
      .get()
    const streams = row?.streams ? (JSON.parse(row.streams) as StreamDetails) : null
    return row && { lastEpisode: row.lastEpisode, streams }
  }
}
