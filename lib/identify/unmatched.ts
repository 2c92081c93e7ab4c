import type { CandidateFile, FileMatch, UnmatchedReason } from '../domain/identify.ts'

/** Below this a file is not placed: a wrong place is worse than none. */
export const LEAST_CONFIDENCE = 0.5

/** A file that stays where it is, with the numbers guessed for it when there were any. */
export function unmatched(
  file: CandidateFile,
  reason: UnmatchedReason,
  season: number | null = null,
  episode: number | null = null,
): FileMatch {
  return { kind: 'unmatched', file, reason, season, episode }
}
