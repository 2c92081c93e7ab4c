import { once } from 'node:events'
// @ts-expect-error the package carries no types
import { Client } from 'bittorrent-dht'

interface PackageNode {
  address(): { readonly port: number }
  listen(port: number, host: string): void
  lookup(infoHash: string, done: (error: unknown) => void): void
  announce(infoHash: string, port: number, done: (error: unknown) => void): void
  on(event: 'peer', listener: (peer: { host: string; port: number }) => void): void
  destroy(done: () => void): void
}

/** Some DHT nodes on 127.0.0.1 that know each other. */
export class LocalDht {
  readonly #nodes: PackageNode[]

  private constructor(nodes: PackageNode[]) {
    this.#nodes = nodes
  }

  static async start(count: number): Promise<LocalDht> {
    const nodes: PackageNode[] = []
    for (let index = 0; index < count; index++) {
      const first = nodes[0]
      const node = new (Client as new (options: object) => PackageNode)({
        bootstrap: first ? [`127.0.0.1:${first.address().port}`] : false,
        host: '127.0.0.1',
      })
      node.listen(0, '127.0.0.1')
      await once(node as unknown as NodeJS.EventEmitter, first ? 'ready' : 'listening')
      nodes.push(node)
    }
    return new LocalDht(nodes)
  }

  get bootstrap(): string[] {
    return this.#nodes.slice(0, 1).map((node) => `127.0.0.1:${node.address().port}`)
  }

  get ports(): number[] {
    return this.#nodes.map((node) => node.address().port)
  }

  /** Tells the network that a peer has this torrent. */
  announce(infoHash: string, port: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#nodes.at(-1)?.announce(infoHash, port, (error) => (error ? reject(error) : resolve()))
    })
  }

  /** Ports of the peers that the network knows for this torrent. */
  async peers(infoHash: string): Promise<number[]> {
    const found = new Set<number>()
    const node = this.#nodes.at(-1)
    node?.on('peer', ({ port }) => found.add(port))
    await new Promise<void>((resolve) => node?.lookup(infoHash, () => resolve()))
    return [...found]
  }

  async close(): Promise<void> {
    await Promise.all(this.#nodes.map((node) => new Promise<void>((resolve) => node.destroy(resolve))))
  }
}
