import { orAbort } from '../domain/abort.ts'
import type { Clock } from '../domain/clock.ts'
import { AppError } from '../domain/errors.ts'
import type { HttpRequests } from '../domain/http.ts'
import { LoginAnswer } from './opensubtitles-schemas.ts'

export interface SessionOptions {
  readonly http: HttpRequests
  readonly clock: Clock
  readonly baseUrl: URL
  readonly headers: Readonly<Record<string, string>>
  /** Empty: nobody logs in. */
  readonly username: string
  readonly password: string
}

/** Whom requests are made as, and where to. */
export interface Session {
  readonly token: string
  readonly baseUrl: URL
}

const MAX_BODY_BYTES = 64 * 1024
/** The service asks not to repeat a login that it refused. */
const REFUSED_FOR_MS = 10 * 60 * 1000

/** The account's login: one at a time, kept until the service says that it ended. */
export class OpenSubtitlesSession {
  readonly #options: SessionOptions
  readonly #closing = new AbortController()
  #current: Session | undefined
  #login: Promise<Session> | undefined
  #refusedUntilMs = 0

  constructor(options: SessionOptions) {
    this.#options = options
  }

  get hasAccount(): boolean {
    return this.#options.username !== ''
  }

  /** Where requests go now: a login may have named another server of the service. */
  get baseUrl(): URL {
    return this.#current?.baseUrl ?? this.#options.baseUrl
  }

  /** Logs in unless somebody has. Fails with `unavailable`, `timeout`, or the signal's reason. */
  async get(signal: AbortSignal): Promise<Session> {
    if (this.#current) return this.#current
    if (this.#options.clock.monotonicMs() < this.#refusedUntilMs) throw refused()
    this.#login ??= this.#logIn().finally(() => {
      this.#login = undefined
    })
    return await orAbort(this.#login, signal)
  }

  /** The service knows this session no more. */
  forget(session: Session): void {
    if (this.#current === session) this.#current = undefined
  }

  /** Ends a login that runs. Idempotent. */
  async close(): Promise<void> {
    this.#closing.abort(new AppError('unavailable', 'the service is closing'))
    await this.#login?.catch(() => {}) // those who waited for it were told
  }

  async #logIn(): Promise<Session> {
    const { http, baseUrl, headers, username, password, clock } = this.#options
    const answer = await http.send(
      {
        method: 'POST',
        url: new URL(`${baseUrl.href}/login`),
        headers,
        body: JSON.stringify({ username, password }),
        maxBodyBytes: MAX_BODY_BYTES,
        read: (body) => LoginAnswer.parse(JSON.parse(body.toString('utf8'))),
        refusal: (status) => {
          if (status !== 400 && status !== 401) return undefined
          this.#refusedUntilMs = clock.monotonicMs() + REFUSED_FOR_MS
          return refused()
        },
        mayFollow: (url) => url.origin === baseUrl.origin,
      },
      this.#closing.signal,
    )
    this.#current = { token: answer.token, baseUrl: serverOf(answer.base_url, baseUrl) }
    return this.#current
  }
}

export const refused = (): AppError =>
  new AppError('unavailable', 'OpenSubtitles refuses the login: see OPENSUBTITLES_USERNAME and OPENSUBTITLES_PASSWORD')

const isOfService = (hostname: string): boolean => /(?:^|\.)opensubtitles\.com$/.test(hostname)

/** The server that a login names, by its host alone; followed within the service itself only, for the key goes with it. */
function serverOf(host: string | null | undefined, base: URL): URL {
  if (!host || !isOfService(base.hostname) || base.protocol !== 'https:') return base
  const named = URL.canParse(`https://${host}`) ? new URL(`https://${host}`) : undefined
  if (!named || named.host !== host.toLowerCase() || named.port !== '' || !isOfService(named.hostname)) return base
  return new URL(`https://${named.host}${base.pathname}`)
}
