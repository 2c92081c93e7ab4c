import { expect } from 'chai'
import { detect, join } from './boxes.ts'

const MAP_PID = 0x1000
const CLOCK_PID = 0x100

/** A packet with a payload, a clock, or both; the rest is stuffing. */
function packet(pid: number, payload: Uint8Array | undefined, clock?: number): Uint8Array {
  const bytes = Buffer.alloc(188, 255)
  bytes[0] = 0x47
  bytes.writeUInt16BE(pid | (payload ? 0x4000 : 0), 1)
  const fieldBytes = payload ? 183 - payload.length : 183
  bytes[3] = 0x20 | (payload ? 0x10 : 0)
  bytes[4] = fieldBytes
  bytes[5] = clock === undefined ? 0 : 0x10
  if (clock !== undefined) {
    bytes.writeUInt32BE(Math.floor(clock / 2), 6)
    bytes[10] = (clock % 2) << 7
  }
  if (payload) bytes.set(payload, 188 - payload.length)
  return new Uint8Array(bytes)
}

/** With the pointer before it and a checksum that nobody checks. */
function section(table: number, ...body: readonly number[]): Uint8Array {
  const length = body.length + 4
  return Uint8Array.of(0, table, 0xb0 | (length >> 8), length & 255, ...body, 0, 0, 0, 0)
}
const high = (value: number): number => value >> 8
const low = (value: number): number => value & 255
const association = section(0, 0, 1, 0xc1, 0, 0, 0, 0, 0xe0, 0x10, 0, 1, 0xe0 | high(MAP_PID), low(MAP_PID))
const stream = (type: number, pid: number, ...info: readonly number[]): number[] => [
  ...[type, 0xe0 | high(pid), low(pid), 0xf0, info.length],
  ...info,
]
const map = (...streams: readonly number[][]) =>
  section(2, 0, 1, 0xc1, 0, 0, 0xe0 | high(CLOCK_PID), low(CLOCK_PID), 0xf0, 0, ...streams.flat())
const language = (code: string): number[] => [0x0a, 4, ...Buffer.from(code), 0]

const tables = [
  packet(0, association),
  packet(MAP_PID, map(stream(0x1b, 0x100), stream(0x81, 0x101, ...language('eng')))),
]
const filler = Array.from({ length: 3000 }, () => packet(0x1fff, Uint8Array.of(1)))
const clock = (ticks: number, pid = CLOCK_PID): Uint8Array => packet(pid, undefined, ticks)

describe('MPEG-TS detection', () => {
  it('tells streams by the program map and the length by the clocks, from both ends of the file', () => {
    const bytes = join(...tables, clock(5, 0x101), clock(90_000), ...filler, clock(990_000), clock(7, 0x101))
    const { info, pulls } = detect(bytes)
    expect(info).to.deep.equal({
      format: 'mpegts',
      index: [],
      durationSeconds: 10,
      seekPoints: [],
      streams: {
        durationSeconds: 10,
        video: [{ codec: 'h264', width: null, height: null, hdr: null }],
        audio: [{ codec: 'ac3', language: 'eng', channels: null }],
        subtitles: [],
      },
    })
    expect(pulls).to.equal(3)
  })

  it('follows a clock that turned over', () => {
    const bytes = join(...tables, clock(2 ** 33 - 90_000), ...filler, clock(90_000))
    expect(detect(bytes).info.durationSeconds).to.equal(2)
  })

  it('reads discs with four bytes before each packet', () => {
    const packets = [...tables, clock(0), ...filler, clock(270_000)]
    const bytes = join(...packets.flatMap((one) => [Uint8Array.of(0, 0, 0, 0), one]))
    expect(detect(bytes).info).to.deep.include({ format: 'mpegts', durationSeconds: 3 })
  })

  it('knows private streams by their descriptors', () => {
    const registered = (name: string): number[] => [0x05, 4, ...Buffer.from(name)]
    const whole = map(
      stream(0x24, 0x100, 0xb0, 1, 0),
      stream(0x06, 0x101, 0x7a, 1, 0, ...language('deu')),
      stream(0x06, 0x102, ...registered('Opus')),
      stream(0x86, 0x103),
      stream(0x06, 0x104, 0x59, 8, ...Buffer.from('fra'), 0x10, 0, 1, 0, 1),
      stream(0x06, 0x105),
    )
    const found = detect(join(packet(0, association), packet(MAP_PID, whole), ...filler)).info
    expect(found.durationSeconds).to.be.null
    expect(found.streams).to.deep.equal({
      durationSeconds: null,
      video: [{ codec: 'hevc', width: null, height: null, hdr: 'dolbyvision' }],
      audio: [
        { codec: 'eac3', language: 'deu', channels: null },
        { codec: 'opus', language: null, channels: null },
        { codec: 'dtshd_ma', language: null, channels: null },
      ],
      subtitles: [{ language: 'fra' }],
    })
  })

  it('puts together a program map that spans packets', () => {
    const whole = map(...Array.from({ length: 40 }, (_, i) => stream(0x0f, 0x200 + i, ...language('eng'))))
    const parts = [whole.subarray(0, 184), whole.subarray(184, 368), whole.subarray(368)]
    const packets = parts.map((part, i) => {
      const one = packet(MAP_PID, part)
      if (part.length === 184) {
        one[3] = 0x10
        one.set(part, 4)
      }
      if (i > 0) one[1] = high(MAP_PID)
      return one
    })
    const found = detect(join(packet(0, association), ...packets, ...filler)).info
    expect(found.streams?.audio).to.have.length(40)
  })

  it('needs three packets in a row', () => {
    expect(detect(join(...tables)).info.format).to.equal('other')
  })
})
