import type { EpisodeNumbers, SubtitleSearch } from './provider.ts'

type Parameters = Readonly<Record<string, string | number>>

/** Of `GET /subtitles`, without languages. */
export function searchParameters(search: SubtitleSearch): Parameters {
  switch (search.by) {
    case 'hash':
      return { moviehash: search.hash, moviebytesize: search.sizeBytes, moviehash_match: 'only' }
    case 'id':
      return { ...idParameter(search), ...episodeParameters(search.episode) }
    case 'name':
      return {
        query: search.title,
        ...(search.episode ? episodeParameters(search.episode) : { type: 'movie' }),
        ...(search.year !== null && !search.episode && { year: search.year }),
      }
  }
}

/** An episode is looked for by its show. IMDb's ids are numbers to the service. */
function idParameter({ tmdbId, imdbId, episode }: SubtitleSearch & { by: 'id' }): Parameters {
  const prefix = episode ? 'parent_' : ''
  if (tmdbId !== null) return { [`${prefix}tmdb_id`]: tmdbId }
  return { [`${prefix}imdb_id`]: Number((imdbId ?? '').replace(/^tt/, '')) }
}

const episodeParameters = (episode: EpisodeNumbers | undefined): Parameters =>
  episode ? { season_number: episode.season, episode_number: episode.episode, type: 'episode' } : {}
