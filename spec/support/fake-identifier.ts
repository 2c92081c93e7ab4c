import type { Identifier, NameIdentity } from '../../lib/domain/identify.ts'

/** Knows movies as `Title (Year)` and episodes as `Show S01E02`; all else is unknown. */
export const fakeIdentifier: Pick<Identifier, 'identifyName'> = {
  identifyName(name) {
    const unknown: NameIdentity = {
      type: 'unknown',
      title: null,
      year: null,
      season: null,
      episodes: [],
      absoluteEpisodes: [],
      airDate: null,
      quality: { resolution: null, source: null, codec: null, hdr: null },
      confidence: 0,
    }
    const movie = /^(.+) \((\d{4})\)$/.exec(name)
    if (movie) return { ...unknown, type: 'movie', title: movie[1]!, year: Number(movie[2]), confidence: 0.9 }
    const episode = /^(.+) S(\d+)E(\d+)$/.exec(name)
    if (!episode) return unknown
    const [, title, season, number] = episode
    return {
      ...unknown,
      type: 'episode',
      title: title!,
      season: Number(season),
      episodes: [Number(number)],
      confidence: 1,
    }
  },
}
