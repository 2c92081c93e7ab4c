import type { FileKey } from '../domain/curation.ts'
import { AppError } from '../domain/errors.ts'
import { answer, bodyErrors, errorsOf, noContent } from './answers.ts'
import type { ApiApp, RouteContext } from './api-app.ts'
import { fileJson } from './curation-json.ts'
import { fileKeyOf, matchTarget } from './file-input.ts'
import type { Json } from './json.ts'
import { removeTorrent } from './remove-torrent.ts'
import { FileParams } from './schemas/common.ts'
import { FileJson, MatchFileBody } from './schemas/curation.ts'

const tags = ['files']

/** Files of torrents, wherever they show: what a person says of one by hand. */
export function registerFileRoutes(app: ApiApp, { services, signals }: RouteContext): void {
  const { queries, writer, metadata, matching } = services

  /** Fails with `not_found`. */
  function fileOf({ infoHash, fileIndex }: FileKey): Json<typeof FileJson> {
    const torrent = queries.torrent(infoHash)
    const file = torrent.files.find((one) => one.index === fileIndex && !one.isPad)
    if (!file) throw new AppError('not_found', `no file ${fileIndex} of torrent ${infoHash}`)
    const placed = queries.placedFiles(infoHash).find((one) => one.fileIndex === fileIndex)
    return fileJson(torrent, file, placed)
  }

  app.route({
    method: 'GET',
    url: '/api/files/:id',
    schema: {
      tags,
      operationId: 'getFile',
      summary: 'One file of a torrent, and where it shows',
      params: FileParams,
      response: { 200: answer('The file.', FileJson), ...errorsOf('not_found') },
    },
    handler: ({ params }) => fileOf(fileKeyOf(params.id)),
  })

  app.route({
    method: 'POST',
    url: '/api/files/:id/match',
    schema: {
      tags,
      operationId: 'matchFile',
      summary: 'Says where a file belongs',
      description:
        'With the subtitles that belong to it. Items that are called by a title are found, or made. Mends a wrong match, ' +
        'and places what is under /Unsorted.',
      params: FileParams,
      body: MatchFileBody,
      response: {
        200: answer('The file with its new place.', FileJson),
        ...errorsOf('not_found', 'conflict'),
        ...bodyErrors,
      },
    },
    handler: async ({ params, body }, reply) => {
      const file = fileKeyOf(params.id)
      await signals.run(reply, async (signal) => {
        await matching.match(file, await matchTarget(body, metadata, signal), signal)
      })
      return fileOf(file)
    },
  })

  app.route({
    method: 'POST',
    url: '/api/files/:id/activate',
    schema: {
      tags,
      operationId: 'activateFile',
      summary: 'Makes a file the active version of its item',
      description: 'The others become inactive, and no policy changes that.',
      params: FileParams,
      response: { 200: answer('The file.', FileJson), ...errorsOf('not_found') },
    },
    handler: ({ params }) => {
      const file = fileKeyOf(params.id)
      writer.chooseVersion(file)
      return fileOf(file)
    },
  })

  app.route({
    method: 'DELETE',
    url: '/api/files/:id',
    schema: {
      tags,
      operationId: 'deleteFile',
      summary: 'Withdraws a version of an item for good',
      description: 'Another takes its place. A torrent of which nothing is left goes with its cached pieces.',
      params: FileParams,
      response: { 204: noContent('Withdrawn.'), ...errorsOf('not_found') },
    },
    handler: async ({ params }, reply) => {
      const bare = writer.deleteVersion(fileKeyOf(params.id))
      if (bare !== undefined) await removeTorrent(services, bare, true)
      return reply.code(204).send()
    },
  })
}
