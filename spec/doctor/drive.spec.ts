import type { IncomingHttpHeaders } from 'node:http'
import { expect } from 'chai'
import type { FindingLevel } from '../../lib/domain/doctor.ts'
import { freePort } from '../support/free-port.ts'
import { BASIC, finding, type Installation, optionsOf, useInstallation } from './fixture.ts'

const without = (name: string, headers: IncomingHttpHeaders): IncomingHttpHeaders =>
  Object.fromEntries(Object.entries(headers).filter(([one]) => one !== name))

describe('doctor: the drive', () => {
  let service: Installation
  useInstallation((started) => {
    service = started
  })
  before(() => service.readFilm())
  const check = (...given: Parameters<Installation['expect']>): Promise<void> => service.expect(...given)

  describe('the drive', () => {
    const through = (name: string, level: FindingLevel, detail: RegExp) =>
      check(name, { webdavPort: service.proxy.port }, level, detail)

    it('a slow listing', async () => {
      service.proxy.spoiling = { delayMs: ({ depth }) => (depth === '1' ? 1100 : 0) }
      await through('listing', 'warn', /\(\d{4,} ms\)/)
    })
    it('no listing', async () => {
      service.proxy.spoiling = { status: 405 }
      await through('listing', 'fail', /depth 0 answers 405/)
    })
    it('no answer, for no longer than some seconds', async () => {
      service.proxy.spoiling = { isSilent: true }
      const startedMs = performance.now()
      const failure = await finding(
        'listing',
        optionsOf({ ...service.settings, webdavPort: service.proxy.port }),
      ).catch((error) => error)
      expect(failure).to.have.property('code', 'timeout')
      expect(performance.now() - startedMs).to.be.below(20_000)
    })
    it('ranges that get lost', async () => {
      service.proxy.spoiling = { changeHeaders: (headers) => without('range', headers) }
      await through('reading', 'fail', /GET bytes=0-0 of Small Film .* answers 200/)
    })
    it('ranges that are not offered', async () => {
      service.proxy.spoiling = { changeAnswer: (headers) => without('accept-ranges', headers) }
      await through('reading', 'fail', /HEAD of Small Film .* offers no ranges/)
    })
    it('a GET that is not what HEAD said', async () => {
      service.proxy.spoiling = {
        changeAnswer: (headers) => (headers['content-range'] === undefined ? headers : { ...headers, etag: '"other"' }),
      }
      await through('reading', 'fail', /another etag than HEAD/)
    })
  })

  describe('a proxy in front', () => {
    const open = { webdavUsername: '', webdavPassword: '' }
    const withLogin = (headers: object) => ({ ...headers, authorization: BASIC })
    const outside = (level: FindingLevel, detail: RegExp) =>
      check('public address', { ...open, publicUrl: service.proxy.url }, level, detail)

    it('asks for the login', () => outside('ok', /asks for a login/))
    it('hands everything on', async () => {
      service.proxy.spoiling = { changeHeaders: withLogin }
      await outside('ok', /takes Destination/)
    })
    it('changes Host', async () => {
      service.proxy.spoiling = { changeHeaders: (headers) => withLogin({ ...headers, host: 'drive.internal' }) }
      await outside('warn', /the proxy changes Host/)
    })
    it('knows no PROPFIND', async () => {
      service.proxy.spoiling = { status: 405 }
      await outside('warn', /answers PROPFIND with 405/)
    })
    it('cannot be reached', async () =>
      check('public address', { publicUrl: `http://127.0.0.1:${await freePort()}` }, 'warn', /ECONNREFUSED/))
  })
})
