import { scanTags } from './release-tags.ts'

const GROUP = /^[[{][ _]?([^\]}]{1,80})[\]}][ ._-]{0,3}/u
/** `Some-Raws - Title` */
const NAMED_GROUP = /^[\p{L}\d.]{2,20}[- ]?(?:raws?|subs?|fansubs?)[ ]-[ ](?=\S)/iu
const MAX_NAMED_LENGTH = 32
/** `[Group] [BD][1080p] Title`, `[Group]_[F-B]_Title`: what describes, or stands directly before the title. */
const FURTHER_GROUP = /^\[([^\]]{1,16})\][ ._-]{0,3}/u
const NO_GROUP =
  /^(?:s\d{1,2}e\d{1,3}.{0,8}|\d{1,2}x\d{1,3}|\d{1,2}\.\d{2,3}|\d{1,4}|(?:19|20)\d\d[.-]?[01]\d[.-]?[0-3]\d|.* 第.{1,3}季)$/iu

/** `[Show].148.[720p]`, `[Title 1998] [1080p]`: nothing behind the first bracket can be a title. */
function isTitleItself(rest: string): boolean {
  const outside = rest.replace(/[[({][^[\](){}]{0,80}[\])}]/g, '')
  const number = /^[\s._-]*(\d{1,4})?(?:v\d)?[\s._-]*$/.exec(outside)
  if (!number) return false
  // `[Group] 1923 [07]`: the number is the title, and numbered itself
  if (number[1] !== undefined) return /^[\s._-]*\d(?!\d{3}[\s._-]*[[(]\d{1,3}(?:v\d|-\d{1,4})?[\])])/.test(rest)
  const brackets = [...rest.matchAll(/[[({]([^[\](){}]{0,80})[\])}]/g)].map((match) => match[1] ?? '')
  const [first = '', second = ''] = brackets
  const isNumber = /^(?:第|s\d{1,2}e)?\d{1,4}(?:v\d)?[话話集回]?(?:修正)?$/i
  // `[Group][2018][Title]`
  if (/^(?:19|20)\d\d$/.test(first) && /\p{L}{2}/u.test(second) && !isTagged(second)) return false
  return (isNumber.test(first) && !isNumber.test(second)) || (isTagged(first) && brackets.every(isTagged))
}

/** `[Rec].2007.1080p`, `[Rec].2.2009.1080p`, `[Rec] (2007) Spanish 1080p`: a year, and nothing around it that could be a title. */
function isDated(group: string, rest: string): boolean {
  if (group.endsWith('].')) return /^(?:\d\.)?(?:19|20)\d\d\./.test(rest)
  const year = /^\((?:19|20)\d\d\)[ ._[]{0,3}/.exec(rest)
  return year !== null && scanTags(` ${rest.slice(year[0].length)}`).titleEnd <= 1
}

/** `(Hi10)_Title`: a description that stands first, and is no group. */
const LEADING_TAG = /^\(([^)]{1,30})\)[ ._-]{1,3}/u

export interface LeadingGroup {
  readonly hasGroup: boolean
  /** Where the title may begin. */
  readonly titleStart: number
}

/** What stands before the title: a fansub group in brackets, and descriptions behind it. */
export function leadingGroup(text: string): LeadingGroup {
  const named = text.slice(0, MAX_NAMED_LENGTH).includes(' - ') ? NAMED_GROUP.exec(text) : null
  if (named) return { hasGroup: true, titleStart: named[0].length }
  const group = GROUP.exec(text)
  if (!group || group[0].length === text.length || NO_GROUP.test(group[1] ?? ''))
    return { hasGroup: false, titleStart: leadingTagEnd(text) }
  const rest = text.slice(group[0].length)
  if (isTitleItself(rest) || isDated(group[0], rest)) return { hasGroup: true, titleStart: 0 }
  let titleStart = group[0].length
  for (let round = 0; round < 4; round++) {
    const further = FURTHER_GROUP.exec(text.slice(titleStart))
    if (!further) break
    const next = text[titleStart + further[0].length] ?? ''
    const isLast = /[\p{L}\p{N}]/u.test(next) && !NO_GROUP.test(further[1] ?? '')
    if (!isLast && !isTagged(further[1] ?? '')) break
    titleStart += further[0].length
  }
  return { hasGroup: true, titleStart }
}

function leadingTagEnd(text: string): number {
  const tag = LEADING_TAG.exec(text)
  return tag && scanTags(` ${tag[1] ?? ''}`).tags[0]?.start === 1 ? tag[0].length : 0
}

const isTagged = (text: string): boolean => scanTags(` ${text}`).firstStrong === 1 || /^(?:bd|dvd|tv|web)$/i.test(text)
