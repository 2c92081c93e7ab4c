import type { Tag } from './release-tags.ts'

/** Books, comics and programs, whatever their names say of pictures: `Title 045 (2018) (Webrip).cbr`. */
const CERTAIN_EXTENSION = /\.(?:cb[rzt7]|epub|mobi|azw3|djvu|m4b|exe|apk|dmg|msi|pkg|nsp|xci|zim)$/i
const MAX_EXTENSION_LENGTH = 5
/** Of a site for adults; `xXx` is a film. */
const ADULT = /(?<=[^ ._][ ._])XXX(?=[ ._](?!PPV))/
/** Such sites; games, their groups, and discs of programs. */
const NEVER =
  /fitgirl|no-intro|(?<![a-z])roms?(?![a-z])|wallpapers|-(?:codex|skidrow|plaza|flt|cpy|rune|tenoke|empress|razor1911|hoodlum|tinyiso|darksiders|elamigos|dodi)$|^(?:sw_dvd\d|\[?(?:brazzers|onlyfans|bangbros|realitykings|naughtyamerica|evilangel|pornhub|manyvids))/i
/** Files of music, books and programs. */
export const OTHER_MEDIA =
  /^(?:mp3|flac|m4a|aac|ac3|dts|ogg|wav|pdf|exe|epub|mobi|azw3|m4b|cb[rz7]|djvu|apk|dmg|msi|pkg)$/i
const WORD_END = String.raw`(?![\p{L}\p{N}])`
const WORD = String.raw`(?<![\p{L}\p{N}])`

/** Words of music, which films and episodes have too where they are described as such. */
const MUSIC = new RegExp(
  String.raw`^va ?- |${WORD}(?:opus ~?\d{2,3}|flac|alac|mp3|discography|discografia|(?<!^)soundtrack|ost|vinyl[ ._-]?rip|lossless|\d{3}[ ]?kbps|24[ ._-]?(?:44|48|88|96|192)(?:[ ._-]?khz)?|(?:web|cd|cbr|vbr)[ ._-]?320|itunes[ ._]plus|(?:ape|flac|wv)[ ]?\+[ ]?cue)${WORD_END}|\[(?:V[02]|CBR|320)\]$|[([]320[\])]|\[(?:\d{4}[ -])?(?:single|album|ep)\]`,
  'iu',
)
/** `Artist-Album-WEB-2013-GRP`: the order of music releases. */
const MUSIC_RELEASE =
  /^[^ .-]+(?:-[^ .-]+){1,2}(?:-\([a-z\d_]+\))?-(?:19|20)\d\d-(?:[a-z\d_]+|\[[a-z\d_]+\])$|^(?=[^ .]*_)[^ .-]+-[^ .-]+(?:-[^ .-]+){0,4}-(?:19|20)\d\d-[a-z\d_]+$|^[^ ]+-(?:\d?cd[mrs]?|web|vinyl|ep|lp|bootleg|cable|sat|dab|fm|line|dvb[sct]?|stream|tape|promo)-(?:(?:flac|mp3|readnfo|proper|retail)-)?(?:\d\d-\d\d-)?(?:19|20)\d\d-[a-z\d_]+$/i
const BOOK = new RegExp(
  `${WORD}(?:epub|e-?books?|mobi|azw3|pdf|cb[rz]|audiobook|unabridged|m4b|manga|light novel|magazine|v\\d{1,2} #\\d{1,4}(?:-\\d{1,4})?|udemy|coursera|pluralsight|skillshare|masterclass|lynda|bootcamp|tutorials?|essential[ ._]training|\\d{1,2}(?:st|nd|rd|th)[ ._]ed(?:ition)?)${WORD_END}|\\((?:digital|omnibus[^)]*|[^)]*scans?[^)]*)\\)|(?<= )v(?:ol[ .]?)?\\d{2,3}(?:-\\d{2,3})?(?=[ ,][[(+\\d])|(?<= )v(?:ol[ .]?)?\\d\\d-\\d{2,3}$|漫画|轻小说`,
  'iu',
)
const PROGRAM = new RegExp(
  String.raw`${WORD}(?:ttf|shutterstock|fonts?[ ._](?:pack|collection)|^(?:adobe|autodesk|corel|jetbrains|vmware|solidworks|matlab|windows[ ._](?:7|8|8\.1|10|11|xp|vista|server)(?![ ._]\p{L}+[ ._]\d{3,4}p)|microsoft[ ._](?:office|visio|project))|photoshop|x64|x86|x86[ ._-]64|amd64|arm64|win(?:32|64)|mac ?osx?|tar\.(?:gz|xz|bz2)|keygen|multilingual|fitgirl|re-?pack (?:by|от)|pc[ ]\|[ ]repack|\[(?:p|l|dl|gog|steam-rip)\][ ]\[(?:rus|eng|multi)|(?:all|\+)[ ._]dlcs?|incl[ ._](?:crack|keygen|patch|dlc)s?|build[ ._]\d{3,}|v[ ]?\d{1,5}(?:\.\d{1,6}){1,4}|\d{1,4}(?:\.\d{1,6}){3})${WORD_END}|\+ crack|\[r\.?g\.? `,
  'iu',
)

/**
 * Whether a name is that of music, a book, a course or a program, and nothing in it is said of a picture; or of a video
 * that no library of films and shows holds.
 */
export function isOtherMedia(text: string, extension: string | null, tags: readonly Tag[], isVideo: boolean): boolean {
  if ((text.includes('XXX') && ADULT.test(text)) || NEVER.test(text)) return true
  if (isVideo) return false
  const name = extension === null ? text : `.${extension}`
  if (name.lastIndexOf('.') >= name.length - MAX_EXTENSION_LENGTH && CERTAIN_EXTENSION.test(name)) return true
  if (tags.some(isOfPicture)) return false
  if (extension !== null && OTHER_MEDIA.test(extension)) return true
  return [BOOK, MUSIC, MUSIC_RELEASE, PROGRAM].some((words) => words.test(text))
}

const PICTURE_KINDS: ReadonlySet<string> = new Set<Tag['kind']>(['resolution', 'source', 'codec', 'hdr'])

/** Music comes from the web too, and no music in two languages. */
const isOfPicture = ({ kind, strength, text }: Tag): boolean =>
  (strength === 'strong' && PICTURE_KINDS.has(kind)) ||
  (kind === 'source' && /^(?:bd|br|dvd|tv)/i.test(text)) ||
  (kind === 'audio' && /^(?:dual|multi)/i.test(text))
