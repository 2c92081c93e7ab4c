import { AppError } from '../../domain/errors.ts'
import { count, decodeBencoded, encodeBencoded, field, isDictionary } from '../metadata/bencode.ts'
import { DEFAULT_REQUEST_QUEUE } from '../schedule/request-pipeline.ts'
import { addressBytes, formatPeerAddress, parsePeerAddress } from '../swarm/peer-address.ts'

/** Blocks that a peer may have asked of us and not got. */
export const OWN_REQUEST_QUEUE = 512
/** Beyond this a `reqq` adds nothing but memory. */
const MAX_REQUEST_QUEUE = 2000
const MAX_PEX_PEERS = 100
/** Of one compact address with its port, by family. */
const COMPACT_BYTES = { 4: 6, 6: 18 } as const

/** What we call the extensions on incoming messages (BEP 10). */
export const ExtensionId = { handshake: 0, metadata: 1, pex: 2 } as const

/** What a peer said in its extended handshake. */
export interface PeerExtensions {
  /** Its ids; undefined for what it does not speak. */
  readonly metadataId: number | undefined
  readonly pexId: number | undefined
  readonly metadataBytes: number | undefined
  readonly requestQueue: number
  /** Where it takes connections. */
  readonly listenPort: number | undefined
}

/** The payload of our extended handshake (BEP 10), with `ut_metadata` (BEP 9) and, unless private, `ut_pex` (BEP 11). */
export function encodeExtendedHandshake(options: {
  readonly port: number
  readonly isPrivate: boolean
  readonly metadataBytes: number | undefined
}): Uint8Array {
  return encodeBencoded({
    m: { ut_metadata: ExtensionId.metadata, ...(options.isPrivate ? {} : { ut_pex: ExtensionId.pex }) },
    ...(options.metadataBytes === undefined ? {} : { metadata_size: options.metadataBytes }),
    ...(options.port > 0 ? { p: options.port } : {}),
    reqq: OWN_REQUEST_QUEUE,
    v: 'Momoshtrem',
  })
}

/** Throws `invalid`. */
export function decodeExtendedHandshake(payload: Uint8Array): PeerExtensions {
  const { value } = decodeBencoded(payload)
  if (!isDictionary(value)) throw new AppError('invalid', 'extended handshake is no dictionary')
  const names = field(value, 'm')
  const idOf = (name: string) => {
    const id = isDictionary(names) ? count(field(names, name)) : undefined
    return id !== undefined && id > 0 && id < 256 ? id : undefined
  }
  const port = count(field(value, 'p'))
  return {
    metadataId: idOf('ut_metadata'),
    pexId: idOf('ut_pex'),
    metadataBytes: count(field(value, 'metadata_size')),
    requestQueue: Math.min(MAX_REQUEST_QUEUE, count(field(value, 'reqq')) || DEFAULT_REQUEST_QUEUE),
    listenPort: port !== undefined && port > 0 && port < 65536 ? port : undefined,
  }
}

export type MetadataMessage =
  | { readonly kind: 'request'; readonly piece: number }
  | { readonly kind: 'data'; readonly piece: number; readonly data: Uint8Array }
  | { readonly kind: 'reject'; readonly piece: number }

/** BEP 9. Undefined for a kind of message that it does not know. Throws `invalid`. */
export function decodeMetadataMessage(payload: Uint8Array): MetadataMessage | undefined {
  const { value, end } = decodeBencoded(payload)
  const piece = isDictionary(value) ? count(field(value, 'piece')) : undefined
  if (!isDictionary(value) || piece === undefined) throw new AppError('invalid', 'bad metadata message')
  const type = field(value, 'msg_type')
  if (type === 0) return { kind: 'request', piece }
  if (type === 1) return { kind: 'data', piece, data: payload.subarray(end) }
  return type === 2 ? { kind: 'reject', piece } : undefined
}

export function encodeMetadataMessage(message: MetadataMessage, totalBytes = 0): Uint8Array {
  switch (message.kind) {
    case 'request':
      return encodeBencoded({ msg_type: 0, piece: message.piece })
    case 'reject':
      return encodeBencoded({ msg_type: 2, piece: message.piece })
    case 'data': {
      const head = encodeBencoded({ msg_type: 1, piece: message.piece, total_size: totalBytes })
      return Buffer.concat([head, message.data])
    }
  }
}

/** The peers that a PEX message adds (BEP 11), at most a hundred. Throws `invalid`. */
export function decodePex(payload: Uint8Array): string[] {
  const { value } = decodeBencoded(payload)
  if (!isDictionary(value)) throw new AppError('invalid', 'bad PEX message')
  const added4 = compactPeers(field(value, 'added'), 4, MAX_PEX_PEERS)
  return [...added4, ...compactPeers(field(value, 'added6'), 16, MAX_PEX_PEERS - added4.length)]
}

function compactPeers(value: unknown, hostBytes: 4 | 16, maxPeers: number): string[] {
  if (!(value instanceof Uint8Array)) return []
  const peers: string[] = []
  for (let at = 0; at + hostBytes + 2 <= value.length && peers.length < maxPeers; at += hostBytes + 2) {
    const host = Buffer.from(value.subarray(at, at + hostBytes))
    const port = ((value[at + hostBytes] ?? 0) << 8) | (value[at + hostBytes + 1] ?? 0)
    const name = hostBytes === 4 ? [...host].join('.') : (host.toString('hex').match(/.{4}/g) ?? []).join(':')
    if (port > 0) peers.push(formatPeerAddress(name, port))
  }
  return peers
}

/** Peers that came and went, of both families (BEP 11). */
export function encodePex(added: readonly string[], dropped: readonly string[]): Uint8Array {
  const [added4, added6] = compact(added)
  const [dropped4, dropped6] = compact(dropped)
  return encodeBencoded({
    added: added4,
    'added.f': Buffer.alloc(added4.length / COMPACT_BYTES[4]),
    added6,
    'added6.f': Buffer.alloc(added6.length / COMPACT_BYTES[6]),
    dropped: dropped4,
    dropped6,
  })
}

/** The addresses of IPv4, and those of IPv6. */
function compact(addresses: readonly string[]): readonly [Buffer, Buffer] {
  const families: Record<4 | 6, Buffer[]> = { 4: [], 6: [] }
  for (const address of addresses) {
    const peer = parsePeerAddress(address)
    if (!peer) continue
    const port = Buffer.alloc(2)
    port.writeUInt16BE(peer.port)
    families[peer.host.includes(':') ? 6 : 4].push(Buffer.concat([addressBytes(peer.host), port]))
  }
  return [Buffer.concat(families[4]), Buffer.concat(families[6])]
}
