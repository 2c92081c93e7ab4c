import type { Tag } from './release-tags.ts'

/** Files of music, books and programs. */
const EXTENSION = /^(?:mp3|flac|m4a|aac|ac3|dts|ogg|wav|pdf|exe|epub|mobi|azw3|m4b|cb[rz7]|djvu|apk|dmg|msi|pkg)$/i
const WORD_END = String.raw`(?![\p{L}\p{N}])`
const WORD = String.raw`(?<![\p{L}\p{N}])`

/** Words of music, which films and episodes have too where they are described as such. */
const MUSIC = new RegExp(
  String.raw`^va ?- |${WORD}(?:opus ~?\d{2,3}|flac|alac|mp3|discography|discografia|(?<!^)soundtrack|ost|vinyl[ ._-]?rip|lossless|\d{3}[ ]?kbps|24[ ._-]?(?:44|48|88|96|192)(?:[ ._-]?khz)?|(?:web|cd|cbr|vbr)[ ._-]?320)${WORD_END}|[([]320[\])]|\[(?:\d{4}[ -])?(?:single|album|ep)\]`,
  'iu',
)
/** `Artist-Album-WEB-2013-GRP`: the order of music releases. */
const MUSIC_RELEASE = /^[^ ]+-(?:\d?cd[ms]?|web|vinyl|ep|lp|bootleg)-(?:flac-)?(?:\d\d-\d\d-)?(?:19|20)\d\d-[a-z\d_]+$/i
const BOOK = new RegExp(
  `${WORD}(?:epub|mobi|azw3|pdf|cb[rz]|audiobook|unabridged|m4b|udemy|coursera|pluralsight|\\d{1,2}(?:st|nd|rd|th) ed(?:ition)?)${WORD_END}|\\((?:digital|omnibus[^)]*|[^)]*scans?[^)]*)\\)|(?<= )v(?:ol[ .]?)?\\d{2,3}(?:-\\d{2,3})?(?=[ ,][[(+\\d])|(?<= )v(?:ol[ .]?)?\\d\\d-\\d{2,3}$|漫画|轻小说`,
  'iu',
)
const PROGRAM = new RegExp(
  String.raw`${WORD}(?:x64|x86|x86[ ._-]64|amd64|arm64|win(?:32|64)|mac ?osx?|tar\.(?:gz|xz|bz2)|keygen|multilingual|fitgirl|repack by|incl[ ._](?:crack|keygen|patch|dlc)s?|build[ ._]\d{3,}|v\d{1,4}(?:\.\d{1,6}){2,4}|\d{1,4}(?:\.\d{1,6}){3})${WORD_END}|\+ crack`,
  'iu',
)

/** Whether a name is that of music, a book, a course or a program, and nothing in it is said of a picture. */
export function isOtherMedia(text: string, extension: string | null, tags: readonly Tag[]): boolean {
  const isCalledSo =
    (extension !== null && EXTENSION.test(extension)) ||
    [BOOK, MUSIC, MUSIC_RELEASE, PROGRAM].some((words) => words.test(text))
  return isCalledSo && !tags.some(isOfPicture)
}

const PICTURE_KINDS: ReadonlySet<string> = new Set<Tag['kind']>(['resolution', 'source', 'codec', 'hdr'])

/** Music comes from the web too, and no music in two languages. */
const isOfPicture = ({ kind, strength, text }: Tag): boolean =>
  (strength === 'strong' && PICTURE_KINDS.has(kind)) ||
  (kind === 'source' && /^(?:bd|br|dvd|tv)/i.test(text)) ||
  (kind === 'audio' && /^(?:dual|multi)/i.test(text))
