import type { Clock } from '../domain/clock.ts'
import { AppError } from '../domain/errors.ts'
import { type ProbeAnswer, probe } from './http-probe.ts'
import { basicAuthorization, digestAuthorization, type LoginPair, type Scheme } from './login.ts'

export interface DriveClientOptions {
  readonly clock: Clock
  /** Of the drive, with `/` at its end. */
  readonly baseUrl: string
  readonly isCertificateVerified: boolean
  /** Undefined: without. */
  readonly login: LoginPair | undefined
}

export interface DriveRequest {
  readonly method: string
  /** Escaped, from the root of the server. */
  readonly target: string
  readonly headers?: Readonly<Record<string, string>>
}

/** A member of a listed directory. */
export interface ListedEntry {
  readonly target: string
  readonly name: string
  readonly isDirectory: boolean
  readonly sizeBytes: number
}

/** Asks the drive as its clients do. */
export class DriveClient {
  readonly #options: DriveClientOptions
  #challenges: readonly string[] | undefined
  #uses = 0

  constructor(options: DriveClientOptions) {
    this.#options = options
  }

  /** Escaped path of the drive's root. */
  get root(): string {
    return new URL(this.#options.baseUrl).pathname
  }

  /** Without a login. Fails as `probe`. */
  async ask({ method, target, headers = {} }: DriveRequest, signal: AbortSignal): Promise<ProbeAnswer> {
    const { clock, baseUrl, isCertificateVerified } = this.#options
    return await probe(clock, new URL(target, baseUrl).href, { method, headers, isCertificateVerified }, signal)
  }

  /** With the login where one is asked for. Fails as `probe`, or `unauthorized` when it is refused. */
  async askWithLogin(request: DriveRequest, signal: AbortSignal): Promise<ProbeAnswer> {
    const { login } = this.#options
    if (this.#challenges === undefined) {
      const answer = await this.ask(request, signal)
      if (answer.status !== 401) return answer
      this.#challenges = answer.headers('www-authenticate')
    }
    const scheme = this.#challenges.some((one) => /^digest /i.test(one)) ? 'Digest' : 'Basic'
    if (!login) throw new AppError('unauthorized', 'a login is asked for, and its password is not among the settings')
    const answer = await this.askBy(scheme, login, request, signal)
    if (answer.status === 401) throw new AppError('unauthorized', `the login ${login.username} is refused`)
    return answer
  }

  /** By one scheme, whose challenge must have been seen by `challenge`. Fails as `probe`. */
  async askBy(scheme: Scheme, login: LoginPair, request: DriveRequest, signal: AbortSignal): Promise<ProbeAnswer> {
    const digest = this.#challenges?.find((one) => /^digest /i.test(one)) ?? ''
    const use = { method: request.method, target: request.target, count: ++this.#uses }
    const authorization = scheme === 'Basic' ? basicAuthorization(login) : digestAuthorization(digest, login, use)
    return await this.ask({ ...request, headers: { ...request.headers, authorization } }, signal)
  }

  /** What the drive says to a request without a login: its challenges, none when it lets everyone in. */
  async challenge(signal: AbortSignal): Promise<{ readonly status: number; readonly challenges: readonly string[] }> {
    const answer = await this.ask({ method: 'PROPFIND', target: this.root, headers: { depth: '0' } }, signal)
    const challenges = answer.headers('www-authenticate')
    if (answer.status === 401) this.#challenges = challenges
    return { status: answer.status, challenges }
  }

  /** Members of a directory. Fails as `askWithLogin`, and with `internal` for an answer that is no listing. */
  async list(target: string, signal: AbortSignal): Promise<{ entries: readonly ListedEntry[]; tookMs: number }> {
    const answer = await this.askWithLogin({ method: 'PROPFIND', target, headers: { depth: '1' } }, signal)
    if (answer.status !== 207) throw new AppError('internal', `PROPFIND ${target} answers ${answer.status}`)
    const entries = parseListing(answer.body.toString('utf8'))
    if (entries.length === 0) throw new AppError('internal', `PROPFIND ${target} answers no listing`)
    return { entries: entries.slice(1), tookMs: answer.tookMs }
  }
}

/** The drive's own form of a multistatus; the directory itself comes first. */
function parseListing(xml: string): ListedEntry[] {
  return xml
    .split('<D:response>')
    .slice(1)
    .map((response) => {
      const target = (/<D:href>([^<]*)</.exec(response)?.[1] ?? '').replaceAll('&amp;', '&')
      return {
        target,
        name: decodeURIComponent(target.replace(/\/$/, '').split('/').at(-1) ?? ''),
        isDirectory: /<D:collection ?\/>/.test(response),
        sizeBytes: Number(/<D:getcontentlength>(\d+)</.exec(response)?.[1] ?? 0),
      }
    })
}
