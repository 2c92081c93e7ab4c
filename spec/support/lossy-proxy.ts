import { createSocket, type Socket } from 'node:dgram'

export interface LossyProxyOptions {
  /** `host:port` of who listens. */
  readonly host?: string
  readonly targetPort: number
  /** Shares of the datagrams, each from 0 to 1. */
  readonly lost?: number
  readonly doubled?: number
  /** Held back for some milliseconds, so that others overtake them. */
  readonly delayed?: number
  readonly seed?: number
}

/** A way for datagrams between one dialling and one listening socket that loses, doubles and reorders them, each run alike. */
export class LossyProxy {
  passed = 0
  lost = 0
  /** Nothing goes through any more. */
  isCut = false
  readonly #near: Socket
  readonly #far: Socket
  readonly #options: LossyProxyOptions
  readonly #timers = new Set<NodeJS.Timeout>()
  #dialler: { readonly port: number; readonly address: string } | undefined
  #random: number
  #isClosed = false

  private constructor(options: LossyProxyOptions) {
    const type = options.host?.includes(':') ? 'udp6' : 'udp4'
    this.#options = options
    this.#random = options.seed ?? 1
    this.#near = createSocket(type)
    this.#far = createSocket(type)
    const host = options.host ?? '127.0.0.1'
    this.#near.on('message', (datagram, from) => {
      this.#dialler = from
      this.#pass(() => this.#far.send(datagram, options.targetPort, host, () => {}))
    })
    this.#far.on('message', (datagram) => {
      const dialler = this.#dialler
      if (dialler) this.#pass(() => this.#near.send(datagram, dialler.port, dialler.address, () => {}))
    })
  }

  static async open(options: LossyProxyOptions): Promise<LossyProxy> {
    const proxy = new LossyProxy(options)
    const host = options.host ?? '127.0.0.1'
    await new Promise<void>((resolve) => proxy.#near.bind(0, host, resolve))
    await new Promise<void>((resolve) => proxy.#far.bind(0, host, resolve))
    return proxy
  }

  get port(): number {
    return this.#near.address().port
  }

  async close(): Promise<void> {
    this.#isClosed = true
    for (const timer of this.#timers) clearTimeout(timer)
    await Promise.all([this.#near, this.#far].map((socket) => new Promise<void>((resolve) => socket.close(resolve))))
  }

  #pass(send: () => void): void {
    const { lost = 0, doubled = 0, delayed = 0 } = this.#options
    if (this.isCut || this.#chance(lost)) {
      this.lost++
      return
    }
    this.passed++
    if (this.#chance(doubled)) this.#later(send, 3)
    if (this.#chance(delayed)) this.#later(send, 2)
    else send()
  }

  #later(send: () => void, delayMs: number): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      if (!this.#isClosed) send()
    }, delayMs)
    this.#timers.add(timer)
  }

  #chance(share: number): boolean {
    this.#random = (Math.imul(this.#random, 1_103_515_245) + 12_345) >>> 0
    return this.#random / 2 ** 32 < share
  }
}
