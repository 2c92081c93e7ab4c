import { movieId, showId } from '../domain/ids.ts'
import { answer, bodyErrors, errorsOf } from './answers.ts'
import type { ApiApp, RouteContext } from './api-app.ts'
import { trashedJson } from './curation-json.ts'
import { trashTarget } from './file-input.ts'
import { removeTorrent } from './remove-torrent.ts'
import { FilesAnswer, PurgeAnswer, PurgeQuery, TrashAnswer, TrashBody, TrashQuery } from './schemas/curation.ts'

const tags = ['trash']
const DAY_MS = 24 * 60 * 60_000

export function registerTrashRoutes(app: ApiApp, { services }: RouteContext): void {
  const { queries, writer, trees, clock } = services

  /** The movies and shows of which something is in the trash, in the order that the drive lists them in. */
  async function trashedItems() {
    await trees.settled()
    const trash = trees.current.find('/Trash')
    if (trash?.kind !== 'directory') return []
    return [...trash.children.values()].flatMap((node) => {
      const subject = node.kind === 'directory' ? node.subject : undefined
      return subject?.kind === 'movie' || subject?.kind === 'show' ? [subject] : []
    })
  }

  app.route({
    method: 'GET',
    url: '/api/trash',
    schema: {
      tags,
      operationId: 'listTrash',
      summary: 'What is in the trash, page by page',
      querystring: TrashQuery,
      response: { 200: answer('One page.', TrashAnswer), ...errorsOf() },
    },
    handler: async ({ query: { limit, offset } }) => {
      const all = await trashedItems()
      const items = all.slice(offset, offset + limit).flatMap(({ kind, id }) => {
        const item = kind === 'movie' ? queries.movie(movieId(id)) : queries.show(showId(id))
        return trashedJson(item) ?? []
      })
      return { items, total: all.length, limit, offset }
    },
  })

  app.route({
    method: 'POST',
    url: '/api/trash',
    schema: {
      tags,
      operationId: 'trash',
      summary: 'Puts a movie, show, season or file into the trash',
      description: 'What is known of it stays. After TRASH_DAYS it is gone.',
      body: TrashBody,
      response: { 200: answer('Done.', FilesAnswer), ...errorsOf('not_found'), ...bodyErrors },
    },
    handler: ({ body }) => ({ files: writer.trash(trashTarget(body)) }),
  })

  app.route({
    method: 'POST',
    url: '/api/trash/restore',
    schema: {
      tags,
      operationId: 'restore',
      summary: 'Takes a movie, show, season or file out of the trash',
      body: TrashBody,
      response: { 200: answer('Done.', FilesAnswer), ...errorsOf('not_found'), ...bodyErrors },
    },
    handler: ({ body }) => ({ files: writer.restore(trashTarget(body)) }),
  })

  app.route({
    method: 'DELETE',
    url: '/api/trash',
    schema: {
      tags,
      operationId: 'emptyTrash',
      summary: 'Empties the trash for good',
      description: 'Torrents of which nothing is left go with their cached pieces.',
      querystring: PurgeQuery,
      response: { 200: answer('Emptied.', PurgeAnswer), ...errorsOf() },
    },
    handler: async ({ query }) => {
      const ageMs = query.older_than_days * DAY_MS
      // What was trashed in this very millisecond is meant by "all" too.
      const bare = writer.purgeTrash(clock.nowMs() - ageMs + (ageMs === 0 ? 1 : 0))
      for (const infoHash of bare) await removeTorrent(services, infoHash, true)
      return { torrents_removed: [...bare] }
    },
  })
}
