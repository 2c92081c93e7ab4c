import type { PropertyChange } from './dead-properties.ts'
import type { Inbox } from './inbox.ts'
import { isLitter } from './names.ts'
import { isLive } from './properties.ts'
import { encodePath } from './resource.ts'
import {
  type Answer,
  type Exchange,
  MULTISTATUS_CLOSE,
  MULTISTATUS_OPEN,
  NOT_FOUND,
  readBody,
  send,
  text,
  XML_TYPE,
} from './responses.ts'
import {
  clarkName,
  davChild,
  elementsOf,
  emptyElement,
  languageOf,
  parseXml,
  serializeXml,
  type XmlElement,
} from './xml.ts'

const MAX_BODY_BYTES = 64 * 1024

/** PROPPATCH in the inbox (RFC 4918 section 9.2): the instructions in their order, all of them or none. */
export async function handleProppatch(inbox: Inbox, exchange: Exchange): Promise<void> {
  const { req, res } = exchange
  send(req, res, await proppatch(inbox, exchange))
}

async function proppatch(inbox: Inbox, exchange: Exchange): Promise<Answer> {
  const { request, req, res } = exchange
  const { segments } = request
  const body = await readBody(req, res, MAX_BODY_BYTES)
  if (!body) return text(413, `a PROPPATCH body has at most ${MAX_BODY_BYTES} bytes`)
  const root = parseXml(body)
  const changes = root && changesOf(root)
  if (!changes) return text(400, 'the body is no propertyupdate element')
  const resource = await inbox.stat(segments)
  const isDiscarded = !resource && isLitter(segments.at(-1) ?? '')
  if (!resource && !isDiscarded) return NOT_FOUND
  const forbidden = await inbox.forbids(exchange, [{ segments, changesMembership: false, isRecursive: false }])
  if (forbidden) return forbidden

  const names = [...new Set(changes.map(({ name }) => name))]
  const isRefused = names.some(isLive)
  if (!isRefused && !isDiscarded) await inbox.properties.update(inbox.propertyKey(segments), changes)
  const propstats = isRefused
    ? propstat(names.filter(isLive), '403 Forbidden', '<D:error><D:cannot-modify-protected-property/></D:error>') +
      propstat(
        names.filter((name) => !isLive(name)),
        '424 Failed Dependency',
      )
    : propstat(names, '200 OK')
  const href = resource?.href ?? encodePath(segments)
  return {
    status: 207,
    headers: { 'Content-Type': XML_TYPE },
    body: `${MULTISTATUS_OPEN}<D:response><D:href>${href}</D:href>${propstats}</D:response>${MULTISTATUS_CLOSE}`,
  }
}

/** Undefined unless it is a propertyupdate with at least one instruction. */
function changesOf(root: XmlElement): readonly PropertyChange[] | undefined {
  if (root.namespace !== 'DAV:' || root.name !== 'propertyupdate') return undefined
  const changes = elementsOf(root).flatMap((instruction) => {
    const isSet = instruction.name === 'set'
    const prop = davChild(instruction, 'prop')
    if (instruction.namespace !== 'DAV:' || !prop || (!isSet && instruction.name !== 'remove')) return []
    const language = languageOf(prop) ?? languageOf(instruction) ?? languageOf(root)
    return elementsOf(prop).map((element) => ({
      name: clarkName(element),
      xml: isSet ? serializeXml(element, language) : undefined,
    }))
  })
  return changes.length > 0 ? changes : undefined
}

const propstat = (names: readonly string[], status: string, error = ''): string =>
  names.length === 0
    ? ''
    : `<D:propstat><D:prop>${names.map(emptyElement).join('')}</D:prop><D:status>HTTP/1.1 ${status}</D:status>${error}</D:propstat>`
