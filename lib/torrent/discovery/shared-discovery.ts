import { randomBytes, randomInt } from 'node:crypto'
import type { Clock, Timer } from '../../domain/clock.ts'
import type { Disposable } from '../../domain/disposable.ts'
import { AppError } from '../../domain/errors.ts'
import type { Logger } from '../../domain/logger.ts'
import { DhtNode } from './dht-node.ts'
import type { Discovery, DiscoveryRequest, SwarmMembership } from './discovery.ts'
import { LocalDiscovery } from './local-discovery.ts'
import { type OpenLocalSocket, openLocalSocket } from './local-socket.ts'
import { isTrackerUrl, TrackerAnnouncer } from './tracker-announcer.ts'

const DHT_INTERVAL_MS = 15 * 60_000
const DHT_LEAST_INTERVAL_MS = 60_000
const DHT_FIRST_RETRY_MS = 20_000
const MAX_TRACKERS = 64

export interface SharedDiscoveryOptions {
  readonly clock: Clock
  readonly logger: Logger
  /** Whether the DHT may be used at all. */
  readonly dht: boolean
  /** The file that keeps the DHT's table; its directory exists. */
  readonly dhtStatePath: string
  /** UDP; default any. */
  readonly dhtPort?: number
  /** Address of the DHT's socket; default all. */
  readonly dhtHost?: string
  /** `host:port`; the well-known ones when left out. */
  readonly dhtBootstrap?: readonly string[]
  /** Whether peers of the own network are looked for (BEP 14). */
  readonly localDiscovery?: boolean
  /** Instead of multicast on the network's default interface. */
  readonly openLocalSocket?: OpenLocalSocket
  /** Sent to HTTP trackers; default `Momoshtrem`. */
  readonly userAgent?: string
  /** 20 bytes, for swarms that bring none of their own. */
  readonly peerId?: Uint8Array
}

/** Finds peers through trackers, all tiers in parallel; through one DHT node and on the own network while a public swarm is joined. */
export class SharedDiscovery implements Discovery {
  readonly #options: SharedDiscoveryOptions
  readonly #peerId: Uint8Array
  readonly #key = randomInt(2 ** 32)
  readonly #swarms = new Set<Swarm>()
  /** `stopped` announces under way. */
  readonly #leaving = new Set<Promise<void>>()
  readonly #local: LocalDiscovery | undefined
  #node: DhtNode | undefined
  /** Starts and ends of the node follow each other. */
  #nodeChange: Promise<void> = Promise.resolve()
  #isClosed = false

  constructor(options: SharedDiscoveryOptions) {
    this.#options = options
    this.#peerId = options.peerId ?? Buffer.concat([Buffer.from('-MM0100-'), randomBytes(12)])
    const { clock, logger } = options
    const openSocket = options.openLocalSocket ?? openLocalSocket(logger)
    if (options.localDiscovery) this.#local = new LocalDiscovery({ clock, openSocket })
  }

  /** UDP port of the DHT node; 0 while it does not run. */
  get dhtPort(): number {
    return this.#node?.port ?? 0
  }

