import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { detect } from '../stream/containers/boxes.ts'

const SECONDS = 12
const VIDEO = ['-f', 'lavfi', '-i', `testsrc=duration=${SECONDS}:size=320x240:rate=25`]
const SOUND = ['-f', 'lavfi', '-i', `sine=duration=${SECONDS}`]

interface Element {
  readonly start: number
  readonly end: number
}

/** Where a four-byte mark stands in a file that is known to hold it once. */
function only(bytes: Buffer, mark: Buffer): number {
  const at = bytes.indexOf(mark)
  expect(at).to.be.at.least(0)
  return at
}

/** The box whose type was found, by its 32-bit size. */
function boxOf(bytes: Buffer, type: string): Element {
  const start = only(bytes, Buffer.from(type)) - 4
  return { start, end: start + bytes.readUInt32BE(start) }
}

describe('container detection on films made by ffmpeg', function () {
  this.timeout(300_000)
  let directory: string
  before(() => {
    directory = mkdtempSync(join(tmpdir(), 'films-'))
  })
  after(() => rmSync(directory, { recursive: true }))

  const make = (name: string, ...options: readonly string[]): Buffer => {
    const path = join(directory, name)
    execFileSync('ffmpeg', ['-v', 'error', '-y', ...VIDEO, ...SOUND, '-threads', '1', ...options, path])
    return readFileSync(path)
  }
  const mp4 = ['-c:v', 'mpeg4', '-c:a', 'aac']

  it('MP4, moov last', () => {
    const bytes = make('last.mp4', ...mp4)
    const { info, bytes: pulled } = detect(bytes)
    expect(info.index).to.deep.equal([boxOf(bytes, 'moov')])
    expect(info.durationSeconds).to.be.closeTo(SECONDS, 0.2)
    expect(pulled).to.be.below(20_000)
    expect(info.seekPoints.length).to.be.above(5)
    expect(info.streams).to.deep.include({ video: [{ codec: 'mpeg4', width: 320, height: 240, hdr: null }] })
  })

  it('MP4, moov first', () => {
    const bytes = make('first.mp4', ...mp4, '-movflags', '+faststart')
    const { info } = detect(bytes)
    expect(info.index).to.deep.equal([boxOf(bytes, 'moov')])
    expect(info.durationSeconds).to.be.closeTo(SECONDS, 0.2)
  })

  it('MP4 in fragments, with an mfra', () => {
    const bytes = make('frag.mp4', ...mp4, '-movflags', '+frag_keyframe+empty_moov')
    const { info } = detect(bytes)
    expect(info.index).to.deep.equal([boxOf(bytes, 'moov'), { ...boxOf(bytes, 'mfra'), end: bytes.length }])
    for (const point of info.seekPoints) expect(bytes.toString('latin1', point + 4, point + 8)).to.equal('moof')
    expect(info.seekPoints).to.not.be.empty
  })

  it('MP4 in fragments, with a sidx for all of them', () => {
    const bytes = make('dash.mp4', ...mp4, '-movflags', '+frag_keyframe+empty_moov+global_sidx')
    const { info } = detect(bytes)
    expect(info.index.map(({ start }) => start)).to.include.members([
      boxOf(bytes, 'moov').start,
      boxOf(bytes, 'sidx').start,
    ])
    expect(info.durationSeconds).to.be.closeTo(SECONDS, 0.5)
    for (const point of info.seekPoints) expect(bytes.toString('latin1', point + 4, point + 8)).to.equal('moof')
    expect(info.seekPoints).to.not.be.empty
  })

  for (const [name, options] of [
    ['film.mkv', ['-c:v', 'mpeg4', '-c:a', 'aac']],
    ['film.webm', ['-c:v', 'libvpx', '-deadline', 'realtime', '-c:a', 'libopus']],
    ['front.mkv', ['-c:v', 'mpeg4', '-c:a', 'aac', '-cues_to_front', '1', '-reserve_index_space', '4096']],
  ] as const) {
    it(`Matroska, ${name}`, () => {
      const bytes = make(name, ...options)
      const { info, bytes: pulled } = detect(bytes)
      const [head, cues] = info.index
      expect(info.durationSeconds).to.be.closeTo(SECONDS, 0.2)
      expect(pulled).to.be.below(10_000)
      // Cluster and Cues by their ids: the head ends where the first Cluster begins.
      expect(head).to.deep.equal({ start: 0, end: only(bytes, Buffer.from('1f43b675', 'hex')) })
      expect(bytes.readUInt32BE(cues?.start ?? 0)).to.equal(0x1c53bb6b)
      for (const point of info.seekPoints) expect(bytes.readUInt32BE(point)).to.equal(0x1f43b675)
      expect(info.seekPoints).to.not.be.empty
      if (name !== 'front.mkv') expect(cues?.end).to.equal(bytes.length)
    })
  }

  it('AVI', () => {
    const bytes = make('film.avi', '-c:v', 'mpeg4', '-c:a', 'mp3', '-g', '25')
    const { info } = detect(bytes)
    expect(info).to.deep.include({ format: 'avi' })
    expect(info.durationSeconds).to.be.closeTo(SECONDS, 0.2)
    expect(info.index[1]).to.deep.equal({ start: only(bytes, Buffer.from('idx1')), end: bytes.length })
    for (const point of info.seekPoints) expect(bytes.toString('latin1', point, point + 4)).to.equal('00dc')
    expect(info.seekPoints.length).to.be.within(10, 30)
    expect(info.streams).to.deep.include({
      video: [{ codec: 'mpeg4', width: 320, height: 240, hdr: null }],
      audio: [{ codec: 'mp3', language: null, channels: 1 }],
    })
  })

  for (const [name, options, audio] of [
    ['film.ts', ['-c:a', 'mp2', '-metadata:s:a:0', 'language=deu'], { codec: 'mp2', language: 'deu', channels: null }],
    ['disc.m2ts', ['-c:a', 'ac3', '-mpegts_m2ts_mode', '1'], { codec: 'ac3', language: null, channels: null }],
  ] as const) {
    it(`MPEG-TS, ${name}`, () => {
      const { info } = detect(make(name, '-c:v', 'mpeg2video', ...options))
      expect(info.format).to.equal('mpegts')
      expect(info.durationSeconds).to.be.closeTo(SECONDS, 0.5)
      expect(info.streams).to.deep.include({
        video: [{ codec: 'mpeg2video', width: null, height: null, hdr: null }],
        audio: [audio],
      })
    })
  }

  it('tells HDR10 and surround sound of an MKV and an MP4', () => {
    const hdr = ['-color_trc', 'smpte2084', '-color_primaries', 'bt2020', '-colorspace', 'bt2020nc']
    const x265 = ['-c:v', 'libx265', '-preset', 'ultrafast', '-x265-params', 'log-level=0', '-tag:v', 'hvc1', '-t', '1']
    for (const name of ['hdr.mkv', 'hdr.mp4']) {
      const { streams } = detect(
        make(name, ...x265, ...hdr, '-c:a', 'ac3', '-ac', '6', '-metadata:s:a:0', 'language=fra'),
      ).info
      expect(streams?.video).to.deep.equal([{ codec: 'hevc', width: 320, height: 240, hdr: 'hdr10' }])
      expect(streams?.audio).to.deep.equal([{ codec: 'ac3', language: 'fra', channels: 6 }])
    }
  })
})
