import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

const MAX_PIPELINED = 32

/** The open connections of one listener, and which of them has an answer under way. */
export class Connections {
  /** By their peer, those of TLS as soon as their handshake is done. */
  readonly #open = new Map<string, Socket>()
  readonly #answers = new WeakMap<Socket, ServerResponse>()
  /** Requests that wait for their turn. */
  readonly #waiting = new WeakMap<Socket, number>()

  /** For `connection` and `secureConnection`: the second of them replaces the first. */
  readonly add = (socket: Socket): void => {
    const peer = `${socket.remoteAddress} ${socket.remotePort}`
    this.#open.set(peer, socket)
    socket.once('close', () => {
      if (this.#open.get(peer) === socket) this.#open.delete(peer)
    })
  }

  /** That is under way. */
  answerOn(socket: Socket): ServerResponse | undefined {
    return this.#answers.get(socket)
  }

  beginAnswer(socket: Socket, res: ServerResponse): void {
    this.#answers.set(socket, res)
  }

  /** False when the next answer of a pipeline has begun already. */
  endAnswer(socket: Socket, res: ServerResponse): boolean {
    return this.#answers.get(socket) === res && this.#answers.delete(socket)
  }

  /**
   * Calls `handle` when the request's answer may be written: at once, or when those before it on its connection are. It is
   * never called for a request whose connection closes before. Too many in a pipeline end the connection.
   */
  inTurn(req: IncomingMessage, res: ServerResponse, handle: () => void): void {
    if (res.socket) {
      handle()
      return
    }
    const { socket } = req
    const waiting = (this.#waiting.get(socket) ?? 0) + 1
    this.#waiting.set(socket, waiting)
    if (waiting > MAX_PIPELINED) {
      socket.destroy()
      return
    }
    res.once('socket', () => {
      this.#waiting.set(socket, (this.#waiting.get(socket) ?? 1) - 1)
      handle()
    })
  }

  /**
   * Cuts those without an answer under way; an answer not yet begun will say that it is the last (RFC 9112 section 9.6).
   * Node's own `closeIdleConnections` leaves those that never sent a request, and no call of it reaches a handshake.
   */
  endIdle(): void {
    for (const socket of this.#open.values()) {
      const answer = this.#answers.get(socket)
      if (answer) answer.shouldKeepAlive = false
      else socket.destroy()
    }
  }

  cutAll(): void {
    for (const socket of this.#open.values()) socket.destroy()
  }
}
