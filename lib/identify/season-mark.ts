/** A season named without an episode: of a pack, or before an anime episode's number. */
export interface SeasonMark {
  readonly start: number
  readonly end: number
  readonly season: number
  /** Of a range of seasons, else the same. */
  readonly lastSeason: number
}

/** What a pattern found. */
export const mark = (match: RegExpExecArray, season: number, lastSeason = season): SeasonMark => ({
  start: match.index,
  end: match.index + match[0].length,
  season,
  lastSeason: Math.max(season, lastSeason),
})