  /** Throws `unavailable` after `close()`. */
  join(request: DiscoveryRequest): SwarmMembership {
    if (this.#isClosed) throw new AppError('unavailable', 'discovery is closed')
    const swarm = new Swarm(request, this.#options, request.peerId ?? this.#peerId, this.#key)
    this.#swarms.add(swarm)
    if (this.#local) swarm.useLocal(this.#local)
    if (this.#node) swarm.useDht(this.#node)
    else this.#changeNode()
    return {
      wantPeers: () => swarm.wantPeers(),
      update: (torrent) => {
        this.#await(swarm.update(torrent))
        this.#changeNode()
      },
      dispose: () => this.#leave(swarm),
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true
    for (const swarm of [...this.#swarms]) this.#leave(swarm)
    this.#local?.close()
    await Promise.all(this.#leaving)
    await this.#nodeChange
  }

  #leave(swarm: Swarm): void {
    if (!this.#swarms.delete(swarm)) return
    this.#await(swarm.leave())
    this.#changeNode()
  }

  /** `close` waits for it too. */
  #await(leaving: Promise<void>): void {
    const ended: Promise<void> = leaving.finally(() => this.#leaving.delete(ended))
    this.#leaving.add(ended)
  }

  #changeNode(): void {
    if (this.#options.dht) this.#nodeChange = this.#nodeChange.then(() => this.#startOrEndNode())
  }

  async #startOrEndNode(): Promise<void> {
    const isWanted = [...this.#swarms].some((swarm) => swarm.isPublic)
    if (isWanted === (this.#node !== undefined)) return
    if (this.#node) {
      const ended = this.#node
      this.#node = undefined
      await ended.close()
      return
    }
    const { dhtPort, dhtHost, dhtStatePath, dhtBootstrap, logger } = this.#options
    try {
      this.#node = await DhtNode.start({
        port: dhtPort ?? 0,
        host: dhtHost ?? '0.0.0.0',
        statePath: dhtStatePath,
        ...(dhtBootstrap ? { bootstrap: dhtBootstrap } : {}),
        logger,
      })
      for (const swarm of this.#swarms) swarm.useDht(this.#node)
    } catch (error) {
      logger.error('the DHT cannot be started', { err: error })
    }
  }
}

/** One joined swarm: its announcers, and its look-ups in the shared node. */
class Swarm {
  readonly #request: DiscoveryRequest
  readonly #clock: Clock
  readonly #logger: Logger
  readonly #newAnnouncer: (url: string) => TrackerAnnouncer
  readonly #dhtTimer: Timer
  #announcers: readonly TrackerAnnouncer[]
  #isPublic: boolean
  #local: Disposable | undefined
  #node: DhtNode | undefined
  #isLookingUp = false
  #foundByDht = 0
  #emptyLookups = 0
  #lastLookupMs = 0
  #lookupDueMs = 0

  constructor(request: DiscoveryRequest, options: SharedDiscoveryOptions, peerId: Uint8Array, key: number) {
    this.#request = request
    this.#isPublic = !request.isPrivate
    this.#clock = options.clock
    this.#logger = options.logger.child({ infoHash: request.infoHash })
    this.#dhtTimer = options.clock.timer(() => void this.#lookUp())
    const infoHash = Buffer.from(request.infoHash, 'hex')
    this.#newAnnouncer = (url) =>
      new TrackerAnnouncer({
        url,
        userAgent: options.userAgent ?? 'Momoshtrem',
        clock: options.clock,
        logger: this.#logger,
        request: () => ({ infoHash, peerId, port: request.port, key, ...wholeNumbers(request.progress()) }),
        onPeers: (addresses) => {
          for (const address of addresses) this.#tell(address)
        },
      })
    this.#announcers = usable(request.trackers).map(this.#newAnnouncer)
  }

  get isPublic(): boolean {
    return this.#isPublic
  }

  /** Resolves when the trackers that are left heard it. Never rejects. */
  async update(torrent: { readonly trackers: readonly string[]; readonly isPrivate: boolean }): Promise<void> {
    this.#isPublic = !torrent.isPrivate
    if (torrent.isPrivate) this.#leavePublic()
    const urls = usable(torrent.trackers)
    const kept = this.#announcers.filter((announcer) => urls.includes(announcer.url))
    const left = this.#announcers.filter((announcer) => !kept.includes(announcer))
    const known = new Set(kept.map((announcer) => announcer.url))
    this.#announcers = [...kept, ...urls.filter((url) => !known.has(url)).map(this.#newAnnouncer)]
    await Promise.all(left.map((announcer) => announcer.leave()))
  }

  /** Not for a private torrent (BEP 27). */
  useDht(node: DhtNode): void {
    if (!this.isPublic || this.#node === node) return
    this.#node = node
    node.listen(this.#request.infoHash, (address) => {
      this.#foundByDht++
      this.#tell(address)
    })
    void this.#lookUp()
  }

  /** Not for a private torrent (BEP 27). */
  useLocal(local: LocalDiscovery): void {
    if (!this.isPublic) return
    this.#local = local.join(this.#request.infoHash, this.#request.port, (address) => this.#tell(address))
  }

  wantPeers(): void {
    for (const announcer of this.#announcers) announcer.wantPeers()
    if (!this.#node || this.#isLookingUp) return
    const earliestMs = this.#lastLookupMs + DHT_LEAST_INTERVAL_MS
    if (earliestMs < this.#lookupDueMs) this.#armLookup(earliestMs)
  }

  /** Never rejects. */
  async leave(): Promise<void> {
    this.#leavePublic()
    this.#dhtTimer.dispose()
    await Promise.all(this.#announcers.map((announcer) => announcer.leave()))
  }

  #leavePublic(): void {
    this.#local?.dispose()
    this.#dhtTimer.disarm()
    this.#node?.forget(this.#request.infoHash)
    this.#node = undefined
  }

  async #lookUp(): Promise<void> {
    const node = this.#node
    if (!node || this.#isLookingUp) return
    this.#isLookingUp = true
    this.#foundByDht = 0
    this.#lastLookupMs = this.#clock.monotonicMs()
    await node.announce(this.#request.infoHash, this.#request.port)
    this.#isLookingUp = false
    if (this.#node !== node) return
    this.#emptyLookups = this.#foundByDht > 0 ? 0 : this.#emptyLookups + 1
    const retryMs = DHT_FIRST_RETRY_MS * 2 ** (this.#emptyLookups - 1)
    this.#armLookup(
      this.#clock.monotonicMs() + (this.#foundByDht > 0 ? DHT_INTERVAL_MS : Math.min(retryMs, DHT_INTERVAL_MS)),
    )
  }

  #armLookup(dueMs: number): void {
    this.#lookupDueMs = dueMs
    this.#dhtTimer.arm(Math.max(0, dueMs - this.#clock.monotonicMs()))
  }

  #tell(address: string): void {
    try {
      this.#request.onPeer(address)
    } catch (error) {
      this.#logger.error('a listener to peers failed', { err: error })
    }
  }
}

const usable = (trackers: readonly string[]): readonly string[] =>
  [...new Set(trackers)].filter(isTrackerUrl).slice(0, MAX_TRACKERS)

function wholeNumbers(progress: ReturnType<DiscoveryRequest['progress']>): typeof progress {
  return {
    uploaded: Math.max(0, Math.floor(progress.uploaded)),
    downloaded: Math.max(0, Math.floor(progress.downloaded)),
    left: Math.max(0, Math.floor(progress.left)),
  }
}
