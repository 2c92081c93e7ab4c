import { titleScore } from './title-score.ts'

/** What is looked for, as the names of files gave it. */
export interface Wanted {
  readonly kind: 'movie' | 'show'
  readonly title: string
  readonly year: number | null
}

/** A search result. */
export interface Candidate {
  readonly tmdbId: number
  /** Its own, the original, and others when they were asked for. */
  readonly titles: readonly string[]
  readonly year: number | null
  readonly votes: number
  readonly popularity: number
  /** ISO 3166-1, of origin; empty when unknown. */
  readonly countries: readonly string[]
}

export interface Scored {
  readonly candidate: Candidate
  /** 0 to 1. */
  readonly score: number
}

export type Match =
  | { readonly kind: 'match'; readonly best: Scored }
  /** Several fit and none stands out; the likeliest first. */
  | { readonly kind: 'ambiguous'; readonly scored: readonly Scored[] }
  | { readonly kind: 'none'; readonly best: Scored | undefined }

/** Below it nothing is taken. */
export const MATCH_THRESHOLD = 0.75
/** Scores this near to the best are told apart by votes alone. */
const NEAR = 0.05
/** Whoever has so many times the votes of any rival is meant. */
const DOMINANT_RATIO = 10
const DOMINANT_VOTES = 50

const YEAR_FACTORS = {
  same: 1,
  /** Festival and release, or two countries. */
  adjacent: 0.92,
  unasked: 0.85,
  unknown: 0.8,
  other: 0.4,
}

/** Countries that release names put after a show's title: `The Office US`. */
const COUNTRIES: Readonly<Record<string, string>> = {
  US: 'US',
  UK: 'GB',
  GB: 'GB',
  AU: 'AU',
  NZ: 'NZ',
  CA: 'CA',
  IE: 'IE',
}
const COUNTRY_SUFFIX = /^(.{2,}?) \(?(US|UK|GB|AU|NZ|CA|IE)\)?$/

/** A show's title without the country at its end, and that country (ISO 3166-1). */
export function splitCountry(title: string): { readonly title: string; readonly country: string | undefined } {
  const [, bare, suffix] = COUNTRY_SUFFIX.exec(title) ?? []
  return bare === undefined || suffix === undefined
    ? { title, country: undefined }
    : { title: bare, country: COUNTRIES[suffix] }
}

/** 0 to 1: whether this is the one. Title times year; the best of its titles counts. */
export function scoreOf(wanted: Wanted, candidate: Candidate): number {
  let title = bestTitle(wanted.title, candidate.titles)
  if (wanted.kind === 'show') {
    const { title: bare, country } = splitCountry(wanted.title)
    if (country !== undefined && candidate.countries.includes(country)) {
      title = Math.max(title, bestTitle(bare, candidate.titles))
    }
  }
  return title * yearFactor(wanted.year, candidate.year)
}

const bestTitle = (wanted: string, titles: readonly string[]): number =>
  titles.reduce((best, title) => Math.max(best, titleScore(wanted, title)), 0)

function yearFactor(wanted: number | null, offered: number | null): number {
  if (wanted === null) return YEAR_FACTORS.unasked
  if (offered === null) return YEAR_FACTORS.unknown
  const apart = Math.abs(wanted - offered)
  if (apart === 0) return YEAR_FACTORS.same
  return apart === 1 ? YEAR_FACTORS.adjacent : YEAR_FACTORS.other
}

/**
 * The one that is meant, or none: a wrong match puts a wrong name on somebody's file, a missing one leaves the file's
 * own. Votes and popularity never lift a score; they only decide between equals.
 */
export function bestMatch(wanted: Wanted, candidates: readonly Candidate[]): Match {
  const scored = candidates
    .map((candidate) => ({ candidate, score: scoreOf(wanted, candidate) }))
    .sort(
      (a, b) =>
        b.score - a.score || b.candidate.votes - a.candidate.votes || b.candidate.popularity - a.candidate.popularity,
    )
  const [first] = scored
  if (!first || first.score < MATCH_THRESHOLD) return { kind: 'none', best: first }
  const rivals = scored
    .filter(({ score }) => score >= MATCH_THRESHOLD && score > first.score - NEAR)
    .sort((a, b) => b.candidate.votes - a.candidate.votes || b.candidate.popularity - a.candidate.popularity)
  const [leader, second] = rivals
  if (!leader || !second) return { kind: 'match', best: first }
  const { votes } = leader.candidate
  const stands = votes >= DOMINANT_VOTES && votes >= second.candidate.votes * DOMINANT_RATIO
  return stands ? { kind: 'match', best: leader } : { kind: 'ambiguous', scored: rivals }
}
