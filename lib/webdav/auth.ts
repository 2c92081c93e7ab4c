import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { Clock } from '../domain/clock.ts'
import { AppError } from '../domain/errors.ts'
import { AttemptLimit } from './attempt-limit.ts'
import { type HashedUser, PasswordUsers } from './password-users.ts'
import { type Answer, text } from './responses.ts'

export interface Credentials {
  readonly username: string
  readonly password: string
}

/** Read with each login: another list replaces the one before, and every login is hashed again. */
export interface UsersSource {
  readonly current: readonly HashedUser[]
}

export interface AuthenticatorOptions {
  /** One login by its password. */
  readonly credentials?: Credentials
  /** Logins by their hashes, which Digest cannot check: with them only Basic is offered, or nobody could choose. */
  readonly users?: UsersSource
  readonly clock: Clock
  /** Offer Basic, which shows the password to whoever can listen unless the connection is TLS. */
  readonly isBasicOffered: boolean
  readonly realm?: string
  readonly onFailure?: (address: string) => void
}

/** What a request that passed may do. */
export type Access = 'write' | 'read'

const BUSY = text(429, 'too many logins at once', { 'Retry-After': 1 })

const NONCE_LIFE_MS = 3_600_000
const MAX_USED_NONCES = 10_000
/** Requests on parallel connections overtake each other by no more than this. */
const NC_WINDOW = 32

type DigestAlgorithm = 'MD5' | 'SHA-256'
const HASH_OF: Readonly<Record<DigestAlgorithm, string>> = { MD5: 'md5', 'SHA-256': 'sha256' }

/** The count of a nonce's uses: the highest, and a bit for each of the `NC_WINDOW` before it. */
interface NonceUse {
  highest: number
  seen: number
}

/**
 * Basic (RFC 7617) and Digest (RFC 7616: MD5 and SHA-256, qop=auth). A nonce is a time with our seal on it, so that
 * handing one out costs no memory; only those in use are remembered, with the counts already spent. Every comparison
 * takes the same time, and an unknown user costs what a wrong password does.
 */
export class Authenticator {
  readonly #clock: Clock
  readonly #realm: string
  readonly #isBasicOffered: boolean
  readonly #onFailure: ((address: string) => void) | undefined
  readonly #limit: AttemptLimit
  readonly #secret = randomBytes(32)
  readonly #basicDigest: Buffer
  readonly #userDigest: Buffer
  readonly #ha1: Readonly<Record<DigestAlgorithm, string>>
  readonly #uses = new Map<string, NonceUse>()
  readonly #source: UsersSource | undefined
  #users: { readonly list: readonly HashedUser[]; readonly passwords: PasswordUsers } | undefined

  /** Throws `invalid` for users that no login could let in. */
  constructor(options: AuthenticatorOptions) {
    const { credentials, users, clock, isBasicOffered, realm = 'Momoshtrem', onFailure } = options
    if (users && !isBasicOffered) {
      throw new AppError('invalid', 'logins of a users file need TLS, or Basic to be allowed without it')
    }
    this.#source = users
    this.#clock = clock
    this.#realm = realm
    this.#isBasicOffered = isBasicOffered
    this.#onFailure = onFailure
    this.#limit = new AttemptLimit(clock)
    // Without a login of its own, one that nobody can know.
    const { username, password } = credentials ?? { username: hexOfNobody(), password: hexOfNobody() }
    this.#basicDigest = sha256(`${username}:${password}`)
    this.#userDigest = sha256(username)
    const secret = `${username}:${realm}:${password}`
    this.#ha1 = { MD5: hex('MD5', secret), 'SHA-256': hex('SHA-256', secret) }
  }

