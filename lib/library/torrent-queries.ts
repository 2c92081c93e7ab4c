import { and, asc, count, desc, eq, sql } from 'drizzle-orm'
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3'
import { AppError } from '../domain/errors.ts'
import { episodeId, type InfoHash, infoHash, movieId, showId } from '../domain/ids.ts'
import type {
  LibraryQueries,
  Paged,
  PlacedFile,
  StoredTorrentRow,
  TorrentCatalog,
  TorrentPage,
} from '../domain/library.ts'
import type { TorrentFile } from '../domain/piece-layout.ts'
import type { TorrentSource } from '../domain/torrent.ts'
import { isOneOf } from './bulk.ts'
import { checkPage } from './paging.ts'
import { episodes, movies, seasons, shows } from './schema/titles.ts'
import { torrentAssignments, torrentFiles, torrentMetadata, torrents } from './schema/torrents.ts'
import { placedSubtitles } from './subtitles.ts'

type Counts = ReturnType<LibraryQueries['counts']>

/** Torrents as the API shows them, and as the engine opens them. */
export class TorrentQueries implements TorrentCatalog {
  readonly #db: BetterSQLite3Database

  constructor(db: BetterSQLite3Database) {
    this.#db = db
  }

  /** Throws `invalid` for a page that is none. */
  page(page: TorrentPage): Paged<StoredTorrentRow> {
    checkPage(page)
    const { name, addedAtMs, sizeBytes } = torrents
    const column = { name, added: addedAtMs, size: sizeBytes }[page.sort ?? 'name']
    const isDescending = page.isDescending ?? column !== name
    const query = page.query ?? ''
    const filter = query === '' ? undefined : sql`instr(upper(${name}), upper(${query})) > 0`
    const rows = this.#db
      .select()
      .from(torrents)
      .where(filter)
      .orderBy(isDescending ? desc(column) : asc(column), torrents.infoHash)
      .limit(page.limit)
      .offset(page.offset)
      .all()
    const total = this.#db.select({ count: count() }).from(torrents).where(filter).get()
    return { items: this.#withFiles(rows), total: total?.count ?? 0 }
  }

  byHash(hash: InfoHash): StoredTorrentRow | undefined {
    return this.#withFiles(this.#db.select().from(torrents).where(eq(torrents.infoHash, hash)).all())[0]
  }

  placedFiles(hash: InfoHash): PlacedFile[] {
    const { infoHash, fileIndex, filePath, sizeBytes, resolution, movieId: movie, isActive } = torrentAssignments
    const episode = { id: episodes.id, number: episodes.number, showId: seasons.showId, season: seasons.number }
    const rows = this.#db
      .select({ fileIndex, filePath, sizeBytes, resolution, movie, episode })
      .from(torrentAssignments)
      .leftJoin(episodes, eq(episodes.id, torrentAssignments.episodeId))
      .leftJoin(seasons, eq(seasons.id, episodes.seasonId))
      .where(and(eq(infoHash, hash), eq(isActive, true)))
      .orderBy(fileIndex)
      .all()
    const subtitles = rows.length === 0 ? undefined : placedSubtitles(this.#db, hash)
    return rows.map(({ movie, episode, ...file }) => ({
      ...file,
      item: toItem(movie, episode),
      subtitles: subtitles?.get(file.fileIndex) ?? [],
    }))
  }

  source(hash: InfoHash): TorrentSource | undefined {
    const row = this.#db
      .select({ magnetUri: torrents.magnetUri, metadata: torrentMetadata.metadata })
      .from(torrents)
      .innerJoin(torrentMetadata, eq(torrentMetadata.infoHash, torrents.infoHash))
      .where(eq(torrents.infoHash, hash))
      .get()
    if (!row) return undefined
    return { infoHash: hash, metadata: row.metadata, ...(row.magnetUri !== null && { magnetUri: row.magnetUri }) }
  }

  states(): { readonly infoHash: InfoHash; readonly isPaused: boolean }[] {
    const rows = this.#db.select({ infoHash: torrents.infoHash, isPaused: torrents.isPaused }).from(torrents).all()
    return rows.map((row) => ({ infoHash: infoHash(row.infoHash), isPaused: row.isPaused }))
  }

  /** Fails with `not_found`. */
  setPaused(hash: InfoHash, isPaused: boolean): void {
    const updated = this.#db.update(torrents).set({ isPaused }).where(eq(torrents.infoHash, hash)).run()
    if (updated.changes === 0) throw new AppError('not_found', `no torrent ${hash}`)
  }

  counts(): Counts {
    const of = (table: typeof movies | typeof shows | typeof episodes | typeof torrents) =>
      sql<number>`(select count(*) from ${table})`
    const counts = { movies: of(movies), shows: of(shows), episodes: of(episodes), torrents: of(torrents) }
    return this.#db.select(counts).from(sql`(select 1)`).get() ?? { movies: 0, shows: 0, episodes: 0, torrents: 0 }
  }

  #withFiles(rows: readonly (typeof torrents.$inferSelect)[]): StoredTorrentRow[] {
    const files = new Map(rows.map((row) => [row.infoHash, [] as TorrentFile[]]))
    const fileRows = this.#db
      .select()
      .from(torrentFiles)
      .where(isOneOf(torrentFiles.infoHash, files.keys()))
      .orderBy(torrentFiles.infoHash, torrentFiles.fileIndex)
      .all()
    for (const { infoHash, fileIndex, filePath, sizeBytes, offsetBytes, isPad } of fileRows) {
      files.get(infoHash)?.push({ index: fileIndex, path: filePath, sizeBytes, offsetBytes, isPad })
    }
    return rows.map((row) => ({
      infoHash: infoHash(row.infoHash),
      name: row.name,
      magnetUri: row.magnetUri,
      sizeBytes: row.sizeBytes,
      addedAtMs: row.addedAtMs,
      isPaused: row.isPaused,
      files: files.get(row.infoHash) ?? [],
    }))
  }
}

interface EpisodeColumns {
  readonly id: number | null
  readonly number: number | null
  readonly showId: number | null
  readonly season: number | null
}

function toItem(movie: number | null, episode: EpisodeColumns): PlacedFile['item'] {
  if (movie !== null) return { kind: 'movie', id: movieId(movie) }
  const { id, number, showId: show, season } = episode
  if (id === null || number === null || show === null || season === null) {
    throw new AppError('internal', 'an assignment without its item')
  }
  return { kind: 'episode', id: episodeId(id), showId: showId(show), season, episode: number }
}
