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
import { checkPage } from './paging.ts'
import { episodes, movies, seasons, shows } from './schema/titles.ts'
import { torrentAssignments, torrentFiles, torrentMetadata, torrents } from './schema/torrents.ts'
import { placedSubtitles } from './subtitles.ts'

type Counts = ReturnType<LibraryQueries['counts']>

/** Torrents as the API shows them, and as the engine opens them. */
export class TorrentQueries implements TorrentCatalog {
  readonly #db: BetterSQLite3Database
  readonly #prepared: ReturnType<typeof prepareFiles>

  constructor(db: BetterSQLite3Database) {
    this.#db = db
    this.#prepared = prepareFiles(db)
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
    const rows = this.#prepared.placed.values({ hash }) as RawPlaced[]
    const subtitles = rows.length === 0 ? undefined : placedSubtitles(this.#db, hash)
    return rows.map((row) => ({
      fileIndex: row[0],
      filePath: row[1],
      sizeBytes: row[2],
      resolution: row[3],
      item: toItem(row),
      subtitles: subtitles?.get(row[0]) ?? [],
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
    const hashes = JSON.stringify([...files.keys()])
    for (const [hash, index, path, sizeBytes, offsetBytes, isPad] of this.#prepared.files.values({
      hashes,
    }) as RawFile[]) {
      files.get(hash)?.push({ index, path, sizeBytes, offsetBytes, isPad: isPad === 1 })
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

type RawFile = [infoHash: string, index: number, path: string, sizeBytes: number, offsetBytes: number, isPad: number]

type RawPlaced = [
  index: number,
  path: string,
  sizeBytes: number,
  resolution: string | null,
  movieId: number | null,
  episodeId: number | null,
  episode: number | null,
  showId: number | null,
  season: number | null,
]

/** Made once, and with values only, as of a torrent with thousands of files: objects by their columns' names take five times as long. */
function prepareFiles(db: BetterSQLite3Database) {
  const { infoHash, fileIndex, filePath, sizeBytes, offsetBytes, isPad } = torrentFiles
  const assigned = torrentAssignments
  const episode = { id: episodes.id, number: episodes.number, showId: seasons.showId, season: seasons.number }
  return {
    files: db
      .select({ infoHash, fileIndex, filePath, sizeBytes, offsetBytes, isPad })
      .from(torrentFiles)
      .where(sql`${infoHash} in (select value from json_each(${sql.placeholder('hashes')}))`)
      .orderBy(infoHash, fileIndex)
      .prepare(),
    placed: db
      .select({
        fileIndex: assigned.fileIndex,
        filePath: assigned.filePath,
        sizeBytes: assigned.sizeBytes,
        resolution: assigned.resolution,
        movie: assigned.movieId,
        episode,
      })
      .from(assigned)
      .leftJoin(episodes, eq(episodes.id, assigned.episodeId))
      .leftJoin(seasons, eq(seasons.id, episodes.seasonId))
      .where(and(eq(assigned.infoHash, sql.placeholder('hash')), eq(assigned.isActive, true)))
      .orderBy(assigned.fileIndex)
      .prepare(),
  }
}

function toItem([, , , , movie, id, number, show, season]: RawPlaced): PlacedFile['item'] {
  if (movie !== null) return { kind: 'movie', id: movieId(movie) }
  if (id === null || number === null || show === null || season === null) {
    throw new AppError('internal', 'an assignment without its item')
  }
  return { kind: 'episode', id: episodeId(id), showId: showId(show), season, episode: number }
}
