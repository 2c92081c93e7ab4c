import { AppError } from '../domain/errors.ts'
import { nextTurn } from '../domain/slices.ts'
import { decodeText } from './decode-text.ts'
import { unpackSubtitle } from './unpack.ts'

export type SubtitleFormat = 'srt' | 'vtt' | 'ass' | 'ssa' | 'sub'

export interface SubtitleText {
  readonly format: SubtitleFormat
  /** UTF-8, without a byte order mark; line ends as they were. */
  readonly bytes: Uint8Array
}

/** Dialogues of the longest films take a tenth of it. */
export const MAX_SUBTITLE_BYTES = 5 * 1024 * 1024
/** Headings and comments may stand before the first line of dialogue. */
const HEAD_CHARACTERS = 64 * 1024

/**
 * A subtitle as it is kept, from what a person or a provider sent: plain or packed, in whatever encoding. Its content says
 * what it is, never its name. Fails with `invalid` for anything else, and for more than 5 MiB.
 */
export async function readSubtitle(bytes: Uint8Array, language: string | null): Promise<SubtitleText> {
  const unpacked = await unpackSubtitle(bytes, MAX_SUBTITLE_BYTES)
  let head = ''
  const parts: Buffer[] = []
  for (const part of decodeText(unpacked, language)) {
    await nextTurn()
    if (part === undefined) continue
    if (head.length < HEAD_CHARACTERS) head += part
    parts.push(Buffer.from(part))
  }
  const format = formatOf(head.slice(0, HEAD_CHARACTERS))
  if (!format) throw new AppError('invalid', 'not a subtitle: SubRip, WebVTT, SubStation Alpha and MicroDVD are known')
  return { format, bytes: Buffer.concat(parts) }
}

function formatOf(head: string): SubtitleFormat | undefined {
  const text = head.trimStart()
  if (/^WEBVTT(?:[ \t\r\n]|$)/.test(text)) return 'vtt'
  if (/^\[script info\]/im.test(text)) return /^scripttype:[ \t]*v4\.00[ \t]*\r?$/im.test(text) ? 'ssa' : 'ass'
  if (/^[ \t]*\d{1,3}:\d{1,2}:\d{1,2}[,.:]\d{1,3}[ \t]*-->[ \t]*\d{1,3}:\d{1,2}:\d{1,2}/m.test(text)) return 'srt'
  return /^\{\d{1,9}\}\{\d{0,9}\}/.test(text) ? 'sub' : undefined
}
