import type { IdentifyHints } from '../domain/identify.ts'
import type { FileContext } from './file-context.ts'
import type { NameReading } from './identify-name.ts'
import type { SiblingPlace } from './sibling-numbers.ts'

/** Where an episode's file goes; `episodes` is empty when no number was found. */
export interface EpisodePlace {
  readonly season: number | null
  readonly episodes: readonly number[]
  readonly confidence: number
}

/** What a folder's three-digit numbers are: season and episode (`101`, `102`), the whole show's count, or one alone. */
export type SceneRun = 'scene' | 'absolute' | 'alone'

type KnownEpisodes = ReadonlyMap<number, readonly number[]>

/**
 * Chooses between the readings of one file: its own numbering, that of the release folder around it, what its siblings
 * say. The show's known episodes decide where a number could be a season's or the whole show's.
 */
export function placeEpisode(
  context: FileContext,
  sibling: SiblingPlace | undefined,
  hints: IdentifyHints | undefined,
  run: SceneRun,
  isCrowd: boolean,
): EpisodePlace {
  const known = hints?.episodes
  const reading = chosenReading(context)
  if (reading.airDate !== null && reading.episodes.length === 0)
    return placeAirDate(reading.airDate, reading.confidence)
  if (isCertain(reading)) return { season: reading.season, episodes: reading.episodes, confidence: reading.confidence }
  if (reading.rule === 'scene') return placeScene(reading, context, known, run)
  if (run === 'scene' && reading.rule === 'absolute' && reading.season === null)
    return placeScene(asScene(reading), context, known, run)
  if (reading.season !== null && reading.episodes.length > 0 && reading.rule !== 'episode_only')
    return withKnown(reading.season, reading.episodes, reading.confidence, known)
  const numbers = reading.episodes.length > 0 ? reading.episodes : reading.absoluteEpisodes
  // several files numbered alike bear each other out
  if (numbers.length > 0)
    return placeNumbers(numbers, context.season, Math.max(reading.confidence, isCrowd ? 0.7 : 0), known)
  if (!sibling) return { season: context.season ?? reading.season, episodes: [], confidence: 0 }
  return sibling.season === null
    ? placeNumbers([sibling.episode], context.season, sibling.confidence, known)
    : withKnown(sibling.season, [sibling.episode], sibling.confidence, known)
}

const isCertain = (reading: NameReading): boolean =>
  reading.season !== null &&
  reading.episodes.length > 0 &&
  (reading.rule === 'season_episode' || reading.rule === 'words')

function chosenReading({ own, release }: FileContext): NameReading {
  if (isCertain(own) || !release) return own
  return own.confidence < release.confidence ? release : own
}

/** Season is the year and the episode month and day (`418` for 18 April): stable, sorted, and never another day's. */
function placeAirDate(date: string, confidence: number): EpisodePlace {
  const [year, month, day] = date.split('-').map(Number)
  return { season: year ?? null, episodes: [(month ?? 0) * 100 + (day ?? 0)], confidence: Math.min(confidence, 0.8) }
}

function placeScene(
  reading: NameReading,
  context: FileContext,
  known: KnownEpisodes | undefined,
  run: SceneRun,
): EpisodePlace {
  const season = reading.season ?? 0
  const whole = reading.episodes.map((episode) => season * 100 + episode)
  if (known && !holds(known, season, reading.episodes)) return placeNumbers(whole, context.season, 0.6, known)
  if (run === 'absolute' && !known) return placeNumbers(whole, context.season, 0.6, known)
  return {
    season,
    episodes: reading.episodes,
    confidence: known ? 0.85 : run === 'alone' ? reading.confidence : Math.max(reading.confidence, 0.65),
  }
}

/** `Show - 203 - Name` among `101` to `122` and `201` to `224`. */
export const asScene = (reading: NameReading): NameReading => ({
  ...reading,
  season: Math.floor((reading.absoluteEpisodes[0] ?? 0) / 100),
  episodes: reading.absoluteEpisodes.map((number) => number % 100),
})

const holds = (known: KnownEpisodes, season: number, episodes: readonly number[]): boolean =>
  episodes.every((episode) => known.get(season)?.includes(episode))

/** Numbers without a season of their own: the folder's season, else the show's whole count, else season 1. */
function placeNumbers(
  numbers: readonly number[],
  season: number | null,
  confidence: number,
  known: KnownEpisodes | undefined,
): EpisodePlace {
  // `401` in the folder of season 4
  const inSeason = season !== null && numbers.every((number) => number > 100 && Math.floor(number / 100) === season)
  const own = inSeason ? numbers.map((number) => number % 100) : numbers
  if (season !== null && (!known || holds(known, season, own)))
    return { season, episodes: own, confidence: Math.max(confidence, 0.75) }
  const mapped = known ? fromAbsolute(numbers, known) : undefined
  if (mapped) return { ...mapped, confidence: Math.max(confidence, 0.8) }
  return { season: season ?? 1, episodes: numbers, confidence: season === null ? confidence * 0.9 : confidence * 0.8 }
}

/** The n-th episode of the show, specials not counted. Undefined when it has fewer, or the run crosses seasons. */
function fromAbsolute(numbers: readonly number[], known: KnownEpisodes): Omit<EpisodePlace, 'confidence'> | undefined {
  const order = [...known.keys()].filter((season) => season > 0).sort((a, b) => a - b)
  const all = order.flatMap((season) =>
    [...(known.get(season) ?? [])].sort((a, b) => a - b).map((episode) => ({ season, episode })),
  )
  const places = numbers.map((number) => all[number - 1])
  const season = places[0]?.season
  if (season === undefined || places.some((place) => place?.season !== season)) return undefined
  return { season, episodes: places.flatMap((place) => (place ? [place.episode] : [])) }
}

function withKnown(
  season: number,
  episodes: readonly number[],
  confidence: number,
  known: KnownEpisodes | undefined,
): EpisodePlace {
  if (!known || holds(known, season, episodes)) return { season, episodes, confidence }
  const mapped = season === 1 ? fromAbsolute(episodes, known) : undefined
  return mapped ? { ...mapped, confidence: 0.75 } : { season, episodes, confidence: confidence * 0.9 }
}
