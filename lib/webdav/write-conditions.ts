import { evaluateConditions } from './conditions.ts'
import { isRefusal, parseReference } from './guard.ts'
import { evaluateIf } from './if-header.ts'
import type { LockTable, WriteScope } from './lock-table.ts'
import { encodePath, type Resource } from './resource.ts'
import { type Answer, davError, type Exchange, PRECONDITION_FAILED } from './responses.ts'
import { escapeXml } from './xml.ts'

/** A part of the drive that may be written, with locks of its own. Paths are decoded names from the root of the drive. */
export interface WritableSpace {
  readonly locks: LockTable
  holds(segments: readonly string[]): boolean
  stat(segments: readonly string[]): Promise<Resource | undefined>
}

/**
 * Why a write may not happen: 412 for If and the conditions of RFC 9110, 423 naming the locks whose token was not sent.
 * Undefined when it may.
 */
export async function forbids(
  space: WritableSpace,
  exchange: Exchange,
  scopes: readonly WriteScope[],
): Promise<Answer | undefined> {
  const { request, req } = exchange
  const current = await space.stat(request.segments)
  if (evaluateConditions(req.headers, current, false) === 'failed') return PRECONDITION_FAILED
  if (request.ifHeader) {
    const isMet = await evaluateIf(request.ifHeader, async (tag) => {
      const segments = tag === undefined ? request.segments : parseReference(tag, req.headers.host)
      if (isRefusal(segments) || !space.holds(segments)) return undefined
      const resource = await space.stat(segments)
      return { etag: resource?.etag, tokens: space.locks.covering(segments).map(({ token }) => token) }
    })
    if (!isMet) return PRECONDITION_FAILED
  }
  const tokens = request.ifHeader?.tokens ?? new Set<string>()
  const blocking = scopes.flatMap((scope) => space.locks.blocking(scope, tokens))
  if (blocking.length === 0) return undefined
  const roots = new Set(blocking.map((lock) => escapeXml(encodePath(lock.segments))))
  const hrefs = [...roots].map((href) => `<D:href>${href}</D:href>`).join('')
  return davError(423, `<D:lock-token-submitted>${hrefs}</D:lock-token-submitted>`)
}
