import type { Statement } from 'better-sqlite3'
import { AppError } from '../../domain/errors.ts'
import type { ImportSummary } from '../../domain/transfer.ts'
import type { ChangedItems } from '../changed-items.ts'
import type { Client } from '../connection.ts'
import type { Versions } from '../curation/versions.ts'
import { type NumberedRecord, recordsOf } from './document.ts'
import type { Header, TransferTorrent } from './format.ts'
import { TitledImport } from './titled-import.ts'
import { TorrentImport } from './torrent-import.ts'

/** What the torrents of one part brought files to. */
interface Touched {
  readonly movies: Set<number>
  readonly shows: Set<number>
}

/** Stores a document that was checked, in parts: each within a transaction of the caller's. */
export class Importer {
  readonly #records: Generator<NumberedRecord, void>
  readonly #header: Header
  readonly #versions: Versions
  readonly #titled: TitledImport
  readonly #torrents: TorrentImport
  readonly #seasonsOf: Statement<[string], number>
  /** Row ids, by the document's. */
  readonly #movieIds: number[] = []
  readonly #showIds: number[] = []
  readonly #counts = { movie: { added: 0, kept: 0 }, show: { added: 0, kept: 0 }, torrent: { added: 0, kept: 0 } }
  #assignments = 0

  constructor(client: Client, versions: Versions, lines: Iterable<string>, header: Header) {
    this.#records = recordsOf(lines)
    this.#header = header
    this.#versions = versions
    this.#seasonsOf = client
      .prepare<[string], number>('select id from seasons where show_id in (select value from json_each(?))')
      .pluck()
    this.#titled = new TitledImport(client)
    this.#torrents = new TorrentImport(client)
  }

  /**
   * Stores records as long as `hasTime`, one at least; what they bring is settled by the policy then. Returns what was done
   * when there are none left. Fails with `internal` when `lines` are others than those that were checked, with `conflict`
   * when somebody deleted meanwhile what they need.
   */
  store(hasTime: () => boolean, changed: ChangedItems): ImportSummary | undefined {
    const touched: Touched = { movies: new Set(), shows: new Set() }
    let isDone = false
    do {
      const step = this.#records.next()
      if (step.done) isDone = true
      else this.#store(step.value, touched, changed)
    } while (!isDone && hasTime())
    for (const id of touched.movies) changed.movie(id)
    for (const id of touched.shows) changed.show(id)
    this.#versions.settleAdded(() => {
      return { movies: touched.movies, seasons: new Set(this.#seasonsOf.all(JSON.stringify([...touched.shows]))) }
    }, changed)
    return isDone ? this.#summary() : undefined
  }

  /** Lets the lines go. Idempotent. */
  close(): void {
    this.#records.return()
  }

  #summary(): ImportSummary {
    const { movie: movies, show: shows, torrent: torrents } = this.#counts
    const { movies: movieCount, shows: showCount, torrents: torrentCount } = this.#header
    const isSame = [movies, shows, torrents].every((one, i) => {
      return one.added + one.kept === [movieCount, showCount, torrentCount][i]
    })
    if (!isSame) throw new AppError('internal', 'the document was read twice, and was another one')
    return { movies, shows, torrents, assignments: this.#assignments }
  }

  #store({ record }: NumberedRecord, touched: Touched, changed: ChangedItems): void {
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
        this.#torrent(record, touched, changed)
    }
  }

  #torrent(torrent: TransferTorrent, touched: Touched, changed: ChangedItems): void {
    const isNew = this.#torrents.store(torrent)
    this.#count('torrent', isNew)
    if (!isNew) return
    const rows = torrent.assignments.map((assignment) => {
      const id = 'movie' in assignment ? this.#movieIds[assignment.movie - 1] : this.#showIds[assignment.show - 1]
      if (id === undefined) throw new AppError('internal', 'an item of the document that was not stored')
      if ('movie' in assignment) touched.movies.add(id)
      else touched.shows.add(id)
      return { assignment, id }
    })
    if (!this.#torrents.assign(torrent, rows)) {
      throw new AppError('conflict', `items of ${torrent.name} were deleted during the import: import it again`)
    }
    this.#assignments += rows.length
    changed.unsorted(torrent.info_hash)
    if (torrent.offline.length > 0) changed.offline()
  }

  #count(kind: 'movie' | 'show' | 'torrent', isNew: boolean): void {
    this.#counts[kind][isNew ? 'added' : 'kept']++
  }
}
