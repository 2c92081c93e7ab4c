import type { Clock } from '../domain/clock.ts'
import { AppError } from '../domain/errors.ts'
import type { HttpRequest, HttpRequests } from '../domain/http.ts'
import type { FoundSubtitle } from '../domain/subtitles.ts'
import { DownloadAnswer, Refusal, SearchAnswer, SubtitleEntry } from './opensubtitles-schemas.ts'
import { OpenSubtitlesSession, refused, type Session } from './opensubtitles-session.ts'
import type { DownloadedSubtitle, SubtitleProvider, SubtitleSearch } from './provider.ts'
import { fromProviderLanguage, toProviderLanguages } from './provider-languages.ts'
import { MAX_SUBTITLE_BYTES } from './read-subtitle.ts'
import { searchParameters } from './search-parameters.ts'

export interface OpenSubtitlesClientOptions {
  /** Made with the name `OpenSubtitles`; two at a time keep within its five requests a second. */
  readonly http: HttpRequests
  readonly clock: Clock
  readonly apiKey: string
  /** Downloads are counted by account; both empty: by key and address, and fewer. */
  readonly username: string
  readonly password: string
  /** `https://api.opensubtitles.com/api/v1` when left out. */
  readonly baseUrl?: string
  /** Name and version of the program, which the service wants to know. */
  readonly userAgent: string
}

const SERVICE_URL = 'https://api.opensubtitles.com/api/v1'
const MAX_BODY_BYTES = 4 * 1024 * 1024
const MAX_PAGES = 3
/** A download that failed half-way may count all the same. */
const DOWNLOAD_ATTEMPTS = 2

/** OpenSubtitles, REST API version 1. Key, token and password are in no log and no error. */
export class OpenSubtitlesClient implements SubtitleProvider {
  readonly #http: HttpRequests
  readonly #clock: Clock
  readonly #baseUrl: URL
  readonly #headers: Readonly<Record<string, string>>
  readonly #session: OpenSubtitlesSession
  #quotaBackAtMs = 0

  /** Throws `invalid` for a base URL that is none. */
  constructor(options: OpenSubtitlesClientOptions) {
    const { http, clock, username, password } = options
    this.#http = http
    this.#clock = clock
    this.#baseUrl = baseUrlOf(options.baseUrl || SERVICE_URL)
    this.#headers = {
      accept: 'application/json',
      'api-key': options.apiKey,
      'content-type': 'application/json',
      'user-agent': options.userAgent,
    }
    const headers = this.#headers
    this.#session = new OpenSubtitlesSession({ http, clock, baseUrl: this.#baseUrl, headers, username, password })
  }

  async search(
    search: SubtitleSearch,
    languages: readonly string[],
    signal: AbortSignal,
  ): Promise<readonly FoundSubtitle[]> {
    const codes = toProviderLanguages(languages).join()
    const parameters = { ...searchParameters(search), ...(codes !== '' && { languages: codes }) }
    const found: FoundSubtitle[] = []
    for (let page = 1; page <= MAX_PAGES; page++) {
      const answer = await this.#http.send(this.#searchRequest({ ...parameters, ...(page > 1 && { page }) }), signal)
      for (const entry of answer.data) {
        const subtitle = SubtitleEntry.safeParse(entry)
        if (subtitle.success && isMeant(subtitle.data, search)) found.push(toFound(subtitle.data, search))
      }
      if (page >= answer.total_pages) break
    }
    return found
  }

  async download(fileId: string, signal: AbortSignal): Promise<DownloadedSubtitle> {
    if (!/^\d{1,15}$/.test(fileId)) throw new AppError('not_found', 'OpenSubtitles has no such subtitle')
    if (this.#clock.nowMs() < this.#quotaBackAtMs) throw this.#quotaUsedUp()
    const { link, file_name: fileName } = await this.#askForLink(Number(fileId), signal)
    const url = URL.canParse(link) ? new URL(link) : undefined
    if (!url || !this.#isDownloadPlace(url)) throw new AppError('unavailable', 'OpenSubtitles sent a damaged answer')
    // The link says who may follow it: neither key nor token go there.
    const headers = { 'user-agent': this.#headers['user-agent'] ?? '' }
    const bytes = await this.#http.send(
      {
        url,
        headers,
        maxBodyBytes: MAX_SUBTITLE_BYTES,
        read: (body) => body,
        mayFollow: (to) => this.#isDownloadPlace(to),
      },
      signal,
    )
    return { bytes, fileName: fileName ?? null }
  }

  /** Ends a login that runs. Idempotent. */
  close(): Promise<void> {
    return this.#session.close()
  }

  #searchRequest(parameters: Readonly<Record<string, string | number>>): HttpRequest<SearchAnswer> {
    const url = new URL(`${this.#session.baseUrl.href}/subtitles`)
    // By name and in small letters: the service redirects all others.
    for (const [name, value] of Object.entries(parameters).sort(([a], [b]) => (a < b ? -1 : 1))) {
      url.searchParams.set(name, String(value).toLowerCase())
    }
    return {
      url,
      headers: this.#headers,
      maxBodyBytes: MAX_BODY_BYTES,
      read: (body) => SearchAnswer.parse(JSON.parse(body.toString('utf8'))),
      mayFollow: (to) => to.origin === url.origin,
    }
  }

  /** With a session that ended meanwhile it logs in once more. */
  async #askForLink(fileId: number, signal: AbortSignal): Promise<DownloadAnswer> {
    if (!this.#session.hasAccount) return await this.#post(fileId, undefined, signal)
    const first = await this.#session.get(signal)
    try {
      return await this.#post(fileId, first, signal)
    } catch (error) {
      if (!(error instanceof EndedSession)) throw error
      this.#session.forget(first)
    }
    const second = await this.#session.get(signal)
    return await this.#post(fileId, second, signal).catch((error: unknown) => {
      throw error instanceof EndedSession ? refused() : error
    })
  }

  async #post(fileId: number, session: Session | undefined, signal: AbortSignal): Promise<DownloadAnswer> {
    const url = new URL(`${this.#session.baseUrl.href}/download`)
    return await this.#http.send(
      {
        method: 'POST',
        url,
        headers: { ...this.#headers, ...(session && { authorization: `Bearer ${session.token}` }) },
        body: JSON.stringify({ file_id: fileId }),
        maxBodyBytes: MAX_BODY_BYTES,
        read: (body) => DownloadAnswer.parse(JSON.parse(body.toString('utf8'))),
        refusal: (status, body) => this.#downloadRefusal(status, body, session),
        mayFollow: (to) => to.origin === url.origin,
        maxAttempts: DOWNLOAD_ATTEMPTS,
      },
      signal,
    )
  }

  #downloadRefusal(status: number, body: Buffer, session: Session | undefined): Error | undefined {
    if (status === 401) return session ? new EndedSession() : needsAccount()
    if (status === 404 || status === 410) return new AppError('not_found', 'OpenSubtitles has it no more')
    if (status !== 406) return undefined
    const { remaining, reset_time_utc: resetTime, message } = refusalOf(body)
    const isQuota =
      typeof remaining === 'number' || typeof resetTime === 'string' || /quota|allowed/i.test(message ?? '')
    if (!isQuota) return new AppError('not_found', 'OpenSubtitles has no such subtitle')
    this.#quotaBackAtMs = Date.parse(resetTime ?? '') || 0
    return this.#quotaUsedUp()
  }

  #quotaUsedUp(): AppError {
    const until = this.#quotaBackAtMs > 0 ? ` until ${new Date(this.#quotaBackAtMs).toISOString().slice(0, 16)}Z` : ''
    return new AppError('unavailable', `the downloads that OpenSubtitles allows are used up${until}`)
  }

  #isDownloadPlace({ protocol, hostname, origin }: URL): boolean {
    if (origin === this.#baseUrl.origin) return true
    return protocol === 'https:' && /(?:^|\.)opensubtitles\.(?:com|org)$/.test(hostname)
  }
}

