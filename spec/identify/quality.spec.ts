import { expect } from 'chai'
import { identifier } from '../../lib/identify/identifier.ts'

const TABLE: readonly (readonly [
  name: string,
  resolution: string | null,
  source: string | null,
  codec: string | null,
  hdr: string | null,
])[] = [
  ['Tide.2015.2160p.UHD.BluRay.x265.HDR10-GRP', '2160p', 'BluRay', 'x265', 'HDR10'],
  ['Tide.2015.2160p.WEB-DL.DV.HDR.H.265-GRP', '2160p', 'WEB-DL', 'x265', 'DV'],
  ['Tide.2015.2160p.WEB-DL.HDR10+.H.265-GRP', '2160p', 'WEB-DL', 'x265', 'HDR10+'],
  ['Tide.2015.2160p.WEB-DL.HDR10Plus.H.265-GRP', '2160p', 'WEB-DL', 'x265', 'HDR10+'],
  ['Tide.2015.2160p.WEB.Dolby.Vision.H.265-GRP', '2160p', 'WEB-DL', 'x265', 'DV'],
  ['Tide.2015.2160p.HLG.HDTV.HEVC-GRP', '2160p', 'HDTV', 'x265', 'HLG'],
  ['Tide.2015.2160p.SDR.WEBRip.x265-GRP', '2160p', 'WEBRip', 'x265', null],
  ['Tide.2015.1080p.BluRay.REMUX.AVC.DTS-HD.MA.5.1-GRP', '1080p', 'Remux', 'x264', null],
  ['Tide.2015.DVDRip.XviD-GRP', null, 'DVDRip', 'XviD', null],
  ['ADVANCED.Tide.2015.DVDRip.XviD-GRP', null, 'DVDRip', 'XviD', null],
  ['Tide.2015.720p.BRRip.x264', '720p', 'BluRay', 'x264', null],
  ['Tide.2015.1080i.HDTV.MPEG2-GRP', '1080i', 'HDTV', 'MPEG-2', null],
  ['Tide.2015.PDTV.x264-GRP', null, 'PDTV', 'x264', null],
  ['Tide.2015.HDCAM.x264-GRP', null, 'CAM', 'x264', null],
  ['Tide.2015.HDTS.x264-GRP', null, 'TS', 'x264', null],
  ['Tide.2015.HDRip.x264-GRP', null, 'HDRip', 'x264', null],
  ['Tide.2015.DVDSCR.x264-GRP', null, 'DVDSCR', 'x264', null],
  ['Tide.2015.1080p.WEB.AV1-GRP', '1080p', 'WEB-DL', 'AV1', null],
  ['Tide (2015) [4K] [WEBRip]', '2160p', 'WEBRip', null, null],
  ['[Group] Tide - 05 [1920x1080 x264 FLAC]', '1080p', null, 'x264', null],
  ['[Group] Tide - 05 (1920x804 HEVC)', '1080p', null, 'x265', null],
  ['[Group] Tide - 05 (848x480 H.264)', '480p', null, 'x264', null],
  ['Tide.S01E02.HDTV-720p.mkv', '720p', 'HDTV', null, null],
  ['Tide.S01E02.Bluray720p.mkv', '720p', 'BluRay', null, null],
  ['Tide 2015', null, null, null, null],
]

describe('the quality in a name', () => {
  for (const [name, resolution, source, codec, hdr] of TABLE) {
    it(name, () => {
      expect(identifier.identifyName(name).quality).to.deep.equal({ resolution, source, codec, hdr })
    })
  }
})
