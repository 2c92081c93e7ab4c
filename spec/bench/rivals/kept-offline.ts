import { addTorrentFile, startService } from '../service-process.ts'
import { processFigures } from './process-figures.ts'
import type { BenchSwarm } from './swarm.ts'
import { asInstalled } from './systems.ts'
import type { Figures } from './viewing.ts'

const LIMIT_MS = 10_000
const LOOK_MS = 50

/** Megabytes a second of a film that is kept offline: to disk, with no player, counted once a piece's worth of it came. */
export async function keptOffline(
  swarm: BenchSwarm,
  directory: string,
  engine: 'torrent-stream' | 'wire',
  wantedBytes: number,
  pieceBytes: number,
): Promise<Figures> {
  const service = await startService(directory, asInstalled(engine))
  try {
    await addTorrentFile(service.api, swarm.metadata)
    const call = async <T>(path: string, init: RequestInit = {}): Promise<T> =>
      (await (await fetch(`${service.api}${path}`, init)).json()) as T
    const { torrents } = await call<{ torrents: { info_hash: string }[] }>('/api/torrents')
    const hash = torrents[0]?.info_hash
    const json = { 'content-type': 'application/json' }
    await call(`/api/files/${hash}:0/offline`, { method: 'POST', body: '{}', headers: json })

    const { cpuS } = processFigures(service.pid)
    const until = performance.now() + LIMIT_MS
    let first: { readonly bytes: number; readonly atMs: number } | undefined
    let bytes = 0
    while (bytes < wantedBytes && performance.now() < until) {
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
      bytes = (await call<{ downloaded: number }>(`/api/torrents/${hash}`)).downloaded
      if (!first && bytes >= pieceBytes) first = { bytes, atMs: performance.now() }
    }
    if (!first) return { linearMbPerS: null, reason: 'nothing came' }
    return {
      linearMbPerS: (bytes - first.bytes) / 1000 / (performance.now() - first.atMs),
      cpuSPerGb: (processFigures(service.pid).cpuS - cpuS) / (bytes / 1e9),
    }
  } finally {
    await service.close()
  }
}
