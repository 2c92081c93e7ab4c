import { expect } from 'chai'
import { systemClock } from '../../lib/domain/clock.ts'

const timers = () => process.getActiveResourcesInfo().filter((type) => type === 'Timeout').length
const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

describe('systemClock.timer', () => {
  it('fires once, after the last deadline it was given', async () => {
    let fired = 0
    const timer = systemClock.timer(() => fired++)
    timer.arm(20)
    for (let i = 0; i < 1000; i++) timer.arm(60)
    await wait(35)
    expect(fired).to.equal(0)
    await wait(100)
    expect(fired).to.equal(1)
    timer.dispose()
  })

  it('can be armed sooner than before', async () => {
    let fired = 0
    const timer = systemClock.timer(() => fired++)
    timer.arm(60_000)
    timer.arm(5)
    await wait(60)
    expect(fired).to.equal(1)
    timer.dispose()
  })

  it('keeps nothing alive once disarmed', async () => {
    const before = timers()
    const timer = systemClock.timer(() => {})
    timer.arm(60_000)
    expect(timers()).to.equal(before + 1)
    timer.disarm()
    expect(timers()).to.equal(before)
  })
})
