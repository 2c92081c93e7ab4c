import { expect } from 'chai'
import fc from 'fast-check'
import type { ContainerInfo } from '../../lib/domain/container.ts'
import { PieceLayout, type TorrentFile } from '../../lib/domain/piece-layout.ts'
import { countPieces, endsOf, hasPiece, mergePieces, piecesOf } from '../../lib/fetching/file-ends.ts'

const KIB = 1024
const MIB = 1024 * KIB
const film: TorrentFile = { index: 0, path: 'film.mkv', sizeBytes: 3600 * MIB, offsetBytes: 0, isPad: false }
const container = (more: Partial<ContainerInfo> = {}): ContainerInfo => ({
  format: 'matroska',
  index: [],
  durationSeconds: 7200,
  seekPoints: [],
  streams: null,
  ...more,
})
const withSubtitles = { durationSeconds: null, video: [], audio: [], subtitles: [{ language: 'eng' }] }
const headOf = (file: TorrentFile, found?: ContainerInfo) => endsOf(file, found)[0]?.end

describe('the ends of a file', () => {
  it('are seconds of film behind the header, more where there are subtitles, and the tail', () => {
    const index = [
      { start: 0, end: 100 * KIB },
      { start: 3599 * MIB, end: 3600 * MIB },
    ]
    expect(endsOf(film, container({ index }))).to.deep.equal([
      { start: 0, end: 100 * KIB + 1.5 * MIB },
      { start: 3600 * MIB - 256 * KIB, end: 3600 * MIB },
      ...index,
    ])
    expect(headOf(film, container({ streams: withSubtitles }))).to.equal(2.5 * MIB)
  })

  it('have a head of one to five MiB, and five where nothing tells the rate', () => {
    expect(headOf(film, container({ durationSeconds: 100_000 }))).to.equal(MIB)
    expect(headOf(film, container({ durationSeconds: 600 }))).to.equal(5 * MIB)
    for (const more of [{ durationSeconds: null }, { format: 'mpegts' }, { format: 'other' }] as const)
      expect(headOf(film, container(more))).to.equal(5 * MIB)
    expect(headOf(film)).to.equal(MIB)
  })

  it('are the whole of a small file', () => {
    const small = { ...film, sizeBytes: 100 * KIB, offsetBytes: 30 }
    const pieces = piecesOf(new PieceLayout(16 * KIB, MIB), small, endsOf(small, undefined))
    expect(pieces).to.deep.equal([{ first: 0, end: 7 }])
  })
})

describe('piece ranges', () => {
  const ranges = fc.array(
    fc.tuple(fc.nat(50), fc.nat(10)).map(([first, length]) => ({ first, end: first + length })),
    { maxLength: 10 },
  )

  it('merge to the same pieces, ascending and apart', () => {
    fc.assert(
      fc.property(ranges, (given) => {
        const merged = mergePieces(given)
        const wanted = new Set<number>()
        for (const { first, end } of given) for (let piece = first; piece < end; piece++) wanted.add(piece)
        expect(countPieces(merged)).to.equal(wanted.size)
        for (let piece = 0; piece < 70; piece++) expect(hasPiece(merged, piece)).to.equal(wanted.has(piece))
        merged.forEach((range, i) => {
          expect(range.end).to.be.above(range.first)
          expect(range.first).to.be.above(merged[i - 1]?.end ?? -1)
        })
      }),
    )
  })
})
