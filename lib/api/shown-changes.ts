import { withTimeout } from '../domain/abort.ts'
import type { ApiApp } from './api-app.ts'
import type { ApiServices } from './api-services.ts'

const CHANGES = new Set(['POST', 'PUT', 'PATCH', 'DELETE'])
const SHOWN_MS = 1000

/**
 * Answers a change when the drive shows it, so that a client may open at once what it has added. An import goes on
 * building for longer than a second: its answer waits no longer than that.
 */
export function answerWhenShown(app: ApiApp, { trees, clock }: Pick<ApiServices, 'trees' | 'clock'>): void {
  app.addHook('onSend', async (request, reply, payload) => {
    if (CHANGES.has(request.method) && reply.statusCode < 300) {
      await withTimeout(clock, SHOWN_MS, 'the drive is not yet up to date', () => trees.settled()).catch(() => {})
    }
    return payload
  })
}
