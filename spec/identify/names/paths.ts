import type { NameRow } from './families.ts'

/** Folders that name the show, the season or the kind, and short file names inside them. */
const folders: readonly NameRow[] = [
  ['The Blue Tide/Part 5 - Seasonal Seas.avi', 'The Blue Tide S1E5'],
  ['The Tide at War (1973)/Disc 2/The Tide at War - 06 - Nets 1931-1942.mkv', 'The Tide at War (1973) #6'],
  ['Tide Connections.1978.DVDRip/Jan.Reed.Tide.Connections.1x03.Voices.avi', 'Jan Reed Tide Connections (1978) S1E3'],
  ['TV/Quiet Harbour/Quiet.Harbour.S04.720p.BluRay.x264-GRP', 'Quiet Harbour S4'],
  ['Shows/Quiet Harbour/Season 1-7', 'Quiet Harbour S1'],
  ['Television/Quiet Harbour (2013)/Quiet.Harbour.2013.S03.1080p.BluRay.x265-GRP', 'Quiet Harbour (2013) S3'],
  ['Tide/Slack Water S01 1080p', 'Tide/Slack Water S1'],
  ['Tide 11/12/2019 The Guest 480p x264-GRP', 'Tide @2019-12-11'],
  ['tv/Season 02/03-04-05 - The Net.avi', 'S2E3-5 #3-5'],
  ['Quiet Harbour/Livre 1', 'Quiet Harbour S1'],
  ['Quiet Harbour/Book 2 - Earth/2x17 - The Net.mkv', 'Quiet Harbour S2E17'],
  ['Quiet Harbour/Specials', 'Quiet Harbour S0'],
  ['Long Tide (1975) 1080p AVC DTS-HD MA 5.1/BDMV/index.bdmv', 'Long Tide (1975)'],
  ['Long.Tide.1985.COMPLETE.BLURAY-GRP/BDMV/STREAM/00003.m2ts', 'Long Tide (1985)'],
  ['Long Tide (1985)/VIDEO_TS/VTS_01_1.VOB', 'Long Tide (1985)'],
  ['tt0110912 Long Tide (1994)/Long Tide.mkv', 'Long Tide (1994)'],
  ['Ann Reed - The Harbour War (1990)/The Harbour War - S01E05 - The Net (1863).mkv', 'The Harbour War (1990) S1E5'],
  ['The Late Tide/Season 2014/The Late Tide - 2014-06-03 - Ann Reed.mkv', 'The Late Tide @2014-06-03'],
  ['/tv/The Late Tide/Season 03/The Late Tide - 2016-02-28 - The Net WEBDL-720p.mkv', 'The Late Tide @2016-02-28'],
]

const shortened: readonly NameRow[] = [
  ['Harbour.S04.720p-GRPS/Harbour.S04E05.720p.BluRay.x264-GRPS/grps-harbour.s04e05.720p.mkv', 'Harbour S4E5'],
  ['The.Tide.S07E13.720p.HDTV.x264-GRP/grp-the.tide.s07e13.720p.mkv', 'The Tide S7E13'],
  ['Quiet.Harbour.2005.S05E12E13.720p-GRP/grp-qh.s05e12e13.720p.mkv', 'Quiet Harbour (2005) S5E12-13'],
  ['Battlestar.Harbour.S01.720p.HDDVD.x264-GRP/bsh.s01e07.720p.hddvd-grp.mkv', 'Battlestar Harbour S1E7'],
  ['Quiet.Harbour.S01.720p-GRP/slack.water.s01e07.720p.mkv', 'Slack Water S1E7'],
]

export const paths = { folders, shortened }
