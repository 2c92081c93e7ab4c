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

/** The inverse; an IPv4 address in IPv6 clothes is undressed. */
export function formatPeerAddress(host: string, port: number): string {
  const plain = plainHost(host)
  return plain.includes(':') ? `[${plain}]:${port}` : `${plain}:${port}`
}

export const plainHost = (host: string): string => (/^::ffff:\d+\./i.test(host) ? host.slice(7) : host)
