import { AppError } from '../domain/errors.ts'
import type {
  CandidateFile,
  FileMatch,
  Quality,
  SubtitledVideo,
  SubtitleMatcher,
  UnmatchedReason,
} from '../domain/identify.ts'
import type { ShowId } from '../domain/ids.ts'
import type { IntakeTarget, UnmatchedFile } from '../domain/intake.ts'
import type { LibraryQueries, NewSubtitle, Placement } from '../domain/library.ts'
import type { Work } from '../domain/slices.ts'
import { isVideoPath } from '../domain/video-path.ts'

export interface Placed {
  readonly placements: readonly Placement[]
  /** Of the placement at the same position. */
  readonly confidences: readonly number[]
  readonly unmatched: readonly UnmatchedFile[]
}

type Matched = Exclude<FileMatch, { readonly kind: 'unmatched' }>

const NO_QUALITY: Quality = { resolution: null, source: null, codec: null, hdr: null }

const ASIDE: ReadonlySet<UnmatchedReason> = new Set(['sample', 'extra', 'subtitle', 'not_video'])

/** Neither film nor episode, whether placed or not. */
export const isAside = (match: FileMatch): boolean => match.kind === 'unmatched' && ASIDE.has(match.reason)

/** A file that a person assigned is sure, whatever its name says. */
const CERTAIN = 1

const quality = (found: Quality) => ({ resolution: found.resolution, source: found.source })

type EpisodeMatch = Extract<FileMatch, { readonly kind: 'episode' }>

const shared = (match: Matched) => ({
  title: match.title,
  year: match.year,
  fileIndex: match.file.index,
  ...quality(match.quality),
})

const episodePlacement = (match: EpisodeMatch, showId?: ShowId): Placement => ({
  kind: 'episode',
  ...(showId === undefined ? {} : { showId }),
  ...shared(match),
  season: match.season,
  episodes: match.episodes,
  episodeName: match.episodeName,
})

const byName = (match: Matched): Placement =>
  match.kind === 'movie' ? { kind: 'movie', ...shared(match) } : episodePlacement(match)

function unmatched(match: FileMatch): UnmatchedFile {
  if (match.kind === 'unmatched') {
    return { filePath: match.file.path, reason: match.reason, season: match.season, episode: match.episode }
  }
  const [season, episode] = match.kind === 'episode' ? [match.season, match.episodes[0] ?? null] : [null, null]
  return { filePath: match.file.path, reason: 'other_item', season, episode }
}

function namedFile(files: readonly CandidateFile[], filePath: string): CandidateFile {
  const named = files.find((file) => file.path === filePath)
  if (!named) throw new AppError('invalid', `the torrent has no file "${filePath}"`)
  return named
}

/** The largest of the films, else of all videos. */
function largestFilm(matches: readonly FileMatch[]): CandidateFile {
  const films = matches.filter((match) => match.kind === 'movie')
  const candidates = films.length > 0 ? films : matches.filter((match) => isVideoPath(match.file.path))
  const [largest] = candidates.map((match) => match.file).toSorted((a, b) => b.sizeBytes - a.sizeBytes)
  if (!largest) throw new AppError('invalid', 'the torrent has no video file')
  return largest
}

/** The largest file of that episode, else the only video: of several none is taken for an episode that it may not be. */
function fileOfEpisode(matches: readonly FileMatch[], season: number, episode: number): CandidateFile {
  const isMeant = (match: FileMatch) =>
    match.kind === 'episode' && match.season === season && match.episodes.includes(episode)
  const [meant] = matches.filter(isMeant).toSorted((a, b) => b.file.sizeBytes - a.file.sizeBytes)
  if (meant) return meant.file
  const [only, ...others] = matches.filter((match) => isVideoPath(match.file.path) && !isAside(match))
  if (only && others.length === 0) return only.file
  throw new AppError(
    'invalid',
    only ? 'none of the videos is known to be this episode: name one by its path' : 'the torrent has no video file',
  )
}

