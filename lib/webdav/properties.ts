import type { Resource } from './resource.ts'
import { clarkName, davChild, elementsOf, emptyElement, escapeXml, type XmlElement } from './xml.ts'

export interface Quota {
  readonly availableBytes: number
  readonly usedBytes: number
}

/** What a resource has beside its live properties; the library's resources have none of it. */
export interface ResourceExtras {
  /** Dead properties: the whole element by Clark name. */
  readonly dead: ReadonlyMap<string, string>
  /** Content of `lockdiscovery` and of `supportedlock`. */
  readonly lockDiscovery: string
  readonly supportedLock: string
}

export const NO_EXTRAS: ResourceExtras = { dead: new Map(), lockDiscovery: '', supportedLock: '' }

interface Live {
  readonly on: 'file' | 'directory' | 'both'
  /** Part of an allprop answer (RFC 4331 section 3 keeps the quota out of it). */
  readonly isInAllprop: boolean
  readonly render: (resource: Resource, extras: ResourceExtras, quota: () => Quota) => string
}

// Kodi looks for `collection` in the first child only.
const LIVE: ReadonlyMap<string, Live> = new Map<string, Live>([
  [
    'resourcetype',
    {
      on: 'both',
      isInAllprop: true,
      render: ({ kind }) =>
        kind === 'directory' ? '<D:resourcetype><D:collection/></D:resourcetype>' : '<D:resourcetype/>',
    },
  ],
  [
    'displayname',
    {
      on: 'both',
      isInAllprop: true,
      render: ({ name }) => `<D:displayname>${escapeXml(name)}</D:displayname>`,
    },
  ],
  [
    'getcontentlength',
    {
      on: 'file',
      isInAllprop: true,
      render: (resource) =>
        resource.kind === 'file' ? `<D:getcontentlength>${resource.sizeBytes}</D:getcontentlength>` : '',
    },
  ],
  [
    'getcontenttype',
    {
      on: 'file',
      isInAllprop: true,
      render: (resource) =>
        resource.kind === 'file' ? `<D:getcontenttype>${escapeXml(resource.mediaType)}</D:getcontenttype>` : '',
    },
  ],
  [
    'getlastmodified',
    {
      on: 'both',
      isInAllprop: true,
      render: ({ lastModified }) => `<D:getlastmodified>${lastModified}</D:getlastmodified>`,
    },
  ],
  [
    'creationdate',
    {
      on: 'both',
      isInAllprop: true,
      render: ({ modifiedAtMs }) => `<D:creationdate>${isoSecond(modifiedAtMs)}</D:creationdate>`,
    },
  ],
  ['getetag', { on: 'both', isInAllprop: true, render: ({ etag }) => `<D:getetag>${escapeXml(etag)}</D:getetag>` }],
  [
    'supportedlock',
    {
      on: 'both',
      isInAllprop: false,
      render: (_, { supportedLock }) => `<D:supportedlock>${supportedLock}</D:supportedlock>`,
    },
  ],
  [
    'lockdiscovery',
    {
      on: 'both',
      isInAllprop: false,
      render: (_, { lockDiscovery }) => `<D:lockdiscovery>${lockDiscovery}</D:lockdiscovery>`,
    },
  ],
  [
    'quota-available-bytes',
    {
      on: 'directory',
      isInAllprop: false,
      render: (_resource, _extras, quota) =>
        `<D:quota-available-bytes>${quota().availableBytes}</D:quota-available-bytes>`,
    },
  ],
  [
    'quota-used-bytes',
    {
      on: 'directory',
      isInAllprop: false,
      render: (_resource, _extras, quota) => `<D:quota-used-bytes>${quota().usedBytes}</D:quota-used-bytes>`,
    },
  ],
])

const ALLPROP = [...LIVE].flatMap(([name, { isInAllprop }]) => (isInAllprop ? [`{DAV:}${name}`] : []))

/** What the Windows redirector reads; its own limit of 1,000,000 bytes a listing leaves no room for the rest. */
const COMPACT = ['resourcetype', 'getcontentlength', 'getlastmodified', 'creationdate'].map((name) => `{DAV:}${name}`)

