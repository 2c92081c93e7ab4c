import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Fault, HttpFaults, json } from './http-faults.ts'

export interface LocalSubtitle {
  readonly fileId: number
  readonly language: string
  readonly release: string
  readonly downloads?: number
  readonly isHearingImpaired?: boolean
  readonly isForced?: boolean
  readonly isTrusted?: boolean
  readonly isTranslated?: boolean
  /** What it is found by. */
  readonly hash?: string
  readonly tmdbId?: number
  readonly imdbId?: number
  readonly title?: string
  readonly year?: number
  readonly season?: number
  readonly episode?: number
  readonly parts?: number
  readonly bytes: Buffer
}

export interface SeenSubtitleRequest {
  readonly method: string
  /** Without the base path. */
  readonly path: string
  readonly query: Readonly<Record<string, string>>
  readonly body: string
  readonly headers: IncomingMessage['headers']
}

export const API_KEY = 'the-key-of-the-consumer'
export const ACCOUNT = { username: 'somebody', password: 'a secret of theirs' }

/** A server that answers in the shapes of the OpenSubtitles REST API (version 1), out of a list of its own. */
export class LocalOpenSubtitles {
  readonly #server: Server
  readonly #faults = new HttpFaults()
  #logins = 0
  readonly requests: SeenSubtitleRequest[] = []
  subtitles: readonly LocalSubtitle[] = []
  /** Downloads until the quota is used up. */
  remaining = 20
  /** What a login names as the server to ask from now on. */
  loginBaseUrl = 'api.opensubtitles.com'
  /** Whether a download needs a login. */
  needsAccount = false
  /** Entries of one page of results. */
  pageSize = 50
  isDown = false

  private constructor(server: Server) {
    this.#server = server
  }

  static async start(): Promise<LocalOpenSubtitles> {
    const server = createServer()
    const local = new LocalOpenSubtitles(server)
    server.on('request', (req, res) => void local.#onRequest(req, res))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return local
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** For `OPENSUBTITLES_BASE_URL`. */
  get url(): string {
    return `${this.origin}/api/v1`
  }

  get paths(): string[] {
    return this.requests.map(({ path }) => path)
  }

  /** Of the searches, in order. */
  get searches(): Readonly<Record<string, string>>[] {
    return this.requests.filter(({ path }) => path === 'subtitles').map(({ query }) => query)
  }

  /** Tokens given so far are no longer taken. */
  endSessions(): void {
    this.#logins++
  }

  /** The next `times` requests whose path matches get this. */
  fault(path: RegExp, fault: Fault, times = 1): void {
    this.#faults.plan(path, fault, times)
  }

  async close(): Promise<void> {
    this.#faults.close()
    this.#server.close()
    this.#server.closeAllConnections()
    await once(this.#server, 'close')
  }

  async #onRequest(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(req.url ?? '/', this.origin)
    const path = pathname.replace(/^\/api\/v1\//, '')
    const query = Object.fromEntries(searchParams)
    const chunks: Buffer[] = []
    for await (const chunk of req) chunks.push(chunk as Buffer)
    const body = Buffer.concat(chunks).toString()
    const { method = '', headers } = req
    this.requests.push({ method, path, query, body, headers })
    if (this.isDown) req.socket.destroy()
    else this.#faults.answer(path, req, res, () => this.#answer(path, query, body, req, res))
  }

  #answer(
    path: string,
    query: Readonly<Record<string, string>>,
    body: string,
    { headers }: IncomingMessage,
    res: ServerResponse,
  ): void {
    if (path.startsWith('/files/')) {
      const subtitle = this.subtitles.find(({ fileId }) => path === `/files/${fileId}`)
      if (subtitle) res.writeHead(200, { 'content-type': 'application/octet-stream' }).end(subtitle.bytes)
      else res.writeHead(410).end('the link is no longer valid')
      return
    }
    if (headers['api-key'] !== API_KEY || !/^\w+ v?\d/.test(headers['user-agent'] ?? '')) {
      json(res, 403, { message: 'You cannot consume this service' })
    } else if (path === 'login') this.#logIn(body, res)
    else if (path === 'subtitles') this.#search(query, res)
    else if (path === 'download') this.#download(body, headers.authorization, res)
    else json(res, 404, { message: 'Not found' })
  }

  #logIn(body: string, res: ServerResponse): void {
    const { username, password } = JSON.parse(body) as Partial<typeof ACCOUNT>
    if (username === ACCOUNT.username && password === ACCOUNT.password) {
      const user = { allowed_downloads: 100, level: 'Sub leecher', user_id: 66, ext_installed: false, vip: false }
      json(res, 200, { user, base_url: this.loginBaseUrl, token: this.#token, status: 200 })
    } else json(res, 401, { message: 'Error, invalid username/password', status: 401 })
  }

  get #token(): string {
    return `token-${this.#logins}`
  }

  #search(query: Readonly<Record<string, string>>, res: ServerResponse): void {
    const languages = (query.languages ?? '').split(',')
    const all = this.subtitles
      .filter(({ language }) => languages.includes(language))
      .filter((subtitle) => isAskedFor(subtitle, query))
      .sort((a, b) => (b.downloads ?? 0) - (a.downloads ?? 0))
    const page = Number(query.page ?? 1)
    const data = all.slice((page - 1) * this.pageSize, page * this.pageSize)
    json(res, 200, {
      total_pages: Math.ceil(all.length / this.pageSize),
      total_count: all.length,
      per_page: this.pageSize,
      page,
      data: data.map((subtitle) => entryOf(subtitle, query.moviehash)),
    })
  }

  #download(body: string, authorization: string | undefined, res: ServerResponse): void {
    const { file_id: fileId } = JSON.parse(body) as { file_id?: number }
    const subtitle = this.subtitles.find((one) => one.fileId === fileId)
    const reset = { reset_time: '7 hours', reset_time_utc: '2026-01-01T07:00:00.000Z' }
    if (authorization === undefined ? this.needsAccount : authorization !== `Bearer ${this.#token}`) {
      json(res, 401, { message: 'invalid token' })
      return
    }
    if (!subtitle) {
      json(res, 406, { message: 'Invalid file_id' })
      return
    }
    if (this.remaining <= 0) {
      const message = 'You have downloaded your allowed 20 subtitles for 24h. Your quota will be renewed in 7 hours'
      json(res, 406, { requests: 21, remaining: -1, message, ...reset })
      return
    }
    this.remaining--
    json(res, 200, {
      link: `${this.origin}/files/${subtitle.fileId}`,
      file_name: `${subtitle.release}.srt`,
      requests: 1,
      remaining: this.remaining,
      message: 'Your quota will be renewed in 7 hours',
      ...reset,
    })
  }
}

