import { createHash, timingSafeEqual } from 'node:crypto'
import type { Clock } from '../domain/clock.ts'
import type { PlayLinks } from '../domain/play-links.ts'
import type { TreeSource } from '../domain/tree.ts'
import { kodiSources, type Login, rcloneConfig, windowsRegistry, windowsShortcut } from './config-files.ts'
import { type DriveAddress, type DriveListener, driveAddress } from './drive-address.ts'
import { escapeHtml, htmlPage } from './html.ts'
import { instructions, systemOf } from './instructions.ts'
import { playlist, playPage } from './play-pages.ts'

export interface ConnectPagesOptions {
  readonly trees: TreeSource
  readonly links: PlayLinks
  /** Read at each request: the port is known only once the drive listens. */
  readonly listener: () => DriveListener
  readonly login: Login
  /** The drive takes Basic without TLS. */
  readonly isBasicOverHttp: boolean
  /** When set, it is needed: as a bearer token, or as the password of a Basic login of any name. */
  readonly token: string
  readonly clock: Clock
}

/** What of a request matters here. */
export interface ConnectRequest {
  /** With its query, as it came. */
  readonly url: string
  readonly host: string | undefined
  readonly userAgent: string | undefined
  readonly authorization: string | undefined
}

export interface ConnectAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Uint8Array
}

const LINK_LIFE_MS = 24 * 60 * 60_000
const PLAYLIST_PREFIX = '/connect/play/'
const BEFORE_ALL = {
  'Cache-Control': 'no-store',
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
}
const PAGE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'"

/** `/connect` and what lies below: how to reach the drive from every system. Knows no HTTP framework. */
export class ConnectPages {
  readonly #options: ConnectPagesOptions

  constructor(options: ConnectPagesOptions) {
    this.#options = options
  }

  /** Answers GET; for HEAD the caller leaves the body out. */
  handle(request: ConnectRequest): ConnectAnswer {
    if (!this.#isAuthorised(request.authorization)) {
      return {
        ...text(401, 'The API token is needed: enter it as the password, with any name.\n'),
        headers: {
          ...BEFORE_ALL,
          'Content-Type': 'text/plain; charset=utf-8',
          'WWW-Authenticate': 'Basic realm="Momoshtrem: the API token is the password", charset="UTF-8"',
        },
      }
    }
    const { pathname, searchParams } = new URL(request.url, 'http://connect')
    const address = driveAddress(this.#options.listener(), request.host)
    const { login, trees } = this.#options
    switch (pathname.replace(/\/$/, '')) {
      case '/connect':
        return page(this.#front(address, request.userAgent ?? ''))
      case '/connect/play':
        return page(
          playPage(trees.current, (searchParams.get('q') ?? '').slice(0, 200), pageNumber(searchParams.get('page'))),
        )
      case '/connect/rclone.conf':
        return file('rclone.conf', 'text/plain; charset=utf-8', rcloneConfig(address, login))
      case '/connect/sources.xml':
        return file('sources.xml', 'application/xml; charset=utf-8', kodiSources(address, login))
      case '/connect/momoshtrem.reg':
        return file('momoshtrem.reg', 'application/octet-stream', windowsRegistry(this.#usesBasic(address)))
      case '/connect/momoshtrem.url':
        return file('momoshtrem.url', 'application/octet-stream', windowsShortcut(address))
      default:
        return this.#playlist(pathname, address) ?? text(404, 'There is no such page: see /connect.\n')
    }
  }

  #front(address: DriveAddress, userAgent: string): string {
    const { login, isBasicOverHttp } = this.#options
    const all = instructions(address, login, address.isTls || isBasicOverHttp, systemOf(userAgent))
    const sections = all.map(
      ({ title, body }, index) =>
        `<details${index === 0 ? ' open' : ''}><summary>${escapeHtml(title)}</summary>${body}</details>`,
    )
    const warning = address.isOutOfReach
      ? `<p class="note">The drive listens on its own machine only. To reach it from this one, set <code>WEBDAV_HOST=0.0.0.0</code> with a
login, and start the service again.</p>`
      : ''
    const location = `<p>The drive is at</p><pre><code>${escapeHtml(address.url)}</code></pre>`
    return htmlPage(
      'Connect to the drive',
      [['/connect/play', 'Player links']],
      `${warning}${location}${sections.join('\n')}`,
    )
  }

  #playlist(pathname: string, address: DriveAddress): ConnectAnswer | undefined {
    if (!pathname.startsWith(PLAYLIST_PREFIX) || !pathname.endsWith('.m3u')) return undefined
    const { trees, links, clock } = this.#options
    const segments = decodedSegments(pathname.slice(PLAYLIST_PREFIX.length, -'.m3u'.length))
    if (!segments) return undefined
    const list = playlist(trees.current, segments, links, address, clock.nowMs() + LINK_LIFE_MS)
    return list === undefined
      ? undefined
      : file(`${segments.at(-1) ?? 'playlist'}.m3u`, 'audio/x-mpegurl; charset=utf-8', list)
  }

  #usesBasic(address: DriveAddress): boolean {
    return this.#options.login.needsLogin && this.#options.isBasicOverHttp && !address.isTls
  }

  #isAuthorised(authorization: string | undefined): boolean {
    const { token } = this.#options
    if (token === '') return true
    const given = passwordOf(authorization)
    return given !== undefined && timingSafeEqual(digest(given), digest(token))
  }
}

/** Of a bearer or Basic field (RFC 6750 section 2.1, RFC 7617 section 2). */
function passwordOf(authorization: string | undefined): string | undefined {
  const [, scheme, value] = /^(bearer|basic) +([^\s]+) *$/i.exec(authorization ?? '') ?? []
  if (value === undefined || scheme?.toLowerCase() === 'bearer') return value
  const pair = Buffer.from(value, 'base64').toString('utf8')
  const colon = pair.indexOf(':')
  return colon < 0 ? undefined : pair.slice(colon + 1)
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest()

const page = (body: string): ConnectAnswer => ({
  status: 200,
  headers: { ...BEFORE_ALL, 'Content-Type': 'text/html; charset=utf-8', 'Content-Security-Policy': PAGE_POLICY },
  body,
})

const text = (status: number, body: string): ConnectAnswer => ({
  status,
  headers: { ...BEFORE_ALL, 'Content-Type': 'text/plain; charset=utf-8' },
  body,
})

/** To be saved under `name` (RFC 6266, RFC 8187). */
function file(name: string, type: string, body: string | Uint8Array): ConnectAnswer {
  const plain = name.replace(/[^\w .()-]/g, '_')
  const encoded = encodeURIComponent(name).replace(
    /['()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  )
  const disposition = `attachment; filename="${plain}"; filename*=UTF-8''${encoded}`
  return { status: 200, headers: { ...BEFORE_ALL, 'Content-Type': type, 'Content-Disposition': disposition }, body }
}

const pageNumber = (given: string | null): number => (/^\d{1,6}$/.test(given ?? '') ? Number(given) : 0)

function decodedSegments(path: string): readonly string[] | undefined {
  try {
    return path.split('/').map(decodeURIComponent)
  } catch {
    return undefined
  }
}
