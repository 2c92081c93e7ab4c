import { expect } from 'chai'
import { systemClock } from '../../lib/domain/clock.ts'
import { runInSlices, type Work } from '../../lib/domain/slices.ts'

const unaborted = new AbortController().signal

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
    expect(await runInSlices(busy(1, []), { clock: systemClock, sliceMs: 4 }, unaborted)).to.equal('done')
    isDone = true
    await new Promise((resolve) => setImmediate(resolve))
    expect(turns).to.be.greaterThanOrEqual(4)
  })

  it("rejects with the signal's reason, after the work's own end", async () => {
    const ends: string[] = []
    const controller = new AbortController()
    const reason = new Error('enough')
    const running = runInSlices(busy(1, ends), { clock: systemClock, sliceMs: 2 }, controller.signal).catch(
      (error: unknown) => error,
    )
    controller.abort(reason)
    expect(await running).to.equal(reason)
    expect(ends).to.deep.equal(['ended'])
  })

  it('rejects with what the work throws', async () => {
    function* failing(): Work<void> {
      yield
      throw new Error('broken')
    }
    const error: unknown = await runInSlices(failing(), { clock: systemClock, sliceMs: 2 }, unaborted).catch(
      (thrown: unknown) => thrown,
    )
    expect(error).to.have.property('message', 'broken')
  })

  it('awaits what may not wait between two slices', async () => {
    const times: string[] = []
    const between = async () => {
      times.push('begun')
      await Promise.resolve()
      times.push('done')
    }
    await runInSlices(busy(1, times), { clock: systemClock, sliceMs: 9, between }, unaborted)
    expect(times.slice(0, 4)).to.deep.equal(['begun', 'done', 'begun', 'done'])
    expect(times.at(-1)).to.equal('ended')
  })
})
