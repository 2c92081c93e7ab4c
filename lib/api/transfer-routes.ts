import { createWriteStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { FastifyReply } from 'fastify'
import { z } from 'zod'
import { AppError } from '../domain/errors.ts'
import { nextTurn } from '../domain/slices.ts'
import { answer, bodyErrors, errorsOf } from './answers.ts'
import type { ApiApp, RouteContext } from './api-app.ts'
import type { ApiServerOptions } from './api-services.ts'
import { DocumentLines } from './document-lines.ts'
import { sendError } from './error-answers.ts'
import { NDJSON } from './ndjson-answer.ts'
import { ImportAnswer } from './schemas/system.ts'

const tags = ['library']
const IMPORT_MAX_BYTES = 512 * 1024 * 1024
const CHUNK_CHARS = 64 * 1024
/** As other programs call JSON Lines too. */
const LINES_TYPES = [NDJSON, 'application/jsonl']

/** A stream, looked at as it is read. */
const Document = z.any().describe('A value a line.')

/** The library as one document: out of the service, and into it. */
export function registerTransferRoutes(
  app: ApiApp,
  { services, signals }: RouteContext,
  {
    temporaryDir = tmpdir(),
    importMaxBytes = IMPORT_MAX_BYTES,
  }: Pick<ApiServerOptions, 'temporaryDir' | 'importMaxBytes'>,
): void {
  const { writer, queries } = services
  const tooLarge = `the document is larger than ${Math.floor(importMaxBytes / 2 ** 20)} MiB`

  app.route({
    method: 'GET',
    url: '/api/library/export',
    schema: {
      tags,
      operationId: 'exportLibrary',
      summary: 'The whole library as JSON Lines',
      description:
        'Movies, shows, torrents with their metadata, and what a person said of them; no cached pieces, and nothing that is ' +
        'fetched anew. One state, however long it takes to read.',
      response: {
        200: { description: 'The document.', content: { [NDJSON]: { schema: z.string() } } },
        ...errorsOf(),
      },
    },
    handler: (_request, reply) => sendDocument(reply, writer.exportLibrary()),
  })

  // The parser is for this route alone: elsewhere such a body is 415.
  void app.register((scope, _options, done) => {
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser(LINES_TYPES, (_request, payload, parsed) => parsed(null, payload))

    scope.route({
      method: 'POST',
      url: '/api/library/import',
      onRequest: (request, reply, next) => {
        if (Number(request.headers['content-length'] ?? 0) > importMaxBytes) sendError(reply, 'invalid', tooLarge, 413)
        else next()
      },
      schema: {
        tags,
        operationId: 'importLibrary',
        summary: 'Adds what an exported document holds',
        description:
          `A body of type ${LINES_TYPES.join(' or ')}, at most 512 MiB. All of it is checked before anything changes. What the ` +
          'library holds stays as it is. What ends it early leaves what was stored: the same document adds the rest.',
        consumes: LINES_TYPES,
        body: Document,
        response: { 200: answer('Imported.', ImportAnswer), ...errorsOf('storage_full'), ...bodyErrors },
      },
      handler: async ({ body }, reply) => {
        if (!(body instanceof Readable)) throw new AppError('invalid', 'the document is missing')
        try {
          return await imported(body, reply)
        } catch (error) {
          if (error !== TOO_LARGE) throw error
          sendError(reply, 'invalid', tooLarge, 413)
          return reply
        }
      },
    })
    done()
  })

  async function imported(body: Readable, reply: FastifyReply) {
    const directory = await mkdtemp(join(temporaryDir, 'momoshtrem-import-'))
    try {
      const path = join(directory, 'library.jsonl')
      await signals.run(reply, (signal) => receive(body, path, importMaxBytes, signal))
      const known = new Set(queries.states().map((torrent) => torrent.infoHash))
      const { movies, shows, torrents, assignments } = await signals
        .run(reply, (signal) => writer.importLibrary(new DocumentLines(path), signal))
        .finally(() => {
          for (const { infoHash } of queries.states()) if (!known.has(infoHash)) services.onTorrentAdded(infoHash)
        })
      return { movies: { ...movies }, shows: { ...shows }, torrents: { ...torrents }, assignments }
    } finally {
      await rm(directory, { recursive: true, force: true })
    }
  }
}

function sendDocument(reply: FastifyReply, lines: Iterable<string>): void {
  reply.header('content-disposition', 'attachment; filename="momoshtrem-library.jsonl"').type(NDJSON)
  void reply.send(Readable.from(chunksOf(lines), { objectMode: false, highWaterMark: 1 }))
}

/** Joined, so that short lines do not become a write each; between two of them others have their turn. */
async function* chunksOf(lines: Iterable<string>): AsyncGenerator<string> {
  let chunk = ''
  for (const line of lines) {
    chunk += `${line}\n`
    if (chunk.length < CHUNK_CHARS) continue
    yield chunk
    chunk = ''
    await nextTurn()
  }
  if (chunk !== '') yield chunk
}

const TOO_LARGE = new AppError('invalid', 'the document is too large')

/** Fails with `TOO_LARGE`, `storage_full`, or the signal's reason. */
async function receive(body: Readable, path: string, maxBytes: number, signal: AbortSignal): Promise<void> {
  let bytes = 0
  const counted = async function* (source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of source) {
      bytes += chunk.length
      if (bytes > maxBytes) throw TOO_LARGE
      yield chunk
    }
  }
  try {
    await pipeline(body, counted, createWriteStream(path), { signal })
  } catch (error) {
    signal.throwIfAborted()
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'ENOSPC') throw new AppError('storage_full', 'no room for the document', error)
    throw error
  }
}