function oneFile(
  matches: readonly FileMatch[],
  chosen: CandidateFile,
  placement: (quality: Quality) => Placement,
): Placed {
  const match = matches.find((candidate) => candidate.file.index === chosen.index)
  const found = match && match.kind !== 'unmatched' ? match.quality : NO_QUALITY
  return {
    placements: [placement(found)],
    confidences: [CERTAIN],
    unmatched: matches.filter((candidate) => candidate.file.index !== chosen.index).map(unmatched),
  }
}

/**
 * What goes where: by the names, or to the item that a person named. Fails with `not_found` for a target that is not
 * there, `invalid` for a file that the torrent does not hold.
 */
export function placementsOf(
  library: LibraryQueries,
  files: readonly CandidateFile[],
  matches: readonly FileMatch[],
  target: IntakeTarget | undefined,
): Placed {
  switch (target?.kind) {
    case undefined: {
      const matched = matches.filter((match): match is Matched => match.kind !== 'unmatched')
      return {
        placements: matched.map(byName),
        confidences: matched.map((match) => match.confidence),
        unmatched: matches.filter((match) => match.kind === 'unmatched').map(unmatched),
      }
    }
    case 'movie': {
      const movie = library.movie(target.id)
      const chosen = target.filePath === undefined ? largestFilm(matches) : namedFile(files, target.filePath)
      return oneFile(matches, chosen, (found) => ({
        kind: 'movie',
        movieId: movie.id,
        title: movie.title,
        year: movie.year,
        fileIndex: chosen.index,
        ...quality(found),
      }))
    }
    case 'episode': {
      const { showId, season, episode } = library.episode(target.id)
      const show = library.show(showId)
      const chosen =
        target.filePath === undefined
          ? fileOfEpisode(matches, season, episode.number)
          : namedFile(files, target.filePath)
      const match = matches.find(({ file }) => file.index === chosen.index)
      const isDouble = match?.kind === 'episode' && match.season === season && match.episodes.includes(episode.number)
      return oneFile(matches, chosen, (found) => ({
        kind: 'episode',
        showId,
        title: show.title,
        year: show.year,
        season,
        episodes: isDouble ? match.episodes : [episode.number],
        episodeName: null,
        fileIndex: chosen.index,
        ...quality(found),
      }))
    }
    case 'show': {
      const show = library.show(target.id)
      const matched = matches.filter((match) => match.kind === 'episode')
      return {
        placements: matched.map((match) => episodePlacement(match, show.id)),
        confidences: matched.map((match) => match.confidence),
        unmatched: matches.filter((match) => match.kind !== 'episode').map(unmatched),
      }
    }
  }
}

/** As a subtitle looks for them. */
export const numbersOf = (video: FileMatch | Placement) =>
  video.kind === 'episode'
    ? { season: video.season, episodes: video.episodes }
    : { season: null, episodes: [] as readonly number[] }

/** The same placements with the subtitles of their videos, which are unmatched no more. */
export function* withSubtitles(
  placed: Placed,
  files: readonly CandidateFile[],
  matches: readonly FileMatch[],
  matcher: SubtitleMatcher,
): Work<Placed> {
  const placements = new Map(placed.placements.map((placement) => [placement.fileIndex, placement]))
  // those not placed count too: a subtitle of one of them is no other's
  const videos: SubtitledVideo[] = []
  for (const match of matches) {
    const placement = placements.get(match.file.index)
    if (placement || !isAside(match)) videos.push({ file: match.file, ...numbersOf(placement ?? match) })
    yield
  }
  const subtitles = new Map<number, NewSubtitle[]>()
  const paths = new Set<string>()
  for (const { file, video, ...traits } of yield* matcher.matchSubtitlesInSteps(files, videos)) {
    if (!placements.has(video.index)) continue
    const subtitle = { fileIndex: file.index, ...traits }
    const known = subtitles.get(video.index)
    if (known) known.push(subtitle)
    else subtitles.set(video.index, [subtitle])
    paths.add(file.path)
  }
  if (subtitles.size === 0) return placed
  return {
    ...placed,
    placements: placed.placements.map((placement) => {
      const own = subtitles.get(placement.fileIndex)
      return own ? { ...placement, subtitles: own } : placement
    }),
    unmatched: placed.unmatched.filter((file) => !paths.has(file.filePath)),
  }
}
