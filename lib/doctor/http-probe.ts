import { type IncomingMessage, request as requestPlain } from 'node:http'
import { request as requestTls } from 'node:https'
import { withTimeout } from '../domain/abort.ts'
import type { Clock } from '../domain/clock.ts'
import { AppError } from '../domain/errors.ts'

export interface ProbeRequest {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  /** False for the service's own listeners: whether its certificate is good is a check of its own. */
  readonly isCertificateVerified: boolean
}

export interface ProbeAnswer {
  readonly status: number
  /** The first of a field that came twice. */
  header(name: string): string | undefined
  headers(name: string): readonly string[]
  readonly body: Buffer
  readonly tookMs: number
}

/** Less than a check has, so that one may still say what did not answer. */
const REQUEST_MS = 4000
const MAX_BODY_BYTES = 64 * 1024 * 1024

/**
 * One request on a connection of its own. Fails with `unavailable` when there is no answer, `timeout` when it does not
 * come within seconds, or the signal's reason.
 */
export async function probe(
  clock: Clock,
  url: string,
  request: ProbeRequest,
  signal: AbortSignal,
): Promise<ProbeAnswer> {
  const startedMs = clock.monotonicMs()
  const late = `${new URL(url).origin} does not answer in time`
  const { response, body } = await withTimeout(
    clock,
    REQUEST_MS,
    late,
    (limited) => send(url, request, limited),
    signal,
  )
  const headers = (name: string): readonly string[] => response.headersDistinct[name] ?? []
  return {
    status: response.statusCode ?? 0,
    header: (name) => headers(name)[0],
    headers,
    body,
    tookMs: clock.monotonicMs() - startedMs,
  }
}

function send(
  url: string,
  { method = 'GET', headers = {}, isCertificateVerified }: ProbeRequest,
  signal: AbortSignal,
): Promise<{ readonly response: IncomingMessage; readonly body: Buffer }> {
  return new Promise((resolve, reject) => {
    const refuse = (error: Error & { code?: string }): void =>
      reject(
        signal.aborted
          ? (signal.reason as Error)
          : new AppError(
              'unavailable',
              `${new URL(url).origin} does not answer (${error.code ?? error.message})`,
              error,
            ),
      )
    const options = { method, headers, agent: false, signal, rejectUnauthorized: isCertificateVerified }
    const request = (url.startsWith('https:') ? requestTls : requestPlain)(url, options, (response) => {
      const chunks: Buffer[] = []
      let bytes = 0
      response.on('data', (chunk: Buffer) => {
        chunks.push(chunk)
        bytes += chunk.length
        if (bytes > MAX_BODY_BYTES) response.destroy(new Error('the answer is too long'))
      })
      response.on('end', () => resolve({ response, body: Buffer.concat(chunks) }))
      response.on('error', refuse)
    })
    request.on('error', refuse)
    request.end()
  })
}
