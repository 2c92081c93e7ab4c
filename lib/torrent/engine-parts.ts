import { AppError } from '../domain/errors.ts'
import type { InfoHash } from '../domain/ids.ts'
import type { Logger } from '../domain/logger.ts'
import { EncryptingTransport, type EncryptionPolicy } from './transport/encrypting-transport.ts'
import { TcpTransport, type TransportOptions } from './transport/tcp-transport.ts'
import type { Transport } from './transport/transport.ts'
import type { WireSwarm } from './wire/peer-wire.ts'
import { loadTorrentStream, TorrentStreamSwarm } from './wire/torrent-stream-swarm.ts'

/**
 * Whose wires carry the torrents. `torrent-stream`: plain TCP, BEP 3, 9, 10 and 11. `wire`: bittorrent-protocol, with
 * message stream encryption, uTP (BEP 29) and the fast extension (BEP 6). Everything above is the same.
 */
export type EngineName = 'torrent-stream' | 'wire'

export interface EnginePartsOptions extends TransportOptions {
  /** Of every handshake: 20 bytes of latin1. */
  readonly peerId: string
  readonly dataDir: string
  readonly maxConnections: number
  readonly encryption: EncryptionPolicy
  readonly utp: boolean
  readonly logger: Logger
  /** Torrents that are on the network. */
  torrents(): Iterable<InfoHash>
}

/** What one engine has that the other has not. */
export interface EngineParts {
  readonly transport: Transport
  /** Loads the package, so that the first reader does not wait for it. Before `newWires`. */
  load(): Promise<void>
  newWires(infoHash: InfoHash): WireSwarm
}

export function engineParts(name: EngineName, options: EnginePartsOptions): EngineParts {
  return name === 'wire' ? wireParts(options) : torrentStreamParts(options)
}

function torrentStreamParts(options: EnginePartsOptions): EngineParts {
  return {
    transport: new TcpTransport(options),
    load: () => {
      loadTorrentStream()
      return Promise.resolve()
    },
    newWires: (infoHash) => new TorrentStreamSwarm({ ...options, infoHash }),
  }
}

function wireParts(options: EnginePartsOptions): EngineParts {
  let loaded: typeof import('./wire/protocol-swarm.ts') | undefined
  return {
    transport: new EncryptingTransport(options),
    async load() {
      // Only where it is chosen: the package takes a sixth of a second of the start.
      loaded = await import('./wire/protocol-swarm.ts')
    },
    newWires(infoHash) {
      if (!loaded) throw new AppError('internal', 'the engine was not started')
      return new loaded.ProtocolSwarm({ ...options, infoHash })
    },
  }
}
