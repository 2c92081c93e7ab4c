import type { Quality } from '../domain/identify.ts'
import { eachMatch } from './each-match.ts'
import { qualityOf } from './quality.ts'
import { TAG_RULES, type TagKind, type TagStrength } from './vocabulary.ts'

export interface Tag {
  readonly start: number
  readonly end: number
  readonly kind: TagKind
  readonly strength: TagStrength
  readonly text: string
}

export interface ReleaseTags {
  /** By position, not overlapping. A weak tag is here only when its neighbours are tags too. */
  readonly tags: readonly Tag[]
  /** Where the description begins: everything a title can be made of stands before it. The name's length without one. */
  readonly titleEnd: number
  /** The first tag that can be nothing else, or the name's length. */
  readonly firstStrong: number
  /** The name with each tag's characters replaced by U+E000: same positions, nothing left that looks like a number. */
  readonly masked: string
  readonly quality: Quality
}

export const MASK = '\uE000'

const SEPARATORS = /^[\s._\-,+&|/()[\]{}]*$/
const MAX_GAP = 6

/** Finds what a release name says beside its title and numbers. Tags before `titleStart` end no title. */
export function scanTags(text: string, titleStart = 0): ReleaseTags {
  const taken = new Uint8Array(text.length)
  const found: Tag[] = []
  for (const { kind, strength, pattern } of TAG_RULES) {
    for (const match of eachMatch(pattern, text)) {
      const start = match.index
      const end = start + match[0].length
      if (end === start || taken[start] || taken[end - 1]) continue
      taken.fill(1, start, end)
      found.push({ start, end, kind, strength, text: match[0] })
    }
  }
  found.sort((a, b) => a.start - b.start)
  const least = Math.max(titleStart, 1)
  const firstStrong = found.find((tag) => tag.strength === 'strong' && tag.start >= least)?.start ?? text.length
  const tags = withoutTitleWords(text, found, firstStrong)
  return {
    tags,
    firstStrong,
    titleEnd: descriptionStart(text, tags, firstStrong, titleStart),
    masked: mask(text, tags),
    quality: qualityOf(tags),
  }
}

const touches = (text: string, end: number, start: number): boolean =>
  start - end <= MAX_GAP && SEPARATORS.test(text.slice(end, start))

/** Weak words are tags behind the first strong one, directly before it (through other tags), or in square brackets. */
function withoutTitleWords(text: string, found: readonly Tag[], firstStrong: number): readonly Tag[] {
  const kept: Tag[] = []
  let next: Tag | undefined
  for (const tag of found.toReversed()) {
    const isTag =
      tag.strength !== 'weak' ||
      tag.start > firstStrong ||
      (next !== undefined && next.strength !== 'noise' && touches(text, tag.end, next.start)) ||
      (isBracketed(text, tag) && describes(text, tag, found)) ||
      (tag.kind === 'source' && tag.start > 0 && touches(text, tag.end, text.length))
    if (!isTag) continue
    kept.push(tag)
    next = tag
  }
  return kept.reverse()
}

/** Of `[Web of Lies]` one word could describe, of `[WEB 1080p]` all do: a bracket is a description as a whole. */
function describes(text: string, tag: Tag, found: readonly Tag[]): boolean {
  const open = Math.max(text.lastIndexOf('[', tag.start), text.lastIndexOf('(', tag.start))
  const close = text.slice(tag.end).search(/[\])]/)
  const end = close < 0 ? text.length : tag.end + close
  const inside = found.filter((other) => other.start > open && other.end <= end)
  if (inside.some((other) => other.strength !== 'weak')) return true
  let rest = ''
  let position = open + 1
  for (const other of inside) {
    rest += text.slice(position, other.start)
    position = other.end
  }
  return !/\p{Script=Latin}{2}/u.test(rest + text.slice(position, end))
}

function isBracketed(text: string, tag: Tag): boolean {
  // anime of that name on television, and no film of it: `Title (TV)`
  if (tag.text === 'TV' && text[tag.start - 1] === '(' && text[tag.end] === ')') return false
  const open = Math.max(text.lastIndexOf('[', tag.start), text.lastIndexOf('(', tag.start))
  return open > 0 && tag.start - open <= 24 && text.slice(open, tag.start).search(/[\])]/) < 0
}

/** Walks back from the first strong tag over the weak ones that stand directly before it. */
function descriptionStart(text: string, tags: readonly Tag[], firstStrong: number, titleStart: number): number {
  let start = firstStrong
  for (const tag of tags.toReversed()) {
    if (tag.start >= start || tag.start < titleStart) continue
    if (tag.strength === 'weak' && (isBracketed(text, tag) || touches(text, tag.end, start))) start = tag.start
  }
  return start <= titleStart ? firstStrong : start
}

/** A weak tag stays readable: words do no harm to the numbering, and `E` or `Part` may be one of its own. */
function mask(text: string, tags: readonly Tag[]): string {
  let masked = ''
  let position = 0
  for (const tag of tags) {
    if (tag.strength === 'weak' && tag.kind !== 'resolution' && !/\d/.test(tag.text)) continue
    masked += text.slice(position, tag.start) + MASK.repeat(tag.end - tag.start)
    position = tag.end
  }
  return masked + text.slice(position)
}
