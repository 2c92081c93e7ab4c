import type { z } from 'zod'
import type { Activity } from '../domain/activity.ts'
import type { NameIdentity, UnmatchedReason } from '../domain/identify.ts'
import { contentId } from '../domain/ids.ts'
import type { IntakeResult, MatchedFile, MatchedSubtitle, UnmatchedFile } from '../domain/intake.ts'
import type { Assignment, Episode, Movie, Show, ShowSummary, StoredTorrentRow } from '../domain/library.ts'
import type { AiredEpisode } from '../domain/metadata.ts'
import type { MetadataSearch, TorrentEngine } from '../domain/torrent.ts'
import type { IdentifyAnswer } from './schemas/system.ts'
import type { MovieJson, RecentlyAiredAnswer, ShowJson, ShowSummaryJson } from './schemas/titled.ts'
import type { AddingAnswer, AddTorrentAnswer, AssignAnswer, TorrentJson } from './schemas/torrents.ts'

// Where the domain's values get their JSON names; each result type is that of its schema. `curation-json.ts` has the rest.

export type Json<S extends z.ZodType> = z.output<S>

export const instant = (atMs: number): string => new Date(atMs).toISOString()

const assignmentJson = (assignment: Assignment) => ({
  id: contentId(assignment.infoHash, assignment.fileIndex),
  info_hash: assignment.infoHash,
  file_index: assignment.fileIndex,
  file_path: assignment.filePath,
  file_size: assignment.sizeBytes,
  resolution: assignment.resolution,
  source: assignment.source,
  is_active: assignment.isActive,
  is_chosen: assignment.isChosen,
  trashed_at: assignment.trashedAtMs === null ? null : instant(assignment.trashedAtMs),
  assigned_at: instant(assignment.assignedAtMs),
})

function assignedJson(assignments: readonly Assignment[]) {
  const active = assignments.find((assignment) => assignment.isActive)
  return {
    has_assignment: active !== undefined,
    assignment: active ? assignmentJson(active) : null,
    assignments: assignments.map(assignmentJson),
  }
}

export const movieJson = (movie: Movie): Json<typeof MovieJson> => ({
  id: movie.id,
  title: movie.title,
  year: movie.year,
  tmdb_id: movie.tmdbId,
  added_at: instant(movie.addedAtMs),
  ...assignedJson(movie.assignments),
})

export const showSummaryJson = (show: ShowSummary): Json<typeof ShowSummaryJson> => ({
  id: show.id,
  title: show.title,
  year: show.year,
  tmdb_id: show.tmdbId,
  added_at: instant(show.addedAtMs),
  season_count: show.seasonCount,
  episode_count: show.episodeCount,
  assigned_count: show.assignedCount,
})

const episodeJson = (episode: Episode) => ({
  id: episode.id,
  episode_number: episode.number,
  name: episode.name,
  air_date: episode.airDate,
  ...assignedJson(episode.assignments),
})

export const showJson = (show: Show): Json<typeof ShowJson> => ({
  ...showSummaryJson(show),
  seasons: show.seasons.map((season) => ({
    season_number: season.number,
    episodes: season.episodes.map(episodeJson),
  })),
})

export const subtitleJson = (subtitle: MatchedSubtitle) => ({
  file_path: subtitle.filePath,
  file_size: subtitle.fileSizeBytes,
  language: subtitle.language,
  is_forced: subtitle.isForced,
  is_hearing_impaired: subtitle.isHearingImpaired,
  is_commentary: subtitle.isCommentary,
})

const matchedJson = (file: MatchedFile) => ({
  movie_id: file.movieId ?? null,
  show_id: file.showId ?? null,
  episode_id: file.episodeId ?? null,
  season: file.season ?? null,
  episode: file.episode ?? null,
  file_path: file.filePath,
  file_size: file.fileSizeBytes,
  resolution: file.resolution,
  confidence: file.confidence,
  subtitles: file.subtitles.map(subtitleJson),
})

const unmatchedJson = (file: UnmatchedFile) => ({
  file_path: file.filePath,
  reason: file.reason,
  season: file.season,
  episode: file.episode,
})

