import { isIP } from 'node:net'
import { AppError } from '../../domain/errors.ts'
import { type Bencoded, count, decodeBencoded, field, isDictionary, text } from '../metadata/bencode.ts'

/** What a tracker is told (BEP 3). */
export interface TrackerRequest {
  readonly infoHash: Uint8Array
  readonly peerId: Uint8Array
  readonly port: number
  readonly uploaded: number
  readonly downloaded: number
  readonly left: number
  /** Left out for a regular announce. */
  readonly event?: 'started' | 'stopped'
  readonly peersWanted: number
  /** Identifies this client to the tracker when its address changes. */
  readonly key: number
  readonly trackerId?: Uint8Array
}

export interface TrackerResponse {
  readonly intervalMs: number | undefined
  readonly minIntervalMs: number | undefined
  /** `host:port`, an IPv6 host in brackets. */
  readonly peers: readonly string[]
  readonly trackerId?: Uint8Array
}

/** Of one response; more than any client asks for. */
const MAX_PEERS = 400

/** Reads a bencoded response (BEP 3, 7, 23). Throws `unavailable` with the tracker's reason, or `invalid`. */
export function parseResponse(body: Uint8Array): TrackerResponse {
  const { value } = decodeBencoded(body)
  if (!isDictionary(value)) throw new AppError('invalid', 'the tracker sent no dictionary')
  const failure = text(field(value, 'failure reason'))
  if (failure !== undefined) throw new AppError('unavailable', `the tracker refused: ${failure.slice(0, 200)}`)
  const trackerId = field(value, 'tracker id')
  return {
    intervalMs: milliseconds(field(value, 'interval')),
    minIntervalMs: milliseconds(field(value, 'min interval')),
    peers: [...peersOf(field(value, 'peers'), 4), ...peersOf(field(value, 'peers6'), 16)].slice(0, MAX_PEERS),
    ...(trackerId instanceof Uint8Array ? { trackerId } : {}),
  }
}

/** Addresses of 4 or 16 bytes, each followed by its port (BEP 23, BEP 7); a rest that is no whole peer is ignored. */
export function compactPeers(bytes: Uint8Array, addressBytes: 4 | 16): string[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const peers: string[] = []
  const step = addressBytes + 2
  for (let at = 0; at + step <= bytes.length && peers.length < MAX_PEERS; at += step) {
    const port = view.getUint16(at + addressBytes)
    if (port === 0) continue
    const address = bytes.subarray(at, at + addressBytes)
    peers.push(addressBytes === 4 ? `${address.join('.')}:${port}` : `[${ipv6Text(address)}]:${port}`)
  }
  return peers
}

/** Without the `::` abbreviation, which no reader of addresses needs. */
function ipv6Text(address: Uint8Array): string {
  const groups: string[] = []
  for (let at = 0; at < 16; at += 2) groups.push((((address[at] ?? 0) << 8) | (address[at + 1] ?? 0)).toString(16))
  return groups.join(':')
}

function peersOf(value: Bencoded | undefined, addressBytes: 4 | 16): string[] {
  if (value instanceof Uint8Array) return compactPeers(value, addressBytes)
  if (!Array.isArray(value)) return []
  return value.slice(0, MAX_PEERS).flatMap((peer: Bencoded) => {
    if (!isDictionary(peer)) return []
    const host = text(field(peer, 'ip')) ?? ''
    const port = count(field(peer, 'port')) ?? 0
    const family = isIP(host)
    if (family === 0 || port === 0 || port > 65535) return []
    return [family === 4 ? `${host}:${port}` : `[${host}]:${port}`]
  })
}

function milliseconds(value: Bencoded | undefined): number | undefined {
  const seconds = count(value)
  return seconds === undefined || seconds === 0 ? undefined : seconds * 1000
}
