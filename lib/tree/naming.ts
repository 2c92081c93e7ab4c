import { cutText, extensionOf, legalName, legalText } from '../domain/legal-name.ts'
import type { EpisodeRow, MovieRow } from '../domain/library-rows.ts'

/** Leaves room beside a title for year, `[tmdbid-N]`, episode numbers, version, counter, subtitle label and extension. */
const TITLE_BYTES = 150
/** Leaves room beside a stem for version, counter, subtitle label and extension. */
export const STEM_BYTES = 174

type Titled = Pick<MovieRow, 'title' | 'year'>
type Numbered = Pick<EpisodeRow, 'season' | 'episode' | 'lastEpisode' | 'name'>
type Version = Pick<MovieRow, 'resolution' | 'source'>

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

/** Stems to try for one of several versions: ` - 1080p`, then ` - 1080p BluRay` where two have the same resolution. */
export function versionStems(stem: string, { resolution, source }: Version): readonly [string, ...string[]] {
  const parts = [resolution, source].map((part) => cutText(legalText(part ?? ''), 12)).filter((part) => part !== '')
  const [first, second] = parts
  if (first === undefined) return [stem]
  const labelled = legalName(`${stem} - ${first}`)
  return second === undefined ? [labelled] : [labelled, legalName(`${stem} - ${first} ${second}`)]
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
