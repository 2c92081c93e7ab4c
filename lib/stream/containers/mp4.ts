import type { ByteRange } from '../../domain/ranges.ts'
import { type Detector, indexRange, pull, uint64 } from './container.ts'

const MAX_TOP_BOXES = 64
const MAX_CHILD_BOXES = 32
const MAX_SIDX_BYTES = 64 * 1024

interface Box {
  readonly type: string
  readonly start: number
  readonly payload: number
  readonly end: number
}

type Pulls<T> = Generator<ByteRange, T, Uint8Array>

/**
 * MP4 and QuickTime (ISO/IEC 14496-12): `moov` wherever it stands; for fragmented files also `sidx` (8.16.3) and the
 * `mfra` that the last 16 bytes point to (8.8.9 to 8.8.11). Media data is stepped over, never read.
 */
export function* detectMp4(sizeBytes: number): Detector {
  const index: ByteRange[] = []
  let seconds: number | null = null
  let hasMovie = false
  let isFragmented = false
  let offset = 0
  for (let boxes = 0; boxes < MAX_TOP_BOXES; boxes++) {
    const box = yield* boxAt(offset, sizeBytes, sizeBytes)
    if (!box) break
    if (box.type === 'moov') {
      hasMovie = true
      index.push(indexRange(box.start, box.end, sizeBytes))
      const movie = yield* readMovie(box, sizeBytes)
      seconds = movie.seconds ?? seconds
      isFragmented ||= movie.isFragmented
    } else if (box.type === 'sidx') {
      isFragmented = true
      index.push(indexRange(box.start, box.end, sizeBytes))
      seconds ??= yield* readSegmentIndex(box, sizeBytes)
    } else if (box.type === 'moof') {
      isFragmented = true
      break
    } else if (box.type === 'mdat' && hasMovie) {
      break
    }
    offset = box.end
  }
  if (isFragmented) {
    const access = yield* fragmentAccess(sizeBytes)
    if (access) index.push(access)
  }
  return { format: 'mp4', index, durationSeconds: seconds }
}

/** The box at `offset`, cut at `limit`; undefined where none can be. A size of 0 reaches to the end (4.2). */
function* boxAt(offset: number, limit: number, sizeBytes: number): Pulls<Box | undefined> {
  if (offset + 8 > limit) return undefined
  const view = yield* pull(offset, 16, sizeBytes)
  if (view.byteLength < 8) return undefined
  const size32 = view.getUint32(0)
  const type = String.fromCharCode(view.getUint8(4), view.getUint8(5), view.getUint8(6), view.getUint8(7))
  if (!/^[\x20-\x7e\xa9]{4}$/.test(type)) return undefined
  if (size32 === 0) return { type, start: offset, payload: offset + 8, end: limit }
  if (size32 !== 1)
    return size32 < 8 ? undefined : { type, start: offset, payload: offset + 8, end: Math.min(limit, offset + size32) }
  if (view.byteLength < 16) return undefined
  const size = uint64(view, 8)
  if (size === undefined || size < 16) return undefined
  return { type, start: offset, payload: offset + 16, end: Math.min(limit, offset + size) }
}

/** Duration from `mvhd` (8.2.2), or from `mvex/mehd` (8.8.2) where fragments hold the film. */
function* readMovie(moov: Box, sizeBytes: number): Pulls<{ seconds: number | null; isFragmented: boolean }> {
  let timescale = 0
  let duration = 0
  let isFragmented = false
  let offset = moov.payload
  for (let boxes = 0; boxes < MAX_CHILD_BOXES; boxes++) {
    const box = yield* boxAt(offset, moov.end, sizeBytes)
    if (!box) break
    if (box.type === 'mvhd') {
      const view = yield* pull(box.payload, 32, Math.min(box.end, sizeBytes))
      const isLong = view.byteLength > 0 && view.getUint8(0) === 1
      if (view.byteLength >= (isLong ? 32 : 20)) {
        timescale = view.getUint32(isLong ? 20 : 12)
        duration = isLong ? (uint64(view, 24) ?? 0) : known32(view.getUint32(16))
      }
    } else if (box.type === 'mvex') {
      isFragmented = true
      const mehd = yield* boxAt(box.payload, box.end, sizeBytes)
      if (mehd?.type === 'mehd') {
        const view = yield* pull(mehd.payload, 12, Math.min(mehd.end, sizeBytes))
        const isLong = view.byteLength > 0 && view.getUint8(0) === 1
        if (view.byteLength >= (isLong ? 12 : 8))
          duration ||= isLong ? (uint64(view, 4) ?? 0) : known32(view.getUint32(4))
      }
    }
    offset = box.end
  }
  return { seconds: timescale > 0 && duration > 0 ? duration / timescale : null, isFragmented }
}

/** All bits set say "not known". */
const known32 = (duration: number): number => (duration === 0xffffffff ? 0 : duration)

/** The summed durations of its subsegments. */
function* readSegmentIndex(sidx: Box, sizeBytes: number): Pulls<number | null> {
  const view = yield* pull(sidx.payload, MAX_SIDX_BYTES, Math.min(sidx.end, sizeBytes))
  if (view.byteLength < 24) return null
  const references = view.getUint8(0) === 0 ? 24 : 32
  if (view.byteLength < references) return null
  const timescale = view.getUint32(8)
  const count = Math.min(view.getUint16(references - 2), Math.floor((view.byteLength - references) / 12))
  let duration = 0
  for (let i = 0; i < count; i++) duration += view.getUint32(references + i * 12 + 4)
  return timescale > 0 && duration > 0 ? duration / timescale : null
}

function* fragmentAccess(sizeBytes: number): Pulls<ByteRange | undefined> {
  const mfro = yield* boxAt(sizeBytes - 16, sizeBytes, sizeBytes)
  if (mfro?.type !== 'mfro' || mfro.payload !== sizeBytes - 8) return undefined
  const view = yield* pull(mfro.payload, 8, sizeBytes)
  if (view.byteLength < 8) return undefined
  const mfra = yield* boxAt(sizeBytes - view.getUint32(4), sizeBytes, sizeBytes)
  return mfra?.type === 'mfra' ? indexRange(mfra.start, sizeBytes, sizeBytes) : undefined
}
