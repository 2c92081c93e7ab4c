import { isIP } from 'node:net'

export interface PeerAddress {
  readonly host: string
  readonly port: number
}

/** `host:port`, with an IPv6 host in brackets. Undefined for anything that is not an IP address and a port. */
export function parsePeerAddress(address: string): PeerAddress | undefined {
  const match = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(address)
  const host = match?.[1] ?? match?.[2]
  const port = Number(match?.[3])
  return host && isIP(host) !== 0 && port > 0 && port < 65536 ? { host, port } : undefined
}

/** The inverse, the same text for the same peer however it was written. */
export function formatPeerAddress(host: string, port: number): string {
  const plain = plainHost(host)
  return plain.includes(':') ? `[${plain}]:${port}` : `${plain}:${port}`
}

/** An IPv4 address in IPv6 clothes is undressed; an IPv6 one is written the short way (RFC 5952). */
export function plainHost(host: string): string {
  if (!host.includes(':')) return host
  if (/^::ffff:\d+\./i.test(host)) return host.slice(7)
  return URL.canParse(`http://[${host}]/`) ? new URL(`http://[${host}]/`).hostname.slice(1, -1) : host
}

/** The 4 or 16 bytes of an IP address, as compact peer lists have them (BEP 7, BEP 23). */
export function addressBytes(host: string): Buffer {
  if (!host.includes(':')) return Buffer.from(host.split('.').map(Number))
  // An address that ends in an IPv4 one is written out in hexadecimal first.
  const hexadecimal = host.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_, a, b, c, d) => {
    return `${((Number(a) << 8) | Number(b)).toString(16)}:${((Number(c) << 8) | Number(d)).toString(16)}`
  })
  const [head = '', tail] = hexadecimal.replace(/%.*$/, '').split('::')
  const words = (text: string | undefined) => (text ? text.split(':') : [])
  const missing = 8 - words(head).length - words(tail).length
  const all = [...words(head), ...Array<string>(tail === undefined ? 0 : missing).fill('0'), ...words(tail)]
  const bytes = Buffer.alloc(16)
  for (const [index, word] of all.entries()) bytes.writeUInt16BE(Number.parseInt(word, 16), index * 2)
  return bytes
}
