import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { envExample, parseConfig, readEnvironment } from '../lib/config.ts'
import { isLoopback, mayWrite } from '../lib/domain/drive-access.ts'
import { SETTINGS } from '../lib/settings.ts'

const parse = (environment: Record<string, string> = {}) => parseConfig(environment)

describe('parseConfig', () => {
  it('has a default for every setting', () => {
    const config = parse()
    expect(config.webdavPort).to.equal(36911)
    expect(config.apiPort).to.equal(4444)
    expect(config.startPaused).to.equal(true)
    expect(config.trackers).to.deep.equal([])
    expect(Object.isFrozen(config)).to.equal(true)
  })

  it('takes an empty value for an unset one', () => {
    expect(parse({ WEBDAV_PORT: '' }).webdavPort).to.equal(36911)
  })

  const refused: [string, Record<string, string>][] = [
    ['WEBDAV_PORT', { WEBDAV_PORT: '70000' }],
    ['WEBDAV_PORT', { WEBDAV_PORT: '80a' }],
    ['CACHE_SIZE_MB', { CACHE_SIZE_MB: '-1' }],
    ['READ_TIMEOUT_S', { READ_TIMEOUT_S: '0' }],
    ['DHT', { DHT: 'maybe' }],
    ['LOG_LEVEL', { LOG_LEVEL: 'loud' }],
    ['WEBDAV_HOST', { WEBDAV_HOST: 'a b' }],
    ['TRACKERS', { TRACKERS: 'http://ok.example/announce, wss://no.example' }],
    ['WEBDAV_USERNAME', { WEBDAV_PASSWORD: 'secret' }],
    ['WEBDAV_PASSWORD', { WEBDAV_USERNAME: 'me' }],
    ['WEBDAV_USERNAME', { WEBDAV_USERNAME: 'a:b', WEBDAV_PASSWORD: 'c' }],
    ['WEBDAV_HOST', { WEBDAV_HOST: '0.0.0.0' }],
    ['API_HOST', { API_HOST: '::' }],
    ['TLS_KEY', { TLS_CERT: '/tmp/cert.pem' }],
    ['TLS_CERT', { TLS_KEY: '/tmp/key.pem' }],
    ['WEBDAV_USERS_FILE', { WEBDAV_HOST: '0.0.0.0', WEBDAV_USERS_FILE: 'users' }],
    ['VIEWS', { VIEWS: 'instant,yesterday' }],
    ['SIDECARS', { SIDECARS: 'nfo none' }],
    ['SEED_RATIO', { SEED_RATIO: '1,5' }],
    ['ALLOW_WRITE', { ALLOW_WRITE: 'perhaps' }],
    ['PUBLIC_URL', { PUBLIC_URL: 'drive.example' }],
    ['OPENSUBTITLES_USERNAME', { OPENSUBTITLES_PASSWORD: 'secret' }],
  ]
  for (const [name, environment] of refused) {
    it(`refuses ${JSON.stringify(environment)} naming ${name}`, () => {
      expect(() => parse(environment))
        .to.throw(new RegExp(`^${name} `))
        .with.property('code', 'invalid')
    })
  }

  it('lets a host beyond loopback listen with a password, or when told to', () => {
    expect(parse({ WEBDAV_HOST: '0.0.0.0', WEBDAV_USERNAME: 'me', WEBDAV_PASSWORD: 'x' }).webdavHost).to.equal(
      '0.0.0.0',
    )
    expect(parse({ WEBDAV_HOST: '0.0.0.0', WEBDAV_ALLOW_ANONYMOUS: 'true' }).webdavAllowAnonymous).to.equal(true)
  })
})

describe('mayWrite', () => {
  it('needs a login, unless the setting decides', () => {
    const login = { WEBDAV_USERNAME: 'me', WEBDAV_PASSWORD: 'x' }
    expect(
      [{}, login, { ALLOW_WRITE: 'true' }, { ...login, ALLOW_WRITE: 'false' }, { WEBDAV_USERS_FILE: 'users' }].map(
        (env) => mayWrite(parse(env)),
      ),
    ).to.deep.equal([false, true, true, false, true])
  })
})

describe('lists in settings', () => {
  it('are names out of a choice, or none', () => {
    expect(parse().views).to.deep.equal(['recently-added', 'continue-watching', 'instant'])
    expect(parse({ VIEWS: 'none' }).views).to.deep.equal([])
    expect(parse({ SIDECARS: 'nfo, thumb' }).sidecars).to.deep.equal(['nfo', 'thumb'])
  })
})

describe('isLoopback', () => {
  it('knows names and addresses of this machine', () => {
    expect(['localhost', '127.0.0.1', '127.9.9.9', '::1'].every(isLoopback)).to.equal(true)
    expect(['0.0.0.0', '::', '192.168.1.2', 'example.org', '127.evil.example'].some(isLoopback)).to.equal(false)
  })
})

describe('readEnvironment', () => {
  const directory = mkdtempSync(join(tmpdir(), 'momoshtrem-env-'))
  after(() => rmSync(directory, { recursive: true }))

  it('adds the file under the environment', () => {
    const file = join(directory, '.env')
    writeFileSync(file, 'WEBDAV_PORT=1000\nAPI_PORT="2000" # of the API\n')
    const environment = readEnvironment({ WEBDAV_PORT: '3000' }, file)
    expect(environment).to.include({ WEBDAV_PORT: '3000', API_PORT: '2000' })
  })

  it('takes a byte order mark for nothing', () => {
    const file = join(directory, 'marked')
    writeFileSync(file, '\ufeffWEBDAV_PORT=1000\nAPI_PORT=2000\n')
    expect(readEnvironment({}, file)).to.deep.equal({ WEBDAV_PORT: '1000', API_PORT: '2000' })
  })

  it('refuses UTF-16 by the name of its file, with a byte order mark or without', () => {
    const file = join(directory, 'wide')
    const wide = Buffer.from('\ufeffWEBDAV_PORT=1000\n', 'utf16le')
    for (const bytes of [wide, wide.subarray(2), Buffer.from(wide).swap16(), wide.subarray(0, 2)]) {
      writeFileSync(file, bytes)
      expect(() => readEnvironment({}, file))
        .to.throw(`${file} is in UTF-16`)
        .with.property('code', 'invalid')
    }
  })

  it('does without the file, but not with one that cannot be read', () => {
    expect(readEnvironment({ A: 'b' }, join(directory, 'none'))).to.deep.equal({ A: 'b' })
    expect(() => readEnvironment({}, directory)).to.throw(/cannot be read/)
  })
})

describe('.env.example', () => {
  const committed = readFileSync(new URL('../.env.example', import.meta.url), 'utf8')

  it('is what the settings table prints (npm run env-example)', () => {
    expect(committed).to.equal(envExample())
  })

  it('says default and meaning of each setting, and parses to the defaults', () => {
    const names = [...committed.matchAll(/^# ([A-Z_]+)=/gm)].map((match) => match[1])
    expect(names).to.deep.equal(Object.values(SETTINGS).map((setting) => setting.name))
  })
})
