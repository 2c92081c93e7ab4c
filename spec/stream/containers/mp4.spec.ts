import { expect } from 'chai'
import { MAX_INDEX_BYTES } from '../../../lib/stream/containers/container.ts'
import { box, detect, join, longBox, longMvhd, mp4, mvhd, u32, u64, zeros } from './boxes.ts'

const ftyp = box('ftyp', Buffer.from('isom'), u32(512))

describe('MP4 detection', () => {
  it('finds a moov that stands first', () => {
    const film = mp4({ moovAtEnd: false, mdatBytes: 5000, moovBytes: 2000, seconds: 90 })
    const { info, pulls } = detect(film)
    expect(info).to.deep.include({
      format: 'mp4',
      index: [{ start: ftyp.length, end: ftyp.length + 2000 }],
      durationSeconds: 90,
    })
    expect(pulls).to.be.at.most(8)
  })

  it('finds a moov that stands last, reading nothing of the media', () => {
    const film = mp4({ moovAtEnd: true, mdatBytes: 500_000, moovBytes: 2000, seconds: 90 })
    const { info, bytes } = detect(film)
    expect(info.index).to.deep.equal([{ start: film.length - 2000, end: film.length }])
    expect(info.durationSeconds).to.equal(90)
    expect(bytes).to.be.below(2000 + 2048)
  })

  it('steps over 64-bit boxes and reads 64-bit times', () => {
    const moov = box('moov', box('udta'), longMvhd(7200))
    const film = join(ftyp, longBox('mdat', zeros(3000)), moov)
    const { info } = detect(film)
    expect(info.index).to.deep.equal([{ start: film.length - moov.length, end: film.length }])
    expect(info.durationSeconds).to.equal(7200)
  })

  it('steps over an mdat of 20 GB', () => {
    const head = join(ftyp, u32(1), Buffer.from('mdat'), u64(20e9))
    const at = ftyp.length + 20e9
    // Only the head is given: what follows reads as zeros, which is no box.
    expect(detect(head, at + 5000).info).to.deep.include({ format: 'mp4', index: [], durationSeconds: null })
  })

  it('knows old QuickTime files, and a last box that reaches to the end', () => {
    const film = join(box('wide'), box('mdat', zeros(100)), u32(0), Buffer.from('moov'), mvhd(3))
    expect(detect(film).info).to.deep.include({
      format: 'mp4',
      index: [{ start: 116, end: film.length }],
      durationSeconds: 3,
    })
  })

  it('finds sidx and mfra of a fragmented film, and its duration in mehd', () => {
    const mehd = box('mehd', u32(0, 50_000))
    const moov = box('moov', mvhd(0), box('trak', zeros(50)), box('mvex', mehd))
    const sidx = box('sidx', u32(0, 1, 1000, 0, 0), u32(1), u32(500, 20_000, 0))
    const fragment = join(box('moof', zeros(100)), box('mdat', zeros(900)))
    const tfra = box('tfra', zeros(40))
    const mfra = box('mfra', tfra, box('mfro', u32(0, tfra.length + 8 + 16)))
    const film = join(ftyp, moov, sidx, fragment, fragment, mfra)
    const { info } = detect(film)
    const sidxStart = ftyp.length + moov.length
    expect(info.index).to.deep.equal([
      { start: ftyp.length, end: sidxStart },
      { start: sidxStart, end: sidxStart + sidx.length },
      { start: film.length - mfra.length, end: film.length },
    ])
    expect(info.durationSeconds).to.equal(50)
  })

  it('sums the subsegments of a sidx where nothing else says the duration', () => {
    for (const version of [0, 1]) {
      const times = version === 0 ? u32(0, 0) : join(u64(0), u64(0))
      const references = join(u32(100, 30_000, 0), u32(100, 15_000, 0))
      const sidx = box('sidx', u32(version << 24, 1, 1000), times, u32(2), references)
      expect(detect(join(ftyp, box('moov', mvhd(0)), sidx, box('moof'))).info.durationSeconds).to.equal(45)
    }
  })

  it('takes a duration of all bits set for unknown', () => {
    const unknown = box('mvhd', u32(0, 0, 0, 1000, 0xffffffff), zeros(80))
    expect(detect(join(ftyp, box('moov', unknown))).info.durationSeconds).to.be.null
  })

  it('bounds the index that a file may claim', () => {
    const head = join(ftyp, u32(0xfffffff0), Buffer.from('moov'))
    const { info } = detect(head, 5e9)
    expect(info.index).to.deep.equal([{ start: ftyp.length, end: ftyp.length + MAX_INDEX_BYTES }])
  })

  it('stops at sizes that cannot be', () => {
    for (const size of [u32(2), u32(7)]) {
      expect(detect(join(ftyp, size, Buffer.from('free'), zeros(100))).info.index).to.deep.equal([])
    }
    const tooLong = join(ftyp, u32(1), Buffer.from('free'), u32(0xffffffff, 0xffffffff), zeros(100))
    expect(detect(tooLong).info.index).to.deep.equal([])
    const tooShort = join(ftyp, u32(1), Buffer.from('free'), u64(15), zeros(100))
    expect(detect(tooShort).info.index).to.deep.equal([])
  })

  it('ends on a file of nothing but empty boxes', () => {
    const film = join(...Array.from({ length: 10_000 }, () => box('free')))
    expect(detect(film).pulls).to.be.at.most(70)
  })

  describe('seek points and streams', () => {
    const handler = (type: string) => box('hdlr', u32(0, 0), Buffer.from(type), zeros(13))
    /** mdhd of version 0 with a packed language. */
    const mdhd = (language: string) => {
      const packed = Buffer.from(language).reduce((bits, letter) => (bits << 5) | (letter - 0x60), 0)
      return box('mdhd', u32(0, 0, 0, 1000, 5000, packed << 16))
    }
    const stsd = (entry: Uint8Array) => box('stsd', u32(0, 1), entry)
    const video = (type: string, ...boxes: readonly Uint8Array[]) =>
      box(type, zeros(24), u32((3840 << 16) | 2160), zeros(50), ...boxes)
    const audio = (type: string, channels: number, ...boxes: readonly Uint8Array[]) =>
      box(type, zeros(16), u32((channels << 16) | 16), zeros(8), ...boxes)
    const trak = (type: string, language: string, ...table: readonly Uint8Array[]) =>
      box('trak', box('mdia', mdhd(language), handler(type), box('minf', box('stbl', ...table))))
    const stsc = box('stsc', u32(0, 2, 1, 3, 1, 3, 2, 1))
    const stss = box('stss', u32(0, 3, 1, 5, 9))
    const film = (...traks: readonly Uint8Array[]) =>
      join(ftyp, box('moov', mvhd(10), ...traks), box('mdat', zeros(9000)))

    it('are the chunks that hold a sync sample, of 32 and of 64 bits', () => {
      // Chunks 1 and 2 hold samples 1 to 3 and 4 to 6; from chunk 3 on there are two in each.
      for (const offsets of [
        box('stco', u32(0, 5, 1000, 2000, 3000, 4000, 5000)),
        box('co64', u32(0, 5), ...[1000, 2000, 3000, 4000, 5000].map(u64)),
      ]) {
        const found = detect(film(trak('vide', 'und', stsd(video('avc1')), stsc, stss, offsets))).info
        expect(found.seekPoints).to.deep.equal([1000, 2000, 4000])
      }
    })

    it('are all chunks where every sample is one', () => {
      const stco = box('stco', u32(0, 3, 1000, 3000, 5000))
      expect(detect(film(trak('vide', 'und', stsd(video('apch')), stsc, stco))).info.seekPoints).to.deep.equal([
        1000, 3000, 5000,
      ])
    })

    it('are at most some thousand, spread over the film', () => {
      const count = 20_000
      const stco = box('stco', u32(0, count, ...Array.from({ length: count }, (_, i) => 1000 + i * 100)))
      const { info } = detect(film(trak('vide', 'und', stsd(video('avc1')), stsc, stco)), 3_000_000)
      expect(info.seekPoints.length).to.be.within(1000, 2000)
      expect(info.seekPoints.at(-1)).to.be.above(1_900_000)
    })

    it('are those of sidx, and of tfra where there is none', () => {
      const sidx = box('sidx', u32(0, 1, 1000, 0, 40), u32(2), u32(100, 500, 0), u32(300, 500, 0))
      const moov = box('moov', mvhd(0), box('mvex'))
      const sidxEnd = ftyp.length + moov.length + sidx.length
      expect(detect(join(ftyp, moov, sidx, box('moof'))).info.seekPoints).to.deep.equal([])
      expect(detect(join(ftyp, moov, sidx, box('moof'), zeros(500))).info.seekPoints).to.deep.equal([
        sidxEnd + 40,
        sidxEnd + 140,
      ])
      for (const [version, entry] of [
        [0, (at: number) => join(u32(0, at), Uint8Array.of(1, 1, 1))],
        [1, (at: number) => join(u64(0), u64(at), Uint8Array.of(1, 1, 1))],
      ] as const) {
        const tfra = box('tfra', u32(version << 24, 1, 0, 2), entry(200), entry(700))
        const mfra = box('mfra', tfra, box('mfro', u32(0, tfra.length + 8 + 16)))
        const found = detect(join(ftyp, moov, box('moof', zeros(900)), mfra)).info
        expect(found.seekPoints).to.deep.equal([200, 700])
      }
    })

    it('tell codecs, sizes, HDR, channels and languages', () => {
      const pq = box('colr', Buffer.from('nclx'), Uint8Array.of(0, 9, 0, 16, 0, 9, 0))
      const esds = box('esds', u32(0), Uint8Array.of(3, 25, 0, 1, 0, 4, 17, 0x40), zeros(16))
      // acmod 7 and lfe, in both; one dependent substream with a pair of back surrounds.
      const dac3 = box('dac3', Uint8Array.of(0x10, 0x3c, 0))
      const dec3 = box('dec3', Uint8Array.of(0, 0, 0x20, 0x0f, 0x02, 0x02))
      const found = detect(
        film(
          trak('vide', 'und', stsd(video('hvc1', pq))),
          trak('vide', 'und', stsd(video('jpeg'))),
          trak('soun', 'deu', stsd(audio('mp4a', 2, esds))),
          trak('soun', 'eng', stsd(audio('ac-3', 2, dac3))),
          trak('soun', 'fra', stsd(audio('ec-3', 2, dec3))),
          trak('soun', 'eng', stsd(audio('dtsl', 6))),
          trak('sbtl', 'spa', stsd(box('tx3g', zeros(30)))),
          trak('hint', 'und'),
        ),
      ).info
      expect(found.streams).to.deep.equal({
        durationSeconds: 10,
        video: [{ codec: 'hevc', width: 3840, height: 2160, hdr: 'hdr10' }],
        audio: [
          { codec: 'aac', language: 'deu', channels: 2 },
          { codec: 'ac3', language: 'eng', channels: 6 },
          { codec: 'eac3', language: 'fra', channels: 8 },
          { codec: 'dtshd_ma', language: 'eng', channels: 6 },
        ],
        subtitles: [{ language: 'spa' }],
      })
    })

    it('tell Dolby Vision before HDR10, and HLG', () => {
      const of = (...boxes: readonly Uint8Array[]) =>
        detect(film(trak('vide', 'und', stsd(video('dvh1', ...boxes))))).info.streams?.video[0]
      const colr = (transfer: number) => box('colr', Buffer.from('nclx'), Uint8Array.of(0, 9, 0, transfer, 0, 9, 0))
      expect(of(colr(16), box('dvcC', zeros(24)))).to.deep.include({ codec: 'hevc', hdr: 'dolbyvision' })
      expect(of(box('dvvC', zeros(24)), colr(16))?.hdr).to.equal('dolbyvision')
      expect(of(colr(18))?.hdr).to.equal('hlg')
      expect(of(colr(1))?.hdr).to.equal(null)
    })
  })
})
