import { BlockList, isIP } from 'node:net'

const LOCAL = new BlockList()
for (const [address, bits] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
] as const) {
  LOCAL.addSubnet(address, bits, 'ipv4')
}
for (const [address, bits] of [
  ['::', 127],
  ['fc00::', 7],
  ['fe80::', 10],
] as const) {
  LOCAL.addSubnet(address, bits, 'ipv6')
}

/** Whether an IP address is of this machine or its own network (RFC 1918, 4193, 6598 …). IPv4 in IPv6 clothes counts. */
export function isLocalAddress(address: string): boolean {
  const family = isIP(address)
  return family !== 0 && LOCAL.check(address, family === 4 ? 'ipv4' : 'ipv6')
}

/** As `isLocalAddress`, for the host of a URL: an address, maybe in brackets, or a name that says it is this machine. */
export function isLocalHost(hostname: string): boolean {
  const host = hostname.replace(/^\[|\]$/g, '').toLowerCase()
  return host === 'localhost' || host.endsWith('.localhost') || isLocalAddress(host)
}
