import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { connect, type TLSSocket } from 'node:tls'
import { expect } from 'chai'
import { newDataDir, removeDataDir, startApp } from '../support/running-app.ts'
import { TLS_PAIRS } from '../support/tls-fixture.ts'
import { until } from '../support/until.ts'

/** What the listener at this URL shows to a new connection. */
function fingerprintAt(url: string): Promise<string> {
  const { hostname, port } = new URL(url)
  return new Promise((resolve, reject) => {
    const socket: TLSSocket = connect({ host: hostname, port: Number(port), rejectUnauthorized: false }, () => {
      resolve(socket.getPeerCertificate().fingerprint256)
      socket.destroy()
    })
    socket.once('error', reject)
  })
}

describe('HTTPS', () => {
  it('is spoken by drive and API from PEM files, which both read anew when they change', async () => {
    const dataDir = newDataDir()
    const [certPath, keyPath] = [join(dataDir, 'cert.pem'), join(dataDir, 'key.pem')]
    const write = (pair: (typeof TLS_PAIRS)[number]): void => {
      writeFileSync(certPath, pair.cert)
      writeFileSync(keyPath, pair.key)
    }
    const [first, second] = TLS_PAIRS
    write(first)
    const app = await startApp(dataDir, { TLS_CERT: certPath, TLS_KEY: keyPath })
    try {
      expect(app.webdavUrl).to.match(/^https:/)
      const before = await fingerprintAt(app.webdavUrl)
      expect(await fingerprintAt(app.apiUrl)).to.equal(before)
      write(second)
      for (const url of [app.webdavUrl, app.apiUrl]) {
        await until(async () => (await fingerprintAt(url)) !== before)
      }
    } finally {
      await app.close()
      removeDataDir(dataDir)
    }
  })
})
