import { createHash, randomBytes } from 'node:crypto'

export interface LoginPair {
  readonly username: string
  readonly password: string
}

export type Scheme = 'Digest' | 'Basic'

/** The schemes of these WWW-Authenticate fields, each once. */
export function offeredSchemes(challenges: readonly string[]): readonly Scheme[] {
  const offered = new Set(challenges.flatMap((one) => one.match(/\b(?:Digest|Basic)(?= )/gi) ?? []))
  return (['Digest', 'Basic'] as const).filter((scheme) =>
    [...offered].some((one) => one.toLowerCase() === scheme.toLowerCase()),
  )
}

export interface DigestUse {
  readonly method: string
  /** Of the request line. */
  readonly target: string
  /** The use of the nonce, from 1. */
  readonly count: number
}

export const basicAuthorization = ({ username, password }: LoginPair): string =>
  `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`

/** The answer to a Digest challenge with qop=auth, in its algorithm (RFC 7616 section 3.4). */
export function digestAuthorization(challenge: string, login: LoginPair, use: DigestUse): string {
  const parameter = (name: string): string => new RegExp(`\\b${name}="?([^",]*)"?`, 'i').exec(challenge)?.[1] ?? ''
  const algorithm = parameter('algorithm') || 'MD5'
  const hash = (text: string): string =>
    createHash(algorithm.toUpperCase() === 'SHA-256' ? 'sha256' : 'md5')
      .update(text)
      .digest('hex')
  const [realm, nonce] = [parameter('realm'), parameter('nonce')]
  const { method, target, count } = use
  const nc = count.toString(16).padStart(8, '0')
  const cnonce = randomBytes(8).toString('hex')
  const secret = hash(`${login.username}:${realm}:${login.password}`)
  const response = hash(`${secret}:${nonce}:${nc}:${cnonce}:auth:${hash(`${method}:${target}`)}`)
  return `Digest username="${login.username}", realm="${realm}", nonce="${nonce}", uri="${target}", algorithm=${algorithm}, qop=auth, nc=${nc}, cnonce="${cnonce}", response="${response}"`
}
