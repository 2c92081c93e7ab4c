import { expect } from 'chai'
import type { App } from '../../lib/app.ts'
import { type Config, parseConfig } from '../../lib/config.ts'
import { doctorChecks } from '../../lib/doctor/doctor.ts'
import type { DoctorOptions } from '../../lib/doctor/doctor-options.ts'
import { type Clock, systemClock } from '../../lib/domain/clock.ts'
import type { Finding, FindingLevel } from '../../lib/domain/doctor.ts'
import { MIGRATIONS_DIR } from '../../lib/library/migrations.ts'
import { parseUsers } from '../../lib/webdav/password-users.ts'
import { makeFilesTorrent } from '../support/files-torrent.ts'
import { freePort } from '../support/free-port.ts'
import { LocalTmdb, V3_KEY } from '../support/local-tmdb.ts'
import { makeContent } from '../support/make-torrent.ts'
import { callApi, hrefOf, LOOPBACK_SETTINGS, newDataDir, removeDataDir, startApp } from '../support/running-app.ts'
import { ScriptedPeer } from '../support/scripted-peer.ts'
import { until } from '../support/until.ts'
import { SpoilingProxy } from './spoiling-proxy.ts'

type Environment = Readonly<Record<string, string>>

/** The settings of a service that runs, with the ports that it took. */
export function settingsOf(app: App, environment: Environment): Config {
  const ports = { WEBDAV_PORT: new URL(app.webdavUrl).port, API_PORT: new URL(app.apiUrl).port }
  return parseConfig({ ...LOOPBACK_SETTINGS, ...environment, ...ports })
}

export const optionsOf = (settings: Config, overrides: Partial<DoctorOptions> = {}): DoctorOptions => ({
  loadSettings: () => settings,
  clock: systemClock,
  nodeVersion: process.versions.node,
  openFilesLimit: () => 4096,
  migrationsDir: MIGRATIONS_DIR,
  countUsers: (text) => parseUsers(text).length,
  ...overrides,
})

/** What each check with something to say found, by its name. */
export async function findings(options: DoctorOptions): Promise<Map<string, Finding>> {
  const found = new Map<string, Finding>()
  for (const check of doctorChecks(options)) {
    const finding = await check.run()
    if (finding) found.set(check.name, finding)
  }
  return found
}

/** What one check found; those before it do not run. */
export async function finding(name: string, options: DoctorOptions): Promise<Finding | undefined> {
  const [settings, ...others] = doctorChecks(options)
  await settings?.run()
  return await others.find((check) => check.name === name)?.run()
}

export const LOGIN = { WEBDAV_USERNAME: 'me', WEBDAV_PASSWORD: 'secret, "quoted"' }
/** As the proxy may add it. */
export const BASIC = `Basic ${Buffer.from(`me:${LOGIN.WEBDAV_PASSWORD}`).toString('base64')}`
export const FILM = makeFilesTorrent('Small.Film.2020.1080p.WEB-DL-DEMO', [
  { path: 'Small.Film.2020.1080p.WEB-DL-DEMO.mkv', bytes: makeContent(700_000) },
])
export const FILM_PATH = '/Movies/Small Film (2020)/Small Film (2020).mkv'

/** A service of plain HTTP with a login, a film and a local TMDB, and a proxy in front of its drive. */
export class Installation {
  readonly app: App
  readonly settings: Config
  readonly tmdb: LocalTmdb
  readonly proxy: SpoilingProxy
  readonly #seeder: ScriptedPeer

  private constructor(app: App, settings: Config, tmdb: LocalTmdb, proxy: SpoilingProxy, seeder: ScriptedPeer) {
    this.app = app
    this.settings = settings
    this.tmdb = tmdb
    this.proxy = proxy
    this.#seeder = seeder
  }

  static async start(): Promise<Installation> {
    const tmdb = await LocalTmdb.start()
    const seeder = await ScriptedPeer.listen({ torrent: FILM })
    const environment = {
      ...LOGIN,
      DATA_DIR: newDataDir(),
      CACHE_SIZE_MB: '16',
      WEBDAV_BASIC_OVER_HTTP: 'true',
      TORRENT_PORT: String(await freePort()),
      TMDB_API_KEY: V3_KEY,
      TMDB_BASE_URL: tmdb.url,
    }
    const app = await startApp(environment.DATA_DIR, environment)
    const added = await callApi(app, '/api/torrents', { magnet_uri: FILM.magnetTo(seeder.address) })
    if (added.status !== 201) throw new Error(`not added: ${added.status}`)
    const proxy = await SpoilingProxy.start(app.webdavUrl)
    return new Installation(app, settingsOf(app, environment), tmdb, proxy, seeder)
  }

  /** Reads the film, so that all of it is in the cache, and waits until the drive shows it so. */
  async readFilm(): Promise<void> {
    const whole = await fetch(hrefOf(this.app, FILM_PATH), { headers: { authorization: BASIC } })
    expect((await whole.arrayBuffer()).byteLength).to.equal(700_000)
    await until(async () => {
      const found = await finding('reading', optionsOf(this.settings))
      return found?.detail.startsWith('first') === true
    })
  }

  /** Expects one check to find this with some settings changed. There is always advice, unless all is well. */
  async expect(
    name: string,
    changes: Partial<Config>,
    level: FindingLevel,
    detail: RegExp,
    options: Partial<DoctorOptions> = {},
  ): Promise<void> {
    const found = await finding(name, optionsOf({ ...this.settings, ...changes }, options))
    expect(found?.detail).to.match(detail)
    expect(found?.level).to.equal(level)
    expect(found?.advice === undefined).to.equal(level === 'ok')
  }

  async close(): Promise<void> {
    await this.proxy.close()
    await this.app.close()
    await this.#seeder.close()
    await this.tmdb.close()
    removeDataDir(this.settings.dataDir)
  }
}

/** For the suite around: one installation, which nothing spoils when a spec begins. */
export function useInstallation(given: (service: Installation) => void): void {
  let service: Installation
  before(async () => {
    service = await Installation.start()
    given(service)
  })
  afterEach(() => {
    service.proxy.spoiling = {}
    service.tmdb.isDown = false
  })
  after(() => service.close())
}

export const DAY_MS = 24 * 60 * 60_000
export const aheadBy = (ms: number): Clock => ({ ...systemClock, nowMs: () => Date.now() + ms })
