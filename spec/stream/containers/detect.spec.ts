import { expect } from 'chai'
import fc from 'fast-check'
import {
  MAX_INDEX_BYTES,
  MAX_PULL_BYTES,
  MAX_PULLS,
  OTHER_CONTAINER,
} from '../../../lib/stream/containers/container.ts'
import { box, type Detected, detect, element, join, mp4, riff, u32, u64, zeros } from './boxes.ts'

function check({ info, pulls, bytes }: Detected, fileBytes: number): void {
  expect(pulls).to.be.at.most(MAX_PULLS)
  expect(bytes).to.be.at.most(MAX_PULLS * MAX_PULL_BYTES)
  for (const range of info.index) {
    expect(range.start).to.be.within(0, fileBytes)
    expect(range.end).to.be.within(range.start, Math.min(fileBytes, range.start + MAX_INDEX_BYTES))
  }
  expect(info.seekPoints.length).to.be.at.most(2000)
  info.seekPoints.forEach((point, i) => {
    expect(point).to.be.within((info.seekPoints[i - 1] ?? -1) + 1, fileBytes - 1)
  })
  if (info.durationSeconds !== null) expect(info.durationSeconds).to.satisfy((s: number) => s > 0 && Number.isFinite(s))
}

const types = fc.constantFrom(
  ...['ftyp', 'moov', 'mvhd', 'mvex', 'mehd', 'sidx', 'moof', 'mfra', 'mfro', 'tfra', 'mdat', 'free', 'trak', 'mdia'],
  ...['mdhd', 'hdlr', 'minf', 'stbl', 'stsd', 'stco', 'co64', 'stsc', 'stss', 'avc1', 'mp4a', 'esds', 'colr', 'sinf'],
)
const ids = fc.constantFrom(
  ...[0x1a45dfa3, 0x18538067, 0x114d9b74, 0x4dbb, 0x53ab, 0x53ac, 0x1549a966, 0x4489, 0x1c53bb6b, 0x1654ae6b, 0xae],
  ...[0x83, 0x86, 0xe0, 0x55b0, 0x55ba, 0xe1, 0x9f, 0x41e4, 0x41e7, 0x63a2, 0xbb, 0xb7, 0xf7, 0xf1, 0xd7],
)
const lists = fc.constantFrom('hdrl', 'strl', 'odml', 'movi')
const chunks = fc.constantFrom('avih', 'strh', 'strf', 'indx', 'dmlh', 'idx1', 'JUNK')
const someBytes = fc.uint8Array({ maxLength: 60 })

/** Boxes and elements nested at random, with sizes that lie now and then. */
const { node } = fc.letrec<{ node: Uint8Array }>((tie) => {
  const children = fc.array(tie('node'), { maxLength: 5 }).map((parts) => join(...parts))
  const body = fc.oneof(someBytes, children)
  return {
    node: fc.oneof(
      { maxDepth: 4 },
      fc.tuple(types, body).map(([type, payload]) => box(type, payload)),
      fc
        .tuple(fc.nat(0xffffffff), types, body)
        .map(([size, type, payload]) => join(u32(size), Buffer.from(type), payload)),
      fc
        .tuple(fc.nat(), types, body)
        .map(([size, type, payload]) => join(u32(1), Buffer.from(type), u64(size), payload)),
      fc.tuple(lists, body).map(([type, payload]) => riff('LIST', Buffer.from(type), payload)),
      fc.tuple(chunks, body).map(([type, payload]) => riff(type, payload)),
      fc.tuple(ids, body).map(([id, payload]) => element(id, payload)),
      fc.tuple(ids, fc.uint8Array({ minLength: 1, maxLength: 8 }), body).map((parts) => {
        const [id, size, payload] = parts
        return join(u32(id), size, payload)
      }),
    ),
  }
})
const head = fc.constantFrom(
  box('ftyp', zeros(8)),
  join(element(0x1a45dfa3, zeros(4)), Uint8Array.of(0x18, 0x53, 0x80, 0x67, 0x01, 255, 255, 255, 255, 255, 255, 255)),
  Buffer.from('RIFF\0\0\0\x7fAVI ', 'latin1'),
  zeros(0),
)
const files = fc.tuple(head, fc.array(node, { maxLength: 12 })).map(([first, rest]) => join(first, ...rest))

describe('container detection', () => {
  it('calls everything else other, after one look', () => {
    for (const bytes of [
      Buffer.from('RIFF\0\0\0\0WAVE'),
      zeros(500),
      Buffer.from('G\u0011\u0012\u0013\u0014xxxxxxxxxx'),
    ])
      expect(detect(new Uint8Array(bytes))).to.deep.include({ info: OTHER_CONTAINER, pulls: 1 })
    expect(detect(zeros(0)).pulls).to.equal(0)
    expect(detect(zeros(5)).info.format).to.equal('other')
    expect(detect(Uint8Array.of(...Buffer.from('RIFF')), 1000).info.format).to.equal('other')
  })

  it('neither loops, throws nor pulls past its bounds on any bytes', () => {
    fc.assert(
      fc.property(files, fc.nat(1e12), (bytes, more) => {
        check(detect(bytes), bytes.length)
        check(detect(bytes, bytes.length + more), bytes.length + more)
      }),
      { numRuns: 1000 },
    )
  })

  it('ends on random packets of a transport stream', () => {
    const packet = fc.uint8Array({ minLength: 187, maxLength: 187 }).map((rest) => {
      // Mostly packets that matter: of the tables, and with a clock.
      rest[0] = (rest[0] ?? 0) & 0x40
      rest[1] = (rest[1] ?? 0) & 1
      return join(Uint8Array.of(0x47), rest)
    })
    fc.assert(
      fc.property(fc.array(packet, { minLength: 3, maxLength: 12 }), fc.nat(500), (packets, cut) => {
        const bytes = join(...packets)
        check(detect(bytes), bytes.length)
        check(detect(bytes.subarray(0, bytes.length - cut)), bytes.length - cut)
      }),
    )
  })

  it('bears any byte of a real film changed, and any cut', () => {
    const film = mp4({ moovAtEnd: true, mdatBytes: 200, moovBytes: 400, seconds: 10 })
    fc.assert(
      fc.property(fc.nat(film.length - 1), fc.nat(255), fc.nat(film.length), (at, byte, cut) => {
        const changed = film.slice()
        changed[at] = byte
        check(detect(changed), changed.length)
        check(detect(film.subarray(0, cut)), cut)
      }),
      { numRuns: 500 },
    )
  })
})
