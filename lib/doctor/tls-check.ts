import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import { isIP } from 'node:net'
import { connect, type PeerCertificate, type TLSSocket } from 'node:tls'
import { orAbort } from '../domain/abort.ts'
import type { CheckContext } from './check-context.ts'
import { fail, ok, warn } from './findings.ts'
import { localHost } from './service-probe.ts'

const DAY_MS = 24 * 60 * 60_000
/** Whoever renews by a timer has done so by then. */
const RENEW_MS = 14 * DAY_MS

/** Dates, name and key of the certificate, and whether the drive shows this one. */
export async function checkTls({ settings, options, service }: CheckContext, signal: AbortSignal) {
  const { tlsCert, tlsKey, webdavHost, webdavPort, publicUrl } = settings
  if (tlsCert === '') return undefined
  let certificate: X509Certificate
  let key: KeyObject
  try {
    certificate = new X509Certificate(await readFile(tlsCert))
    key = createPrivateKey(await readFile(tlsKey))
  } catch (error) {
    return fail((error as Error).message, 'Set TLS_CERT and TLS_KEY to readable PEM files.')
  }
  if (!certificate.checkPrivateKey(key))
    return fail('TLS_KEY is not the key of TLS_CERT', 'Set both to the files of one certificate.')
  const nowMs = options.clock.nowMs()
  const [fromMs, toMs] = [Date.parse(certificate.validFrom), Date.parse(certificate.validTo)]
  const until = new Date(toMs).toISOString().slice(0, 10)
  if (nowMs < fromMs)
    return fail(
      `valid from ${new Date(fromMs).toISOString()} only`,
      'Set the clock, or take the certificate of before.',
    )
  if (nowMs > toMs) return fail(`expired on ${until}`, 'Renew the certificate; the new files are read by themselves.')
  if (toMs - nowMs < RENEW_MS)
    return warn(`expires on ${until}`, 'Renew the certificate; the new files are read by themselves.')
  const name = publicUrl === '' ? webdavHost : new URL(publicUrl).hostname.replace(/^\[|\]$/g, '')
  if (!isWildcard(name) && !isFor(certificate, name))
    return warn(
      `not made for ${name} but for ${certificate.subjectAltName ?? certificate.subject}`,
      `Make one whose names hold ${name}, or reach the drive by a name that it has (PUBLIC_URL).`,
    )
  if (process.platform !== 'win32' && ((await stat(tlsKey)).mode & 0o077) !== 0)
    return warn(`others than its owner may read ${tlsKey}`, `chmod 600 ${tlsKey}`)
  if (await service.isRunning(signal)) {
    const shown = await orAbort(shownCertificate(localHost(webdavHost), webdavPort, signal), signal)
    if (shown.fingerprint256 !== certificate.fingerprint256)
      return warn('the drive shows another certificate than that of TLS_CERT', 'Start the service again.')
  }
  const trust = certificate.checkIssued(certificate) ? '; self-signed: each client must be told to trust it' : ''
  return ok(`valid until ${until}${trust}`)
}

const isWildcard = (host: string): boolean => host === '0.0.0.0' || host === '::'

const isFor = (certificate: X509Certificate, name: string): boolean =>
  (isIP(name) > 0 ? certificate.checkIP(name) : certificate.checkHost(name)) !== undefined

function shownCertificate(host: string, port: number, signal: AbortSignal): Promise<PeerCertificate> {
  return new Promise((resolve, reject) => {
    const socket: TLSSocket = connect({ host, port, rejectUnauthorized: false }, () => {
      resolve(socket.getPeerCertificate())
      socket.destroy()
    })
    const onAbort = () => socket.destroy()
    signal.addEventListener('abort', onAbort, { once: true })
    socket.once('close', () => signal.removeEventListener('abort', onAbort))
    socket.once('error', reject)
  })
}
