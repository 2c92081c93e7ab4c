import { PassThrough } from 'node:stream'
import type { FastifyReply } from 'fastify'
import type { RouteContext } from './api-app.ts'
import { tellError } from './error-answers.ts'

/** JSON Lines: a value a line. */
export const NDJSON = 'application/x-ndjson'

export interface LineWriter {
  /** Sends a line, whatever the client's pace. */
  line(value: object): void
  /** False while the client reads slower than lines come: what it need not see may be left out. */
  readonly isReady: boolean
}

/**
 * Answers with a line for each thing that `work` tells, as it tells it; the client closing the connection ends the work.
 * A failure before the first line is an answer like any other; a later one is told in the last line, as
 * `{"error": {"code", "message"}}`.
 */
export async function answerLines(
  reply: FastifyReply,
  { services, signals }: RouteContext,
  work: (lines: LineWriter, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const stream = new PassThrough()
  let begin: () => void = () => {}
  const begun = new Promise<void>((resolve) => {
    begin = resolve
  })
  const lines: LineWriter = {
    line: (value) => {
      begin()
      if (!stream.destroyed) stream.write(`${JSON.stringify(value)}\n`)
    },
    get isReady() {
      return !stream.destroyed && !stream.writableNeedDrain
    },
  }
  const done = signals.run(reply, (signal) => work(lines, signal))
  await Promise.race([begun, done])
  const { routeOptions } = reply.request
  void done
    .catch((error: unknown) => lines.line({ error: tellError(error, services.logger, { route: routeOptions.url }) }))
    .finally(() => stream.end())
  void reply.type(NDJSON).send(stream)
}
