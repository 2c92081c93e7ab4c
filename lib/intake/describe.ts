import type { CandidateFile } from '../domain/identify.ts'
import type { MovieId, ShowId } from '../domain/ids.ts'
import type { IntakeResult, MatchedFile, MatchedSubtitle } from '../domain/intake.ts'
import type {
  AddedTorrent,
  LibraryQueries,
  PlacedFile,
  PlacedSubtitle,
  Placement,
  StoredTorrentRow,
} from '../domain/library.ts'
import type { Work } from '../domain/slices.ts'
import type { TorrentInfo } from '../domain/torrent.ts'
import type { Placed } from './placements.ts'

function matchedFile(
  placement: Placement,
  placed: AddedTorrent['placed'][number],
  files: ReadonlyMap<number, CandidateFile>,
  file: CandidateFile,
  confidence: number,
): MatchedFile {
  const { movieId, showId, episodeIds } = placed
  const [episodeId] = episodeIds ?? []
  return {
    ...(movieId === undefined ? {} : { movieId }),
    ...(showId === undefined ? {} : { showId }),
    ...(episodeId === undefined ? {} : { episodeId }),
    ...(placement.kind === 'episode' ? { season: placement.season, episode: placement.episodes[0] as number } : {}),
    filePath: file.path,
    fileSizeBytes: file.sizeBytes,
    resolution: placement.resolution,
    confidence,
    subtitles: (placement.subtitles ?? []).flatMap(({ fileIndex, ...traits }) => {
      const subtitle = files.get(fileIndex)
      return subtitle ? [{ filePath: subtitle.path, fileSizeBytes: subtitle.sizeBytes, ...traits }] : []
    }),
  }
}

/** What an add did. */
export function* describeMatches(
  info: TorrentInfo,
  files: readonly CandidateFile[],
  placed: Placed,
  added: AddedTorrent,
  isNew: boolean,
): Work<IntakeResult> {
  const byIndex = new Map(files.map((file) => [file.index, file]))
  const matched: MatchedFile[] = []
  for (const [position, placement] of placed.placements.entries()) {
    const file = byIndex.get(placement.fileIndex)
    const where = added.placed[position]
    if (file && where) matched.push(matchedFile(placement, where, byIndex, file, placed.confidences[position] ?? 0))
    yield
  }
  const { infoHash, name } = info
  return { infoHash, name, isNew, movies: added.movies, shows: added.shows, matched, unmatched: placed.unmatched }
}

const placedSubtitle = ({ fileIndex: _fileIndex, sizeBytes, ...subtitle }: PlacedSubtitle): MatchedSubtitle => ({
  ...subtitle,
  fileSizeBytes: sizeBytes,
})

function placedFile({ item, filePath, sizeBytes, resolution, subtitles }: PlacedFile): MatchedFile {
  const file = {
    filePath,
    fileSizeBytes: sizeBytes,
    resolution,
    confidence: 1,
    subtitles: subtitles.map(placedSubtitle),
  }
  return item.kind === 'movie'
    ? { movieId: item.id, ...file }
    : { showId: item.showId, episodeId: item.id, season: item.season, episode: item.episode, ...file }
}

/** A torrent that is in the library already, as it stands there. */
export function describeKnown(library: LibraryQueries, torrent: StoredTorrentRow): IntakeResult {
  const places = library.placedFiles(torrent.infoHash)
  const movies = new Set<MovieId>()
  const shows = new Set<ShowId>()
  for (const { item } of places) {
    if (item.kind === 'movie') movies.add(item.id)
    else shows.add(item.showId)
  }
  const indexes = new Set(
    places.flatMap(({ fileIndex, subtitles }) => [fileIndex, ...subtitles.map((subtitle) => subtitle.fileIndex)]),
  )
  return {
    infoHash: torrent.infoHash,
    name: torrent.name,
    isNew: false,
    movies: [...movies].map((id) => library.movie(id)),
    shows: [...shows].map((id) => library.show(id)),
    matched: places.map(placedFile),
    unmatched: torrent.files
      .filter((file) => !file.isPad && !indexes.has(file.index))
      .map((file) => ({ filePath: file.path, reason: 'unassigned' as const, season: null, episode: null })),
  }
}
