import { createHmac, randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto'
import type { Clock } from '../domain/clock.ts'
import { AppError } from '../domain/errors.ts'

/** A login of the users file. */
export interface HashedUser {
  readonly name: string
  readonly isReadOnly: boolean
  readonly salt: Buffer
  readonly hash: Buffer
  /** Parameters of scrypt (RFC 7914 section 2): `logN` is the binary logarithm of the cost. */
  readonly logN: number
  readonly r: number
  readonly p: number
}

const LOG_N = 15
const HASH_BYTES = 32
/** Above it one login would take a second and more memory than the rest of the program. */
const MAX_LOG_N = 17
const MAX_KNOWN = 1000
/** After it a login is hashed again. */
const KNOWN_MS = 15 * 60_000
/** Logins that wait for the one that is being hashed; the thread pool is there for the disk. */
const MAX_WAITING = 16
const LINE =
  /^([^:]+):\$scrypt\$ln=(\d{1,2}),r=(\d{1,2}),p=(\d{1,2})\$([A-Za-z0-9+/]{16,})\$([A-Za-z0-9+/]{32,})(:ro)?$/

/**
 * The lines `name:$scrypt$ln=15,r=8,p=1$salt$hash[:ro]`, salt and hash in Base64 without padding; `#` begins a comment.
 * Throws `invalid` for a line that is not of the form, a cost out of bounds, a name that comes twice, or no user at all.
 */
export function parseUsers(text: string): readonly HashedUser[] {
  const users = new Map<string, HashedUser>()
  for (const [index, raw] of text.split('\n').entries()) {
    const line = raw.trim()
    if (line === '' || line.startsWith('#')) continue
    const wrong = (problem: string): AppError => new AppError('invalid', `line ${index + 1} ${problem}`)
    const [, name = '', ln, r, p, salt = '', hash = '', readOnly] = LINE.exec(line) ?? []
    if (name === '') throw wrong('is not name:$scrypt$ln=15,r=8,p=1$salt$hash[:ro]')
    if (users.has(name)) throw wrong('names a user that came before')
    const cost = { logN: Number(ln), r: Number(r), p: Number(p) }
    if (cost.logN < 10 || cost.logN > MAX_LOG_N || cost.r < 1 || cost.r > 8 || cost.p < 1 || cost.p > 4)
      throw wrong(`has costs outside ln=10..${MAX_LOG_N}, r=1..8, p=1..4`)
    const bytes = { salt: Buffer.from(salt, 'base64'), hash: Buffer.from(hash, 'base64') }
    users.set(name, { name, isReadOnly: readOnly !== undefined, ...cost, ...bytes })
  }
  if (users.size === 0) throw new AppError('invalid', 'holds no user')
  return [...users.values()]
}

/** What stands behind the name in a users file. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16)
  const hash = await derive(password, { salt, hash: Buffer.alloc(HASH_BYTES), logN: LOG_N, r: 8, p: 1 })
  const text = (bytes: Buffer): string => bytes.toString('base64').replace(/=+$/, '')
  return `$scrypt$ln=${LOG_N},r=8,p=1$${text(salt)}$${text(hash)}`
}

/**
 * Checks logins against hashes. One that passed is remembered for a while, by a keyed digest,
 * since clients send it with every request.
 * An unknown name costs what a wrong password does.
 */
export class PasswordUsers {
  readonly #clock: Clock
  readonly #users: ReadonlyMap<string, HashedUser>
  readonly #nobody: HashedUser
  readonly #key = randomBytes(32)
  readonly #known = new Map<string, { readonly user: HashedUser; readonly untilMs: number }>()
  #turn: Promise<void> = Promise.resolve()
  #waiting = 0

  constructor(users: readonly HashedUser[], clock: Clock) {
    this.#clock = clock
    this.#users = new Map(users.map((user) => [user.name, user]))
    const { logN = LOG_N, r = 8, p = 1 } = users[0] ?? {}
    this.#nobody = { name: '', isReadOnly: true, salt: randomBytes(16), hash: randomBytes(HASH_BYTES), logN, r, p }
  }

  /** `login` is `name:password`. At once for one that passed before, else undefined. */
  known(login: Buffer): HashedUser | undefined {
    const known = this.#known.get(this.#keyOf(login))
    return known && known.untilMs > this.#clock.monotonicMs() ? known.user : undefined
  }

  /** Undefined for a wrong login; `busy` when too many wait, which says nothing of this one. One is hashed at a time. */
  async verify(login: Buffer): Promise<HashedUser | 'busy' | undefined> {
    if (this.#waiting >= MAX_WAITING) return 'busy'
    this.#waiting += 1
    const turn = this.#turn
    let done = (): void => {}
    this.#turn = new Promise((resolve) => {
      done = resolve
    })
    try {
      await turn
      return this.known(login) ?? (await this.#hashed(login))
    } finally {
      this.#waiting -= 1
      done()
    }
  }

  async #hashed(login: Buffer): Promise<HashedUser | undefined> {
    const text = login.toString()
    const colon = text.indexOf(':')
    const found = colon < 0 ? undefined : this.#users.get(text.slice(0, colon))
    const user = found ?? this.#nobody
    const isSame = timingSafeEqual(await derive(text.slice(colon + 1), user), user.hash)
    if (!isSame || !found) return undefined
    const [oldest] = this.#known.keys()
    if (this.#known.size >= MAX_KNOWN && oldest !== undefined) this.#known.delete(oldest)
    const key = this.#keyOf(login)
    this.#known.delete(key) // set anew, it becomes the last to be forgotten
    this.#known.set(key, { user: found, untilMs: this.#clock.monotonicMs() + KNOWN_MS })
    return found
  }

  #keyOf(login: Buffer): string {
    return createHmac('sha256', this.#key).update(login).digest('base64')
  }
}

type Cost = Pick<HashedUser, 'salt' | 'hash' | 'logN' | 'r' | 'p'>

function derive(password: string, { salt, hash, logN, r, p }: Cost): Promise<Buffer> {
  const options: ScryptOptions = { N: 2 ** logN, r, p, maxmem: 256 * 2 ** logN * r }
  return new Promise((resolve, reject) => {
    scrypt(password.normalize('NFC'), salt, hash.length, options, (error, key) =>
      error ? reject(error) : resolve(key),
    )
  })
}
