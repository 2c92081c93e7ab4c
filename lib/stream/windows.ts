import type { PieceLayout, PieceRange, TorrentFile } from '../domain/piece-layout.ts'
import { type ByteRange, clampRange } from '../domain/ranges.ts'
import type { PieceWindow, WindowPriority } from '../domain/torrent.ts'
import { seekPointBefore } from './containers/seek-points.ts'

/** Lengths in bytes, as the settings give them. */
export interface WindowOptions {
  readonly headerBytes: number
  readonly footerBytes: number
  readonly urgentBytes: number
  readonly readAheadBytes: number
}

/** Where a reader stands. Bytes of the file. */
export interface ReadState {
  readonly positionBytes: number
  /** Nothing from here on is read ahead. */
  readonly endBytes: number
  /** Read in one go up to the position; 0 after a seek. */
  readonly sequentialBytes: number
  /** Of the film, where its length in time is known. */
  readonly bytesPerSecond: number | undefined
  /** Pieces of header, footer and the container's index, ascending and apart (`indexPieces`); empty for a probe. */
  readonly index: readonly PieceRange[]
  /** Ascending, where a player may start to read; empty for a probe, and when not known. Bytes of the file. */
  readonly seekPoints: readonly number[]
}

const MIB = 1024 * 1024
const FIRST_SPAN_BYTES = MIB
const FIRST_SPAN_MAX_BYTES = 4 * MIB
const FIRST_SPAN_SECONDS = 2
const SPAN_SECONDS = 60
/** A cluster or chunk that begins further before a seek is not what the player goes back for. */
const MAX_SNAP_BYTES = 4 * MIB

/**
 * Bytes wanted from the position on: 1 MiB after a seek (two seconds of a film of known rate, up to 4 MiB), doubled each
 * time as much was read in one go, up to urgent and read-ahead together or a minute of the film.
 */
export function spanBytes(
  state: Pick<ReadState, 'sequentialBytes' | 'bytesPerSecond'>,
  options: WindowOptions,
): number {
  const rate = state.bytesPerSecond
  const whole = options.urgentBytes + options.readAheadBytes
  const most = rate === undefined ? whole : Math.min(whole, Math.max(options.urgentBytes, rate * SPAN_SECONDS))
  let span = firstSpanBytes(rate)
  while (span < most && span <= state.sequentialBytes) span *= 2
  return Math.floor(Math.min(span, most))
}

const firstSpanBytes = (rate: number | undefined): number =>
  rate === undefined
    ? FIRST_SPAN_BYTES
    : Math.min(FIRST_SPAN_MAX_BYTES, Math.max(FIRST_SPAN_BYTES, rate * FIRST_SPAN_SECONDS))

/**
 * Where the cluster or chunk begins in which a seek landed: a player that asked for a page or a sample in its middle reads
 * it from there next. The position itself when that is far, not known, or reading went on past the first span.
 */
export function snappedBytes(state: ReadState): number {
  const { positionBytes, sequentialBytes, bytesPerSecond, seekPoints } = state
  if (sequentialBytes >= firstSpanBytes(bytesPerSecond)) return positionBytes
  const seek = positionBytes - sequentialBytes
  const point = seekPointBefore(seekPoints, seek)
  return point === undefined || seek - point > MAX_SNAP_BYTES ? positionBytes : point
}

/** The pieces of a file's header and footer, and of what its container adds (bytes of the file): ascending and apart. */
export function indexPieces(
  layout: PieceLayout,
  file: TorrentFile,
  container: readonly ByteRange[],
  options: WindowOptions,
): readonly PieceRange[] {
  const footer = { start: file.sizeBytes - options.footerBytes, end: file.sizeBytes }
  const ranges = [{ start: 0, end: options.headerBytes }, footer, ...container]
  const merged: PieceRange[] = []
  for (const range of ranges.map((part) => piecesOf(layout, file, part)).toSorted((x, y) => x.first - y.first)) {
    const last = merged.at(-1)
    if (range.end <= range.first) continue
    if (last && range.first <= last.end) merged.splice(-1, 1, { first: last.first, end: Math.max(last.end, range.end) })
    else merged.push(range)
  }
  return merged
}

/** The pieces that hold bytes of a range of the file. */
export function piecesOf(layout: PieceLayout, file: TorrentFile, range: ByteRange): PieceRange {
  const { start, end } = clampRange(range, file.sizeBytes)
  return layout.piecesOf({ start: start + file.offsetBytes, end: end + file.offsetBytes })
}

/** A range that asks for so little that only itself is worth fetching: no header, footer or index for it. */
export const isProbe = (range: ByteRange, sizeBytes: number): boolean =>
  range.end < sizeBytes && range.end - range.start <= FIRST_SPAN_BYTES

/**
 * The pieces a reader wants, most pressing windows first and ascending within a priority. Pure. No piece stands in two
 * windows, none lies outside the file, and none but `index` ones past the state's end. After a seek a second urgent window
 * follows the first: what of the cluster stands before the position, behind it because a read waits there.
 */
export function windows(
  layout: PieceLayout,
  file: TorrentFile,
  state: ReadState,
  options: WindowOptions,
): readonly PieceWindow[] {
  const start = Math.max(0, state.positionBytes)
  const end = Math.min(state.endBytes, start + spanBytes(state, options))
  const urgentEnd = Math.min(end, start + options.urgentBytes)
  const urgent = piecesOf(layout, file, { start, end: urgentEnd })
  const ahead = piecesOf(layout, file, { start: urgentEnd, end })

  const wanted: PieceWindow[] = []
  push(wanted, urgent.first, urgent.end, 'urgent')
  const snapped = end > start ? piecesOf(layout, file, { start: snappedBytes(state), end: start }) : urgent
  const urgentFirst = snapped.end > snapped.first ? Math.min(snapped.first, urgent.first) : urgent.first
  push(wanted, urgentFirst, urgent.first, 'urgent')
  for (const { first, end: last } of state.index) {
    push(wanted, first, Math.min(last, urgentFirst), 'index')
    push(wanted, Math.max(first, urgent.end), last, 'index')
  }
  let next = Math.max(ahead.first, urgent.end)
  for (const { first, end: last } of state.index) {
    push(wanted, next, Math.min(first, ahead.end), 'ahead')
    next = Math.max(next, last)
  }
  push(wanted, next, ahead.end, 'ahead')
  return wanted
}

function push(list: PieceWindow[], first: number, end: number, priority: WindowPriority): void {
  if (end > first) list.push({ first, end, priority })
}

/**
 * How many bytes the position may move on, reading, with `windows` certain to stay the same. At least 1.
 */
export function stableBytes(layout: PieceLayout, file: TorrentFile, state: ReadState, options: WindowOptions): number {
  const span = spanBytes(state, options)
  const start = file.offsetBytes + state.positionBytes
  const toBorder = (offsetBytes: number): number => layout.pieceBytes - (offsetBytes % layout.pieceBytes)
  const toGrowth = span > state.sequentialBytes ? span - state.sequentialBytes : Number.MAX_SAFE_INTEGER
  return Math.max(
    1,
    Math.min(
      toGrowth,
      toBorder(start),
      toBorder(start + Math.min(span, options.urgentBytes) - 1),
      toBorder(start + span - 1),
    ),
  )
}

export function sameWindows(a: readonly PieceWindow[], b: readonly PieceWindow[]): boolean {
  return (
    a.length === b.length &&
    a.every((window, i) => {
      const other = b[i]
      return window.first === other?.first && window.end === other.end && window.priority === other.priority
    })
  )
}