/** The token is not taken any more. */
class EndedSession extends Error {
  override readonly name = 'EndedSession'
}

const needsAccount = (): AppError =>
  new AppError(
    'unavailable',
    'OpenSubtitles gives subtitles to accounts alone: set OPENSUBTITLES_USERNAME and OPENSUBTITLES_PASSWORD',
  )

function refusalOf(body: Buffer): Partial<Refusal> {
  try {
    return Refusal.parse(JSON.parse(body.toString('utf8')))
  } catch {
    return {} // a refusal is one by its status
  }
}

function baseUrlOf(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:') {
    throw new AppError('invalid', 'OPENSUBTITLES_BASE_URL is no HTTP address')
  }
  const path = url.pathname.replace(/\/+$/, '')
  return new URL(`${url.origin}${path === '' ? '/api/v1' : path}`)
}

/** By hash the very file alone; by name no film of another year, and no other episode. One of several parts is none. */
function isMeant({ attributes }: SubtitleEntry, search: SubtitleSearch): boolean {
  const { files, moviehash_match: isHashMatch, feature_details: feature } = attributes
  if (files.length !== 1) return false
  if (search.by === 'hash') return isHashMatch === true
  if (search.by === 'id') return true
  const { episode, year } = search
  if (episode) return feature?.season_number === episode.season && feature.episode_number === episode.episode
  return year === null || typeof feature?.year !== 'number' || Math.abs(feature.year - year) <= 1
}

function toFound({ attributes }: SubtitleEntry, search: SubtitleSearch): FoundSubtitle {
  const [file] = attributes.files
  return {
    fileId: String(file?.file_id),
    matchedBy: search.by,
    language: fromProviderLanguage(attributes.language ?? null),
    isForced: attributes.foreign_parts_only === true,
    isHearingImpaired: attributes.hearing_impaired === true,
    isCommentary: false,
    releaseName: attributes.release || null,
    fileName: file?.file_name || null,
    downloads: attributes.download_count ?? 0,
    fps: attributes.fps || null,
    isTrusted: attributes.from_trusted === true,
    isMachineTranslated: attributes.machine_translated === true || attributes.ai_translated === true,
  }
}
