/**
 * Titles that end in what looks like the year they were made. Nothing in a name tells them from `Show.2019`; these are the
 * ones that libraries are likely to hold.
 */
const TITLES: ReadonlySet<string> = new Set([
  'space 1999',
  'spazio 1999',
  'cosmos 1999',
  'sealab 2021',
  'reply 1988',
  'reply 1994',
  'reply 1997',
  '응답하라 1988',
  '응답하라 1994',
  '응답하라 1997',
  'class of 2007',
  'class of 1984',
  'class of 1999',
  'death race 2000',
  'wonder woman 1984',
  'dracula 2000',
  'godzilla 2000',
  'godzilla 1985',
  'fantasia 2000',
  'cherry 2000',
  'airport 1975',
  'argentina 1985',
  'fear street 1994',
  'fear street 1978',
  'summer 1993',
  'estiu 1993',
  'red riding 1974',
  'red riding 1980',
  'red riding 1983',
  'anno 1790',
  'beyond 2000',
])

/** Whether a stretch of a name that ends in a year is such a title. */
export const endsInOwnYear = (stretch: string): boolean =>
  TITLES.has(
    stretch
      .toLowerCase()
      .replace(/[^\p{L}\p{N}]+/gu, ' ')
      .trim(),
  )
