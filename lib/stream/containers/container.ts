import type { ContainerInfo } from '../../domain/container.ts'
import type { ByteRange } from '../../domain/ranges.ts'

export const OTHER_CONTAINER: ContainerInfo = {
  format: 'other',
  index: [],
  durationSeconds: null,
  seekPoints: [],
  streams: null,
}

/**
 * A detector pulls: it yields a byte range inside the file, never empty and at most `MAX_PULL_BYTES` long, and is resumed
 * with exactly these bytes, valid until the next pull. Pure; it trusts no byte, ends within `MAX_PULLS` and never throws.
 */
export type Detector = Generator<ByteRange, ContainerInfo, Uint8Array>

/** A step of a detector. */
export type Pulls<T> = Generator<ByteRange, T, Uint8Array>

export const MAX_PULL_BYTES = 64 * 1024
/** Enough for the tables of a long film; what a file claims beyond is not read. */
export const MAX_PULLS = 512
/** No file makes us hold more than this as its index. */
export const MAX_INDEX_BYTES = 64 * 1024 * 1024

/** The bytes of one file as a detector sees them: the last pull is kept, and every pull is counted. */
export class Puller {
  readonly sizeBytes: number
  #view: DataView = EMPTY
  #start = 0
  #pulls = 0

  constructor(sizeBytes: number) {
    this.sizeBytes = sizeBytes
  }

  /**
   * At most `length` bytes from `start`, fewer at the file's end, none past `MAX_PULLS`. Valid until the next call. Up to
   * `limit` more may be pulled with them: they are wanted anyway.
   */
  *bytes(start: number, length: number, limit = start + length): Pulls<DataView> {
    const end = Math.min(start + Math.min(length, MAX_PULL_BYTES), limit, this.sizeBytes)
    if (!(start >= 0 && start < end)) return EMPTY
    if (start < this.#start || end > this.#start + this.#view.byteLength) {
      if (this.#pulls >= MAX_PULLS) return EMPTY
      this.#pulls++
      const bytes = yield { start, end: Math.min(start + MAX_PULL_BYTES, limit, this.sizeBytes) }
      this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
      this.#start = start
    }
    return new DataView(this.#view.buffer, this.#view.byteOffset + start - this.#start, end - start)
  }
}

/** A 64-bit number, or undefined where it is beyond what a file can have. */
export function uint64(view: DataView, offset: number, isLittleEndian = false): number | undefined {
  const value = view.getBigUint64(offset, isLittleEndian)
  return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : undefined
}

/** Four characters, as types and codecs are named. */
export const fourCc = (view: DataView, offset: number): string =>
  String.fromCharCode(
    view.getUint8(offset),
    view.getUint8(offset + 1),
    view.getUint8(offset + 2),
    view.getUint8(offset + 3),
  )

export function indexRange(start: number, end: number, sizeBytes: number): ByteRange {
  return { start, end: Math.max(start, Math.min(end, sizeBytes, start + MAX_INDEX_BYTES)) }
}

export const EMPTY = new DataView(new ArrayBuffer(0))
