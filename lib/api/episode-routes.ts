import { episodeId } from '../domain/ids.ts'
import { answer, bodyErrors, errorsOf, noContent } from './answers.ts'
import type { ApiApp, RouteContext } from './api-app.ts'
import { assignedTorrentJson } from './json.ts'
import { AssignAnswer, AssignItemBody, IdParams, TORRENT_BODY_MAX_BYTES } from './schemas.ts'
import { torrentInput } from './torrent-input.ts'

const tags = ['episodes']

export function registerEpisodeRoutes(app: ApiApp, { services, signals }: RouteContext): void {
  const { queries, writer, intake } = services

  app.route({
    method: 'POST',
    url: '/api/episodes/:id/assign-torrent',
    bodyLimit: TORRENT_BODY_MAX_BYTES,
    schema: {
      tags,
      operationId: 'assignEpisode',
      summary: 'Adds a torrent as the source of an episode',
      description: 'Takes the file given, or the one that the names point to.',
      params: IdParams,
      body: AssignItemBody,
      response: {
        201: answer('Assigned.', AssignAnswer),
        ...errorsOf('not_found', 'timeout', 'storage_full'),
        ...bodyErrors,
      },
    },
    handler: async ({ params, body }, reply) => {
      const { id } = queries.episode(episodeId(params.id)).episode
      const target = { kind: 'episode', id, ...(body.file_path !== undefined && { filePath: body.file_path }) } as const
      const result = await signals.run(reply, (signal) => intake.add(torrentInput(body), target, signal))
      return reply.code(201).send(assignedTorrentJson(result))
    },
  })

  app.route({
    method: 'DELETE',
    url: '/api/episodes/:id/assign',
    schema: {
      tags,
      operationId: 'unassignEpisode',
      summary: "Withdraws an episode's assignments",
      params: IdParams,
      response: { 204: noContent('Withdrawn.'), ...errorsOf('not_found') },
    },
    handler: ({ params }, reply) => {
      writer.unassignEpisode(episodeId(params.id))
      return reply.code(204).send()
    },
  })
}
