import type { BenchSwarm } from './swarm.ts'

/** A program that streams a torrent, in a process of its own. */
export interface RunningSystem {
  readonly pid: number
  /** Takes the torrent, which it has not seen before; resolves with where its film can be read: a URL or a path. */
  play(): Promise<string>
  close(): Promise<void>
}

export interface System {
  readonly name: string
  /** Starts the program with an empty directory of its own, without the torrent. */
  start(swarm: BenchSwarm, directory: string): Promise<RunningSystem>
}

/** Tries again every few milliseconds, for ten seconds. */
export async function retried<T>(attempt: () => Promise<T | undefined>): Promise<T> {
  const untilMs = performance.now() + 10_000
  while (performance.now() < untilMs) {
    const value = await attempt()
    if (value !== undefined) return value
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  throw new Error('not there after ten seconds')
}
