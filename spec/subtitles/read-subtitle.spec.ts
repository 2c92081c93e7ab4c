import { gzipSync } from 'node:zlib'
import { expect } from 'chai'
import fc from 'fast-check'
import { AppError } from '../../lib/domain/errors.ts'
import { MAX_SUBTITLE_BYTES, readSubtitle } from '../../lib/subtitles/read-subtitle.ts'
import { failureOf } from '../support/failure-of.ts'
import { encodeLegacy } from './legacy-encoder.ts'
import { makeZip } from './make-zip.ts'

const SRT = '1\r\n00:00:01,000 --> 00:00:02,500\r\nHallo Welt\r\n'

const read = async (bytes: Uint8Array | string, language: string | null = null): Promise<[string, string]> => {
  const { format, bytes: text } = await readSubtitle(typeof bytes === 'string' ? Buffer.from(bytes) : bytes, language)
  return [format, Buffer.from(text).toString()]
}

describe('readSubtitle', () => {
  const formats: [string, string, string][] = [
    ['SubRip', 'srt', SRT],
    ['SubRip that begins with lines of nothing', 'srt', `\n\n${SRT}`],
    ['SubRip without numbers, with dots and short hours', 'srt', '0:00:01.0 --> 0:00:02.5\nHallo'],
    ['WebVTT', 'vtt', 'WEBVTT\n\n00:01.000 --> 00:02.000\nHallo'],
    ['WebVTT with a heading', 'vtt', 'WEBVTT - a film\n\n1\n00:00:01.000 --> 00:00:02.000\nHallo'],
    ['ASS', 'ass', '[Script Info]\nScriptType: v4.00+\n\n[Events]\nDialogue: 0,0:00:01.00,0:00:02.00,,,,,,,Hallo'],
    ['ASS after a comment', 'ass', '; made by hand\n[script info]\nTitle: x'],
    ['SSA', 'ssa', '[Script Info]\r\nScriptType: v4.00\r\n\r\n[Events]\r\n'],
    ['MicroDVD', 'sub', '{1}{1}25.000\n{25}{50}Hallo|Welt'],
  ]
  for (const [name, format, text] of formats) {
    it(`knows ${name} by its content, and keeps it as it is`, async () => {
      expect(await read(text)).to.deep.equal([format, text])
      expect(await read(`\ufeff${text}`)).to.deep.equal([format, text])
      expect(await read(Buffer.from(`\ufeff${text}`, 'utf16le'))).to.deep.equal([format, text])
    })
  }

  const refused: [string, Uint8Array | string][] = [
    ['nothing', ''],
    ['a page', '<!DOCTYPE html><html><body>00:00 Please log in</body></html>'],
    ['a program', Buffer.concat([Buffer.from('\x7fELF\x02\x01\x01'), Buffer.alloc(64)])],
    ['a program of Windows', Buffer.concat([Buffer.from('MZ\x90\0\x03\0'), Buffer.from(SRT)])],
    ['subtitles as pictures', Buffer.from('000001ba44000400040101', 'hex')],
    ['another archive', Buffer.from('Rar!\x1a\x07\x01\0aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', 'latin1')],
    ['prose', 'It was 00:00:01 --> nothing'],
    ['an index of VobSub', '# VobSub index file, v7\nsize: 720x480\ntimestamp: 00:00:01:000, filepos: 0'],
    ['more than 5 MB', Buffer.alloc(MAX_SUBTITLE_BYTES + 1, SRT)],
    ['more than 5 MB, packed', gzipSync(Buffer.alloc(MAX_SUBTITLE_BYTES + 1, SRT))],
    ['a bomb', makeZip([{ name: 'a.srt', bytes: Buffer.alloc(MAX_SUBTITLE_BYTES + 1, SRT) }])],
    [
      'a bomb that claims to be small',
      makeZip([{ name: 'a.srt', bytes: Buffer.alloc(MAX_SUBTITLE_BYTES + 1, SRT), claimedBytes: 10 }]),
    ],
    ['gzip that is cut off', gzipSync(SRT).subarray(0, -12)],
    ['a ZIP that is cut off', makeZip([{ name: 'a.srt', bytes: Buffer.from(SRT) }]).subarray(0, -30)],
    ['a ZIP without a subtitle', makeZip([{ name: 'readme.txt', bytes: Buffer.from(SRT) }])],
    ['a ZIP that asks for a password', makeZip([{ name: 'a.srt', bytes: Buffer.from(SRT), isEncrypted: true }])],
    ['an archive in a ZIP', makeZip([{ name: 'a.srt', bytes: makeZip([{ name: 'a.srt', bytes: Buffer.from(SRT) }]) }])],
  ]
  for (const [name, bytes] of refused) {
    it(`refuses ${name}`, async () => {
      expect(await failureOf(read(bytes)))
        .to.be.instanceOf(AppError)
        .and.include({ code: 'invalid' })
    })
  }

  it('reads a text as long as may be', async () => {
    const text = Buffer.alloc(MAX_SUBTITLE_BYTES, SRT)
    expect((await read(text))[1]).to.have.length(MAX_SUBTITLE_BYTES)
    expect((await read(gzipSync(text)))[1]).to.have.length(MAX_SUBTITLE_BYTES)
  })

  it('unpacks gzip and ZIP, of which the largest subtitle is taken', async () => {
    const bytes = encodeLegacy(`${SRT}Łódź jest piękna, proszę, żółta gęś`, 'windows-1250')
    const text = `${SRT}Łódź jest piękna, proszę, żółta gęś`
    expect(await read(gzipSync(bytes), 'pl')).to.deep.equal(['srt', text])
    for (const isStored of [true, false]) {
      const zip = makeZip(
        [
          { name: 'info.nfo', bytes: Buffer.alloc(5000, 'x') },
          { name: 'forced.srt', bytes: Buffer.from(SRT), isStored },
          { name: '../../Film.PL.SRT', bytes, isStored },
        ],
        'thanks to all',
      )
      expect(await read(zip, 'pl')).to.deep.equal(['srt', text])
    }
  })

  it('fails with nothing but `invalid`, whatever it is given', async () => {
    const zip = makeZip([
      { name: 'a.srt', bytes: Buffer.from(SRT) },
      { name: 'b.srt', bytes: Buffer.from(SRT), isStored: true },
    ])
    const flips = fc.array(fc.record({ at: fc.nat(zip.length - 1), byte: fc.nat(255) }), { minLength: 1, maxLength: 5 })
    const damaged = flips.map((list) => {
      const bytes = Buffer.from(zip)
      for (const { at, byte } of list) bytes[at] = byte
      return bytes
    })
    const any = fc.oneof(
      damaged,
      fc.uint8Array({ maxLength: 200 }),
      fc.nat(zip.length).map((end) => zip.subarray(0, end)),
    )
    await fc.assert(
      fc.asyncProperty(any, async (bytes) => {
        const error = await readSubtitle(bytes, null).then(
          () => undefined,
          (failure: unknown) => failure,
        )
        if (error !== undefined) expect(error).to.be.instanceOf(AppError).and.include({ code: 'invalid' })
      }),
      { numRuns: 500 },
    )
  })
})
