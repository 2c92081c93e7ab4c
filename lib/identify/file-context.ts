import type { CandidateFile, Quality } from '../domain/identify.ts'
import type { Work } from '../domain/slices.ts'
import { cleanName } from './clean-name.ts'
import { digitFacts } from './digit-facts.ts'
import { hasTitle, seasonOfFolder } from './folder-names.ts'
import { type NameReading, readName } from './identify-name.ts'
import { readSeason } from './numbering-season.ts'
import { mergeQuality } from './quality.ts'
import { scanTags } from './release-tags.ts'

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
    contexts.push({
      file,
      stem: name.replace(/\.[^.]{1,5}$/, '').slice(0, MAX_STEM_LENGTH),
      own,
      season: contextSeason(folders, read) ?? packSeason,
      folderTitle: titled?.title ?? null,
      folderYear: titled?.year ?? null,
      folder: parts.slice(0, -1).join('/'),
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

/** `S01-S04`, `Series 1, 2 & 3`: no one season is that of its files. */
function isSeasonRange(name: string): boolean {
  const { masked } = scanTags(cleanName(name).text)
  const mark = readSeason(masked, digitFacts(masked))
  return mark !== undefined && (mark.lastSeason > mark.season || /^[ ]?[,&+-][ ]?\d/.test(masked.slice(mark.end)))
}
