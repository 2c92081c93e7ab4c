import { expect } from 'chai'
import fc from 'fast-check'
import { systemClock } from '../../lib/domain/clock.ts'
import { mergeSorted, runAtOnce, runInSlices, sorted, type Work } from '../../lib/tree/slices.ts'

const unaborted = new AbortController().signal

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

describe('runInSlices', () => {
  function* busy(stepMs: number, ends: string[]): Work<string> {
    try {
      for (let step = 0; step < 20; step++) {
        const untilMs = performance.now() + stepMs
        while (performance.now() < untilMs);
        yield
      }
      return 'done'
    } finally {
      ends.push('ended')
    }
  }

  it('gives the loop a turn between slices', async () => {
    let turns = 0
    let isDone = false
    const turn = () => {
      turns++
      if (!isDone) setImmediate(turn)
    }
    setImmediate(turn)
    expect(await runInSlices(busy(1, []), systemClock, 4, unaborted)).to.equal('done')
    isDone = true
    await new Promise((resolve) => setImmediate(resolve))
    expect(turns).to.be.greaterThanOrEqual(4)
  })

  it("rejects with the signal's reason, after the work's own end", async () => {
    const ends: string[] = []
    const controller = new AbortController()
    const reason = new Error('enough')
    const running = runInSlices(busy(1, ends), systemClock, 2, controller.signal).catch((error: unknown) => error)
    controller.abort(reason)
    expect(await running).to.equal(reason)
    expect(ends).to.deep.equal(['ended'])
  })

  it('rejects with what the work throws', async () => {
    function* failing(): Work<void> {
      yield
      throw new Error('broken')
    }
    const error: unknown = await runInSlices(failing(), systemClock, 2, unaborted).catch((thrown: unknown) => thrown)
    expect(error).to.have.property('message', 'broken')
  })
})
