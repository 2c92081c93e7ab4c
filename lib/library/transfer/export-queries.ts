import type { Client } from '../connection.ts'
import type { Header, TransferAssignment, TransferMovie, TransferShow, TransferTorrent } from './format.ts'

interface TitledRow extends Omit<TransferMovie, 'kind' | 'id'> {
  readonly rowId: number
}

interface EpisodeRow {
  readonly season: number
  readonly number: number | null
  readonly name: string | null
  readonly air_date: string | null
}

interface TorrentRow extends Pick<TransferTorrent, 'info_hash' | 'name' | 'magnet_uri' | 'size' | 'added_at_ms'> {
  readonly is_private: number
  readonly is_paused: number
  readonly metadata: Buffer
}

interface AssignmentRow
  extends Pick<TransferAssignment, 'file' | 'resolution' | 'source' | 'trashed_at_ms' | 'assigned_at_ms'> {
  readonly is_active: number
  readonly is_chosen: number
  readonly is_purged: number
  readonly movie: number | null
  readonly show: number
  readonly season: number
  readonly episode: number
  readonly last_episode: number
}

const TITLED = `id as rowId, title, year, tmdb_id, given_title_key as given_title, given_year, added_at as added_at_ms`

/** The records of a document, read one by one from a connection that has a transaction open. */
export class ExportQueries {
  readonly #client: Client
  /** Positions in the document, by row id: documents of equal libraries are equal, whatever their row ids. */
  readonly #movieIds = new Map<number, number>()
  readonly #showIds = new Map<number, number>()

  constructor(client: Client) {
    this.#client = client
  }

  counts(): Pick<Header, 'movies' | 'shows' | 'torrents'> {
    const row = this.#client
      .prepare<[], Pick<Header, 'movies' | 'shows' | 'torrents'>>(
        `select (select count(*) from movies) as movies, (select count(*) from shows) as shows,
          (select count(*) from torrents) as torrents`,
      )
      .get()
    return row ?? { movies: 0, shows: 0, torrents: 0 }
  }

  *movies(): Generator<TransferMovie, void> {
    for (const { rowId, ...movie } of this.#titled('movies')) {
      const id = this.#movieIds.size + 1
      this.#movieIds.set(rowId, id)
      yield { kind: 'movie', id, ...movie }
    }
  }

  *shows(): Generator<TransferShow, void> {
    const episodes = this.#client.prepare<[number], EpisodeRow>(`
      select s.number as season, e.number, e.name, e.air_date
      from seasons s left join episodes e on e.season_id = s.id
      where s.show_id = ? order by s.number, e.number`)
    for (const { rowId, ...show } of this.#titled('shows')) {
      const id = this.#showIds.size + 1
      this.#showIds.set(rowId, id)
      const seasons = new Map<number, TransferShow['seasons'][number]['episodes']>()
      for (const { season, number, name, air_date } of episodes.all(rowId)) {
        const list = seasons.get(season) ?? []
        seasons.set(season, list)
        if (number !== null) list.push({ number, name, air_date })
      }
      const list = Array.from(seasons, ([number, all]) => ({ number, episodes: all }))
      yield { kind: 'show', id, ...show, seasons: list }
    }
  }

  /** After movies and shows. */
  *torrents(): Generator<TransferTorrent, void> {
    const hashes = this.#client.prepare<[], string>('select info_hash from torrents order by info_hash').pluck().all()
    const torrents = this.#client.prepare<[string], TorrentRow>(`
      select t.info_hash, t.name, t.magnet_uri, m.metadata, t.size, t.is_private, t.is_paused, t.added_at as added_at_ms
      from torrents t join torrent_metadata m on m.info_hash = t.info_hash where t.info_hash = ?`)
    const parts = this.#torrentParts()
    for (const hash of hashes) {
      const row = torrents.get(hash)
      if (!row) continue
      const { metadata, is_private, is_paused, ...torrent } = row
      yield {
        kind: 'torrent',
        ...torrent,
        metadata: metadata.toString('base64'),
        is_private: is_private === 1,
        is_paused: is_paused === 1,
        ...parts(hash),
      }
    }
  }

  #titled(table: 'movies' | 'shows'): TitledRow[] {
    return this.#client.prepare<[], TitledRow>(`select ${TITLED} from ${table} order by id`).all()
  }

  #torrentParts(): (
    hash: string,
  ) => Pick<TransferTorrent, 'files' | 'assignments' | 'subtitles' | 'offline' | 'watched'> {
    type Flags<T, Flag extends keyof T> = Omit<T, Flag> & Record<Flag, number>
    type Subtitle = TransferTorrent['subtitles'][number]
    const of = <T>(sql: string) => this.#client.prepare<[string], T>(sql)
    const files = of<Flags<TransferTorrent['files'][number], 'is_pad'>>(
      `select file_path as path, size, is_pad from torrent_files where info_hash = ? order by file_index`,
    )
    const assignments = of<AssignmentRow>(`
      select a.file_index as file, a.movie_id as movie, s.show_id as show, s.number as season, e.number as episode,
        a.last_episode_number as last_episode, a.resolution, a.source, a.is_active, a.is_chosen,
        a.trashed_at as trashed_at_ms, a.is_purged, a.assigned_at as assigned_at_ms
      from torrent_assignments a
      left join episodes e on e.id = a.episode_id
      left join seasons s on s.id = e.season_id
      where a.info_hash = ? order by a.file_index`)
    const subtitles = of<Flags<Subtitle, 'is_forced' | 'is_hearing_impaired' | 'is_commentary'>>(`
      select file_index as file, video_index as video, language, is_forced, is_hearing_impaired, is_commentary
      from torrent_subtitles where info_hash = ? order by file_index`)
    const offline = of<TransferTorrent['offline'][number]>(`
      select file_index as file, path, added_at as added_at_ms from offline_files where info_hash = ? order by path_key`)
    const watched = of<Flags<TransferTorrent['watched'][number], 'is_finished'>>(`
      select file_index as file, position, size, watched_at as watched_at_ms, is_finished
      from watch_positions where info_hash = ? order by file_index`)
    return (hash) => ({
      files: files.all(hash).map((file) => ({ ...file, is_pad: file.is_pad === 1 })),
      assignments: assignments.all(hash).map((row) => this.#assignment(row)),
      subtitles: subtitles.all(hash).map((subtitle) => ({
        ...subtitle,
        is_forced: subtitle.is_forced === 1,
        is_hearing_impaired: subtitle.is_hearing_impaired === 1,
        is_commentary: subtitle.is_commentary === 1,
      })),
      offline: offline.all(hash),
      watched: watched.all(hash).map((position) => ({ ...position, is_finished: position.is_finished === 1 })),
    })
  }

  #assignment({ movie, show, season, episode, last_episode, ...row }: AssignmentRow): TransferAssignment {
    const flags = { is_active: row.is_active === 1, is_chosen: row.is_chosen === 1, is_purged: row.is_purged === 1 }
    if (movie !== null) return { ...row, ...flags, movie: this.#movieIds.get(movie) ?? 0 }
    return { ...row, ...flags, show: this.#showIds.get(show) ?? 0, season, episode, last_episode }
  }
}
