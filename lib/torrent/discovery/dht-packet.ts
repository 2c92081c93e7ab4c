import { type Bencoded, decodeBencoded, field, isDictionary, text } from '../metadata/bencode.ts'

/** The DHT keeps each message within one unfragmented datagram; some nodes send a little more. */
const MAX_PACKET_BYTES = 4096
const ID_BYTES = 20
const COMPACT_PEER_BYTES = 6
const COMPACT_NODE_BYTES = 26
const PROTO_KEY = Buffer.from('__proto__')

/**
 * Whether a datagram is a KRPC message (BEP 5) whose every field has the type and length that it must have. The DHT
 * package takes fields as they come: a number in the place of an id throws inside it, or leaves a look-up waiting for
 * ever. Storage of arbitrary data (BEP 44) is not offered, so its queries are refused here.
 */
export function isDhtPacket(datagram: Uint8Array): boolean {
  if (
    datagram.length > MAX_PACKET_BYTES ||
    Buffer.from(datagram.buffer, datagram.byteOffset, datagram.length).includes(PROTO_KEY)
  ) {
    return false
  }
  let message: Bencoded
  try {
    message = decodeBencoded(datagram).value
  } catch {
    return false
  }
  if (!isDictionary(message)) return false
  const transaction = field(message, 't')
  if (!(transaction instanceof Uint8Array) || transaction.length > 32) return false
  switch (text(field(message, 'y')) ?? '') {
    case 'q':
      return isQuery(text(field(message, 'q')) ?? '', field(message, 'a'))
    case 'r':
      return transaction.length >= 2 && isResponse(field(message, 'r'))
    case 'e':
      return transaction.length >= 2 && Array.isArray(field(message, 'e'))
    default:
      return false
  }
}

function isQuery(name: string, body: Bencoded | undefined): boolean {
  if (!isDictionary(body) || !isId(field(body, 'id'))) return false
  switch (name) {
    case 'ping':
      return true
    case 'find_node':
      return isId(field(body, 'target'))
    case 'get_peers':
      return isId(field(body, 'info_hash'))
    case 'announce_peer':
      return isId(field(body, 'info_hash')) && field(body, 'token') instanceof Uint8Array
    default:
      return false
  }
}

function isResponse(body: Bencoded | undefined): boolean {
  if (!isDictionary(body) || !isId(field(body, 'id'))) return false
  const nodes = field(body, 'nodes')
  const token = field(body, 'token')
  const values = field(body, 'values')
  return (
    (nodes === undefined || (nodes instanceof Uint8Array && nodes.length % COMPACT_NODE_BYTES === 0)) &&
    (token === undefined || token instanceof Uint8Array) &&
    (values === undefined || (Array.isArray(values) && values.every(isCompactPeer)))
  )
}

const isId = (value: Bencoded | undefined): boolean => value instanceof Uint8Array && value.length === ID_BYTES
const isCompactPeer = (value: Bencoded): boolean => value instanceof Uint8Array && value.length === COMPACT_PEER_BYTES
