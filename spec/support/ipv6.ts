import { networkInterfaces } from 'node:os'

/** Many containers have no IPv6, not even `::1`. */
export const hasIpv6 = Object.values(networkInterfaces()).some((all) => all?.some(({ address }) => address === '::1'))
