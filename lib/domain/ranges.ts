/** Bytes [start, end): `end` is the first byte not included. */
export interface ByteRange {
  readonly start: number
  readonly end: number
}

export const rangeLength = (range: ByteRange): number => range.end - range.start

/** The part of `range` inside [0, size); may be empty. */
export function clampRange(range: ByteRange, size: number): ByteRange {
  const start = Math.min(Math.max(range.start, 0), size)
  return { start, end: Math.max(start, Math.min(range.end, size)) }
}
