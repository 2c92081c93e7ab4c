import type { PieceLayout, PieceRange, TorrentFile } from '../domain/piece-layout.ts'
import { type ByteRange, clampRange } from '../domain/ranges.ts'
import { type PieceWindow, WINDOW_PRIORITIES, type WindowPriority } from '../domain/torrent.ts'

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
  /** Header, footer and the container's index; empty for a probe. */
  readonly index: readonly ByteRange[]
}

const MIB = 1024 * 1024
const FIRST_SPAN_BYTES = MIB
const FIRST_SPAN_MAX_BYTES = 4 * MIB
const FIRST_SPAN_SECONDS = 2
const SPAN_SECONDS = 60

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
  let span =
    rate === undefined
      ? FIRST_SPAN_BYTES
      : Math.min(FIRST_SPAN_MAX_BYTES, Math.max(FIRST_SPAN_BYTES, rate * FIRST_SPAN_SECONDS))
  while (span < most && span <= state.sequentialBytes) span *= 2
  return Math.floor(Math.min(span, most))
}

/** Header and footer of a file of this size, and what its container adds. Bytes of the file, not merged. */
export function indexRanges(
  sizeBytes: number,
  container: readonly ByteRange[],
  options: WindowOptions,
): readonly ByteRange[] {
  return [
    { start: 0, end: options.headerBytes },
    { start: sizeBytes - options.footerBytes, end: sizeBytes },
    ...container,
  ].map((range) => clampRange(range, sizeBytes))
}

/** A range that asks for so little that only itself is worth fetching: no header, footer or index for it. */
export const isProbe = (range: ByteRange, sizeBytes: number): boolean =>
  range.end < sizeBytes && range.end - range.start <= FIRST_SPAN_BYTES

/**
 * The pieces a reader wants, most pressing windows first and ascending within a priority. Pure. No piece stands in two
 * windows, none lies outside the file, and none but `index` ones past the state's end.
 */
export function windows(
  layout: PieceLayout,
  file: TorrentFile,
  state: ReadState,
  options: WindowOptions,
): readonly PieceWindow[] {
  const piecesOf = (range: ByteRange): PieceRange => {
    const { start, end } = clampRange(range, file.sizeBytes)
    return layout.piecesOf({ start: start + file.offsetBytes, end: end + file.offsetBytes })
  }
  const start = Math.max(0, state.positionBytes)
  const end = Math.min(state.endBytes, start + spanBytes(state, options))
  const urgentEnd = Math.min(end, start + options.urgentBytes)
  const wanted: Readonly<Record<WindowPriority, readonly PieceRange[]>> = {
    urgent: [piecesOf({ start, end: urgentEnd })],
    index: state.index.map(piecesOf),
    ahead: [piecesOf({ start: urgentEnd, end })],
    idle: [],
  }
  const taken: PieceRange[] = []
  return WINDOW_PRIORITIES.flatMap((priority) => {
    const own = wanted[priority].flatMap((range) => {
      const left = subtract(range, taken)
      taken.push(...left)
      return left
    })
    return merge(own).map((range) => ({ ...range, priority }))
  })
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

function subtract(range: PieceRange, taken: readonly PieceRange[]): PieceRange[] {
  let left = range.end > range.first ? [range] : []
  for (const cut of taken) {
    left = left.flatMap(({ first, end }) =>
      [
        { first, end: Math.min(end, cut.first) },
        { first: Math.max(first, cut.end), end },
      ].filter((part) => part.end > part.first),
    )
  }
  return left
}

function merge(ranges: readonly PieceRange[]): PieceRange[] {
  const merged: PieceRange[] = []
  for (const range of ranges.toSorted((a, b) => a.first - b.first)) {
    const last = merged.at(-1)
    if (last && range.first <= last.end)
      merged[merged.length - 1] = { first: last.first, end: Math.max(last.end, range.end) }
    else merged.push(range)
  }
  return merged
}
