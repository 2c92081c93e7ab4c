import { span } from './numbering.ts'

/** One number, or a run of them, that stands for episodes with no season beside it. */
export interface EpisodeNumbers {
  readonly start: number
  readonly end: number
  readonly numbers: readonly number[]
  /** `marked`: called an episode (`Ep 07`, `#12`, `第5话`); `placed`: only its place says so. */
  readonly how: 'marked' | 'counted' | 'placed'
  readonly confidence: number
}

export const VERSION = '(?:[ _.]?[vV]\\d|[a-cA-C](?![\\p{L}\\p{N}]))?'
export const numberRange = (first: number, last: string | undefined): readonly number[] =>
  last === undefined ? [first] : span(first, Number(last))

export const isFollowedByYear = (masked: string, position: number): boolean =>
  /^[ ._[(-]{0,3}(?:19|20)\d\d(?!\d)/.test(masked.slice(position))

/** What a pattern found in the text behind `from`. */
export function at(
  match: RegExpExecArray,
  from: number,
  numbers: readonly number[],
  how: EpisodeNumbers['how'],
  confidence: number,
): EpisodeNumbers {
  return { start: from + match.index, end: from + match.index + match[0].length, numbers, how, confidence }
}
