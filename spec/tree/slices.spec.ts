import { expect } from 'chai'
import fc from 'fast-check'
import { runAtOnce } from '../../lib/domain/slices.ts'
import { mergeSorted, sorted } from '../../lib/tree/slices.ts'

describe('sorted', () => {
  it('sorts as the platform does, stably, for any length', () => {
    const byTens = (a: number, b: number) => Math.floor(a / 10) - Math.floor(b / 10)
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 5000 }), fc.infiniteStream(fc.nat(500)), (length, numbers) => {
        const items = Array.from({ length }, () => numbers.next().value ?? 0)
        expect(runAtOnce(sorted(items, byTens))).to.deep.equal(items.toSorted(byTens))
      }),
      { numRuns: 20 },
    )
  })

  it('merges with equals of the left first', () => {
    const compare = (a: string, b: string) => Number(a[0]) - Number(b[0])
    const merged = runAtOnce(mergeSorted(['1a', '2a', '2b', '4a'], ['0x', '2x', '3x', '5x', '5y'], compare))
    expect(merged).to.deep.equal(['0x', '1a', '2a', '2b', '2x', '3x', '4a', '5x', '5y'])
  })
})
