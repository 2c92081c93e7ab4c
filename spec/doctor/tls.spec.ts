import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import type { App } from '../../lib/app.ts'
import type { Config } from '../../lib/config.ts'
import { systemClock } from '../../lib/domain/clock.ts'
import type { FindingLevel } from '../../lib/domain/doctor.ts'
import { freePort } from '../support/free-port.ts'
import { newDataDir, removeDataDir, startApp } from '../support/running-app.ts'
import { TLS_PAIRS } from '../support/tls-fixture.ts'
import { aheadBy, DAY_MS, finding, findings, LOGIN, optionsOf, settingsOf } from './fixture.ts'

describe('doctor: over TLS with a token', () => {
  let dataDir: string
  let app: App
  let settings: Config
  const file = (name: string): string => join(dataDir, name)

  before(async () => {
    dataDir = newDataDir()
    for (const [index, pair] of TLS_PAIRS.entries()) {
      writeFileSync(file(`cert-${index}`), pair.cert)
      writeFileSync(file(`key-${index}`), pair.key, { mode: 0o600 })
    }
    const environment = {
      ...LOGIN,
      DATA_DIR: dataDir,
      CACHE_SIZE_MB: '16',
      TORRENT_PORT: String(await freePort()),
      TLS_CERT: file('cert-0'),
      TLS_KEY: file('key-0'),
      API_TOKEN: 'token',
    }
    app = await startApp(dataDir, environment)
    settings = settingsOf(app, environment)
  })
  after(async () => {
    await app.close()
    removeDataDir(dataDir)
  })
  const tls = async (changes: Partial<Config>, level: FindingLevel, detail: RegExp, clock = systemClock) => {
    const found = await finding('TLS', optionsOf({ ...settings, ...changes }, { clock }))
    expect(found?.detail).to.match(detail)
    expect(found?.level).to.equal(level)
  }

  it('finds all well', async () => {
    const found = await findings(optionsOf(settings))
    expect([...found].filter(([, { level }]) => level !== 'ok')).to.deep.equal([])
    expect(found.get('TLS')?.detail).to.match(/valid until 2126-\d\d-\d\d; self-signed/)
    expect(found.get('listing')?.detail).to.match(/\/Movies 0 entries/)
    expect(found.get('reading')?.detail).to.equal('there is no file to read yet')
  })
  it('a token that is refused', async () => {
    const found = await finding('service', optionsOf({ ...settings, apiToken: 'old' }))
    expect(found).to.include({ level: 'fail', detail: 'the API refuses API_TOKEN' })
  })
  it('expired', () => tls({}, 'fail', /^expired on 2126/, aheadBy(101 * 365 * DAY_MS)))
  it('expires soon', () => {
    const toMs = Date.parse('2126-10-30T00:00:00Z')
    return tls({}, 'warn', /^expires on 2126/, aheadBy(toMs - 7 * DAY_MS - Date.now()))
  })
  it('not valid yet', () => tls({}, 'fail', /^valid from .* only/, aheadBy(-365 * DAY_MS)))
  it('for another name', () => tls({ publicUrl: 'https://tv.example/' }, 'warn', /not made for tv\.example/))
  it('with the key of another', () => tls({ tlsKey: file('key-1') }, 'fail', /is not the key/))
  it('without a file', () => tls({ tlsCert: '/none' }, 'fail', /ENOENT.*\/none/))
  it('with a key that others read', async () => {
    chmodSync(file('key-0'), 0o644)
    await tls({}, 'warn', /others than its owner/)
    chmodSync(file('key-0'), 0o600)
  })
  it('other than what the drive shows', () =>
    tls({ tlsCert: file('cert-1'), tlsKey: file('key-1') }, 'warn', /shows another certificate/))
})
