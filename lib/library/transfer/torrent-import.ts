import type { Statement } from 'better-sqlite3'
import type { Client } from '../connection.ts'
import { offlineKey } from '../curation/offline-files.ts'
import type { TransferAssignment, TransferTorrent } from './format.ts'

/** Rows as JSON, for a statement that reads them by `json_each`. */
type Rows = Statement<{ readonly hash: string; readonly rows: string }>

/** `id` is the row id of the movie or show. */
export interface ImportedAssignment {
  readonly assignment: TransferAssignment
  readonly id: number
}

/** Torrents of a document with all that belongs to their files. */
export class TorrentImport {
  readonly #torrent: Statement<unknown[]>
  readonly #metadata: Statement<[string, Buffer]>
  readonly #files: Rows
  readonly #assignments: Rows
  readonly #subtitles: Rows
  readonly #offline: Rows
  readonly #watched: Rows

  constructor(client: Client) {
    const prepare = (sql: string): Rows => client.prepare(sql)
    this.#torrent = client.prepare(`
      insert into torrents (info_hash, name, magnet_uri, size, is_private, is_paused, added_at)
      values (?, ?, ?, ?, ?, ?, ?) on conflict do nothing`)
    this.#metadata = client.prepare('insert into torrent_metadata (info_hash, metadata) values (?, ?)')
    this.#files = prepare(`
      insert into torrent_files (info_hash, file_index, file_path, size, offset, is_pad)
      select @hash, value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4 from json_each(@rows)`)
    this.#assignments = prepare(`
      insert into torrent_assignments (info_hash, file_index, item_type, item_id, last_episode_number, file_path, size,
        resolution, source, is_active, is_chosen, trashed_at, is_purged, assigned_at)
      select @hash, f.file_index, iif(value ->> 1 is null, 'episode', 'movie'), coalesce(value ->> 1, e.id), value ->> 5,
        f.file_path, f.size, value ->> 6, value ->> 7, value ->> 8, value ->> 9, value ->> 10, value ->> 11, value ->> 12
      from json_each(@rows)
      cross join torrent_files f on f.info_hash = @hash and f.file_index = value ->> 0
      left join seasons s on s.show_id = value ->> 2 and s.number = value ->> 3
      left join episodes e on e.season_id = s.id and e.number = value ->> 4
      where value ->> 1 is not null or e.id is not null`)
    this.#subtitles = prepare(`
      insert into torrent_subtitles (info_hash, file_index, video_index, language, is_forced, is_hearing_impaired,
        is_commentary)
      select @hash, value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5 from json_each(@rows)`)
    this.#offline = prepare(`
      insert into offline_files (info_hash, file_index, path, path_key, added_at)
      select @hash, value ->> 0, value ->> 1, value ->> 2, value ->> 3 from json_each(@rows)
      where true on conflict do nothing`)
    this.#watched = prepare(`
      insert into watch_positions (info_hash, file_index, position, size, watched_at, is_finished)
      select @hash, value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4 from json_each(@rows)`)
  }

  /** False when it is there: then nothing is changed. */
  store(torrent: TransferTorrent): boolean {
    const { info_hash: hash, name, magnet_uri, size, is_private, is_paused, added_at_ms } = torrent
    const stored = this.#torrent.run(hash, name, magnet_uri, size, Number(is_private), Number(is_paused), added_at_ms)
    if (stored.changes === 0) return false
    this.#metadata.run(hash, Buffer.from(torrent.metadata, 'base64'))
    let offsetBytes = 0
    const files = torrent.files.map((file, index) => {
      const row = [index, file.path, file.size, offsetBytes, file.is_pad]
      offsetBytes += file.size
      return row
    })
    this.#insert(this.#files, hash, files)
    return true
  }

  /** False when a show lacks an episode of them. */
  assign(torrent: TransferTorrent, assignments: readonly ImportedAssignment[]): boolean {
    const { info_hash: hash, subtitles, offline, watched } = torrent
    if (this.#insert(this.#assignments, hash, assignments.map(assignmentRow)) < assignments.length) return false
    const traits = subtitles.map((one) => [
      one.file,
      one.video,
      one.language,
      one.is_forced,
      one.is_hearing_impaired,
      one.is_commentary,
    ])
    this.#insert(this.#subtitles, hash, traits)
    const paths = offline.map(({ file, path, added_at_ms }) => [file, path, offlineKey(path), added_at_ms])
    this.#insert(this.#offline, hash, paths)
    const positions = watched.map((one) => [one.file, one.position, one.size, one.watched_at_ms, one.is_finished])
    this.#insert(this.#watched, hash, positions)
    return true
  }

  #insert(statement: Rows, hash: string, rows: readonly unknown[]): number {
    return rows.length === 0 ? 0 : statement.run({ hash, rows: JSON.stringify(rows) }).changes
  }
}

function assignmentRow({ assignment, id }: ImportedAssignment): unknown[] {
  const { file, resolution, source, is_active, is_chosen, trashed_at_ms, is_purged, assigned_at_ms } = assignment
  const place =
    'movie' in assignment
      ? [id, null, null, null, null]
      : [null, id, assignment.season, assignment.episode, assignment.last_episode]
  return [file, ...place, resolution, source, is_active, is_chosen, trashed_at_ms, is_purged, assigned_at_ms]
}
