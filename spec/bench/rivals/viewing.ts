import { quantile } from '../load-client.ts'
import type { FilmReader } from './film-reader.ts'
import { processFigures } from './process-figures.ts'
import type { BenchSwarm } from './swarm.ts'
import type { RunningSystem } from './system.ts'

const MIB = 1024 * 1024
export const READ_BYTES = 64 * 1024
const SEEKS = 20
/** The slow are let off the rest. */
const SEEKS_MS = 5000
const LEAST_SEEKS = 3
/** Between two rows, so that what is under way at the end of one is counted there. */
const SETTLE_MS = 300
export const LINEAR_BYTES = 192 * MIB
const LINEAR_MS = 5000

/** A row that was not answered in its time has null and a reason. */
export type Figures = Record<string, number | string | null>

/**
 * The same for every system: spread over the film but its beginning, which is read in sequence after that; no two in one
 * piece of up to 16 MiB.
 */
function seekOffsets(totalBytes: number): readonly number[] {
  const step = Math.floor((totalBytes - LINEAR_BYTES) / SEEKS)
  return Array.from({ length: SEEKS }, (_, turn) => {
    const place = (turn * 7 + 3) % SEEKS
    return LINEAR_BYTES + place * step + ((place * 2_654_435) % (12 * MIB))
  })
}

const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, SETTLE_MS))

/** The first 64 KiB at each place, one after the other; the pieces they lie in are the least that can be fetched. */
export async function seeks(
  swarm: BenchSwarm,
  film: FilmReader,
  pieceBytes: number,
  isOpenEnded: boolean,
): Promise<Figures> {
  const offsets = seekOffsets(swarm.totalBytes)
  const before = await swarm.sentBytes()
  const times: number[] = []
  let needed = 0
  const timeout = AbortSignal.timeout(SEEKS_MS)
  for (const offset of offsets) {
    const start = performance.now()
    const bytes = await film.read(offset, offset + READ_BYTES, timeout, isOpenEnded)
    if (bytes < READ_BYTES) break
    times.push(performance.now() - start)
    needed += (Math.floor((offset + READ_BYTES - 1) / pieceBytes) - Math.floor(offset / pieceBytes) + 1) * pieceBytes
  }
  await settled()
  const fetched = (await swarm.sentBytes()) - before
  const isEnough = times.length >= LEAST_SEEKS
  return {
    seeks: times.length,
    seekMedianMs: isEnough ? quantile(times, 0.5) : null,
    seekP95Ms: isEnough ? quantile(times, 0.95) : null,
    seekFetchedPerDelivered: isEnough ? fetched / (times.length * READ_BYTES) : null,
    seekFetchedPerNeeded: isEnough ? fetched / needed : null,
    ...(isEnough ? {} : { reason: `${times.length} seeks in ${SEEKS_MS / 1000} s` }),
  }
}

/**
 * The beginning of the film read in sequence, as far as it comes within some seconds. What was fetched of that part since
 * the start, for each byte delivered; what was fetched elsewhere meanwhile (a container's index, read-ahead) stands apart.
 */
export async function linear(swarm: BenchSwarm, film: FilmReader, system: RunningSystem): Promise<Figures> {
  const before = (await swarm.sentBytes()) - (await swarm.sentBytes(LINEAR_BYTES))
  const cpu = processFigures(system.pid).cpuS
  const start = performance.now()
  const bytes = await film.stream(0, LINEAR_BYTES, LINEAR_MS)
  const elapsedMs = performance.now() - start
  const { cpuS } = processFigures(system.pid)
  await settled()
  const fetched = await swarm.sentBytes(LINEAR_BYTES)
  const elsewhere = (await swarm.sentBytes()) - fetched - before
  return {
    linearMbPerS: bytes / 1000 / elapsedMs,
    linearFetchedPerDelivered: bytes > 0 ? fetched / bytes : null,
    linearFetchedElsewhereMb: elsewhere / 1e6,
    cpuSPerGb: bytes > 0 ? (cpuS - cpu) / (bytes / 1e9) : null,
  }
}
