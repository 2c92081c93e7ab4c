import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import type { App } from '../../lib/app.ts'
import { newDataDir, removeDataDir, startApp } from '../support/running-app.ts'
import { TLS_PAIRS } from '../support/tls-fixture.ts'

const MAIN = fileURLToPath(new URL('../../lib/main.ts', import.meta.url))

describe('the command line of a service over TLS', function () {
  this.timeout(60_000)

  let directory: string
  let dataDir: string
  let app: App

  before(async () => {
    directory = mkdtempSync(join(tmpdir(), 'own-service-'))
    dataDir = newDataDir()
    for (const [i, { cert, key }] of TLS_PAIRS.entries()) {
      writeFileSync(join(directory, `cert-${i}.pem`), cert)
      writeFileSync(join(directory, `key-${i}.pem`), key)
    }
    app = await startApp(dataDir, { API_TOKEN: 'secret', ...tls(0) })
  })
  after(async () => {
    await app.close()
    removeDataDir(dataDir)
    rmSync(directory, { recursive: true })
  })

  const tls = (i: number) => ({
    TLS_CERT: join(directory, `cert-${i}.pem`),
    TLS_KEY: join(directory, `key-${i}.pem`),
  })

  /** The certificate is self-signed, and of 127.0.0.1 alone. */
  async function run(settings: Readonly<Record<string, string>>, ...argv: string[]) {
    const { port } = new URL(app.apiUrl)
    const env = { PATH: process.env.PATH, API_HOST: 'localhost', API_PORT: port, API_TOKEN: 'secret', ...settings }
    const child = spawn(process.execPath, ['--import', 'tsx', MAIN, ...argv], { env })
    const read = { out: '', err: '' }
    child.stdout.on('data', (part: Buffer) => {
      read.out += part.toString()
    })
    child.stderr.on('data', (part: Buffer) => {
      read.err += part.toString()
    })
    const [code] = (await once(child, 'close')) as [number | null]
    return { code, ...read }
  }

  it('trusts the certificate of the settings, whatever host it names', async () => {
    const document = join(directory, 'library.jsonl')
    expect(await run(tls(0), 'torrents')).to.deep.equal({ code: 0, out: 'No torrents.\n', err: '' })
    expect(await run(tls(0), 'limits', '--download', '5')).to.deep.include({ code: 0, err: '' })
    expect(await run(tls(0), 'export', document)).to.deep.include({ code: 0, err: '' })
    expect(await run(tls(0), 'import', document)).to.deep.include({ code: 0, err: '' })
    expect(await run(tls(0), 'pause', 'a'.repeat(40))).to.deep.include({ code: 1, out: '' })
  })

  it('trusts no other', async () => {
    const { code, err } = await run(tls(1), 'torrents')
    expect(code).to.equal(1)
    expect(err).to.match(/^momoshtrem: cannot reach https:/)
  })
})
