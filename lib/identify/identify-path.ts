import { knownExtension } from './file-kind.ts'
import { CONTAINER, hasTitle, seasonOfFolder } from './folder-names.ts'
import { type NameReading, readName } from './identify-name.ts'
import { OTHER_MEDIA } from './other-media.ts'
import { bareTitle } from './plain-title.ts'
import { mergeQuality } from './quality.ts'
import { isShortened } from './shortened.ts'

/** Of a longer path the end is read. */
const MAX_PATH_LENGTH = 4096
/** `Show/Show Season 08` */
const isNamedAlike = ([folder = '', name = '', ...others]: readonly string[]): boolean =>
  others.length === 0 && bareTitle(folder).length > 3 && bareTitle(name).startsWith(bareTitle(folder))

/** What a disc is made of: the folder around it has the name. */
const DISC_FOLDER = /^(?:bdmv|video[ _]ts|audio[ _]ts|certificate)$/i

/** The folders and the name of a path; one part for a plain name, slashes in a title included. */
function pathParts(name: string): readonly string[] {
  if (!/[\\/]/.test(name)) return [name]
  const parts = name.split(/[\\/]/).filter((part) => part.trim() !== '' && !/^[A-Za-z]:$/.test(part))
  const disc = parts.findIndex((part) => DISC_FOLDER.test(part))
  const isPath =
    disc > 0 ||
    /^(?:[A-Za-z]:[\\/]|[\\/])/.test(name) ||
    (!/[[(][^\])]{0,200}[\\/]| [\\/]|[\\/] /.test(name) &&
      (knownExtension(name) !== null ||
        (parts.length > 2 && !/\d[\\/]\d/.test(name)) ||
        CONTAINER.test(parts[0] ?? '') ||
        parts.some((part) => seasonOfFolder(part) !== undefined)))
  if (!isPath && !isNamedAlike(parts)) return [name]
  return disc > 0 ? parts.slice(0, disc) : parts.length > 0 ? parts : [name]
}

/** Reads a path's last name, and its folders for what that leaves open. */
export function readPath(path: string): NameReading {
  const parts = pathParts(path.slice(-MAX_PATH_LENGTH).trim())
  const name = parts.at(-1) ?? path
  const own = readName(name)
  if (parts.length === 1 || OTHER_MEDIA.test(knownExtension(name) ?? '')) return own
  const folders = parts.slice(0, -1).toReversed()
  const releases = folders.slice(0, 2).map(readName)
  const reading = readInFolders(name, own, folders, releases)
  return { ...reading, quality: mergeQuality(own.quality, ...releases.map(({ quality }) => quality)) }
}

function readInFolders(
  name: string,
  own: NameReading,
  folders: readonly string[],
  releases: readonly NameReading[],
): NameReading {
  const season =
    folders.map(seasonOfFolder).find((number) => number !== undefined) ??
    releases.find(({ rule }) => rule === 'pack')?.season ??
    null
  const titled = folders
    .filter((folder) => hasTitle(folder))
    .map(readName)
    .find(({ title }) => title !== null)
  const [nearest = ''] = folders
  const nearestSeason = seasonOfFolder(nearest) ?? (releases[0]?.rule === 'pack' ? releases[0].season : null)
  const ownSeason = own.type === 'unknown' ? seasonOfFolder(name) : undefined
  if (ownSeason !== undefined && titled)
    return { ...titled, type: 'episode', season: ownSeason, confidence: 0.75, rule: 'pack' }
  const inFolder = nearestSeason === null ? undefined : inSeasonFolder(name, own, nearestSeason, titled)
  if (inFolder) return inFolder
  const isNumbered = ({ episodes, airDate }: NameReading) => episodes.length > 0 || airDate !== null
  const better = releases.find((release) => isNumbered(release) && release.confidence > Math.max(own.confidence, 0.6))
  if (better) return better
  const named = releases.find((release) => isShortFor(name, own, release))
  if (named) return { ...own, title: named.title, year: own.year ?? named.year }
  if (own.type === 'episode') return inSeason(own, season, titled)
  const part = own.year === null ? PART_OF.exec(name)?.[1] : undefined
  if (part !== undefined && titled?.title)
    return { ...titled, type: 'episode', season: 1, episodes: [Number(part)], confidence: 0.6, rule: 'part' }
  const bare = /^(\d{2,3})\.[^.]{2,5}$/.exec(name)?.[1]
  if (bare !== undefined && titled?.title)
    return { ...titled, type: 'episode', absoluteEpisodes: [Number(bare)], confidence: 0.6, rule: 'absolute' }
  const film = releases.find((release) => release.type === 'movie' && (release.year !== null || own.confidence <= 0.5))
  const isPrefixed =
    film !== undefined && film.year === own.year && name === name.toLowerCase() && endsIn(own.title, film.title)
  return film && film.confidence >= 0.7 && (own.year === null || isPrefixed) ? film : own
}

