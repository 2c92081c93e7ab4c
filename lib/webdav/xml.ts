import { XMLParser, XMLValidator } from 'fast-xml-parser'

/** An element with its namespace resolved. `children` holds elements and text; text stays as it was written. */
export interface XmlElement {
  readonly namespace: string
  readonly name: string
  /** By Clark name (`{namespace}local`), values as they were written. */
  readonly attributes: ReadonlyMap<string, string>
  readonly children: readonly (XmlElement | string)[]
}

const MAX_DEPTH = 32
const XML_NAMESPACE = 'http://www.w3.org/XML/1998/namespace'

// Entities are never expanded: text is kept as written and written back so, hence nothing can blow up.
const parser = new XMLParser({
  preserveOrder: true,
  ignoreAttributes: false,
  attributeNamePrefix: '',
  processEntities: false,
  parseTagValue: false,
  parseAttributeValue: false,
  trimValues: false,
  cdataPropName: '#cdata',
  ignoreDeclaration: true,
  ignorePiTags: true,
  maxNestedTags: MAX_DEPTH,
})

type ParsedNode = Readonly<Record<string, unknown>>

/** The root element of a request body; undefined for anything that is not well-formed XML without a DTD. */
export function parseXml(body: Buffer): XmlElement | undefined {
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(body)
  } catch {
    return undefined
  }
  if (/<!(?!--|\[CDATA\[)/.test(text) || hasUnknownEntity(text)) return undefined
  try {
    if (XMLValidator.validate(text) !== true) return undefined
    const roots = (parser.parse(text) as ParsedNode[]).filter((node) => tagOf(node) !== undefined)
    const [root] = roots
    if (roots.length !== 1 || root === undefined) return undefined
    const element = resolve(root, new Map([['xml', XML_NAMESPACE]]))
    return typeof element === 'string' ? undefined : element
  } catch {
    return undefined // the parser throws on names it takes for an attack, and on too deep a nesting
  }
}

const hasUnknownEntity = (text: string): boolean =>
  /&(?!(?:amp|lt|gt|quot|apos|#\d{1,7}|#x[0-9a-f]{1,6});)/i.test(text.replace(/<!\[CDATA\[.*?\]\]>/gs, ''))

const tagOf = (node: ParsedNode): string | undefined =>
  Object.keys(node).find((key) => key !== ':@' && key !== '#text' && key !== '#cdata')

function resolve(node: ParsedNode, inherited: ReadonlyMap<string, string>): XmlElement | string | undefined {
  if (typeof node['#text'] === 'string') return node['#text']
  if (Array.isArray(node['#cdata'])) {
    const [text] = node['#cdata'] as ParsedNode[]
    return typeof text?.['#text'] === 'string' ? escapeXml(text['#text']) : ''
  }
  const tag = tagOf(node)
  if (tag === undefined) return undefined
  const written = Object.entries((node[':@'] ?? {}) as Record<string, unknown>).map(
    ([name, value]) => [name, String(value)] as const,
  )
  const namespaces = new Map(inherited)
  for (const [name, value] of written) {
    if (name === 'xmlns') namespaces.set('', value)
    else if (name.startsWith('xmlns:')) {
      // Namespaces in XML 1.0, section 5: a prefix cannot be undeclared.
      if (value === '') throw new Error('empty namespace of a prefix')
      namespaces.set(name.slice(6), value)
    }
  }
  const attributes = new Map<string, string>()
  for (const [name, value] of written) {
    if (name === 'xmlns' || name.startsWith('xmlns:')) continue
    const [namespace, local] = name.includes(':') ? qualified(name, namespaces) : ['', name]
    attributes.set(`{${namespace}}${local}`, value)
  }
  const [namespace, name] = qualified(tag, namespaces)
  const children = (node[tag] as ParsedNode[]).flatMap((child) => resolve(child, namespaces) ?? [])
  return { namespace, name, attributes, children }
}

function qualified(name: string, namespaces: ReadonlyMap<string, string>): [namespace: string, local: string] {
  const colon = name.indexOf(':')
  const namespace = namespaces.get(colon < 0 ? '' : name.slice(0, colon))
  if (namespace === undefined && colon >= 0) throw new Error('undeclared prefix')
  return [namespace ?? '', name.slice(colon + 1)]
}

export const elementsOf = (element: XmlElement): XmlElement[] =>
  element.children.filter((child): child is XmlElement => typeof child !== 'string')

/** The first child of this name in `DAV:`. */
export const davChild = (element: XmlElement, name: string): XmlElement | undefined =>
  elementsOf(element).find((child) => child.namespace === 'DAV:' && child.name === name)

export const clarkName = (element: XmlElement): string => `{${element.namespace}}${element.name}`

/** An element that stands alone: every namespace it needs is declared in it. */
export function serializeXml(element: XmlElement, language?: string): string {
  const open = openingTag(element, language)
  const content = serializeChildren(element)
  return content === '' ? `${open}/>` : `${open}>${content}</${prefixed(element.namespace, element.name)}>`
}

/** The content alone, as `serializeXml` writes it. */
export const serializeChildren = (element: XmlElement): string =>
  element.children.map((child) => (typeof child === 'string' ? child : serializeXml(child))).join('')

const prefixed = (namespace: string, name: string): string => (namespace === 'DAV:' ? `D:${name}` : name)

function openingTag(element: XmlElement, language: string | undefined): string {
  let tag = emptyTagStart(element.namespace, element.name)
  let count = 0
  for (const [clark, value] of element.attributes) {
    const end = clark.indexOf('}')
    const namespace = clark.slice(1, end)
    const local = clark.slice(end + 1)
    const quoted = value.replaceAll('<', '&lt;').replaceAll('"', '&quot;')
    if (namespace === '') tag += ` ${local}="${quoted}"`
    else if (namespace === XML_NAMESPACE) tag += ` xml:${local}="${quoted}"`
    else tag += ` xmlns:a${++count}="${quoteUri(namespace)}" a${count}:${local}="${quoted}"`
  }
  if (language !== undefined && !element.attributes.has(`{${XML_NAMESPACE}}lang`)) {
    tag += ` xml:lang="${language.replaceAll('<', '&lt;').replaceAll('"', '&quot;')}"`
  }
  return tag
}

/** The language that holds for an element's children, if it is set there. */
export const languageOf = (element: XmlElement): string | undefined => element.attributes.get(`{${XML_NAMESPACE}}lang`)

const quoteUri = (uri: string): string => uri.replaceAll('<', '&lt;').replaceAll('"', '&quot;')

function emptyTagStart(namespace: string, name: string): string {
  return namespace === 'DAV:' ? `<D:${name}` : `<${name} xmlns="${quoteUri(namespace)}"`
}

/** An element without content, by Clark name; `D:` is bound to `DAV:` by the document's root. */
export function emptyElement(clark: string): string {
  const end = clark.indexOf('}')
  return `${emptyTagStart(clark.slice(1, end), clark.slice(end + 1))}/>`
}

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** For element content, where quotes stand for themselves. Searching for each is several times faster than a pattern. */
export const escapeXml = (text: string): string =>
  text.includes('&') || text.includes('<') || text.includes('>')
    ? text.replace(/[&<>]/g, (character) => ESCAPES[character] ?? '')
    : text

/** For attribute values in either quotes as well. */
export const escapeAttribute = (text: string): string =>
  text.replace(/[&<>"']/g, (character) => ESCAPES[character] ?? '')
