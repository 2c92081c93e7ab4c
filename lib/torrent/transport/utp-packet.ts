/** Kinds of packets (BEP 29). */
export const UtpType = { data: 0, fin: 1, state: 2, reset: 3, syn: 4 } as const

const VERSION = 1
export const UTP_HEADER_BYTES = 20
const SELECTIVE_ACK = 1
/** Packets beyond the first missing one that a selective ack may tell of. */
const MAX_SELECTIVE_BYTES = 128

/** The header of a packet. Times are in microseconds, modulo 2^32; numbers of packets modulo 2^16. */
export interface UtpHeader {
  readonly type: number
  readonly connectionId: number
  readonly sentAtUs: number
  /** How long the last packet of the other side took, by the clocks of both. */
  readonly delayUs: number
  readonly windowBytes: number
  readonly seq: number
  readonly ack: number
}

export interface UtpPacket extends UtpHeader {
  /** Bit n of it, low bits first: packet `ack + 2 + n` came. */
  readonly selective: Uint8Array | undefined
  readonly payload: Buffer
}

/** Undefined for anything that is no packet of uTP. `payload` is a part of `datagram`. */
export function decodeUtpPacket(datagram: Buffer): UtpPacket | undefined {
  if (datagram.length < UTP_HEADER_BYTES) return undefined
  const type = datagram.readUInt8(0) >> 4
  if ((datagram.readUInt8(0) & 15) !== VERSION || type > UtpType.syn) return undefined
  let extension = datagram.readUInt8(1)
  let at = UTP_HEADER_BYTES
  let selective: Uint8Array | undefined
  while (extension !== 0) {
    if (at + 2 > datagram.length) return undefined
    const end = at + 2 + datagram.readUInt8(at + 1)
    if (end > datagram.length) return undefined
    if (extension === SELECTIVE_ACK) selective = datagram.subarray(at + 2, Math.min(end, at + 2 + MAX_SELECTIVE_BYTES))
    extension = datagram.readUInt8(at)
    at = end
  }
  return {
    type,
    connectionId: datagram.readUInt16BE(2),
    sentAtUs: datagram.readUInt32BE(4),
    delayUs: datagram.readUInt32BE(8),
    windowBytes: datagram.readUInt32BE(12),
    seq: datagram.readUInt16BE(16),
    ack: datagram.readUInt16BE(18),
    selective,
    payload: datagram.subarray(at),
  }
}

export function encodeUtpPacket(header: UtpHeader, payload?: Uint8Array, selective?: Uint8Array): Buffer {
  const extensionBytes = selective ? 2 + selective.length : 0
  const packet = Buffer.allocUnsafe(UTP_HEADER_BYTES + extensionBytes + (payload?.length ?? 0))
  packet.writeUInt8((header.type << 4) | VERSION, 0)
  packet.writeUInt8(selective ? SELECTIVE_ACK : 0, 1)
  packet.writeUInt16BE(header.connectionId, 2)
  packet.writeUInt32BE(header.sentAtUs, 4)
  packet.writeUInt32BE(header.delayUs, 8)
  packet.writeUInt32BE(header.windowBytes, 12)
  packet.writeUInt16BE(header.seq, 16)
  packet.writeUInt16BE(header.ack, 18)
  if (selective) {
    packet.writeUInt8(0, UTP_HEADER_BYTES)
    packet.writeUInt8(selective.length, UTP_HEADER_BYTES + 1)
    packet.set(selective, UTP_HEADER_BYTES + 2)
  }
  if (payload) packet.set(payload, UTP_HEADER_BYTES + extensionBytes)
  return packet
}

/** `from` to `to`, modulo 2^16: how many packets on. */
export const seqDistance = (from: number, to: number): number => (to - from) & 0xffff

export const nextSeq = (seq: number): number => (seq + 1) & 0xffff
