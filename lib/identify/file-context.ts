import type { CandidateFile, Quality } from '../domain/identify.ts'
import type { Work } from '../domain/slices.ts'
import { cleanName } from './clean-name.ts'
import { digitFacts } from './digit-facts.ts'
import { hasTitle, seasonOfFolder } from './folder-names.ts'
import { type NameReading, readName } from './identify-name.ts'
import { readSeason } from './numbering-season.ts'
import { numberWord, ROMAN_WORD } from './numbering-words.ts'
import { mergeQuality } from './quality.ts'
import { scanTags } from './release-tags.ts'
import { groupBy } from './sibling-numbers.ts'

/** A video with everything that its place in the torrent says of it. */
export interface FileContext {
  readonly file: CandidateFile
  /** Its own name without folders and extension. */
  readonly stem: string
  readonly own: NameReading
  /** Of the nearest folder that names one, else of a torrent that is one season's. */
  readonly season: number | null
  /** Of the nearest folder that is a title and no season. */
  readonly folderTitle: string | null
  readonly folderYear: number | null
  /** Of folders that differ in their number only: `Show I`, `Show II`. */
  readonly seriesTitle: string | null
  readonly folder: string
  /** A folder around it that is a numbered release by itself: `Show.S01E02.720p/abc.mkv`. */
  readonly release: NameReading | null
  readonly quality: Quality
}

const MAX_STEM_LENGTH = 512

/** Reads every folder once, however many files it holds. */
export function* fileContexts(
  torrentName: string,
  torrent: NameReading,
  files: readonly CandidateFile[],
): Work<readonly FileContext[]> {
  const packSeason = torrent.rule === 'pack' && !isSeasonRange(torrentName) ? torrent.season : null
  const readings = new Map<string, NameReading>()
  const read = (name: string): NameReading => {
    const known = readings.get(name)
    if (known) return known
    const reading = readName(name)
    readings.set(name, reading)
    return reading
  }
  const numbered = numberedFolders(files, read)
  const contexts: FileContext[] = []
  for (const file of files) {
    yield
    const parts = file.path.split('/')
    const name = parts.at(-1) ?? file.path
    const folders = parts.slice(0, -1).toReversed()
    const own = readName(name)
    const release =
      folders.map(read).find((reading) => reading.episodes.length > 0 && reading.confidence >= 0.9) ?? null
    const titled = folders
      .filter(hasTitle)
      .map(read)
      .find((reading) => reading.title !== null)
    const folder = parts.slice(0, -1).join('/')
    const seasonOf = numbered.get(folder)
    contexts.push({
      file,
      stem: name.replace(/\.[^.]{1,5}$/, '').slice(0, MAX_STEM_LENGTH),
      own,
      season: seasonOf?.season ?? contextSeason(folders, read) ?? packSeason,
      folderTitle: titled?.title ?? null,
      seriesTitle: seasonOf?.title ?? null,
      folderYear: titled?.year ?? null,
      folder,
      release,
      quality: mergeQuality(own.quality, ...folders.map((folder) => read(folder).quality), torrent.quality),
    })
  }
  return contexts
}

function contextSeason(folders: readonly string[], read: (name: string) => NameReading): number | null {
  for (const folder of folders) {
    const season =
      seasonOfFolder(folder) ?? (read(folder).rule === 'pack' && !isSeasonRange(folder) ? read(folder).season : null)
    if (season !== null) return season
  }
  return null
}

const NUMBERED = new RegExp(String.raw`^(.*\p{L})[ ._-]{1,3}(\d{1,2}|${ROMAN_WORD})$`, 'iu')
const LEAST_EPISODES = 3

/** `Show I`, `Show II`, `Show III`, most of whose files begin with their number: the seasons of one show. */
function numberedFolders(
  files: readonly CandidateFile[],
  read: (name: string) => NameReading,
): ReadonlyMap<string, { readonly title: string; readonly season: number }> {
  const folders = groupBy(files, ({ path }) => path.slice(0, Math.max(0, path.lastIndexOf('/'))))
  const seasons = new Map<string, { readonly title: string; readonly season: number }>()
  for (const [folder, members] of folders) {
    const name = folder.slice(folder.lastIndexOf('/') + 1)
    const [, title = '', number = ''] =
      (read(name).rule !== 'pack' && hasTitle(name) ? NUMBERED.exec(name) : null) ?? []
    const rest = (path: string) => path.slice(folder.length + 1).replace(name, '')
    const led = members.filter(({ path }) => /^[ ._-]{0,3}(?:part[ ._-]?)?\d{1,2}(?!\d)/i.test(rest(path)))
    const areParts = members.every(({ path }) => /part[ ._-]?\d/i.test(rest(path)))
    const least = areParts ? LEAST_EPISODES - 1 : LEAST_EPISODES
    if (title !== '' && led.length >= least && led.length * 2 > members.length)
      seasons.set(folder, { title, season: numberWord(number) })
  }
  const titles = groupBy([...seasons.values()], ({ title }) => title)
  for (const [folder, { title }] of seasons) if (titles.get(title)?.length === 1) seasons.delete(folder)
  return seasons
}

/** `S01-S04`, `Series 1, 2 & 3`: no one season is that of its files. */
function isSeasonRange(name: string): boolean {
  const { masked } = scanTags(cleanName(name).text)
  const mark = readSeason(masked, digitFacts(masked))
  return mark !== undefined && (mark.lastSeason > mark.season || /^[ ]?[,&+-][ ]?\d/.test(masked.slice(mark.end)))
}
