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
  'Echo 3',
  'V',
  'S.W.A.T.',
  'Salt & Iron',
  'Reno 911!',
  'Level 16',
  'Proper Manners',
  'The Office (US)',
] as const

/** `{.}` is the title with dots, `{_}` with underscores, `{ }` as it is. */
type Spelling = readonly [name: string, says: string]

const EPISODES: readonly Spelling[] = [
  ['{.}.S02E05.1080p.WEB.H264-GRP', 'S2E5'],
  ['{.}.S02E05.The.Name.720p.HDTV.x264-GRP.mkv', 'S2E5'],
  ['{ } - S02E05 - The Name [1080p].mkv', 'S2E5'],
  ['{ } - 2x05 - The Name.avi', 'S2E5'],
  ['{.}.2x05.iTALiAN.AC3.DVDRip-GRP', 'S2E5'],
  ['{_}_s02e05_720p_web_x264-grp', 'S2E5'],
  ['{ } S02 E05 720p', 'S2E5'],
  ['{.}.s02.e05.dvdrip.xvid-grp', 'S2E5'],
  ['{.}.S02EP05.PROPER.1080p.BluRay.DTS-HD.MA.5.1.AVC.REMUX-GRP', 'S2E5'],
  ['{ } [2x05] The Name [1080p].mkv', 'S2E5'],
  ['{ } (S02E05) The Name [1080p].mkv', 'S2E5'],
  ['{ } Season 2 Episode 5 WEBRip', 'S2E5'],
  ['{ } Saison 2 Épisode 5 VOSTFR 1080p', 'S2E5'],
  ['{ } Staffel 2 Folge 5 German 1080p', 'S2E5'],
  ['{ } Stagione 2 Episodio 5 [1080p].mkv', 'S2E5'],
  ['{ } 2. Sezon 5. Bölüm [1080p].mkv', 'S2E5'],
  ['{.}.S02.1080p.NF.WEB-DL.DDP5.1.x264-GRP', 'S2'],
  ['{.}.Season.2.720p.HDTV.x264-GRP', 'S2'],
  ['{.}.Temporada.2.1920x1080.x264.AAC-GRP', 'S2'],
  ['{.}.S02.COMPLETE.GERMAN.DL.720p.WEB.x264-GRP', 'S2'],
  ['{.}.Part.02.720p.HDTV.x264-GRP', 'S1E2'],
  ['[www.somesite.com] - {.}.S02E05.720p.HDTV.x264-GRP', 'S2E5'],
]

const SEVERAL: readonly Spelling[] = [
  ['{.}.S02E05-E07.1080p.BluRay.x265-GRP', 'S2E5-7'],
  ['{.}.S02E05E06.720p.HDTV.x264-GRP', 'S2E5-6'],
  ['{.}.S02E05-S02E07.1080p.WEB.H264-GRP', 'S2E5-7'],
  ['{.}.S02E05-06-07.1080p.WEB.H264-GRP', 'S2E5-7'],
  ['{.}.2x05-06.HDTV.XviD-LOL[ettv]', 'S2E5-6'],
  ['{.}.2x05x06.FRENCH.HDTV.XviD-GRP', 'S2E5-6'],
  ['{.}.S02E05+06.MULTi.1080p.WEBRip.10bit.x265-GRP', 'S2E5-6'],
  ['{.}.S02E05,E06.1080i.HDTV.DD5.1.MPEG2-GRP', 'S2E5-6'],
  ['{ } S02E05 & 06 iNTERNAL DVDRip XviD-GRP', 'S2E5-6'],
  ['{ } S02E05/06 1080p WEB H264-GRP', 'S2E5-6'],
  ['{ } - S02E05-E06 - The Name & The Tide [1080p].mkv', 'S2E5-6'],
  ['{ } Season 2 Episodes 5 & 6 720p', 'S2E5-6'],
]

const DAYS: readonly Spelling[] = [
  ['{.}.2014.06.17.720p.HDTV.x264-GRP', '@2014-06-17'],
  ['{ } - 2014-06-17 - The Guest [1080p].mkv', '@2014-06-17'],
  ['{.}.17.06.2014.The.Guest.1080p.WEB.h264-GRP', '@2014-06-17'],
  ['{.}.20140617.1080p.WEB.h264-GRP', '@2014-06-17'],
  ['{.}.140617.720p.HDTV.x264-GRP', '@2014-06-17'],
  ['{.}.17th.June.2014.HDTV.x264-GRP', '@2014-06-17'],
  ['{_}_2014_06_17_The_Guest_720p_HEVC_x265-GRP', '@2014-06-17'],
]

const ANIME: readonly Spelling[] = [
  ['[Group] { } - 05 [1080p][ABCD1234].mkv', '#5'],
  ['[Group] { } - 05v2 (720p) [0A1B2C3D].mkv', '#5'],
  ['[Group][{ }][05][BDRip][1080p].mkv', '#5'],
  ['[Group] { } - 107 - The Name [BD 1080p FLAC].mkv', '#107'],
  ['[Group] { } - 01-12 [1080p] [Batch]', '#1-12'],
  ['[Group] { } - 01 ~ 12 [1080p]', '#1-12'],
  ['[Group] { } S2 - 05 [1080p]', 'S2E5 #5'],
  ['[Group] { } 2nd Season - 05 [1080p]', 'S2E5 #5'],
  ['[Group] { } - S02E05 (1080p) [ABCD1234].mkv', 'S2E5'],
  ['[Group] { } - 25 (S2E05) [1080p]', 'S2E5 #25'],
]

const FILMS: readonly Spelling[] = [
  ['{.}.2012.1080p.BluRay.x264-GRP', '(2012)'],
  ['{ } (2012) [1080p] [BluRay] [YTS.MX].mp4', '(2012)'],
  ['{_}_2012_720p_WEB-DL_x264-grp', '(2012)'],
  ['{.}.EXTENDED.2012.GERMAN.DL.1080p.BluRay.x264-GRP', '(2012)'],
  ['{.}.2012.Hybrid.2160p.UHD.BluRay.DV.HDR.H.265-GRP', '(2012)'],
  ['{.}.2012.3D.HSBS.1080p.BluRay.x264-GRP', '(2012)'],
  ['[Group] { } (2012) [BD 1080p]', '(2012)'],
  ['www.site.org - { } (2012) 720p HDRip x264', '(2012)'],
  ['{ } - 2012 - 1080p', '(2012)'],
]

const spell = (spellings: readonly Spelling[], titles: readonly string[] = TITLES): readonly NameRow[] =>
  titles.flatMap((title) =>
    spellings.map(
      ([spelling, says]): NameRow => [
        spelling
          .replace('{.}', title.replaceAll(' ', '.'))
          .replace('{_}', title.replaceAll(' ', '_'))
          .replace('{ }', title),
        `${title} ${says}`,
      ],
    ),
  )

export const spelled = {
  spelledEpisodes: spell(EPISODES),
  spelledSeveral: spell(SEVERAL),
  spelledDays: spell(DAYS),
  spelledAnime: spell(ANIME),
  spelledFilms: spell(FILMS),
}
