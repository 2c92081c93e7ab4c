import type { WatchPosition } from '../domain/watching.ts'
import { answer, errorsOf } from './answers.ts'
import type { ApiApp, RouteContext } from './api-app.ts'
import { searchHitJson, watchedJson } from './curation-json.ts'
import { WatchingAnswer, WatchingQuery } from './schemas/curation.ts'
import { SearchAnswer, SearchQuery } from './schemas/system.ts'

const tags = ['library']

/** What a person looks for, and goes on with. */
export function registerSearchRoutes(app: ApiApp, { services }: RouteContext): void {
  const { queries } = services

  function watched(position: WatchPosition) {
    const { infoHash, fileIndex } = position
    const file = queries.torrent(infoHash).files.find((one) => one.index === fileIndex)
    if (!file) return []
    const placed = queries.placedFiles(infoHash).find((one) => one.fileIndex === fileIndex)
    const item = placed?.item
    const named = item && (item.kind === 'movie' ? queries.movie(item.id) : queries.show(item.showId))
    return [watchedJson(position, file, placed, named)]
  }

  app.route({
    method: 'GET',
    url: '/api/search',
    schema: {
      tags,
      operationId: 'search',
      summary: 'Movies, shows and episodes by words of their titles and names',
      description: 'Words may stand anywhere, without regard to letter case or accents. The closest first.',
      querystring: SearchQuery,
      response: { 200: answer('What was found.', SearchAnswer), ...errorsOf() },
    },
    handler: ({ query }) => ({ results: queries.search(query.q, query.limit).map(searchHitJson) }),
  })

  app.route({
    method: 'GET',
    url: '/api/watching',
    schema: {
      tags,
      operationId: 'listWatching',
      summary: 'What was begun and not finished, the last watched first',
      querystring: WatchingQuery,
      response: { 200: answer('The files.', WatchingAnswer), ...errorsOf() },
    },
    handler: ({ query }) => ({ items: queries.unfinished(query.limit).flatMap(watched) }),
  })
}
