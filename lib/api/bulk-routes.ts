import type { FastifyRequest } from 'fastify'
import { answer, bodyErrors, errorsOf } from './answers.ts'
import type { ApiApp, RouteContext } from './api-app.ts'
import { STATUS_OF_CODE, tellError } from './error-answers.ts'
import { addedTorrentJson, type Json } from './json.ts'
import { answerLines, NDJSON } from './ndjson-answer.ts'
import { BULK_BODY_MAX_BYTES, BulkAnswer, BulkBody, type BulkResult } from './schemas/torrents.ts'
import { torrentInput } from './torrent-input.ts'

/** Most of an add is the wait for a swarm. */
const CONCURRENCY = 8

type Result = Json<typeof BulkResult>
type Source = Json<typeof BulkBody>['torrents'][number]

export function registerBulkRoutes(app: ApiApp, context: RouteContext): void {
  const { services, signals } = context

  async function add(source: Source, index: number, signal: AbortSignal): Promise<Result> {
    try {
      const result = await services.intake.add(torrentInput(source), undefined, signal)
      return { index, status: result.isNew ? 201 : 200, torrent: addedTorrentJson(result) }
    } catch (error) {
      signal.throwIfAborted()
      const told = tellError(error, services.logger, { index })
      return { index, status: STATUS_OF_CODE[told.code], error: told }
    }
  }

  /** Tells each result as it is known. Fails with the signal's reason: what was added stays, the rest is not begun. */
  async function addAll(
    sources: readonly Source[],
    onResult: (result: Result) => void,
    signal: AbortSignal,
  ): Promise<void> {
    const entries = sources.entries()
    const worker = async (): Promise<void> => {
      for (const [index, source] of entries) {
        signal.throwIfAborted()
        onResult(await add(source, index, signal))
      }
    }
    await Promise.all(Array.from({ length: Math.min(CONCURRENCY, sources.length) }, worker))
  }

  app.route({
    method: 'POST',
    url: '/api/torrents/bulk',
    bodyLimit: BULK_BODY_MAX_BYTES,
    schema: {
      tags: ['torrents'],
      operationId: 'addTorrents',
      summary: 'Adds many torrents',
      description:
        'Each as by a call of its own, some at a time; one that fails stops none of the others. Closing the connection ends ' +
        `those that are not done. With \`Accept: ${NDJSON}\` each result is a line, sent as soon as it is known.`,
      body: BulkBody,
      response: {
        200: answer('One result for each, in their order.', BulkAnswer),
        ...errorsOf(),
        ...bodyErrors,
      },
    },
    handler: async ({ body, headers }, reply) => {
      if (acceptsLines(headers)) {
        await answerLines(reply, context, (lines, signal) => addAll(body.torrents, (one) => lines.line(one), signal))
        return reply
      }
      const results: Result[] = []
      await signals.run(reply, (signal) => addAll(body.torrents, (one) => results.push(one), signal))
      results.sort((a, b) => a.index - b.index)
      const failed = results.filter(({ error }) => error !== undefined).length
      return { results, added: results.filter(({ status }) => status === 201).length, failed }
    },
  })
}

const acceptsLines = ({ accept = '' }: FastifyRequest['headers']): boolean => accept.toLowerCase().includes(NDJSON)
