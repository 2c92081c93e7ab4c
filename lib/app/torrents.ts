import { join } from 'node:path'
import { ActivityManager } from '../activity/activity-manager.ts'
import type { Config } from '../config.ts'
import { AppError } from '../domain/errors.ts'
import type { Library } from '../library/library.ts'
import { SharedDiscovery } from '../torrent/discovery/shared-discovery.ts'
import { DiskPieceStore } from '../torrent/store/disk-piece-store.ts'
import { StreamTorrentEngine } from '../torrent/stream-torrent-engine.ts'
import { type Base, MIB, naming } from './parts.ts'

const KB = 1000
/** Over all torrents: what home routers bear. */
const MAX_CONNECTIONS_TOTAL = 250
/** Who adds a torrent is likely to play it; where nothing is fetched unasked, nobody is dialled unasked either. */
const ADDED_ONLINE_MS = 60_000

export interface Torrents {
  readonly engine: StreamTorrentEngine
  readonly activity: ActivityManager
}

/** That of the peers, unless uTP has it. */
function dhtPort({ torrentEngine, utp, torrentPort }: Config): number {
  const isTaken = torrentEngine === 'wire' && utp && torrentPort > 0
  return isTaken ? (torrentPort % 65_535) + 1 : torrentPort
}

/** The cache. It is of one process alone: whoever has it open has DATA_DIR to itself. */
export async function openPieceStore({ config, clock, logger, metrics, parts }: Base): Promise<DiskPieceStore> {
  const opening = DiskPieceStore.open({
    directory: join(config.dataDir, 'pieces'),
    capBytes: config.cacheSizeMb * MIB,
    clock,
    logger,
    metrics,
  })
  return parts.own('piece store', await naming('DATA_DIR', opening))
}

/** Discovery, engine, and who is on the network. */
export function createTorrents(base: Base, store: DiskPieceStore, library: Library): Torrents {
  const { config, clock, logger, metrics, parts } = base
  const discovery = parts.own(
    'discovery',
    new SharedDiscovery({
      dht: config.dht,
      dhtHost: config.torrentHost,
      dhtPort: dhtPort(config),
      dhtStatePath: join(config.dataDir, 'dht.json'),
      localDiscovery: config.localDiscovery,
      clock,
      logger,
    }),
  )
  const engine = parts.own(
    'torrents',
    new StreamTorrentEngine({
      engine: config.torrentEngine,
      encryption: config.encryption,
      utp: config.utp,
      dataDir: config.dataDir,
      host: config.torrentHost,
      port: config.torrentPort,
      store,
      discovery,
      clock,
      logger,
      metrics,
      maxConnections: config.maxConnections,
      maxConnectionsTotal: MAX_CONNECTIONS_TOTAL,
      downloadLimitBytesPerS: config.downloadLimitKbps * KB,
      uploadLimitBytesPerS: config.uploadLimitKbps * KB,
      uploadSlots: config.uploadSlots,
      seedRatioLimit: config.seedRatio,
      seedTimeLimitS: config.seedTimeMinutes * 60,
      extraTrackers: config.trackers,
    }),
  )
  const activity = parts.own(
    'activity',
    new ActivityManager({
      engine,
      catalog: library,
      clock,
      logger,
      metrics,
      idleTimeoutMs: config.idleTimeoutS * 1000,
      startPaused: config.startPaused,
      addedOnlineMs: config.probeTorrents > 0 ? ADDED_ONLINE_MS : 0,
    }),
  )
  return { engine, activity }
}

/** Listens for peers. What it fails with names the setting. */
export async function startEngine(engine: StreamTorrentEngine, host: string): Promise<void> {
  try {
    await naming('TORRENT_PORT', engine.start())
  } catch (error) {
    if (!isForeignAddress(error)) throw error
    throw new AppError('invalid', `TORRENT_HOST ${host} is not an address of this machine`, error)
  }
}

function isForeignAddress(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const code = 'code' in error ? error.code : undefined
  return code === 'ENOTFOUND' || code === 'EADDRNOTAVAIL' || isForeignAddress(error.cause)
}
