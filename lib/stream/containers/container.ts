import type { ByteRange } from '../../domain/ranges.ts'

export type ContainerFormat = 'mp4' | 'matroska' | 'other'

/** What a film's container tells a reader. Bytes of the file. */
export interface ContainerInfo {
  readonly format: ContainerFormat
  /** What a player reads before it can seek, besides the file's first and last bytes. */
  readonly index: readonly ByteRange[]
  /** Null when the container does not say. */
  readonly durationSeconds: number | null
}

export const OTHER_CONTAINER: ContainerInfo = { format: 'other', index: [], durationSeconds: null }

/**
 * A detector pulls: it yields a byte range inside the file, never empty and at most `MAX_PULL_BYTES` long, and is resumed
 * with exactly these bytes, valid until the next pull. Pure; it trusts no byte, ends within a fixed number of pulls and
 * never throws.
 */
export type Detector = Generator<ByteRange, ContainerInfo, Uint8Array>

export const MAX_PULL_BYTES = 64 * 1024
/** No file makes us hold more than this as its index. */
export const MAX_INDEX_BYTES = 64 * 1024 * 1024

/** At most `length` bytes from `start` of a file of `sizeBytes`. */
export function* pull(start: number, length: number, sizeBytes: number): Generator<ByteRange, DataView, Uint8Array> {
  const end = Math.min(start + Math.min(length, MAX_PULL_BYTES), sizeBytes)
  if (start < 0 || start >= end) return EMPTY
  const bytes = yield { start, end }
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/** A 64-bit number, or undefined where it is beyond what a file can have. */
export function uint64(view: DataView, offset: number): number | undefined {
  const value = view.getBigUint64(offset)
  return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : undefined
}

export function indexRange(start: number, end: number, sizeBytes: number): ByteRange {
  return { start, end: Math.min(end, sizeBytes, start + MAX_INDEX_BYTES) }
}

const EMPTY = new DataView(new ArrayBuffer(0))
