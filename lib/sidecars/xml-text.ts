/** An element: nothing for null, its text escaped, or its children indented. */
export type XmlPart = XmlElement | null

export interface XmlElement {
  readonly name: string
  readonly attributes: Readonly<Record<string, string>>
  readonly content: string | readonly XmlElement[]
}

type Value = string | number | null

/** Null for no value, so that an unknown field leaves no empty element. */
export function element(name: string, value: Value, attributes: Readonly<Record<string, string>> = {}): XmlPart {
  return value === null ? null : { name, attributes, content: String(value) }
}

/** Null without children. */
export function parent(
  name: string,
  parts: readonly XmlPart[],
  attributes: Readonly<Record<string, string>> = {},
): XmlPart {
  const content = parts.filter((part) => part !== null)
  return content.length === 0 ? null : { name, attributes, content }
}

/** A document whose top level may hold several elements, as Kodi stacks episodes. */
export function xmlDocument(parts: readonly XmlPart[]): string {
  const roots = parts.filter((part) => part !== null).map((part) => render(part, ''))
  return `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n${roots.join('')}`
}

function render({ name, attributes, content }: XmlElement, indent: string): string {
  const given = Object.entries(attributes).map(([key, value]) => ` ${key}="${escapeXml(value)}"`)
  const open = `${indent}<${name}${given.join('')}>`
  if (typeof content === 'string') return `${open}${escapeXml(content)}</${name}>\n`
  return `${open}\n${content.map((child) => render(child, `${indent}  `)).join('')}${indent}</${name}>\n`
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }
/** What XML 1.0 section 2.2 forbids, lone surrogates included; further control characters, which it discourages. */
const FORBIDDEN = /(?![\t\n\r])\p{Cc}|\p{Cs}|[\ufffe\uffff]/gu

/** For content and quoted attributes. Characters that no document may hold are left out. */
export const escapeXml = (text: string): string =>
  text.replace(FORBIDDEN, '').replace(/[&<>"]/g, (character) => ENTITIES[character] ?? character)
