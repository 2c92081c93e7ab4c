import type { IncomingMessage } from 'node:http'
import { type IfHeader, parseIf } from './if-header.ts'

export type Depth = '0' | '1' | 'infinity'

/** A request of which everything that later code reads was decoded and found valid. */
export interface CheckedRequest {
  readonly method: string
  /** Decoded names from the root; empty for the root. */
  readonly segments: readonly string[]
  readonly hasTrailingSlash: boolean
  readonly query: URLSearchParams | undefined
  readonly depth: Depth | undefined
  readonly destination: readonly string[] | undefined
  /** False only for `Overwrite: F`. */
  readonly isOverwrite: boolean
  readonly ifHeader: IfHeader | undefined
  /** Of a LOCK, in seconds. */
  readonly timeoutS: number | undefined
  /** Undefined when the body is chunked or there is none. */
  readonly contentLength: number | undefined
  readonly hasBody: boolean
}

/** Why a request is refused before anything looked at it. */
export interface Refusal {
  readonly status: number
  readonly message: string
}

const MAX_TARGET_CHARS = 8192
const MAX_SEGMENT_BYTES = 255
const MAX_SEGMENTS = 64
const refuse = (status: number, message: string): Refusal => ({ status, message })

export const isRefusal = (value: object): value is Refusal => 'status' in value

/**
 * Decodes a path as it stands in a request line, a Destination or an href. Refuses what no client of a drive sends and
 * a file system must not see: broken percent-encoding or UTF-8, control characters, `\`, an encoded `/`, `..`, a
 * fragment, names over 255 bytes. Empty segments and `.` are dropped.
 */
export function parsePath(encoded: string): readonly string[] | Refusal {
  if (encoded.length > MAX_TARGET_CHARS) return refuse(414, 'the path is too long')
  if (!encoded.startsWith('/')) return refuse(400, 'the path is not absolute')
  if (encoded.includes('#')) return refuse(400, 'a request target has no fragment')
  const path = rawUtf8(encoded)
  if (path === undefined) return refuse(400, 'the path is not UTF-8')
  const segments: string[] = []
  for (const part of path.split('/')) {
    let name = part
    if (part.includes('%')) {
      try {
        name = decodeURIComponent(part)
      } catch {
        return refuse(400, 'the path is not percent-encoded UTF-8')
      }
    }
    if (name === '' || name === '.') continue
    if (name === '..') return refuse(400, 'the path leaves its root')
    if (hasForbidden(name)) return refuse(400, 'the path has a forbidden character')
    if (name.length > MAX_SEGMENT_BYTES / 3 && Buffer.byteLength(name) > MAX_SEGMENT_BYTES) {
      return refuse(414, 'a name is longer than 255 bytes')
    }
    segments.push(name)
  }
  return segments.length > MAX_SEGMENTS ? refuse(414, 'the path is too deep') : segments
}

/** Some clients leave letters outside ASCII as they are; node gives a header's bytes as Latin-1. */
function rawUtf8(path: string): string | undefined {
  if (!/[\x80-\xff]/.test(path)) return path
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(path, 'latin1'))
  } catch {
    return undefined
  }
}

function hasForbidden(name: string): boolean {
  for (let index = 0; index < name.length; index++) {
    const code = name.charCodeAt(index)
    if (code < 0x20 || code === 0x7f || code === 0x2f || code === 0x5c) return true
  }
  return false
}

/**
 * The path of an absolute URI of this host, or of an absolute path. 502 for another host (RFC 4918 section 9.8.5),
 * 400 for what is neither.
 */
