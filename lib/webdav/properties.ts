import { createHash } from 'node:crypto'
import type { FileResource, Resource } from './resource.ts'
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
  /** The element's content. */
  readonly value: (resource: Resource, extras: ResourceExtras, quota: () => Quota) => string
}

const LIVE: ReadonlyMap<string, Live> = new Map<string, Live>([
  // Kodi looks for `collection` in the first child only.
  ['resourcetype', onBoth(({ kind }) => (kind === 'directory' ? '<D:collection/>' : ''))],
  ['displayname', onBoth(({ name }) => escapeXml(name))],
  ['getcontentlength', onFiles(({ sizeBytes }) => String(sizeBytes))],
  ['getcontenttype', onFiles(({ mediaType }) => escapeXml(mediaType))],
  ['getlastmodified', onBoth(({ lastModified }) => lastModified)],
  ['creationdate', onBoth(({ modifiedAtMs }) => isoSecond(modifiedAtMs))],
  ['getetag', onBoth(({ etag }) => escapeXml(etag))],
  ['supportedlock', onRequest('both', (_, { supportedLock }) => supportedLock)],
  ['lockdiscovery', onRequest('both', (_, { lockDiscovery }) => lockDiscovery)],
  ['quota-available-bytes', onRequest('directory', (_, _extras, quota) => String(quota().availableBytes))],
  ['quota-used-bytes', onRequest('directory', (_, _extras, quota) => String(quota().usedBytes))],
])

function onBoth(value: (resource: Resource) => string): Live {
  return { on: 'both', isInAllprop: true, value }
}

function onFiles(value: (file: FileResource) => string): Live {
  return { on: 'file', isInAllprop: true, value: (resource) => (resource.kind === 'file' ? value(resource) : '') }
}

function onRequest(on: Live['on'], value: Live['value']): Live {
  return { on, isInAllprop: false, value }
}

const ALLPROP = [...LIVE].flatMap(([name, { isInAllprop }]) => (isInAllprop ? [`{DAV:}${name}`] : []))

/** What the Windows redirector reads; its own limit of 1,000,000 bytes a listing leaves no room for the rest. */
const COMPACT = ['resourcetype', 'getcontentlength', 'getlastmodified', 'creationdate'].map((name) => `{DAV:}${name}`)

const DAY_MS = 86_400_000
const twoDigits = Array.from({ length: 60 }, (_, value) => String(value).padStart(2, '0'))
let isoDay = { day: 0, text: '1970-01-01T' }

/** RFC 3339, to the second: some clients read no fraction. Most of a listing's dates lie together: the day is kept. */
function isoSecond(ms: number): string {
  const day = Math.floor(ms / DAY_MS)
  if (day !== isoDay.day) isoDay = { day, text: new Date(ms).toISOString().slice(0, 11) }
  const second = Math.floor((ms - day * DAY_MS) / 1000)
  const minute = Math.floor(second / 60)
  return `${isoDay.text}${twoDigits[Math.floor(minute / 60)]}:${twoDigits[minute % 60]}:${twoDigits[second % 60]}Z`
}

/** Live properties cannot be set; every other name can. */
export const isLive = (clark: string): boolean => clark.startsWith('{DAV:}') && LIVE.has(clark.slice(6))

type Kind = 'prop' | 'allprop' | 'propname'

/** Of all names asked for: each listing repeats those that are not there for each of its thousands of entries. */
const MAX_KEPT_CHARS = 2048

/** How a response of one kind of resource is put together: `texts[0]`, `values[0]`, `texts[1]`, …, `texts.at(-1)`. */
interface Plan {
  readonly texts: readonly string[]
  readonly values: readonly Live['value'][]
  /** Asked for and not live on this kind: dead, or not there. */
  readonly other: readonly string[]
}

/**
 * What one PROPFIND asks for, compiled once. `key` names the set, equal for equal sets. Renders complete `<D:response>`
 * elements, `D:` bound to `DAV:` by their parent.
 */
