import type { FileKey, MatchTarget, TrashTarget } from '../domain/curation.ts'
import { infoHash, movieId, showId } from '../domain/ids.ts'
import type { MetadataSource } from './api-services.ts'
import { itemReference, type TitledInput } from './library-input.ts'

/** Of a checked id: `<info-hash>:<number>`. */
export const fileKeyOf = (id: string): FileKey => ({
  infoHash: infoHash(id.slice(0, 40)),
  fileIndex: Number(id.slice(41)),
})

export interface MatchInput {
  readonly movie_id?: number | undefined
  readonly movie?: TitledInput | undefined
  readonly episode?:
    | {
        readonly show_id?: number | undefined
        readonly show?: TitledInput | undefined
        readonly season: number
        readonly episodes: readonly number[]
      }
    | undefined
}

/** Of a checked body. Fails as `itemReference`. */
export async function matchTarget(
  body: MatchInput,
  metadata: MetadataSource | undefined,
  signal: AbortSignal,
): Promise<MatchTarget> {
  const { movie_id: id, movie = {}, episode } = body
  if (episode) {
    const { show_id: ofShow, show = {}, season, episodes } = episode
    const known = ofShow === undefined ? undefined : showId(ofShow)
    return { kind: 'episode', show: await itemReference('show', known, show, metadata, signal), season, episodes }
  }
  if (id === undefined && body.movie === undefined) return { kind: 'unsorted' }
  const known = id === undefined ? undefined : movieId(id)
  return { kind: 'movie', movie: await itemReference('movie', known, movie, metadata, signal) }
}

/** Of a checked body: one of them is there. */
export function trashTarget(body: {
  readonly movie_id?: number | undefined
  readonly show_id?: number | undefined
  readonly season?: number | undefined
  readonly file_id?: string | undefined
}): TrashTarget {
  const { movie_id: movie, show_id: show, season, file_id: file = '' } = body
  if (movie !== undefined) return { kind: 'movie', id: movieId(movie) }
  if (show === undefined) return { kind: 'file', ...fileKeyOf(file) }
  return season === undefined ? { kind: 'show', id: showId(show) } : { kind: 'season', showId: showId(show), season }
}
