import type { ByteRange } from '../../domain/ranges.ts'
import { codecOfFourCc, codecOfWaveFormat } from './codec-names.ts'
import { type Detector, fourCc, indexRange, type Puller, type Pulls, uint64 } from './container.ts'
import { SeekPoints } from './seek-points.ts'
import { type FoundStream, MAX_STREAMS, streamDetails } from './stream-list.ts'

/** A RIFF chunk; of a LIST `type` is that of the list. Bytes of the file. */
interface Chunk {
  readonly type: string
  readonly isList: boolean
  readonly start: number
  readonly payload: number
  readonly end: number
}

interface Avi {
  readonly index: ByteRange[]
  readonly points: SeekPoints
  readonly streams: FoundStream[]
  secondsPerFrame: number
  /** Of the picture. */
  seconds: number | null
  /** Of all RIFF parts (OpenDML). */
  totalFrames: number
  /** Chunks of the first picture are called so in `idx1`. */
  videoChunk: string
  /** Where the chunks' offsets count from. */
  movie: Chunk | undefined
}

const MAX_CHUNKS = 512
/** Parts of an OpenDML index that are wanted: a hundred gigabytes of film. */
const MAX_SUPER_INDEX = 128
const DESCENDED: ReadonlySet<string> = new Set(['hdrl', 'strl', 'odml'])
const IDX1_ENTRY_BYTES = 16
const IS_KEYFRAME = 0x10

/**
 * AVI: the header lists before `movi`, the `idx1` behind it, and the parts of an OpenDML index wherever `indx` says that
 * they are (AVI RIFF file reference; OpenDML AVI file format extensions 1.02). Media data is stepped over.
 */
export function* detectAvi(puller: Puller): Detector {
  const { sizeBytes } = puller
  const avi: Avi = {
    index: [],
    points: new SeekPoints(),
    streams: [],
    secondsPerFrame: 0,
    seconds: null,
    totalFrames: 0,
    videoChunk: '',
    movie: undefined,
  }
  let offset = 12
  for (let chunks = 0; chunks < MAX_CHUNKS; chunks++) {
    const chunk = yield* chunkAt(puller, offset, !avi.movie)
    if (!chunk || (chunk.type === 'RIFF' && chunk.start > 0)) break
    offset = chunk.end
    if (chunk.isList && DESCENDED.has(chunk.type)) offset = chunk.payload
    else if (chunk.isList && chunk.type === 'movi') {
      avi.movie = chunk
      avi.index.unshift(indexRange(0, chunk.payload, sizeBytes))
    } else if (chunk.type === 'idx1' && avi.movie) {
      avi.index.push(indexRange(chunk.start, chunk.end, sizeBytes))
      yield* readOldIndex(puller, chunk, avi, avi.movie)
      break
    } else if (!chunk.isList) yield* readHeader(puller, chunk, avi)
  }
  const seconds = avi.totalFrames > 0 && avi.secondsPerFrame > 0 ? avi.totalFrames * avi.secondsPerFrame : avi.seconds
  const known = seconds !== null && Number.isFinite(seconds) && seconds > 0 ? seconds : null
  return {
    format: 'avi',
    index: avi.index,
    durationSeconds: known,
    seekPoints: avi.points.thinned(sizeBytes),
    streams: streamDetails(avi.streams, known),
  }
}

/** Chunks stand at even offsets. Bytes behind its header are pulled with it when they are wanted anyway. */
function* chunkAt(puller: Puller, offset: number, isWanted: boolean): Pulls<Chunk | undefined> {
  const view = yield* puller.bytes(offset, 12, offset + (isWanted ? 4096 : 12))
  if (view.byteLength < 8) return undefined
  const type = fourCc(view, 0)
  if (!/^[\x20-\x7e]{4}$/.test(type)) return undefined
  const size = view.getUint32(4, true)
  const end = offset + 8 + size + (size & 1)
  const isList = (type === 'LIST' || type === 'RIFF') && view.byteLength >= 12
  if (!isList) return { type, isList, start: offset, payload: offset + 8, end }
  return { type: type === 'RIFF' ? type : fourCc(view, 8), isList, start: offset, payload: offset + 12, end }
}

