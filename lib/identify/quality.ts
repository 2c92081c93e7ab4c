import type { Quality } from '../domain/identify.ts'
import type { Tag } from './release-tags.ts'

type Canonical = readonly (readonly [pattern: RegExp, name: string])[]

/** Tested in order on the tag without separators, in lower case. */
const SOURCES: Canonical = [
  [/remux/, 'Remux'],
  [/webrip|webdlrip|webcap|webmux/, 'WEBRip'],
  [/^web|^itunesrip/, 'WEB-DL'],
  [/bluray|^b[dr]|uhdrip|uhdbdrip/, 'BluRay'],
  [/hddvd/, 'HD-DVD'],
  [/dvdscr|screener|scr/, 'DVDSCR'],
  [/dvdrip|dvdivx|dvdmux/, 'DVDRip'],
  [/^dvd|^ld|laserdisc/, 'DVD'],
  [/hdcam|^cam|hqcam/, 'CAM'],
  [/telesync|^hdts|^tsrip|^ts$/, 'TS'],
  [/telecine|^hdtc|^tcrip|^tc$/, 'TC'],
  [/^pdtv/, 'PDTV'],
  [/^sdtv/, 'SDTV'],
  [/hdtv|^u?hdtvrip|^ahdtv/, 'HDTV'],
  [/^dsr|^dth|^sat|^ds/, 'DSR'],
  [/tv|dvb|dtt|iptv|^vod|^ppv/, 'TVRip'],
  [/vhs/, 'VHSRip'],
  [/^hd.*rip|microhd|hdlight|digital/, 'HDRip'],
  [/^r5/, 'R5'],
  [/workprint/, 'Workprint'],
]
const CODECS: Canonical = [
  [/264|avc/, 'x264'],
  [/265|hevc/, 'x265'],
  [/266/, 'H.266'],
  [/xvid/, 'XviD'],
  [/divx/, 'DivX'],
  [/av1/, 'AV1'],
  [/vp9/, 'VP9'],
  [/vp8/, 'VP8'],
  [/mpe?g2/, 'MPEG-2'],
  [/mpe?g4/, 'MPEG-4'],
  [/vc1/, 'VC-1'],
]
/** The richest first: a name that says `DV HDR10` is Dolby Vision. */
const HDR: Canonical = [
  [/^dv$|dovi|dolbyvision/, 'DV'],
  [/hdr10(?:plus|\+|p)|hdr\+/, 'HDR10+'],
  [/hdr10/, 'HDR10'],
  [/hdr/, 'HDR'],
  [/hlg/, 'HLG'],
]
const BROADCAST = new Set(['HDTV', 'PDTV', 'SDTV', 'DSR', 'TVRip'])

const isRemux = ({ kind, text }: Tag): boolean => (kind === 'source' || kind === 'flag') && /remux/i.test(text)

const plain = (tag: Tag): string => tag.text.toLowerCase().replace(/[ ._-]/g, '')

/** The first tag that any row knows, or null. */
function named(tags: readonly Tag[], kind: Tag['kind'], rows: Canonical): string | null {
  for (const tag of tags) {
    if (tag.kind !== kind) continue
    const text = plain(tag)
    const row = rows.find(([pattern]) => pattern.test(text))
    if (row) return row[1]
  }
  return null
}

function resolutionOf(tags: readonly Tag[]): string | null {
  let vague: string | null = null
  for (const tag of tags) {
    const text = plain(tag)
    if (tag.kind === 'source') {
      const lines = /(\d{3,4})p/.exec(text)
      if (lines) return `${lines[1]}p`
      continue
    }
    if (tag.kind !== 'resolution') continue
    const size = /^(\d{3,4})[x*×](\d{3,4})/.exec(text)
    if (size) return fromSize(Number(size[1]), Number(size[2]))
    const lines = /(\d{3,4})([pi]?)/.exec(text)
    if (lines) return `${lines[1]}${lines[2] === 'i' ? 'i' : 'p'}`
    vague ??= text.startsWith('8k') ? '4320p' : /fhd|fullhd/.test(text) ? '1080p' : text === 'qhd' ? '1440p' : '2160p'
  }
  return vague
}

/** By the width, since wide films keep it and lose lines. */
function fromSize(width: number, height: number): string {
  // broadcast with pixels wider than high
  if (width === 1440 && height > 1000) return '1080p'
  for (const [least, name] of [
    [7000, '4320p'],
    [3200, '2160p'],
    [2500, '1440p'],
    [1700, '1080p'],
    [1180, '720p'],
  ] as const)
    if (width >= least) return name
  return height >= 900
    ? '1080p'
    : height >= 700
      ? '720p'
      : height > 480
        ? '576p'
        : height > 400 || width >= 640
          ? '480p'
          : `${height}p`
}

export function qualityOf(tags: readonly Tag[]): Quality {
  const hdrNames = HDR.map(([, name]) => name)
  const hdrs = tags.filter((tag) => tag.kind === 'hdr').map((tag) => named([tag], 'hdr', HDR))
  const source = tags.some(isRemux) ? 'Remux' : named(tags, 'source', SOURCES)
  return {
    resolution: resolutionOf(tags),
    source,
    codec: named(tags, 'codec', CODECS),
    hdr: hdrNames.find((name) => hdrs.includes(name)) ?? null,
  }
}

export const isBroadcast = (quality: Quality): boolean => quality.source !== null && BROADCAST.has(quality.source)

/** What a file's name leaves out its folders and the torrent's name supply. */
export function mergeQuality(...qualities: readonly Quality[]): Quality {
  const first = (key: keyof Quality) => qualities.map((quality) => quality[key]).find((value) => value !== null) ?? null
  return { resolution: first('resolution'), source: first('source'), codec: first('codec'), hdr: first('hdr') }
}
