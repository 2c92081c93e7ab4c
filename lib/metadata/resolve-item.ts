import type { ItemToComplete, MovieMetadata, ShowMetadata } from '../domain/metadata.ts'
import { bestMatch, type Candidate, type Match, splitCountry, type Wanted } from './matcher.ts'
import type { MetadataProvider } from './provider.ts'

type Movie = Extract<ItemToComplete, { kind: 'movie' }>
type Show = Extract<ItemToComplete, { kind: 'show' }>

/** `ambiguous`: several fit; `unknown`: none does; `numbering`: one fits, but has not the seasons that the library holds. */
export type Unresolved = 'ambiguous' | 'unknown' | 'numbering'

export type Resolved<T> = { readonly metadata: T } | { readonly reason: Unresolved }

/** Whose other titles are asked for when no title fits. */
const MAX_OTHER_TITLES = 3
/** Whose seasons are compared when several shows fit. */
const MAX_COMPARED_SHOWS = 4
/** From here on title and year say enough, whatever the numbering. */
const SURE = 0.97

/** By its id, or else by title and year. Fails as the provider does. */
export async function resolveMovie(
  provider: MetadataProvider,
  item: Movie,
  signal: AbortSignal,
): Promise<Resolved<MovieMetadata>> {
  if (item.tmdbId !== null) return { metadata: await provider.movie(item.tmdbId, signal) }
  const match = await findMatch(provider, item, signal)
  if (match.kind !== 'match') return { reason: match.kind === 'none' ? 'unknown' : 'ambiguous' }
  return { metadata: await provider.movie(match.best.candidate.tmdbId, signal) }
}

/** As `resolveMovie`. Shows of one title are told apart by the seasons and episodes that the library holds. */
export async function resolveShow(
  provider: MetadataProvider,
  item: Show,
  signal: AbortSignal,
): Promise<Resolved<ShowMetadata>> {
  if (item.tmdbId !== null) return { metadata: await provider.show(item.tmdbId, signal) }
  const match = await findMatch(provider, item, signal)
  if (match.kind === 'none') return { reason: 'unknown' }
  if (match.kind === 'match') {
    const metadata = await provider.show(match.best.candidate.tmdbId, signal)
    return match.best.score >= SURE || hasSeasons(metadata, item) ? { metadata } : { reason: 'numbering' }
  }
  if (match.scored.length > MAX_COMPARED_SHOWS) return { reason: 'ambiguous' }
  const fitting: ShowMetadata[] = []
  for (const { candidate } of match.scored) {
    const metadata = await provider.show(candidate.tmdbId, signal)
    if (hasEpisodes(metadata, item)) fitting.push(metadata)
  }
  const [only] = fitting
  return only && fitting.length === 1 ? { metadata: only } : { reason: 'ambiguous' }
}

/** Specials are numbered too freely to say anything. */
const regular = ({ lastEpisodes }: Show): [number, number][] => [...lastEpisodes].filter(([season]) => season > 0)

const hasSeasons = ({ seasons }: ShowMetadata, item: Show): boolean =>
  regular(item).every(([number]) => seasons.some((season) => season.number === number))

const hasEpisodes = ({ seasons }: ShowMetadata, item: Show): boolean =>
  regular(item).every(([number, last]) => {
    const season = seasons.find((other) => other.number === number)
    return (season?.episodes.at(-1)?.number ?? 0) >= last
  })

/**
 * Searches with the year, so that a rare film of a common title is on the first page; then without, since years are
 * off by one; then by the other titles of what was found.
 */
async function findMatch(provider: MetadataProvider, wanted: Wanted, signal: AbortSignal): Promise<Match> {
  const titles = new Set([wanted.title])
  if (wanted.kind === 'show') titles.add(splitCountry(wanted.title).title)
  const found = new Map<number, Candidate>()
  for (const year of new Set([wanted.year, null])) {
    for (const title of titles) {
      for (const candidate of await search(provider, wanted.kind, title, year, signal)) {
        found.set(candidate.tmdbId, candidate)
      }
    }
    const match = bestMatch(wanted, [...found.values()])
    if (match.kind !== 'none') return match
  }
  const inTime = [...found.values()].filter(({ year }) => isNear(wanted.year, year)).slice(0, MAX_OTHER_TITLES)
  for (const candidate of inTime) {
    const others = await provider.otherTitles(wanted.kind, candidate.tmdbId, signal)
    found.set(candidate.tmdbId, { ...candidate, titles: [...candidate.titles, ...others] })
  }
  return bestMatch(wanted, [...found.values()])
}

const isNear = (wanted: number | null, offered: number | null): boolean =>
  wanted === null || (offered !== null && Math.abs(wanted - offered) <= 1)

const search = (
  provider: MetadataProvider,
  kind: Wanted['kind'],
  title: string,
  year: number | null,
  signal: AbortSignal,
): Promise<readonly Candidate[]> =>
  kind === 'movie' ? provider.searchMovies(title, year, signal) : provider.searchShows(title, year, signal)
