import type { NameRow } from './families.ts'

/** Titles that themselves look like numbers, years, tags or words of numbering. */
const TITLES = [
  'Quiet Harbour',
  '24',
  '1923',
  'Area 51',
  'The 4400',
  '9-1-1',
  'Special Unit',
  'Episodes',
  'Part Time Kings',
  'German Village',
  'Web of Reeds',
  'Sample This',
  'Extended Family',
  'Studio 666',
  'E Street',
  'Sixteen Seasons',
] as const

/** `{.}` is the title with dots, `{_}` with underscores, `{ }` as it is. */
const SPELLINGS: readonly (readonly [string, string])[] = [
  ['{.}.S02E05.1080p.WEB.H264-GRP', 'S2E5'],
  ['{.}.S02E05.The.Name.720p.HDTV.x264-GRP.mkv', 'S2E5'],
  ['{ } - S02E05 - The Name [1080p].mkv', 'S2E5'],
  ['{ } - 2x05 - The Name.avi', 'S2E5'],
  ['{_}_s02e05_720p_web_x264-grp', 'S2E5'],
  ['{ } S02 E05 720p', 'S2E5'],
  ['{.}.s02.e05.dvdrip.xvid-grp', 'S2E5'],
  ['{ } Season 2 Episode 5 WEBRip', 'S2E5'],
  ['{.}.S02E05-E07.1080p.BluRay.x265-GRP', 'S2E5-7'],
  ['{.}.S02E05E06.720p.HDTV.x264-GRP', 'S2E5-6'],
  ['{.}.S02.1080p.NF.WEB-DL.DDP5.1.x264-GRP', 'S2'],
  ['[Group] { } - 05 [1080p][ABCD1234].mkv', '#5'],
  ['[Group] { } - 05v2 (720p) [0A1B2C3D].mkv', '#5'],
  ['{.}.2014.06.17.720p.HDTV.x264-GRP', '@2014-06-17'],
  ['[www.somesite.com] - {.}.S02E05.720p.HDTV.x264-GRP', 'S2E5'],
]

export const spelled: readonly NameRow[] = TITLES.flatMap((title) =>
  SPELLINGS.map(
    ([spelling, says]): NameRow => [
      spelling
        .replace('{.}', title.replaceAll(' ', '.'))
        .replace('{_}', title.replaceAll(' ', '_'))
        .replace('{ }', title),
      `${title} ${says}`,
    ],
  ),
)
