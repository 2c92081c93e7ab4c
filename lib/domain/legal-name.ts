/** What one path component may take in UTF-8: the limit of ext4, XFS and APFS; NTFS counts 255 UTF-16 units, never more. */
export const NAME_BYTES = 255

/** Beyond any name that is shown; bounds the work on hostile ones. */
const INPUT_UNITS = 1024

/** Lone surrogates, noncharacters (U+FFFE is not XML either), and what displays as nothing or turns text around. */
const INVISIBLE =
  /[\p{Cs}\p{Noncharacter_Code_Point}\p{Bidi_Control}\u00AD\u180E\u200B\u2060-\u206F\uFEFF\uFFF9-\uFFFB]/gu
const EXTENSION = /^\.[A-Za-z0-9]{1,10}$/
const INVISIBLE_ONLY = /^\p{Default_Ignorable_Code_Point}*$/u
const BLANK = /[\p{Cc}\s]+/gu
/** Win32 takes these for devices, with any extension too ("Naming Files, Paths, and Namespaces"). */
const DEVICE = /^(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9¹²³])(?=\s*(?:\.|$))/iu

/** Most names: nothing to do but trim. Printable ASCII without the refused characters, no two spaces in a row. */
const PLAIN = /^(?:[!#-),-.0-9;=@-[\]-{}~+]| (?! ))*$/

/** Without characters that any client refuses, NFC, single spaces, trimmed; may be empty. A part of a name, not yet a name. */
export function legalText(text: string): string {
  if (PLAIN.test(text)) return text.trim()
  return text
    .slice(0, INPUT_UNITS)
    .replace(INVISIBLE, '')
    .normalize('NFC')
    .replace(BLANK, ' ')
    .replace(/ ?: /g, ' - ')
    .replace(/[:/\\|*]/g, '-')
    .replace(/"/g, "'")
    .replace(/[<>?]/g, '')
    .replace(/ {2,}/g, ' ')
    .normalize('NFC')
    .trim()
}

/**
 * One path component that every client can show and open: `legalText`, no leading dot (hidden on Unix, and `._*` is
 * Finder's litter), no trailing dot or space, no device name, at most `limitBytes` with the extension kept, never empty.
 * @param extension ASCII with its dot, or empty
 */
export function legalName(text: string, extension = '', limitBytes = NAME_BYTES): string {
  const stem = trimDots(legalText(text))
  const visible = INVISIBLE_ONLY.test(stem) ? '_' : stem
  const safe = `${visible}${extension}`.replace(DEVICE, '$&_')
  const safeStem = safe.slice(0, safe.length - extension.length)
  return trimDots(cutText(safeStem, limitBytes - extension.length)) + extension
}

/** Leaves room for a counter. */
const PATH_NAME_BYTES = 240

/** A name as a torrent or a person wrote it, with an extension or without: legal, its extension as it was. */
export function legalPathName(name: string): string {
  const extension = extensionOf(name)
  return legalName(name.slice(0, name.length - extension.length), extension, PATH_NAME_BYTES)
}

/** The longest beginning of whole graphemes in `limitBytes` of UTF-8; of whole code points when not one grapheme fits. */
export function cutText(text: string, limitBytes: number): string {
  if (text.length * 3 <= limitBytes || Buffer.byteLength(text) <= limitBytes) return text
  const graphemes = Array.from(new Intl.Segmenter().segment(text), ({ segment }) => segment)
  return takeBytes(graphemes, limitBytes) || takeBytes(text, limitBytes)
}

function takeBytes(parts: Iterable<string>, limitBytes: number): string {
  let taken = ''
  let bytes = 0
  for (const part of parts) {
    bytes += Buffer.byteLength(part)
    if (bytes > limitBytes) break
    taken += part
  }
  return taken
}

function trimDots(text: string): string {
  let start = 0
  let end = text.length
  while (start < end && isDotOrSpace(text.charCodeAt(start))) start++
  while (end > start && isDotOrSpace(text.charCodeAt(end - 1))) end--
  return text.slice(start, end)
}

const isDotOrSpace = (code: number): boolean => code === 0x2e || code === 0x20

/** The extension of a path with its dot, as written, or empty: what `legalName` keeps. */
export function extensionOf(path: string): string {
  const dot = path.lastIndexOf('.')
  const extension = dot === -1 ? '' : path.slice(dot)
  return EXTENSION.test(extension) ? extension : ''
}

/**
 * Equal for names that some client takes for one: without regard to case, canonical form, or characters that HFS+
 * ignores. Full case folding is approached by lower then upper case (ß and SS, Kelvin sign and k, every sigma).
 */
export function foldName(name: string): string {
  if (/^[\x20-\x7E]*$/.test(name)) return name.toUpperCase()
  return name
    .replace(/\p{Default_Ignorable_Code_Point}+/gu, '')
    .toLowerCase()
    .toUpperCase()
    .normalize('NFC')
}

/**
 * One segment of an href: RFC 3986's unreserved characters and `!`, `(`, `)` stay, all else is percent-encoded. Kodi
 * compares hrefs with paths that it encodes itself, and leaves those three alone.
 */
export function encodeSegment(name: string): string {
  return encodeURIComponent(name).replace(/['*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
}
