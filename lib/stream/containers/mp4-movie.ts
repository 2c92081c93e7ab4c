import { fourCc, type Puller, type Pulls, uint64 } from './container.ts'
import { type Box, boxAt, payloadOf } from './mp4-box.ts'
import { readSampleEntry } from './mp4-sample-entry.ts'
import { type FoundStream, language639, MAX_STREAMS } from './stream-list.ts'

/** A track of `moov`, and where its tables stand. */
export interface Mp4Track extends FoundStream {
  chunkOffsets?: Box
  sampleToChunk?: Box
  syncSamples?: Box
}

export interface Movie {
  seconds: number | null
  isFragmented: boolean
  readonly tracks: Mp4Track[]
}

const CONTAINERS: ReadonlySet<string> = new Set(['trak', 'mdia', 'minf', 'stbl', 'mvex'])
const MAX_BOXES = 4096
const MAX_SAMPLE_ENTRY_BYTES = 4096
const HANDLERS = new Map<string, FoundStream['kind']>([
  ['vide', 'video'],
  ['soun', 'audio'],
  ['sbtl', 'subtitle'],
  ['subt', 'subtitle'],
  ['text', 'subtitle'],
  ['clcp', 'subtitle'],
  ['subp', 'subtitle'],
])
/** Pictures of these are covers and chapter marks. */
const STILLS: ReadonlySet<string> = new Set(['mjpeg', 'png'])

/** `moov` (ISO/IEC 14496-12 section 8.2): duration and tracks. Tables are stepped over. */
export function* readMovie(puller: Puller, moov: Box): Pulls<Movie> {
  const movie: Movie = { seconds: null, isFragmented: false, tracks: [] }
  const ends = [moov.end]
  let timescale = 0
  let duration = 0
  let track: Mp4Track = {}
  let offset = moov.payload
  for (let boxes = 0; boxes < MAX_BOXES; boxes++) {
    while (ends.length > 1 && offset >= (ends.at(-1) ?? 0)) ends.pop()
    const end = ends.at(-1) ?? moov.end
    const box = yield* boxAt(puller, offset, end, true)
    if (!box) {
      if (ends.length === 1) break
      offset = end // what cannot be a box ends its container and nothing else
      continue
    }
    offset = box.end
    if (CONTAINERS.has(box.type)) {
      if (box.type === 'trak') {
        track = {}
        if (movie.tracks.length < MAX_STREAMS) movie.tracks.push(track)
      }
      movie.isFragmented ||= box.type === 'mvex'
      ends.push(box.end)
      offset = box.payload
    } else if (box.type === 'mvhd') {
      const view = yield* payloadOf(puller, box, 32)
      const times = readTimes(view)
      timescale = times.timescale
      duration = times.duration
    } else if (box.type === 'mehd') {
      const view = yield* payloadOf(puller, box, 12)
      if (view.byteLength >= 8) duration ||= isLong(view, 12) ? (uint64(view, 4) ?? 0) : known32(view.getUint32(4))
    } else yield* readTrackBox(puller, box, track)
  }
  if (timescale > 0 && duration > 0) movie.seconds = duration / timescale
  return movie
}

/** The film's picture. */
export const filmTrack = (tracks: readonly Mp4Track[]): Mp4Track | undefined =>
  tracks.find(({ kind, codec }) => kind === 'video' && !STILLS.has(codec ?? ''))

/** What a person would call a stream of the film. */
export const filmStreams = (tracks: readonly Mp4Track[]): readonly Mp4Track[] =>
  tracks.filter(({ kind, codec }) => kind !== 'video' || !STILLS.has(codec ?? ''))

function* readTrackBox(puller: Puller, box: Box, track: Mp4Track): Pulls<void> {
  if (box.type === 'stco' || box.type === 'co64') track.chunkOffsets = box
  else if (box.type === 'stsc') track.sampleToChunk = box
  else if (box.type === 'stss') track.syncSamples = box
  else if (box.type === 'mdhd') {
    const view = yield* payloadOf(puller, box, 36)
    const at = view.byteLength > 0 && view.getUint8(0) === 1 ? 32 : 20
    if (view.byteLength >= at + 2) track.language = packedLanguage(view.getUint16(at))
  } else if (box.type === 'hdlr') {
    const view = yield* payloadOf(puller, box, 12)
    const kind = view.byteLength >= 12 ? HANDLERS.get(fourCc(view, 8)) : undefined
    // QuickTime has a second hdlr, of the data, further down.
    if (kind) track.kind ??= kind
  } else if (box.type === 'stsd') readSampleEntry(yield* payloadOf(puller, box, MAX_SAMPLE_ENTRY_BYTES), track)
}

/** Three letters of 5 bits (section 8.4.2.3); QuickTime's own language numbers are below. */
function packedLanguage(packed: number): string | null {
  if (packed < 0x400) return null
  const letters = [packed >> 10, packed >> 5, packed].map((bits) => String.fromCharCode(0x60 + (bits & 31)))
  return language639(letters.join(''))
}

function readTimes(view: DataView): { readonly timescale: number; readonly duration: number } {
  if (view.byteLength < 20) return { timescale: 0, duration: 0 }
  return isLong(view, 32)
    ? { timescale: view.getUint32(20), duration: uint64(view, 24) ?? 0 }
    : { timescale: view.getUint32(12), duration: known32(view.getUint32(16)) }
}

const isLong = (view: DataView, bytes: number): boolean => view.getUint8(0) === 1 && view.byteLength >= bytes

/** All bits set say "not known". */
const known32 = (duration: number): number => (duration === 0xffffffff ? 0 : duration)
