import type { ByteRange } from '../../domain/ranges.ts'
import { type Detector, indexRange, type Puller } from './container.ts'
import { boxAt } from './mp4-box.ts'
import { filmStreams, filmTrack, type Movie, readMovie } from './mp4-movie.ts'
import { readChunkPoints, readFragmentAccess, readSegmentIndex } from './mp4-seek-points.ts'
import { SeekPoints } from './seek-points.ts'
import { streamDetails } from './stream-list.ts'

const MAX_TOP_BOXES = 64

/**
 * MP4 and QuickTime (ISO/IEC 14496-12): `moov` wherever it stands; for fragmented files also `sidx` and `mfra`. Media data
 * is stepped over, never read.
 */
export function* detectMp4(puller: Puller): Detector {
  const { sizeBytes } = puller
  const index: ByteRange[] = []
  const points = new SeekPoints()
  let seconds: number | null = null
  let movie: Movie | undefined
  let isFragmented = false
  let offset = 0
  for (let boxes = 0; boxes < MAX_TOP_BOXES; boxes++) {
    const box = yield* boxAt(puller, offset, sizeBytes, false)
    if (!box || box.type === 'moof') {
      isFragmented ||= box?.type === 'moof'
      break
    }
    if (box.type === 'mdat' && movie) break
    if (box.type === 'moov' && !movie) {
      index.push(indexRange(box.start, box.end, sizeBytes))
      movie = yield* readMovie(puller, box)
      seconds = movie.seconds ?? seconds
      isFragmented ||= movie.isFragmented
    } else if (box.type === 'sidx') {
      isFragmented = true
      index.push(indexRange(box.start, box.end, sizeBytes))
      const indexed = yield* readSegmentIndex(puller, box, points)
      seconds ??= indexed
    }
    offset = box.end
  }
  if (isFragmented) {
    const access = yield* readFragmentAccess(puller, points)
    if (access) index.push(indexRange(access.start, sizeBytes, sizeBytes))
  }
  const film = filmTrack(movie?.tracks ?? [])
  if (film && !isFragmented) yield* readChunkPoints(puller, film, points)
  return {
    format: 'mp4',
    index,
    durationSeconds: seconds,
    seekPoints: points.thinned(sizeBytes),
    streams: streamDetails(filmStreams(movie?.tracks ?? []), seconds),
  }
}
