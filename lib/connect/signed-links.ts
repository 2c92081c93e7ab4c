import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Clock } from '../domain/clock.ts'
import { PLAY_SEGMENT, type PlayLinks } from '../domain/play-links.ts'

/** `/.play/<expiry, seconds in base 36>/<HMAC-SHA-256 in base64url>/<path>`. */
export class SignedLinks implements PlayLinks {
  readonly #secret: Uint8Array
  readonly #clock: Clock

  /** @param secret at least 32 random bytes; another one ends every link signed before */
  constructor(secret: Uint8Array, clock: Clock) {
    this.#secret = secret
    this.#clock = clock
  }

  sign(segments: readonly string[], expiresAtMs: number): string {
    const expiry = Math.floor(expiresAtMs / 1000).toString(36)
    const signature = this.#signature(expiry, segments)
    return `/${[PLAY_SEGMENT, expiry, signature, ...segments.map(encodeURIComponent)].join('/')}`
  }

  verify(segments: readonly string[]): readonly string[] | undefined {
    const [first, expiry = '', given = '', ...path] = segments
    if (first !== PLAY_SEGMENT || path.length === 0 || !/^[0-9a-z]{1,9}$/.test(expiry)) return undefined
    // As text: of base64url several would be the same bytes.
    const signature = Buffer.from(given)
    const expected = Buffer.from(this.#signature(expiry, path))
    if (signature.length !== expected.length || !timingSafeEqual(signature, expected)) return undefined
    return Number.parseInt(expiry, 36) * 1000 > this.#clock.nowMs() ? path : undefined
  }

  /** No name holds a NUL or a slash, so that no two paths have one text. */
  #signature(expiry: string, segments: readonly string[]): string {
    const path = segments.map((segment) => segment.normalize('NFC')).join('/')
    return createHmac('sha256', this.#secret).update(`${expiry}\0${path}`).digest('base64url')
  }
}
