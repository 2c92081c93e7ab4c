import type { FileMatch, IdentifyHints } from '../domain/identify.ts'
import { agreedTitle } from './agreed-title.ts'
import type { FileContext } from './file-context.ts'
import type { NameReading } from './identify-name.ts'
import { LEAST_CONFIDENCE, unmatched } from './unmatched.ts'

const COLLECTION =
  /(?<![\p{L}])(?:trilogy|collection|anthology|quadrilogy|duology|saga|pack|films|movies|complete|box[ ._]?set|filmography|1-\d|i-i?[iv])(?![\p{L}])/iu
const DISC_PART = /(?<![a-z])(?:cd|dis[ck]|part)[ ._-]?\d(?!\d)/i
const FULL_LENGTH_SHARE = 0.4
const EXTRA_SHARE = 0.25
const MANY = 4

/**
 * The films of a torrent, beside the episodes of a show or alone: its largest video, the halves of a film on several
 * discs, other versions, or several films that each name their own year. What is much smaller beside them is an extra.
 */
export function placeFilms(
  torrentName: string,
  torrent: NameReading,
  contexts: readonly FileContext[],
  isBesideShow: boolean,
  hints: IdentifyHints | undefined,
): readonly FileMatch[] {
  const sizes = contexts.map(({ file }) => file.sizeBytes).toSorted((a, b) => a - b)
  const largestBytes = sizes.at(-1) ?? 0
  const isCollection =
    hints?.kind !== 'movie' &&
    (isBesideShow ||
      (contexts.length > 1 &&
        (COLLECTION.test(torrentName) || distinctYears(contexts) > 1 || areUnnamed(torrent, contexts, largestBytes))))
  // among many the largest may be of another quality
  const usualBytes = contexts.length < MANY ? largestBytes : (sizes[Math.floor(sizes.length / 2)] ?? 0)
  const largest = contexts.find(({ file }) => file.sizeBytes === largestBytes)
  const counter = isCollection && contexts.every(({ stem }) => COUNTER.test(stem)) ? COUNTER : undefined
  return contexts.map((context) => {
    const { file } = context
    const isMain = context === largest || isSameFilm(context, largest)
    const isFull = file.sizeBytes >= usualBytes * FULL_LENGTH_SHARE
    if (!isMain && !(isCollection && (isFull || context.own.year !== null)))
      return unmatched(file, file.sizeBytes < largestBytes * EXTRA_SHARE ? 'extra' : 'low_confidence')
    const film = isCollection
      ? ofItself(context, counter)
      : ofTorrent(context, torrent, contexts.length === 1 || isMain, hints)
    if (film.title === null) return unmatched(file, 'no_title')
    if (film.confidence < LEAST_CONFIDENCE) return unmatched(file, 'low_confidence')
    return {
      kind: 'movie',
      file,
      title: film.title,
      year: film.year,
      quality: context.quality,
      confidence: film.confidence,
    }
  })
}

interface Film {
  readonly title: string | null
  readonly year: number | null
  readonly confidence: number
}

const distinctYears = (contexts: readonly FileContext[]): number =>
  new Set(contexts.map(({ own, folderYear }) => own.year ?? folderYear).filter((year) => year !== null)).size

/** Full-length files of several names in a torrent whose own says nothing. */
function areUnnamed(torrent: NameReading, contexts: readonly FileContext[], largestBytes: number): boolean {
  const full = contexts.filter(({ file }) => file.sizeBytes >= largestBytes * FULL_LENGTH_SHARE)
  return torrent.type === 'unknown' && new Set(full.map(({ own }) => own.title)).size > 1
}

/** Another half or another version of the same film: the same title and year, or the same name but for the disc. */
function isSameFilm(context: FileContext, largest: FileContext | undefined): boolean {
  if (!largest) return false
  const bare = ({ stem }: FileContext) => stem.replace(DISC_PART, '').toLowerCase()
  if (DISC_PART.test(context.stem) && bare(context) === bare(largest)) return true
  const { own } = context
  return own.title !== null && own.year !== null && own.title === largest.own.title && own.year === largest.own.year
}

/** `1. Title (2001)`, `02 - Title (2002)`: each film of a collection has its number first. */
const COUNTER = /^\d{1,2}[ ._)-]{1,3}(?=\S)/

/** In a collection the torrent's name is no film's. */
function ofItself({ own, folder, folderTitle, folderYear }: FileContext, counter: RegExp | undefined): Film {
  const title = counter ? (own.title?.replace(counter, '') ?? null) : own.title
  if (title !== null && own.year !== null)
    return { title: agreedTitle(title, folderTitle), year: own.year, confidence: own.confidence }
  const isOwnFolder = folder.includes('/') && folderYear !== null
  if (isOwnFolder) return { title: folderTitle, year: folderYear, confidence: 0.8 }
  return { title, year: own.year, confidence: own.type === 'movie' ? Math.max(own.confidence, 0.5) : 0.3 }
}

/** The name with a year wins; of two the torrent's, which a person wrote to be found. */
function ofTorrent(
  context: FileContext,
  torrent: NameReading,
  isMain: boolean,
  hints: IdentifyHints | undefined,
): Film {
  if (hints?.kind === 'movie' && hints.title !== undefined)
    return { title: hints.title, year: hints.year ?? null, confidence: isMain ? 0.95 : 0.5 }
  const { own, folderTitle, folderYear } = context
  const isSure = torrent.type === 'movie' && torrent.confidence >= LEAST_CONFIDENCE
  if (isSure && torrent.year !== null) return { ...torrent, title: agreedTitle(torrent.title, own.title) }
  if (own.type === 'movie' && own.year !== null) return own
  if (folderYear !== null && folderTitle !== null) return { title: folderTitle, year: folderYear, confidence: 0.8 }
  if (isSure && torrent.title !== null) return torrent
  if (own.type === 'movie') return own
  return hints?.kind === 'movie' && torrent.title !== null
    ? { title: torrent.title, year: torrent.year, confidence: LEAST_CONFIDENCE }
    : { title: own.title ?? torrent.title, year: null, confidence: 0.2 }
}
