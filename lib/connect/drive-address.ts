import { isLoopback } from '../domain/drive-access.ts'

/** How the drive listens. */
export interface DriveListener {
  readonly host: string
  readonly port: number
  readonly isTls: boolean
  /** As other machines reach it, by a person's word; empty when it has no other address. */
  readonly publicUrl: string
}

/** Where the drive is, as the one who asks reaches it. */
export interface DriveAddress {
  /** With `/` at its end. */
  readonly url: string
  /** As in a URL: an IPv6 address has its brackets. */
  readonly hostname: string
  readonly port: number
  readonly isTls: boolean
  /** The one who asks is on another machine, and the drive listens on its own only. */
  readonly isOutOfReach: boolean
}

/** An address as in a URL, or as a listener has it. */
const isHere = (host: string): boolean => isLoopback(host.toLowerCase().replace(/^\[(.*)\]$/, '$1'))

/** @param hostHeader of the request for the page; the drive has the same name, unless a person gave another. */
export function driveAddress(listener: DriveListener, hostHeader: string | undefined): DriveAddress {
  if (listener.publicUrl !== '') {
    const url = new URL(listener.publicUrl)
    const isTls = url.protocol === 'https:'
    const port = url.port === '' ? (isTls ? 443 : 80) : Number(url.port)
    const path = url.pathname.endsWith('/') ? url.pathname : `${url.pathname}/`
    return { url: `${url.origin}${path}`, hostname: url.hostname, port, isTls, isOutOfReach: false }
  }
  const { port, isTls } = listener
  const asked = hostnameOf(hostHeader)
  const hostname = asked ?? 'localhost'
  const isOutOfReach = asked !== undefined && isHere(listener.host) && !isHere(asked)
  return { url: `${isTls ? 'https' : 'http'}://${hostname}:${port}/`, hostname, port, isTls, isOutOfReach }
}

function hostnameOf(hostHeader: string | undefined): string | undefined {
  if (hostHeader === undefined || !/^[\w.:[\]-]{1,255}$/.test(hostHeader)) return undefined
  const url = `http://${hostHeader}/`
  return URL.canParse(url) ? new URL(url).hostname : undefined
}
