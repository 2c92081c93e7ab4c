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
  this.timeout(60_000)
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
    expect(pulled).to.be.below(1000)
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
  })

  it('MP4 in fragments, with a sidx for all of them', () => {
    const bytes = make('dash.mp4', ...mp4, '-movflags', '+frag_keyframe+empty_moov+global_sidx')
    const { info } = detect(bytes)
    expect(info.index.map(({ start }) => start)).to.include.members([
      boxOf(bytes, 'moov').start,
      boxOf(bytes, 'sidx').start,
    ])
    expect(info.durationSeconds).to.be.closeTo(SECONDS, 0.5)
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
      if (name !== 'front.mkv') expect(cues?.end).to.equal(bytes.length)
    })
  }

  it('calls AVI and MPEG-TS other', () => {
    for (const name of ['film.avi', 'film.ts']) {
      const { info, pulls } = detect(make(name, '-c:v', 'mpeg2video', '-c:a', 'mp2'))
      expect(info).to.deep.equal({ format: 'other', index: [], durationSeconds: null })
      expect(pulls).to.equal(1)
    }
  })
})
