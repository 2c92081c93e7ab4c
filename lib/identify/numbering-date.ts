import type { DigitFacts } from './digit-facts.ts'
import { eachMatch } from './each-match.ts'
import { monthOf } from './month-names.ts'

/** An air date as a name tells it, and the characters it takes. */
export interface AirDate {
  readonly start: number
  readonly end: number
  /** `YYYY-MM-DD` */
  readonly date: string
}

const MONTH_NAME =
  '(jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)'
const MONTH_HINT = /jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec/i
const YEAR = '((?:19|20)\\d\\d)'
const SEP = '[ ._-]'

/** The year first; months and days of two digits, or dashes between. */
const YEAR_FIRST = new RegExp(
  `(?<![\\d])${YEAR}(?:(${SEP}{1,3})(\\d\\d)\\2(\\d\\d)|-(\\d{1,2})-(\\d{1,2})|年(\\d{1,2})月(\\d{1,2})(?:日(?:\\d{1,2}時\\d{1,2}分(?:\\d{1,2}秒)?)?)?)(?!\\d)`,
  'u',
)
const YEAR_LAST = new RegExp(`(?<![\\d\\p{L}])(\\d{1,2})([ ._/-])(\\d{1,2})\\2${YEAR}(?!\\d)`, 'u')
/** Recorders add the time: `201704112200-Title`. */
const COMPACT =
  /(?<!\p{N}|(?!\p{Script=Han})\p{L})((?:19|20)\d\d)(\d\d)(\d\d)(?:[012]\d[0-5]\d)?(?!(?!期)[\p{L}\p{N}])/u
/** `17th of June 2014`, `3. März 2017`, `5 de marzo de 2018`: any word that `monthOf` knows. */
const DAY_MONTH_NAME = new RegExp(
  `(?<!\\d)(\\d{1,2})(?:st|nd|rd|th|º|er)?${SEP}{1,2}(?:(?:of|de|di)${SEP})?(\\p{L}{3,12})[ ._,-]{1,3}(?:(?:de|di)${SEP})?${YEAR}(?!\\d)`,
  'giu',
)
const MONTH_NAME_DAY = new RegExp(
  `(?<!\\p{L})${MONTH_NAME}${SEP}{1,2}(\\d{1,2})(?:st|nd|rd|th)?[ ._,-]{1,3}${YEAR}(?!\\d)`,
  'iu',
)
const YEAR_MONTH_NAME = new RegExp(`(?<!\\d)${YEAR}${SEP}{1,2}${MONTH_NAME}${SEP}{1,2}(\\d{1,2})(?!\\d)`, 'iu')
const SHORT_COMPACT = /(?=\d)(?<=[\p{L}\p{N}!?)][ ._-]{1,3})(\d\d)(\d\d)(\d\d)(?![\p{L}\p{N}])/u
const SHORT_DOTTED = /(?=\d)(?<=[\p{L}!?)][ ._-]{1,3})(\d\d)([ .])(\d\d)\2(\d\d)(?![\p{L}\p{N}]|[ .]\d)/u

/** German recorders: `Title_12.09.30_20-15_ard_90` */
const RECORDED = /(?=\d)(?<=_)(\d\d)\.(\d\d)\.(\d\d)(?=_\d\d-\d\d_)/u
/** `120422 Some Show Ep 91` */
const SHORT_AT_START = /^(\d\d)(\d\d)(\d\d)(?=[ ._-]{1,2}\p{L})/u
const SHORT_YEAR_LAST =
  /(?=\d)(?<=[\p{L}!?)][ ._-]{1,3})(\d\d|\d(?=[-/]\d{1,2}[-/]))([-/.])(\d\d|\d(?=[-/]))\2(\d\d)(?![\p{L}\p{N}]|[-/.]\d)/u

