import { cutText, extensionOf, legalName, legalText } from '../domain/legal-name.ts'
import type { EpisodeRow, MovieRow } from '../domain/library-rows.ts'
import { variantOf } from '../domain/variant.ts'

/** Leaves room beside a title for year, `[tmdbid-N]`, episode numbers, version, counter, subtitle label and extension. */
const TITLE_BYTES = 150
/** Leaves room beside a stem for version, counter, subtitle label and extension. */
export const STEM_BYTES = 174
const QUALITY_BYTES = 12
const VARIANT_BYTES = 20

type Titled = Pick<MovieRow, 'title' | 'year'>
type Numbered = Pick<EpisodeRow, 'season' | 'episode' | 'lastEpisode' | 'name'>
type Version = Pick<MovieRow, 'resolution' | 'source' | 'filePath'>

/** `Title (Year)`, the directory of a movie or show before anything collides. */
export function titleName({ title, year }: Titled): string {
  const text = titleText(title)
  return legalName(year === null || text.endsWith(` (${year})`) ? text : `${text} (${year})`)
}

/** What to try for an item whose directory name is taken. */
export function itemNames(name: string, tmdbId: number | null): readonly [string, ...string[]] {
  return tmdbId === null ? [name] : [name, `${name} [tmdbid-${tmdbId}]`]
}

export function seasonName(season: number): string {
  return `Season ${pad(season)}`
}

/**
 * `Show - S01E01 - Name`, `Show - S01E01-E02 - Name`, or without a name.
 * @param show its `titleText`
 */
export function episodeStem(show: string, { season, episode, lastEpisode, name }: Numbered): string {
  const last = lastEpisode > episode ? `-E${pad(lastEpisode)}` : ''
  const stem = `${show} - S${pad(season)}E${pad(episode)}${last}`
  const nameText = legalText(name ?? '')
  return legalName(nameText === '' ? stem : cutText(`${stem} - ${nameText}`, STEM_BYTES))
}

/**
 * Stems to try for one of several versions: ` - 1080p`, then ` - 1080p BluRay` where two have the same resolution; of a
 * file that says which cut or part it is ` - 1080p Final Cut`, ` - 480p cd1`.
 */
export function versionStems(stem: string, { resolution, source, filePath }: Version): readonly [string, ...string[]] {
  const labelled = (parts: readonly string[]) => legalName(`${stem} - ${parts.join(' ')}`)
  const label = (part: string | null, limitBytes: number) => cutText(legalText(part ?? ''), limitBytes)
  const [lines, origin] = [label(resolution, QUALITY_BYTES), label(source, QUALITY_BYTES)]
  const variant = label(variantOf(filePath), VARIANT_BYTES)
  const parts = [lines, variant === '' ? origin : variant].filter((part) => part !== '')
  if (parts.length === 0) return [stem]
  return variant === '' ? [labelled(parts.slice(0, 1)), labelled(parts)] : [labelled(parts)]
}

/** Extensions of library files are lower-case; those of unsorted files stay as they came. */
export function libraryExtension(filePath: string): string {
  return extensionOf(filePath).toLowerCase()
}

/** A title as part of a name. */
export function titleText(title: string): string {
  return cutText(legalText(title), TITLE_BYTES) || 'Untitled'
}

function pad(number: number): string {
  return String(number).padStart(2, '0')
}
