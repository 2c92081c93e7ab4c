import { expect } from 'chai'
import { RequestPipeline } from '../../lib/torrent/schedule/request-pipeline.ts'

const BLOCK = 16384

/** A line of a rate and a delay: answers in order, keeps `targetBlocks` in flight, returns bytes a second. */
function run(pipeline: RequestPipeline, bytesPerMs: number, delayMs: number, forMs: number, startMs = 0): number {
  const inFlight: { sentMs: number; dueMs: number }[] = []
  let nowMs = startMs
  let freeMs = startMs
  let bytes = 0
  pipeline.onIdle()
  while (nowMs < startMs + forMs) {
    while (inFlight.length < pipeline.targetBlocks) {
      freeMs = Math.max(freeMs, nowMs + delayMs / 2) + BLOCK / bytesPerMs
      inFlight.push({ sentMs: nowMs, dueMs: freeMs + delayMs / 2 })
      pipeline.onAsked(inFlight.length)
    }
    const next = inFlight.shift()!
    nowMs = next.dueMs
    bytes += BLOCK
    pipeline.onBlock(BLOCK, next.sentMs, nowMs)
  }
  return bytes / (nowMs - startMs)
}

/** A peer that answers each half second what was asked before, as fast as its line; returns blocks of each pulse. */
function runPulses(pipeline: RequestPipeline, pulses: number): number[] {
  const PULSE_MS = 500
  const carried: number[] = []
  let asked: number[] = Array.from({ length: pipeline.targetBlocks }, () => 0)
  pipeline.onAsked(asked.length)
  for (let pulse = 1; pulse <= pulses; pulse++) {
    const next: number[] = []
    carried.push(asked.length)
    for (const [index, sentMs] of asked.entries()) {
      const nowMs = pulse * PULSE_MS + index * 0.1
      pipeline.onBlock(BLOCK, sentMs, nowMs)
      const left = asked.length - index - 1
      while (next.length + left < pipeline.targetBlocks) next.push(nowMs)
      pipeline.onAsked(next.length + left)
    }
    asked = next
  }
  return carried
}

