import type { VersionPolicy } from '../../domain/curation.ts'

/** What the policies compare. */
export interface Ranked {
  readonly infoHash: string
  readonly fileIndex: number
  readonly sizeBytes: number
  readonly episodeCount: number
  readonly resolution: string | null
  readonly source: string | null
  readonly assignedAtMs: number
}

/** The best first, as `Quality.source` names them. */
const SOURCES = ['Remux', 'BluRay', 'HD-DVD', 'WEB-DL', 'WEBRip', 'HDTV', 'HDRip', 'DVD', 'DVDRip', 'PDTV', 'SDTV']
const SOURCE_RANKS = new Map([...SOURCES, 'TVRip', 'DSR', 'VHSRip'].map((source, rank) => [source, rank]))
const UNKNOWN_SOURCE = SOURCE_RANKS.size
/** Filmed off a screen or leaked before its time: worse than anything, whatever resolution it claims. */
const MAKESHIFT = new Set(['DVDSCR', 'R5', 'TC', 'TS', 'CAM', 'Workprint'])

/** Negative when `a` comes first. Total: no two files are equal. Under `all` the older one comes first. */
export function compareVersions(a: Ranked, b: Ranked, policy: VersionPolicy): number {
  return byPolicy(a, b, policy) || compareText(a.infoHash, b.infoHash) || a.fileIndex - b.fileIndex
}

function byPolicy(a: Ranked, b: Ranked, policy: VersionPolicy): number {
  switch (policy) {
    case 'all':
      return a.assignedAtMs - b.assignedAtMs
    case 'newest':
      return b.assignedAtMs - a.assignedAtMs
    case 'smallest':
      return bytesPerEpisode(a) - bytesPerEpisode(b)
    case 'best':
      return (
        makeshift(a) - makeshift(b) ||
        lines(b) - lines(a) ||
        sourceRank(a) - sourceRank(b) ||
        bytesPerEpisode(b) - bytesPerEpisode(a)
      )
  }
}

const bytesPerEpisode = ({ sizeBytes, episodeCount }: Ranked): number => sizeBytes / episodeCount

const makeshift = ({ source }: Ranked): number => (source !== null && MAKESHIFT.has(source) ? 1 : 0)

const sourceRank = ({ source }: Ranked): number => SOURCE_RANKS.get(source ?? '') ?? UNKNOWN_SOURCE

/** Of `1080p`; interlaced ones come right behind, an unknown number last. */
function lines({ resolution }: Ranked): number {
  const count = Number.parseInt(resolution ?? '', 10)
  if (Number.isNaN(count)) return 0
  return resolution?.endsWith('i') ? count - 0.5 : count
}

const compareText = (a: string, b: string): number => (a < b ? -1 : Number(a > b))
