import { movieId } from '../domain/ids.ts'
import { answer, bodyErrors, errorsOf, noContent } from './answers.ts'
import type { ApiApp, RouteContext } from './api-app.ts'
import { movieJson } from './json.ts'
import { itemReference, pageOf, titledInput } from './library-input.ts'
import { IdParams } from './schemas/common.ts'
import { MatchMovieBody } from './schemas/curation.ts'
import { MovieJson, MoviesAnswer, TitledBody, TitledQuery } from './schemas/titled.ts'

const tags = ['movies']

export function registerMovieRoutes(app: ApiApp, { services, signals }: RouteContext): void {
  const { queries, writer, metadata } = services

  app.route({
    method: 'POST',
    url: '/api/movies',
    schema: {
      tags,
      operationId: 'createMovie',
      summary: 'Adds a movie',
      description: 'It shows in the drive once a torrent is assigned. A tmdb_id without a title needs TMDB_API_KEY.',
      body: TitledBody,
      response: { 201: answer('Added.', MovieJson), ...errorsOf('conflict', 'not_found'), ...bodyErrors },
    },
    handler: async ({ body }, reply) => {
      const movie = await signals.run(reply, (signal) => titledInput('movie', body, metadata, signal))
      return reply.code(201).send(movieJson(writer.createMovie(movie)))
    },
  })

  app.route({
    method: 'GET',
    url: '/api/movies',
    schema: {
      tags,
      operationId: 'listMovies',
      summary: 'Movies, page by page',
      querystring: TitledQuery,
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
    url: '/api/movies/:id/match',
    schema: {
      tags,
      operationId: 'matchMovie',
      summary: 'Says that a movie is another one than was thought',
      description:
        'All its files go to that title, and what is known of it is looked for anew. With one that is in the library ' +
        'already it becomes one.',
      params: IdParams,
      body: MatchMovieBody,
      response: {
        200: answer('The movie that has the files now.', MovieJson),
        ...errorsOf('not_found', 'conflict'),
        ...bodyErrors,
      },
    },
    handler: async ({ params, body }, reply) => {
      const known = body.movie_id === undefined ? undefined : movieId(body.movie_id)
      const to = await signals.run(reply, (signal) => itemReference('movie', known, body, metadata, signal))
      return movieJson(writer.rematchMovie(movieId(params.id), to))
    },
  })
}
