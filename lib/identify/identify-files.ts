import type { CandidateFile, FileMatch, IdentifyHints, UnmatchedReason } from '../domain/identify.ts'
import type { Work } from '../domain/slices.ts'
import { variantOf } from '../domain/variant.ts'
import { type FileContext, fileContexts } from './file-context.ts'
import { type FileRole, fileRoles } from './file-role.ts'
import { type NameReading, readName } from './identify-name.ts'
import { miniSeries } from './mini-series.ts'
import { isObfuscated } from './obfuscated.ts'
import { type EpisodePlace, placeEpisode, type SceneRun } from './place-episode.ts'
import { placeFilms } from './place-films.ts'
import { scanTags } from './release-tags.ts'
import { runningOffsets } from './running-numbers.ts'
import { showTitles } from './show-titles.ts'
import { groupBy, looksLikeScene, type SiblingPlace, shapesOf, siblingNumbers } from './sibling-numbers.ts'
import { displayTitle } from './title.ts'
import type { TitleYear } from './title-region.ts'
import { LEAST_CONFIDENCE, unmatched } from './unmatched.ts'

const REASON: Readonly<Record<Exclude<FileRole, 'main'>, UnmatchedReason>> = {
  sample: 'sample',
  extra: 'extra',
  subtitle: 'subtitle',
  not_video: 'not_video',
}

/** One match per file, in the order given. Reads nothing but the names and sizes; never throws. */
export function* identifyFilesInSteps(
  torrentName: string,
  files: readonly CandidateFile[],
  hints?: IdentifyHints,
): Work<readonly FileMatch[]> {
  const roles = yield* fileRoles(files)
  const torrent = readName(torrentName)
  const contexts = yield* fileContexts(
    torrentName,
    torrent,
    files.filter((_, index) => roles[index] === 'main'),
  )
  const crowd = crowdOf(contexts)
  yield
  const parts = miniSeries(torrentName, contexts)
  yield
  const episodic: FileContext[] = []
  const films: FileContext[] = []
  for (const context of contexts) {
    const isEpisodic = parts.has(context) ? hints?.kind !== 'movie' : isEpisode(context, torrent, crowd, hints)
    if (isEpisodic) episodic.push(context)
    else films.push(context)
    yield
  }
  const matches = new Map<CandidateFile, FileMatch>()
  for (const match of yield* matchEpisodes(torrent, episodic, hints)) matches.set(match.file, match)
  yield
  for (const match of placeFilms(torrentName, torrent, films, episodic.length > 0, hints))
    matches.set(match.file, match)
  yield
  const best = yield* withoutDuplicates([...matches.values()])
  yield
  return files.map((file, index) => {
    const role = roles[index] ?? 'not_video'
    return role === 'main' ? (best.get(file) ?? unmatched(file, 'low_confidence')) : unmatched(file, REASON[role])
  })
}

const isNumbered = ({ own, release }: FileContext): boolean =>
  own.type === 'episode' || (release !== null && own.confidence < release.confidence)

/** What all files of a torrent say of each. */
interface Crowd {
  readonly count: number
  readonly numbered: number
  readonly isBareRun: boolean
}

const crowdOf = (all: readonly FileContext[]): Crowd => ({
  count: all.length,
  numbered: all.filter(isNumbered).length,
  isBareRun: isBareRun(all),
})

/** A file is an episode when it is numbered, or lies among numbered ones and is no film by its own year. */
function isEpisode(
  context: FileContext,
  torrent: NameReading,
  crowd: Crowd,
  hints: IdentifyHints | undefined,
): boolean {
  if (hints?.kind !== undefined) return hints.kind === 'show'
  const { own } = context
  const isDatedFilm = own.type === 'movie' && own.year !== null
  if (isNumbered(context)) {
    // a film's torrent: a single vague number in a file's name is part of the title
    const isVague = own.confidence < 0.9 && context.release === null
    return !(isVague && torrent.type === 'movie' && torrent.year !== null && crowd.numbered < 2)
  }
  if (isDatedFilm || isFilmOfShow(context)) return false
  const isSure = torrent.type === 'episode' && torrent.confidence >= LEAST_CONFIDENCE
  const isShow = isSure || context.season !== null || crowd.numbered * 2 > crowd.count
  return isShow || (torrent.type !== 'movie' && !BOX_OF_FILMS.test(torrent.title ?? '') && crowd.isBareRun)
}

/** `Show Movie 1`, and what lies in a folder of films beside the show. */
const isFilmOfShow = ({ own, stem, folder }: FileContext): boolean =>
  own.rule === null &&
  (/(?<!\p{L})(?:movie|gekijou?[ ._-]?ban)(?!\p{L})|劇場版|剧场版/iu.test(stem) ||
    /(?:^|\/)(?:movies?|films?)$/i.test(folder))

const BOX_OF_FILMS = /(?:tri|quadri|duo|tetra|penta|hexa)log(?:y|ie|ia|ía)|(?<!\p{L})(?:saga|films|movies)(?!\p{L})/iu

/** Three or more names that differ in their numbers only: `01.mkv`, `02.mkv`, `03.mkv`. */
function isBareRun(all: readonly FileContext[]): boolean {
  const shapes = shapesOf(all)
  const areLed = all.every(({ stem }) => /^\d{1,3}(?:[ ._-]|$)/.test(stem))
  return all.length >= 3 && (areLed || (shapes.size === 1 && !shapes.has(all[0]?.stem ?? '')))
}

