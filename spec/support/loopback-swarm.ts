import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Clock, systemClock } from '../../lib/domain/clock.ts'
import { disposable } from '../../lib/domain/disposable.ts'
import { silentLogger } from '../../lib/domain/logger.ts'
import type { CounterName, Metrics } from '../../lib/domain/metrics.ts'
import type { Torrent, TorrentSource } from '../../lib/domain/torrent.ts'
import type { Discovery, DiscoveryRequest, SwarmMembership } from '../../lib/torrent/discovery/discovery.ts'
import type { PieceStore } from '../../lib/torrent/store/piece-store.ts'
import { StreamTorrentEngine, type StreamTorrentEngineOptions } from '../../lib/torrent/stream-torrent-engine.ts'
import type { MadeTorrent } from './make-torrent.ts'
import { MemoryPieceStore } from './memory-piece-store.ts'
import { ScriptedPeer, type ScriptedPeerOptions } from './scripted-peer.ts'

/** Long enough for a busy machine: only a failure takes it. */
export const WAIT_MS = 30_000

/** Tells each swarm that joins of the peers it was given. */
export class ListDiscovery implements Discovery {
  readonly joined: DiscoveryRequest[] = []
  joins = 0
  /** How often a swarm asked for more. */
  wanted = 0
  readonly #peers: string[] = []

  add(address: string): void {
    this.#peers.push(address)
    for (const request of this.joined) request.onPeer(address)
  }

  clear(): void {
    this.#peers.length = 0
  }

  join(request: DiscoveryRequest): SwarmMembership {
    this.joins++
    this.joined.push(request)
    for (const peer of this.#peers) request.onPeer(peer)
    let current = request
    const left = disposable(() => this.joined.splice(this.joined.indexOf(current), 1))
    return {
      dispose: () => left.dispose(),
      wantPeers: () => {
        this.wanted++
      },
      update: (torrent) => {
        const updated = { ...request, ...torrent }
        this.joined.splice(this.joined.indexOf(current), 1, updated)
        current = updated
      },
    }
  }

  close(): Promise<void> {
    return Promise.resolve()
  }
}

export class CountingMetrics implements Metrics {
  readonly counts = new Map<CounterName, number>()

  add(name: CounterName, by = 1): void {
    this.counts.set(name, this.of(name) + by)
  }

  of(name: CounterName): number {
    return this.counts.get(name) ?? 0
  }

  observe(): void {}
  gauge(): void {}
}

export interface LoopbackSwarmOptions extends Partial<StreamTorrentEngineOptions> {
  readonly clock?: Clock
  readonly store?: PieceStore
}

/** An engine on 127.0.0.1, and peers to be told of. */
export class LoopbackSwarm {
  readonly discovery = new ListDiscovery()
  readonly metrics = new CountingMetrics()
  readonly store: PieceStore
  readonly engine: StreamTorrentEngine
  readonly #dataDir = mkdtempSync(join(tmpdir(), 'momoshtrem-'))
  readonly #peers: ScriptedPeer[] = []

  private constructor(options: LoopbackSwarmOptions) {
    this.store = options.store ?? new MemoryPieceStore()
    this.engine = new StreamTorrentEngine({
      dataDir: this.#dataDir,
      host: '127.0.0.1',
      port: 0,
      discovery: this.discovery,
      clock: systemClock,
      logger: silentLogger,
      metrics: this.metrics,
      maxConnections: 50,
      maxConnectionsTotal: 200,
      downloadLimitBytesPerS: 0,
      uploadLimitBytesPerS: 0,
      extraTrackers: [],
      ...options,
      store: this.store,
    })
  }

  static async start(options: LoopbackSwarmOptions = {}): Promise<LoopbackSwarm> {
    const swarm = new LoopbackSwarm(options)
    try {
      await swarm.engine.start()
    } catch (error) {
      await swarm.close()
      throw error
    }
    return swarm
  }

  /** A listening peer that discovery tells of, unless `hidden`. */
  async addPeer(options: ScriptedPeerOptions, hidden = false): Promise<ScriptedPeer> {
    const peer = await ScriptedPeer.listen(options)
    this.#peers.push(peer)
    if (!hidden) this.discovery.add(peer.address)
    return peer
  }

  async open(torrent: MadeTorrent, source: Partial<TorrentSource> = { metadata: torrent.metadata }): Promise<Torrent> {
    const signal = AbortSignal.timeout(WAIT_MS)
    return await this.engine.open({ infoHash: torrent.infoHash, ...source }, signal)
  }

  async close(): Promise<void> {
    await this.engine.close()
    for (const peer of this.#peers) await peer.close()
    await this.store.close()
    rmSync(this.#dataDir, { recursive: true, force: true })
  }
}

/** Wants pieces [first, end) at `urgent` and resolves with their bytes once all came. */
export async function readPieces(torrent: Torrent, first: number, end: number, limitMs = WAIT_MS): Promise<Buffer> {
  const owner = { name: 'spec' }
  const signal = AbortSignal.timeout(limitMs)
  torrent.setWindows(owner, [{ first, end, priority: 'urgent' }])
  const parts: Buffer[] = []
  for (let piece = first; piece < end; piece++) {
    await torrent.whenHas(piece, signal)
    const bytes = Buffer.alloc(torrent.info.layout.pieceLength(piece))
    for (let at = 0; at < bytes.length; ) at += await torrent.readPiece(piece, at, bytes.subarray(at))
    parts.push(bytes)
  }
  torrent.setWindows(owner, [])
  return Buffer.concat(parts)
}
