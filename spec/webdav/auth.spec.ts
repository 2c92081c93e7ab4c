import { createHash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { expect } from 'chai'
import { AppError } from '../../lib/domain/errors.ts'
import { type Access, Authenticator, digestResponse } from '../../lib/webdav/auth.ts'
import { hashPassword, parseUsers } from '../../lib/webdav/password-users.ts'
import type { Answer } from '../../lib/webdav/responses.ts'
import { exchange } from '../support/http-exchange.ts'
import { ManualClock } from '../support/manual-clock.ts'
import { startWebdav } from '../support/webdav-fixture.ts'

const credentials = { username: 'Mufasa', password: 'Circle of Life: päss' }
type Algorithm = 'MD5' | 'SHA-256'
const hash = (algorithm: Algorithm, text: string): string =>
  createHash(algorithm === 'MD5' ? 'md5' : 'sha256')
    .update(text)
    .digest('hex')

interface Login {
  readonly algorithm?: Algorithm
  readonly nonce: string
  readonly nc?: number
  readonly username?: string
  readonly password?: string
  readonly uri?: string
}

function digestField(login: Login): string {
  const { algorithm = 'MD5', nonce, nc = 1, username = 'Mufasa', password = credentials.password, uri = '/a' } = login
  const count = nc.toString(16).padStart(8, '0')
  const ha1 = hash(algorithm, `${username}:Momoshtrem:${password}`)
  const response = hash(algorithm, `${ha1}:${nonce}:${count}:c0:auth:${hash(algorithm, `GET:${uri}`)}`)
  return `Digest username="${username}", realm="Momoshtrem", nonce="${nonce}", uri="${uri}", algorithm=${algorithm}, response="${response}", qop=auth, nc=${count}, cnonce="c0"`
}

describe('Authenticator', () => {
  let clock: ManualClock
  let authenticator: Authenticator
  const failures: string[] = []

  beforeEach(() => {
    clock = new ManualClock()
    failures.length = 0
    authenticator = new Authenticator({ credentials, clock, isBasicOffered: true, onFailure: (a) => failures.push(a) })
  })

  const request = (authorization?: string, remoteAddress = '192.0.2.1', url = '/a', method = 'GET') =>
    ({ method, url, headers: { authorization }, socket: { remoteAddress } }) as unknown as IncomingMessage
  const check = (authorization?: string, remoteAddress?: string, url?: string): Answer | undefined => {
    const answer = authenticator.check(request(authorization, remoteAddress, url))
    if (answer instanceof Promise) throw new Error('one password needs no hashing')
    return typeof answer === 'string' ? undefined : answer
  }
  const challenges = (): readonly string[] => check()?.headers?.['WWW-Authenticate'] as readonly string[]
  const nonce = (): string => /nonce="([^"]+)"/.exec(challenges()[0] ?? '')?.[1] ?? ''
  const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`

  it('computes the responses of RFC 7616 section 3.9.1', () => {
    const given = {
      method: 'GET',
      uri: '/dir/index.html',
      nonce: '7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v',
      nc: '00000001',
      cnonce: 'f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ',
    }
    const secret = 'Mufasa:http-auth@example.org:Circle of Life'
    expect(digestResponse('MD5', { ...given, ha1: hash('MD5', secret) })).to.equal('8ca523f5e9506fed4657c9700eebdbec')
    expect(digestResponse('SHA-256', { ...given, ha1: hash('SHA-256', secret) })).to.equal(
      '753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1',
    )
  })

  it('challenges with Digest of both algorithms and Basic, or without Basic', () => {
    expect(
      challenges().map((text) => /^\w+ .*?(?:algorithm=([\w-]+)|charset)/.exec(text)?.[1] ?? 'Basic'),
    ).to.deep.equal(['MD5', 'SHA-256', 'Basic'])
    authenticator = new Authenticator({ credentials, clock, isBasicOffered: false })
    expect(challenges()).to.have.length(2)
    expect(check(basic(`Mufasa:${credentials.password}`))?.status).to.equal(401)
  })

  it('lets the right Basic login pass, colons and umlauts included, and no other', () => {
    expect(check(basic(`Mufasa:${credentials.password}`))).to.equal(undefined)
    for (const text of ['Mufasa:', 'Mufasa', '', 'constructor:', '__proto__:', `mufasa:${credentials.password}`]) {
      expect(check(basic(text), text)?.status, text).to.equal(401)
    }
  })

  it('lets the right Digest login pass with either algorithm', () => {
    for (const algorithm of ['MD5', 'SHA-256'] as const) {
      expect(check(digestField({ algorithm, nonce: nonce() })), algorithm).to.equal(undefined)
    }
    expect(check(digestField({ nonce: nonce(), uri: 'http://host/a' }))).to.equal(undefined)
  })

  it('refuses a Digest of another user, password, target, or without qop', () => {
    expect(check(digestField({ nonce: nonce(), username: 'constructor' }))?.status).to.equal(401)
    expect(check(digestField({ nonce: nonce(), password: 'x' }))?.status).to.equal(401)
    expect(check(digestField({ nonce: nonce(), uri: '/b' }))?.status).to.equal(401)
    expect(check(digestField({ nonce: nonce() }).replace('qop=auth, ', ''))?.status).to.equal(401)
    expect(failures).to.have.length(4)
  })

  it('takes each count of a nonce once, in any order within the window', () => {
    const used = nonce()
    const send = (nc: number) => check(digestField({ nonce: used, nc }))
    expect([1, 3, 2, 20, 5].map((nc) => send(nc))).to.deep.equal(Array(5).fill(undefined))
    for (const nc of [1, 2, 3, 5, 20, 0]) expect(JSON.stringify(send(nc)?.headers), `nc ${nc}`).to.include('stale=true')
    expect(send(100)).to.equal(undefined)
    expect(JSON.stringify(send(60)?.headers), 'behind the window').to.include('stale=true')
    expect(failures).to.deep.equal([])
  })

  it('calls an old nonce or one of another server stale, which costs no attempt', () => {
    const old = nonce()
    clock.advance(3_600_001)
    expect(JSON.stringify(check(digestField({ nonce: old }))?.headers)).to.include('stale=true')
    expect(JSON.stringify(check(digestField({ nonce: 'made.up.nonce' }))?.headers)).to.include('stale=true')
    expect(failures).to.deep.equal([])
  })

  it('reads a long field that says nothing at once', () => {
    const startedMs = performance.now()
    for (const text of ['a', 'a ', 'a=', 'a="', 'a="\\']) check(`Digest ${text.repeat(16_000 / text.length)}`)
    expect(performance.now() - startedMs).to.be.below(200)
  })

  it('forgets the failures of a user who gets in at last', () => {
    for (let attempt = 0; attempt < 9; attempt++) check(basic('Mufasa:typo'))
    expect(check(basic(`Mufasa:${credentials.password}`))).to.equal(undefined)
    for (let attempt = 0; attempt < 10; attempt++) expect(check(basic('Mufasa:typo'))?.status).to.equal(401)
  })

  it('makes an address wait after ten failures, no other, and not for ever', () => {
    for (let attempt = 0; attempt < 10; attempt++) expect(check(basic('a:b'))?.status).to.equal(401)
    const blocked = check(basic(`Mufasa:${credentials.password}`))
    expect(blocked?.status).to.equal(429)
    expect(blocked?.headers?.['Retry-After']).to.equal(60)
    expect(check(basic(`Mufasa:${credentials.password}`), '192.0.2.2')).to.equal(undefined)
    clock.advance(60_001)
    expect(check(basic(`Mufasa:${credentials.password}`))).to.equal(undefined)
  })

  it('counts the addresses of one IPv6 network as one', () => {
    for (let attempt = 0; attempt < 10; attempt++) check(basic('a:b'), `2001:db8:1:2::${attempt}`)
    expect(check(basic('a:b'), '2001:db8:1:2:ffff::9')?.status).to.equal(429)
    expect(check(basic('a:b'), '2001:db8:1:3::1')?.status).to.equal(401)
  })

  describe('with a users file', () => {
    /** What it may do, or the status that it is refused with. */
    const ask = async (text: string, address?: string): Promise<Access | number> => {
      const answer = await authenticator.check(request(basic(text), address))
      return typeof answer === 'string' ? answer : answer.status
    }

    beforeEach(async () => {
      const lines = [`# people`, `ann:${await hashPassword('pa:ss wörd')}`, '', `bob:${await hashPassword('b')}:ro`]
      const users = { current: parseUsers(lines.join('\n')) }
      authenticator = new Authenticator({ credentials, users, clock, isBasicOffered: true })
    })

    it('lets its users in by Basic, beside the one of the settings, and offers no Digest', async () => {
      expect(challenges()).to.have.length(1)
      expect(await ask('ann:pa:ss wörd')).to.equal('write')
      expect(await ask('bob:b')).to.equal('read')
      expect(await ask(`Mufasa:${credentials.password}`)).to.equal('write')
      for (const text of ['ann:b', 'ann:', 'nobody:b', 'b', '__proto__:b']) expect(await ask(text, text)).to.equal(401)
    })

    it('hashes a login again after a quarter of an hour, and when the list is another', async () => {
      const isKnown = (): boolean => authenticator.check(request(basic('bob:b'))) === 'read'
      expect(isKnown()).to.equal(false)
      await ask('bob:b')
      clock.advance(14 * 60_000)
      expect(isKnown()).to.equal(true)
      clock.advance(60_001)
      expect(isKnown()).to.equal(false)
      const source = { current: parseUsers(`bob:${await hashPassword('b')}`) }
      authenticator = new Authenticator({ users: source, clock, isBasicOffered: true })
      expect(await ask('bob:b')).to.equal('write')
      source.current = parseUsers(`bob:${await hashPassword('other')}`)
      expect(await ask('bob:b')).to.equal(401)
      expect(await ask('bob:other')).to.equal('write')
    })

    it('limits the guesses at one user, whoever else logs in between', async () => {
      const answers: (Access | number)[] = []
      for (let guess = 0; guess < 11; guess++) {
        answers.push(await ask('ann:guess'))
        if (guess < 9) expect(await ask('bob:b')).to.equal('read')
      }
      expect(answers).to.deep.equal([...Array(10).fill(401), 429])
    })

    it('hashes a login once, and makes guesses wait in line and then go away', async () => {
      await ask('bob:b')
      expect(authenticator.check(request(basic('bob:b')))).to.equal('read')
      const guesses = Array.from({ length: 30 }, (_, index) => ask(`ann:${index}`, `192.0.2.${index}`))
      const answers = await Promise.all(guesses)
      expect(answers.filter((status) => status === 429)).to.have.length(14)
      expect(answers.filter((status) => status === 401)).to.have.length(16)
    })

    it('guards the server with them alone', async () => {
      const { server, port } = await startWebdav({
        users: { current: parseUsers(`bob:${await hashPassword('b')}:ro`) },
      })
      try {
        const status = async (method: string, text: string): Promise<number> =>
          (await exchange(port, method, '/Inbox/x', { Authorization: basic(text) })).status
        expect(await status('OPTIONS', 'bob:x')).to.equal(401)
        expect(await status('OPTIONS', 'bob:b')).to.equal(200)
        for (const method of ['PUT', 'DELETE', 'MKCOL', 'MOVE', 'COPY', 'LOCK', 'UNLOCK', 'PROPPATCH', 'POST'])
          expect(await status(method, 'bob:b'), method).to.equal(403)
        expect((await exchange(port, 'OPTIONS', '/')).status).to.equal(401)
      } finally {
        await server.close()
      }
    })

    it('refuses a file that it cannot understand, naming the line, and Basic that is not offered', async () => {
      const line = `ann:${await hashPassword('x')}`
      for (const [text, message] of [
        ['', /holds no user/],
        [`\nann:secret`, /^line 2 is not/],
        [`${line}\n${line}`, /^line 2 names a user/],
        [line.replace('ln=15', 'ln=20'), /^line 1 has costs/],
      ] as const)
        expect(() => parseUsers(text), text).to.throw(AppError, message)
      expect(() => new Authenticator({ users: { current: parseUsers(line) }, clock, isBasicOffered: false })).to.throw(
        AppError,
        /Basic/,
      )
    })
  })

  it('guards every method of the server, and nothing when no credentials are set', async () => {
    const guarded = await startWebdav({ credentials })
    try {
      for (const method of ['OPTIONS', 'GET', 'HEAD', 'PROPFIND', 'PUT', 'DELETE', 'LOCK']) {
        const got = await exchange(guarded.port, method, '/%ff')
        expect(got.status, method).to.equal(401)
        expect(String(got.headers['www-authenticate'])).to.include('Digest')
      }
      const headers = { Authorization: basic(`Mufasa:${credentials.password}`) }
      expect((await exchange(guarded.port, 'OPTIONS', '/', headers)).status).to.equal(200)
    } finally {
      await guarded.server.close()
    }
  })
})
