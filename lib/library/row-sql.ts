import { type InfoHash, infoHash, movieId, showId } from '../domain/ids.ts'
import type { LibraryRow } from '../domain/library.ts'

/** A row of both statements, in the order of their columns. */
export type RawRow = RawFile | RawSubtitle<'subtitle of movie'> | RawSubtitle<'subtitle of episode'>

type RawFile = [
  kind: 'movie' | 'episode' | 'unsorted',
  infoHash: string,
  fileIndex: number,
  filePath: string,
  sizeBytes: number,
  /** When it was assigned, or its torrent added. */
  atMs: number,
  resolution: string | null,
  source: string | null,
  itemId: number,
  /** Of the movie, the show or the torrent. */
  title: string,
  year: number | null,
  tmdbId: number | null,
  season: number,
  episode: number,
  lastEpisode: number,
  name: string | null,
]

/** Fewer columns than a file's: the rest is null. */
type RawSubtitle<Kind extends string> = [
  kind: Kind,
  infoHash: string,
  fileIndex: number,
  filePath: string,
  sizeBytes: number,
  /** When its video was assigned. */
  atMs: number,
  /** Of the movie or the show. */
  itemId: number,
  videoIndex: number,
  language: string | null,
  isForced: number,
  isHearingImpaired: number,
  isCommentary: number,
]

const SUBTITLE_COLUMNS = `f.info_hash, f.file_index, f.file_path, f.size, a.assigned_at`
const SUBTITLE_TRAITS = `u.video_index, u.language, u.is_forced, u.is_hearing_impaired, u.is_commentary,
  null, null, null, null`

/** Of a file without an active assignment of its own: not the subtitle of one that has. */
const IS_NO_SUBTITLE = `not exists (select 1 from torrent_subtitles u
  cross join torrent_assignments v on v.info_hash = u.info_hash and v.file_index = u.video_index and v.is_active = 1
  where u.info_hash = f.info_hash and u.file_index = f.file_index)`

/**
 * Every shown file once. It walks the torrents' files and looks up what each of them is assigned to, then the subtitles
 * and what their videos are assigned to, all by primary key: nearly each step yields a row, so that no step is long, and
 * nothing is sorted or gathered first. The cross joins fix that order.
 */
export const ALL_ROWS_SQL = `
select coalesce(a.item_type, 'unsorted'), f.info_hash, f.file_index, f.file_path, f.size,
  coalesce(a.assigned_at, t.added_at), a.resolution, a.source,
  coalesce(m.id, sh.id), coalesce(m.title, sh.title, t.name), coalesce(m.year, sh.year), coalesce(m.tmdb_id, sh.tmdb_id),
  s.number, e.number, a.last_episode_number, e.name
from torrents t
cross join torrent_files f on f.info_hash = t.info_hash
left join torrent_assignments a on a.info_hash = f.info_hash and a.file_index = f.file_index and a.is_active = 1
left join movies m on m.id = a.movie_id
left join episodes e on e.id = a.episode_id
left join seasons s on s.id = e.season_id
left join shows sh on sh.id = s.show_id
where f.is_pad = 0 and (a.info_hash is not null or ${IS_NO_SUBTITLE})
union all
select 'subtitle of ' || a.item_type, ${SUBTITLE_COLUMNS}, coalesce(a.movie_id, s.show_id), ${SUBTITLE_TRAITS}
from torrent_subtitles u
cross join torrent_assignments a on a.info_hash = u.info_hash and a.file_index = u.video_index and a.is_active = 1
cross join torrent_files f on f.info_hash = u.info_hash and f.file_index = u.file_index
left join episodes e on e.id = a.episode_id
left join seasons s on s.id = e.season_id`

const MOVIE_FILES = `
from json_each(@movies) item
cross join movies m on m.id = item.value
cross join torrent_assignments a on a.item_type = 'movie' and a.item_id = m.id and a.is_active = 1`

const SHOW_FILES = `
from json_each(@shows) item
cross join shows sh on sh.id = item.value
cross join seasons s on s.show_id = sh.id
cross join episodes e on e.season_id = s.id
cross join torrent_assignments a on a.item_type = 'episode' and a.item_id = e.id and a.is_active = 1`

