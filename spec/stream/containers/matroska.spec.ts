import { expect } from 'chai'
import { detect, element, idBytes, join, u32, u64, unsized, zeros } from './boxes.ts'

const SEGMENT = 0x18538067
const SEEK_HEAD = 0x114d9b74
const INFO = 0x1549a966
const TRACKS = 0x1654ae6b
const CUES = 0x1c53bb6b
const CLUSTER = 0x1f43b675
const VOID = 0xec

const ebml = element(0x1a45dfa3, element(0x4282, Buffer.from('matroska')))
/** Of a Segment with an 8-byte size. */
const ORIGIN = ebml.length + 12

function float64(value: number): Uint8Array {
  const bytes = Buffer.alloc(8)
  bytes.writeDoubleBE(value)
  return new Uint8Array(bytes)
}
function float32(value: number): Uint8Array {
  const bytes = Buffer.alloc(4)
  bytes.writeFloatBE(value)
  return new Uint8Array(bytes)
}
const seek = (id: number, position: number): Uint8Array =>
  element(0x4dbb, join(element(0x53ab, idBytes(id)), element(0x53ac, u64(position))))
const seekHead = (...entries: readonly Uint8Array[]): Uint8Array => element(SEEK_HEAD, join(...entries))
const info = (...parts: readonly Uint8Array[]): Uint8Array => element(INFO, join(...parts))
const duration = (ticks: Uint8Array): Uint8Array => element(0x4489, ticks)
const segment = (...parts: readonly Uint8Array[]): Uint8Array => join(ebml, element(SEGMENT, join(...parts)))

const tracks = element(TRACKS, zeros(300))
const cluster = element(CLUSTER, zeros(20_000))
const cues = element(CUES, zeros(400))

/** Head, clusters, then the Cues that the SeekHead names. */
function film(...head: readonly Uint8Array[]): { bytes: Uint8Array; cuesAt: number; headEnd: number } {
  const headBytes = join(...head)
  const seekBytes = seekHead(seek(CUES, 0)).length
  const cuesAt = seekBytes + headBytes.length + 2 * cluster.length
  const bytes = segment(seekHead(seek(CUES, cuesAt)), headBytes, cluster, cluster, cues)
  return { bytes, cuesAt: ORIGIN + cuesAt, headEnd: ORIGIN + seekBytes + headBytes.length }
}

