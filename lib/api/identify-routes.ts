import { nextTurn } from '../domain/slices.ts'
import { answer, bodyErrors, errorsOf } from './answers.ts'
import type { ApiApp, RouteContext } from './api-app.ts'
import { identityJson } from './json.ts'
import { LONG_BODY_MAX_BYTES } from './schemas/common.ts'
import { IdentifyAnswer, IdentifyBody } from './schemas/system.ts'

/** How long one request may hold the event loop at a time. */
const SLICE_MS = 5

export function registerIdentifyRoutes(app: ApiApp, { services, signals }: RouteContext): void {
  const { identifier, clock } = services

  async function identifyAll(names: readonly string[], signal: AbortSignal) {
    const results: ReturnType<typeof identityJson>[] = []
    let sliceEndMs = clock.monotonicMs() + SLICE_MS
    for (const name of names) {
      if (clock.monotonicMs() >= sliceEndMs) {
        await nextTurn()
        signal.throwIfAborted()
        sliceEndMs = clock.monotonicMs() + SLICE_MS
      }
      results.push(identityJson(name, identifier.identifyName(name)))
    }
    return { results }
  }

  app.route({
    method: 'POST',
    url: '/api/identify',
    bodyLimit: LONG_BODY_MAX_BYTES,
    schema: {
      tags: ['identify'],
      operationId: 'identify',
      summary: 'What file or release names say',
      description: 'Reads nothing and stores nothing. What a name does not say is null or empty.',
      body: IdentifyBody,
      response: {
        200: answer('One result for each name, in their order.', IdentifyAnswer),
        ...errorsOf(),
        ...bodyErrors,
      },
    },
    handler: ({ body }, reply) => signals.run(reply, (signal) => identifyAll(body.names, signal)),
  })
}
