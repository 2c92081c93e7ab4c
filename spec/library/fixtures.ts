import { createHash } from 'node:crypto'
import { infoHash } from '../../lib/domain/ids.ts'
import type { NewSubtitle, Placement } from '../../lib/domain/library.ts'
import type { MovieMetadata, ShowMetadata } from '../../lib/domain/metadata.ts'
import { PieceLayout, type TorrentFile } from '../../lib/domain/piece-layout.ts'
import type { TorrentInfo } from '../../lib/domain/torrent.ts'

type MoviePlacement = Extract<Placement, { kind: 'movie' }>
type EpisodePlacement = Extract<Placement, { kind: 'episode' }>

export const hashOf = (name: string) => infoHash(createHash('sha1').update(name).digest('hex'))

/** A torrent of files of 1000 bytes and their index; a path that begins with `.pad/` is a pad file. */
export function torrentOf(name: string, paths: readonly string[]): TorrentInfo {
  let offsetBytes = 0
  const files = paths.map((path, index): TorrentFile => {
    const file = { index, path, sizeBytes: 1000 + index, offsetBytes, isPad: path.startsWith('.pad/') }
    offsetBytes += file.sizeBytes
    return file
  })
  return {
    infoHash: hashOf(name),
    name,
    metadata: new TextEncoder().encode(`d8:announce${name}e`),
    layout: new PieceLayout(16_384, Math.max(1, offsetBytes)),
    files,
    isPrivate: false,
    trackers: [],
  }
}

export function asMovie(title: string, fileIndex = 0, more: Partial<MoviePlacement> = {}): MoviePlacement {
  return { kind: 'movie', title, year: null, fileIndex, resolution: '1080p', source: 'BluRay', ...more }
}

export function asEpisode(
  title: string,
  season: number,
  episodes: number | readonly number[],
  fileIndex = 0,
  more: Partial<EpisodePlacement> = {},
): EpisodePlacement {
  return {
    kind: 'episode',
    title,
    year: null,
    season,
    episodes: typeof episodes === 'number' ? [episodes] : episodes,
    episodeName: null,
    fileIndex,
    resolution: null,
    source: null,
    ...more,
  }
}

export function asSubtitle(fileIndex: number, language: string | null = null, ...flags: string[]): NewSubtitle {
  const [isForced, isHearingImpaired, isCommentary] = ['forced', 'sdh', 'commentary'].map((one) => flags.includes(one))
  return {
    fileIndex,
    language,
    isForced: isForced === true,
    isHearingImpaired: isHearingImpaired === true,
    isCommentary: isCommentary === true,
  }
}

/** One torrent with `count` episodes of one season, all placed. */
export function seasonPack(title: string, season: number, count: number): [TorrentInfo, EpisodePlacement[]] {
  const paths = Array.from({ length: count }, (_, i) => `${title}.S${season}/${title}.S${season}E${i + 1}.1080p.mkv`)
  const placements = paths.map((_, i) =>
    asEpisode(title, season, i + 1, i, { episodeName: `The One With Number ${i + 1}`, year: 2010 }),
  )
  return [torrentOf(`${title} S${season}`, paths), placements]
}

const NOT_KNOWN = {
  imdbId: null,
  originalTitle: null,
  plot: null,
  genres: [],
  rating: null,
  posterPath: null,
  fanartPath: null,
}

export function movieMetadata(title: string, more: Partial<MovieMetadata> = {}): MovieMetadata {
  return {
    ...NOT_KNOWN,
    tmdbId: 1,
    title,
    year: 2010,
    releaseDate: '2010-05-01',
    tagline: null,
    runtimeMinutes: null,
    ...more,
  }
}

/** Of one season, all of whose episodes have a name and aired on one day. */
export function showMetadata(title: string, episodes: number, more: Partial<ShowMetadata> = {}): ShowMetadata {
  const list = Array.from({ length: episodes }, (_, i) => ({
    tmdbId: i + 1,
    number: i + 1,
    name: `Name ${i + 1}`,
    airDate: '2010-05-01',
    plot: null,
    runtimeMinutes: null,
    rating: null,
    stillPath: null,
  }))
  return {
    ...NOT_KNOWN,
    tmdbId: 1,
    tvdbId: null,
    title,
    year: 2010,
    firstAirDate: '2010-05-01',
    hasEnded: false,
    seasons: [{ number: 1, name: null, posterPath: null, episodes: list }],
    ...more,
  }
}
