import type { ByteRange } from '../../domain/ranges.ts'
import { type Detector, indexRange, MAX_PULL_BYTES, pull } from './container.ts'

/** Element ids of RFC 9559 (section 5), with their length marker. */
const EBML = 0x1a45dfa3
const SEGMENT = 0x18538067
const SEEK_HEAD = 0x114d9b74
const SEEK = 0x4dbb
const SEEK_ID = 0x53ab
const SEEK_POSITION = 0x53ac
const INFO = 0x1549a966
const TIMESTAMP_SCALE = 0x2ad7b1
const DURATION = 0x4489
const CUES = 0x1c53bb6b
const CLUSTER = 0x1f43b675

const DEFAULT_TIMESTAMP_SCALE_NS = 1_000_000
const MAX_TOP_ELEMENTS = 64
const MAX_SEEK_HEADS = 4
const MAX_CHILDREN = 256
/** Id of up to 4 bytes and size of up to 8 (RFC 8794 sections 4 and 5). */
const MAX_HEADER_BYTES = 12
/** Fetched of an index that does not say its size. */
const UNKNOWN_INDEX_BYTES = 1024 * 1024

interface Element {
  readonly id: number
  readonly start: number
  readonly payload: number
  /** Undefined: unknown size (RFC 8794 section 6.2). */
  readonly end: number | undefined
}

type Pulls<T> = Generator<ByteRange, T, Uint8Array>

/**
 * Matroska and WebM (RFC 9559): all before the first Cluster, the Cues wherever SeekHead says they are, and the duration.
 * Clusters are never read.
 */
export function* detectMatroska(sizeBytes: number): Detector {
  const index: ByteRange[] = []
  let seconds: number | null = null
  const done = () => ({ format: 'matroska' as const, index, durationSeconds: seconds })

  const header = yield* elementAt(0, sizeBytes)
  if (header?.id !== EBML || header.end === undefined) return done()
  const segment = yield* elementAt(header.end, sizeBytes)
  if (segment?.id !== SEGMENT) return done()
  const origin = segment.payload

  /** Where SeekHead says that an element stands. First entry wins: nothing can be led round in circles. */
  const found = new Map<number, number>()
  const seekHeads = new Set<number>()
  let hasCues = false
  let offset = origin
  let headEnd = origin
  for (let elements = 0; elements < MAX_TOP_ELEMENTS; elements++) {
    const element = yield* elementAt(offset, sizeBytes)
    if (!element || element.id === CLUSTER) {
      headEnd = offset
      break
    }
    if (element.id === SEEK_HEAD) {
      seekHeads.add(element.start)
      yield* readSeekHead(element, origin, sizeBytes, found, seekHeads)
    } else if (element.id === INFO) {
      seconds ??= yield* readInfo(element, sizeBytes)
    } else if (element.id === CUES) {
      hasCues = true
      index.push(cuesRange(element, sizeBytes))
    }
    if (element.end === undefined) break
    offset = element.end
    headEnd = offset
  }
  index.unshift(indexRange(0, headEnd, sizeBytes))

  const infoAt = found.get(INFO)
  if (seconds === null && infoAt !== undefined) {
    const info = yield* elementAt(infoAt, sizeBytes)
    if (info?.id === INFO) seconds = yield* readInfo(info, sizeBytes)
  }
  const cuesAt = found.get(CUES)
  if (!hasCues && cuesAt !== undefined) {
    const cues = yield* elementAt(cuesAt, sizeBytes)
    if (cues?.id === CUES) index.push(cuesRange(cues, sizeBytes))
  }
  return done()
}

const cuesRange = (cues: Element, sizeBytes: number): ByteRange =>
  indexRange(cues.start, cues.end ?? cues.start + UNKNOWN_INDEX_BYTES, sizeBytes)

function* elementAt(offset: number, sizeBytes: number): Pulls<Element | undefined> {
  const view = yield* pull(offset, MAX_HEADER_BYTES, sizeBytes)
  return parseElement(view, 0, offset, sizeBytes)
}

