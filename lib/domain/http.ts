/** One question to an HTTP service. */
export interface HttpRequest<T> {
  /** `GET` when left out. */
  readonly method?: 'GET' | 'POST'
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
  /** Of a POST. */
  readonly body?: string
  readonly maxBodyBytes: number
  /** Makes the value of a body. What it throws means a damaged answer, which is asked for again. */
  readonly read: (body: Buffer, contentType: string) => T
  /**
   * What a status from 400 means to the caller; its body is cut to 64 KiB. An error that is returned is thrown with no
   * further try; undefined leaves the status to the requester.
   */
  readonly refusal?: (status: number, body: Buffer) => Error | undefined
  /** Where a redirect may lead, headers and all. Left out: anywhere, the credentials of HTTP left behind at another origin. */
  readonly mayFollow?: (url: URL) => boolean
  /** Fewer tries than the requester's own. */
  readonly maxAttempts?: number
}

/** Requests over HTTP, with time-outs, a bound on those that run at a time, and further tries. */
export interface HttpRequests {
  /** Fails with `not_found` (404), `unavailable`, `timeout`, what `refusal` gave, or the signal's reason. */
  send<T>(request: HttpRequest<T>, signal: AbortSignal): Promise<T>
}
