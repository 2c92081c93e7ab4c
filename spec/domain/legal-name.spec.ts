import { expect } from 'chai'
import fc from 'fast-check'
import { cutText, encodeSegment, extensionOf, foldName, legalName, legalText } from '../../lib/domain/legal-name.ts'
import { anyText, faultOf } from '../tree/names.ts'

describe('legal names', () => {
  const cases: [string, string][] = [
    ['Heat', 'Heat'],
    ['Who Framed Roger Rabbit?', 'Who Framed Roger Rabbit'],
    ['Mission: Impossible', 'Mission - Impossible'],
    ['2:22', '2-22'],
    ['Face/Off', 'Face-Off'],
    ['M*A*S*H', 'M-A-S-H'],
    ['"Crocodile" Dundee', "'Crocodile' Dundee"],
    ['Wait...', 'Wait'],
    ['...And Justice for All', 'And Justice for All'],
    ['  two   spaces\tand a tab ', 'two spaces and a tab'],
    ['con', 'con_'],
    ['AUX.the.film', 'AUX_.the.film'],
    ['Console', 'Console'],
    ['LPT¹', 'LPT¹_'],
    ['Ame\u0301lie', 'Amélie'],
    ['evil\u202Egnp.exe', 'evilgnp.exe'],
    ['half \uD83D of a pair', 'half of a pair'],
    ['zero\u0000byte', 'zero byte'],
    ['\uFFFE\u200B', '_'],
    ['..', '_'],
    ['', '_'],
    ['#1 & 100% {ok} [sic] ~', '#1 & 100% {ok} [sic] ~'],
    ['a|b', 'a-b'],
    ['عربي', 'عربي'],
  ]
  for (const [from, to] of cases) {
    it(`makes ${JSON.stringify(from)} ${JSON.stringify(to)}`, () => expect(legalName(from)).to.equal(to))
  }

  it('keeps the extension and whole graphemes of a name that is too long', () => {
    const name = legalName('👨‍👩‍👧'.repeat(40), '.mkv')
    expect(name).to.equal(`${'👨‍👩‍👧'.repeat(13)}.mkv`)
    expect(cutText('👨‍👩‍👧', 5)).to.equal('👨')
  })

  it('takes no more than a device name with an extension apart', () => {
    expect(legalName('nul', '.mkv')).to.equal('nul_.mkv')
  })

  it('makes any text legal, once and for all', () => {
    fc.assert(
      fc.property(anyText, fc.constantFrom('', '.mkv', '.SRT'), (text, extension) => {
        const name = legalName(text, extension)
        expect(faultOf(name)).to.equal(undefined)
        expect(name.endsWith(extension)).to.equal(true)
        expect(legalName(name)).to.equal(name)
      }),
      { numRuns: 1000 },
    )
  })

  it('leaves a text that is plain as the long way would', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary-ascii', maxLength: 30 }), (text) => {
        // A combining mark that NFC leaves alone takes the fast way out.
        const mark = '\u0489'
        expect(legalText(`${text}x`)).to.equal(legalText(`${text}x${mark}`).slice(0, -1))
      }),
      { numRuns: 1000 },
    )
  })
})

describe('names that some client takes for one', () => {
  const same: [string, string][] = [
    ['Heat', 'HEAT'],
    ['Straße', 'STRASSE'],
    ['é', 'É'],
    ['e\u0301', 'É'],
    ['ὀδυσσεύς', 'ὈΔΥΣΣΕΎΣ'],
    ['\u212Aelvin', 'kelvin'],
    ['a\u200Cb', 'ab'],
  ]
  for (const [a, b] of same) it(`${a} and ${b}`, () => expect(foldName(a)).to.equal(foldName(b)))
  it('are not all names', () => expect(foldName('Héat')).to.not.equal(foldName('Heat')))
})

describe('encodeSegment', () => {
  it('leaves unreserved characters, and what Kodi leaves', () => {
    expect(encodeSegment("a?b#c%d e&f(1)!'~-._é")).to.equal('a%3Fb%23c%25d%20e%26f(1)!%27~-._%C3%A9')
  })
})

describe('extensionOf', () => {
  it('is the short end of a path', () => {
    expect(['a/b.mkv', 'a.b/c', 'a.tar.GZ', 'no', '01. Intro', '.mkv'].map(extensionOf)).to.deep.equal([
      '.mkv',
      '',
      '.GZ',
      '',
      '',
      '.mkv',
    ])
  })
})
