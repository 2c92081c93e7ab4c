import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import type { Clock } from '../domain/clock.ts'
import type { InfoHash } from '../domain/ids.ts'
import type { Logger } from '../domain/logger.ts'
import type { Metrics } from '../domain/metrics.ts'
import type { Discovery } from './discovery/discovery.ts'
import { type EngineName, type EngineParts, engineParts } from './engine-parts.ts'
import { SharedBudget } from './limits/shared-budget.ts'
import { BanList } from './swarm/ban-list.ts'
import { KeptPeers } from './swarm/kept-peers.ts'
import { Swarm } from './swarm/swarm.ts'
import type { SwarmEnvironment, SwarmOptions } from './swarm/swarm-options.ts'
import type { EncryptionPolicy } from './transport/encrypting-transport.ts'

export interface SwarmsOptions {
  /** Whose wires are used: `torrent-stream` unless given. */
  readonly engine?: EngineName
  /** With the engine `wire`: `allow` unless given. */
  readonly encryption?: EncryptionPolicy
  /** With the engine `wire`: whether uTP is spoken beside TCP, as unless given. Takes the UDP port of the torrents' number. */
  readonly utp?: boolean
  /** An existing directory. */
  readonly dataDir: string
  /** What peers reach us at, and where we dial from; undefined is every address. */
  readonly host?: string
  /** 0 is any free port. */
  readonly port: number
  /** Stays the caller's. */
  readonly discovery: Discovery
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: Metrics
  /** Connections of one torrent, and of all. */
  readonly maxConnections: number
  readonly maxConnectionsTotal: number
}

/** The torrents that are on the network: one listening port, and what their swarms share. */
export class Swarms {
  readonly #options: SwarmsOptions
  readonly #peerId = `-MS0100-${randomBytes(6).toString('hex')}`
  readonly #parts: EngineParts
  readonly #swarms = new Map<InfoHash, Swarm>()
  readonly #bans = new BanList()
  readonly #keptPeers: KeptPeers
  readonly #connections: SharedBudget

  constructor(options: SwarmsOptions) {
    this.#options = options
    this.#keptPeers = new KeptPeers({ path: join(options.dataDir, 'peers.json'), logger: options.logger })
    this.#connections = new SharedBudget(options.maxConnectionsTotal)
    this.#parts = engineParts(options.engine ?? 'torrent-stream', {
      host: options.host,
      port: options.port,
      clock: options.clock,
      dataDir: options.dataDir,
      maxConnections: options.maxConnections,
      peerId: this.#peerId,
      encryption: options.encryption ?? 'allow',
      utp: options.utp ?? true,
      logger: options.logger,
      torrents: () => this.#swarms.keys(),
      accept: (infoHash, connection, head) => this.#swarms.get(infoHash)?.accept(connection, head) ?? false,
    })
    options.metrics.gauge('peers', () => [...this.#swarms.values()].reduce((sum, swarm) => sum + swarm.peers, 0))
  }

  /** 0 before `listen`. */
  get port(): number {
    return this.#parts.transport.port
  }

  /** Fails with `conflict` when the port is in use. */
  async listen(): Promise<void> {
    await Promise.all([this.#parts.load(), this.#keptPeers.load()])
    await this.#parts.transport.listen()
  }

  get(infoHash: InfoHash): Swarm | undefined {
    return this.#swarms.get(infoHash)
  }

  /** Not yet started. It is known until it is forgotten, by `leave` or by whoever closed it. */
  make(options: Omit<SwarmOptions, 'environment' | 'wires'>): Swarm {
    const { clock, logger, metrics, discovery, maxConnections } = this.#options
    const environment: SwarmEnvironment = {
      clock,
      logger,
      metrics,
      discovery,
      bans: this.#bans,
      keptPeers: this.#keptPeers,
      connections: this.#connections,
      peerId: this.#peerId,
      port: this.port,
      transport: this.#parts.transport,
      maxConnections,
    }
    const swarm = new Swarm({ ...options, environment, wires: this.#parts.newWires(options.infoHash) })
    this.#swarms.set(options.infoHash, swarm)
    return swarm
  }

  forget(infoHash: InfoHash): void {
    this.#swarms.delete(infoHash)
  }

  leave(infoHash: InfoHash, swarm: Swarm): void {
    swarm.close()
    this.forget(infoHash)
  }

  /** The torrent is removed: its peers are not kept for the next start. */
  forgetPeers(infoHash: InfoHash): void {
    this.#keptPeers.forget(infoHash)
  }

  /** Once every swarm is closed: the port, and the peers that are kept. */
  async close(): Promise<void> {
    await this.#parts.transport.close()
    await this.#keptPeers.close()
  }
}
