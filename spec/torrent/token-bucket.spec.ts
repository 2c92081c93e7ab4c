import { expect } from 'chai'
import { SpeedMeter } from '../../lib/torrent/limits/speed-meter.ts'
import { TokenBucket } from '../../lib/torrent/limits/token-bucket.ts'
import { ManualClock } from '../support/manual-clock.ts'

describe('TokenBucket', () => {
  it('lets through its rate over time, and no more', () => {
    const clock = new ManualClock()
    const bucket = new TokenBucket(clock, 1_000_000)
    let taken = 0
    const take = () => {
      while (bucket.take(16384, take)) taken += 16384
    }
    take()
    clock.advance(10_000)
    expect(taken).to.be.within(9_900_000, 10_400_000)
    bucket.close()
    expect(clock.pendingTimers).to.equal(0)
  })

  it('has no cap and no timer at 0, and wakes who waits when the cap goes', () => {
    const clock = new ManualClock()
    const bucket = new TokenBucket(clock, 1000)
    let woken = 0
    while (bucket.take(16384, () => woken++));
    expect(clock.pendingTimers).to.equal(1)
    bucket.setRate(0)
    expect(woken).to.equal(1)
    expect(clock.pendingTimers).to.equal(0)
    expect(bucket.take(1e12, () => woken++)).to.equal(true)
  })

  it('shares its rate equally, whoever asks oftener', () => {
    const clock = new ManualClock()
    const bucket = new TokenBucket(clock, 1_000_000)
    const taken = { eager: 0, calm: 0, third: 0 }
    const takers = (Object.keys(taken) as (keyof typeof taken)[]).map((name) => {
      const take = () => {
        while (bucket.take(16384, take)) taken[name] += 16384
      }
      return take
    })
    const [eager] = takers
    for (const take of takers) take()
    for (let step = 0; step < 10_000; step++) {
      clock.advance(1)
      eager!() // as a torrent does whose blocks come all the time
    }
    expect(taken.eager + taken.calm + taken.third).to.be.within(9_900_000, 10_500_000)
    for (const bytes of Object.values(taken)) expect(bytes).to.be.within(3_000_000, 3_700_000)
    for (const take of takers) bucket.forget(take)
    expect(clock.pendingTimers).to.equal(0)
  })

  it('gives what one was granted and did not want to the others', () => {
    const clock = new ManualClock()
    const bucket = new TokenBucket(clock, 1_000_000)
    let taken = 0
    const idle = () => {}
    const take = () => {
      while (bucket.take(16384, take)) taken += 16384
    }
    take()
    bucket.take(16384, idle)
    clock.advance(10_000)
    expect(taken).to.be.within(9_800_000, 10_400_000)
    bucket.close()
  })

  it('does not wake who no longer waits', () => {
    const clock = new ManualClock()
    const bucket = new TokenBucket(clock, 1000)
    let woken = 0
    const wake = () => {
      woken++
    }
    while (bucket.take(16384, wake));
    bucket.forget(wake)
    expect(clock.pendingTimers).to.equal(0)
    clock.advance(1e6)
    expect(woken).to.equal(0)
  })
})

describe('SpeedMeter', () => {
  it('tends to the rate, and to nothing when nothing comes, without a timer', () => {
    const clock = new ManualClock()
    const meter = new SpeedMeter(clock)
    for (let step = 0; step < 200; step++) {
      clock.advance(100)
      meter.add(10_000)
    }
    expect(meter.bytesPerS).to.be.within(95_000, 105_000)
    expect(meter.totalBytes).to.equal(2_000_000)
    clock.advance(60_000)
    expect(meter.bytesPerS).to.be.below(1)
    expect(clock.pendingTimers).to.equal(0)
  })
})
