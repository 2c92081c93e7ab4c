import type { ScrubProgress } from '../domain/torrent.ts'
import { answer, bodyErrors, errorsOf } from './answers.ts'
import type { ApiApp, RouteContext } from './api-app.ts'
import { bytesPerS, limitsJson, scrubJson } from './curation-json.ts'
import { answerLines, NDJSON } from './ndjson-answer.ts'
import { LimitsBody, LimitsJson, ScrubLine } from './schemas/system.ts'

/** As often as a person can follow. */
const PROGRESS_MS = 200

/** The engine's limits and its cache. */
export function registerCacheRoutes(app: ApiApp, context: RouteContext): void {
  const { engine, queries, clock } = context.services

  app.route({
    method: 'GET',
    url: '/api/limits',
    schema: {
      tags: ['system'],
      operationId: 'getLimits',
      summary: 'The limits of download and upload',
      response: { 200: answer('The limits now.', LimitsJson), ...errorsOf() },
    },
    handler: () => limitsJson(engine.limits()),
  })

  app.route({
    method: 'PUT',
    url: '/api/limits',
    schema: {
      tags: ['system'],
      operationId: 'setLimits',
      summary: 'Sets the limits of download and upload, at once',
      description: 'One that is left out stays. They hold until the service ends: its settings are for every start.',
      body: LimitsBody,
      response: { 200: answer('The limits now.', LimitsJson), ...errorsOf(), ...bodyErrors },
    },
    handler: ({ body }) => {
      const { downloadBytesPerS, uploadBytesPerS } = engine.limits()
      const { download_kbps: download, upload_kbps: upload } = body
      engine.setLimits({
        downloadBytesPerS: download === undefined ? downloadBytesPerS : bytesPerS(download),
        uploadBytesPerS: upload === undefined ? uploadBytesPerS : bytesPerS(upload),
      })
      return limitsJson(engine.limits())
    },
  })

  app.route({
    method: 'POST',
    url: '/api/cache/scrub',
    schema: {
      tags: ['system'],
      operationId: 'scrubCache',
      summary: 'Hashes every cached piece again and drops what is damaged',
      description:
        'Each line of the answer tells how far it is; the last one has `is_done`, or an error. Reading goes on ' +
        'meanwhile. Closing the connection ends it.',
      response: {
        200: {
          description: 'Progress, line by line.',
          content: { [NDJSON]: { schema: ScrubLine } },
        },
        ...errorsOf('conflict'),
      },
    },
    handler: async (_request, reply) => {
      await answerLines(reply, context, async (lines, signal) => {
        let toldAtMs = Number.NEGATIVE_INFINITY
        const tell = (progress: ScrubProgress): void => {
          const nowMs = clock.monotonicMs()
          if (nowMs - toldAtMs < PROGRESS_MS || !lines.isReady) return
          toldAtMs = nowMs
          lines.line(scrubJson(progress, false))
        }
        lines.line(scrubJson(await engine.scrub((infoHash) => queries.source(infoHash)?.metadata, tell, signal), true))
      })
      return reply
    },
  })
}
