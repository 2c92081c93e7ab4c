import { expect } from 'chai'
import { SimulatedSwarm, type SimulatedSwarmOptions } from './simulated-swarm.ts'

const MIB = 1024 * 1024
const ROUND_TRIP_MS = 50

/** What the lines carry together in a millisecond. */
const rateOf = ({ bytesPerS }: SimulatedSwarmOptions): number => bytesPerS.reduce((sum, rate) => sum + rate, 0) / 1000

describe('the scheduler in a swarm', () => {
  let swarm: SimulatedSwarm
  afterEach(() => swarm.close())

  const start = (options: SimulatedSwarmOptions): SimulatedSwarm => {
    swarm = new SimulatedSwarm(options)
    return swarm
  }
  const even = { pieceBytes: MIB, pieces: 600, roundTripMs: ROUND_TRIP_MS, bytesPerS: Array(10).fill(2e6) }
  const uneven = { ...even, bytesPerS: Array.from({ length: 20 }, (_, index) => 0.2e6 * (index + 1)) }
  const lone = { ...even, pieceBytes: 4 * MIB, pieces: 150, bytesPerS: [50e6] }

  for (const [name, options, share] of [
    ['ten peers of one speed', even, 0.9],
    ['twenty peers of many speeds', uneven, 0.7],
    ['one peer', lone, 0.8],
  ] as const) {
    it(`reads on after seeks as fast as the lines of ${name} carry it, and fetches nothing twice`, async () => {
      const { layout } = start(options)
      const seeks = 8
      for (let seek = 0; seek < seeks; seek++) await swarm.read((seek + 1) * 16, (seek + 1) * 16 + 1)
      const [sent, wasted] = [swarm.sentBytes, swarm.wastedBytes]
      const bytes = 48 * MIB
      const tookMs = await swarm.read(0, bytes / layout.pieceBytes)
      const fetched = swarm.sentBytes - sent
      expect(bytes / tookMs, 'of the lines').to.be.above(share * rateOf(options))
      expect(fetched / bytes).to.be.within(0.6, 1.02)
      expect((swarm.wastedBytes - wasted) / bytes).to.be.below(0.02)
    })

    it(`finds a place in the film as soon as the lines of ${name} can bring it`, async () => {
      const { layout } = start(options)
      const times: number[] = []
      for (let seek = 0; seek < 12; seek++) times.push(await swarm.read(seek * 12, seek * 12 + 1))
      const leastMs = ROUND_TRIP_MS + layout.pieceBytes / rateOf(options)
      const known = times.slice(4).sort((a, b) => a - b)
      expect(known[known.length >> 1], 'once the lines are known').to.be.below(1.4 * leastMs + 5)
      expect(times[0], 'at first').to.be.below(3 * leastMs)
    })
  }
})