export const addedTorrentJson = (result: IntakeResult): Json<typeof AddTorrentAnswer> => ({
  info_hash: result.infoHash,
  name: result.name,
  movies: result.movies.map(movieJson),
  shows: result.shows.map(showSummaryJson),
  matched: result.matched.map(matchedJson),
  unmatched: result.unmatched.map(unmatchedJson),
})

/** Whether a file with this reason was never meant to be an item of its own. */
const IS_SKIPPED: Readonly<Record<UnmatchedReason, boolean>> = {
  sample: true,
  extra: true,
  subtitle: true,
  not_video: true,
  no_title: false,
  no_episode_number: false,
  low_confidence: false,
  duplicate: false,
  other_item: true,
  unassigned: false,
}

export function assignedTorrentJson(result: IntakeResult): Json<typeof AssignAnswer> {
  const unmatched = result.unmatched.filter((file) => !IS_SKIPPED[file.reason])
  const skipped = result.unmatched.filter((file) => IS_SKIPPED[file.reason])
  const files = [...result.matched.flatMap((file) => [file, ...file.subtitles]), ...result.unmatched]
  return {
    success: result.matched.length > 0,
    info_hash: result.infoHash,
    name: result.name,
    summary: {
      total_files: new Set(files.map((file) => file.filePath)).size,
      matched: result.matched.length,
      unmatched: unmatched.length,
      skipped: skipped.length,
    },
    matched: result.matched.map(matchedJson),
    unmatched: unmatched.map(unmatchedJson),
    skipped: skipped.map(unmatchedJson),
  }
}

export const addingJson = (search: MetadataSearch): Json<typeof AddingAnswer>['torrents'][number] => ({
  info_hash: search.infoHash,
  seconds: Math.floor(search.elapsedMs / 1000),
  peers: search.peers,
  metadata_received: search.receivedBytes,
  metadata_size: search.totalBytes,
})

/** Joins the library's row with what engine and activity know, without opening the torrent. */
export function torrentJson(
  row: StoredTorrentRow,
  engine: Pick<TorrentEngine, 'get' | 'stored'>,
  activity: Pick<Activity, 'state'>,
): Json<typeof TorrentJson> {
  const stats = engine.get(row.infoHash)?.stats()
  const storedBytes = stats?.storedBytes ?? engine.stored(row.infoHash)
  return {
    info_hash: row.infoHash,
    name: row.name,
    state: activity.state(row.infoHash),
    size: row.sizeBytes,
    downloaded: storedBytes,
    progress: row.sizeBytes > 0 ? Math.min(1, storedBytes / row.sizeBytes) : 0,
    peers: stats?.peers ?? 0,
    seeders: stats?.seeders ?? 0,
    download_speed: stats?.downloadSpeed ?? 0,
    upload_speed: stats?.uploadSpeed ?? 0,
    added_at: instant(row.addedAtMs),
    files: row.files
      .filter((file) => !file.isPad)
      .map((file) => ({ index: file.index, path: file.path, size: file.sizeBytes })),
  }
}

export const identityJson = (name: string, identity: NameIdentity): Json<typeof IdentifyAnswer>['results'][number] => ({
  name,
  type: identity.type,
  title: identity.title,
  year: identity.year,
  season: identity.season,
  episodes: [...identity.episodes],
  absolute_episodes: [...identity.absoluteEpisodes],
  air_date: identity.airDate,
  resolution: identity.quality.resolution,
  source: identity.quality.source,
  codec: identity.quality.codec,
  hdr: identity.quality.hdr,
  confidence: identity.confidence,
})

export const recentlyAiredJson = (aired: readonly AiredEpisode[]): Json<typeof RecentlyAiredAnswer> => ({
  episodes: aired.map((episode) => ({
    show_id: episode.showId,
    show_title: episode.showTitle,
    season: episode.season,
    episode: episode.episode,
    name: episode.name,
    air_date: episode.airDate,
    has_assignment: episode.isAssigned,
  })),
})
