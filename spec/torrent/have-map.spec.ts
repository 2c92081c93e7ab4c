import { expect } from 'chai'
import fc from 'fast-check'
import { PieceLayout } from '../../lib/domain/piece-layout.ts'
import { decodeHaveMap, encodeHaveMap } from '../../lib/torrent/store/have-map.ts'

const maps = fc
  .record({
    pieceBytes: fc.integer({ min: 1, max: 2 ** 31 }),
    totalBytes: fc.integer({ min: 1, max: 2 ** 48 }),
    lastUses: fc.dictionary(fc.integer({ min: 0, max: 1e6 }).map(String), fc.integer({ min: 0, max: 2 ** 52 })),
  })
  .map(({ pieceBytes, totalBytes, lastUses }) => ({
    layout: new PieceLayout(pieceBytes, totalBytes),
    lastUses: new Map(Object.entries(lastUses).map(([piece, use]) => [Number(piece), use])),
  }))

describe('have-map', () => {
  it('gives back what was written', () => {
    fc.assert(
      fc.property(maps, (map) => {
        expect(decodeHaveMap(encodeHaveMap(map))).to.deep.equal(map)
      }),
    )
  })

  it('is nothing when cut short or with any byte changed', () => {
    fc.assert(
      fc.property(maps, fc.nat(), fc.integer({ min: 1, max: 255 }), (map, at, change) => {
        const bytes = encodeHaveMap(map)
        expect(decodeHaveMap(bytes.subarray(0, at % bytes.length))).to.equal(undefined)
        const index = at % bytes.length
        bytes[index] = (bytes[index] ?? 0) ^ change
        expect(decodeHaveMap(bytes)).to.equal(undefined)
      }),
    )
  })
})
