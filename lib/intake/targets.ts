import type { IdentifyHints } from '../domain/identify.ts'
import type { IntakeTarget } from '../domain/intake.ts'
import type { LibraryQueries, Show } from '../domain/library.ts'

function showHints(show: Show): IdentifyHints {
  const episodes = new Map(
    show.seasons.map((season) => [season.number, season.episodes.map((episode) => episode.number)]),
  )
  return { kind: 'show', title: show.title, ...(show.year === null ? {} : { year: show.year }), episodes }
}

/** What the library knows of the item that a person named. Fails with `not_found` when it is not there. */
export function hintsFor(library: LibraryQueries, target: IntakeTarget | undefined): IdentifyHints | undefined {
  switch (target?.kind) {
    case undefined:
      return undefined
    case 'movie': {
      const movie = library.movie(target.id)
      return { kind: 'movie', title: movie.title, ...(movie.year === null ? {} : { year: movie.year }) }
    }
    case 'show':
      return showHints(library.show(target.id))
    case 'episode':
      return showHints(library.show(library.episode(target.id).showId))
  }
}
