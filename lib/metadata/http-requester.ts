import { delay, throwIfAborted, withTimeout } from '../domain/abort.ts'
import type { Clock } from '../domain/clock.ts'
import { AppError, isAppError } from '../domain/errors.ts'
import type { HttpRequest, HttpRequests } from '../domain/http.ts'
import { ConcurrencyLimit } from './concurrency-limit.ts'

export interface HttpRequesterOptions {
  /** Who answers, in messages: `TMDB`. */
  readonly name: string
  readonly clock: Clock
  /** Requests at a time. Default 4. */
  readonly concurrency?: number
  /** Tries of one request in all. Default 4. */
  readonly maxAttempts?: number
  /** Of one try, its body included. Default 10,000. */
  readonly timeoutMs?: number
  /** The wait before the second try; doubles with each further one, with a jitter of half of it. Default 500. */
  readonly backOffMs?: number
  /** In [0, 1), for the jitter. */
  readonly random?: () => number
}

/** A longer `Retry-After` is no wait of one request: it fails. */
const MAX_RETRY_AFTER_MS = 60_000
const RETRIED_STATUSES = new Set([408, 425, 429, 500, 502, 503, 504])
const REDIRECTS = new Set([301, 302, 303, 307, 308])
const MAX_REDIRECTS = 5
const MAX_REFUSAL_BYTES = 64 * 1024

/** One try that failed. `waitMs` is what the server asked for; undefined is its silence. */
interface Failure {
  readonly error: unknown
  readonly isRetried: boolean
  readonly waitMs?: number | undefined
}

class FailedTry extends Error {
  readonly failure: Failure

  constructor(failure: Failure) {
    super('failed')
    this.failure = failure
  }
}

/**
 * Requests with time-outs, a bound on those that run at a time, and further tries after 429 (RFC 6585 section 4),
 * 5xx, broken connections, damaged bodies and time-outs. A `Retry-After` (RFC 9110 section 10.2.3), or the
 * `RateLimit-Reset` that stands for it, of one request holds all of them back. No error holds a URL or a header, since
 * those may carry a key.
 */
export class HttpRequester implements HttpRequests {
  readonly #name: string
  readonly #clock: Clock
  readonly #limit: ConcurrencyLimit
  readonly #maxAttempts: number
  readonly #timeoutMs: number
  readonly #backOffMs: number
  readonly #random: () => number
  #resumeAtMs = 0

  constructor(options: HttpRequesterOptions) {
    this.#name = options.name
    this.#clock = options.clock
    this.#limit = new ConcurrencyLimit(options.concurrency ?? 4)
    this.#maxAttempts = options.maxAttempts ?? 4
    this.#timeoutMs = options.timeoutMs ?? 10_000
    this.#backOffMs = options.backOffMs ?? 500
    this.#random = options.random ?? Math.random
  }

