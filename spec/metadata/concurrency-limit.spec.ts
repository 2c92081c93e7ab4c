import { getEventListeners } from 'node:events'
import { expect } from 'chai'
import { ConcurrencyLimit } from '../../lib/metadata/concurrency-limit.ts'
import { failureOf } from '../support/failure-of.ts'

describe('ConcurrencyLimit', () => {
  const never = new AbortController().signal

  it('gives turns in the order of arrival, also after work that failed', async () => {
    const limit = new ConcurrencyLimit(1)
    const order: number[] = []
    const work = [1, 2, 3].map((number) =>
      limit.run(async () => {
        await Promise.resolve()
        order.push(number)
        if (number === 2) throw new Error('failed')
        return number
      }, never),
    )
    expect(await Promise.allSettled(work)).to.have.length(3)
    expect(order).to.deep.equal([1, 2, 3])
    expect(await limit.run(() => Promise.resolve(4), never)).to.equal(4)
  })

  it('loses no turn to those that gave up, and leaves no listener', async () => {
    const limit = new ConcurrencyLimit(1)
    const controller = new AbortController()
    let finish = (): void => {}
    const first = limit.run(() => new Promise<void>((resolve) => (finish = resolve)), never)
    const reason = new Error('enough')
    const left = [1, 2].map(() => failureOf(limit.run(() => Promise.resolve(), controller.signal)))
    const last = limit.run(() => Promise.resolve('last'), never)
    controller.abort(reason)
    expect(await Promise.all(left)).to.deep.equal([reason, reason])
    finish()
    await first
    expect(await last).to.equal('last')
    expect([...getEventListeners(never, 'abort'), ...getEventListeners(controller.signal, 'abort')]).to.deep.equal([])
  })
})
