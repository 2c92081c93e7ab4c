/** Of an assignment: it shows in the library, or under /Trash. */
const SHOWS = `(a.is_active = 1 or (a.trashed_at is not null and a.is_purged = 0))`

/** Of a file without an assignment: its video shows it, or keeps it from showing. */
const IS_NO_SUBTITLE = `not exists (select 1 from torrent_subtitles u
  where u.info_hash = f.info_hash and u.file_index = f.file_index)`

// Each row of both statements has as many columns; `RawRow` says which.
const NULLS = 'null, null, null, null'
const VIDEO_COLUMNS = 'a.info_hash, a.file_index, a.file_path, a.size, a.assigned_at, a.resolution, a.source'
const subtitleColumns = (showId: string) => `'subtitle', f.info_hash, f.file_index, f.file_path, f.size, a.assigned_at,
  a.movie_id, ${showId}, u.video_index, u.language, u.is_forced, u.is_hearing_impaired, u.is_commentary, ${NULLS}`
const sidecarColumns = (
  video: string,
  showId: string,
) => `'sidecar', ${video}, c.role, c.size, c.modified_at, c.movie_id,
  ${showId}, c.id, c.tag, c.season, null, null, ${NULLS}`
const storedColumns = (showId: string) => `'stored subtitle', a.info_hash, a.file_index, o.format, o.size, o.added_at,
  o.movie_id, ${showId}, o.id, o.language, o.is_forced, o.is_hearing_impaired, o.is_commentary, ${NULLS}`
const OFFLINE_ROWS = `
select 'offline', f.info_hash, f.file_index, f.file_path, f.size, p.added_at, p.path, null, null, ${NULLS}, ${NULLS}
from offline_files p
cross join torrent_files f on f.info_hash = p.info_hash and f.file_index = p.file_index`

/**
 * Every shown file once. It walks the torrents' files and looks up what each of them is assigned to, then the subtitles
 * and what their videos are assigned to, then what is no torrent's, all by primary key or the item's index: nearly each
 * step yields a row, so that no step is long, and nothing is sorted or gathered first. The cross joins fix that order.
 */
export const ALL_ROWS_SQL = `
select coalesce(a.item_type, 'unsorted'), f.info_hash, f.file_index, f.file_path, f.size,
  coalesce(a.assigned_at, t.added_at), a.resolution, a.source,
  coalesce(m.id, sh.id), coalesce(m.title, sh.title, t.name), coalesce(m.year, sh.year), coalesce(m.tmdb_id, sh.tmdb_id),
  s.number, e.number, a.last_episode_number, e.name, a.is_active
from torrents t
cross join torrent_files f on f.info_hash = t.info_hash
left join torrent_assignments a on a.info_hash = f.info_hash and a.file_index = f.file_index
left join movies m on m.id = a.movie_id
left join episodes e on e.id = a.episode_id
left join seasons s on s.id = e.season_id
left join shows sh on sh.id = s.show_id
where f.is_pad = 0 and case when a.info_hash is null then ${IS_NO_SUBTITLE} else ${SHOWS} end
union all
select ${subtitleColumns('s.show_id')}
from torrent_subtitles u
cross join torrent_assignments a on a.info_hash = u.info_hash and a.file_index = u.video_index and ${SHOWS}
cross join torrent_files f on f.info_hash = u.info_hash and f.file_index = u.file_index
left join episodes e on e.id = a.episode_id
left join seasons s on s.id = e.season_id
union all
select ${sidecarColumns('a.info_hash, a.file_index', 'coalesce(c.show_id, s.show_id)')}
from sidecars c
left join torrent_assignments a on a.item_type = 'episode' and a.item_id = c.episode_id and a.is_active = 1
left join episodes e on e.id = a.episode_id
left join seasons s on s.id = e.season_id
where c.episode_id is null or a.info_hash is not null
union all
select ${storedColumns('null')}
from stored_subtitles o
cross join torrent_assignments a on a.item_type = 'movie' and a.item_id = o.movie_id and a.is_active = 1
union all
select ${storedColumns('s.show_id')}
from stored_subtitles o
cross join episodes own on own.id = o.episode_id
cross join seasons s on s.id = own.season_id
cross join episodes e on e.season_id = s.id and e.number <= own.number
cross join torrent_assignments a on a.item_type = 'episode' and a.item_id = e.id and a.is_active = 1
  and a.last_episode_number >= own.number
union all${OFFLINE_ROWS}`

const MOVIE_FILES = `
from json_each(@movies) item
cross join movies m on m.id = item.value
cross join torrent_assignments a on a.item_type = 'movie' and a.item_id = m.id`

const SHOW_FILES = `
from json_each(@shows) item
cross join shows sh on sh.id = item.value
cross join seasons s on s.show_id = sh.id
cross join episodes e on e.season_id = s.id
cross join torrent_assignments a on a.item_type = 'episode' and a.item_id = e.id`

const SUBTITLES_OF_FILES = `
cross join torrent_subtitles u on u.info_hash = a.info_hash and u.video_index = a.file_index
cross join torrent_files f on f.info_hash = u.info_hash and f.file_index = u.file_index`

/**
 * The same rows, found from the items: JSON arrays of movie ids, of show ids, and of the info-hashes of unsorted files; 1
 * for the offline files, or 0.
 */
export const ITEM_ROWS_SQL = `
select 'movie', ${VIDEO_COLUMNS}, m.id, m.title, m.year, m.tmdb_id, null, null, null, null, a.is_active
${MOVIE_FILES} and ${SHOWS}
union all
select 'episode', ${VIDEO_COLUMNS}, sh.id, sh.title, sh.year, sh.tmdb_id, s.number, e.number, a.last_episode_number, e.name,
  a.is_active
${SHOW_FILES} and ${SHOWS}
union all
select ${subtitleColumns('null')} ${MOVIE_FILES} and ${SHOWS} ${SUBTITLES_OF_FILES}
union all
select ${subtitleColumns('s.show_id')} ${SHOW_FILES} and ${SHOWS} ${SUBTITLES_OF_FILES}
union all
select 'unsorted', f.info_hash, f.file_index, f.file_path, f.size, t.added_at, null, null,
  null, t.name, null, null, null, null, null, null, null
from json_each(@unsorted) item
cross join torrents t on t.info_hash = item.value
cross join torrent_files f on f.info_hash = t.info_hash
left join torrent_assignments a on a.info_hash = f.info_hash and a.file_index = f.file_index
where f.is_pad = 0 and a.info_hash is null and ${IS_NO_SUBTITLE}
union all
select ${sidecarColumns('null, null', 'null')} from json_each(@movies) item cross join sidecars c on c.movie_id = item.value
union all
select ${sidecarColumns('null, null', 'c.show_id')} from json_each(@shows) item cross join sidecars c on c.show_id = item.value
union all
select ${sidecarColumns('a.info_hash, a.file_index', 's.show_id')}
${SHOW_FILES} and a.is_active = 1 cross join sidecars c on c.episode_id = e.id
union all
select ${storedColumns('null')} ${MOVIE_FILES} and a.is_active = 1 cross join stored_subtitles o on o.movie_id = m.id
union all
select ${storedColumns('s.show_id')} ${SHOW_FILES} and a.is_active = 1
cross join episodes own on own.season_id = s.id and own.number between e.number and a.last_episode_number
cross join stored_subtitles o on o.episode_id = own.id
union all${OFFLINE_ROWS}
where @offline = 1`

/** What `ITEM_ROWS_SQL` is asked for. */
export interface ItemKeys {
  readonly movies: string
  readonly shows: string
  readonly unsorted: string
  readonly offline: 0 | 1
}