  async send<T>(request: HttpRequest<T>, signal: AbortSignal): Promise<T> {
    const maxAttempts = Math.min(this.#maxAttempts, request.maxAttempts ?? this.#maxAttempts)
    for (let attempt = 1; ; attempt++) {
      const heldBackMs = this.#resumeAtMs - this.#clock.monotonicMs()
      if (heldBackMs > 0) await delay(this.#clock, heldBackMs, signal)
      try {
        return await this.#limit.run(() => this.#try(request, signal), signal)
      } catch (error) {
        throwIfAborted(signal)
        if (!(error instanceof FailedTry)) throw error
        const { failure } = error
        if (!failure.isRetried || attempt >= maxAttempts) throw failure.error
        await this.#backOff(failure, attempt, signal)
      }
    }
  }

  async #backOff({ error, waitMs }: Failure, attempt: number, signal: AbortSignal): Promise<void> {
    if (waitMs === undefined) {
      const fullMs = this.#backOffMs * 2 ** (attempt - 1)
      await delay(this.#clock, fullMs * (0.5 + this.#random() / 2), signal)
      return
    }
    if (waitMs > MAX_RETRY_AFTER_MS) throw error
    this.#resumeAtMs = Math.max(this.#resumeAtMs, this.#clock.monotonicMs() + waitMs)
  }

  async #try<T>(request: HttpRequest<T>, signal: AbortSignal): Promise<T> {
    const lateness = `${this.#name} did not answer within ${this.#timeoutMs / 1000} s`
    try {
      return await withTimeout(this.#clock, this.#timeoutMs, lateness, (inTime) => this.#fetch(request, inTime), signal)
    } catch (error) {
      if (error instanceof FailedTry) throw error
      const shown = isAppError(error) ? error : this.#unavailable('cannot be reached', error)
      throw new FailedTry({ error: shown, isRetried: true })
    }
  }

  async #fetch<T>(request: HttpRequest<T>, signal: AbortSignal): Promise<T> {
    const response = await this.#follow(request, signal)
    if (!response.ok) throw new FailedTry(await this.#refusal(request, response))
    const body = await this.#body(response, request.maxBodyBytes)
    try {
      return request.read(body, response.headers.get('content-type') ?? '')
    } catch (error) {
      throw new FailedTry({ error: this.#unavailable('sent a damaged answer', error), isRetried: true })
    }
  }

  /** The platform follows redirects by itself, and takes along headers that carry a key: where it matters we do. */
  async #follow<T>(request: HttpRequest<T>, signal: AbortSignal): Promise<Response> {
    const { method = 'GET', headers, body, mayFollow } = request
    const common = { method, headers, signal, ...(body !== undefined && { body }) }
    if (!mayFollow) return await fetch(request.url, common)
    let url = request.url
    for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
      const response = await fetch(url, { ...common, redirect: 'manual' })
      if (!REDIRECTS.has(response.status)) return response
      await response.body?.cancel()
      const to = response.headers.get('location') ?? ''
      if (!URL.canParse(to, url.href) || !mayFollow(new URL(to, url))) break
      url = new URL(to, url)
    }
    throw new FailedTry({ error: this.#unavailable('leads astray'), isRetried: false })
  }

  async #body(response: Response, maxBytes: number): Promise<Buffer> {
    const chunks: Uint8Array[] = []
    let bytes = 0
    for await (const chunk of response.body ?? []) {
      bytes += chunk.length
      if (bytes > maxBytes) throw new FailedTry({ error: this.#unavailable('sent too much'), isRetried: false })
      chunks.push(chunk)
    }
    return Buffer.concat(chunks, bytes)
  }

  async #refusal<T>(request: HttpRequest<T>, response: Response): Promise<Failure> {
    const { status, headers } = response
    if (request.refusal) {
      const own = request.refusal(status, await beginningOf(response))
      if (own) return { error: own, isRetried: false }
    } else await response.body?.cancel()
    if (status === 404) {
      return { error: new AppError('not_found', `${this.#name} does not know it`), isRetried: false }
    }
    if (status === 401 || status === 403) return { error: this.#unavailable('refuses the key'), isRetried: false }
    const error = this.#unavailable(`answered ${status}`)
    const waitMs = retryAfterMs(headers.get('retry-after') ?? headers.get('ratelimit-reset'), this.#clock.nowMs())
    return { error, isRetried: RETRIED_STATUSES.has(status), waitMs }
  }

  #unavailable(problem: string, cause?: unknown): AppError {
    return new AppError('unavailable', `${this.#name} ${problem}`, cause)
  }
}

/** Leaving the loop cancels the rest. */
async function beginningOf(response: Response): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of response.body ?? []) {
    chunks.push(chunk)
    bytes += chunk.length
    if (bytes >= MAX_REFUSAL_BYTES) break
  }
  return Buffer.concat(chunks).subarray(0, MAX_REFUSAL_BYTES)
}

/** Seconds or an HTTP date, as milliseconds from now; undefined for anything else. */
function retryAfterMs(value: string | null, nowMs: number): number | undefined {
  if (value === null) return undefined
  if (/^\d{1,9}$/.test(value)) return Number(value) * 1000
  const dateMs = Date.parse(value)
  return Number.isNaN(dateMs) ? undefined : Math.max(0, dateMs - nowMs)
}
