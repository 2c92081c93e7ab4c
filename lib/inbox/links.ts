import { binaryPlistStrings, isBinaryPlist } from './binary-plist.ts'

const MAGNET = /magnet:\?[^\s"<>]+/gi
/** What a sentence puts behind a link, and what closes the bracket or quote it stands in. */
const AFTER_LINK = /['’”»,.;)\]}]+$/
/** Hexadecimal or base32 (BEP 9). */
const BARE_HASH = /^(?:[0-9a-f]{40}|[A-Z2-7]{32})$/i
/** `&` as XML and HTML write it. */
const AMPERSAND = /&(?:amp|#38|#x26);/gi

/** What the text of a link file says. */
export interface Links {
  /** Magnet URIs, one for each torrent, in the order of the text. */
  readonly magnets: readonly string[]
  /** Whether it says nothing else. */
  readonly isAll: boolean
}

/**
 * The magnets in a `.txt`, `.magnet`, `.url` or `.webloc` (XML or binary property list). An info-hash counts where it has
 * a line of its own and every other line is a link, a hash or a comment (`#`): a hash amid other text may be of anything. Throws
 * `invalid` for a broken binary property list.
 */
export function linksOf(bytes: Buffer): Links {
  const text = isBinaryPlist(bytes) ? binaryPlistStrings(bytes).join('\n') : decodeText(bytes)
  const lines = text
    .replace(AMPERSAND, '&')
    .split(/[\r\n\0]+/)
    .map((line) => line.trim())
    .filter((line) => line !== '')
  const said = lines.filter((line) => !line.startsWith('#'))
  const isAll = said.every((line) => /^magnet:\?\S+$/i.test(line) || BARE_HASH.test(line))
  const found = new Map<string, string>()
  for (const line of said) {
    const isHash = isAll && BARE_HASH.test(line)
    const magnets = isHash ? [`magnet:?xt=urn:btih:${line}`] : (line.match(MAGNET) ?? [])
    for (const given of magnets) {
      const magnet = given.replace(AFTER_LINK, '')
      const key = keyOf(magnet)
      if (!found.has(key)) found.set(key, magnet)
    }
  }
  return { magnets: [...found.values()], isAll: isAll && said.length === lines.length }
}

/** By its byte order mark, else UTF-8; what is not that is shown as U+FFFD. */
export function decodeText(bytes: Buffer): string {
  const [first, second] = bytes
  if (first === 0xff && second === 0xfe) return new TextDecoder('utf-16le').decode(bytes)
  if (first === 0xfe && second === 0xff) return new TextDecoder('utf-16be').decode(bytes)
  return new TextDecoder().decode(bytes)
}

/** Equal for two magnets of one torrent, as far as they write its hash alike. */
function keyOf(magnet: string): string {
  return (/urn:bt[im]h:[^&]+/i.exec(magnet)?.[0] ?? magnet).toLowerCase()
}

/** What a magnet calls its torrent, else its hash. One short line. */
export function labelOf(magnet: string): string {
  const name = new URLSearchParams(magnet.slice(magnet.indexOf('?') + 1)).get('dn')?.replace(/[\p{Cc}\s]+/gu, ' ')
  return name?.trim().slice(0, 200) || (/urn:bt[im]h:([^&]+)/i.exec(magnet)?.[1] ?? magnet).slice(0, 80)
}
