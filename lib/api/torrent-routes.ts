import { type InfoHash, infoHash, movieId, showId } from '../domain/ids.ts'
import type { IntakeTarget } from '../domain/intake.ts'
import { nextTurn } from '../domain/slices.ts'
import { answer, bodyErrors, errorsOf, noContent } from './answers.ts'
import type { ApiApp, RouteContext } from './api-app.ts'
import { addedTorrentJson, addingJson, torrentJson } from './json.ts'
import { listOf } from './library-input.ts'
import { removeTorrent } from './remove-torrent.ts'
import { HashParams } from './schemas/common.ts'
import {
  AddingAnswer,
  AddTorrentAnswer,
  AddTorrentBody,
  DeleteTorrentQuery,
  TORRENT_BODY_MAX_BYTES,
  TorrentJson,
  TorrentsAnswer,
  TorrentsQuery,
} from './schemas/torrents.ts'
import { torrentInput } from './torrent-input.ts'
import { torrentsInState } from './torrents-in-state.ts'

const tags = ['torrents']

export function registerTorrentRoutes(app: ApiApp, { services, signals }: RouteContext): void {
  const { queries, intake, activity, engine } = services
  const stateOf = (hash: InfoHash) => torrentJson(queries.torrent(hash), engine, activity)

  app.route({
    method: 'POST',
    url: '/api/torrents',
    bodyLimit: TORRENT_BODY_MAX_BYTES,
    schema: {
      tags,
      operationId: 'addTorrent',
      summary: 'Adds a torrent and places its files',
      description:
        'Waits for metadata up to ADD_TIMEOUT_S. Creates or extends movies and shows from the names of the files, or ' +
        'places them in the movie or show given. Closing the connection ends it, and nothing is stored.',
      body: AddTorrentBody,
      response: {
        200: answer('The library held it before; nothing was changed.', AddTorrentAnswer),
        201: answer('Added.', AddTorrentAnswer),
        ...errorsOf('not_found', 'timeout', 'storage_full'),
        ...bodyErrors,
      },
    },
    handler: async ({ body }, reply) => {
      const result = await signals.run(reply, (signal) => intake.add(torrentInput(body), targetOf(body), signal))
      const json = addedTorrentJson(result)
      await nextTurn() // of thousands of files each half takes some milliseconds
      return reply.code(result.isNew ? 201 : 200).send(json)
    },
  })

  app.route({
    method: 'GET',
    url: '/api/torrents',
    schema: {
      tags,
      operationId: 'listTorrents',
      summary: 'Torrents with their state, page by page',
      querystring: TorrentsQuery,
      response: { 200: answer('One page.', TorrentsAnswer), ...errorsOf() },
    },
    handler: async ({ query }, reply) => {
      const { limit, offset, state } = query
      const { items, total } =
        state === undefined
          ? queries.torrents(listOf(query))
          : await signals.run(reply, (signal) => torrentsInState(state, listOf(query), services, signal))
      return { torrents: items.map((row) => torrentJson(row, engine, activity)), total, limit, offset }
    },
  })

  app.route({
    method: 'GET',
    url: '/api/torrents/adding',
    schema: {
      tags,
      operationId: 'listAdding',
      summary: 'Magnets whose metadata is asked of their swarms',
      response: { 200: answer('All of them.', AddingAnswer), ...errorsOf() },
    },
    handler: () => ({ torrents: engine.searches().map(addingJson) }),
  })

  app.route({
    method: 'GET',
    url: '/api/torrents/:hash',
    schema: {
      tags,
      operationId: 'getTorrent',
      summary: 'One torrent with its state',
      params: HashParams,
      response: { 200: answer('The torrent.', TorrentJson), ...errorsOf('not_found') },
    },
    handler: ({ params }) => stateOf(infoHash(params.hash)),
  })

  app.route({
    method: 'POST',
    url: '/api/torrents/:hash/pause',
    schema: {
      tags,
      operationId: 'pauseTorrent',
      summary: 'Takes a torrent off the network until it is resumed',
      params: HashParams,
      response: { 200: answer('Paused.', TorrentJson), ...errorsOf('not_found') },
    },
    handler: async ({ params }) => {
      const { infoHash: hash } = queries.torrent(infoHash(params.hash))
      await activity.pause(hash)
      return stateOf(hash)
    },
  })

  app.route({
    method: 'POST',
    url: '/api/torrents/:hash/resume',
    schema: {
      tags,
      operationId: 'resumeTorrent',
      summary: "Ends a person's pause",
      params: HashParams,
      response: { 200: answer('Resumed.', TorrentJson), ...errorsOf('not_found') },
    },
    handler: async ({ params }) => {
      const { infoHash: hash } = queries.torrent(infoHash(params.hash))
      await activity.unpause(hash)
      return stateOf(hash)
    },
  })

  app.route({
    method: 'DELETE',
    url: '/api/torrents/:hash',
    schema: {
      tags,
      operationId: 'removeTorrent',
      summary: 'Removes a torrent and its assignments',
      params: HashParams,
      querystring: DeleteTorrentQuery,
      response: { 204: noContent('Removed.'), ...errorsOf('not_found') },
    },
    handler: async ({ params, query }, reply) => {
      await removeTorrent(services, infoHash(params.hash), query.delete_data === 'true')
      return reply.code(204).send()
    },
  })
}

function targetOf(body: { movie_id?: number | undefined; show_id?: number | undefined }): IntakeTarget | undefined {
  if (body.movie_id !== undefined) return { kind: 'movie', id: movieId(body.movie_id) }
  if (body.show_id !== undefined) return { kind: 'show', id: showId(body.show_id) }
  return undefined
}
