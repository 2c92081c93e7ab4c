import type { z } from 'zod'
import { AppError } from '../domain/errors.ts'
import { showId } from '../domain/ids.ts'
import type { NewShow } from '../domain/library.ts'
import { answer, bodyErrors, errorsOf, noContent } from './answers.ts'
import type { ApiApp, RouteContext } from './api-app.ts'
import { assignedTorrentJson, recentlyAiredJson, showJson, showSummaryJson } from './json.ts'
import { itemReference, pageOf, titledInput } from './library-input.ts'
import { IdParams, LONG_BODY_MAX_BYTES } from './schemas/common.ts'
import { MatchShowBody } from './schemas/curation.ts'
import {
  AiredQuery,
  CreateShowBody,
  RecentlyAiredAnswer,
  ShowJson,
  ShowSummaryJson,
  ShowsAnswer,
  TitledQuery,
} from './schemas/titled.ts'
import { AssignAnswer, AssignShowBody, TORRENT_BODY_MAX_BYTES } from './schemas/torrents.ts'
import { torrentInput } from './torrent-input.ts'

const tags = ['shows']

export function registerShowRoutes(app: ApiApp, { services, signals }: RouteContext): void {
  const { queries, writer, intake, metadata } = services

  async function newShow(body: CreateShow, signal: AbortSignal): Promise<NewShow> {
    const found = await titledInput('show', body, metadata, signal)
    return 'seasons' in found ? found : { ...found, seasons: seasonsOf(body) }
  }

  app.route({
    method: 'POST',
    url: '/api/shows',
    bodyLimit: LONG_BODY_MAX_BYTES,
    schema: {
      tags,
      operationId: 'createShow',
      summary: 'Adds a show with its seasons and episodes',
      description: 'Episodes show in the drive once a torrent is assigned. Season 0 holds the specials.',
      body: CreateShowBody,
      response: { 201: answer('Added.', ShowJson), ...errorsOf('conflict', 'not_found'), ...bodyErrors },
    },
    handler: async ({ body }, reply) => {
      const show = writer.createShow(await signals.run(reply, (signal) => newShow(body, signal)))
      return reply.code(201).send(showJson(show))
    },
  })

  app.route({
    method: 'GET',
    url: '/api/shows',
    schema: {
      tags,
      operationId: 'listShows',
      summary: 'Shows, page by page',
      querystring: TitledQuery,
      response: { 200: answer('One page.', ShowsAnswer), ...errorsOf() },
    },
    handler: ({ query }) => {
      const { items, total } = queries.shows(pageOf(query))
      return { shows: items.map(showSummaryJson), total, limit: query.limit, offset: query.offset }
    },
  })

  app.route({
    method: 'GET',
    url: '/api/shows/recently-aired',
    schema: {
      tags,
      operationId: 'recentlyAired',
      summary: 'Episodes that aired lately, the latest first',
      description: 'Of the shows in the library, with and without a torrent.',
      querystring: AiredQuery,
      response: { 200: answer('The episodes.', RecentlyAiredAnswer), ...errorsOf() },
    },
    handler: ({ query }) => recentlyAiredJson(services.recentlyAired(query.days)),
  })

  app.route({
    method: 'GET',
    url: '/api/shows/:id',
    schema: {
      tags,
      operationId: 'getShow',
      summary: 'One show with seasons, episodes and assignments',
      params: IdParams,
      response: { 200: answer('The show.', ShowJson), ...errorsOf('not_found') },
    },
    handler: ({ params }) => showJson(queries.show(showId(params.id))),
  })

  app.route({
    method: 'DELETE',
    url: '/api/shows/:id',
    schema: {
      tags,
      operationId: 'deleteShow',
      summary: 'Removes a show with its episodes',
      description: 'Its torrents stay; the files show under /Unsorted.',
      params: IdParams,
      response: { 204: noContent('Removed.'), ...errorsOf('not_found') },
    },
    handler: ({ params }, reply) => {
      writer.deleteShow(showId(params.id))
      return reply.code(204).send()
    },
  })

  app.route({
    method: 'POST',
    url: '/api/shows/:id/assign-torrent',
    bodyLimit: TORRENT_BODY_MAX_BYTES,
    schema: {
      tags,
      operationId: 'assignShow',
      summary: "Adds a torrent and assigns its files to the show's episodes",
      params: IdParams,
      body: AssignShowBody,
      response: {
        200: answer('Assigned.', AssignAnswer),
        ...errorsOf('not_found', 'timeout', 'storage_full'),
        ...bodyErrors,
      },
    },
    handler: async ({ params, body }, reply) => {
      const { id } = queries.show(showId(params.id))
      const target = { kind: 'show', id } as const
      return assignedTorrentJson(await signals.run(reply, (signal) => intake.add(torrentInput(body), target, signal)))
    },
  })

  app.route({
    method: 'POST',
    url: '/api/shows/:id/match',
    schema: {
      tags,
      operationId: 'matchShow',
      summary: 'Says that a show is another one than was thought',
      description:
        'Its files are those of the same season and episode there. With one that is in the library already it becomes one.',
      params: IdParams,
      body: MatchShowBody,
      response: {
        200: answer('The show that has the files now.', ShowSummaryJson),
        ...errorsOf('not_found', 'conflict'),
        ...bodyErrors,
      },
    },
    handler: async ({ params, body }, reply) => {
      const known = body.show_id === undefined ? undefined : showId(body.show_id)
      const to = await signals.run(reply, (signal) => itemReference('show', known, body, metadata, signal))
      return showSummaryJson(writer.rematchShow(showId(params.id), to))
    },
  })
}

type CreateShow = z.output<typeof CreateShowBody>

/** Throws `invalid` for a season or an episode that comes twice. */
function seasonsOf(body: CreateShow): NewShow['seasons'] {
  const seasons = (body.seasons ?? []).map((season) => ({
    number: season.season_number,
    episodes: (season.episodes ?? []).map((episode) => ({
      number: episode.episode_number,
      name: episode.name ?? null,
      airDate: episode.air_date ?? null,
    })),
  }))
  refuseDoubles('season', seasons)
  for (const season of seasons) refuseDoubles(`season ${season.number}, episode`, season.episodes)
  return seasons
}

function refuseDoubles(what: string, items: readonly { readonly number: number }[]): void {
  const seen = new Set<number>()
  for (const { number } of items) {
    if (seen.has(number)) throw new AppError('invalid', `${what} ${number} comes twice`)
    seen.add(number)
  }
}
