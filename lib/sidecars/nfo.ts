import type { EpisodeMetadata, MetadataRating, MovieMetadata, ShowDetails, StreamDetails } from '../domain/metadata.ts'
import type { SidecarSubject } from '../domain/sidecars.ts'
import { element, parent, type XmlPart, xmlDocument } from './xml-text.ts'

/*
 * Kodi's NFO files, as its version 20 reads them (wiki: NFO files/Movies, /TV shows, /Episodes); Jellyfin reads the
 * same. What is not known has no element. Kodi asks no scraper where the root and a title are there; `episodeguide` is
 * for episodes of the show that have no file of their own.
 */

/** What a sidecar of text holds. */
export function nfoText(subject: SidecarSubject): string {
  switch (subject.kind) {
    case 'movie':
      return movieNfo(subject.metadata, subject.streams)
    case 'show':
      return showNfo({ ...subject.metadata, seasons: subject.seasons })
    case 'episode':
      return episodeNfo({ title: subject.showTitle }, subject.episodes, subject.streams)
  }
}

/** One episode of a file. */
export interface NfoEpisode {
  readonly season: number
  readonly metadata: EpisodeMetadata
}

/** The text of a `movie.nfo`. */
export function movieNfo(movie: MovieMetadata, streams: StreamDetails | null = null): string {
  return xmlDocument([
    parent('movie', [
      element('title', movie.title),
      element('originaltitle', movie.originalTitle),
      ratings(movie.rating),
      element('plot', movie.plot),
      element('tagline', movie.tagline),
      element('runtime', movie.runtimeMinutes),
      ...uniqueIds(movie.tmdbId, movie.imdbId),
      ...genres(movie.genres),
      element('premiered', movie.releaseDate),
      element('year', movie.year),
      fileInfo(streams),
    ]),
  ])
}

/** The text of a `tvshow.nfo`. */
export function showNfo(show: ShowDetails): string {
  return xmlDocument([
    parent('tvshow', [
      element('title', show.title),
      element('originaltitle', show.originalTitle),
      ratings(show.rating),
      element('plot', show.plot),
      ...uniqueIds(show.tmdbId, show.imdbId),
      element('uniqueid', show.tvdbId, { type: 'tvdb' }),
      element('episodeguide', episodeGuide(show)),
      ...genres(show.genres),
      element('premiered', show.firstAirDate),
      element('year', show.year),
      element('status', show.hasEnded ? 'Ended' : 'Continuing'),
      ...show.seasons.map(({ number, name }) => element('namedseason', name, { number: String(number) })),
    ]),
  ])
}

/** The text of the `.nfo` beside an episode file: for a file of several, one element after the other. */
export function episodeNfo(
  show: { readonly title: string },
  episodes: readonly NfoEpisode[],
  streams: StreamDetails | null = null,
): string {
  return xmlDocument(
    episodes.map(({ season, metadata }) =>
      parent('episodedetails', [
        element('title', metadata.name ?? `Episode ${metadata.number}`),
        element('showtitle', show.title),
        ratings(metadata.rating),
        element('season', season),
        element('episode', metadata.number),
        element('plot', metadata.plot),
        element('runtime', metadata.runtimeMinutes),
        element('uniqueid', metadata.tmdbId, { type: 'tmdb', default: 'true' }),
        element('aired', metadata.airDate),
        fileInfo(streams),
      ]),
    ),
  )
}

function uniqueIds(tmdbId: number, imdbId: string | null): XmlPart[] {
  return [element('uniqueid', tmdbId, { type: 'tmdb', default: 'true' }), element('uniqueid', imdbId, { type: 'imdb' })]
}

/** As JSON of strings since version 19: numbers alone did not say whose they are. */
const episodeGuide = ({ tmdbId, imdbId, tvdbId }: ShowDetails): string =>
  JSON.stringify({
    tmdb: String(tmdbId),
    ...(imdbId !== null && { imdb: imdbId }),
    ...(tvdbId !== null && { tvdb: String(tvdbId) }),
  })

const genres = (names: readonly string[]): XmlPart[] => names.map((name) => element('genre', name))

function ratings(rating: MetadataRating | null): XmlPart {
  if (!rating) return null
  const attributes = { name: 'themoviedb', max: '10', default: 'true' }
  return parent('ratings', [
    parent('rating', [element('value', rating.value), element('votes', rating.votes)], attributes),
  ])
}

function fileInfo(streams: StreamDetails | null): XmlPart {
  if (!streams) return null
  const video = streams.video.map(({ codec, width, height, hdr }) =>
    parent('video', [
      element('codec', codec),
      element('aspect', width !== null && height !== null && height > 0 ? (width / height).toFixed(3) : null),
      element('width', width),
      element('height', height),
      element('durationinseconds', streams.durationSeconds === null ? null : Math.round(streams.durationSeconds)),
      element('hdrtype', hdr),
    ]),
  )
  const audio = streams.audio.map(({ codec, language, channels }) =>
    parent('audio', [element('codec', codec), element('language', language), element('channels', channels)]),
  )
  const subtitles = streams.subtitles.map(({ language }) => parent('subtitle', [element('language', language)]))
  return parent('fileinfo', [parent('streamdetails', [...video, ...audio, ...subtitles])])
}