export class PropertySet {
  readonly key: string
  /** Stands for the key where it has to be short. */
  readonly tag: string
  /** False when the answer holds figures that change with time, or for each resource more names than clients ask for. */
  readonly isCacheable: boolean
  readonly #kind: Kind
  readonly #quota: () => Quota
  readonly #file: Plan
  readonly #directory: Plan

  private constructor(kind: Kind, names: readonly string[], quota: () => Quota) {
    this.key = `${kind}:${names.join(' ')}`
    this.tag = createHash('sha1').update(this.key).digest('base64url').slice(0, 8)
    this.isCacheable = this.key.length <= MAX_KEPT_CHARS && !names.some((name) => name.startsWith('{DAV:}quota-'))
    this.#kind = kind
    this.#quota = quota
    this.#file = plan(names, 'file', kind)
    this.#directory = plan(names, 'directory', kind)
  }

  static allprop(quota: () => Quota, isCompact: boolean): PropertySet {
    return new PropertySet('allprop', isCompact ? COMPACT : ALLPROP, quota)
  }

  /** These properties by Clark name, in this order. */
  static named(names: readonly string[], quota: () => Quota): PropertySet {
    return new PropertySet('prop', names, quota)
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
    if (prop) return PropertySet.named(named, quota)
    return new PropertySet('allprop', [...new Set([...(isCompact ? COMPACT : ALLPROP), ...named])], quota)
  }

  render(resource: Resource, extras: ResourceExtras = NO_EXTRAS): string {
    const { texts, values, other } = resource.kind === 'file' ? this.#file : this.#directory
    let xml = `<D:response><D:href>${escapeXml(resource.href)}`
    for (let index = 0; index < values.length; index++) {
      xml += texts[index] ?? ''
      xml += values[index]?.(resource, extras, this.#quota) ?? ''
    }
    if (extras === NO_EXTRAS) return xml + (texts[values.length] ?? '')
    const found = other.filter((name) => extras.dead.has(name))
    const missing = other.filter((name) => !extras.dead.has(name))
    let more = found.map((name) => extras.dead.get(name)).join('')
    if (this.#kind === 'propname') more = [...extras.dead.keys()].map(emptyElement).join('')
    if (this.#kind === 'allprop') {
      more += lockProperties(extras)
      for (const [name, xml] of extras.dead) if (!found.includes(name)) more += xml
    }
    const [before = ''] = (texts[values.length] ?? '').split(FOUND_END, 1)
    return xml + before + more + FOUND_END + missingPart(missing) + RESPONSE_END
  }
}

const FOUND_START = '</D:href><D:propstat><D:prop>'
const FOUND_END = '</D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat>'
const RESPONSE_END = '</D:response>'

const missingPart = (names: readonly string[]): string =>
  names.length === 0
    ? ''
    : `<D:propstat><D:prop>${names.map(emptyElement).join('')}</D:prop><D:status>HTTP/1.1 404 Not Found</D:status></D:propstat>`

const lockProperties = ({ supportedLock, lockDiscovery }: ResourceExtras): string =>
  `<D:supportedlock>${supportedLock}</D:supportedlock><D:lockdiscovery>${lockDiscovery}</D:lockdiscovery>`

const EMPTY: XmlElement = { namespace: '', name: '', attributes: new Map(), children: [] }

/** Only a request that names its properties is told of those that this kind of resource does not have. */
function plan(names: readonly string[], resource: Resource['kind'], kind: Kind): Plan {
  const texts = [FOUND_START]
  const values: Live['value'][] = []
  const other: string[] = []
  for (const clark of names) {
    const name = clark.slice('{DAV:}'.length)
    const live = clark.startsWith('{DAV:}') ? LIVE.get(name) : undefined
    if (live && (live.on === 'both' || live.on === resource)) {
      const last = texts.length - 1
      if (kind === 'propname') {
        texts[last] += emptyElement(clark)
        continue
      }
      texts[last] += `<D:${name}>`
      texts.push(`</D:${name}>`)
      values.push(live.value)
    } else if (kind === 'prop' || !live) other.push(clark)
  }
  texts[texts.length - 1] += FOUND_END + missingPart(other) + RESPONSE_END
  return { texts, values, other }
}