export function parseReference(reference: string, host: string | undefined): readonly string[] | Refusal {
  let path = reference.trim()
  const authority = /^[a-z][a-z0-9+.-]*:\/\/([^/?#]*)/i.exec(path)
  if (authority) {
    const named = (authority[1] ?? '').replace(/^.*@/, '').toLowerCase()
    if (host !== undefined && withoutDefaultPort(named) !== withoutDefaultPort(host.toLowerCase())) {
      return refuse(502, 'the destination is on another server')
    }
    path = path.slice(authority[0].length) || '/'
  }
  return parsePath(path.split('?', 1)[0] ?? '')
}

const withoutDefaultPort = (authority: string): string => authority.replace(/:(?:80|443)?$/, '')

/**
 * Whether a page in a browser asks under a name that it may have made point here (DNS rebinding), where nobody needs a
 * login. Browsers send Origin with all but GET and HEAD, other clients do not; to an address, or `localhost`, no page can
 * bind a name of its own.
 */
export function mayBeRebound({ headers }: IncomingMessage): boolean {
  if (headers.origin === undefined) return false
  const name = (headers.host ?? '').replace(/:\d*$/, '')
  return !/^(?:\[.*\]|[\d.]+|(?:.+\.)?localhost)$/i.test(name)
}

/** All checks of a request's line and header fields. */
export function checkRequest(request: IncomingMessage): CheckedRequest | Refusal {
  const { headers, method = 'GET' } = request
  if (hasSeveralHosts(request)) return refuse(400, 'Host comes more than once')
  let target = request.url ?? '/'
  if (target === '*') target = '/'
  if (!target.startsWith('/')) target = target.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i, '') || '/'
  const queryAt = target.indexOf('?')
  const path = queryAt < 0 ? target : target.slice(0, queryAt)
  const segments = parsePath(path)
  if (isRefusal(segments)) return segments

  const depth = parseDepth(headers.depth)
  if (depth === null) return refuse(400, 'Depth is 0, 1 or infinity')

  let destination: readonly string[] | undefined
  if (headers.destination !== undefined) {
    const parsed = parseReference(String(headers.destination), headers.host)
    if (isRefusal(parsed)) return parsed
    destination = parsed
  }

  const overwrite = headers.overwrite === undefined ? 'T' : String(headers.overwrite).trim().toUpperCase()
  if (overwrite !== 'T' && overwrite !== 'F') return refuse(400, 'Overwrite is T or F')

  let ifHeader: IfHeader | undefined
  if (headers.if !== undefined) {
    ifHeader = parseIf(String(headers.if))
    if (!ifHeader) return refuse(400, 'the If field is malformed')
  }

  const isChunked = headers['transfer-encoding'] !== undefined
  let contentLength: number | undefined
  if (!isChunked && headers['content-length'] !== undefined) {
    contentLength = Number(headers['content-length'])
    if (!/^\d+$/.test(headers['content-length']) || !Number.isSafeInteger(contentLength)) {
      return refuse(400, 'Content-Length is not a number')
    }
  }

  return {
    method,
    segments,
    hasTrailingSlash: path.endsWith('/'),
    query: queryAt < 0 ? undefined : new URLSearchParams(target.slice(queryAt + 1)),
    depth,
    destination,
    isOverwrite: overwrite === 'T',
    ifHeader,
    timeoutS: parseTimeout(headers.timeout),
    contentLength,
    hasBody: isChunked || (contentLength ?? 0) > 0,
  }
}

/** RFC 9112 section 3.2. Node keeps the first, whatever a proxy in front went by. */
function hasSeveralHosts({ rawHeaders }: IncomingMessage): boolean {
  let hosts = 0
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index]
    if (name?.length === 4 && name.toLowerCase() === 'host') hosts += 1
  }
  return hosts > 1
}

function parseDepth(field: string | string[] | undefined): Depth | undefined | null {
  if (field === undefined) return undefined
  const depth = String(field).trim().toLowerCase()
  return depth === '0' || depth === '1' || depth === 'infinity' ? depth : null
}

/** The first of a Timeout field's values that is understood (RFC 4918 section 10.7), in seconds. */
function parseTimeout(field: string | string[] | undefined): number | undefined {
  if (field === undefined) return undefined
  for (const part of String(field).split(',')) {
    const text = part.trim().toLowerCase()
    if (text === 'infinite') return Number.POSITIVE_INFINITY
    const seconds = /^second-(\d{1,10})$/.exec(text)?.[1]
    if (seconds !== undefined) return Number(seconds)
  }
  return undefined
}
