import { connect, type Socket } from 'node:net'
import { type ConnectionEvents, MAX_WAITING, NO_EVENTS, type PeerConnection } from './peer-connection.ts'

const READ_BYTES = 128 * 1024
/** Read of one peer before others have their turn: the system would give two megabytes at once, of any small messages. */
const TURN_BYTES = 512 * 1024

/**
 * What all connections read into. Reading and telling are one step of the event loop, and who hears of a chunk copies what
 * it keeps: so one buffer is enough, which stays in the processor's cache. Windows reads in the background, into each
 * connection's own.
 */
const sharedBuffer = process.platform === 'win32' ? undefined : Buffer.allocUnsafeSlow(READ_BYTES)

/** A peer over TCP, IPv4 or IPv6. */
export class TcpConnection implements PeerConnection {
  readonly host: string
  readonly port: number
  readonly #socket: Socket
  #events: ConnectionEvents = NO_EVENTS
  #waitingWrites = 0
  #turnBytes = 0
  #turn: NodeJS.Immediate | undefined
  #isClosed = false

  private constructor(socket: Socket, host: string, port: number) {
    this.#socket = socket
    this.host = host
    this.port = port
    socket.setNoDelay(true)
    socket.on('drain', () => this.#events.onDrain())
    socket.on('error', () => this.#close())
    socket.on('end', () => this.#close())
    socket.on('close', () => this.#close())
  }

  /** `localHost` is the address that is dialled from; undefined leaves it to the system. */
  static dial(host: string, port: number, localHost: string | undefined): TcpConnection {
    let receive = (_chunk: Buffer): void => {}
    const socket = connect({
      host,
      port,
      onread: {
        buffer: sharedBuffer ?? Buffer.allocUnsafeSlow(READ_BYTES / 2),
        callback: (length, buffer) => {
          receive((buffer as Buffer).subarray(0, length))
          return true
        },
      },
      ...(localHost === undefined ? {} : { localAddress: localHost }),
    })
    const connection = new TcpConnection(socket, host, port)
    receive = (chunk) => connection.#receive(chunk)
    socket.on('connect', () => connection.#events.onConnected())
    socket.resume()
    return connection
  }

  /** One that a server accepted; undefined when it is gone already. */
  static accepted(socket: Socket): TcpConnection | undefined {
    const { remoteAddress, remotePort } = socket
    if (remoteAddress === undefined || remotePort === undefined) return undefined
    const connection = new TcpConnection(socket, remoteAddress, remotePort)
    socket.on('data', (chunk: Buffer) => connection.#receive(chunk))
    return connection
  }

  get bufferedBytes(): number {
    return this.#socket.writableLength
  }

  listen(events: ConnectionEvents): void {
    this.#events = events
  }

  write(bytes: Uint8Array): void {
    if (this.#isClosed) return
    const waitingBytes = this.#socket.writableLength
    this.#waitingWrites = waitingBytes === 0 ? 0 : this.#waitingWrites + 1
    const isUnread = this.#waitingWrites > MAX_WAITING.writes || waitingBytes > MAX_WAITING.bytes
    // Who writes hears of the end in a turn of its own.
    if (isUnread) this.#socket.destroy()
    else this.#socket.write(bytes)
  }

  destroy(): void {
    this.#isClosed = true
    this.#events = NO_EVENTS
    if (this.#turn) clearImmediate(this.#turn)
    this.#socket.destroy()
  }

  #receive(chunk: Buffer): void {
    if (this.#isClosed) return
    this.#turn ??= setImmediate(this.#onTurn)
    this.#turnBytes += chunk.length
    if (this.#turnBytes >= TURN_BYTES) this.#socket.pause()
    this.#events.onData(chunk)
  }

  readonly #onTurn = (): void => {
    this.#turn = undefined
    if (this.#turnBytes >= TURN_BYTES) this.#socket.resume()
    this.#turnBytes = 0
  }

  #close(): void {
    if (this.#isClosed) return
    const events = this.#events
    this.destroy()
    events.onClosed()
  }
}
