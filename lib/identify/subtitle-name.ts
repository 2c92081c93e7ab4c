import type { SubtitleTraits } from '../domain/identify.ts'
import { isVariantWord, languageOf, plainWord, variantOf } from './subtitle-languages.ts'

export interface SubtitleName extends SubtitleTraits {
  /** What stands before the words that are about the subtitle; empty for `2_English`. */
  readonly title: string
}

/** A word of a name, or the two that name a language together. */
interface Word {
  readonly text: string
  readonly start: number
  readonly language: string | undefined
  /** A code of two letters that may as well be a word of a title. */
  readonly isDoubtful: boolean
}

const FORCED = /^(?:forced|foreign|signs?|songs?)$/
const HEARING_IMPAIRED = /^(?:sdh|cc|hoh|hearing|impaired)$/
const COMMENTARY = /^comment(?:ary|aries|s)?$/
/** Said of subtitles, of their language nothing. */
const NEUTRAL =
  /^(?:subs?|subtitles?|track|full|complete|default|dialogues?|parts?|only|utf|ansi|synced|resync|und|vobsub|pgs|\d{1,3})$/
/** Of a longer name the end is read. */
const MAX_LENGTH = 512

/** A subtitle's name without its extension, read from its end: the words before those about it are its title. */
export function readSubtitleName(stem: string): SubtitleName {
  const text = stem.slice(-MAX_LENGTH)
  const words = wordsOf(text)
  let first = words.length
  for (let word = words[first - 1]; word && isAbout(word); word = words[first - 1]) first--
  // what says nothing by itself is the title's where there is one: `Part 2`, `Area 51`
  if (first > 0) for (let word = words[first]; word && NEUTRAL.test(word.text); word = words[first]) first++
  const title = text.slice(0, words[first]?.start ?? text.length).replace(/[\s._\-([{&+~]+$/, '')
  return { ...traitsOf(words.slice(first)), title }
}

/**
 * What follows the stem of a video in the name of its subtitle: `.en.forced`, ` - [2] English (SDH)`. All of it is about
 * the subtitle, so that words not understood do not hide those before them.
 */
export function readSubtitleSuffix(suffix: string): SubtitleTraits {
  const { title: _title, ...traits } = readSubtitleName(suffix)
  if (traits.language !== null) return traits
  return traitsOf(wordsOf(suffix.slice(-MAX_LENGTH)).filter((word) => word.text.length > 2 || !word.language))
}

const isAbout = ({ text, language, isDoubtful }: Word): boolean =>
  ((language !== undefined || isVariantWord(text)) && !isDoubtful) ||
  [FORCED, HEARING_IMPAIRED, COMMENTARY, NEUTRAL].some((kind) => kind.test(text))

/** `It`, or `be` between spaces; `BR` stands out of a name in small letters. */
function isDoubtfulCode(part: string, before: string | undefined, hasLower: boolean): boolean {
  if (!/^[a-z]{2}$/i.test(part)) return false
  if (part === part.toUpperCase()) return before === ' ' && !hasLower
  return part !== part.toLowerCase() || before === ' '
}

function wordsOf(text: string): Word[] {
  const parts: { text: string; start: number; isDoubtful: boolean }[] = []
  const hasLower = text !== text.toUpperCase()
  for (const { 0: run, index } of text.matchAll(/[\p{L}\p{M}\p{N}]+/gu)) {
    let start = index
    for (const part of run.split(/(?<=\p{Ll})(?=\p{Lu})/u)) {
      parts.push({ text: plainWord(part), start, isDoubtful: isDoubtfulCode(part, text[index - 1], hasLower) })
      start += part.length
    }
  }
  const words: Word[] = []
  for (let i = 0; i < parts.length; i++) {
    const [part, next] = [parts[i], parts[i + 1]]
    if (!part) break
    const together = next && languageOf(`${part.text} ${next.text}`)
    words.push({
      ...part,
      language: together ?? languageOf(part.text) ?? languageOf(part.text.replace(/\d{1,2}$/, '')),
    })
    if (together) i++
  }
  return words
}

function traitsOf(words: readonly Word[]): SubtitleTraits {
  const has = (kind: RegExp) => words.some((word) => kind.test(word.text))
  const named = words.filter((word) => word.language !== undefined)
  // `hi` is Hindi only where nothing else is: `en.hi` is English for the hard of hearing
  const isHi = named.some((word) => word.text === 'hi') && named.length > 1
  const hindi = isHi && named.every((word) => word.text === 'hi') ? named.slice(0, 1) : undefined
  const candidates = hindi ?? (isHi ? named.filter((word) => word.text !== 'hi') : named)
  return {
    language: languageAmong(candidates, words),
    isForced: has(FORCED),
    isHearingImpaired: has(HEARING_IMPAIRED) || isHi,
    isCommentary: has(COMMENTARY),
  }
}

/** The first language that is not a variant of another (`Brazilian Portuguese`, `Latin American Spanish`), with its own. */
function languageAmong(candidates: readonly Word[], words: readonly Word[]): string | null {
  const main =
    candidates.find(
      (word) => !candidates.some((other) => other !== word && variantOf(other.language ?? '', word.text)),
    ) ?? candidates[0]
  if (main?.language === undefined) return null
  for (const word of words) {
    const variant = word === main ? undefined : variantOf(main.language, word.text)
    if (variant !== undefined) return variant
  }
  return main.language
}
