import type { NameRow } from './families.ts'

const packs: readonly NameRow[] = [
  ['Quiet.Harbour.S02.720p.x264-GRP', 'Quiet Harbour S2'],
  ['30.Reeds.Season.04.HDTV.XviD-GRP', '30 Reeds S4'],
  ['Quiet Harbour Season 4 WS PDTV XviD GRP', 'Quiet Harbour S4'],
  ['Quiet Harbour Season4 WS PDTV XviD GRP', 'Quiet Harbour S4'],
  ['Quiet Harbour S 01 720p WEB DL DD 5 1 h264 GRP', 'Quiet Harbour S1'],
  ['Quiet Harbour   Season 3', 'Quiet Harbour S3'],
  ['Quiet.Harbour.S01-S10.Complete.Series.720p.BluRay.x265-GRP', 'Quiet Harbour S1'],
  ['Quiet.Harbour.Complete.Series.S01-S10.720p.BluRay.x265-GRP', 'Quiet Harbour S1'],
  ['Quiet Harbour Seasons 1-8 Complete 720p BluRay', 'Quiet Harbour S1'],
  ['Quiet Harbour All Seasons (1-8) 720p', 'Quiet Harbour S1'],
  ['Quiet.Harbour.Season.1.to.3.1080p', 'Quiet Harbour S1'],
  ['Quiet Harbour S01S02S03', 'Quiet Harbour S1'],
  ['Quiet Harbour Saison 2 FRENCH', 'Quiet Harbour S2'],
  ['Quiet Harbour Season Two', 'Quiet Harbour S2'],
  ['Quiet.Harbour.2014.S03.1080p.NF.WEB-DL.DDP5.1.x264-GRP', 'Quiet Harbour (2014) S3'],
  ['Quiet.Harbour.S07D1.NTSC.DVDR-GRP', 'Quiet Harbour S7'],
  ['Reno.911.S01.DVDRip.DD2.0.x264-GRP', 'Reno 911 S1'],
  ['La Casa Blanca Temporada 2 HDTV 720p', 'La Casa Blanca S2'],
]

const daily: readonly NameRow[] = [
  ['Late Lamp 2011 04 18 Ann Reed HDTV XviD GRP', 'Late Lamp @2011-04-18'],
  ['Late.Lamp.2011.04.28.Ann.Reed.720p.WEB.x264-GRP', 'Late Lamp @2011-04-28'],
  ['Late Lamp - 2011-04-12 - Gov. Reed', 'Late Lamp @2011-04-12'],
  ['Late Lamp 28-04-2011 Ann Reed', 'Late Lamp @2011-04-28'],
  ['late.lamp.20110428.720p.web.h264-grp', 'Late Lamp @2011-04-28'],
  ['2011.01.10 - Ann Reed - HD TV.mkv', '@2011-01-10'],
  ['2020.NZ.2012.16.02.PDTV.XviD-GRP', '2020 NZ @2012-02-16'],
  ['Late_Lamp_US_04.28.2014_hdtv.x264.mp4', 'Late Lamp US @2014-04-28'],
  ['Late.Lamp.140722.720p.HDTV.x264-GRP', 'Late Lamp @2014-07-22'],
  ['Late Lamp 2015 02 09 WEBRIP s01e13', 'Late Lamp S1E13 @2015-02-09'],
  ['20161024- Reeds.21x41_720.mkv', '@2016-10-24'],
  ['2018-11-14.1080.all.mp4', '@2018-11-14'],
  ['Late.Lamp.2015.09.07.Part.2.720p.WEBRip.AAC2.0.H.264-GRP', 'Late Lamp @2015-09-07'],
  ['Late Lamp 12. Oct 2019 GERMAN 720p', 'Late Lamp @2019-10-12'],
  ['Late Lamp October 12, 2019 720p', 'Late Lamp @2019-10-12'],
  ['Late Lamp S01E02 (22 October 2016) HDTV 720p', 'Late Lamp S1E2 @2016-10-22'],
  ['Top Lamp - 06x11 - 2005.08.07', 'Top Lamp S6E11 @2005-08-07'],
  ['Top Lamp - 07x03 - 2005.11.70', 'Top Lamp S7E3'],
]

export const packsAndDates = { packs, daily }
