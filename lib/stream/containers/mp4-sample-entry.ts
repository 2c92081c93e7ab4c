import { codecOfFourCc, codecOfObjectType, hdrOfTransfer } from './codec-names.ts'
import { fourCc } from './container.ts'
import type { FoundStream } from './stream-list.ts'

const MAX_CHILDREN = 32
/** Of a sample entry before its own boxes (ISO/IEC 14496-12 sections 12.1.3 and 12.2.3). */
const VIDEO_ENTRY_BYTES = 86
const AUDIO_ENTRY_BYTES = 36
/** Of QuickTime's sound descriptions, version 1 and 2. */
const QUICKTIME_EXTRA_BYTES = [0, 16, 36]
/** By `acmod` (ETSI TS 102 366 table 4.3). */
const AC3_CHANNELS = [2, 1, 2, 3, 3, 4, 4, 5]
/** Channels of the bits of `chan_loc`, the lowest first (ETSI TS 102 366 table F.6.1). */
const EAC3_CHANNELS = [2, 2, 1, 1, 2, 2, 2, 1, 1]

/** The first entry of `stsd`: its codec, and what its boxes say. `view` is the payload of `stsd`. */
export function readSampleEntry(view: DataView, stream: FoundStream): void {
  if (view.byteLength < 24) return
  const at = 8
  const end = Math.min(view.byteLength, at + view.getUint32(at))
  stream.codec = codecOfFourCc(fourCc(view, at + 4))
  if (stream.kind === 'video' && end >= at + VIDEO_ENTRY_BYTES) {
    stream.width = view.getUint16(at + 32)
    stream.height = view.getUint16(at + 34)
    readChildren(view, at + VIDEO_ENTRY_BYTES, end, stream)
  } else if (stream.kind === 'audio' && end >= at + AUDIO_ENTRY_BYTES) {
    const version = view.getUint16(at + 16)
    stream.channels = version === 2 && end >= at + 52 ? view.getUint32(at + 48) : view.getUint16(at + 24)
    readChildren(view, at + AUDIO_ENTRY_BYTES + (QUICKTIME_EXTRA_BYTES[version] ?? 0), end, stream)
  }
}

function readChildren(view: DataView, from: number, end: number, stream: FoundStream): void {
  let at = from
  for (let boxes = 0; boxes < MAX_CHILDREN && at + 8 <= end; boxes++) {
    const size = view.getUint32(at)
    if (size < 8) return
    const type = fourCc(view, at + 4)
    const childEnd = Math.min(end, at + size)
    const child = new DataView(view.buffer, view.byteOffset + at + 8, childEnd - at - 8)
    // Of encrypted streams `frma` names the codec, and QuickTime wraps its esds: both stand one level deeper.
    if (type === 'sinf' || type === 'wave') readChildren(view, at + 8, childEnd, stream)
    else readChild(type, child, stream)
    at += size
  }
}

function readChild(type: string, child: DataView, stream: FoundStream): void {
  const length = child.byteLength
  if (type === 'frma' && length >= 4) stream.codec = codecOfFourCc(fourCc(child, 0))
  else if (type === 'esds') stream.codec = objectType(child) ?? stream.codec ?? 'unknown'
  else if (type === 'colr' && length >= 8 && /^ncl[xc]$/.test(fourCc(child, 0)))
    stream.hdr ??= hdrOfTransfer(child.getUint16(6))
  else if (type === 'dvcC' || type === 'dvvC' || type === 'dvwC') stream.hdr = 'dolbyvision'
  else if (type === 'dac3' && length >= 3) {
    const bits = child.getUint8(1)
    stream.channels = (AC3_CHANNELS[(bits >> 3) & 7] ?? 2) + ((bits >> 2) & 1)
  } else if (type === 'dec3' && length >= 5) stream.channels = eac3Channels(child)
}

/** ETSI TS 102 366 section F.6: those of the first substream, and of what depends on it. */
function eac3Channels(child: DataView): number {
  const bits = child.getUint8(3)
  let channels = (AC3_CHANNELS[(bits >> 1) & 7] ?? 2) + (bits & 1)
  const next = child.getUint8(4)
  if (((next >> 1) & 15) > 0 && child.byteLength >= 6) {
    const locations = ((next & 1) << 8) | child.getUint8(5)
    for (const [bit, count] of EAC3_CHANNELS.entries()) if ((locations >> bit) & 1) channels += count
  }
  return channels
}

/** Of the DecoderConfigDescriptor (ISO/IEC 14496-1 section 7.2.6.6). */
function objectType(esds: DataView): string | undefined {
  let at = 4
  for (let descriptors = 0; descriptors < 4 && at + 2 <= esds.byteLength; descriptors++) {
    const tag = esds.getUint8(at++)
    // A length of up to four bytes, the highest bit says that another follows.
    for (let i = 0; i < 4 && at < esds.byteLength; i++) if ((esds.getUint8(at++) & 0x80) === 0) break
    if (at + 3 > esds.byteLength) return undefined
    if (tag === 0x04) return codecOfObjectType(esds.getUint8(at))
    if (tag !== 0x03) return undefined
    const flags = esds.getUint8(at + 2)
    at += 3 + (flags & 0x80 ? 2 : 0) + (flags & 0x20 ? 2 : 0)
  }
  return undefined
}