/** `Part 5 - Name.avi` */
const PART_OF = /^(?:part|teil|partie|parte|deel|del)[ ._]?(\d{1,2})(?=[ ._-]+\p{L})/iu

/** `Long.Tide.2012-GRP/grp-long.tide.2012.mkv`: the file's name has the group before the title. */
const endsIn = (title: string | null, end: string | null): boolean =>
  bareTitle(end).length > 3 && bareTitle(title).endsWith(bareTitle(end))

/** `Long.Tide.S01.720p-GRP/lt.s01e02.mkv`: scene files shorten the title that their folder tells. */
const isShortFor = (name: string, own: NameReading, { title, season, rule }: NameReading): boolean =>
  own.rule === 'season_episode' &&
  name === name.toLowerCase() &&
  season === own.season &&
  (rule === 'pack' || rule === 'season_episode') &&
  (endsIn(own.title, title) || isShortened(name, own.title, title))

/** `1 Pilot`, `sn203`: in a season's folder a bare number at the head, or one at the end that repeats the season, is enough. */
function inSeasonFolder(
  name: string,
  own: NameReading,
  season: number,
  titled: NameReading | undefined,
): NameReading | undefined {
  const [, lead, second] = /^(\d{1,3})(?:(?:-|[ ]?[&+][ ]?)(\d{1,3}))?(?=[ ._-]|$)/.exec(name) ?? []
  // `7 - 12 Angry Cats`: what was read as the title is the number
  const isNumbered = own.airDate !== null || own.episodes.length + own.absoluteEpisodes.length > 0
  const isLead = lead !== undefined && own.title === lead && own.rule !== 'season_episode'
  if (isNumbered && own.rule !== 'pilot' && !isLead) return undefined
  const scene = /(?<!\d)(\d{1,2})(\d\d)\.[^.]{2,5}$/.exec(name)
  const dotted = new RegExp(`(?<= )${season}\\.(\\d\\d)(?= - )`).exec(name)
  const number = lead ?? dotted?.[1] ?? (Number(scene?.[1]) === season ? scene?.[2] : undefined) ?? '0'
  // `Season 1/103.mkv`
  const episode = number.length > 2 && Number(number.slice(0, -2)) === season ? Number(number) % 100 : Number(number)
  if (episode === 0) return undefined
  return {
    ...own,
    type: 'episode',
    title: titled?.title ?? null,
    year: titled?.year ?? null,
    season,
    episodes: Number(second) === episode + 1 ? [episode, episode + 1] : [episode],
    absoluteEpisodes: [],
    confidence: 0.75,
    rule: 'absolute',
  }
}

/** An episode takes its folders' season and title where its own name has none, or only guessed. */
function inSeason(own: NameReading, season: number | null, titled: NameReading | undefined): NameReading {
  const title = own.title ?? titled?.title ?? null
  const [bare, around] = [bareTitle(title), bareTitle(titled?.title ?? null)]
  const isSame =
    titled !== undefined &&
    bare.length > 3 &&
    (around.startsWith(bare) || around.endsWith(bare) || (around.length > 5 && bare.endsWith(around)))
  const titles = { title, year: own.year ?? (isSame ? titled.year : null) }
  const isGuessed = own.season === null || own.rule === 'episode_only'
  // a day needs no season
  if (season === null || !isGuessed || own.rule === 'air_date') return { ...own, ...titles }
  const numbers = own.episodes.length > 0 ? own.episodes : own.absoluteEpisodes
  const isScene = numbers.length > 0 && numbers.every((number) => number > 100 && Math.floor(number / 100) === season)
  return {
    ...own,
    ...titles,
    season,
    episodes: isScene ? numbers.map((number) => number % 100) : numbers,
    // `S03/E04`: counted in its season
    absoluteEpisodes: own.rule === 'episode_only' ? [] : own.absoluteEpisodes,
    confidence: numbers.length > 0 ? Math.max(own.confidence, 0.75) : own.confidence,
  }
}
