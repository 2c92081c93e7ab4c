import { expect } from 'chai'
import fc from 'fast-check'
import { isAppError } from '../../lib/domain/errors.ts'
import { labelOf, linksOf } from '../../lib/inbox/links.ts'

const HASH = '0123456789abcdef0123456789abcdef01234567'
const OTHER = '89abcdef0123456789abcdef0123456789abcdef'
const BASE32 = 'AERUKZ4JVPG66AJDIVTYTK6N54ASGRLH'
const magnet = (hash: string, rest = ''): string => `magnet:?xt=urn:btih:${hash}${rest}`
const magnetsOf = (text: string | Buffer): readonly string[] => linksOf(Buffer.from(text as string)).magnets

/** Made by plistlib of Python, as Finder writes them: `{URL: …}`, and one with a string in UTF-16. */
const BINARY_WEBLOC =
  'YnBsaXN0MDDRAQJTVVJMXxBybWFnbmV0Oj94dD11cm46YnRpaDowMTIzNDU2Nzg5YWJjZGVmMDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3JmRuPVNvbWUuRmlsbS4yMDIwJnRyPXVkcCUzQSUyRiUyRnRyYWNrZXIuZXhhbXBsZSUzQTgwCAsPAAAAAAAAAQEAAAAAAAAAAwAAAAAAAAAAAAAAAAAAAIQ='
const BINARY_UTF16 =
  'YnBsaXN0MDDSAQIDBFNVUkxUbmFtZV8QPG1hZ25ldDo/eHQ9dXJuOmJ0aWg6MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWYwMTIzNDU2N2YARgD8AN8AZQAgJgMIDREWVQAAAAAAAAEBAAAAAAAAAAUAAAAAAAAAAAAAAAAAAABi'

describe('links of a dropped file', () => {
  const cases: readonly (readonly [what: string, text: string | Buffer, magnets: readonly string[]])[] = [
    ['one magnet', `${magnet(HASH, '&dn=A')}\n`, [magnet(HASH, '&dn=A')]],
    [
      'several, in order, each torrent once',
      `${magnet(OTHER)}\r\n${magnet(HASH)}\n${magnet(OTHER.toUpperCase())}`,
      [magnet(OTHER), magnet(HASH)],
    ],
    ['amid text', `See (${magnet(HASH)}), or “${magnet(OTHER)}”.`, [magnet(HASH), magnet(OTHER)]],
    ['hashes alone on their lines', `# mine\n${HASH}\n\n  ${BASE32}\r\n`, [magnet(HASH), magnet(BASE32)]],
    ['hashes beside magnets', `${magnet(OTHER)}\n${HASH}\n`, [magnet(OTHER), magnet(HASH)]],
    ['no hash amid text', `${HASH}  some-file.iso\n`, []],
    ['no hash beside other lines', `commit\n${HASH}\n`, []],
    [
      'an Internet shortcut',
      `[InternetShortcut]\r\nURL=${magnet(HASH, '&dn=B')}\r\nIconIndex=0\r\n`,
      [magnet(HASH, '&dn=B')],
    ],
    [
      'a webloc in XML',
      `<?xml version="1.0"?><plist version="1.0"><dict><key>URL</key><string>${magnet(HASH, '&amp;dn=C&#38;tr=x')}</string></dict></plist>`,
      [magnet(HASH, '&dn=C&tr=x')],
    ],
    [
      'a binary webloc',
      Buffer.from(BINARY_WEBLOC, 'base64'),
      [magnet(HASH, '&dn=Some.Film.2020&tr=udp%3A%2F%2Ftracker.example%3A80')],
    ],
    ['a binary webloc with other strings', Buffer.from(BINARY_UTF16, 'base64'), [magnet(HASH)]],
    ['UTF-8 with a byte order mark', `\uFEFF${HASH}\n`, [magnet(HASH)]],
    ['UTF-16 little-endian', Buffer.from(`\uFEFF${magnet(HASH)}\r\n`, 'utf16le'), [magnet(HASH)]],
    ['UTF-16 big-endian', Buffer.from(`\uFEFF${magnet(HASH)}\r\n`, 'utf16le').swap16(), [magnet(HASH)]],
    ['Latin-1 around a magnet', Buffer.concat([Buffer.from([0xe9, 0x20]), Buffer.from(magnet(HASH))]), [magnet(HASH)]],
    ['a web page', 'URL=https://example.org/film.torrent', []],
    ['nothing', '', []],
  ]
  for (const [what, text, magnets] of cases) {
    it(`finds ${magnets.length} in ${what}`, () => {
      expect(magnetsOf(text)).to.deep.equal(magnets)
    })
  }

  it('tells a file of links from one that says more', () => {
    const isAll = (text: string): boolean => linksOf(Buffer.from(text)).isAll
    expect(isAll(`${magnet(HASH)}\n\n${OTHER}\n`)).to.equal(true)
    expect(isAll(`# for Sunday\n${magnet(HASH)}`)).to.equal(false)
    expect(isAll(`for Sunday: ${magnet(HASH)}`)).to.equal(false)
  })

  it('finds every magnet of a list, whatever stands around them', () => {
    const hashes = fc.uniqueArray(fc.stringMatching(/^[0-9a-f]{40}$/), { maxLength: 8 })
    fc.assert(
      fc.property(hashes, fc.constantFrom('\n', ' ', ', ', '\r\n\r\n', ' und '), (list, gap) => {
        expect(magnetsOf(list.map((hash) => magnet(hash)).join(gap))).to.deep.equal(list.map((hash) => magnet(hash)))
      }),
    )
  })

  it('refuses a binary property list that is broken, and nothing else happens', () => {
    const whole = Buffer.from(BINARY_UTF16, 'base64')
    expect(() => linksOf(whole.subarray(0, 20))).to.throw('a broken binary property list')
    const changes = fc.array(fc.tuple(fc.nat(whole.length - 9), fc.nat(255)), { minLength: 1, maxLength: 4 })
    fc.assert(
      fc.property(changes, fc.nat(whole.length - 8), (bytes, cutBytes) => {
        const broken = Buffer.from(whole)
        for (const [at, value] of bytes) broken[8 + at] = value
        try {
          linksOf(broken.subarray(0, whole.length - (cutBytes % 3 === 0 ? cutBytes : 0)))
        } catch (error) {
          if (!isAppError(error, 'invalid')) throw error
        }
      }),
      { numRuns: 2000 },
    )
  })

  it('labels a magnet by its name, else its hash, on one line', () => {
    expect(labelOf(magnet(HASH, '&dn=A+Film%0A2020'))).to.equal('A Film 2020')
    expect(labelOf(magnet(HASH))).to.equal(HASH)
    expect(labelOf(magnet(HASH, '&dn='))).to.equal(HASH)
  })
})
