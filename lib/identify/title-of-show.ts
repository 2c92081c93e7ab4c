import type { Numbering, Reading } from './numbering.ts'
import { withoutSeasons } from './numbering-season.ts'
import { withoutPackWords } from './numbering-whole.ts'
import { endsInOwnYear } from './own-year.ts'
import { displayTitle } from './title.ts'
import { ALSO_KNOWN_AS, closed, regionTitle, type TitleYear, withoutSecondTitle } from './title-region.ts'

export interface ShowTitle extends TitleYear {
  /** The year that stands behind the number of a later season: that season's, and not the show's. */
  readonly seasonYear: number | null
}

const YEAR_AT_END =
  /[ ._([{-]{1,4}((?:19\d|20[0-3])\d)(?:-(?:19|20)?\d\d)?(?:[ ._](?:CZ|SK|PL|HU|RO|IT|DE|FR|ES|UK|US))?[ ._)\]}([{-]{0,6}$/
/** `(2005)`, and as Russian trackers tell it: `(Ян Новак) [2005, драма, …]`. */
const BRACKETED_YEAR = /(?: \([^()\d]{3,80}\) )?[[(]((?:19|20)\d\d)(?:-(?:\d\d){1,2})?(?:[\])]|, )/
/** An episode's show: what stands before the numbering, its year apart. */
export function showTitle(reading: Reading, end: number, numbering?: Numbering): ShowTitle {
  const { text, titleStart, titleEnd } = reading
  const limit = titleEnd > titleStart ? Math.min(end, titleEnd) : end
  const told = text.slice(titleStart, Math.max(limit, titleStart))
  const named = (limit < end || end === titleEnd ? closed(told) : told).replace(ALSO_KNOWN_AS, '')
  const whole = numbering?.isSeasonInside ? withoutSeasons(named) : named
  const isOfAll = numbering?.rule === 'pack' && numbering.season === null
  const numbered = withoutPackWords(whole.replace(COUNT_AT_START, ''), isOfAll)
  const bare = numbered.replace(numbering ? SEASON_AT_END : AIRED_AT_END, '')
  const counted = bare === numbered ? bare : withoutPackWords(bare, isOfAll)
  const isRun = numbering?.rule === 'absolute' || numbering?.rule === 'special'
  const region = withoutSecondTitle(isRun ? counted.replace(KIND_AT_END, '') : counted, reading.hasGroup)
  const trailing = YEAR_AT_END.exec(region)
  if (
    trailing &&
    trailing.index > 0 &&
    !endsInOwnYear(region) &&
    displayTitle(region.slice(0, trailing.index)) !== null
  )
    return ofShow(regionTitle(reading, region.slice(0, trailing.index)), Number(trailing[1]))
  const bracketed = BRACKETED_YEAR.exec(reading.hasGroup ? region : told) ?? BRACKETED_YEAR.exec(region)
  if (bracketed && bracketed.index > 0)
    return ofShow(regionTitle(reading, region.slice(0, bracketed.index)), Number(bracketed[1]))
  const behind = /\p{Script=Latin}{2}/u.test(region) ? null : BEHIND_SLASH.exec(text.slice(end))
  if (behind) return ofShow(displayTitle(behind[1] ?? ''), behind[2] === undefined ? null : Number(behind[2]))
  const year = yearBehind(reading, end, numbering)
  const title = regionTitle(reading, region)
  return (numbering?.season ?? 1) > 1 ? { title, year: null, seasonYear: year } : ofShow(title, year)
}

const ofShow = (title: string | null, year: number | null): ShowTitle => ({ title, year, seasonYear: null })

/** `S02 (2015)`, `[1969-1993]`, `[2017, США, …]`, `/ 2023 /`. */
const YEAR_BEHIND = /[[(]((?:19|20)\d\d)(?:-(?:19|20)?\d\d)?(?:[\])]|, )|(?<= \/ )((?:19|20)\d\d)(?= \/|$)/
/** `S01.2023.1080p`: nothing else before the description. */
/** `第一季.全46集.Joy.of.Life.2019.`, `Band.of.Brothers.E09.Why.We.Fight.2001.BluRay`: nothing else is told by a year there. */
const YEAR_LAST = /[ ._]((?:19|20)\d\d)(?:[ ._]\p{Script=Han}+)?[ ._]?$/u
const isOfSeveral = ({ rule, episodes, absolute }: Numbering): boolean =>
  rule === 'pack' || episodes.length > 1 || absolute.length > 1
const YEAR_AT_ONCE = /^(?:[ ._](?:из|із|iz|of|von|de|di|z)[ ._]\d{1,3})?[ ._)\]]{1,3}((?:19|20)\d\d)[ ._]?$/

function yearBehind({ text, titleEnd }: Reading, end: number, numbering: Numbering | undefined): number | null {
  const year =
    YEAR_BEHIND.exec(text.slice(end)) ??
    (numbering ? YEAR_AT_ONCE.exec(text.slice(numbering.end, titleEnd)) : null) ??
    (numbering && (isOfSeveral(numbering) || numbering.rule === 'episode_only')
      ? YEAR_LAST.exec(text.slice(end, titleEnd))
      : null)
  return year ? Number(year[1] ?? year[2]) : null
}

/** `Фонари (1 сезон: 1-7 серии из 8) / Lanterns / 2026`: the title that databases know stands behind. */
const BEHIND_SLASH = /^[^/)]{0,60}\)\s?\/\s?(\p{Script=Latin}[^/()[\]]{1,80}?)\s?\/\s?((?:19|20)\d\d)?/u

/** `01. Show - 05`, a file's place in its folder; `(Group) Show - 05`. */
const COUNT_AT_START = /^(?:0\d{1,2}\. |\((?=[^)]*\p{L})[^)]{2,40}\)[ _]{1,2})(?=\p{L})/u
/** `[Group]_Show_DVD_08`, `Show - OVA 03`: where the number comes from is no part of the title. */
const KIND_AT_END = /(?<=[\p{L}\p{N}!?.'])(?:[ _](?:DVD|BD)|[ _]-[ _](?:OVA|OAD|ONA))[ _-]{0,3}$/u
/** `Show - Sendung vom 24.02.2019`, `Show du 12-04-2007`, `Show - Tuesday, March 14`: words that the date stands behind. */
const AIRED_AT_END =
  /(?<=[\p{L}\p{N})\]!?.])[ ._([-]{1,3}(?:(?:week[ ._]of|(?<= - |, )(?:mon|tues|wednes|thurs|fri|satur|sun)day,?|sendung|ausgabe|[ée]mission|[ée]dition|puntata|episode|эфир|выпуск|odcinek|folge)(?:[ ._]{1,2}|(?=[ ._([-]{0,4}$)))?(?:vom|von|du|del|dell['´’]|van|z[ ._]dnia|från|fra|on|of|de|from|от|за|aired)?[ ._([-]{1,4}$/iu
/** `S04 Season 4`, `S04 - 4x01`, `Ep 2x03`, `4ACV07 - S04E07`: what names the numbers again is no part of the title. */
const SEASON_AT_END =
  /(?<=[\p{L}\p{N})\]!?.])[ ._([-]{1,3}(?:s\d\d|ep(?:isode)?|эфир(?:[ ._]от)?|выпуск|book[ ._]\d{1,2}|\d{1,2}a[a-z]{2}\d\d)[ ._([-]{0,4}$/iu
