import type { NameRow } from './families.ts'

const obfuscated: readonly NameRow[] = [
  ['9f86d081884c7d659a2feaa0c55ad015', '?'],
  ['a94a8fe5ccb19ba61c4c0873d391e987982fbbd3.mkv', '?'],
  ['6e1c9d5a-3b1e-4c59-93f5-9e2d1a7a1234.mkv', '?'],
  ['Kq7Zp2Lm9Xw4Rt8Vb3Ny6Hc1Jd5Fg0', '?'],
  ['password - "bdc435cb-93c4-4902-97ea-ca00568c3887.337" yEnc', '?'],
  ['XqWERTlkj4Bn9Zx0Poi7', '?'],
  ['PLMQWN4820.mkv', '?'],
  ['ajifajjjeaeaeqwer_eppj.avi', '?'],
  ['Backup_58213S02-12.mkv', '?'],
  ['{2b8d4a31-c6c1-4e6f-9a55-1f0b8cfbd7e1}.mp4', '?'],
  ['IMG_4821.MOV', '?'],
  ['VID_20190704_213455.mp4', '?'],
  ['20200815_174210.mp4', '?'],
  ['Screen Recording 2022-03-14 at 10.22.33.mov', '?'],
  ['title_t03.mkv', '?'],
  ['VTS_01_1.VOB', '?'],
  ['untitled.mkv', '?'],
  ['ABCD-729', '?'],
  ['x7Gh29sKqLpZ.part01.rar', '?'],
  ['NOTHING TO SEE HERE', '?'],
  ['', '?'],
  ['...', '?'],
  ['[]', '?'],
]

const otherMedia: readonly NameRow[] = [
  ['Some Painter 2024 v25.0.0.37 (x64) Multilingual + Crack', '?'],
  ['somelinux-2024.01.01-x86_64.iso', '?'],
  ['Long.Game.Deluxe.Edition.v1.10-FitGirl.Repack', '?'],
  ['The Reeds - The Bright Side (1973) [FLAC 24-96]', '?'],
  ['The.Reeds-Random.Tides-WEB-2013-MP3-320', '?'],
  ['The_Reeds-Live-2CD-2014-GRP', '?'],
  ['The Reeds - Discography (1993-2016) [320kbps]', '?'],
  ['Quiet Harbour Season 8 (Music from the Series) (2019) Mp3 320kbps', '?'],
  ['01 - Long Tide.mp3', '?'],
  ['Long Tide - A. Reed (1997).epub', '?'],
  ['The.Harbour.Weekly.2023.11.18.PDF', '?'],
  ['Long Tide - A. Reed - Audiobook - Unabridged', '?'],
  ['Long Tide v01-08 (2021-2023) (Digital) (Reeds)', '?'],
  ['Some Painter Update 1.116.232.1030.zip', '?'],
  ['Udemy - The Complete Angler in 2023', '?'],
]

export const unknowns = { obfuscated, otherMedia }
