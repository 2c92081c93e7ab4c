import { crc32 } from 'node:zlib'
import { PieceLayout } from '../../domain/piece-layout.ts'

/** What one torrent has on disk: its layout, and each piece with its last use (a stamp of the store's own). */
export interface HaveMap {
  readonly layout: PieceLayout
  readonly lastUses: ReadonlyMap<number, number>
}

/** 'MSHM', then the format's version. */
const MAGIC = 0x4d53484d
const VERSION = 1
const HEADER_BYTES = 24
const ENTRY_BYTES = 12

/** Big-endian: magic, version, piece length, total length (float64), entry count; per entry piece and stamp (float64); CRC-32 of all. */
export function encodeHaveMap(map: HaveMap): Uint8Array {
  const bytes = Buffer.alloc(HEADER_BYTES + map.lastUses.size * ENTRY_BYTES + 4)
  bytes.writeUInt32BE(MAGIC, 0)
  bytes.writeUInt32BE(VERSION, 4)
  bytes.writeUInt32BE(map.layout.pieceBytes, 8)
  bytes.writeDoubleBE(map.layout.totalBytes, 12)
  bytes.writeUInt32BE(map.lastUses.size, 20)
  let at = HEADER_BYTES
  for (const [piece, lastUse] of map.lastUses) {
    bytes.writeUInt32BE(piece, at)
    bytes.writeDoubleBE(lastUse, at + 4)
    at += ENTRY_BYTES
  }
  bytes.writeUInt32BE(crc32(bytes.subarray(0, at)), at)
  return bytes
}

/** Undefined for anything that `encodeHaveMap` did not write, and for a map cut short or with a changed byte. */
export function decodeHaveMap(bytes: Uint8Array): HaveMap | undefined {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (view.length < HEADER_BYTES + 4 || view.readUInt32BE(0) !== MAGIC || view.readUInt32BE(4) !== VERSION) {
    return undefined
  }
  const count = view.readUInt32BE(20)
  const end = HEADER_BYTES + count * ENTRY_BYTES
  if (view.length !== end + 4 || view.readUInt32BE(end) !== crc32(view.subarray(0, end))) return undefined
  const layout = new PieceLayout(view.readUInt32BE(8), view.readDoubleBE(12))
  const lastUses = new Map<number, number>()
  for (let at = HEADER_BYTES; at < end; at += ENTRY_BYTES)
    lastUses.set(view.readUInt32BE(at), view.readDoubleBE(at + 4))
  return { layout, lastUses }
}
