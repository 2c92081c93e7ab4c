import { createHash, timingSafeEqual } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { sendError } from './error-answers.ts'

/** Whether a listener on this host is reached from this machine only. */
export function isLoopbackHost(host: string): boolean {
  return /^(?:localhost|(?:.+\.)?localhost|127(?:\.\d{1,3}){3}|\[?::1\]?)$/i.test(host)
}

/** `Host` without its port (RFC 9110 section 7.2). */
const hostName = (host: string): string => host.replace(/:\d*$/, '')

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS'])

/**
 * Whether the request was sent by a page of another site. Browsers tell so themselves (Fetch Metadata, and RFC 6454);
 * programs send neither field.
 */
function isCrossSite(request: FastifyRequest): boolean {
  const { origin, host = '', 'sec-fetch-site': site } = request.headers
  if (site === 'cross-site' || site === 'same-site') return true
  if (origin === undefined) return false
  return !URL.canParse(origin) || new URL(origin).host !== host.toLowerCase()
}

export interface RequestGuardOptions {
  readonly host: string
  readonly token: string
  /** Called for each request with a missing or wrong token. */
  onUnauthorized(): void
}

/**
 * Decides before anything of a request is parsed:
 * - without a token, only names of this machine are answered, so that no web page reaches the service by a name that it
 *   made point here (DNS rebinding); with one, such a page has no token, and any name will do (reverse proxies);
 * - a write that a browser sends for another site is refused;
 * - a token, when set, is needed (RFC 6750 section 2.1), and compared in constant time.
 */
export class RequestGuard {
  readonly #checksHost: boolean
  readonly #digest: Buffer | undefined
  readonly #onUnauthorized: () => void

  constructor(options: RequestGuardOptions) {
    this.#checksHost = options.token === '' && isLoopbackHost(options.host)
    this.#digest = options.token === '' ? undefined : sha256(options.token)
    this.#onUnauthorized = () => options.onUnauthorized()
  }

  /** Answers and returns false when the request is refused. */
  admits(request: FastifyRequest, reply: FastifyReply, isOpen: boolean): boolean {
    if (this.#checksHost && !isLoopbackHost(hostName(request.headers.host ?? ''))) {
      sendError(reply, 'read_only', 'this host name is not served', 403)
      return false
    }
    if (!SAFE_METHODS.has(request.method) && isCrossSite(request)) {
      sendError(reply, 'read_only', 'requests from other sites are refused', 403)
      return false
    }
    if (this.#digest === undefined || isOpen) return true
    const given = /^Bearer +([^\s]+) *$/i.exec(request.headers.authorization ?? '')?.[1]
    if (given !== undefined && timingSafeEqual(sha256(given), this.#digest)) return true
    if (given !== undefined) this.#onUnauthorized()
    sendError(reply, 'unauthorized', 'a bearer token is needed')
    return false
  }
}

/** Digests have one length, whatever was sent. */
const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest()
