import type { Quality } from '../domain/identify.ts'
import type { DigitFacts } from './digit-facts.ts'

/** A name prepared for the numbering rules. Positions are the same in both texts. */
export interface Reading {
  readonly text: string
  /** `text` with its release tags blotted out. */
  readonly masked: string
  /** Of `masked`. */
  readonly digits: DigitFacts
  /** Where the description (quality, source, …) begins, or the length. */
  readonly titleEnd: number
  /** Where the title may begin: behind a leading `[Group]`. */
  readonly titleStart: number
  readonly hasGroup: boolean
  /** One file of video, by its extension, and no batch of many. */
  readonly isVideo: boolean
  readonly quality: Quality
}

/** What one numbering rule read. `start` ends the title. */
export interface Numbering {
  readonly rule: NumberingRule
  readonly start: number
  readonly end: number
  readonly season: number | null
  readonly episodes: readonly number[]
  readonly absolute: readonly number[]
  readonly confidence: number
  /** Where the title ends when that is not `start`. */
  readonly titleEnd?: number
  /** The season stands between two spellings of the title. */
  readonly isSeasonInside?: boolean
}

export type NumberingRule =
  | 'season_episode'
  | 'words'
  | 'pack'
  | 'air_date'
  | 'absolute'
  | 'episode_only'
  | 'part'
  | 'scene'
  | 'special'
  | 'pilot'

/** More than any file holds; a larger span is a misreading. */
const MAX_SPAN = 1200

/** `first` to `last`, or `first` alone where the span cannot be one. */
export function span(first: number, last: number): number[] {
  if (last <= first || last - first > MAX_SPAN) return [first]
  return Array.from({ length: last - first + 1 }, (_, index) => first + index)
}

export const isYear = (value: number, digits: number): boolean => digits === 4 && value >= 1900 && value <= 2039

/** The episodes read so far, and where the next piece of the numbering would stand. */
export interface EpisodeRun {
  readonly episodes: number[]
  end: number
}