/** The element whose header starts at `at` of `view`, `base` being the file offset of the view's first byte. */
function parseElement(view: DataView, at: number, base: number, sizeBytes: number): Element | undefined {
  if (at >= view.byteLength) return undefined
  const idLength = Math.clz32(view.getUint8(at)) - 23
  if (idLength > 4 || at + idLength >= view.byteLength) return undefined
  const id = uint(view, at, idLength) ?? 0
  const sizeAt = at + idLength
  const sizeLength = Math.clz32(view.getUint8(sizeAt)) - 23
  if (sizeLength > 8 || sizeAt + sizeLength > view.byteLength) return undefined
  const payload = base + sizeAt + sizeLength
  const size = dataSize(view, sizeAt, sizeLength)
  return {
    id,
    start: base + at,
    payload,
    end: size === undefined ? undefined : Math.min(payload + size, sizeBytes),
  }
}

/** A size without its length marker; undefined for all bits set, or beyond any file. */
function dataSize(view: DataView, at: number, length: number): number | undefined {
  let value = view.getUint8(at) & (0xff >> length)
  let isUnknown = value === 0xff >> length
  for (let i = 1; i < length; i++) {
    const byte = view.getUint8(at + i)
    isUnknown &&= byte === 0xff
    value = value * 256 + byte
  }
  return isUnknown || !Number.isSafeInteger(value) ? undefined : value
}

function uint(view: DataView, at: number, length: number): number | undefined {
  let value = 0
  for (let i = 0; i < length; i++) value = value * 256 + view.getUint8(at + i)
  return Number.isSafeInteger(value) ? value : undefined
}

/** The children of a small element that was read whole, or as far as one pull goes. */
function* children(parent: Element, sizeBytes: number): Pulls<{ view: DataView; elements: Element[] }> {
  const end = Math.min(parent.end ?? parent.payload + MAX_PULL_BYTES, sizeBytes)
  const view = yield* pull(parent.payload, end - parent.payload, end)
  return { view, elements: parseChildren(view, 0, view.byteLength) }
}

/** Offsets are of the view. */
function parseChildren(view: DataView, from: number, to: number): Element[] {
  const elements: Element[] = []
  let at = from
  while (at < to && elements.length < MAX_CHILDREN) {
    const element = parseElement(view, at, 0, to)
    if (element?.end === undefined) break
    elements.push(element)
    at = element.end
  }
  return elements
}

/** Follows a SeekHead that names a further one, a few times. */
function* readSeekHead(
  seekHead: Element,
  origin: number,
  sizeBytes: number,
  found: Map<number, number>,
  seen: Set<number>,
): Pulls<void> {
  const { view, elements } = yield* children(seekHead, sizeBytes)
  for (const seek of elements) {
    if (seek.id !== SEEK || seek.end === undefined) continue
    const parts = parseChildren(view, seek.payload, seek.end)
    const id = value(view, parts, SEEK_ID)
    const position = value(view, parts, SEEK_POSITION)
    if (id === undefined || position === undefined || origin + position >= sizeBytes) continue
    if (id !== SEEK_HEAD && !found.has(id)) found.set(id, origin + position)
    if (id === SEEK_HEAD && !seen.has(origin + position) && seen.size < MAX_SEEK_HEADS) {
      seen.add(origin + position)
      found.set(SEEK_HEAD, origin + position)
    }
  }
  const next = found.get(SEEK_HEAD)
  if (next === undefined) return
  found.delete(SEEK_HEAD)
  const element = yield* elementAt(next, sizeBytes)
  if (element?.id === SEEK_HEAD) yield* readSeekHead(element, origin, sizeBytes, found, seen)
}

function value(view: DataView, parts: readonly Element[], id: number): number | undefined {
  const part = parts.find((element) => element.id === id)
  if (part?.end === undefined || part.end - part.payload > 8) return undefined
  return uint(view, part.payload, part.end - part.payload)
}

/** Duration (a float) times TimestampScale (nanoseconds), in seconds. */
function* readInfo(info: Element, sizeBytes: number): Pulls<number | null> {
  const { view, elements } = yield* children(info, sizeBytes)
  const scale = value(view, elements, TIMESTAMP_SCALE) ?? DEFAULT_TIMESTAMP_SCALE_NS
  const part = elements.find((element) => element.id === DURATION)
  if (part?.end === undefined) return null
  const length = part.end - part.payload
  const ticks = length === 8 ? view.getFloat64(part.payload) : length === 4 ? view.getFloat32(part.payload) : Number.NaN
  const seconds = (ticks * scale) / 1e9
  return Number.isFinite(seconds) && seconds > 0 ? seconds : null
}
