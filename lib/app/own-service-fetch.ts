import { readFileSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import { request } from 'node:https'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { ReadableStream } from 'node:stream/web'

/** Answers to which no body belongs: `Response` takes none (Fetch Standard, "null body status"). */
const BODILESS = new Set([204, 205, 304])

/**
 * `fetch` from the service of this machine, which is known by its certificate in the PEM file at `certPath`: that names
 * other hosts than the address which it is reached at here, and may be signed by nobody. Fails as `fetch` does.
 */
export function ownServiceFetch(certPath: string): typeof fetch {
  return async (input, init = {}) => {
    const { method = 'GET', headers, body, signal } = init
    const sent = request(new URL(input instanceof Request ? input.url : input), {
      method,
      headers: { ...(headers as Record<string, string>), connection: 'close' },
      agent: false,
      ca: readFileSync(certPath),
      allowPartialTrustChain: true,
      checkServerIdentity: () => undefined,
      ...(signal && { signal }),
    })
    const answered = new Promise<IncomingMessage>((resolve, reject) => {
      sent.once('response', resolve)
      sent.on('error', reject)
    })
    if (body instanceof globalThis.ReadableStream) {
      pipeline(Readable.fromWeb(body as ReadableStream), sent).catch(() => {}) // the answer, or its failure, says more
    } else sent.end(body ?? '')
    const answer = await answered
    const { statusCode: status = 0 } = answer
    if (BODILESS.has(status)) answer.resume()
    return new Response(BODILESS.has(status) ? null : (Readable.toWeb(answer) as globalThis.ReadableStream), { status })
  }
}
