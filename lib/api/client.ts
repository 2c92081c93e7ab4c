import type { z } from 'zod'
import { AppError, ERROR_CODES, type ErrorCode } from '../domain/errors.ts'
import type { IdentifyAnswer, StatusAnswer } from './schemas/system.ts'
import type { MoviesAnswer, ShowsAnswer } from './schemas/titled.ts'
import type { AddTorrentAnswer, TorrentJson, TorrentsAnswer } from './schemas/torrents.ts'

export interface ApiClientOptions {
  /** Without a path: `http://127.0.0.1:4444`. */
  readonly baseUrl: string
  readonly token?: string
}

export interface PageOptions {
  readonly limit: number
  readonly offset: number
  readonly query?: string
}

/**
 * The REST calls as methods; answers as the API's documents describe them. All fail with the AppError that the service
 * answered, `unavailable` when it cannot be reached, or the signal's reason.
 */
export class ApiClient {
  readonly #baseUrl: URL
  readonly #headers: Readonly<Record<string, string>>

  /** Throws `invalid` for a URL that is not http or https. */
  constructor(options: ApiClientOptions) {
    if (!URL.canParse(options.baseUrl) || !/^https?:$/.test(new URL(options.baseUrl).protocol)) {
      throw new AppError('invalid', `not an http or https URL: ${options.baseUrl}`)
    }
    this.#baseUrl = new URL(options.baseUrl)
    this.#headers = {
      connection: 'close', // one call and the program ends: no socket is kept for another
      ...(options.token && { authorization: `Bearer ${options.token}` }),
    }
  }

  addTorrent(
    input: { readonly magnetUri: string } | { readonly metadata: Uint8Array },
    signal?: AbortSignal,
  ): Promise<z.output<typeof AddTorrentAnswer>> {
    const body =
      'magnetUri' in input
        ? { magnet_uri: input.magnetUri }
        : { torrent: Buffer.from(input.metadata).toString('base64') }
    return this.#call('POST', '/api/torrents', body, signal)
  }

  torrents(signal?: AbortSignal): Promise<z.output<typeof TorrentsAnswer>> {
    return this.#call('GET', '/api/torrents', undefined, signal)
  }

  pause(infoHash: string, signal?: AbortSignal): Promise<z.output<typeof TorrentJson>> {
    return this.#call('POST', `/api/torrents/${encodeURIComponent(infoHash)}/pause`, undefined, signal)
  }

  resume(infoHash: string, signal?: AbortSignal): Promise<z.output<typeof TorrentJson>> {
    return this.#call('POST', `/api/torrents/${encodeURIComponent(infoHash)}/resume`, undefined, signal)
  }

  async remove(infoHash: string, deleteData: boolean, signal?: AbortSignal): Promise<void> {
    const path = `/api/torrents/${encodeURIComponent(infoHash)}?delete_data=${deleteData}`
    await this.#call('DELETE', path, undefined, signal)
  }

  movies(page: PageOptions, signal?: AbortSignal): Promise<z.output<typeof MoviesAnswer>> {
    return this.#call('GET', `/api/movies?${pageQuery(page)}`, undefined, signal)
  }

  shows(page: PageOptions, signal?: AbortSignal): Promise<z.output<typeof ShowsAnswer>> {
    return this.#call('GET', `/api/shows?${pageQuery(page)}`, undefined, signal)
  }

  identify(names: readonly string[], signal?: AbortSignal): Promise<z.output<typeof IdentifyAnswer>> {
    return this.#call('POST', '/api/identify', { names }, signal)
  }

  status(signal?: AbortSignal): Promise<z.output<typeof StatusAnswer>> {
    return this.#call('GET', '/api/status', undefined, signal)
  }

  /** The answer's type is that of the route, which the service holds to its schema. */
  async #call<T>(method: string, path: string, body: unknown, signal: AbortSignal | undefined): Promise<T> {
    const response = await this.#fetch(method, path, body, signal)
    const text = await response.text()
    if (!response.ok) throw answeredError(response.status, text)
    if (text === '') return undefined as T
    const answer = parseJson(text)
    if (answer === undefined)
      throw new AppError('internal', `${this.#baseUrl.origin} answered something else than JSON`)
    return answer as T
  }

  async #fetch(method: string, path: string, body: unknown, signal: AbortSignal | undefined): Promise<Response> {
    try {
      return await fetch(new URL(path, this.#baseUrl), {
        method,
        headers: body === undefined ? this.#headers : { ...this.#headers, 'content-type': 'application/json' },
        ...(body !== undefined && { body: JSON.stringify(body) }),
        ...(signal && { signal }),
      })
    } catch (error) {
      signal?.throwIfAborted()
      throw new AppError('unavailable', `cannot reach ${this.#baseUrl.origin}: is the service running?`, error)
    }
  }
}

const pageQuery = ({ limit, offset, query }: PageOptions): string =>
  new URLSearchParams({ limit: String(limit), offset: String(offset), ...(query && { q: query }) }).toString()

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
