import { getEventListeners } from 'node:events'
import { expect } from 'chai'
import { delay, orAbort, throwIfAborted, withTimeout } from '../../lib/domain/abort.ts'
import { isAppError } from '../../lib/domain/errors.ts'
import { ManualClock } from '../support/manual-clock.ts'

const listeners = (signal: AbortSignal) => getEventListeners(signal, 'abort').length
const failure = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  )
const never = new Promise<never>(() => {})

describe('orAbort', () => {
  it('settles as the promise does and removes its listener', async () => {
    const { signal } = new AbortController()
    expect(await orAbort(Promise.resolve(7), signal)).to.equal(7)
    expect(await failure(orAbort(Promise.reject(new Error('no')), signal))).to.have.property('message', 'no')
    expect(listeners(signal)).to.equal(0)
  })

  it('rejects with the reason itself, before or while waiting', async () => {
    const reason = new Error('left')
    expect(await failure(orAbort(never, AbortSignal.abort(reason)))).to.equal(reason)
    const controller = new AbortController()
    const waiting = failure(orAbort(never, controller.signal))
    controller.abort(reason)
    expect(await waiting).to.equal(reason)
    expect(listeners(controller.signal)).to.equal(0)
  })
})

describe('throwIfAborted', () => {
  it('throws the reason', () => {
    const reason = new Error('left')
    expect(() => throwIfAborted(AbortSignal.abort(reason))).to.throw(reason)
    expect(() => throwIfAborted(undefined)).not.to.throw()
  })
})

describe('withTimeout', () => {
  it('aborts the work and fails with `timeout`', async () => {
    const clock = new ManualClock()
    let inner: AbortSignal | undefined
    const result = failure(
      withTimeout(clock, 1000, 'too slow', (signal) => {
        inner = signal
        return never
      }),
    )
    clock.advance(999)
    expect(inner?.aborted).to.equal(false)
    clock.advance(1)
    expect(isAppError(await result, 'timeout')).to.equal(true)
    expect(inner?.aborted).to.equal(true)
  })

  it('leaves no timer and no listener when the work ends first', async () => {
    const clock = new ManualClock()
    const { signal } = new AbortController()
    expect(await withTimeout(clock, 1000, 'too slow', () => Promise.resolve(1), signal)).to.equal(1)
    expect(clock.pendingTimers).to.equal(0)
    expect(listeners(signal)).to.equal(0)
  })

  it('passes the outer abort on with its reason', async () => {
    const controller = new AbortController()
    const reason = new Error('left')
    const result = failure(withTimeout(new ManualClock(), 1000, 'too slow', () => never, controller.signal))
    controller.abort(reason)
    expect(await result).to.equal(reason)
  })
})

describe('delay', () => {
  it('waits for the clock, or for the abort', async () => {
    const clock = new ManualClock()
    const done = delay(clock, 50)
    clock.advance(50)
    await done
    const controller = new AbortController()
    const aborted = failure(delay(clock, 50, controller.signal))
    controller.abort(new Error('left'))
    expect(await aborted).to.have.property('message', 'left')
    expect(clock.pendingTimers).to.equal(0)
  })
})
