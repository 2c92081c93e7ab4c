import { expect } from 'chai'
import { detect, join, riff, u32le, u64, zeros } from './boxes.ts'

const KEY = 0x10
const words = (...values: readonly number[]): Uint8Array => {
  const bytes = Buffer.alloc(values.length * 2)
  values.forEach((value, i) => {
    bytes.writeUInt16LE(value, i * 2)
  })
  return new Uint8Array(bytes)
}
const list = (type: string, ...parts: readonly Uint8Array[]): Uint8Array => riff('LIST', Buffer.from(type), ...parts)
const avih = riff('avih', u32le(40_000, 0, 0, 0, 50, 0, 2, 0, 640, 480), zeros(16))
const strh = (type: string, length: number, scale = 1, rate = 25) =>
  riff('strh', Buffer.from(type), Buffer.from('xxxx'), u32le(0, 0, 0, scale, rate, 0, length), zeros(20))
const videoFormat = riff('strf', u32le(40, 640, 480, 0x180001), Buffer.from('XVID'), zeros(20))
const audioFormat = riff('strf', words(0x2000, 6), zeros(14))
const video = (...more: readonly Uint8Array[]) => list('strl', strh('vids', 250), videoFormat, ...more)
const audio = list('strl', strh('auds', 1000), audioFormat)
const entry = (chunk: string, flags: number, offset: number) => join(Buffer.from(chunk), u32le(flags, offset, 100))
const file = (...parts: readonly Uint8Array[]): Uint8Array => {
  const body = join(Buffer.from('AVI '), ...parts)
  return join(Buffer.from('RIFF'), u32le(body.length), body)
}
const movie = list('movi', zeros(5000))

describe('AVI detection', () => {
  const header = list('hdrl', avih, video(), audio)
  const moviAt = 12 + header.length + 8

  it('finds the index behind the film, its key frames, streams and length', () => {
    const idx1 = riff(
      'idx1',
      entry('00dc', KEY, 4),
      entry('01wb', KEY, 104),
      entry('00dc', 0, 204),
      entry('00dc', KEY, 304),
    )
    const bytes = file(header, movie, idx1)
    const { info, bytes: pulled } = detect(bytes)
    expect(info).to.deep.equal({
      format: 'avi',
      index: [
        { start: 0, end: moviAt + 4 },
        { start: bytes.length - idx1.length, end: bytes.length },
      ],
      durationSeconds: 10,
      seekPoints: [moviAt + 4, moviAt + 304],
      streams: {
        durationSeconds: 10,
        video: [{ codec: 'mpeg4', width: 640, height: 480, hdr: null }],
        audio: [{ codec: 'ac3', language: null, channels: 6 }],
        subtitles: [],
      },
    })
    expect(pulled).to.be.below(bytes.length)
  })

  it('takes offsets that count from the file’s beginning', () => {
    const idx1 = riff('idx1', entry('00dc', KEY, moviAt + 4), entry('00dc', KEY, moviAt + 904))
    expect(detect(file(header, movie, idx1)).info.seekPoints).to.deep.equal([moviAt + 4, moviAt + 904])
  })

  it('wants the parts of an OpenDML index, and counts the frames of all parts', () => {
    const littleEndian = (value: number) => u64(value).reverse()
    const part = (at: number, size: number) => join(littleEndian(at), u32le(size, 0))
    const indx = riff('indx', words(4, 0), u32le(2), Buffer.from('00dc'), zeros(12), part(900, 50), part(5_000_000, 60))
    const odml = list('odml', riff('dmlh', u32le(2500), zeros(40)))
    const bytes = file(list('hdrl', avih, video(indx), odml), movie)
    const { info } = detect(bytes, 6_000_000)
    expect(info.durationSeconds).to.equal(100)
    expect(info.index.slice(1)).to.deep.equal([
      { start: 900, end: 958 },
      { start: 5_000_000, end: 5_000_068 },
    ])
  })

  it('has a length by its main header where no stream tells', () => {
    expect(detect(file(list('hdrl', avih), movie)).info).to.deep.include({ durationSeconds: 2, streams: null })
  })

  it('ends on a file of nothing but empty chunks', () => {
    const bytes = file(...Array.from({ length: 20_000 }, () => riff('JUNK')))
    expect(detect(bytes).pulls).to.be.at.most(520)
  })
})
