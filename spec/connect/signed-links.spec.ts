import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import fc from 'fast-check'
import { linkSecret } from '../../lib/connect/link-secret.ts'
import { SignedLinks } from '../../lib/connect/signed-links.ts'
import { ManualClock } from '../support/manual-clock.ts'

const FILM = ['Movies', 'Who Framed? (1988)', '100% #1 – ünï.mkv']
const HOUR_MS = 3_600_000

/** As a request guard decodes a path. */
const segmentsOf = (href: string): string[] => href.split('/').filter(Boolean).map(decodeURIComponent)

describe('signed links', () => {
  const clock = new ManualClock()
  const links = new SignedLinks(new Uint8Array(32).fill(7), clock)

  it('give the file they were signed for, until they expire', () => {
    const signed = segmentsOf(links.sign(FILM, clock.nowMs() + HOUR_MS))
    expect(links.verify(signed)).to.deep.equal(FILM)
    clock.advance(HOUR_MS + 1000)
    expect(links.verify(signed)).to.equal(undefined)
  })

  it('give nothing else: another file, a later expiry, another secret, a part, a mere path', () => {
    const signed = segmentsOf(links.sign(FILM, clock.nowMs() + HOUR_MS))
    const [play = '', expiry = '', signature = ''] = signed
    const later = (Number.parseInt(expiry, 36) + 60).toString(36)
    expect(links.verify([play, expiry, signature, 'Movies', 'Other.mkv'])).to.equal(undefined)
    expect(links.verify([play, later, signature, ...FILM])).to.equal(undefined)
    expect(links.verify([play, expiry, signature.slice(0, -2), ...FILM])).to.equal(undefined)
    expect(links.verify([play, expiry, '', ...FILM])).to.equal(undefined)
    expect(links.verify([play, expiry, signature])).to.equal(undefined)
    expect(links.verify(FILM)).to.equal(undefined)
    expect(new SignedLinks(new Uint8Array(32).fill(8), clock).verify(signed)).to.equal(undefined)
  })

  it('have one spelling', () => {
    const [play = '', expiry = '', signature = '', ...path] = segmentsOf(links.sign(FILM, clock.nowMs() + 1000))
    const spell = (text: string) => links.verify([play, expiry, text, ...path])
    expect(spell(signature)).to.deep.equal(FILM)
    const bytes = Buffer.from(signature, 'base64url')
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
    const others = Array.from(alphabet, (last) => signature.slice(0, -1) + last).filter((text) => text !== signature)
    expect(others.some((text) => Buffer.from(text, 'base64url').equals(bytes))).to.equal(true)
    for (const text of [...others, `${signature}=`, ` ${signature}`]) expect(spell(text), text).to.equal(undefined)
  })

  it('tell one path from another wherever the names are cut', () => {
    const name = fc
      .string({ minLength: 1, maxLength: 20 })
      .filter((text) => !/[/\0]/.test(text) && text !== '.' && text !== '..')
    const path = fc.array(name, { minLength: 1, maxLength: 5 })
    fc.assert(
      fc.property(path, path, (one, other) => {
        const [play = '', expiry = '', signature = ''] = segmentsOf(links.sign(['a'], clock.nowMs() + HOUR_MS))
        expect(links.verify([play, expiry, signature, ...one, ...other])).to.deep.equal(
          [...one, ...other].join('/') === 'a' ? ['a'] : undefined,
        )
      }),
    )
  })
})

describe('the secret of the links', () => {
  const directory = mkdtempSync(join(tmpdir(), 'momoshtrem-secret-'))
  after(() => rmSync(directory, { recursive: true }))

  it('is made once, for its owner only, and stays over restarts', async () => {
    const path = join(directory, 'secret')
    const [one, other] = await Promise.all([linkSecret(path), linkSecret(path)])
    expect(one).to.have.length(32)
    expect(Buffer.compare(one, other)).to.equal(0)
    expect(Buffer.compare(await linkSecret(path), readFileSync(path))).to.equal(0)
    expect(statSync(path).mode & 0o777).to.equal(0o600)
  })

  it('is not replaced when its file is damaged', async () => {
    const path = join(directory, 'damaged')
    writeFileSync(path, 'short')
    const error = await linkSecret(path).catch((caught: unknown) => caught)
    expect(error).to.have.property('code', 'invalid')
    expect(readFileSync(path, 'utf8')).to.equal('short')
  })
})
