import { fork } from 'node:child_process'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { fileURLToPath } from 'node:url'

/** Requests over kept connections, one after the other on each. */
export interface Load {
  readonly port: number
  readonly method: string
  /** Percent-encoded; of several each request takes the next. */
  readonly paths: readonly string[]
  readonly headers?: Readonly<Record<string, string>>
  /** Every request asks for so many bytes of so large a file; random when left out. */
  readonly range?: { readonly bytes: number; readonly fileBytes: number; readonly order?: RangeOrder }
  readonly connections: number
  /** Over all connections, unless `maxMs` ends it before: then as many as were sent. */
  readonly total: number
  readonly maxMs?: number
  /** Each connection begins a request no more often than this; as often as it can when left out. */
  readonly everyMs?: number
  /** A connection for each request. */
  readonly isFresh?: boolean
}

/**
 * Where ranges begin: spread over the file by chance, the same each time; one after the other, each connection from a place of
 * its own; or as players open a film whose index stands at its end: its first bytes, its last, and some in the middle.
 */
export type RangeOrder = 'random' | 'sequential' | 'opening'

export interface LoadResult {
  readonly ms: number
  readonly bytes: number
  /** From a request's sending to the last byte of its answer, in the order of their ends. */
  readonly latenciesMs: readonly number[]
}

export const quantile = (values: readonly number[], part: number): number =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * part))] ?? 0
export const median = (values: readonly number[]): number => quantile(values, 0.5)

export interface LoadClient {
  run(load: Load): Promise<LoadResult>
  close(): void
}

/** In a process of its own that reads into one buffer, so that the figures are the server's. */
export function startLoadClient(): LoadClient {
  const child = fork(fileURLToPath(import.meta.url), ['client'], { execArgv: ['--import', 'tsx'] })
  return {
    async run(load) {
      child.send(load)
      const [answer] = (await once(child, 'message')) as [LoadResult | string]
      if (typeof answer === 'string') throw new Error(answer)
      return answer
    },
    close: () => child.disconnect(),
  }
}

class Connection {
  readonly #load: Load
  readonly #socket: Socket
  readonly #next: () => number | undefined
  readonly #onAnswer: (ms: number, bytes: number) => void
  readonly #head: string
  #startedMs = performance.now()
  /** Of the body, while its length is known; -1 before the head came, -2 for a chunked body. */
  #missing = -1
  #bytes = 0
  /** Of the last sequential range. */
  #position: number | undefined
  /** Among the connections. */
  readonly #place: number

  constructor(
    load: Load,
    place: number,
    next: () => number | undefined,
    onAnswer: (ms: number, bytes: number) => void,
  ) {
    this.#load = load
    this.#place = place
    this.#next = next
    this.#onAnswer = onAnswer
    this.#head = Object.entries({ Host: '127.0.0.1', ...load.headers })
      .map(([name, value]) => `${name}: ${value}\r\n`)
      .join('')
    this.#socket = connect({
      port: load.port,
      host: '127.0.0.1',
      noDelay: true,
      onread: { buffer: Buffer.alloc(1 << 20), callback: (count, buffer) => this.#onData(count, buffer as Buffer) },
    })
  }

  async run(): Promise<void> {
    const closed = once(this.#socket, 'close') // rejects with the socket's error
    this.#socket.once('connect', () => this.#send())
    await closed
    if (this.#bytes > 0) throw new Error('the server closed a connection')
  }

  #send(): void {
    const index = this.#next()
    if (index === undefined) {
      this.#socket.end()
      return
    }
    const { method, paths, range } = this.#load
    let head = `${method} ${paths[index % paths.length]} HTTP/1.1\r\n${this.#head}`
    if (range) {
      const start = this.#start(index, range)
      head += `Range: bytes=${start}-${start + range.bytes - 1}\r\n`
    }
    this.#missing = -1
    this.#bytes = 0
    // Making a connection for one request is a part of it.
    if (!this.#load.isFresh) this.#startedMs = performance.now()
    this.#socket.write(`${head}\r\n`, 'latin1')
  }

  #start(index: number, { bytes, fileBytes, order = 'random' }: NonNullable<Load['range']>): number {
    const span = fileBytes - bytes
    // Multiples of the golden ratio: as even as chance, without its luck.
    const chance = (seed: number): number => Math.floor(((seed * 0.618_033_988_749_894_9) % 1) * span)
    if (order === 'random') return chance(index)
    if (order === 'opening') return [0, span, chance(index)][index % 3] ?? 0
    this.#position = this.#position === undefined ? chance(this.#place) : this.#position + bytes
    if (this.#position > span) this.#position = 0
    return this.#position
  }

  #onData(count: number, buffer: Buffer): boolean {
    let body = count
    if (this.#missing === -1) {
      const end = buffer.indexOf('\r\n\r\n')
      const head = buffer.toString('latin1', 0, end)
      if (!/^HTTP\/1\.1 20[067] /.test(head)) throw new Error(head.split('\r\n', 1)[0])
      const length = /\r\ncontent-length: (\d+)/i.exec(head)?.[1]
      this.#missing = length === undefined ? -2 : Number(length)
      body -= end + 4
    }
    this.#bytes += body
    if (this.#missing >= 0) this.#missing -= body
    // XML never ends like the last chunk.
    const isLast =
      this.#missing === -2 ? buffer.toString('latin1', count - 5, count) === '0\r\n\r\n' : this.#missing === 0
    if (isLast) {
      const ms = performance.now() - this.#startedMs
      this.#onAnswer(ms, this.#bytes)
      this.#bytes = 0
      const { everyMs } = this.#load
      if (everyMs === undefined) this.#send()
      else setTimeout(() => this.#send(), Math.max(0, everyMs - ms))
    }
    return true
  }
}

async function work(load: Load): Promise<LoadResult> {
  let sent = 0
  let bytes = 0
  const latenciesMs: number[] = []
  const startedMs = performance.now()
  const { total, maxMs = Number.POSITIVE_INFINITY } = load
  const next = (): number | undefined =>
    sent < total && (sent === 0 || performance.now() - startedMs < maxMs) ? sent++ : undefined
  const onAnswer = (ms: number, count: number): void => {
    latenciesMs.push(ms)
    bytes += count
  }
  const client = async (_: unknown, place: number): Promise<void> => {
    if (!load.isFresh) return await new Connection(load, place, next, onAnswer).run()
    for (let index = next(); index !== undefined; index = next()) {
      const one = [index]
      await new Connection(load, place, () => one.pop(), onAnswer).run()
    }
  }
  await Promise.all(Array.from({ length: load.connections }, client))
  return { ms: performance.now() - startedMs, bytes, latenciesMs }
}

if (process.argv[2] === 'client' && process.argv[1] === fileURLToPath(import.meta.url)) {
  process.on('uncaughtException', (error) => process.send?.(error.message))
  process.on('message', (load: Load) => {
    void work(load).then(
      (result) => process.send?.(result),
      (error: Error) => process.send?.(error.message),
    )
  })
}
