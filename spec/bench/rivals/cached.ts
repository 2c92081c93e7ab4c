import { once, setMaxListeners } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import { quantile } from '../load-client.ts'
import { fetched } from './curl.ts'
import { processFigures } from './process-figures.ts'
import type { RunningSystem } from './system.ts'
import type { Figures } from './viewing.ts'

const FILL_MS = 60_000
const PASSES = 6
const VIEWERS = 20
const BYTES_PER_S = 2.5e6
const VIEWING_MS = 8000

/** The film once from the swarm; then, from the cache, twice in a row, and the best and the median of some such rounds. */
export async function fromCache(system: RunningSystem): Promise<Figures> {
  const url = await system.play()
  const filled = await fetched(url, { maxMs: FILL_MS })
  const rates: number[] = []
  const before = processFigures(system.pid).cpuS
  let bytes = 0
  for (let pass = 0; pass < PASSES / 2; pass++) {
    const round = await fetched(url, { times: 2, maxMs: FILL_MS })
    rates.push(round.bytes / 1000 / round.ms)
    bytes += round.bytes
  }
  const { cpuS, peakRssMb } = processFigures(system.pid)
  return {
    fillMbPerS: filled.bytes / 1000 / filled.ms,
    medianMbPerS: quantile(rates, 0.5),
    bestMbPerS: Math.max(...rates),
    cpuSPerGb: (cpuS - before) / (bytes / 1e9),
    peakRssMb,
  }
}

/** Takes a film at the rate of its playing. */
async function watch(url: string, start: number, signal: AbortSignal): Promise<number> {
  const asked = get(url, { agent: false, headers: { range: `bytes=${start}-` }, signal })
  let bytes = 0
  try {
    const [response] = (await once(asked, 'response', { signal })) as [IncomingMessage]
    const began = performance.now()
    for await (const chunk of response) {
      bytes += (chunk as Buffer).length
      const aheadMs = (bytes / BYTES_PER_S) * 1000 - (performance.now() - began)
      if (aheadMs > 20) await new Promise((resolve) => setTimeout(resolve, aheadMs))
    }
  } catch (error) {
    if (!signal.aborted) throw error
  }
  return bytes
}

/** Viewers at as many places of one film. */
export async function streams(system: RunningSystem, totalBytes: number): Promise<Figures> {
  const url = await system.play()
  const startRssMb = processFigures(system.pid).peakRssMb
  const signal = AbortSignal.timeout(VIEWING_MS)
  setMaxListeners(0, signal)
  const watched = await Promise.all(
    Array.from({ length: VIEWERS }, (_, index) => watch(url, Math.floor((totalBytes * index) / VIEWERS), signal)),
  )
  return {
    deliveredMbPerS: watched.reduce((sum, bytes) => sum + bytes, 0) / 1000 / VIEWING_MS,
    slowestMbPerS: Math.min(...watched) / 1000 / VIEWING_MS,
    startRssMb,
    peakRssMb: processFigures(system.pid).peakRssMb,
  }
}
