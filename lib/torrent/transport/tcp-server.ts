import { createServer, type Server } from 'node:net'
import { AppError } from '../../domain/errors.ts'
import type { PeerConnection } from './peer-connection.ts'
import { TcpConnection } from './tcp-connection.ts'

/** Takes TCP connections. On no host in particular it takes them over IPv6 and IPv4 alike. */
export class TcpServer {
  readonly #server: Server

  constructor(onConnection: (connection: PeerConnection) => void) {
    this.#server = createServer({ noDelay: true }, (socket) => {
      const connection = TcpConnection.accepted(socket)
      if (connection) onConnection(connection)
      else socket.destroy()
    })
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

  /** Idempotent. Resolves when no connection that it took is left. */
  async close(): Promise<void> {
    if (!this.#server.listening) return
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve())
    })
  }
}
