import type { ContainerInfo } from '../domain/container.ts'
import type { PieceLayout, PieceRange, TorrentFile } from '../domain/piece-layout.ts'
import { type ByteRange, clampRange } from '../domain/ranges.ts'

const KIB = 1024
const MIB = 1024 * KIB
/** Of the shortest film. */
export const LEAST_HEAD_BYTES = MIB
/** ffmpeg and Kodi look at no more than 5,000,000 bytes before they know a film's streams. */
const MOST_HEAD_BYTES = 5 * MIB
/** Seconds of film that they look at; with subtitles more, which are few and far between. */
const HEAD_SECONDS = 3
const HEAD_SECONDS_WITH_SUBTITLES = 5
/** Where players look for the last clock of a transport stream (250,000 bytes), tags and the hash of a subtitle search. */
export const TAIL_BYTES = 256 * KIB

/**
 * What a scanner reads of a file: its head, its tail and the container's index. `container` undefined: not known yet, the
 * least is told. Bytes of the file, some may overlap.
 */
export function endsOf(file: TorrentFile, container: ContainerInfo | undefined): readonly ByteRange[] {
  const { sizeBytes } = file
  const index = container?.index ?? []
  // The part of the index that the film begins with is header: the first pictures stand behind it.
  const headerEnd = index.reduce((end, range) => (range.start <= end ? Math.max(end, range.end) : end), 0)
  const headEnd = headerEnd + (container ? headBytes(sizeBytes, container) : LEAST_HEAD_BYTES)
  return [{ start: 0, end: headEnd }, { start: sizeBytes - TAIL_BYTES, end: sizeBytes }, ...index].map((range) =>
    clampRange(range, sizeBytes),
  )
}

function headBytes(sizeBytes: number, container: ContainerInfo): number {
  const { durationSeconds, format, streams } = container
  // Nothing says of these where their streams end but looking at them.
  if (durationSeconds === null || format === 'mpegts' || format === 'other') return MOST_HEAD_BYTES
  const hasSubtitles = (streams?.subtitles.length ?? 0) > 0
  const seconds = hasSubtitles ? HEAD_SECONDS_WITH_SUBTITLES : HEAD_SECONDS
  const bytes = Math.ceil((sizeBytes / durationSeconds) * seconds)
  return Math.min(MOST_HEAD_BYTES, Math.max(LEAST_HEAD_BYTES, bytes))
}

/** The pieces of parts of a file: ascending, apart from each other. */
export function piecesOf(layout: PieceLayout, file: TorrentFile, ranges: readonly ByteRange[]): readonly PieceRange[] {
  return mergePieces(
    ranges.map(({ start, end }) => layout.piecesOf({ start: file.offsetBytes + start, end: file.offsetBytes + end })),
  )
}

/** Ascending, apart from each other, none empty. */
export function mergePieces(ranges: readonly PieceRange[]): readonly PieceRange[] {
  const merged: PieceRange[] = []
  for (const range of ranges.toSorted((a, b) => a.first - b.first)) {
    const last = merged.at(-1)
    if (range.end <= range.first) continue
    if (last && range.first <= last.end) merged.splice(-1, 1, { first: last.first, end: Math.max(last.end, range.end) })
    else merged.push(range)
  }
  return merged
}

export const countPieces = (ranges: readonly PieceRange[]): number =>
  ranges.reduce((sum, { first, end }) => sum + Math.max(0, end - first), 0)

/** Of merged ranges. */
export const hasPiece = (ranges: readonly PieceRange[], piece: number): boolean =>
  ranges.some(({ first, end }) => first <= piece && piece < end)
