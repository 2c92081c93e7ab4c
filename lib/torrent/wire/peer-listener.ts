import { createServer, type Server, type Socket } from 'node:net'
import type { Clock } from '../../domain/clock.ts'
import { AppError } from '../../domain/errors.ts'
import { PROTOCOL_NAME } from './wire-messages.ts'

/** Protocol name, reserved bytes and info-hash: enough to tell whose the connection is (BEP 3). */
const HEAD_BYTES = 48
const HEAD_TIMEOUT_MS = 10_000
/** Connections that have not said yet which torrent they are for. */
const MAX_UNKNOWN = 100

/** Takes over a connection whose first bytes were read. False: not wanted, the connection is closed. */
export type AcceptPeer = (infoHash: string, socket: Socket, head: Buffer) => boolean

/** The one listening port of all torrents. Reads no more than the info-hash, then hands the connection to its swarm. */
export class PeerListener {
  readonly #clock: Clock
  readonly #accept: AcceptPeer
  readonly #server: Server
  readonly #unknown = new Set<Socket>()

  constructor(clock: Clock, accept: AcceptPeer) {
    this.#clock = clock
    this.#accept = accept
    this.#server = createServer({ noDelay: true }, (socket) => this.#greet(socket))
  }

  /** 0 before `listen`. */
  get port(): number {
    const address = this.#server.address()
    return address && typeof address === 'object' ? address.port : 0
  }

  /** Port 0 is any free one. Fails with `conflict` when it is in use, `invalid` when it cannot be bound. */
  async listen(host: string | undefined, port: number): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const onError = (error: NodeJS.ErrnoException) => {
        const isUsed = error.code === 'EADDRINUSE'
        const text = isUsed ? `torrent port ${port} is in use` : `cannot listen on torrent port ${port}`
        reject(new AppError(isUsed ? 'conflict' : 'invalid', text, error))
      }
      this.#server.once('error', onError)
      this.#server.listen({ port, ...(host === undefined ? {} : { host }) }, () => {
        this.#server.off('error', onError)
        // What a listening socket reports later (out of descriptors) ends that one connection, not the program.
        this.#server.on('error', () => {})
        resolve()
      })
    })
  }

  /** Idempotent. Connections that were handed over stay. */
  async close(): Promise<void> {
    for (const socket of this.#unknown) socket.destroy()
    if (!this.#server.listening) return
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve())
    })
  }

  #greet(socket: Socket): void {
    socket.on('error', () => socket.destroy())
    if (this.#unknown.size >= MAX_UNKNOWN) {
      socket.destroy()
      return
    }
    this.#unknown.add(socket)
    let head: Buffer = Buffer.alloc(0)
    const deadline = this.#clock.after(HEAD_TIMEOUT_MS, () => socket.destroy())
    const end = () => {
      deadline.dispose()
      this.#unknown.delete(socket)
      socket.off('data', onData)
    }
    const onData = (chunk: Buffer) => {
      head = head.length === 0 ? chunk : Buffer.concat([head, chunk])
      const name = head.subarray(1, 20).toString('latin1')
      const isPeer = head[0] === PROTOCOL_NAME.length && PROTOCOL_NAME.startsWith(name)
      if (isPeer && head.length < HEAD_BYTES) return
      end()
      socket.off('close', end)
      const infoHash = head.subarray(28, HEAD_BYTES).toString('hex')
      if (!isPeer || !this.#accept(infoHash, socket, head)) socket.destroy()
    }
    socket.on('data', onData)
    socket.once('close', end)
  }
}
