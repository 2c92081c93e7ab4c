import { AppError } from '../domain/errors.ts'
import { movieId } from '../domain/ids.ts'
import type { NewMovie } from '../domain/library.ts'
import { answer, bodyErrors, errorsOf, noContent } from './answers.ts'
import type { ApiApp, RouteContext } from './api-app.ts'
import { assignedTorrentJson, movieJson } from './json.ts'
import { NO_METADATA, pageOf } from './library-input.ts'
import {
  AssignAnswer,
  AssignItemBody,
  CreateMovieBody,
  IdParams,
  MovieJson,
  MoviesAnswer,
  PageQuery,
  TORRENT_BODY_MAX_BYTES,
} from './schemas.ts'
import { torrentInput } from './torrent-input.ts'

const tags = ['movies']

export function registerMovieRoutes(app: ApiApp, { services, signals }: RouteContext): void {
  const { queries, writer, intake, metadata } = services

  async function newMovie(body: CreateMovie, signal: AbortSignal): Promise<NewMovie> {
    if (body.title === undefined) {
      if (!metadata) throw new AppError('unavailable', NO_METADATA)
      return await metadata.movie(body.tmdb_id ?? 0, signal)
    }
    return {
      title: body.title,
      year: body.year ?? null,
      ...(body.tmdb_id !== undefined && { tmdbId: body.tmdb_id }),
    }
  }

  app.route({
    method: 'POST',
    url: '/api/movies',
    schema: {
      tags,
      operationId: 'createMovie',
      summary: 'Adds a movie',
      description: 'It shows in the drive once a torrent is assigned. A tmdb_id without a title needs TMDB_API_KEY.',
      body: CreateMovieBody,
      response: { 201: answer('Added.', MovieJson), ...errorsOf('conflict', 'not_found'), ...bodyErrors },
    },
    handler: async ({ body }, reply) => {
      const movie = writer.createMovie(await signals.run(reply, (signal) => newMovie(body, signal)))
      return reply.code(201).send(movieJson(movie))
    },
  })

  app.route({
    method: 'GET',
    url: '/api/movies',
    schema: {
      tags,
      operationId: 'listMovies',
      summary: 'Movies, page by page',
      querystring: PageQuery,
      response: { 200: answer('One page.', MoviesAnswer), ...errorsOf() },
    },
    handler: ({ query }) => {
      const { items, total } = queries.movies(pageOf(query))
      return { movies: items.map(movieJson), total, limit: query.limit, offset: query.offset }
    },
  })

  app.route({
    method: 'GET',
    url: '/api/movies/:id',
    schema: {
      tags,
      operationId: 'getMovie',
      summary: 'One movie',
      params: IdParams,
      response: { 200: answer('The movie.', MovieJson), ...errorsOf('not_found') },
    },
    handler: ({ params }) => movieJson(queries.movie(movieId(params.id))),
  })

  app.route({
    method: 'DELETE',
    url: '/api/movies/:id',
    schema: {
      tags,
      operationId: 'deleteMovie',
      summary: 'Removes a movie',
      description: 'Its torrent stays; the files show under /Unsorted.',
      params: IdParams,
      response: { 204: noContent('Removed.'), ...errorsOf('not_found') },
    },
    handler: ({ params }, reply) => {
      writer.deleteMovie(movieId(params.id))
      return reply.code(204).send()
    },
  })

  app.route({
    method: 'POST',
    url: '/api/movies/:id/assign-torrent',
    bodyLimit: TORRENT_BODY_MAX_BYTES,
    schema: {
      tags,
      operationId: 'assignMovie',
      summary: 'Adds a torrent as the source of a movie',
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
      const { id } = queries.movie(movieId(params.id))
      const target = { kind: 'movie', id, ...(body.file_path !== undefined && { filePath: body.file_path }) } as const
      const result = await signals.run(reply, (signal) => intake.add(torrentInput(body), target, signal))
      return reply.code(201).send(assignedTorrentJson(result))
    },
  })

  app.route({
    method: 'DELETE',
    url: '/api/movies/:id/assign',
    schema: {
      tags,
      operationId: 'unassignMovie',
      summary: "Withdraws a movie's assignments",
      params: IdParams,
      response: { 204: noContent('Withdrawn.'), ...errorsOf('not_found') },
    },
    handler: ({ params }, reply) => {
      writer.unassignMovie(movieId(params.id))
      return reply.code(204).send()
    },
  })
}

interface CreateMovie {
  readonly title?: string | undefined
  readonly year?: number | null | undefined
  readonly tmdb_id?: number | undefined
}
