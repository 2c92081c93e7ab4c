import type { PropertyChange } from './dead-properties.ts'
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
import { forbids, type WritableSpace } from './write-conditions.ts'
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

export interface PropertySpace extends WritableSpace {
  /** Whether a property (Clark name) cannot be set there. */
  isProtected(name: string): boolean
  /** Whether a file of this name would be taken and not kept. */
  isDiscarded(segments: readonly string[]): boolean
  /** All of the changes or none. */
  updateProperties(segments: readonly string[], changes: readonly PropertyChange[]): Promise<void>
}

const MAX_BODY_BYTES = 64 * 1024

/** PROPPATCH (RFC 4918 section 9.2): the instructions in their order, all of them or none. */
export async function handleProppatch(space: PropertySpace, exchange: Exchange): Promise<void> {
  const { req, res } = exchange
  send(req, res, await proppatch(space, exchange))
}

async function proppatch(space: PropertySpace, exchange: Exchange): Promise<Answer> {
  const { request, req, res } = exchange
  const { segments } = request
  const body = await readBody(req, res, MAX_BODY_BYTES)
  if (!body) return text(413, `a PROPPATCH body has at most ${MAX_BODY_BYTES} bytes`)
  const root = parseXml(body)
  const changes = root && changesOf(root)
  if (!changes) return text(400, 'the body is no propertyupdate element')
  const resource = await space.stat(segments)
  const isDiscarded = !resource && space.isDiscarded(segments)
  if (!resource && !isDiscarded) return NOT_FOUND
  const forbidden = await forbids(space, exchange, [{ segments, changesMembership: false, isRecursive: false }])
  if (forbidden) return forbidden

  const names = [...new Set(changes.map(({ name }) => name))]
  const refused = names.filter((name) => space.isProtected(name))
  const isRefused = refused.length > 0
  if (!isRefused && !isDiscarded) await space.updateProperties(segments, changes)
  const propstats = isRefused
    ? propstat(refused, '403 Forbidden', '<D:error><D:cannot-modify-protected-property/></D:error>') +
      propstat(
        names.filter((name) => !refused.includes(name)),
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
