import type { FileKey } from '../domain/curation.ts'
import { contentId } from '../domain/ids.ts'
import type { Assignment, Movie, PlacedFile, SearchHit, Show, StoredTorrentRow } from '../domain/library.ts'
import type { TorrentFile } from '../domain/piece-layout.ts'
import type { ScrubProgress, TransferLimits } from '../domain/torrent.ts'
import type { WatchPosition } from '../domain/watching.ts'
import { instant, type Json, subtitleJson } from './json.ts'
import type { FileJson, TrashAnswer, WatchingAnswer } from './schemas/curation.ts'
import type { LimitsJson, ScrubLine, SearchAnswer } from './schemas/system.ts'

type Item = PlacedFile['item']

const placeJson = (item: Item | undefined) => ({
  movie_id: item?.kind === 'movie' ? item.id : null,
  show_id: item?.kind === 'episode' ? item.showId : null,
  episode_id: item?.kind === 'episode' ? item.id : null,
  season: item?.kind === 'episode' ? item.season : null,
  episode: item?.kind === 'episode' ? item.episode : null,
})

/** `placed` when it shows in an item. */
export const fileJson = (
  { infoHash }: Pick<StoredTorrentRow, 'infoHash'>,
  file: TorrentFile,
  placed: PlacedFile | undefined,
): Json<typeof FileJson> => ({
  id: contentId(infoHash, file.index),
  info_hash: infoHash,
  file_index: file.index,
  ...placeJson(placed?.item),
  file_path: file.path,
  file_size: file.sizeBytes,
  resolution: placed?.resolution ?? null,
  subtitles: (placed?.subtitles ?? []).map((subtitle) =>
    subtitleJson({ ...subtitle, fileSizeBytes: subtitle.sizeBytes }),
  ),
})

type TrashedItem = Json<typeof TrashAnswer>['items'][number]

/** Undefined when none of it is in the trash. */
export function trashedJson(item: Movie | Show): TrashedItem | undefined {
  const assigned =
    'seasons' in item
      ? item.seasons.flatMap((season) =>
          season.episodes.flatMap(({ number, assignments }) =>
            assignments.map((assignment) => ({ assignment, season: season.number, episode: number })),
          ),
        )
      : item.assignments.map((assignment) => ({ assignment, season: null, episode: null }))
  // A double episode has one file: it is told of under its first.
  const files = new Map<string, TrashedItem['files'][number]>()
  let latestMs = 0
  for (const { assignment, season, episode } of assigned) {
    const { trashedAtMs } = assignment
    const id = idOf(assignment)
    if (trashedAtMs === null || files.has(id)) continue
    latestMs = Math.max(latestMs, trashedAtMs)
    const { filePath, sizeBytes } = assignment
    files.set(id, { id, file_path: filePath, file_size: sizeBytes, season, episode, trashed_at: instant(trashedAtMs) })
  }
  if (files.size === 0) return undefined
  return {
    type: 'seasons' in item ? 'show' : 'movie',
    id: item.id,
    title: item.title,
    year: item.year,
    trashed_at: instant(latestMs),
    files: [...files.values()],
  }
}

const idOf = ({ infoHash, fileIndex }: FileKey | Assignment): string => contentId(infoHash, fileIndex)

export const watchedJson = (
  position: WatchPosition,
  file: TorrentFile,
  placed: PlacedFile | undefined,
  named: { readonly title: string; readonly year: number | null } | undefined,
): Json<typeof WatchingAnswer>['items'][number] => ({
  id: idOf(position),
  ...placeJson(placed?.item),
  title: named?.title ?? null,
  year: named?.year ?? null,
  file_path: file.path,
  file_size: file.sizeBytes,
  position: position.positionBytes,
  progress: position.sizeBytes > 0 ? Math.min(1, position.positionBytes / position.sizeBytes) : 0,
  watched_at: instant(position.watchedAtMs),
})

export const searchHitJson = (hit: SearchHit): Json<typeof SearchAnswer>['results'][number] => ({
  type: hit.kind,
  id: hit.id,
  title: hit.title,
  year: hit.year,
  show_id: hit.kind === 'episode' ? hit.showId : null,
  season: hit.kind === 'episode' ? hit.season : null,
  episode: hit.kind === 'episode' ? hit.episode : null,
  name: hit.kind === 'episode' ? hit.name : null,
})

const BYTES_PER_KB = 1000

export const limitsJson = ({ downloadBytesPerS, uploadBytesPerS }: TransferLimits): Json<typeof LimitsJson> => ({
  download_kbps: Math.ceil(downloadBytesPerS / BYTES_PER_KB),
  upload_kbps: Math.ceil(uploadBytesPerS / BYTES_PER_KB),
})

export const bytesPerS = (kbps: number): number => kbps * BYTES_PER_KB

export const scrubJson = (progress: ScrubProgress, isDone: boolean): Json<typeof ScrubLine> => ({
  checked_pieces: progress.checkedPieces,
  checked_bytes: progress.checkedBytes,
  total_bytes: progress.totalBytes,
  bad_pieces: progress.badPieces,
  unknown_torrents: progress.unknownTorrents,
  is_done: isDone,
})
