import type { Lock } from './lock-table.ts'
import {
  type Answer,
  davError,
  type Exchange,
  READ_ONLY,
  readBody,
  send,
  text,
  XML_PROLOG,
  XML_TYPE,
} from './responses.ts'
import { forbids, type WritableSpace } from './write-conditions.ts'
import { davChild, parseXml, serializeChildren } from './xml.ts'

export interface LockableSpace extends WritableSpace {
  /** Makes the file that a lock on nothing stands for; without it there is none to be locked. */
  createEmpty?(segments: readonly string[]): Promise<void>
  /** Whether a file of this name would be taken and not kept. */
  isDiscarded(segments: readonly string[]): boolean
}

const MAX_BODY_BYTES = 16 * 1024

/** LOCK (RFC 4918 section 9.10): a new lock by its body, a refresh without one. */
export async function handleLock(space: LockableSpace, exchange: Exchange): Promise<void> {
  const { req, res } = exchange
  send(req, res, await lock(space, exchange))
}

async function lock(space: LockableSpace, exchange: Exchange): Promise<Answer> {
  const { request, req, res } = exchange
  if (request.depth === '1') return text(400, 'LOCK has the depth 0 or infinity')
  const body = request.hasBody ? await readBody(req, res, MAX_BODY_BYTES) : Buffer.alloc(0)
  if (!body) return text(413, `a LOCK body has at most ${MAX_BODY_BYTES} bytes`)
  if (body.length === 0) return refresh(space, exchange)

  const root = parseXml(body)
  const scope = root && davChild(root, 'lockscope')
  const type = root && davChild(root, 'locktype')
  if (root?.namespace !== 'DAV:' || root.name !== 'lockinfo' || !scope || !type || !davChild(type, 'write')) {
    return text(400, 'the body is no lockinfo element')
  }
  const isExclusive = davChild(scope, 'exclusive') !== undefined
  if (!isExclusive && !davChild(scope, 'shared')) return text(400, 'the scope is exclusive or shared')

  const { segments } = request
  const isThere = (await space.stat(segments)) !== undefined
  const isKept = !isThere && !space.isDiscarded(segments)
  if (isKept && !space.createEmpty) return READ_ONLY
  if (isKept && (await space.stat(segments.slice(0, -1)))?.kind !== 'directory') {
    return text(409, 'the parent is no directory')
  }
  const forbidden = await forbids(
    space,
    exchange,
    isKept ? [{ segments: segments.slice(0, -1), changesMembership: false, isRecursive: false }] : [],
  )
  if (forbidden) return forbidden
  const owner = davChild(root, 'owner')
  const made = space.locks.create({
    segments,
    isExclusive,
    depth: request.depth === '0' ? '0' : 'infinity',
    ownerXml: owner ? serializeChildren(owner) : '',
    timeoutS: request.timeoutS,
  })
  if (!('token' in made)) {
    return made.length === 0 ? text(507, 'too many locks') : davError(423, '<D:no-conflicting-lock/>')
  }
  if (isKept) {
    try {
      await space.createEmpty?.(segments)
    } catch (error) {
      space.locks.remove(segments, made.token)
      throw error
    }
  }
  return granted(space, segments, made, isThere ? 200 : 201)
}

function refresh(space: LockableSpace, { request }: Exchange): Answer {
  const { segments, ifHeader, timeoutS } = request
  if (!ifHeader) return text(400, 'a refresh names its lock in If')
  const refreshed = space.locks.refresh(segments, ifHeader.tokens, timeoutS)
  if (!refreshed) return davError(412, '<D:lock-token-matches-request-uri/>')
  return granted(space, segments, undefined, 200)
}

function granted(space: LockableSpace, segments: readonly string[], made: Lock | undefined, status: number): Answer {
  const discovery = space.locks.discovery(segments)
  return {
    status,
    headers: { 'Content-Type': XML_TYPE, ...(made && { 'Lock-Token': `<${made.token}>` }) },
    body: `${XML_PROLOG}<D:prop xmlns:D="DAV:"><D:lockdiscovery>${discovery}</D:lockdiscovery></D:prop>`,
  }
}

/** UNLOCK (RFC 4918 section 9.11). */
export function handleUnlock(space: LockableSpace, { request, req, res }: Exchange): void {
  const token = /^<([^<>]+)>$/.exec(String(req.headers['lock-token'] ?? '').trim())?.[1]
  send(req, res, unlock(space, request.segments, token))
}

function unlock(space: LockableSpace, segments: readonly string[], token: string | undefined): Answer {
  if (token === undefined) return text(400, 'Lock-Token is missing or malformed')
  if (!space.locks.remove(segments, token)) return davError(409, '<D:lock-token-matches-request-uri/>')
  return { status: 204 }
}
