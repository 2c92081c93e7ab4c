import type { FoundStream } from './stream-list.ts'
import { language639, MAX_STREAMS } from './stream-list.ts'

/** Stream types of ISO/IEC 13818-1 table 2-34, and of the Blu-ray disc above 0x7f. */
const STREAM_TYPES: ReadonlyMap<number, readonly [NonNullable<FoundStream['kind']>, string]> = new Map([
  [0x01, ['video', 'mpeg1video']],
  [0x02, ['video', 'mpeg2video']],
  [0x03, ['audio', 'mp2']],
  [0x04, ['audio', 'mp2']],
  [0x0f, ['audio', 'aac']],
  [0x10, ['video', 'mpeg4']],
  [0x11, ['audio', 'aac']],
  [0x1b, ['video', 'h264']],
  [0x24, ['video', 'hevc']],
  [0x33, ['video', 'vvc']],
  [0x80, ['audio', 'pcm']],
  [0x81, ['audio', 'ac3']],
  [0x82, ['audio', 'dca']],
  [0x83, ['audio', 'truehd']],
  [0x84, ['audio', 'eac3']],
  [0x85, ['audio', 'dtshd_hra']],
  [0x86, ['audio', 'dtshd_ma']],
  [0x87, ['audio', 'eac3']],
  [0x90, ['subtitle', 'pgs']],
  [0xea, ['video', 'vc1']],
])

/** Descriptors that tell what private data is (ETSI EN 300 468 table 12). */
const PRIVATE: ReadonlyMap<number, readonly [NonNullable<FoundStream['kind']>, string]> = new Map([
  [0x56, ['subtitle', 'teletext']],
  [0x59, ['subtitle', 'dvb']],
  [0x6a, ['audio', 'ac3']],
  [0x7a, ['audio', 'eac3']],
  [0x7b, ['audio', 'dca']],
  [0x7c, ['audio', 'aac']],
])
const REGISTERED: ReadonlyMap<string, readonly [NonNullable<FoundStream['kind']>, string]> = new Map([
  ['AC-3', ['audio', 'ac3']],
  ['EAC3', ['audio', 'eac3']],
  ['Opus', ['audio', 'opus']],
  ['DTS1', ['audio', 'dca']],
  ['DTS2', ['audio', 'dca']],
  ['DTS3', ['audio', 'dca']],
  ['HEVC', ['video', 'hevc']],
  ['VC-1', ['video', 'vc1']],
  ['AV01', ['video', 'av1']],
])

const REGISTRATION = 0x05
const ISO_639_LANGUAGE = 0x0a
const DOLBY_VISION = 0xb0
/** Their language stands at their beginning too (ETSI EN 300 468 sections 6.2.41 and 6.2.43). */
const WITH_LANGUAGE: ReadonlySet<number> = new Set([ISO_639_LANGUAGE, 0x56, 0x59])

/** The program association: the packet id of the first program's map (ISO/IEC 13818-1 section 2.4.4.3). */
export function programMapPid(section: Uint8Array): number | undefined {
  for (let at = 8; at + 4 <= sectionEnd(section); at += 4) {
    const isNetwork = number16(section, at) === 0
    if (!isNetwork) return number16(section, at + 2) & 0x1fff
  }
  return undefined
}

/** The program map (section 2.4.4.8): its streams, and the packet id that carries its clock. */
export function readProgramMap(section: Uint8Array): {
  readonly clockPid: number
  readonly streams: readonly FoundStream[]
} {
  const streams: FoundStream[] = []
  const end = sectionEnd(section)
  let at = 12 + (number16(section, 10) & 0xfff)
  while (at + 5 <= end && streams.length < MAX_STREAMS) {
    const infoEnd = Math.min(end, at + 5 + (number16(section, at + 3) & 0xfff))
    streams.push(readStream(section, section[at] ?? 0, at + 5, infoEnd))
    at = infoEnd
  }
  return { clockPid: number16(section, 8) & 0x1fff, streams }
}

/** How long the section is with its header; 0 when that is not there yet. */
export const sectionBytes = (section: Uint8Array): number =>
  section.length < 3 ? 0 : 3 + (number16(section, 1) & 0xfff)

/** Without the checksum at its end. */
const sectionEnd = (section: Uint8Array): number => Math.min(section.length, sectionBytes(section)) - 4

const number16 = (bytes: Uint8Array, at: number): number => ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0)

function readStream(section: Uint8Array, type: number, from: number, end: number): FoundStream {
  const stream: FoundStream = {}
  const set = (found: readonly [NonNullable<FoundStream['kind']>, string] | undefined): void => {
    if (!found || stream.kind) return
    stream.kind = found[0]
    stream.codec = found[1]
  }
  set(STREAM_TYPES.get(type))
  for (let at = from; at + 2 <= end; at += 2 + (section[at + 1] ?? 0)) {
    const tag = section[at] ?? 0
    const value = section.subarray(at + 2, Math.min(end, at + 2 + (section[at + 1] ?? 0)))
    const letters = String.fromCharCode(...value.subarray(0, 4))
    if (tag === REGISTRATION) set(REGISTERED.get(letters))
    else if (tag === DOLBY_VISION) stream.hdr = 'dolbyvision'
    else set(PRIVATE.get(tag))
    if (WITH_LANGUAGE.has(tag) && value.length >= 4) stream.language ??= language639(letters.slice(0, 3))
  }
  return stream
}