function* matchEpisodes(
  torrent: NameReading,
  contexts: readonly FileContext[],
  hints: IdentifyHints | undefined,
): Work<readonly FileMatch[]> {
  const open = contexts.filter(({ own, stem }) => (own.rule === null || own.rule === 'pack') && !isObfuscated(stem))
  const siblings = siblingNumbers(open)
  yield
  const sceneFolders = sceneRuns(contexts, siblings)
  const offsets = hints?.episodes ? new Map<number, number>() : runningOffsets(contexts)
  const places = new Map<FileContext, EpisodePlace>()
  for (const context of contexts) {
    yield
    const counted = placeEpisode(
      context,
      siblings.get(context),
      hints,
      sceneFolders.get(context.folder) ?? 'alone',
      contexts.length > 2,
    )
    const offset = offsets.get(context.season ?? 0) ?? 0
    places.set(context, { ...counted, episodes: counted.episodes.map((episode) => episode - offset) })
  }
  const titleOf = showTitles(torrent, places, hints)
  const matches: FileMatch[] = []
  for (const [context, place] of places) {
    yield
    matches.push(matchEpisode(context, place, titleOf(context)))
  }
  return matches
}

function matchEpisode(context: FileContext, place: EpisodePlace, show: TitleYear): FileMatch {
  const first = place.episodes[0]
  if (place.season === null || first === undefined) return unmatched(context.file, 'no_episode_number', place.season)
  if (place.confidence < LEAST_CONFIDENCE) return unmatched(context.file, 'low_confidence', place.season, first)
  if (show.title === null) return unmatched(context.file, 'no_title', place.season, first)
  return {
    kind: 'episode',
    file: context.file,
    title: show.title,
    year: show.year,
    season: place.season,
    episodes: place.episodes,
    episodeName: context.own.episodeName ?? nameBehindNumber(context),
    quality: context.quality,
    confidence: Math.round(place.confidence * 100) / 100,
  }
}

/** `01 - Pilot.mkv`: what follows a number at the head. */
function nameBehindNumber({ stem }: FileContext): string | null {
  const behind = /^\d{1,4}[ ._-]{1,4}(?=\p{L})/u.exec(stem)
  if (!behind) return null
  const name = stem.slice(behind[0].length)
  return displayTitle(name.slice(0, scanTags(name).titleEnd))
}

function sceneRuns(
  contexts: readonly FileContext[],
  siblings: ReadonlyMap<FileContext, SiblingPlace>,
): ReadonlyMap<string, SceneRun> {
  const runs = new Map<string, SceneRun>()
  const scene = contexts.filter(({ own }) => own.rule === 'scene')
  for (const [folder, members] of groupBy(scene, (context) => context.folder)) {
    const values = members.flatMap(({ own }) => own.episodes.map((episode) => (own.season ?? 0) * 100 + episode))
    const season = members[0]?.season ?? null
    // 098, 099, 100, 101: numbers that cannot be a season's run on into these
    const runsOn = contexts.some(
      (context) => context.folder === folder && ((context.own.absoluteEpisodes[0] ?? 0) > 90 || siblings.has(context)),
    )
    if (runsOn || !looksLikeScene(values, season)) runs.set(folder, 'absolute')
    else runs.set(folder, members.length > 1 || season !== null ? 'scene' : 'alone')
  }
  const counted = contexts.filter(
    ({ own, season }) => own.rule === 'absolute' && own.season === null && season === null,
  )
  for (const [folder, members] of groupBy(counted, (context) => context.folder)) {
    const values = members.flatMap(({ own }) => own.absoluteEpisodes)
    const isSeveral = new Set(values.map((value) => Math.floor(value / 100))).size > 1
    if (isSeveral && looksLikeScene(values, null) && !runs.has(folder)) runs.set(folder, 'scene')
  }
  return runs
}

const isCertain = (match: FileMatch): boolean => match.kind !== 'unmatched' && match.confidence >= CERTAIN
const CERTAIN = 0.85

/**
 * Of two files for one item, one resolution and one part or cut of it the one whose own name says so is matched, else the
 * larger; others are versions.
 */
function* withoutDuplicates(matches: readonly FileMatch[]): Work<ReadonlyMap<CandidateFile, FileMatch>> {
  const key = (match: FileMatch): string => {
    if (match.kind === 'unmatched') return `unmatched ${match.file.index}`
    const item = match.kind === 'movie' ? match.year : `${match.season} ${match.episodes.join('-')}`
    return `${match.kind} ${match.title.toLowerCase()} ${item} ${match.quality.resolution} ${variantOf(match.file.path)}`
  }
  const result = new Map<CandidateFile, FileMatch>()
  for (const group of groupBy(matches, key).values()) {
    yield
    const [best, ...others] = group.toSorted(
      (a, b) => Number(isCertain(b)) - Number(isCertain(a)) || b.file.sizeBytes - a.file.sizeBytes,
    )
    if (best) result.set(best.file, best)
    for (const other of others)
      result.set(
        other.file,
        other.kind === 'episode'
          ? unmatched(other.file, 'duplicate', other.season, other.episodes[0] ?? null)
          : unmatched(other.file, 'duplicate'),
      )
  }
  return result
}
