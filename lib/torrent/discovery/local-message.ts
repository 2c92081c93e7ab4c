/** BEP 14: the datagram stays within one packet. */
const MAX_BYTES = 1400
const MAX_HASHES = 20

/** A peer of this network, and what it has. */
export interface LocalMessage {
  readonly port: number
  /** Lower-case hexadecimal. */
  readonly infoHashes: readonly string[]
  /** Tells a sender its own messages. */
  readonly cookie: string | undefined
}

export function encodeLocalMessage(group: string, message: LocalMessage): Uint8Array {
  const lines = [
    'BT-SEARCH * HTTP/1.1',
    `Host: ${group}`,
    `Port: ${message.port}`,
    ...message.infoHashes.slice(0, MAX_HASHES).map((hash) => `Infohash: ${hash}`),
    ...(message.cookie === undefined ? [] : [`cookie: ${message.cookie}`]),
  ]
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n\r\n`, 'latin1')
}

/** Undefined for what is no such message. */
export function decodeLocalMessage(datagram: Uint8Array): LocalMessage | undefined {
  if (datagram.length > MAX_BYTES) return undefined
  const [request, ...lines] = Buffer.from(datagram).toString('latin1').split('\r\n')
  if (request !== 'BT-SEARCH * HTTP/1.1') return undefined
  let port = 0
  let cookie: string | undefined
  const infoHashes: string[] = []
  for (const line of lines) {
    const [, name = '', value = ''] = /^([a-z]+):\s*(\S+)\s*$/i.exec(line) ?? []
    switch (name.toLowerCase()) {
      case 'port':
        port = /^\d{1,5}$/.test(value) ? Number(value) : 0
        break
      case 'infohash':
        if (/^[0-9a-f]{40}$/i.test(value) && infoHashes.length < MAX_HASHES) infoHashes.push(value.toLowerCase())
        break
      case 'cookie':
        cookie = value
        break
      default:
    }
  }
  return port > 0 && port < 65536 && infoHashes.length > 0 ? { port, infoHashes, cookie } : undefined
}

/** As many as one message holds. */
export const LOCAL_MESSAGE_HASHES = MAX_HASHES
