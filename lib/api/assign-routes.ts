import { episodeId, movieId } from '../domain/ids.ts'
import type { IntakeTarget } from '../domain/intake.ts'
import { answer, bodyErrors, errorsOf, noContent } from './answers.ts'
import type { ApiApp, RouteContext } from './api-app.ts'
import { assignedTorrentJson } from './json.ts'
import { IdParams } from './schemas/common.ts'
import { AssignAnswer, AssignItemBody, TORRENT_BODY_MAX_BYTES } from './schemas/torrents.ts'
import { torrentInput } from './torrent-input.ts'

type ItemTarget = Exclude<IntakeTarget, { readonly kind: 'show' }>

/** What a torrent's one file is assigned to. */
interface Assignable {
  readonly path: 'movies' | 'episodes'
  readonly kind: 'Movie' | 'Episode'
  /** Both fail with `not_found`. */
  target(id: number): ItemTarget
  unassign(id: number): void
}

export function registerAssignRoutes(app: ApiApp, { services, signals }: RouteContext): void {
  const { queries, writer, intake } = services
  const assignables: readonly Assignable[] = [
    {
      path: 'movies',
      kind: 'Movie',
      target: (id) => ({ kind: 'movie', id: queries.movie(movieId(id)).id }),
      unassign: (id) => writer.unassignMovie(movieId(id)),
    },
    {
      path: 'episodes',
      kind: 'Episode',
      target: (id) => ({ kind: 'episode', id: queries.episode(episodeId(id)).episode.id }),
      unassign: (id) => writer.unassignEpisode(episodeId(id)),
    },
  ]

  for (const { path, kind, target, unassign } of assignables) {
    const tags = [path]
    const item = kind.toLowerCase()

    app.route({
      method: 'POST',
      url: `/api/${path}/:id/assign-torrent`,
      bodyLimit: TORRENT_BODY_MAX_BYTES,
      schema: {
        tags,
        operationId: `assign${kind}`,
        summary: `Adds a torrent as the source of this ${item}`,
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
        const known = target(params.id)
        const whole = body.file_path === undefined ? known : { ...known, filePath: body.file_path }
        const result = await signals.run(reply, (signal) => intake.add(torrentInput(body), whole, signal))
        return reply.code(201).send(assignedTorrentJson(result))
      },
    })

    app.route({
      method: 'DELETE',
      url: `/api/${path}/:id/assign`,
      schema: {
        tags,
        operationId: `unassign${kind}`,
        summary: `Withdraws the assignments of this ${item}`,
        params: IdParams,
        response: { 204: noContent('Withdrawn.'), ...errorsOf('not_found') },
      },
      handler: ({ params }, reply) => {
        unassign(params.id)
        return reply.code(204).send()
      },
    })
  }
}