  /**
   * What the request may do, or the answer to it: 401 with challenges, 429 for an address that guesses. A promise only
   * for a login that must be hashed.
   */
  check(req: IncomingMessage): Answer | Access | Promise<Answer | Access> {
    const address = req.socket.remoteAddress ?? ''
    const retryAfterS = this.#limit.blockedForS(address)
    if (retryAfterS > 0) return text(429, 'too many failed logins', { 'Retry-After': retryAfterS })
    const field = req.headers.authorization
    if (field === undefined) return this.#challenge(false)
    const verdict = this.#verify(field, req.method ?? '', req.url ?? '')
    if (verdict === 'passed') return this.#admit('write', field, address)
    if (verdict === 'stale') return this.#challenge(true)
    const users = this.#passwordUsers()
    const login = users && basicLogin(field)
    if (!login) return this.#refuse(field, address)
    const known = users.known(login)
    return known ? this.#admit(accessOf(known), field, address) : this.#checkUser(users, login, field, address)
  }

  async #checkUser(users: PasswordUsers, login: Buffer, field: string, address: string): Promise<Answer | Access> {
    const user = await users.verify(login)
    if (user === 'busy') return BUSY
    return user ? this.#admit(accessOf(user), field, address) : this.#refuse(field, address)
  }

  #passwordUsers(): PasswordUsers | undefined {
    const list = this.#source?.current
    if (list && this.#users?.list !== list) this.#users = { list, passwords: new PasswordUsers(list, this.#clock) }
    return this.#users?.passwords
  }

  #admit(access: Access, field: string, address: string): Access {
    this.#limit.succeeded(address, () => userOf(field))
    return access
  }

  #refuse(field: string, address: string): Answer {
    this.#limit.failed(address, userOf(field))
    this.#onFailure?.(address)
    return this.#challenge(false)
  }

  #verify(field: string, method: string, target: string): 'passed' | 'failed' | 'stale' {
    const [, scheme = '', rest = ''] = /^([a-z]+)[ \t]+(.*)$/i.exec(field) ?? []
    switch (scheme.toLowerCase()) {
      case 'basic':
        return this.#isBasicOffered && same(sha256(basicLogin(field) ?? ''), this.#basicDigest) ? 'passed' : 'failed'
      case 'digest':
        return this.#verifyDigest(parseParameters(rest), method, target)
      default:
        return 'failed'
    }
  }

  #verifyDigest(given: ReadonlyMap<string, string>, method: string, target: string): 'passed' | 'failed' | 'stale' {
    const algorithm = (given.get('algorithm') ?? 'MD5').toUpperCase()
    if (algorithm !== 'MD5' && algorithm !== 'SHA-256') return 'failed'
    const nonce = given.get('nonce') ?? ''
    const nc = given.get('nc') ?? ''
    const uri = given.get('uri') ?? ''
    if (given.get('qop') !== 'auth' || !/^[0-9a-f]{8}$/i.test(nc)) return 'failed'
    const expected = digestResponse(algorithm, {
      ha1: this.#ha1[algorithm],
      method,
      uri,
      nonce,
      nc,
      cnonce: given.get('cnonce') ?? '',
    })
    const isUser = same(sha256(given.get('username') ?? ''), this.#userDigest)
    const isResponse = same(sha256((given.get('response') ?? '').toLowerCase()), sha256(expected))
    const isTarget = given.get('realm') === this.#realm && pathOf(uri) === pathOf(target)
    if (!isUser || !isResponse || !isTarget) return 'failed'
    return this.#spend(nonce, Number.parseInt(nc, 16)) ? 'passed' : 'stale'
  }

  /** False for a nonce that is not ours, is too old, or was used with this count before. */
  #spend(nonce: string, nc: number): boolean {
    if (!this.#isFresh(nonce) || nc < 1) return false
    const use = this.#uses.get(nonce) ?? { highest: 0, seen: 0 }
    const behind = use.highest - nc
    if (behind >= NC_WINDOW || (behind >= 0 && use.seen & (1 << behind))) return false
    if (behind >= 0) use.seen |= 1 << behind
    else {
      use.seen = -behind >= NC_WINDOW ? 1 : (use.seen << -behind) | 1
      use.highest = nc
    }
    this.#uses.delete(nonce) // set anew, it becomes the last to be forgotten
    this.#uses.set(nonce, use)
    this.#forgetOldUses()
    return true
  }

  #forgetOldUses(): void {
    for (const nonce of this.#uses.keys()) {
      if (this.#uses.size <= MAX_USED_NONCES && this.#isFresh(nonce)) return
      // A nonce that is forgotten while fresh could be replayed: its seal goes with it.
      if (this.#isFresh(nonce)) this.#notBeforeMs = Math.max(this.#notBeforeMs, issuedAtMs(nonce) + 1)
      this.#uses.delete(nonce)
    }
  }

  #notBeforeMs = 0

  #isFresh(nonce: string): boolean {
    const issuedMs = issuedAtMs(nonce)
    if (!(issuedMs >= this.#notBeforeMs) || this.#clock.nowMs() - issuedMs > NONCE_LIFE_MS) return false
    return same(sha256(nonce), sha256(this.#nonce(issuedMs, nonce.split('.')[1] ?? '')))
  }

  #nonce(issuedMs: number, salt: string): string {
    const sealed = `${issuedMs.toString(36)}.${salt}`
    return `${sealed}.${createHmac('sha256', this.#secret).update(sealed).digest('base64url').slice(0, 22)}`
  }

  #challenge(isStale: boolean): Answer {
    const nonce = this.#nonce(this.#clock.nowMs(), randomBytes(6).toString('base64url'))
    const digest = (algorithm: DigestAlgorithm): string =>
      `Digest realm="${this.#realm}", qop="auth", algorithm=${algorithm}, nonce="${nonce}"${isStale ? ', stale=true' : ''}`
    // MD5 first: clients that know one algorithm take the first challenge, or give up on one that they do not know.
    const challenges = this.#source ? [] : [digest('MD5'), digest('SHA-256')]
    if (this.#isBasicOffered) challenges.push(`Basic realm="${this.#realm}", charset="UTF-8"`)
    return text(401, 'a login is needed', { 'WWW-Authenticate': challenges })
  }
}

/** The response of RFC 7616 section 3.4.1, in lower-case hexadecimal. */
export function digestResponse(
  algorithm: DigestAlgorithm,
  given: Readonly<Record<'ha1' | 'method' | 'uri' | 'nonce' | 'nc' | 'cnonce', string>>,
): string {
  const ha2 = hex(algorithm, `${given.method}:${given.uri}`)
  return hex(algorithm, `${given.ha1}:${given.nonce}:${given.nc}:${given.cnonce}:auth:${ha2}`)
}

/** `name:password` of a Basic field. */
function basicLogin(field: string): Buffer | undefined {
  const [, login] = /^basic[ \t]+(.*)$/i.exec(field) ?? []
  return login === undefined ? undefined : Buffer.from(login.trim(), 'base64')
}

/** Whom a login names, whether it passes or not. */
function userOf(field: string): string {
  const basic = basicLogin(field)
  return basic ? (basic.toString().split(':', 1)[0] ?? '') : (parseParameters(field).get('username') ?? '')
}

const accessOf = ({ isReadOnly }: HashedUser): Access => (isReadOnly ? 'read' : 'write')

const MAX_PARAMETERS = 32

/** The auth-params of RFC 9110 section 11.2; a name that comes twice keeps its first value. */
function parseParameters(field: string): ReadonlyMap<string, string> {
  const parameters = new Map<string, string>()
  for (const [, name = '', quoted, token] of field.matchAll(
    /(?<![a-z*])([a-z*]+)[ \t]*=[ \t]*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))/gi,
  )) {
    if (parameters.size >= MAX_PARAMETERS) break
    const key = name.toLowerCase()
    if (!parameters.has(key)) parameters.set(key, quoted?.replace(/\\(.)/g, '$1') ?? token ?? '')
  }
  return parameters
}

const hexOfNobody = (): string => randomBytes(32).toString('hex')
const issuedAtMs = (nonce: string): number => Number.parseInt(nonce.split('.', 1)[0] ?? '', 36)
const pathOf = (uri: string): string => uri.replace(/^[a-z]+:\/\/[^/]*/i, '').split('?', 1)[0] ?? ''
const sha256 = (data: string | Uint8Array): Buffer => createHash('sha256').update(data).digest()
const hex = (algorithm: DigestAlgorithm, data: string): string =>
  createHash(HASH_OF[algorithm]).update(data).digest('hex')
const same = (a: Buffer, b: Buffer): boolean => timingSafeEqual(a, b)