function* readHeader(puller: Puller, chunk: Chunk, avi: Avi): Pulls<void> {
  const view = yield* puller.bytes(chunk.payload, Math.min(chunk.end - chunk.payload, 40))
  const length = view.byteLength
  const stream = avi.streams.at(-1)
  if (chunk.type === 'avih' && length >= 40) {
    avi.secondsPerFrame = view.getUint32(0, true) / 1e6
    avi.seconds = avi.secondsPerFrame * view.getUint32(16, true)
  } else if (chunk.type === 'dmlh' && length >= 4) avi.totalFrames = view.getUint32(0, true)
  else if (chunk.type === 'strh' && length >= 36) readStreamHeader(view, avi)
  else if (chunk.type === 'strf' && stream?.kind === 'video' && length >= 20) {
    stream.width = view.getInt32(4, true)
    stream.height = Math.abs(view.getInt32(8, true))
    stream.codec = codecOfFourCc(fourCc(view, 16))
  } else if (chunk.type === 'strf' && stream?.kind === 'audio' && length >= 4) {
    stream.codec = codecOfWaveFormat(view.getUint16(0, true))
    stream.channels = view.getUint16(2, true)
  } else if (chunk.type === 'indx') yield* readSuperIndex(puller, chunk, avi)
}

const KINDS = new Map<string, FoundStream['kind']>([
  ['vids', 'video'],
  ['auds', 'audio'],
  ['txts', 'subtitle'],
])

function readStreamHeader(view: DataView, avi: Avi): void {
  if (avi.streams.length >= MAX_STREAMS) return
  const kind = KINDS.get(fourCc(view, 0))
  if (kind === 'video' && avi.videoChunk === '') {
    avi.videoChunk = `${String(avi.streams.length).padStart(2, '0')}d`
    const [scale, rate, frames] = [view.getUint32(20, true), view.getUint32(24, true), view.getUint32(32, true)]
    if (rate > 0 && scale > 0) {
      avi.secondsPerFrame = scale / rate
      if (frames > 0) avi.seconds = frames * avi.secondsPerFrame
    }
  }
  avi.streams.push(kind ? { kind } : {})
}

/** Of an index of indexes: where its parts stand. */
function* readSuperIndex(puller: Puller, chunk: Chunk, avi: Avi): Pulls<void> {
  const head = yield* puller.bytes(chunk.payload, 24, chunk.end)
  if (head.byteLength < 24 || head.getUint8(3) !== 0 || head.getUint16(0, true) !== 4) return
  const count = Math.min(head.getUint32(4, true), MAX_SUPER_INDEX)
  for (let i = 0; i < count; i++) {
    const entry = yield* puller.bytes(chunk.payload + 24 + i * 16, 16, chunk.end)
    if (entry.byteLength < 16) return
    const start = uint64(entry, 0, true)
    if (start === undefined || start >= puller.sizeBytes) return
    const range = indexRange(start, start + 8 + entry.getUint32(8, true), puller.sizeBytes)
    if (start > 0 && avi.index.length < MAX_SUPER_INDEX) avi.index.push(range)
  }
}

/** Key frames of the picture. Offsets count from `movi`, in some files from the file's beginning. */
function* readOldIndex(puller: Puller, idx1: Chunk, avi: Avi, movie: Chunk): Pulls<void> {
  const first = yield* puller.bytes(idx1.payload, IDX1_ENTRY_BYTES, idx1.end)
  if (first.byteLength < IDX1_ENTRY_BYTES) return
  const origin = first.getUint32(8, true) < movie.payload - 4 ? movie.payload - 4 : 0
  for (let at = idx1.payload; at + IDX1_ENTRY_BYTES <= idx1.end && !avi.points.isFull; at += IDX1_ENTRY_BYTES) {
    const entry = yield* puller.bytes(at, IDX1_ENTRY_BYTES, idx1.end)
    if (entry.byteLength < IDX1_ENTRY_BYTES) return
    if (fourCc(entry, 0).startsWith(avi.videoChunk) && (entry.getUint32(4, true) & IS_KEYFRAME) !== 0)
      avi.points.add(origin + entry.getUint32(8, true))
  }
}
