import type { Statement } from 'better-sqlite3'
import { AppError } from '../../domain/errors.ts'
import type { ImportSummary } from '../../domain/transfer.ts'
import type { ChangedItems } from '../changed-items.ts'
import type { Client } from '../connection.ts'
import type { VersionGroups } from '../curation/versions.ts'
import { invalid, recordsOf } from './document.ts'
import type { Header, TransferTorrent } from './format.ts'
import { TitledImport } from './titled-import.ts'
import { TorrentImport } from './torrent-import.ts'

/** Stores a document in the caller's transaction; the whole of it was checked before. */
export class Importer {
  readonly #titled: TitledImport
  readonly #torrents: TorrentImport
  readonly #seasonsOf: Statement<[string], number>
  /** Row ids, by the document's. */
  readonly #movieIds: number[] = []
  readonly #showIds: number[] = []
  readonly #counts = { movie: { added: 0, kept: 0 }, show: { added: 0, kept: 0 }, torrent: { added: 0, kept: 0 } }
  readonly #changedMovies = new Set<number>()
  readonly #changedShows = new Set<number>()
  #assignments = 0

  constructor(client: Client) {
    this.#seasonsOf = client
      .prepare<[string], number>('select id from seasons where show_id in (select value from json_each(?))')
      .pluck()
    this.#titled = new TitledImport(client)
    this.#torrents = new TorrentImport(client)
  }

  /** Fails with `internal` when `lines` are others than those that were checked. */
  store(lines: Iterable<string>, header: Header, changed: ChangedItems): ImportSummary {
    for (const { line, record } of recordsOf(lines)) {
      switch (record.kind) {
        case 'movie': {
          const { id, isNew } = this.#titled.movie(record)
          this.#movieIds.push(id)
          this.#count('movie', isNew)
          break
        }
        case 'show': {
          const { id, isNew } = this.#titled.show(record)
          this.#showIds.push(id)
          this.#count('show', isNew)
          break
        }
        case 'torrent':
          this.#torrent(record, line, changed)
      }
    }
    for (const id of this.#changedMovies) changed.movie(id)
    for (const id of this.#changedShows) changed.show(id)
    const { movie: movies, show: shows, torrent: torrents } = this.#counts
    const isSame = [movies, shows, torrents].every((one, i) => {
      return one.added + one.kept === [header.movies, header.shows, header.torrents][i]
    })
    if (!isSame) throw new AppError('internal', 'the document was read twice, and was another one')
    return { movies, shows, torrents, assignments: this.#assignments }
  }

  /** What new torrents brought files to. */
  groups(): VersionGroups {
    const seasons = this.#seasonsOf.all(JSON.stringify([...this.#changedShows]))
    return { movies: this.#changedMovies, seasons: new Set(seasons) }
  }

  #torrent(torrent: TransferTorrent, line: number, changed: ChangedItems): void {
    const isNew = this.#torrents.store(torrent)
    this.#count('torrent', isNew)
    if (!isNew) return
    const rows = torrent.assignments.map((assignment) => {
      const id = 'movie' in assignment ? this.#movieIds[assignment.movie - 1] : this.#showIds[assignment.show - 1]
      if (id === undefined) throw invalid(line, 'assignments: an item that comes later')
      if ('movie' in assignment) this.#changedMovies.add(id)
      else this.#changedShows.add(id)
      return { assignment, id }
    })
    if (!this.#torrents.assign(torrent, rows)) throw invalid(line, 'assignments: an episode that its show has not')
    this.#assignments += rows.length
    changed.unsorted(torrent.info_hash)
    if (torrent.offline.length > 0) changed.offline()
  }

  #count(kind: 'movie' | 'show' | 'torrent', isNew: boolean): void {
    this.#counts[kind][isNew ? 'added' : 'kept']++
  }
}
