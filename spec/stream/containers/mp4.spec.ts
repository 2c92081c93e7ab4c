import { expect } from 'chai'
import { MAX_INDEX_BYTES } from '../../../lib/stream/containers/container.ts'
import { box, detect, join, longBox, longMvhd, mp4, mvhd, u32, u64, zeros } from './boxes.ts'

const ftyp = box('ftyp', Buffer.from('isom'), u32(512))

describe('MP4 detection', () => {
  it('finds a moov that stands first', () => {
    const film = mp4({ moovAtEnd: false, mdatBytes: 5000, moovBytes: 2000, seconds: 90 })
    const { info, pulls } = detect(film)
    expect(info).to.deep.equal({
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
    expect(bytes).to.be.below(300)
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
    expect(detect(head, at + 5000).info).to.deep.equal({ format: 'mp4', index: [], durationSeconds: null })
  })

  it('knows old QuickTime files, and a last box that reaches to the end', () => {
    const film = join(box('wide'), box('mdat', zeros(100)), u32(0), Buffer.from('moov'), mvhd(3))
    expect(detect(film).info).to.deep.equal({
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
})