const SUBTITLES_OF_FILES = `
cross join torrent_subtitles u on u.info_hash = a.info_hash and u.video_index = a.file_index
cross join torrent_files f on f.info_hash = u.info_hash and f.file_index = u.file_index`

/** The same rows, found from the items: JSON arrays of movie ids, of show ids, and of the info-hashes of unsorted files. */
export const ITEM_ROWS_SQL = `
select 'movie', a.info_hash, a.file_index, a.file_path, a.size, a.assigned_at, a.resolution, a.source,
  m.id, m.title, m.year, m.tmdb_id, null, null, null, null
${MOVIE_FILES}
union all
select 'episode', a.info_hash, a.file_index, a.file_path, a.size, a.assigned_at, a.resolution, a.source,
  sh.id, sh.title, sh.year, sh.tmdb_id, s.number, e.number, a.last_episode_number, e.name
${SHOW_FILES}
union all
select 'subtitle of movie', ${SUBTITLE_COLUMNS}, m.id, ${SUBTITLE_TRAITS} ${MOVIE_FILES} ${SUBTITLES_OF_FILES}
union all
select 'subtitle of episode', ${SUBTITLE_COLUMNS}, sh.id, ${SUBTITLE_TRAITS} ${SHOW_FILES} ${SUBTITLES_OF_FILES}
union all
select 'unsorted', f.info_hash, f.file_index, f.file_path, f.size, t.added_at, null, null,
  null, t.name, null, null, null, null, null, null
from json_each(@unsorted) item
cross join torrents t on t.info_hash = item.value
cross join torrent_files f on f.info_hash = t.info_hash
left join torrent_assignments a on a.info_hash = f.info_hash and a.file_index = f.file_index and a.is_active = 1
where f.is_pad = 0 and a.info_hash is null and ${IS_NO_SUBTITLE}`

/** What `ITEM_ROWS_SQL` is asked for. */
export interface ItemKeys {
  readonly movies: string
  readonly shows: string
  readonly unsorted: string
}

/** Raw rows of one read to library rows, every id checked. Rows that follow each other share their repeated strings. */
export class RowMapper {
  #infoHash = '' as InfoHash
  #title = ''

  row(raw: RawRow): LibraryRow {
    if (raw[1] !== this.#infoHash) this.#infoHash = infoHash(raw[1])
    return raw[0] === 'subtitle of movie' || raw[0] === 'subtitle of episode' ? this.#subtitle(raw) : this.#file(raw)
  }

  #subtitle(raw: Exclude<RawRow, RawFile>): LibraryRow {
    const [kind, , fileIndex, filePath, sizeBytes, assignedAtMs, itemId, videoIndex, language] = raw
    return {
      kind: 'subtitle',
      item:
        kind === 'subtitle of movie' ? { kind: 'movie', id: movieId(itemId) } : { kind: 'show', id: showId(itemId) },
      infoHash: this.#infoHash,
      fileIndex,
      filePath,
      sizeBytes,
      assignedAtMs,
      videoIndex,
      language,
      isForced: raw[9] === 1,
      isHearingImpaired: raw[10] === 1,
      isCommentary: raw[11] === 1,
    }
  }

  #file(raw: RawFile): LibraryRow {
    const [kind, , fileIndex, filePath, sizeBytes, atMs, resolution, source, itemId, title, year, tmdbId] = raw
    if (title !== this.#title) this.#title = title
    switch (kind) {
      case 'movie':
        return {
          kind,
          infoHash: this.#infoHash,
          fileIndex,
          filePath,
          sizeBytes,
          assignedAtMs: atMs,
          resolution,
          source,
          movieId: movieId(itemId),
          title: this.#title,
          year,
          tmdbId,
        }
      case 'episode':
        return {
          kind,
          infoHash: this.#infoHash,
          fileIndex,
          filePath,
          sizeBytes,
          assignedAtMs: atMs,
          resolution,
          source,
          showId: showId(itemId),
          title: this.#title,
          year,
          tmdbId,
          season: raw[12],
          episode: raw[13],
          lastEpisode: raw[14],
          name: raw[15],
        }
      case 'unsorted':
        return {
          kind,
          infoHash: this.#infoHash,
          fileIndex,
          filePath,
          sizeBytes,
          torrentName: this.#title,
          addedAtMs: atMs,
        }
      default:
        throw new TypeError(`a row of kind ${String(kind satisfies never)}`)
    }
  }
}