/** Everything below starts so. */
const NEXT =
  /[ ._]{0,3}(?:[-~&+,;/\d#]|t[o/]|and|und|et|[yiи][ ._]|o[cg]h?[ ._]|en[ ._]|à|a[lo]?[ ._\d]|at[ée]|a(?:ep?|x)|bis|[пд]о|s\d|ep?[ ._\d]|x\d)/iuy
const FULL_FORM =
  /[ ._]{0,3}([-~&+,]|to|and|und|et|al?|à|ao|bis|[yeiи](?=[ ._])|og|och|по|до)?[ ._]{0,3}(?:s(\d{1,4})[ ._-]{0,2}e(?:p[ .]?)?(\d{1,5})|(\d{1,4})x(\d{1,4}))(?![\d\p{L}])/iuy
const MARKED =
  /[ ._]{0,2}([-~&+,]|to|and|und|et|[yeiи](?=[ ._])|og|och|à|a|al|ao|bis)?[ ._]{0,2}(?:ep?[ ._]?|x|#)(\d{1,5})(?![\d])/iuy
const BARE = /([-~&+,])(\d{1,4})(?:v\d)?(?![\d\p{L}!?]|\.\d(?!\d))/iuy
/** `S01E01 & 02`, `S01E01/02`, `Folge 1 und 2` */
const JOINED =
  /(?:[ ._]{0,2}([&+/,;]|and)[ ._]{0,2}|[ ._](?:und|et|y|e|i|en|og|och|и)[ ._])(\d{1,2})(?![\d\p{L}])([ ._]\p{L})?/iuy
/** `Episode 87 & 276` */
const JOINED_FAR = /[ ._]{0,2}([&+]|and)[ ._]{0,2}(\d{2,4})(?![\d\p{L}])(?=[ ._]{0,2}(?:[[(\uE000]|$))/iuy
const SPACED_TO = /[ ._](to|~|à|a|al|ao|at[ée]|bis|t\/m|tot|по|до)[ ._](\d{1,4})(?![\d\p{L}])/iuy
/** `[Ep 01 - 220]`, `Ep 1025 - 1036 [720p]` */
const SPACED_DASH = / {1,2}(-) (\d{1,4})(?=[ ]?(?:[[\](){}]|$))/iuy
const SPACED_NEXT = /[ ._](\d{2})(?![\d\p{L}])/iuy
const UNDERSCORED = /(_)(\d{2,3})(?![\d\p{L}])/iuy
/** Single files hold few episodes: a larger step after a bare dash is a year, a time or a name. */
const MAX_BARE_STEP = 130
const MAX_GLUED_STEP = 10

/** Reads what follows the first episode number: `E02`, `-E05`, `-05`, `x05`, `.S01E02`, ` - 1x02`, ` to 10`. */
export function readRun(
  text: string,
  end: number,
  season: number | null,
  first: number,
  underscores: boolean,
): EpisodeRun {
  const run: EpisodeRun = { episodes: [first], end }
  const told = [first]
  let isDashed = true
  for (let round = 0; round < MAX_SPAN; round++) {
    const last = run.episodes[run.episodes.length - 1] ?? first
    const step = nextStep(text, run.end, season, last, underscores)
    if (!step) break
    if (step.episode > last) {
      run.episodes.push(...(step.isRange ? span(last, step.episode).slice(1) : [step.episode]))
      told.push(step.episode)
    }
    isDashed &&= text.slice(run.end, step.end).includes('-')
    run.end = step.end
  }
  // `E23-E24-E26` tells each
  return told.length > 2 && isDashed ? { episodes: told, end: run.end } : run
}

function nextStep(text: string, at: number, season: number | null, last: number, underscores: boolean) {
  const step = (pattern: RegExp) => {
    pattern.lastIndex = at
    return pattern.exec(text)
  }
  if (!step(NEXT)) return undefined
  const made = (match: RegExpExecArray, episode: number) => ({
    episode,
    isRange: /^(?:[-~]|to|à|a|al|ao|at[ée]|bis|t\/m|tot|по|до)$/i.test(match[1] ?? ''),
    end: at + match[0].length,
  })
  const next = season === null ? step(SPACED_NEXT) : null
  if (next && Number(next[1]) === last + 1) return { episode: last + 1, isRange: false, end: at + next[0].length }
  const full = step(FULL_FORM)
  if (full) {
    const fullSeason = Number(full[2] ?? full[4])
    return season !== null && fullSeason === season ? made(full, Number(full[3] ?? full[5])) : undefined
  }
  const marked = step(MARKED)
  // `S05E53 - Ep.129` counts twice, and is no range; `Ep53 - Ep129` is one
  const countsAgain =
    marked !== null && /^[ ._]+-[ ._]+ep/i.test(marked[0]) && !/ep[ ._]?\d{1,5}$/i.test(text.slice(0, at))
  if (marked && !countsAgain && Number(marked[2]) >= last) {
    // `E01E03`: first and last
    const isGlued = /^e/i.test(marked[0]) && Number(marked[2]) - last <= MAX_GLUED_STEP
    const episode = made(marked, Number(marked[2]))
    return isGlued ? { ...episode, isRange: true } : episode
  }
  const joined = step(JOINED)
  if (joined && Number(joined[2]) > last && Number(joined[2]) - last <= (joined[3] ? 1 : MAX_GLUED_STEP))
    return { ...made(joined, Number(joined[2])), end: at + joined[0].length - (joined[3]?.length ?? 0) }
  const far = season === null ? step(JOINED_FAR) : null
  if (far && Number(far[2]) > last) return made(far, Number(far[2]))
  const isNext = (match: RegExpExecArray | null) => Number(match?.[2]) === last + 1
  const [dashed, underscored] = [step(SPACED_DASH), step(UNDERSCORED)]
  const bare =
    step(BARE) ??
    step(SPACED_TO) ??
    (season === null || last > 99 || isNext(dashed) ? dashed : null) ??
    (underscores || isNext(underscored) ? underscored : null)
  const episode = Number(bare?.[2])
  // a season's file holds few, a batch of a whole show many
  const most = season === null && !isYear(episode, bare?.[2]?.length ?? 0) ? MAX_SPAN : MAX_BARE_STEP
  return bare && episode > last && episode - last <= most ? made(bare, episode) : undefined
}
