import type { IncomingHttpHeaders } from 'node:http'

/** The validators of what is there now; undefined where nothing is. */
export interface Validators {
  readonly etag: string
  readonly modifiedAtMs: number
}

export type Verdict = 'proceed' | 'not_modified' | 'failed'

/**
 * The preconditions of RFC 9110 section 13.2.2 in their order: If-Match, else If-Unmodified-Since; then If-None-Match,
 * else If-Modified-Since. `not_modified` (304) only for a read; `failed` is 412. If-Range is `isRangeWanted`'s part.
 */
export function evaluateConditions(
  headers: IncomingHttpHeaders,
  current: Validators | undefined,
  isRead: boolean,
): Verdict {
  const ifMatch = headers['if-match']
  const ifUnmodifiedSince = headers['if-unmodified-since']
  if (ifMatch !== undefined) {
    if (!current || !matches(ifMatch, current.etag, 'strong')) return 'failed'
  } else if (ifUnmodifiedSince !== undefined && current) {
    const dateMs = parseHttpDate(ifUnmodifiedSince)
    if (dateMs !== undefined && wholeSecondMs(current.modifiedAtMs) > dateMs) return 'failed'
  }
  const ifNoneMatch = headers['if-none-match']
  if (ifNoneMatch !== undefined) {
    if (current && matches(ifNoneMatch, current.etag, 'weak')) return isRead ? 'not_modified' : 'failed'
    return 'proceed'
  }
  const ifModifiedSince = headers['if-modified-since']
  if (isRead && ifModifiedSince !== undefined && current) {
    const dateMs = parseHttpDate(ifModifiedSince)
    if (dateMs !== undefined && wholeSecondMs(current.modifiedAtMs) <= dateMs) return 'not_modified'
  }
  return 'proceed'
}

/** Whether Range still counts (RFC 9110 section 13.1.5): If-Range names the very validator, strongly. */
export function isRangeWanted(ifRange: string | undefined, current: Validators): boolean {
  if (ifRange === undefined) return true
  const text = ifRange.trim()
  if (text.startsWith('"') || text.startsWith('W/')) return text === current.etag && !current.etag.startsWith('W/')
  return parseHttpDate(text) === wholeSecondMs(current.modifiedAtMs)
}

/** Whether an entity-tag list or `*` holds `etag`; anything malformed in it matches nothing. */
export function matches(list: string, etag: string, comparison: 'strong' | 'weak'): boolean {
  if (list.trim() === '*') return true
  for (const [, weak, opaque] of list.matchAll(/(W\/)?("[\x21\x23-\x7e\x80-\xff]*")/g)) {
    if (comparison === 'weak' && opaque === etag.replace(/^W\//, '')) return true
    if (comparison === 'strong' && weak === undefined && opaque === etag) return true
  }
  return false
}

const wholeSecondMs = (ms: number): number => Math.floor(ms / 1000) * 1000

const HTTP_DATE = new RegExp(
  [
    '^[A-Z][a-z]{2}, \\d{2} [A-Z][a-z]{2} \\d{4} \\d{2}:\\d{2}:\\d{2} GMT$',
    '^[A-Z][a-z]{5,8}, \\d{2}-[A-Z][a-z]{2}-\\d{2} \\d{2}:\\d{2}:\\d{2} GMT$',
    '^[A-Z][a-z]{2} [A-Z][a-z]{2} [ \\d]\\d \\d{2}:\\d{2}:\\d{2} \\d{4}$',
  ].join('|'),
)

/** The three forms of RFC 9110 section 5.6.7; undefined for anything else, which makes its condition not count. */
export function parseHttpDate(text: string): number | undefined {
  const trimmed = text.trim()
  if (!HTTP_DATE.test(trimmed)) return undefined
  const ms = Date.parse(trimmed.endsWith('GMT') ? trimmed : `${trimmed} GMT`)
  return Number.isNaN(ms) ? undefined : ms
}
