import { expect } from 'chai'
import { parseConfig } from '../../lib/config.ts'
import { freePort } from '../support/free-port.ts'
import { hurriedClock } from '../support/hurried-clock.ts'
import { V3_KEY } from '../support/local-tmdb.ts'
import { callApi, newDataDir, removeDataDir, startApp } from '../support/running-app.ts'
import { until } from '../support/until.ts'
import {
  aheadBy,
  DAY_MS,
  FILM,
  finding,
  findings,
  type Installation,
  optionsOf,
  settingsOf,
  useInstallation,
} from './fixture.ts'
import { SpoilingProxy } from './spoiling-proxy.ts'

describe('doctor', () => {
  let service: Installation
  useInstallation((started) => {
    service = started
  })
  const check = (...given: Parameters<Installation['expect']>): Promise<void> => service.expect(...given)

  it('finds all well with a service that runs, and reads no file that is not in the cache', async () => {
    await check('reading', {}, 'ok', /^HEAD of Small Film/)
    await service.readFilm()
    // A machine that is busy with other things is not a service that lists slowly.
    const found = await findings(optionsOf(service.settings, { clock: hurriedClock(1 / 20) }))
    expect([...found].filter(([, { level }]) => level !== 'ok')).to.deep.equal([])
    expect([...found.keys()]).to.deep.equal([
      'settings',
      'Node.js',
      'service',
      'data directory',
      'database',
      'open files',
      'ports',
      'access',
      'login',
      'listing',
      'reading',
      'swarm',
      'TMDB',
      'clock',
    ])
    expect(found.get('login')?.detail).to.match(/Digest and Basic$/)
    expect(found.get('listing')?.detail).to.match(/\/Movies 1 entry \(\d+ ms\)$/)
    expect(found.get('reading')?.detail).to.match(/first and last byte of Small Film/)
    expect(JSON.stringify([...found]))
      .not.to.include(V3_KEY)
      .and.not.include('secret')
  })

  it('checks what it can while the service does not run', async () => {
    const ports = { apiPort: await freePort(), webdavPort: await freePort(), torrentPort: await freePort() }
    const found = await findings(optionsOf({ ...service.settings, ...ports, tmdbApiKey: '' }))
    expect([...found].filter(([, { level }]) => level !== 'ok').map(([name]) => name)).to.deep.equal(['service'])
    expect([...found.keys()])
      .not.to.include('listing')
      .and.not.include('login')
    expect(found.get('ports')?.detail).to.match(/are free$/)
  })

  it('says what is wrong with the settings, and nothing of what goes by them', async () => {
    const loadSettings = () => parseConfig({ WEBDAV_PORT: 'many' })
    const found = await findings(optionsOf(service.settings, { loadSettings }))
    expect([...found.keys()]).to.deep.equal(['settings'])
    expect(found.get('settings'))
      .to.include({ level: 'fail' })
      .and.have.property('detail')
      .that.match(/^WEBDAV_PORT /)
  })

  describe('the machine', () => {
    it('Node too old', () => check('Node.js', {}, 'fail', /18\.20\.4 is too old/, { nodeVersion: '18.20.4' }))
    it('Node just new enough', () => check('Node.js', {}, 'ok', /20\.19\.0/, { nodeVersion: '20.19.0' }))
    it('few open files', () => check('open files', {}, 'warn', /^1024 /, { openFilesLimit: () => 1024 }))
    it('far too few open files', () => check('open files', {}, 'fail', /^256 /, { openFilesLimit: () => 256 }))
    it('a directory that cannot be written', () =>
      check('data directory', { dataDir: '/proc/none' }, 'fail', /\/proc cannot be written/))
    it('less room than the cache may take', () =>
      check('data directory', { cacheSizeMb: 99_000_000 }, 'warn', /may grow by/))
    it('a clock before this program was', () =>
      check('clock', {}, 'fail', /this machine says 19/, { clock: aheadBy(-40 * 365 * DAY_MS) }))
    it('a clock that differs from others', async () => {
      const found = await findings(optionsOf(service.settings, { clock: aheadBy(10 * 60_000) }))
      expect(found.get('clock')).to.include({ level: 'warn' })
      expect(found.get('clock')?.detail).to.match(/10 minutes ahead of that of/)
    })
  })

  describe('keys', () => {
    it('TMDB refuses one', () => check('TMDB', { tmdbApiKey: 'f'.repeat(32) }, 'fail', /refuses TMDB_API_KEY/))
    it('TMDB is down', async () => {
      service.tmdb.isDown = true
      await check('TMDB', {}, 'warn', /does not answer/)
    })
    it('OpenSubtitles takes, refuses, and fails', async () => {
      const opensubtitles = await SpoilingProxy.start(service.tmdb.url)
      const use = { opensubtitlesApiKey: 'k', opensubtitlesBaseUrl: opensubtitles.url }
      try {
        for (const [status, level, detail] of [
          [200, 'ok', /accepted/],
          [403, 'fail', /refuses OPENSUBTITLES_API_KEY/],
          [503, 'warn', /answers 503/],
        ] as const) {
          opensubtitles.spoiling = { status }
          await check('OpenSubtitles', use, level, detail)
        }
      } finally {
        await opensubtitles.close()
      }
    })
  })

  it('a swarm without peers', async () => {
    const alone = newDataDir()
    const environment = { DATA_DIR: alone, CACHE_SIZE_MB: '16', START_PAUSED: 'false' }
    const lonely = await startApp(alone, environment)
    try {
      const torrent = Buffer.from(FILM.metadata).toString('base64')
      expect((await callApi(lonely, '/api/torrents', { torrent })).status).to.equal(201)
      const options = optionsOf(settingsOf(lonely, environment))
      await until(async () => (await finding('swarm', options))?.level === 'warn')
      expect((await finding('swarm', options))?.detail).to.equal('no peers for 1 torrent online')
    } finally {
      await lonely.close()
      removeDataDir(alone)
    }
  })
})
