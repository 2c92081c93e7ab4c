import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'

/** A TCP proxy that keeps every byte for half of `roundTripMs` in each direction, whatever the rate. */
export class DelayProxy {
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  readonly #timers = new Set<NodeJS.Timeout>()

  private constructor(target: { readonly host: string; readonly port: number }, roundTripMs: number) {
    this.#server = createServer((near) => {
      const far = connect({ ...target, noDelay: true })
      near.setNoDelay(true)
      this.#pipe(near, far, roundTripMs / 2)
      this.#pipe(far, near, roundTripMs / 2)
    })
  }

  static async open(target: string, roundTripMs: number, host = '127.0.0.1'): Promise<DelayProxy> {
    const [targetHost, port] = target.split(':')
    const proxy = new DelayProxy({ host: targetHost!, port: Number(port) }, roundTripMs)
    await new Promise<void>((resolve) => proxy.#server.listen(0, host, resolve))
    return proxy
  }

  get address(): string {
    const { address, port } = this.#server.address() as AddressInfo
    return `${address}:${port}`
  }

  async close(): Promise<void> {
    for (const timer of this.#timers) clearTimeout(timer)
    for (const socket of this.#sockets) socket.destroy()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  #pipe(from: Socket, to: Socket, delayMs: number): void {
    const queue: { readonly dueMs: number; readonly chunk: Buffer | undefined }[] = []
    let isArmed = false
    const pump = () => {
      isArmed = false
      const nowMs = performance.now()
      for (let next = queue[0]; next && next.dueMs <= nowMs; next = queue[0]) {
        queue.shift()
        if (next.chunk) to.write(next.chunk)
        else to.destroy()
      }
      arm()
    }
    const arm = () => {
      const next = queue[0]
      if (!next || isArmed) return
      isArmed = true
      const timer = setTimeout(
        () => {
          this.#timers.delete(timer)
          pump()
        },
        Math.max(0, next.dueMs - performance.now()),
      )
      this.#timers.add(timer)
    }
    const put = (chunk: Buffer | undefined) => {
      queue.push({ dueMs: performance.now() + delayMs, chunk })
      arm()
    }
    this.#sockets.add(from)
    from.on('error', () => {})
    from.on('data', (chunk) => put(chunk as Buffer))
    from.on('close', () => {
      this.#sockets.delete(from)
      put(undefined)
    })
  }
}