const FURTHER_YEAR = /^[ ._([-]{1,3}(?:19|20)\d\d(?!\d)/

/**
 * The date in a name. Where day and month could be either, `MM.DD.YYYY` is read, as releases from the United States
 * write it; `DD.MM.YYYY` when only that is a date, or the name tells a language of Europe's mainland.
 */
export function readAirDate(masked: string, { runs, longest }: DigitFacts, isEuropean = false): AirDate | undefined {
  if (runs < 2 && longest < 6) return undefined
  const isApart = runs > 2
  const byName = (match: RegExpExecArray | null | undefined, year: number, month: number, day: number) =>
    match && airDate(match, Number(match[year]), monthOf((match[month] ?? '').slice(0, 3)) ?? 0, Number(match[day]))
  const first = isApart ? YEAR_FIRST.exec(masked) : null
  if (first) {
    const year = Number(first[1])
    const [a, b] = [Number(first[3] ?? first[5] ?? first[7]), Number(first[4] ?? first[6] ?? first[8])]
    const date = airDate(first, year, a, b) ?? airDate(first, year, b, a)
    if (date) return date
  }
  const last = isApart ? YEAR_LAST.exec(masked) : null
  if (last) {
    const [a, b, year] = [Number(last[1]), Number(last[3]), Number(last[4])]
    // with spaces between words a dot is the date's own, as in Europe
    const isDotted = last[2] === '.' && /[ (]/.test(masked[last.index - 1] ?? '')
    const isDayFirst = isEuropean || isDotted || last[2] === '/' || last[2] === '-'
    const date = isDayFirst
      ? (airDate(last, year, b, a) ?? airDate(last, year, a, b))
      : (airDate(last, year, a, b) ?? airDate(last, year, b, a))
    if (date) return date
  }
  const named =
    dayMonth(masked) ??
    (MONTH_HINT.test(masked)
      ? (byName(MONTH_NAME_DAY.exec(masked), 3, 1, 2) ?? byName(YEAR_MONTH_NAME.exec(masked), 1, 2, 3))
      : undefined)
  if (named) {
    // a film called `September 30 1955`, and its year
    if (named.start === 0 && FURTHER_YEAR.test(masked.slice(named.end))) return undefined
    // `11/21/17 - 21st November 2017`: told twice
    const twice = shortYearLast(SHORT_YEAR_LAST.exec(masked))
    return twice?.date === named.date && twice.start < named.start ? { ...named, start: twice.start } : named
  }
  const compact = longest > 7 ? COMPACT.exec(masked) : null
  const whole = compact ? airDate(compact, Number(compact[1]), Number(compact[2]), Number(compact[3])) : undefined
  return (
    whole ??
    (longest > 5 ? shortDate(SHORT_COMPACT.exec(masked), 1, 2, 3) : undefined) ??
    (longest === 6 ? shortDate(SHORT_AT_START.exec(masked), 1, 2, 3) : undefined) ??
    (isApart ? shortDate(RECORDED.exec(masked), 1, 2, 3) : undefined) ??
    (isApart ? shortDate(SHORT_DOTTED.exec(masked), 1, 3, 4) : undefined) ??
    (isApart ? shortYearLast(SHORT_YEAR_LAST.exec(masked)) : undefined)
  )
}

function dayMonth(masked: string): AirDate | undefined {
  for (const match of eachMatch(DAY_MONTH_NAME, masked)) {
    const month = monthOf(match[2] ?? '')
    if (month !== undefined) return airDate(match, Number(match[3]), month, Number(match[1]))
  }
  return undefined
}

/** `YYMMDD` of this century. `010910` is season 1 with episodes 9 and 10 sooner than a day of 2001. */
function shortDate(match: RegExpExecArray | null, yearAt: number, monthAt: number, dayAt: number): AirDate | undefined {
  if (!match) return undefined
  const [year, month, day] = [Number(match[yearAt]), Number(match[monthAt]), Number(match[dayAt])]
  if (year > 39 || (day === month + 1 && year < 10)) return undefined
  return airDate(match, 2000 + year, month, day)
}

/** `10-19-12`, `6-14-10`, `18.09.00`: two digits of the year, last. `01-02-03` are three episodes. */
function shortYearLast(match: RegExpExecArray | null): AirDate | undefined {
  if (!match) return undefined
  const [a, b, short] = [Number(match[1]), Number(match[3]), Number(match[4])]
  if (b === a + 1 && short === b + 1) return undefined
  const year = short < 40 ? 2000 + short : 1900 + short
  return airDate(match, year, a, b) ?? airDate(match, year, b, a)
}

/** Undefined for what is no day since television began. */
function airDate(match: RegExpExecArray, year: number, month: number, day: number): AirDate | undefined {
  if (year < 1951 || year > 2039 || month < 1 || month > 12 || day < 1) return undefined
  if (day > new Date(Date.UTC(year, month, 0)).getUTCDate()) return undefined
  const two = (value: number) => String(value).padStart(2, '0')
  return { start: match.index, end: match.index + match[0].length, date: `${year}-${two(month)}-${two(day)}` }
}
