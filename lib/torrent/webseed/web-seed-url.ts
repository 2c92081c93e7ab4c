import type { PieceLayout, TorrentFile } from '../../domain/piece-layout.ts'
import type { ByteRange } from '../../domain/ranges.ts'
import { isLocalHost } from './local-address.ts'

/**
 * Whether a torrent may name this web seed: HTTP or HTTPS, without a login; and where it is of this machine or its own
 * network, without a query, so that no torrent makes us press somebody's buttons there.
 */
export function isWebSeedUrl(text: string): boolean {
  if (!URL.canParse(text)) return false
  const url = new URL(text)
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return false
  if (url.username !== '' || url.password !== '') return false
  return url.search === '' || !isLocalHost(url.hostname)
}

/** Where a file lies (BEP 19): the seed's URL is the only file's own, or the directory that the torrent's name is in. */
export function fileUrl(seedUrl: string, files: readonly TorrentFile[], file: TorrentFile): URL {
  const isOnlyFile = files.length === 1 && !file.path.includes('/')
  if (isOnlyFile && !seedUrl.endsWith('/')) return new URL(seedUrl)
  const path = file.path.split('/').map(encodeURIComponent).join('/')
  return new URL(`${seedUrl.replace(/\/$/, '')}/${path}`)
}

export interface FileSegment extends ByteRange {
  readonly file: TorrentFile
}

/** The parts of files, in order, that hold these bytes of the torrent; `start` and `end` are the file's own. */
export function segmentsOf(layout: PieceLayout, files: readonly TorrentFile[], range: ByteRange): FileSegment[] {
  const wanted = { start: range.start, end: Math.min(range.end, layout.totalBytes) }
  return files.flatMap((file) => {
    const start = Math.max(wanted.start, file.offsetBytes) - file.offsetBytes
    const end = Math.min(wanted.end, file.offsetBytes + file.sizeBytes) - file.offsetBytes
    return end > start ? [{ file, start, end }] : []
  })
}
