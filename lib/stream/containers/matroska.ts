import type { ByteRange } from '../../domain/ranges.ts'
import { type Detector, indexRange, type Puller, type Pulls } from './container.ts'
import { type Element, elementAt, float, uint, walkElements } from './ebml.ts'
import { type MatroskaTrack, readTracks } from './matroska-tracks.ts'
import { SeekPoints } from './seek-points.ts'
import { streamDetails } from './stream-list.ts'

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
const TRACKS = 0x1654ae6b
const CUES = 0x1c53bb6b
const CUE_POINT = 0xbb
const CUE_TRACK_POSITIONS = 0xb7
const CUE_TRACK = 0xf7
const CUE_CLUSTER_POSITION = 0xf1
const CLUSTER = 0x1f43b675

const SEEK_MASTERS: ReadonlySet<number> = new Set([SEEK])
const CUE_MASTERS: ReadonlySet<number> = new Set([CUE_POINT, CUE_TRACK_POSITIONS])
const NO_MASTERS: ReadonlySet<number> = new Set()

const DEFAULT_TIMESTAMP_SCALE_NS = 1_000_000
const MAX_TOP_ELEMENTS = 64
const MAX_SEEK_HEADS = 4
/** Of SeekHead and Info, which are small. */
const MAX_SMALL_BYTES = 64 * 1024
/** Of Cues that are read; the rest is fetched, not looked at. */
const MAX_CUES_BYTES = 8 * 1024 * 1024
/** Fetched of an index that does not say its size. */
const UNKNOWN_INDEX_BYTES = 1024 * 1024

/** What is gathered on the way. */
interface Found {
  /** Where the Segment's positions count from. */
  readonly origin: number
  /** Where SeekHead says that an element stands. First entry wins: nothing can be led round in circles. */
  readonly places: Map<number, number>
  readonly seekHeads: Set<number>
  readonly index: ByteRange[]
  readonly points: SeekPoints
  seconds: number | null
  tracks: readonly MatroskaTrack[] | undefined
  hasCues: boolean
}

/**
 * Matroska and WebM (RFC 9559): all before the first Cluster, and Info, Tracks and Cues wherever SeekHead says they are.
 * Clusters are never read.
 */
export function* detectMatroska(puller: Puller): Detector {
  const { sizeBytes } = puller
  const header = yield* elementAt(puller, 0)
  const segment = header?.id === EBML && header.end !== undefined ? yield* elementAt(puller, header.end) : undefined
  const found: Found = {
    origin: segment?.payload ?? 0,
    places: new Map(),
    seekHeads: new Set(),
    index: [],
    points: new SeekPoints(),
    seconds: null,
    tracks: undefined,
    hasCues: false,
  }
  if (segment?.id === SEGMENT) {
    const headEnd = yield* readHead(puller, found)
    found.index.unshift(indexRange(0, headEnd, sizeBytes))
    for (const id of [INFO, TRACKS, CUES]) {
      const place = found.places.get(id)
      const isMissing = id === INFO ? found.seconds === null : id === TRACKS ? !found.tracks : !found.hasCues
      const element = place !== undefined && isMissing ? yield* elementAt(puller, place) : undefined
      if (element?.id === id) yield* readElement(puller, element, found)
    }
  }
  return {
    format: 'matroska',
    index: found.index,
    durationSeconds: found.seconds,
    seekPoints: found.points.thinned(sizeBytes),
    streams: streamDetails(found.tracks ?? [], found.seconds),
  }
}

/** All before the first Cluster. Returns where that is. */
function* readHead(puller: Puller, found: Found): Pulls<number> {
  let offset = found.origin
  for (let elements = 0; elements < MAX_TOP_ELEMENTS; elements++) {
    const element = yield* elementAt(puller, offset)
    if (!element || element.id === CLUSTER) return offset
    yield* readElement(puller, element, found)
    if (element.end === undefined) return offset
    offset = element.end
  }
  return offset
}

function* readElement(puller: Puller, element: Element, found: Found): Pulls<void> {
  if (element.id === SEEK_HEAD) {
    found.seekHeads.add(element.start)
    yield* readSeekHead(puller, element, found)
  } else if (element.id === INFO) found.seconds ??= yield* readInfo(puller, element)
  else if (element.id === TRACKS) found.tracks ??= yield* readTracks(puller, element)
  else if (element.id === CUES && !found.hasCues) {
    found.hasCues = true
    yield* readCues(puller, element, found)
  }
}

const smallEnd = (element: Element, sizeBytes: number): number =>
  Math.min(element.end ?? Number.POSITIVE_INFINITY, element.payload + MAX_SMALL_BYTES, sizeBytes)

/** Follows a SeekHead that names a further one, a few times. */
function* readSeekHead(puller: Puller, seekHead: Element, found: Found): Pulls<void> {
  const { origin, places, seekHeads } = found
  let next: number | undefined
  let seekId = 0
  yield* walkElements(puller, seekHead.payload, smallEnd(seekHead, puller.sizeBytes), SEEK_MASTERS, (id, value) => {
    if (id === SEEK) seekId = 0
    else if (id === SEEK_ID) seekId = uint(value)
    else if (id === SEEK_POSITION && seekId !== 0) {
      const place = origin + uint(value)
      if (!Number.isSafeInteger(place) || place >= puller.sizeBytes) return
      if (seekId !== SEEK_HEAD && !places.has(seekId)) places.set(seekId, place)
      if (seekId === SEEK_HEAD && !seekHeads.has(place) && seekHeads.size < MAX_SEEK_HEADS) {
        seekHeads.add(place)
        next = place
      }
    }
  })
  if (next === undefined) return
  const element = yield* elementAt(puller, next)
  if (element?.id === SEEK_HEAD) yield* readSeekHead(puller, element, found)
}

/** Duration (a float) times TimestampScale (nanoseconds), in seconds. */
function* readInfo(puller: Puller, info: Element): Pulls<number | null> {
  let scaleNs = DEFAULT_TIMESTAMP_SCALE_NS
  let ticks = Number.NaN
  yield* walkElements(puller, info.payload, smallEnd(info, puller.sizeBytes), NO_MASTERS, (id, value) => {
    if (id === TIMESTAMP_SCALE) scaleNs = uint(value)
    else if (id === DURATION) ticks = float(value)
  })
  const seconds = (ticks * scaleNs) / 1e9
  return Number.isFinite(seconds) && seconds > 0 ? seconds : null
}

/** The clusters that the cues of the film's picture name; those of every track where Tracks did not come first. */
function* readCues(puller: Puller, cues: Element, found: Found): Pulls<void> {
  const range = indexRange(cues.start, cues.end ?? cues.start + UNKNOWN_INDEX_BYTES, puller.sizeBytes)
  found.index.push(range)
  const video = found.tracks?.find(({ kind }) => kind === 'video')?.number
  let track: number | undefined
  const end = Math.min(range.end, cues.payload + MAX_CUES_BYTES)
  yield* walkElements(puller, cues.payload, end, CUE_MASTERS, (id, value) => {
    if (id === CUE_TRACK) track = uint(value)
    else if (id === CUE_CLUSTER_POSITION && (video === undefined || track === video))
      found.points.add(found.origin + uint(value))
  })
}
