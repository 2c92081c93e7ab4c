import { once } from 'node:events'
// @ts-expect-error the package carries no types
import { Client } from 'bittorrent-dht'
import { toAppError } from '../../domain/errors.ts'
import type { InfoHash } from '../../domain/ids.ts'
import type { Logger } from '../../domain/logger.ts'
import { DhtSocket } from './dht-socket.ts'
import { readDhtState, writeDhtState } from './dht-state.ts'

interface PackageContact {
  readonly id?: Uint8Array
  readonly host: string
  readonly port: number
}

interface PackageNode {
  readonly nodeId: Buffer
  readonly nodes: { toArray(): PackageContact[] }
  on(event: 'error' | 'warning', listener: (error: unknown) => void): void
  on(event: 'peer', listener: (peer: PackageContact, infoHash: Buffer) => void): void
  listen(port: number, host: string): void
  address(): { readonly port: number }
  addNode(node: PackageContact): void
  lookup(infoHash: string, done: (error: unknown) => void): void
  announce(infoHash: string, port: number, done: (error: unknown) => void): void
  destroy(done: () => void): void
}

const PackageClient = Client as new (options: {
  nodeId?: string
  bootstrap?: readonly string[]
  krpcSocket?: unknown
  socket: DhtSocket
}) => PackageNode

export interface DhtNodeOptions {
  /** UDP; any free one when it is taken. */
  readonly port: number
  readonly host: string
  /** Where id and table are kept between runs. */
  readonly statePath: string
  /** `host:port` of well-known nodes, asked when no kept node answers; the package's own when left out. */
  readonly bootstrap?: readonly string[]
  readonly logger: Logger
}

/** One node of the main-line DHT (BEP 5) for all torrents. */
export class DhtNode {
  readonly #node: PackageNode
  readonly #options: DhtNodeOptions
  readonly #listeners = new Map<string, (address: string) => void>()
  #closing: Promise<void> | undefined

  private constructor(node: PackageNode, options: DhtNodeOptions) {
    this.#node = node
    this.#options = options
    node.on('peer', (peer, infoHash) => this.#listeners.get(infoHash.toString('hex'))?.(`${peer.host}:${peer.port}`))
  }

  /** Binds the socket. Fails with `internal` when no UDP socket can be had. */
  static async start(options: DhtNodeOptions): Promise<DhtNode> {
    const kept = await readDhtState(options.statePath, options.logger)
    try {
      return await DhtNode.#bind(options, options.port, kept)
    } catch (error) {
      if (options.port === 0) throw toAppError(error)
      options.logger.warn('the DHT port is taken: using another', { port: options.port, err: error })
      return await DhtNode.#bind(options, 0, kept)
    }
  }

  static async #bind(
    options: DhtNodeOptions,
    port: number,
    kept: Awaited<ReturnType<typeof readDhtState>>,
  ): Promise<DhtNode> {
    const { logger, bootstrap, host } = options
    const socket = new DhtSocket(logger)
    const node = new PackageClient({
      socket,
      ...(kept ? { nodeId: kept.id } : {}),
      ...(bootstrap ? { bootstrap } : {}),
    })
    node.on('warning', (error) => logger.debug('the DHT warns', { err: error }))
    try {
      node.listen(port, host)
      await once(node as unknown as NodeJS.EventEmitter, 'listening') // rejects on 'error'
    } catch (error) {
      await new Promise<void>((resolve) => node.destroy(resolve))
      throw error
    }
    node.on('error', (error) => logger.warn('the DHT failed', { err: error }))
    for (const contact of kept?.nodes ?? []) node.addNode({ ...contact, id: Buffer.from(contact.id, 'hex') })
    return new DhtNode(node, options)
  }

  /** UDP. */
  get port(): number {
    return this.#node.address().port
  }

  /** From here on peers found for this torrent are told. */
  listen(infoHash: InfoHash, onPeer: (address: string) => void): void {
    this.#listeners.set(infoHash, onPeer)
  }

  forget(infoHash: InfoHash): void {
    this.#listeners.delete(infoHash)
  }

  /** Looks for peers, then tells the nodes found that we are one at this TCP port. Resolves when done; never rejects. */
  async announce(infoHash: InfoHash, port: number): Promise<void> {
    await this.#called((done) => this.#node.lookup(infoHash, done))
    if (this.#closing || !this.#listeners.has(infoHash)) return
    await this.#called((done) => this.#node.announce(infoHash, port, done))
  }

  /** Keeps the table and closes the socket. Idempotent. */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    this.#listeners.clear()
    const nodes = this.#node.nodes.toArray().flatMap(({ id, host, port }) => {
      return id ? [{ id: Buffer.from(id).toString('hex'), host, port }] : []
    })
    const { statePath, logger } = this.#options
    if (nodes.length > 0) await writeDhtState(statePath, { id: this.#node.nodeId.toString('hex'), nodes }, logger)
    await new Promise<void>((resolve) => this.#node.destroy(resolve))
  }

  /** An answer that is an error (no node reached) is the ordinary case without a network. */
  #called(call: (done: (error: unknown) => void) => void): Promise<void> {
    return new Promise((resolve) => {
      call((error) => {
        if (error) this.#options.logger.debug('a DHT look-up failed', { err: error })
        resolve()
      })
    })
  }
}
