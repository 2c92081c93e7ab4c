import { Readable } from 'node:stream'
import { AppError, ERROR_CODES, type ErrorCode } from '../domain/errors.ts'

export interface ApiClientOptions {
  /** Without a path: `http://127.0.0.1:4444`. */
  readonly baseUrl: string
  readonly token?: string
  /** Instead of the platform's. */
  readonly fetch?: typeof fetch
}

export type Query = Readonly<Record<string, string | number | boolean | undefined>>

interface Call {
  readonly method: string
  /** Its segments, to be encoded. */
  readonly path: readonly (string | number)[]
  readonly query?: Query
  /** Sent as JSON. */
  readonly body?: unknown
  /** Sent as it comes, as JSON Lines. */
  readonly lines?: AsyncIterable<Uint8Array>
  readonly accept?: string
  readonly isStreamed?: boolean
}

const NDJSON = 'application/x-ndjson'

/**
 * Calls of a service's REST. All fail with the AppError that the service answered, `unavailable` when it cannot be reached,
 * or the signal's reason.
 */
export class HttpTransport {
  readonly #baseUrl: URL
  readonly #headers: Readonly<Record<string, string>>
  readonly #request: typeof fetch

  /** Throws `invalid` for a URL that is not http or https. */
  constructor(options: ApiClientOptions) {
    if (!URL.canParse(options.baseUrl) || !/^https?:$/.test(new URL(options.baseUrl).protocol)) {
      throw new AppError('invalid', `not an http or https URL: ${options.baseUrl}`)
    }
    this.#baseUrl = new URL(options.baseUrl)
    this.#request = options.fetch ?? fetch
    this.#headers = {
      connection: 'close', // one call and the program ends: no socket is kept for another
      ...(options.token && { authorization: `Bearer ${options.token}` }),
    }
  }

  /** The answer's type is that of the route, which the service holds to its schema. */
  async json<T>(call: Call, signal: AbortSignal | undefined): Promise<T> {
    const response = await this.#fetch(call, signal)
    const text = await this.#received(response.text(), signal)
    if (text === '') return undefined as T
    const answer = parseJson(text)
    if (answer === undefined) throw this.#notOurs()
    return answer as T
  }

  /** The answer's lines as they come. One that holds an error is thrown. */
  async *lines<T>(call: Call, signal: AbortSignal | undefined): AsyncGenerator<T, void> {
    const decoder = new TextDecoder()
    let rest = ''
    for await (const chunk of this.bytes({ ...call, accept: NDJSON }, signal)) {
      const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) {
        const value = parseJson(line)
        if (value === undefined) throw this.#notOurs()
        if (Object.keys(value as object).join() === 'error') throw answeredError(200, line)
        yield value as T
      }
    }
  }

  /** The answer's bytes as they come. */
  async *bytes(call: Call, signal: AbortSignal | undefined): AsyncGenerator<Uint8Array, void> {
    const response = await this.#fetch({ ...call, isStreamed: true }, signal)
    try {
      yield* (response.body ?? []) as AsyncIterable<Uint8Array>
    } catch (error) {
      throw this.#lost(error, signal)
    }
  }

  async #fetch(call: Call, signal: AbortSignal | undefined): Promise<Response> {
    const { method, path, query = {}, body, lines, accept, isStreamed } = call
    const url = new URL(path.map((segment) => `/${encodeURIComponent(segment)}`).join(''), this.#baseUrl)
    for (const [key, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(key, String(value))
    const type = body === undefined ? lines && NDJSON : 'application/json'
    const init: RequestInit & { duplex?: 'half' } = {
      method,
      headers: {
        ...this.#headers,
        ...(type && { 'content-type': type }),
        ...(accept && { accept }),
        // On a connection that ends with its answer fetch takes an answer that was cut short for a whole one.
        ...(isStreamed && { connection: 'keep-alive' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      ...(lines && {
        body: Readable.toWeb(Readable.from(lines)) as NonNullable<RequestInit['body']>,
        duplex: 'half' as const,
      }),
      ...(signal && { signal }),
    }
    let response: Response
    try {
      response = await this.#request(url, init)
    } catch (error) {
      signal?.throwIfAborted()
      throw new AppError('unavailable', `cannot reach ${this.#baseUrl.origin}: is the service running?`, error)
    }
    if (response.ok) return response
    throw answeredError(response.status, await this.#received(response.text(), signal))
  }

  async #received<T>(body: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    try {
      return await body
    } catch (error) {
      throw this.#lost(error, signal)
    }
  }

  /** What an answer that broke off fails with. */
  #lost(error: unknown, signal: AbortSignal | undefined): unknown {
    if (signal?.aborted) return signal.reason
    if (error instanceof AppError) return error
    return new AppError('unavailable', `the connection to ${this.#baseUrl.origin} was lost`, error)
  }

  #notOurs(): AppError {
    return new AppError('internal', `${this.#baseUrl.origin} answered something else than JSON`)
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined // the caller says what came instead
  }
}

function answeredError(status: number, text: string): AppError {
  const answer = parseJson(text) as { error?: { code?: unknown; message?: unknown } } | null | undefined
  const { code, message } = answer?.error ?? {}
  if (!isErrorCode(code) || typeof message !== 'string')
    return new AppError('internal', `the answer was status ${status}`)
  return new AppError(code, message)
}

const isErrorCode = (code: unknown): code is ErrorCode => (ERROR_CODES as readonly unknown[]).includes(code)
