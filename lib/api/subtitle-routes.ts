import { AppError } from '../domain/errors.ts'
import { episodeId, movieId } from '../domain/ids.ts'
import type { Assignment } from '../domain/library.ts'
import type { SubtitleOwner, Subtitles } from '../domain/subtitles.ts'
import { answer, bodyErrors, errorsOf, noContent } from './answers.ts'
import type { ApiApp, RouteContext } from './api-app.ts'
import { IdParams } from './schemas/common.ts'
import {
  AddSubtitleBody,
  FoundSubtitlesAnswer,
  SUBTITLE_BODY_MAX_BYTES,
  SubtitleJson,
  SubtitlesAnswer,
  SubtitlesQuery,
} from './schemas/subtitles.ts'
import { foundSubtitleJson, storedSubtitleJson, subtitleInput, torrentSubtitleJson } from './subtitle-json.ts'

const tags = ['subtitles']

/** Who has subtitles. */
interface Subtitled {
  readonly path: 'movies' | 'episodes'
  readonly kind: 'Movie' | 'Episode'
  /** Both fail with `not_found`. */
  owner(id: number): SubtitleOwner
  assignments(id: number): readonly Assignment[]
}

export function registerSubtitleRoutes(app: ApiApp, { services, signals }: RouteContext): void {
  const { queries } = services
  const subtitled: readonly Subtitled[] = [
    {
      path: 'movies',
      kind: 'Movie',
      owner: (id) => ({ kind: 'movie', id: queries.movie(movieId(id)).id }),
      assignments: (id) => queries.movie(movieId(id)).assignments,
    },
    {
      path: 'episodes',
      kind: 'Episode',
      owner: (id) => ({ kind: 'episode', id: queries.episode(episodeId(id)).episode.id }),
      assignments: (id) => queries.episode(episodeId(id)).episode.assignments,
    },
  ]

  function subtitles(): Subtitles {
    if (!services.subtitles) throw new AppError('unavailable', 'subtitles are not available')
    return services.subtitles
  }

  const ofTorrents = (assignments: readonly Assignment[]) =>
    assignments
      .filter(({ isActive }) => isActive)
      .flatMap(({ infoHash, fileIndex }) => {
        const placed = queries.placedFiles(infoHash).find((one) => one.fileIndex === fileIndex)
        return (placed?.subtitles ?? []).map((subtitle) => torrentSubtitleJson(infoHash, subtitle))
      })

  for (const { path, kind, owner, assignments } of subtitled) {
    const url = `/api/${path}/:id/subtitles`

    app.route({
      method: 'GET',
      url,
      schema: {
        tags,
        operationId: `list${kind}Subtitles`,
        summary: 'Its subtitles: those that were added, then those of its torrents',
        params: IdParams,
        response: { 200: answer('The subtitles.', SubtitlesAnswer), ...errorsOf('not_found') },
      },
      handler: ({ params }) => {
        const added = subtitles().list(owner(params.id)).map(storedSubtitleJson)
        return { subtitles: [...added, ...ofTorrents(assignments(params.id))] }
      },
    })

    app.route({
      method: 'GET',
      url: `${url}/search`,
      schema: {
        tags,
        operationId: `search${kind}Subtitles`,
        summary: 'What OpenSubtitles has for it',
        description: 'The surest of each language first. Needs OPENSUBTITLES_API_KEY.',
        params: IdParams,
        querystring: SubtitlesQuery,
        response: { 200: answer('What was found.', FoundSubtitlesAnswer), ...errorsOf('not_found', 'timeout') },
      },
      handler: async ({ params, query }, reply) => {
        const languages = query.languages?.split(',')
        const found = await signals.run(reply, (signal) =>
          subtitles().search(owner(params.id), languages ? { languages } : {}, signal),
        )
        return { subtitles: found.map(foundSubtitleJson) }
      },
    })

    app.route({
      method: 'POST',
      url,
      bodyLimit: SUBTITLE_BODY_MAX_BYTES,
      schema: {
        tags,
        operationId: `add${kind}Subtitle`,
        summary: 'Downloads a subtitle that a search found, or takes one of your own',
        description: 'It shows beside the video, as UTF-8 whatever it came in.',
        params: IdParams,
        body: AddSubtitleBody,
        response: {
          201: answer('Added.', SubtitleJson),
          ...errorsOf('not_found', 'timeout', 'storage_full'),
          ...bodyErrors,
        },
      },
      handler: async ({ params, body }, reply) => {
        const input = subtitleInput(body)
        const whose = owner(params.id)
        const added = await signals.run(reply, (signal) =>
          'fileId' in input ? subtitles().download(whose, input, signal) : subtitles().upload(whose, input, signal),
        )
        return reply.code(201).send(storedSubtitleJson(added))
      },
    })
  }

  app.route({
    method: 'DELETE',
    url: '/api/subtitles/:id',
    schema: {
      tags,
      operationId: 'deleteSubtitle',
      summary: 'Removes a subtitle that was added',
      params: IdParams,
      response: { 204: noContent('Removed.'), ...errorsOf('not_found') },
    },
    handler: async ({ params }, reply) => {
      await subtitles().delete(params.id)
      return reply.code(204).send()
    },
  })
}
