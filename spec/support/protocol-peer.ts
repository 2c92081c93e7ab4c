import { randomBytes } from 'node:crypto'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
// @ts-expect-error the package carries no types
import PackageWire from 'bittorrent-protocol'
import type { MadeTorrent } from './make-torrent.ts'

/** The package as its own users see it: its parser, its encryption, its stream. */
export interface PlainWire extends Duplex {
  hasFast: boolean
  readonly _encryptionMethod: number | null
  handshake(infoHash: string, peerId: string, extensions: object): void
  startEncryption(infoHash: string): void
  setInfoHash(infoHash: string): void
  interested(): void
  unchoke(): void
  choke(): void
  bitfield(bits: Uint8Array): void
  haveAll(): void
  haveNone(): void
  suggest(piece: number): void
  allowedFast(piece: number): void
  reject(piece: number, offsetBytes: number, lengthBytes: number): void
  request(
    piece: number,
    offsetBytes: number,
    lengthBytes: number,
    done: (error: Error | null, data: Uint8Array) => void,
  ): void
  on(event: string, listener: (...values: never[]) => void): this
}

const Wire = PackageWire as new (type: string, encryption: number) => PlainWire

export interface ProtocolPeerOptions {
  readonly torrent: MadeTorrent
  /** As the package has it: 0 never, 1 both, 2 encrypted only. */
  readonly encryption?: 0 | 1 | 2
  readonly fast?: boolean
  readonly host?: string
  /** Requests that are rejected rather than answered. */
  readonly rejects?: (piece: number, offsetBytes: number) => boolean
  readonly hasNothing?: boolean
  /** Hangs up at the first byte of a handshake in the clear. */
  readonly refusesPlain?: boolean
  /** Says this and nothing else. */
  readonly answers?: Buffer
}

/** A peer on nothing but bittorrent-protocol. */
export class ProtocolPeer {
  readonly wires: PlainWire[] = []
  readonly events: string[] = []
  /** First byte of each connection that came in. */
  readonly firstBytes: number[] = []
  rejected = 0
  readonly #peerId = randomBytes(20).toString('hex')
  readonly #options: ProtocolPeerOptions
  readonly #server: Server
  readonly #sockets = new Set<Socket>()

  private constructor(options: ProtocolPeerOptions) {
    this.#options = options
    this.#server = createServer((socket) => this.#greet(socket))
  }

  static async listen(options: ProtocolPeerOptions): Promise<ProtocolPeer> {
    const peer = new ProtocolPeer(options)
    await new Promise<void>((resolve) => peer.#server.listen(0, options.host ?? '127.0.0.1', resolve))
    return peer
  }

  get address(): string {
    const { address, port } = this.#server.address() as AddressInfo
    return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
  }

  /** Connects, encrypted if it encrypts at all, and resolves after the other side's handshake. */
  async dial(port: number, host = '127.0.0.1'): Promise<PlainWire> {
    const socket = connect({ port, host })
    await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject))
    const wire = this.#take(socket, 'tcpOutgoing')
    await new Promise<void>((resolve, reject) => {
      wire.on('handshake', () => resolve())
      socket.on('close', () => reject(new Error('hung up on')))
    })
    return wire
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  #greet(socket: Socket): void {
    const { refusesPlain, answers } = this.#options
    if (answers) {
      this.#sockets.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => this.#sockets.delete(socket))
      socket.on('data', (chunk: Buffer) => this.firstBytes.push(chunk[0] ?? -1))
      socket.write(answers)
      return
    }
    if (!refusesPlain) {
      this.#take(socket, 'tcpIncoming')
      return
    }
    socket.on('error', () => {})
    socket.once('readable', () => {
      const chunk = socket.read() as Buffer | null
      if (!chunk) return
      if (chunk[0] === 19) {
        this.firstBytes.push(19)
        socket.destroy()
        return
      }
      socket.unshift(chunk)
      this.#take(socket, 'tcpIncoming')
    })
  }

  #take(socket: Socket, type: 'tcpIncoming' | 'tcpOutgoing'): PlainWire {
    const { torrent, encryption = 0, fast = false, rejects, hasNothing } = this.#options
    const wire = new Wire(type, encryption)
    this.#sockets.add(socket)
    this.wires.push(wire)
    socket.setNoDelay(true)
    socket.on('error', () => {})
    socket.on('close', () => {
      this.#sockets.delete(socket)
      wire.destroy()
    })
    socket.once('data', (chunk: Buffer) => this.firstBytes.push(chunk[0] ?? -1))
    wire.on('error', () => socket.destroy())
    wire.on('close', () => socket.destroy())
    socket.pipe(wire).pipe(socket)
    const shake = () => {
      wire.handshake(torrent.infoHash, this.#peerId, { fast })
    }
    wire.on('crypto-infohash', () => wire.setInfoHash(torrent.infoHash))
    if (type === 'tcpOutgoing' && encryption > 0) {
      wire.on('crypto-handshake', shake)
      wire.startEncryption(torrent.infoHash)
    } else if (type === 'tcpOutgoing') shake()
    for (const event of ['have-all', 'have-none', 'bitfield', 'choke', 'unchoke', 'reject']) {
      wire.on(event, () => void this.events.push(event))
    }
    wire.on('handshake', () => {
      if (type === 'tcpIncoming') shake()
      const bits = Buffer.alloc(Math.ceil(torrent.layout.pieceCount / 8), 255)
      if (!hasNothing) {
        if (wire.hasFast) wire.haveAll()
        else wire.bitfield(bits)
      } else if (wire.hasFast) wire.haveNone()
    })
    wire.on('interested', () => wire.unchoke())
    wire.on('request', (piece: number, offset: number, length: number, respond: (e: unknown, b?: Buffer) => void) => {
      if (rejects?.(piece, offset)) {
        this.rejected++
        respond(new Error('rejected'))
        return
      }
      const start = torrent.layout.pieceStart(piece) + offset
      respond(null, Buffer.from(torrent.content.subarray(start, start + length)))
    })
    return wire
  }
}
