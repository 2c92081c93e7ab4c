import { once } from 'node:events'
// @ts-expect-error the package carries no types
import { Server } from 'bittorrent-tracker'
import { until } from './until.ts'

interface PackageServer {
  readonly http?: { address(): { port: number } | null }
  readonly udp?: { address(): { port: number } }
  udp6: { close(): void } | null
  on(event: string, listener: (...args: never[]) => void): void
  listen(port: number, host: string): void
  close(done: () => void): void
}

export interface AnnounceSeen {
  readonly event: string
  readonly port: number
  readonly left: number
  readonly userAgent: string | undefined
}

/** A real tracker on 127.0.0.1, over HTTP or UDP, that notes what it was told. */
export class LocalTracker {
  readonly url: string
  readonly announces: AnnounceSeen[] = []
  readonly #server: PackageServer

  private constructor(server: PackageServer, url: string) {
    this.#server = server
    this.url = url
  }

  static async start(kind: 'http' | 'udp', options: { readonly intervalMs?: number } = {}): Promise<LocalTracker> {
    const server = new (Server as new (options: object) => PackageServer)({
      http: kind === 'http',
      udp: kind === 'udp',
      ws: false,
      stats: false,
      interval: options.intervalMs ?? 30 * 60_000,
    })
    server.on('warning', () => {})
    server.on('error', () => {})
    server.udp6?.close() // it would listen on every IPv6 address
    server.udp6 = null
    server.listen(0, '127.0.0.1')
    await once((kind === 'http' ? server.http : server.udp) as unknown as NodeJS.EventEmitter, 'listening')
    const port = (kind === 'http' ? server.http?.address() : server.udp?.address())?.port ?? 0
    const url = kind === 'http' ? `http://127.0.0.1:${port}/announce` : `udp://127.0.0.1:${port}`
    const tracker = new LocalTracker(server, url)
    for (const event of ['start', 'update', 'stop']) {
      server.on(event, (_address: string, params: Record<string, unknown>) => {
        const { port, left, headers } = params as { port: number; left: number; headers?: Record<string, string> }
        tracker.announces.push({ event, port, left: Number(left), userAgent: headers?.['user-agent'] })
      })
    }
    return tracker
  }

  /** Resolves once it heard `event` this often in all. */
  async heard(event: string, times = 1): Promise<void> {
    await until(() => this.announces.filter((announce) => announce.event === event).length >= times)
  }

  close(): Promise<void> {
    return new Promise((resolve) => this.#server.close(resolve))
  }
}
