import { chmodSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { expect } from 'chai'
import type { Config } from '../../lib/config.ts'
import type { FindingLevel } from '../../lib/domain/doctor.ts'
import { hashPassword } from '../../lib/webdav/password-users.ts'
import { freePort } from '../support/free-port.ts'
import { BASIC, finding, type Installation, optionsOf, useInstallation } from './fixture.ts'

describe('doctor: ports and logins', () => {
  let service: Installation
  useInstallation((started) => {
    service = started
  })
  const check = (...given: Parameters<Installation['expect']>): Promise<void> => service.expect(...given)

  describe('ports', () => {
    let other: Server | undefined
    afterEach(() => other?.close())

    it('one of the service does not answer', async () =>
      check('ports', { torrentPort: await freePort() }, 'fail', /^TORRENT_PORT \d+ on 127.0.0.1 does not answer/))
    it('another program has one', async () => {
      const webdavPort = await freePort()
      other = createServer().listen(webdavPort, '127.0.0.1')
      const apiPort = await freePort()
      await check('ports', { apiPort, webdavPort }, 'fail', /^WEBDAV_PORT \d+ .*cannot be used \(EADDRINUSE\)/)
    })
    it('an address of another machine', async () =>
      check('ports', { apiPort: await freePort(), webdavHost: '192.0.2.1' }, 'fail', /EADDRNOTAVAIL/))
    it('any free one', () => check('ports', { torrentPort: 0 }, 'warn', /TORRENT_PORT: any free port/))
  })

  describe('access', () => {
    const anonymous = { webdavUsername: '', webdavPassword: '', webdavHost: '0.0.0.0' }
    it('anonymous beyond this machine', () => check('access', anonymous, 'warn', /everyone who reaches 0\.0\.0\.0/))
    it('anonymous, and writing', () => check('access', { ...anonymous, allowWrite: 'true' }, 'warn', /delete from it/))
    it('Basic without TLS', () => check('access', { webdavHost: '0.0.0.0' }, 'warn', /passwords .* readable/))
    it('the API without TLS', () => check('access', { apiHost: '::', apiToken: 'x' }, 'warn', /API_TOKEN .* readable/))
    it('Digest', () => check('access', { webdavHost: '::', webdavBasicOverHttp: false }, 'ok', /with a login/))

    it('a wrong password', () => check('login', { webdavPassword: 'wrong' }, 'fail', /Digest login of me gets 401/))
    it('a login that the running drive does not know of', async () => {
      service.proxy.spoiling = { changeHeaders: (headers) => ({ ...headers, authorization: BASIC }) }
      await check('login', { webdavPort: service.proxy.port }, 'fail', /answers 207 without a login/)
    })
    it('other schemes than the settings say', () =>
      check('login', { webdavUsersFile: '/x' }, 'warn', /offers Digest and Basic, the settings say Basic/))
  })

  describe('the users file', () => {
    let path: string
    before(async () => {
      path = join(service.settings.dataDir, 'users')
      writeFileSync(path, `ann:${await hashPassword('a')}\nben:${await hashPassword('b')}:ro\n`, { mode: 0o600 })
    })
    beforeEach(() => chmodSync(path, 0o600))
    const usersCheck = (changes: Partial<Config>, level: FindingLevel, detail: RegExp) =>
      check('users file', { webdavUsersFile: path, ...changes }, level, detail)

    it('as it should be', () => usersCheck({}, 'ok', /^2 users/))
    it('not there', () => usersCheck({ webdavUsersFile: '/none' }, 'fail', /ENOENT/))
    it('readable by others', async () => {
      chmodSync(path, 0o644)
      await usersCheck({}, 'warn', /others than its owner/)
    })
    it('of another form', async () => {
      const wrong = join(service.settings.dataDir, 'wrong-users')
      writeFileSync(wrong, 'ann:secret\n')
      await usersCheck({ webdavUsersFile: wrong }, 'fail', /line 1 is not/)
    })
    it('leaves listing and reading to be tried by hand', async () => {
      const usersOnly = { ...service.settings, webdavUsersFile: path, webdavUsername: '', webdavPassword: '' }
      expect(await finding('listing', optionsOf(usersOnly))).to.equal(undefined)
      expect(await finding('reading', optionsOf(usersOnly))).to.equal(undefined)
    })
  })
})