/** RFC 3339, to the second: some clients read no fraction. */
const isoSecond = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`

/** Live properties cannot be set; every other name can. */
export const isLive = (clark: string): boolean => clark.startsWith('{DAV:}') && LIVE.has(clark.slice(6))

interface Plan {
  readonly names: readonly string[]
  readonly live: readonly Live['render'][]
  /** Asked for and not live on this kind: dead, or not there. */
  readonly other: readonly string[]
  /** The 404 part when none of `other` is there. */
  readonly missing: string
}

/**
 * What one PROPFIND asks for, compiled once. `key` names the set, equal for equal sets. Renders complete `<D:response>`
 * elements, `D:` bound to `DAV:` by their parent.
 */
export class PropertySet {
  readonly key: string
  /** False when the answer holds figures that change with time. */
  readonly isCacheable: boolean
  readonly #kind: 'prop' | 'allprop' | 'propname'
  readonly #quota: () => Quota
  readonly #file: Plan
  readonly #directory: Plan

  private constructor(kind: 'prop' | 'allprop' | 'propname', names: readonly string[], quota: () => Quota) {
    this.key = `${kind}:${names.join(' ')}`
    this.isCacheable = !names.some((name) => name.startsWith('{DAV:}quota-'))
    this.#kind = kind
    this.#quota = quota
    this.#file = plan(names, 'file', kind === 'prop')
    this.#directory = plan(names, 'directory', kind === 'prop')
  }

  static allprop(quota: () => Quota, isCompact: boolean): PropertySet {
    return new PropertySet('allprop', isCompact ? COMPACT : ALLPROP, quota)
  }

  /** Of a `propfind` element (RFC 4918 section 14.20); undefined when it is none, or asks for more than `maxNames`. */
  static of(root: XmlElement, quota: () => Quota, isCompact: boolean, maxNames = 200): PropertySet | undefined {
    if (root.namespace !== 'DAV:' || root.name !== 'propfind') return undefined
    const prop = davChild(root, 'prop')
    const isAll = davChild(root, 'allprop') !== undefined
    const isName = davChild(root, 'propname') !== undefined
    if (Number(prop !== undefined) + Number(isAll) + Number(isName) !== 1) return undefined
    if (isName)
      return new PropertySet(
        'propname',
        [...LIVE.keys()].map((name) => `{DAV:}${name}`),
        quota,
      )
    const named = [...new Set(elementsOf(prop ?? davChild(root, 'include') ?? EMPTY).map(clarkName))]
    if (named.length > maxNames) return undefined
    if (prop) return new PropertySet('prop', named, quota)
    return new PropertySet('allprop', [...new Set([...(isCompact ? COMPACT : ALLPROP), ...named])], quota)
  }

  render(resource: Resource, extras: ResourceExtras = NO_EXTRAS): string {
    const plan = resource.kind === 'file' ? this.#file : this.#directory
    let found = ''
    let { missing } = plan
    if (this.#kind === 'propname') {
      for (const name of plan.names) found += emptyElement(name)
      for (const name of extras.dead.keys()) found += emptyElement(name)
      missing = ''
    } else {
      for (const render of plan.live) found += render(resource, extras, this.#quota)
      if (this.#kind === 'allprop') {
        if (extras.supportedLock !== '') found += lockProperties(extras)
        for (const [name, xml] of extras.dead) if (!plan.other.includes(name)) found += xml
      }
      if (extras.dead.size > 0 && plan.other.length > 0) {
        for (const name of plan.other) found += extras.dead.get(name) ?? ''
        missing = plan.other
          .filter((name) => !extras.dead.has(name))
          .map(emptyElement)
          .join('')
      }
    }
    const { href } = resource
    const first =
      found !== '' || missing === ''
        ? `<D:propstat><D:prop>${found}</D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat>`
        : ''
    const second =
      missing === ''
        ? ''
        : `<D:propstat><D:prop>${missing}</D:prop><D:status>HTTP/1.1 404 Not Found</D:status></D:propstat>`
    return `<D:response><D:href>${escapeXml(href)}</D:href>${first}${second}</D:response>`
  }
}

const lockProperties = ({ supportedLock, lockDiscovery }: ResourceExtras): string =>
  `<D:supportedlock>${supportedLock}</D:supportedlock><D:lockdiscovery>${lockDiscovery}</D:lockdiscovery>`

const EMPTY: XmlElement = { namespace: '', name: '', attributes: new Map(), children: [] }

/** Only a request that names its properties is told of those that this kind of resource does not have. */
function plan(names: readonly string[], kind: Resource['kind'], isNamed: boolean): Plan {
  const live: Live['render'][] = []
  const own: string[] = []
  const other: string[] = []
  for (const name of names) {
    const property = name.startsWith('{DAV:}') ? LIVE.get(name.slice(6)) : undefined
    if (property && (property.on === 'both' || property.on === kind)) {
      live.push(property.render)
      own.push(name)
    } else if (isNamed || !property) other.push(name)
  }
  return { names: own, live, other, missing: other.map(emptyElement).join('') }
}
