import { eachMatch } from './each-match.ts'
import type { Reading } from './numbering.ts'
import { displayTitle } from './title.ts'

export interface TitleYear {
  readonly title: string | null
  readonly year: number | null
}

/** `Amélie AKA The Fabulous Destiny`: two titles, of which the first is told. */
export const ALSO_KNOWN_AS = /(?<=[\p{L}\p{N}!?.)]{2})[ ._]\(?(?:aka|a\.k\.a\.?)[ ._](?=.*[\p{L}\p{N}]).*$/iu
const NOTE =
  /\d{1,2}月新番|(?:19|20)\d\d年?电影|\d{2,4}年(?:\d{1,2}月)?[日韩韓美泰英][剧劇]|(?<![^\s[\]])(?:[剧劇][场場]版|先行版|国漫|國漫|新番)(?![^\s[\]])|(?<=\[)Movie(?=\])/gu
const NOTED = /[[月版漫番剧劇影]/
const HAN = /\p{Script=Han}/u
/** Between a title and its translation: `天使降临_Angel`, `刀剑神域 _ Sword`. */
const SCRIPT_CHANGE = /(?<=[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}!。])_| _ /gu
const BRACKET_PARTS = /\[([^[\]]{1,160})\]/gu

/** A region of nothing but brackets, as fansub groups of China write: the Latin title, else the first. */
export function regionTitle(reading: Reading, region: string): string | null {
  if (!NOTED.test(region)) return displayTitle(region)
  const noted = region.replace(NOTE, ' ')
  const bare = noted.replace(BRACKET_PARTS, ' ')
  if (/[\p{L}\p{N}]/u.test(bare)) return displayTitle(noted)
  const parts = eachMatch(BRACKET_PARTS, noted)
    .map((match) => match[1] ?? '')
    .filter((part) => /\p{L}/u.test(part))
  const latin = parts.filter((part) => /\p{Script=Latin}{2}/u.test(part))
  const plainLatin = latin.filter((part) => !HAN.test(part))
  // the translation stands behind the original
  const translation = plainLatin.find((part) => HAN.test(parts[parts.indexOf(part) - 1] ?? ''))
  const best = translation ?? plainLatin[0] ?? latin[0] ?? parts[0]
  if (best !== undefined) return displayTitle(best.replace(SCRIPT_CHANGE, '/'))
  // nothing but the group's own brackets: they hold the title
  return reading.hasGroup && region.length < 4 ? null : displayTitle(noted)
}

/** `Hell's Garden (Jigokuen)`, `Komi (Komi Can't Speak)`: told again in another language, and no `(Final Season)`. */
const TOLD_AGAIN =
  /(?<=\p{L}[\p{L}!?.']?)[ _.]{1,2}\((?![^()]*(?:season|part|arc|cour|movie|series|ver\.|version|dub|sub|uncut|uncensored|remaster|special|ova|batch))(?=[^()]*\p{Script=Latin}{3})[^()]{5,80}\)[ ._([-]*$/iu

const CYRILLIC = /\p{Script=Cyrillic}/u

/** Whole words in brackets are a second title where a fansub group writes, or where they are several. */
export function withoutSecondTitle(region: string, hasGroup: boolean): string {
  const again = /\)[ ._([-]{0,4}$/.test(region) ? TOLD_AGAIN.exec(region) : null
  const isSecond = again && (hasGroup || /\p{L}{2}[ ._]\p{L}{2}/u.test(again[0]))
  if (!isSecond) return region
  const first = region.slice(0, again.index)
  // `Друзья (Friends)`: databases know the second
  return CYRILLIC.test(first) && !/\p{Script=Latin}/u.test(first)
    ? again[0].replace(/^[^\p{L}\d]+|\)[^)]*$/gu, '')
    : first
}

/** Without a bracket that is not closed: it belongs to the description, unless the title stands in it. */
export function closed(region: string): string {
  const open = Math.max(region.lastIndexOf('['), region.lastIndexOf('('))
  if (open <= 0 || open < Math.max(region.lastIndexOf(']'), region.lastIndexOf(')'))) return region
  const [before, inside] = [region.slice(0, open), region.slice(open + 1)]
  if (!/\p{L}/u.test(before.replace(BRACKET_PARTS, '')) && /\p{Script=Latin}{2}/u.test(inside)) return inside
  return displayTitle(before) === null ? region : before
}
