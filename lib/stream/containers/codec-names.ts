/** Codecs by what containers call them, in the names that Kodi and its skins know. */

const FOUR_CC: ReadonlyMap<string, string> = new Map(
  Object.entries({
    // Video, in MP4 (as registered at mp4ra.org) and AVI
    h264: 'avc1 avc2 avc3 avc4 dva1 dvav h264 x264 davc vssh',
    hevc: 'hvc1 hev1 dvh1 dvhe hevc h265 x265',
    av1: 'av01 dav1',
    vvc: 'vvc1 vvi1',
    vp8: 'vp08 vp80',
    vp9: 'vp09 vp90',
    mpeg4: 'mp4v xvid divx dx50 fmp4 m4s2 3ivx',
    msmpeg4v2: 'div2 mp42',
    msmpeg4v3: 'div3 div4 mp43 ap41',
    mpeg2video: 'mpg2 mp2v m2v1 mx5p xdvc',
    mpeg1video: 'mpg1 mpeg m1v1',
    vc1: 'vc-1 wvc1',
    wmv3: 'wmv3',
    wmv2: 'wmv2',
    mjpeg: 'mjpg jpeg mjpa mjpb avrn',
    h263: 's263 h263',
    prores: 'apch apcn apcs apco ap4h ap4x',
    svq3: 'svq3',
    theora: 'theo',
    // Audio
    aac: 'mp4a',
    ac3: 'ac-3',
    eac3: 'ec-3',
    ac4: 'ac-4',
    dca: 'dtsc dtse dts+ dts-',
    dtshd_hra: 'dtsh',
    dtshd_ma: 'dtsl',
    truehd: 'mlpa',
    opus: 'opus',
    flac: 'flac',
    alac: 'alac',
    mp3: '.mp3',
    mp2: '.mp2',
    amrnb: 'samr',
    amrwb: 'sawb',
    pcm: 'sowt twos lpcm in24 in32 ipcm fpcm raw fl32 fl64',
  }).flatMap(([name, codes]) => codes.split(' ').map((code) => [code, name])),
)

/** The unknown keep their own, in lower case. */
export function codecOfFourCc(code: string): string {
  const plain = code.toLowerCase().replace(/[^\x21-\x7e]/g, '')
  return FOUR_CC.get(plain) ?? (plain === '' ? 'unknown' : plain)
}

/** `wFormatTag` of a WAVEFORMATEX (RFC 2361). */
const WAVE_FORMATS: ReadonlyMap<number, string> = new Map([
  [0x0001, 'pcm'],
  [0x0003, 'pcm'],
  [0x0050, 'mp2'],
  [0x0055, 'mp3'],
  [0x00ff, 'aac'],
  [0x1610, 'aac'],
  [0x0160, 'wmav1'],
  [0x0161, 'wmav2'],
  [0x0162, 'wmapro'],
  [0x2000, 'ac3'],
  [0x2001, 'dca'],
  [0x566f, 'vorbis'],
  [0xf1ac, 'flac'],
])

export const codecOfWaveFormat = (tag: number): string => WAVE_FORMATS.get(tag) ?? 'unknown'

/** `objectTypeIndication` of an esds (ISO/IEC 14496-1 table 5); undefined: what the sample entry says. */
export function codecOfObjectType(type: number): string | undefined {
  if (type === 0x40 || (type >= 0x66 && type <= 0x68)) return 'aac'
  if (type === 0x69 || type === 0x6b) return 'mp3'
  if (type >= 0x60 && type <= 0x65) return 'mpeg2video'
  return OBJECT_TYPES.get(type)
}

const OBJECT_TYPES: ReadonlyMap<number, string> = new Map([
  [0x20, 'mpeg4'],
  [0x21, 'h264'],
  [0x23, 'hevc'],
  [0x6a, 'mpeg1video'],
  [0x6c, 'mjpeg'],
  [0xa5, 'ac3'],
  [0xa6, 'eac3'],
  [0xa9, 'dca'],
  [0xaa, 'dtshd_hra'],
  [0xab, 'dtshd_ma'],
  [0xad, 'opus'],
  [0xb1, 'vp9'],
  [0xdd, 'vorbis'],
])

const MATROSKA: readonly (readonly [prefix: string, name: string])[] = [
  ['V_MPEG4/ISO/AVC', 'h264'],
  ['V_MPEGH/ISO/HEVC', 'hevc'],
  ['V_MPEGI/ISO/VVC', 'vvc'],
  ['V_MPEG4/ISO', 'mpeg4'],
  ['V_MPEG4/MS/V3', 'msmpeg4v3'],
  ['V_MPEG2', 'mpeg2video'],
  ['V_MPEG1', 'mpeg1video'],
  ['V_REAL/', 'realvideo'],
  ['A_AAC', 'aac'],
  ['A_AC3', 'ac3'],
  ['A_DTS/LOSSLESS', 'dtshd_ma'],
  ['A_DTS', 'dca'],
  ['A_MPEG/L3', 'mp3'],
  ['A_MPEG/L2', 'mp2'],
  ['A_MPEG/L1', 'mp1'],
  ['A_PCM', 'pcm'],
  ['A_REAL/', 'realaudio'],
]

/** `CodecID` of RFC 9559 section 27; the unknown are named by what stands behind `V_` or `A_`. */
export function codecOfMatroska(codecId: string): string {
  const known = MATROSKA.find(([prefix]) => codecId.startsWith(prefix))
  return (
    known?.[1] ??
    (codecId
      .replace(/^[A-Z]_/, '')
      .replace(/\/.*$/, '')
      .toLowerCase() ||
      'unknown')
  )
}

/** By transfer characteristics of ITU-T H.273: 16 is SMPTE ST 2084, 18 is ARIB STD-B67. */
export const hdrOfTransfer = (transfer: number | undefined): string | null =>
  transfer === 16 ? 'hdr10' : transfer === 18 ? 'hlg' : null