function isAskedFor(subtitle: LocalSubtitle, query: Readonly<Record<string, string>>): boolean {
  const numbers: [string, number | undefined][] = [
    ['tmdb_id', subtitle.season === undefined ? subtitle.tmdbId : undefined],
    ['imdb_id', subtitle.season === undefined ? subtitle.imdbId : undefined],
    ['parent_tmdb_id', subtitle.tmdbId],
    ['parent_imdb_id', subtitle.imdbId],
    ['season_number', subtitle.season],
    ['episode_number', subtitle.episode],
  ]
  if (numbers.some(([name, value]) => query[name] !== undefined && query[name] !== String(value))) return false
  if (query.moviehash !== undefined && query.moviehash !== subtitle.hash) return false
  return query.query === undefined || subtitle.title?.toLowerCase().includes(query.query) === true
}

/** As the service sends it, more fields than anybody needs. */
const entryOf = (subtitle: LocalSubtitle, hash: string | undefined) => ({
  id: String(subtitle.fileId * 10),
  type: 'subtitle',
  attributes: {
    subtitle_id: String(subtitle.fileId * 10),
    language: subtitle.language,
    download_count: subtitle.downloads ?? 0,
    new_download_count: 0,
    hearing_impaired: subtitle.isHearingImpaired ?? false,
    hd: true,
    fps: 23.976,
    votes: 0,
    ratings: 0,
    from_trusted: subtitle.isTrusted ?? false,
    foreign_parts_only: subtitle.isForced ?? false,
    upload_date: '2020-01-01T00:00:00Z',
    ai_translated: false,
    machine_translated: subtitle.isTranslated ?? false,
    ...(hash !== undefined && { moviehash_match: subtitle.hash === hash }),
    release: subtitle.release,
    comments: null,
    legacy_subtitle_id: null,
    uploader: { uploader_id: 1, name: 'somebody', rank: 'trusted' },
    feature_details: {
      feature_id: 1,
      feature_type: subtitle.season === undefined ? 'Movie' : 'Episode',
      year: subtitle.year ?? null,
      title: subtitle.title ?? null,
      imdb_id: subtitle.imdbId ?? null,
      tmdb_id: subtitle.tmdbId ?? null,
      season_number: subtitle.season ?? null,
      episode_number: subtitle.episode ?? null,
    },
    url: 'https://www.opensubtitles.com/en/subtitles/legacy/1',
    related_links: [],
    files: Array.from({ length: subtitle.parts ?? 1 }, (_, part) => ({
      file_id: subtitle.fileId + part,
      cd_number: part + 1,
      file_name: `${subtitle.release}.srt`,
    })),
  },
})