describe('Matroska detection', () => {
  it('finds Cues behind the clusters by the SeekHead, and the duration', () => {
    const scale = element(0x2ad7b1, u32(500_000))
    const { bytes, cuesAt, headEnd } = film(info(scale, duration(float64(240_000))), tracks)
    const found = detect(bytes)
    expect(found.info).to.deep.include({
      format: 'matroska',
      index: [
        { start: 0, end: headEnd },
        { start: cuesAt, end: cuesAt + cues.length },
      ],
      durationSeconds: 120,
    })
    expect(found.bytes).to.be.below(2000)
  })

  it('takes a millisecond for the TimestampScale that is not there, and reads 4-byte floats', () => {
    expect(detect(film(info(duration(float32(5000)))).bytes).info.durationSeconds).to.equal(5)
  })

  it('finds Cues before the clusters, without a SeekHead, in a Segment of unknown size (WebM as recorded)', () => {
    const bytes = join(ebml, unsized(SEGMENT, join(info(), tracks, cues, unsized(CLUSTER, zeros(1000)))))
    const cuesAt = ORIGIN + info().length + tracks.length
    expect(detect(bytes).info).to.deep.include({
      format: 'matroska',
      index: [
        { start: 0, end: cuesAt + cues.length },
        { start: cuesAt, end: cuesAt + cues.length },
      ],
      durationSeconds: null,
    })
  })

  it('finds an Info behind the clusters, and Cues by a second SeekHead', () => {
    const second = (cuesAt: number, infoAt: number) => seekHead(seek(CUES, cuesAt), seek(INFO, infoAt))
    const first = seekHead(seek(SEEK_HEAD, 0)).length
    const secondAt = first + cluster.length
    const infoAt = secondAt + second(0, 0).length
    const late = info(duration(float64(7000)))
    const cuesAt = infoAt + late.length
    const bytes = segment(seekHead(seek(SEEK_HEAD, secondAt)), cluster, second(cuesAt, infoAt), late, cues)
    const found = detect(bytes).info
    expect(found.durationSeconds).to.equal(7)
    expect(found.index[1]).to.deep.equal({ start: ORIGIN + cuesAt, end: ORIGIN + cuesAt + cues.length })
  })

  it('is led round in no circle by SeekHeads that name each other or themselves', () => {
    const length = seekHead(seek(SEEK_HEAD, 0), seek(SEEK_HEAD, 0)).length
    const bytes = segment(
      seekHead(seek(SEEK_HEAD, length), seek(SEEK_HEAD, 0)),
      seekHead(seek(SEEK_HEAD, 0), seek(SEEK_HEAD, length)),
      cluster,
    )
    expect(detect(bytes).pulls).to.be.below(30)
  })

  it('does not believe a SeekHead that points at something else, or outside the file', () => {
    for (const position of [0, 50, 1e12]) {
      const found = detect(segment(seekHead(seek(CUES, position)), tracks, cluster)).info
      expect(found.index).to.have.length(1)
    }
  })

  it('steps over Void and bounds their number', () => {
    const voids = Array.from({ length: 10_000 }, () => element(VOID, zeros(1), 1))
    const found = detect(segment(...voids))
    expect(found.pulls).to.be.at.most(70)
  })

  it('takes durations that cannot be for unknown', () => {
    for (const ticks of [float64(Number.NaN), float64(-1), float64(Number.POSITIVE_INFINITY), zeros(3)])
      expect(detect(film(info(duration(ticks))).bytes).info.durationSeconds).to.be.null
  })

  describe('seek points and streams', () => {
    const number = (id: number, value: number) => element(id, u32(value))
    const word = (id: number, value: string) => element(id, Buffer.from(value))
    const track = (trackNumber: number, type: number, codec: string, ...more: readonly Uint8Array[]) =>
      element(0xae, join(number(0xd7, trackNumber), number(0x83, type), word(0x86, codec), ...more))
    const video = (...parts: readonly Uint8Array[]) =>
      element(0xe0, join(number(0xb0, 1920), number(0xba, 1080), ...parts))
    const colour = (transfer: number) => element(0x55b0, number(0x55ba, transfer))
    const audio = (channels: number) => element(0xe1, number(0x9f, channels))
    const language = (code: string) => word(0x22b59c, code)
    const tracksOf = (...parts: readonly Uint8Array[]) => element(TRACKS, join(...parts))
    const cue = (...positions: readonly (readonly [track: number, cluster: number])[]) =>
      element(
        0xbb,
        join(
          number(0xb3, 0),
          ...positions.map(([n, at]) => element(0xb7, join(number(0xf7, n), element(0xf1, u64(at))))),
        ),
      )
    const streamsOf = (...parts: readonly Uint8Array[]) => detect(segment(tracksOf(...parts), cluster)).info.streams

    it('are the clusters that the picture’s cues name, wherever Cues and Tracks stand', () => {
      const list = element(CUES, join(cue([1, 3000], [2, 3500]), cue([1, 9000]), cue([2, 12_000])))
      const both = tracksOf(track(1, 1, 'V_VP9'), track(2, 2, 'A_OPUS'))
      expect(detect(segment(both, list, cluster)).info.seekPoints).to.deep.equal([ORIGIN + 3000, ORIGIN + 9000])
      const headBytes = seekHead(seek(CUES, 0), seek(TRACKS, 0)).length
      const places = [headBytes + cluster.length, headBytes + cluster.length + list.length] as const
      const late = segment(seekHead(seek(CUES, places[0]), seek(TRACKS, places[1])), cluster, list, both)
      expect(detect(late).info.seekPoints).to.deep.equal([ORIGIN + 3000, ORIGIN + 9000])
    })

    it('tell codecs, sizes, channels and languages', () => {
      const vfw = join(zeros(16), Buffer.from('XVID'), zeros(20))
      expect(
        streamsOf(
          track(1, 1, 'V_MPEG4/ISO/AVC', video()),
          track(2, 1, 'V_MS/VFW/FOURCC', element(0x63a2, vfw), video()),
          track(3, 2, 'A_EAC3', audio(6), language('ger')),
          track(4, 2, 'A_TRUEHD', audio(8)),
          track(5, 2, 'A_DTS', language('und')),
          track(6, 17, 'S_HDMV/PGS', language('fre')),
          track(7, 17, 'S_TEXT/UTF8', word(0x22b59d, 'spa-419')),
          track(8, 18, 'B_VOBBTN'),
        ),
      ).to.deep.equal({
        durationSeconds: null,
        video: [
          { codec: 'h264', width: 1920, height: 1080, hdr: null },
          { codec: 'mpeg4', width: 1920, height: 1080, hdr: null },
        ],
        audio: [
          { codec: 'eac3', language: 'ger', channels: 6 },
          { codec: 'truehd', language: 'eng', channels: 8 },
          { codec: 'dca', language: null, channels: 1 },
        ],
        subtitles: [{ language: 'fre' }, { language: 'spa' }],
      })
    })

    it('tell HDR10, HLG and Dolby Vision', () => {
      const dolby = element(0x41e4, number(0x41e7, 0x64766343))
      const hdrOf = (...parts: readonly Uint8Array[]) =>
        streamsOf(track(1, 1, 'V_MPEGH/ISO/HEVC', ...parts))?.video[0]?.hdr
      expect(hdrOf(video(colour(16)))).to.equal('hdr10')
      expect(hdrOf(video(colour(18)))).to.equal('hlg')
      expect(hdrOf(video(colour(1)))).to.equal(null)
      expect(hdrOf(video(colour(16)), dolby)).to.equal('dolbyvision')
      expect(hdrOf(dolby, video(colour(16)))).to.equal('dolbyvision')
    })

    it('ends on Cues of any length', () => {
      const list = element(CUES, join(...Array.from({ length: 60_000 }, (_, i) => cue([1, i * 100]))))
      const { info, pulls } = detect(segment(tracksOf(track(1, 1, 'V_AV1')), list), 1e10)
      expect(pulls).to.be.below(200)
      expect(info.seekPoints.length).to.be.within(1, 2000)
    })
  })
})
