import { type Puller, type Pulls, uint64 } from './container.ts'
import { type Box, boxAt, payloadOf } from './mp4-box.ts'
import type { Mp4Track } from './mp4-movie.ts'
import type { SeekPoints } from './seek-points.ts'

/** Of a table of full-box header, count and entries of one size. */
interface Table {
  readonly start: number
  readonly end: number
  readonly count: number
}

const MAX_REFERENCES = 65_535

/** The chunks that hold a sample where decoding may begin (`stss`, `stsc`, `stco`: sections 8.6.2, 8.7.4, 8.7.5). */
export function* readChunkPoints(puller: Puller, track: Mp4Track, points: SeekPoints): Pulls<void> {
  const { chunkOffsets } = track
  if (!chunkOffsets) return
  const offsetBytes = chunkOffsets.type === 'co64' ? 8 : 4
  const chunks = yield* tableOf(puller, chunkOffsets, offsetBytes)
  const wanted = track.syncSamples ? yield* syncChunks(puller, track, chunks.count) : undefined
  const count = wanted?.length ?? chunks.count
  for (let i = 0; i < count && !points.isFull; i++) {
    const chunk = wanted ? (wanted[i] ?? 0) : i
    const view = yield* puller.bytes(chunks.start + chunk * offsetBytes, offsetBytes, chunks.end)
    if (view.byteLength < offsetBytes) return
    const position = offsetBytes === 8 ? uint64(view, 0) : view.getUint32(0)
    if (position !== undefined) points.add(position)
  }
}

/** Chunks from 0, ascending, each once. */
function* syncChunks(puller: Puller, track: Mp4Track, chunkCount: number): Pulls<readonly number[]> {
  const { syncSamples, sampleToChunk } = track
  if (!syncSamples || !sampleToChunk) return []
  const runs = yield* readTable(puller, sampleToChunk, 12, 2)
  const samples = yield* readTable(puller, syncSamples, 4, 1)
  const chunks: number[] = []
  let run = 0
  /** Of the run's first chunk, both from 1. */
  let firstSample = 1
  for (const sample of samples) {
    for (;;) {
      const [first, perChunk, next] = [runs[run * 2] ?? 1, runs[run * 2 + 1] ?? 0, runs[run * 2 + 2]]
      const nextSample = next === undefined ? Number.POSITIVE_INFINITY : firstSample + (next - first) * perChunk
      if (sample < nextSample || next === undefined || next <= first) {
        const chunk = perChunk > 0 ? first - 1 + Math.floor((sample - firstSample) / perChunk) : -1
        if (chunk > (chunks.at(-1) ?? -1) && chunk < chunkCount) chunks.push(chunk)
        break
      }
      firstSample = nextSample
      run++
    }
  }
  return chunks
}

/** The first `columns` numbers of 32 bits of each entry, one after the other. */
function* readTable(puller: Puller, box: Box, entryBytes: number, columns: number): Pulls<readonly number[]> {
  const table = yield* tableOf(puller, box, entryBytes)
  const values: number[] = []
  for (let i = 0; i < table.count; i++) {
    const view = yield* puller.bytes(table.start + i * entryBytes, columns * 4, table.end)
    if (view.byteLength < columns * 4) break
    for (let column = 0; column < columns; column++) values.push(view.getUint32(column * 4))
  }
  return values
}

const MAX_ENTRIES = 200_000

function* tableOf(puller: Puller, box: Box, entryBytes: number): Pulls<Table> {
  const view = yield* payloadOf(puller, box, 8)
  const start = box.payload + 8
  const fitting = Math.floor(Math.max(0, box.end - start) / entryBytes)
  const count = view.byteLength < 8 ? 0 : Math.min(view.getUint32(4), fitting, MAX_ENTRIES)
  return { start, end: box.end, count }
}

/** The subsegments of a `sidx` (8.16.3). Returns their summed duration. */
export function* readSegmentIndex(puller: Puller, sidx: Box, points: SeekPoints): Pulls<number | null> {
  const head = yield* payloadOf(puller, sidx, 32)
  if (head.byteLength < 24) return null
  const isLong = head.getUint8(0) !== 0
  if (isLong && head.byteLength < 32) return null
  const timescale = head.getUint32(8)
  const referencesAt = sidx.payload + (isLong ? 32 : 24)
  const count = head.getUint16(isLong ? 30 : 22)
  let position = sidx.end + (isLong ? (uint64(head, 20) ?? 0) : head.getUint32(16))
  let duration = 0
  for (let i = 0; i < Math.min(count, MAX_REFERENCES); i++) {
    const view = yield* puller.bytes(referencesAt + i * 12, 12, sidx.end)
    if (view.byteLength < 12) break
    points.add(position)
    position += view.getUint32(0) & 0x7fffffff
    duration += view.getUint32(4)
  }
  return timescale > 0 && duration > 0 ? duration / timescale : null
}

/** The `mfra` that the last 16 bytes point to (8.8.9 to 8.8.11), with the fragments that its first `tfra` names. */
export function* readFragmentAccess(puller: Puller, points: SeekPoints): Pulls<Box | undefined> {
  const { sizeBytes } = puller
  const mfro = yield* boxAt(puller, sizeBytes - 16, sizeBytes, true)
  if (mfro?.type !== 'mfro' || mfro.payload !== sizeBytes - 8) return undefined
  const view = yield* payloadOf(puller, mfro, 8)
  if (view.byteLength < 8) return undefined
  const mfra = yield* boxAt(puller, sizeBytes - view.getUint32(4), sizeBytes, true)
  if (mfra?.type !== 'mfra') return undefined
  const tfra = yield* boxAt(puller, mfra.payload, mfra.end, true)
  if (tfra?.type === 'tfra') yield* readFragments(puller, tfra, points)
  return mfra
}

function* readFragments(puller: Puller, tfra: Box, points: SeekPoints): Pulls<void> {
  const head = yield* payloadOf(puller, tfra, 16)
  if (head.byteLength < 16) return
  const isLong = head.getUint8(0) === 1
  const lengths = head.getUint32(8)
  const numbersBytes = [lengths >> 4, lengths >> 2, lengths].reduce((sum, bits) => sum + (bits & 3) + 1, 0)
  const offsetAt = isLong ? 8 : 4
  const entryBytes = offsetAt * 2 + numbersBytes
  const count = head.getUint32(12)
  for (let i = 0; i < count && !points.isFull; i++) {
    const view = yield* puller.bytes(tfra.payload + 16 + i * entryBytes + offsetAt, offsetAt, tfra.end)
    if (view.byteLength < offsetAt) return
    const position = isLong ? uint64(view, 0) : view.getUint32(0)
    if (position !== undefined) points.add(position)
  }
}
