import { matches } from './conditions.ts'

interface Condition {
  readonly isNegated: boolean
  /** A state token (a URI), or an entity-tag with its quotes. */
  readonly kind: 'token' | 'etag'
  readonly value: string
}

interface List {
  /** Undefined for the request's own target. */
  readonly tag: string | undefined
  readonly conditions: readonly Condition[]
}

/** A parsed If field (RFC 4918 section 10.4). */
export interface IfHeader {
  readonly lists: readonly List[]
  /** Every state token in it, which is what "submitted" means (section 6.5), negated ones left out. */
  readonly tokens: ReadonlySet<string>
}

/** What a list's conditions are held against. */
export interface ResourceState {
  readonly etag: string | undefined
  readonly tokens: readonly string[]
}

const MAX_CONDITIONS = 64
const LEXEME = /[ \t]*(?:<([^<>\s]*)>|\[((?:W\/)?"[^"]*")\]|(\()|(\))|(Not)(?=[ \t<[]))/iy

/** Undefined when the field does not follow the grammar of RFC 4918 section 10.4.2. */
export function parseIf(field: string): IfHeader | undefined {
  const lists: List[] = []
  const tokens = new Set<string>()
  let tag: string | undefined
  let isTagUsed = true
  let open: Condition[] | undefined
  let isNegated = false
  let count = 0
  const text = field.trim()
  LEXEME.lastIndex = 0
  while (LEXEME.lastIndex < text.length) {
    const lexeme = LEXEME.exec(text)
    if (!lexeme) return undefined
    const [, angled, etag, opening, closing, not] = lexeme
    if (open === undefined) {
      if (opening !== undefined) open = []
      else if (angled !== undefined && angled !== '' && isTagUsed) {
        if (lists.length > 0 && tag === undefined) return undefined // tagged and untagged lists do not mix
        tag = angled
        isTagUsed = false
      } else return undefined
    } else if (closing !== undefined) {
      if (open.length === 0 || isNegated) return undefined
      lists.push({ tag, conditions: open })
      isTagUsed = true
      open = undefined
    } else if (not !== undefined) {
      if (isNegated) return undefined
      isNegated = true
    } else if (angled !== undefined || etag !== undefined) {
      count += 1
      if (count > MAX_CONDITIONS || angled === '') return undefined
      if (angled !== undefined && !isNegated) tokens.add(angled)
      open.push({ isNegated, kind: angled === undefined ? 'etag' : 'token', value: angled ?? etag ?? '' })
      isNegated = false
    } else return undefined
  }
  return open === undefined && isTagUsed && lists.length > 0 ? { lists, tokens } : undefined
}

/**
 * True when one list holds (RFC 4918 section 10.4.3). `stateOf` is asked once per tag; it gives undefined for a tag that
 * is none of this server's resources, whose state nothing matches.
 */
export async function evaluateIf(
  header: IfHeader,
  stateOf: (tag: string | undefined) => Promise<ResourceState | undefined>,
): Promise<boolean> {
  const states = new Map<string | undefined, ResourceState | undefined>()
  for (const list of header.lists) {
    if (!states.has(list.tag)) states.set(list.tag, await stateOf(list.tag))
    const state = states.get(list.tag)
    if (list.conditions.every((condition) => holds(condition, state))) return true
  }
  return false
}

function holds(condition: Condition, state: ResourceState | undefined): boolean {
  const isMatch =
    condition.kind === 'token'
      ? (state?.tokens.includes(condition.value) ?? false)
      : state?.etag !== undefined && matches(condition.value, state.etag, 'strong')
  return isMatch !== condition.isNegated
}
