import { expect } from 'chai'
import fc from 'fast-check'
import { PieceMemory } from '../../lib/torrent/schedule/piece-memory.ts'

const MIB = 1024 * 1024

describe('PieceMemory', () => {
  it('lends a buffer that was given back before it makes another', () => {
    const memory = new PieceMemory(100 * MIB)
    const first = memory.take(MIB)
    expect(memory.take(MIB) === first).to.equal(false)
    memory.give(first)
    expect(memory.take(MIB - 1).length).to.equal(MIB - 1)
    expect(memory.take(MIB) === first).to.equal(true)
    expect(memory.freeBytes).to.equal(0)
  })

  it('keeps no more than 32 MiB, and of lengths that are not asked for nothing at the cost of the others', () => {
    const memory = new PieceMemory(1000 * MIB)
    for (let piece = 0; piece < 40; piece++) memory.give(new Uint8Array(MIB))
    expect(memory.freeBytes).to.equal(32 * MIB)
    memory.give(new Uint8Array(16 * MIB))
    memory.give(new Uint8Array(16 * MIB))
    expect(memory.freeBytes).to.equal(32 * MIB)
    memory.give(new Uint8Array(64 * MIB))
    expect(memory.freeBytes).to.equal(32 * MIB)
  })

  it('never lends one buffer twice at a time, and counts what it keeps', () => {
    const step = fc.record({ isTake: fc.boolean(), length: fc.constantFrom(MIB, 4 * MIB, 10 * MIB), at: fc.nat(10) })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const memory = new PieceMemory(1000 * MIB)
        const lent: Uint8Array[] = []
        for (const { isTake, length, at } of steps) {
          if (isTake) {
            const buffer = memory.take(length)
            expect(buffer.length).to.equal(length)
            expect(lent.includes(buffer)).to.equal(false)
            lent.push(buffer)
          } else if (lent.length > 0) memory.give(lent.splice(at % lent.length, 1)[0]!)
          expect(memory.freeBytes).to.be.within(0, 32 * MIB)
        }
      }),
      { numRuns: 30 },
    )
  })
})
