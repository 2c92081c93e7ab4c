import type { NameRow } from './families.ts'

const absolute: readonly NameRow[] = [
  ['[Group] Paper Moon - 067v2 [1080p][1A2B3C4D].mkv', 'Paper Moon #67'],
  ['[Group]_Paper_Moon_07_(1280x720_x264-AAC)_[6B7FD717]', 'Paper Moon #7'],
  ['[Group]_Paper_Moon!!_-_06_[848x480_H.264_AAC][859EEAFA]', 'Paper Moon!! #6'],
  ['[Group] Paper Moon 214', 'Paper Moon #214'],
  ['[Group] Paper Moon S10E14 214', 'Paper Moon S10E14 #214'],
  ['[Group] Paper Moon 214 10x14', 'Paper Moon S10E14 #214'],
  ['Paper Moon - 031 - The Resolution [Group].avi', 'Paper Moon #31'],
  ['[Group]Paper Moon 01 Role Play [Someone] [9C57891E].mkv', 'Paper Moon #1'],
  ['[Group] Paper Moon S3 - 12 [720p][D07C91FC]', 'Paper Moon S3E12 #12'],
  ['[Group] Paper Moon 2nd Season - 12 [720p]', 'Paper Moon S2E12 #12'],
  ['[Group] Paper Moon Season 2 - 10 [1080p].mkv', 'Paper Moon S2E10 #10'],
  ['[Group] Paper Moon (Season 2) - 33 (1280x720 10bit) [42A12A76].mkv', 'Paper Moon S2E33 #33'],
  ['[Group] Paper Moon - 07 (S2E3) [1080p]', 'Paper Moon S2E3 #7'],
  ['[Group] Paper Moon 2 - 05 [720p].mkv', 'Paper Moon 2 #5'],
  ['[Group] 86 - 01 [1080p][D40A9E55].mkv', '86 #1'],
  ['[Group]Paper.Moon.100', 'Paper Moon #100'],
  ['Paper Moon - 130 - Found You, Ann! Harsh Training! [Group][720p][5A1AD35B].mkv', 'Paper Moon #130'],
  ['[Group]_Paper_Moon_Ep04_(0b0e2c10).mkv', 'Paper Moon S1E4 #4'],
  ['[Group] Paper Moon #957 (NBN 1280x720 x264 AAC).mp4', 'Paper Moon #957'],
  ['Paper Moon Episode 56 [VOSTFR V2][720p][AAC]-Team', 'Paper Moon S1E56 #56'],
  ['Paper Moon 484 VOSTFR par Abc (1280*720) - version MQ', 'Paper Moon #484'],
  ['Paper.Moon.E1135.Lasst.den.Mond.GERMAN.1080p.WEBRip.x264-GRP', 'Paper Moon #1135'],
  ['[Group] Paper Moon S2 [05][HEVC-10bit 1080p AAC]', 'Paper Moon S2E5 #5'],
  ['[Group] Paper Moon - 1000 (YTV 1280x720 x264 AAC)', 'Paper Moon #1000'],
  ['[Group] Paper Moon 300-nen, With More - 01 (1080p) [8DE44442]', 'Paper Moon 300-nen, With More #1'],
  ['Paper Moon the Final - 09 (2021) [Group] [WEBRip] [HD 1080p]', 'Paper Moon the Final (2021) #9'],
  ['Paper.Moon.013.480p.DVD.Dual-Audio.FLAC2.0.x264-GRP.mkv', 'Paper Moon #13'],
  ['Paper.Moon.001.v4.480p.DVD.Dual-Audio.FLAC2.0.Hi10P.x264-GRP.mkv', 'Paper Moon #1'],
  ['Paper Moon - 107a - The Mystery (720p.x264.ac3-5.1) [449].mkv', 'Paper Moon #107'],
  ['[Group] 2-5 Paper Moon - 08 [480p][972D0669].mkv', '2-5 Paper Moon #8'],
  ['[Group] [BD][1080p] Paper Moon 08 [4D102B7C].mkv', 'Paper Moon #8'],
  ['[Group] 12 - Paper Moon [BD][720p][AAC].mp4', 'Paper Moon #12'],
  ['[Group] Paper Moon - １５８ [h264 10-bit][1080p]', 'Paper Moon #158'],
  ['[字幕组][纸月/Paper Moon][01][BIG5][720P]', 'Paper Moon #1'],
  ['【字幕组】★10月新番★[纸月/Paper Moon][12END][720p][繁体]', 'Paper Moon #12'],
  ['【字幕组】【纸月！_Paper Moon】[第05话][1080p_HEVC]', 'Paper Moon S1E5 #5'],
  ['[字幕组&Loli] 纸月: 再来 / Paper Moon - 17 [WebRip 1080p HEVC-10bit AAC]', 'Paper Moon #17'],
]

const absoluteRanges: readonly NameRow[] = [
  ['[Group] Paper Moon - 01-12 [BD][720p-AAC]', 'Paper Moon #1-12'],
  ['Paper Moon - 01-12', 'Paper Moon #1-12'],
  ['[Group]_PaperMoon_26-27_[F224EF26].avi', 'PaperMoon #26-27'],
  ['[Group] Paper Moon!! (01-25) [1080p] (Batch)', 'Paper Moon!! #1-25'],
  ['Paper Moon (2011) Episode 99-100 [1080p] [Dual.Audio] [x265]', 'Paper Moon (2011) S1E99-100 #99-100'],
  ['Paper Moon 1-13 (English Dub) [720p]', 'Paper Moon #1-13'],
  ['[Group] Paper Moon 091-123 [1080p][HEVC x265 10bit]', 'Paper Moon #91-123'],
  ['[Group] Paper Moon 01 - 119 [1080p] [Batch]', 'Paper Moon #1-119'],
  ['[Group] Paper Moon! - 01 ~ 10 [1080p][Multiple Subtitle]', 'Paper Moon! #1-10'],
  ['[字幕组][纸月][PAPER MOON][01-24完][720P][MP4]', 'PAPER MOON #1-24'],
  ['Paper Moon (2010) - S01E01-02 (001-002) - Name HDTV-720p v2 [Group]', 'Paper Moon (2010) S1E1-2 #1-2'],
]

const specials: readonly NameRow[] = [
  ['Paper.Moon.S00E16.Dear.Consumer.720p', 'Paper Moon S0E16'],
  ['[Group] Paper Moon - 0x01 [720p][34073169].mkv', 'Paper Moon S0E1'],
  ['[Group]_Paper_Moon_OVA_-_01_[BD][1920x1080_H264-Flac][6730D40A].mkv', 'Paper Moon S0E1 #1'],
  ['[Group] Paper Moon - 01 - OVA [BD][720p][AAC]', 'Paper Moon S0E1 #1'],
]

export const anime = { absolute, absoluteRanges, specials }
