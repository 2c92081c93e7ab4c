import { XMLParser, XMLValidator } from 'fast-xml-parser'

/** An element with its namespace resolved. `children` holds elements and text; text stays as it was written. */
export interface XmlElement {
  readonly namespace: string
  readonly name: string
  /** By Clark name (`{namespace}local`), values as they were written. */
  readonly attributes: ReadonlyMap<string, string>
  readonly children: readonly (XmlElement | string)[]
}

/** Namespaces by their prefixes, inside out: elements share what those around them declare. */
interface Scope {
  readonly declared: ReadonlyMap<string, string>
  readonly outer: Scope | undefined
}

const MAX_DEPTH = 32
/** Of elements, both ends counted. The parser takes some microseconds for each. */
const MAX_TAGS = 1000
const XML_NAMESPACE = 'http://www.w3.org/XML/1998/namespace'
const XMLNS_NAMESPACE = 'http://www.w3.org/2000/xmlns/'
const OUTERMOST: Scope = { declared: new Map([['xml', XML_NAMESPACE]]), outer: undefined }

/** XML 1.0 section 2.2. */
const NO_CHARACTER = /[^\t\n\r\x20-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u
const NAME_START =
  'A-Z_a-z\\xc0-\\xd6\\xd8-\\xf6\\xf8-\\u02ff\\u0370-\\u037d\\u037f-\\u1fff\\u200c\\u200d\\u2070-\\u218f\\u2c00-\\u2fef\\u3001-\\ud7ff\\uf900-\\ufdcf\\ufdf0-\\ufffd\\u{10000}-\\u{effff}'
/** A name without a colon (Namespaces in XML 1.0, section 3). */
const NC_NAME = new RegExp(`^[${NAME_START}][${NAME_START}.0-9\\xb7\\u0300-\\u036f\\u203f\\u2040-]*$`, 'u')

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

/**
 * The root element of a request body; undefined for anything that is not well-formed XML without a DTD, or is too much of
 * it. What is kept of it may stand in answers, which one bad character would spoil for every client.
 */
export function parseXml(body: Buffer): XmlElement | undefined {
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(body)
  } catch {
    return undefined
  }
  if (NO_CHARACTER.test(text) || text.split('<', MAX_TAGS + 2).length > MAX_TAGS + 1) return undefined
  if (/<!(?!--|\[CDATA\[)/.test(text)) return undefined
  try {
    if (XMLValidator.validate(text) !== true) return undefined
    const roots = (parser.parse(text) as ParsedNode[]).filter((node) => tagOf(node) !== undefined)
    const [root] = roots
    if (roots.length !== 1 || root === undefined) return undefined
    const element = resolve(root, OUTERMOST)
    return typeof element === 'string' ? undefined : element
  } catch {
    return undefined // the parser throws too: on names it takes for an attack, and on too deep a nesting
  }
}

/** Throws for a reference to an entity that is not predefined, or to no character. */
function checkReferences(text: string): void {
  for (const [, name, decimal, hex] of text.matchAll(
    /&(?:(amp|lt|gt|quot|apos|#(?:(\d{1,7})|x([0-9a-fA-F]{1,6})));)?/g,
  )) {
    if (name === undefined) throw new Error('unknown entity')
    const code = decimal !== undefined ? Number(decimal) : Number.parseInt(hex ?? '20', 16)
    if (code > 0x10ffff || NO_CHARACTER.test(String.fromCodePoint(code))) throw new Error('reference to no character')
  }
}

const tagOf = (node: ParsedNode): string | undefined =>
  Object.keys(node).find((key) => key !== ':@' && key !== '#text' && key !== '#cdata')

function resolve(node: ParsedNode, outer: Scope): XmlElement | string | undefined {
  const text = node['#text']
  if (typeof text === 'string') {
    checkReferences(text)
    if (text.includes(']]>')) throw new Error('the end of no CDATA section')
    return text
  }
  if (Array.isArray(node['#cdata'])) {
    const [section] = node['#cdata'] as ParsedNode[]
    return typeof section?.['#text'] === 'string' ? escapeXml(section['#text']) : ''
  }
  const tag = tagOf(node)
  if (tag === undefined) return undefined
  const declared = new Map<string, string>()
  const plain: [name: string, value: string][] = []
  for (const [name, written] of Object.entries((node[':@'] ?? {}) as Record<string, unknown>)) {
    const value = String(written)
    checkReferences(value)
    if (name === 'xmlns') declared.set('', value)
    else if (name.startsWith('xmlns:')) declared.set(name.slice(6), value)
    else plain.push([name, value])
  }
  for (const [prefix, namespace] of declared) checkDeclaration(prefix, namespace)
  const scope = declared.size === 0 ? outer : { declared, outer }
  const attributes = new Map<string, string>()
  for (const [attribute, value] of plain) {
    const [namespace, local] = qualified(attribute, scope, '')
    const clark = `{${namespace}}${local}`
    if (attributes.has(clark)) throw new Error('an attribute twice')
    attributes.set(clark, value)
  }
  const [namespace, name] = qualified(tag, scope, namespaceOf('', scope))
  if (namespace === XML_NAMESPACE) throw new Error('an element of the reserved namespace')
  const children = (node[tag] as ParsedNode[]).flatMap((child) => resolve(child, scope) ?? [])
  return { namespace, name, attributes, children }
}

/** Namespaces in XML 1.0, sections 3 and 5: the reserved ones stay, and a prefix cannot be undeclared. */
function checkDeclaration(prefix: string, namespace: string): void {
  const isXml = namespace === XML_NAMESPACE
  if (prefix === 'xmlns' || namespace === XMLNS_NAMESPACE || (prefix === 'xml') !== isXml) {
    throw new Error('reserved namespace')
  }
  if (prefix !== '' && (namespace === '' || !NC_NAME.test(prefix))) throw new Error('no namespace for a prefix')
}

function namespaceOf(prefix: string, innermost: Scope): string | undefined {
  for (let scope: Scope | undefined = innermost; scope; scope = scope.outer) {
    const namespace = scope.declared.get(prefix)
    if (namespace !== undefined) return namespace
  }
  return undefined
}

function qualified(name: string, scope: Scope, unprefixed = ''): [namespace: string, local: string] {
  const colon = name.indexOf(':')
  const namespace = colon < 0 ? unprefixed : namespaceOf(name.slice(0, colon), scope)
  const local = name.slice(colon + 1)
  if (namespace === undefined || !NC_NAME.test(local)) throw new Error('undeclared prefix, or no name')
  return [namespace, local]
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
    const end = clark.lastIndexOf('}')
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
  const end = clark.lastIndexOf('}') // a namespace may hold one
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
