import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

interface Spoiling {
  /** Instead of handing the request on. */
  readonly status?: number
  readonly isSilent?: boolean
  readonly delayMs?: (headers: IncomingHttpHeaders) => number
  readonly changeHeaders?: (headers: IncomingHttpHeaders) => IncomingHttpHeaders
  readonly changeAnswer?: (headers: IncomingHttpHeaders) => IncomingHttpHeaders
}

/** A proxy in front of the drive that spoils what passes it. */
export class SpoilingProxy {
  readonly #server: Server
  readonly #timers = new Set<NodeJS.Timeout>()
  spoiling: Spoiling = {}

  private constructor(server: Server) {
    this.#server = server
  }

  static async start(target: string): Promise<SpoilingProxy> {
    const server = createServer().listen(0, '127.0.0.1')
    const proxy = new SpoilingProxy(server)
    server.on('request', (req, res) => {
      const { status, isSilent, delayMs, changeHeaders, changeAnswer } = proxy.spoiling
      if (isSilent) return
      if (status !== undefined) {
        res.writeHead(status).end()
        return
      }
      const pass = (): void => {
        const headers = changeHeaders?.(req.headers) ?? req.headers
        const onward = request(new URL(req.url ?? '/', target), { method: req.method ?? 'GET', headers, agent: false })
        onward.on('response', (answer) => {
          res.writeHead(answer.statusCode ?? 500, changeAnswer?.(answer.headers) ?? answer.headers)
          answer.pipe(res)
        })
        onward.end()
      }
      proxy.#timers.add(setTimeout(pass, delayMs?.(req.headers) ?? 0))
    })
    await once(server, 'listening')
    return proxy
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}/`
  }

  async close(): Promise<void> {
    for (const timer of this.#timers) clearTimeout(timer)
    this.#server.close()
    this.#server.closeAllConnections()
    await once(this.#server, 'close')
  }
}