describe('RequestPipeline', () => {
  it('asks a peer that answers in pulses for more with each, up to all that it queues', () => {
    const pipeline = new RequestPipeline()
    pipeline.limit(512)
    const carried = runPulses(pipeline, 8)
    expect(carried[0]).to.be.below(20)
    expect(carried.at(-1)).to.equal(480)
  })

  for (const [bytesPerMs, delayMs] of [
    [10, 30],
    [100, 20],
    [1000, 50],
    [10_000, 50],
    [2000, 300],
    [50_000, 1],
  ] as const) {
    it(`fills a line of ${bytesPerMs} kB/s and ${delayMs} ms, without a long queue`, () => {
      const pipeline = new RequestPipeline()
      pipeline.limit(2000)
      run(pipeline, bytesPerMs, delayMs, 10_000)
      expect(run(pipeline, bytesPerMs, delayMs, 5000, 20_000)).to.be.above(0.9 * bytesPerMs)
      const queueMs = (pipeline.targetBlocks * BLOCK) / bytesPerMs
      expect(queueMs).to.be.below(Math.max(delayMs + 600, (4 * BLOCK) / bytesPerMs))
    })
  }

  it('fills 30 MB/s at 50 ms within half a second', () => {
    const pipeline = new RequestPipeline()
    run(pipeline, 30_000, 50, 500)
    expect(pipeline.targetBlocks).to.be.above(95)
  })

  it('learns no delay from an answer that may be to an earlier request, but its rate', () => {
    const pipeline = new RequestPipeline()
    run(pipeline, 2000, 50, 1000)
    const { minDelayMs } = pipeline
    for (let block = 1; block <= 40; block++) pipeline.onBlock(BLOCK, undefined, 1000 + block * 4)
    expect(pipeline.minDelayMs).to.equal(minDelayMs)
    expect(pipeline.rate).to.be.within(3000, 4200)
  })

  it('takes for lined up what the line holds, and more when answers come sooner than its rate explains', () => {
    const pipeline = new RequestPipeline()
    expect(pipeline.linedUp(8)).to.equal(1)
    for (let block = 1; block <= 60; block++) pipeline.onBlock(BLOCK, block * 2, 50 + block * 2)
    expect(pipeline.linedUp(80)).to.be.within(24, 32)
    expect(pipeline.linedUp(300)).to.equal(300)
    for (let block = 61; block <= 160; block++) pipeline.onBlock(BLOCK, block * 2 - 100, 50 + block * 2)
    expect(pipeline.linedUp(100)).to.be.within(24, 32)
  })

  it('keeps to what the peer queues', () => {
    const pipeline = new RequestPipeline()
    run(pipeline, 100_000, 50, 3000)
    expect(pipeline.targetBlocks).to.equal(234)
    pipeline.limit(100)
    expect(pipeline.targetBlocks).to.equal(93)
  })

  it('keeps what it asks of a line that is not asked for all it was allowed', () => {
    const pipeline = new RequestPipeline()
    // Seeks, one after the other: a few blocks each, all answered after a round trip.
    for (let seek = 0; seek < 50; seek++) {
      pipeline.onIdle()
      pipeline.onAsked(7)
      for (let block = 0; block < 7; block++) pipeline.onBlock(BLOCK, seek * 100, seek * 100 + 51 + block)
    }
    expect(pipeline.targetBlocks).to.be.below(24)
  })

  it('asks more of a lone peer to begin with than of one of many', () => {
    const [lone, one] = [new RequestPipeline(), new RequestPipeline()]
    lone.start(1)
    one.start(30)
    expect(lone.targetBlocks).to.equal(234) // as many as a peer takes that does not say
    expect(one.targetBlocks).to.equal(8)
    run(one, 2000, 50, 5000)
    const { targetBlocks } = one
    one.start(1)
    expect(one.targetBlocks, 'what was measured counts').to.equal(targetBlocks)
  })

  it('takes a line that is not asked for all it holds for no slower, and for faster where that shows', () => {
    const pipeline = new RequestPipeline()
    run(pipeline, 2000, 50, 5000)
    const { rate } = pipeline
    for (let seek = 0; seek < 50; seek++) {
      pipeline.onIdle()
      pipeline.onAsked(4)
      for (let block = 0; block < 4; block++) pipeline.onBlock(BLOCK, undefined, 10_000 + seek * 100 + block * 16)
    }
    expect(pipeline.rate).to.equal(rate)
    pipeline.onIdle()
    pipeline.onAsked(4)
    for (let block = 0; block < 400; block++) pipeline.onBlock(BLOCK, undefined, 20_000 + block * 2)
    expect(pipeline.rate).to.be.above(2 * rate)
  })

  it('expects little of one that others outran before it ever answered', () => {
    const pipeline = new RequestPipeline()
    const before = pipeline.expectedMs(0)
    expect(pipeline.isKnown).to.equal(false)
    pipeline.onOutrun(2000)
    pipeline.onOutrun(300)
    expect(pipeline.isKnown).to.equal(true)
    expect(pipeline.expectedMs(0)).to.be.above(5 * before)
    pipeline.onBlock(BLOCK, 3000, 3100)
    expect(pipeline.expectedMs(0), 'its own answers count more').to.equal(100)
  })

  it('asks little after a stall, and finds its rate again', () => {
    const pipeline = new RequestPipeline()
    run(pipeline, 5000, 50, 3000)
    const before = pipeline.targetBlocks
    pipeline.onStall()
    expect(pipeline.targetBlocks).to.equal(2)
    run(pipeline, 5000, 50, 3000, 5000)
    expect(pipeline.targetBlocks).to.be.above(before / 2)
  })
})
