import type { CandidateFile } from '../domain/identify.ts'
import type { Work } from '../domain/slices.ts'
import { most } from './extremes.ts'
import { fileKind } from './file-kind.ts'

/** What a file is for, before anything of its title is asked. */
export type FileRole = 'main' | 'sample' | 'extra' | 'subtitle' | 'not_video'

const SAMPLE_FOLDER = /^samples?$/i
const EXTRA_FOLDER =
  /^[_\-!+ ]{0,2}(?:extras?|featurettes?|bonus(?:[ ._-]?(?:disc|features?|material))?|behind[ ._-]?the[ ._-]?scenes|deleted[ ._-]?scenes?|interviews?|trailers?|teasers?|promos?|scenes|shorts|clips|others?|special[ ._-]?features?|makings?[ ._-]?of|outtakes|bloopers|gag[ ._-]?reel|nc(?:op|ed)?s?|nc[ ._-]?op[ ._-]?ed|creditless|menus?|scans|cms?|pvs?|backdrops|theme-music)$/i
/** The structure of a disc: many files of which none is the title alone. */
const DISC_FOLDER = /^(?:bdmv|video_ts|audio_ts|certificate|hvdvd_ts)$/i
const SAMPLE_NAME = /^sample(?:[ ._-]|$)|[ ._()[\]-]sample[)\]]?$/i
const EXTRA_NAME =
  /[ ._-](?:trailers?\d?|teasers?|featurettes?|behind[ ._-]?the[ ._-]?scenes|deleted(?:[ ._-]?scenes?)?|interviews?|making[ ._-]?of|outtakes|bloopers|gag[ ._-]?reel|promo)[ ._)\]]*$/i
/** Openings, endings and menus of a disc. */
export const ANIME_EXTRA =
  /(?<![\p{L}\p{N}])(?:nc[ ._-]?(?:op|ed)|(?:op|ed|pv|cm)(?=\d)|creditless|clean[ ._](?:opening|ending)|menus?|textless)[ ._-]{0,2}\d{0,2}[a-z]?(?:v\d)?(?![\p{L}\p{N}])/iu
const EXTRA_BEFORE =
  /^(?:trailers?|teaser|outtakes|bloopers|gag[ ._]reel|making[ ._]of|featurettes?|deleted[ ._]scenes?)[ ._-]{0,3}\d{0,2}$/i
/** A sample or trailer is this much smaller than what it is of. */
const SMALL_SHARE = 0.25
const TINY_VIDEO_BYTES = 1_000_000

/** The roles of a torrent's files, in their order. Sizes relative to the largest video keep titles from fooling it. */
export function* fileRoles(files: readonly CandidateFile[]): Work<readonly FileRole[]> {
  const videos = files.filter((file) => fileKind(file.path) === 'video')
  const largestBytes = most(videos.map((file) => file.sizeBytes))
  const roles: FileRole[] = []
  for (const file of files) {
    roles.push(roleOf(file, largestBytes, videos.length))
    yield
  }
  return roles
}

function roleOf(file: CandidateFile, largestBytes: number, videoCount: number): FileRole {
  const kind = fileKind(file.path)
  if (kind === 'subtitle') return 'subtitle'
  const parts = file.path.split('/')
  const folders = parts.slice(0, -1)
  if (kind !== 'video' || folders.some((folder) => DISC_FOLDER.test(folder))) return 'not_video'
  const stem = (parts.at(-1) ?? '').replace(/\.[^.]*$/, '')
  if (/^(?:video_ts|vts_\d\d_\d)$/i.test(stem)) return 'not_video'
  if (videoCount === 1) return 'main'
  // the torrent's own folder may be called anything
  const inner = folders.slice(1)
  const isSmall = file.sizeBytes < largestBytes * SMALL_SHARE
  if ((inner.some((folder) => SAMPLE_FOLDER.test(folder)) || SAMPLE_NAME.test(stem)) && isSmall) return 'sample'
  const isNumbered = /(?<![\p{L}\p{N}])s\d{1,2}[ ._-]?e\d{1,3}|(?<![\p{L}\p{N}])\d{1,2}x\d{2}(?!\d)/iu.test(stem)
  if (inner.some((folder) => EXTRA_FOLDER.test(folder.trim())) && !isNumbered) return 'extra'
  if (ANIME_EXTRA.test(stem) && !isNumbered) return 'extra'
  if ((EXTRA_NAME.test(stem) || EXTRA_BEFORE.test(stem)) && !isNumbered && file.sizeBytes < largestBytes) return 'extra'
  return file.sizeBytes < TINY_VIDEO_BYTES && largestBytes > TINY_VIDEO_BYTES * 50 ? 'sample' : 'main'
}
