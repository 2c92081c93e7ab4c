import { randomBytes } from 'node:crypto'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { decodeBencoded, encodeBencoded } from '../../lib/torrent/metadata/bencode.ts'
import type { MadeTorrent } from './make-torrent.ts'

export interface ScriptedPeerOptions {
  readonly torrent: MadeTorrent
  /** Its own address: peers are banned by it. */
  readonly host?: string
  /** All pieces unless given. */
  readonly has?: (piece: number) => boolean
  /** Between a request and its answer. */
  readonly delayMs?: number
  readonly bytesPerS?: number
  /** Changes a block before it is sent. */
  readonly tamper?: (piece: number, offsetBytes: number, data: Buffer) => Buffer
  /** Takes requests and never answers. */
  readonly isMute?: boolean
  readonly requestQueue?: number
  readonly neverUnchokes?: boolean
  /** Speaks BEP 10 and serves metadata, unless false. `lie` changes the bytes it sends. */
  readonly extensions?: boolean
  readonly metadataSize?: number
  /** Answers for this many pieces of the metadata, and no more. */
  readonly metadataPieces?: number
  readonly tamperMetadata?: (data: Buffer) => Buffer
  /** Takes over right after the two handshakes, instead of a bitfield. */
  readonly misbehave?: (connection: PeerConnection) => void
  readonly peerId?: Buffer
}

export interface SeenRequest {
  readonly piece: number
  readonly offsetBytes: number
  readonly atMs: number
}

const frame = (id: number, ...parts: Buffer[]): Buffer => {
  const body = Buffer.concat(parts)
  const head = Buffer.alloc(5)
  head.writeUInt32BE(body.length + 1)
  head[4] = id
  return Buffer.concat([head, body])
}

const numbers = (...values: number[]): Buffer => {
  const bytes = Buffer.alloc(values.length * 4)
  for (const [index, value] of values.entries()) bytes.writeUInt32BE(value, index * 4)
  return bytes
}

/** A peer that does as it is told, over a real socket. Listens; or dials with `dial`. */
export class ScriptedPeer {
  readonly options: ScriptedPeerOptions
  readonly requests: SeenRequest[] = []
  readonly cancels: SeenRequest[] = []
  readonly connections = new Set<PeerConnection>()
  connectionCount = 0
  sentBlocks = 0
  readonly peerId: Buffer
  readonly #server: Server
  readonly #host: string

  constructor(options: ScriptedPeerOptions) {
    this.options = options
    this.peerId = options.peerId ?? Buffer.concat([Buffer.from('-XX0001-'), randomBytes(12)])
    this.#host = options.host ?? '127.0.0.1'
    this.#server = createServer((socket) => this.#take(socket))
  }

  static async listen(options: ScriptedPeerOptions): Promise<ScriptedPeer> {
    const peer = new ScriptedPeer(options)
    await new Promise<void>((resolve) => peer.#server.listen(0, peer.#host, resolve))
    return peer
  }

  get address(): string {
    return `${this.#host}:${(this.#server.address() as AddressInfo).port}`
  }

  /** Connects to somebody who listens. */
  async dial(port: number, host = '127.0.0.1'): Promise<PeerConnection> {
    const socket = connect({ port, host, localAddress: this.#host })
    const connection = this.#take(socket)
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve)
      socket.once('error', reject)
    })
    connection.shake()
    return connection
  }

  async close(): Promise<void> {
    for (const connection of this.connections) connection.socket.destroy()
    if (this.#server.listening) await new Promise((resolve) => this.#server.close(resolve))
  }

  #take(socket: Socket): PeerConnection {
    this.connectionCount++
    const connection = new PeerConnection(this, socket)
    this.connections.add(connection)
    socket.on('close', () => this.connections.delete(connection))
    return connection
  }
}

/** One connection of a scripted peer, with what came over it. */
export class PeerConnection {
  readonly peer: ScriptedPeer
  readonly socket: Socket
  /** Of the other side: what it announced, and what blocks it sent. */
  bitfield: Buffer | undefined
  readonly haves: number[] = []
  readonly blocks: { readonly piece: number; readonly offsetBytes: number; readonly data: Buffer }[] = []
  readonly extended: { readonly id: number; readonly payload: Buffer }[] = []
  isInterested = false
  isUnchoked = false
  isShaken = false
  #chunks: Buffer[] = []
  #bytes = 0
  #wanted = 68
  #metadataId = 0
  #isShakeSent = false
  #lineFreeAtMs = 0
  readonly #line: { readonly key: string; readonly lengthBytes: number; readonly reply: () => void }[] = []
  readonly #timers = new Set<NodeJS.Timeout>()
  readonly #cancelled = new Set<string>()

  constructor(peer: ScriptedPeer, socket: Socket) {
    this.peer = peer
    this.socket = socket
    socket.setNoDelay(true)
    socket.on('error', () => {})
    socket.on('data', (chunk) => this.#receive(chunk as Buffer))
    socket.on('close', () => {
      for (const timer of this.#timers) clearTimeout(timer)
    })
  }

  shake(): void {
    if (this.#isShakeSent) return
    this.#isShakeSent = true
    const reserved = Buffer.alloc(8)
    if (this.peer.options.extensions !== false) reserved[5] = 0x10
    this.socket.write(
      Buffer.concat([
        Buffer.from('\x13BitTorrent protocol', 'latin1'),
        reserved,
        Buffer.from(this.peer.options.torrent.infoHash, 'hex'),
        this.peer.peerId,
      ]),
    )
  }

  send(id: number, ...parts: Buffer[]): void {
    this.socket.write(frame(id, ...parts))
  }

  sendInterested(): void {
    this.send(2)
  }

  sendHave(piece: number): void {
    this.send(4, numbers(piece))
  }

  sendRequest(piece: number, offsetBytes: number, lengthBytes: number): void {
    this.send(6, numbers(piece, offsetBytes, lengthBytes))
  }

  sendChoke(): void {
    this.send(0)
  }

  sendUnchoke(): void {
    this.send(1)
  }

  sendBlock(piece: number, offsetBytes: number, data: Buffer): void {
    this.peer.sentBlocks++
    this.send(7, numbers(piece, offsetBytes), data)
  }

  #receive(chunk: Buffer): void {
    this.#chunks.push(chunk)
    this.#bytes += chunk.length
    if (this.#bytes < this.#wanted) return
    let bytes = this.#chunks.length === 1 ? chunk : Buffer.concat(this.#chunks)
    this.socket.cork()
    for (;;) {
      if (!this.isShaken) {
        // An encrypted handshake: who sent it comes again without.
        if (bytes.length > 0 && bytes[0] !== 19) {
          this.socket.destroy()
          return
        }
        if (bytes.length < 68) break
        bytes = bytes.subarray(68)
        this.#onHandshake()
        continue
      }
      if (bytes.length < 4) break
      const end = 4 + bytes.readUInt32BE(0)
      if (bytes.length < end) break
      if (end > 4) this.#onMessage(bytes[4]!, bytes.subarray(5, end))
      bytes = bytes.subarray(end)
    }
    this.socket.uncork()
    this.#chunks = bytes.length > 0 ? [bytes] : []
    this.#bytes = bytes.length
    this.#wanted = !this.isShaken ? 68 : bytes.length >= 4 ? 4 + bytes.readUInt32BE(0) : 4
  }

  #onHandshake(): void {
    this.isShaken = true
    this.shake()
    const { options } = this.peer
    if (options.misbehave) {
      options.misbehave(this)
      return
    }
    if (options.extensions !== false) {
      this.send(
        20,
        Buffer.from([0]),
        Buffer.from(
          encodeBencoded({
            m: { ut_metadata: 3, ut_pex: 4 },
            metadata_size: options.metadataSize ?? options.torrent.infoBytes.length,
            ...(options.requestQueue === undefined ? {} : { reqq: options.requestQueue }),
          }),
        ),
      )
    }
    const { pieceCount } = options.torrent.layout
    const bits = Buffer.alloc(Math.ceil(pieceCount / 8))
    for (let piece = 0; piece < pieceCount; piece++) {
      if (options.has?.(piece) ?? true) bits[piece >> 3]! |= 0x80 >> (piece & 7)
    }
    this.send(5, bits)
  }

  #onMessage(id: number, body: Buffer): void {
    const { options, requests, cancels } = this.peer
    if (id === 1) this.isUnchoked = true
    if (id === 0) this.isUnchoked = false
    if (id === 2) {
      this.isInterested = true
      if (!options.neverUnchokes) this.sendUnchoke()
    }
    if (id === 4) this.haves.push(body.readUInt32BE(0))
    if (id === 5) this.bitfield = Buffer.from(body)
    if (id === 6) {
      const [piece, offsetBytes] = [body.readUInt32BE(0), body.readUInt32BE(4)]
      requests.push({ piece, offsetBytes, atMs: performance.now() })
      this.#cancelled.delete(`${piece}:${offsetBytes}`)
      if (!options.isMute) this.#answer(piece, offsetBytes, body.readUInt32BE(8))
    }
    if (id === 7) {
      this.blocks.push({
        piece: body.readUInt32BE(0),
        offsetBytes: body.readUInt32BE(4),
        data: Buffer.from(body.subarray(8)),
      })
    }
    if (id === 8) {
      cancels.push({ piece: body.readUInt32BE(0), offsetBytes: body.readUInt32BE(4), atMs: performance.now() })
      this.#cancelled.add(`${body.readUInt32BE(0)}:${body.readUInt32BE(4)}`)
    }
    if (id === 20) this.#onExtended(body[0]!, Buffer.from(body.subarray(1)))
  }

  #answer(piece: number, offsetBytes: number, lengthBytes: number): void {
    const { options } = this.peer
    const start = options.torrent.layout.pieceStart(piece) + offsetBytes
    const reply = () => {
      if (this.#cancelled.delete(`${piece}:${offsetBytes}`)) return
      const data = options.torrent.content.subarray(start, start + lengthBytes)
      this.sendBlock(piece, offsetBytes, options.tamper ? options.tamper(piece, offsetBytes, Buffer.from(data)) : data)
    }
    if (!options.bytesPerS) {
      this.#later(options.delayMs ?? 0, reply)
      return
    }
    // One line for all answers: what is cancelled while it waits takes no time of it.
    this.#later(options.delayMs ?? 0, () => {
      this.#line.push({ key: `${piece}:${offsetBytes}`, lengthBytes, reply })
      if (this.#line.length === 1) this.#sendNext(options.bytesPerS ?? 0)
    })
  }

  #sendNext(bytesPerS: number): void {
    while (this.#line[0] && this.#cancelled.delete(this.#line[0].key)) this.#line.shift()
    const next = this.#line[0]
    if (!next) return
    this.#lineFreeAtMs = Math.max(this.#lineFreeAtMs, performance.now()) + (next.lengthBytes * 1000) / bytesPerS
    this.#later(this.#lineFreeAtMs - performance.now(), () => {
      this.#line.shift()
      next.reply()
      this.#sendNext(bytesPerS)
    })
  }

  #later(delayMs: number, fire: () => void): void {
    if (delayMs < 1) {
      fire()
      return
    }
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      fire()
    }, delayMs)
    this.#timers.add(timer)
  }

  #onExtended(id: number, payload: Buffer): void {
    this.extended.push({ id, payload })
    const { options } = this.peer
    const { value } = decodeBencoded(payload)
    const message = value as { m?: { ut_metadata?: number }; msg_type?: number; piece?: number }
    if (id === 0) this.#metadataId = message.m?.ut_metadata ?? 0
    if (id !== 3 || message.msg_type !== 0) return
    const piece = message.piece ?? 0
    if (piece >= (options.metadataPieces ?? Number.POSITIVE_INFINITY)) return
    const data = Buffer.from(options.torrent.infoBytes.subarray(piece * 16384, (piece + 1) * 16384))
    this.send(
      20,
      Buffer.from([this.#metadataId]),
      Buffer.from(encodeBencoded({ msg_type: 1, piece, total_size: options.torrent.infoBytes.length })),
      options.tamperMetadata ? options.tamperMetadata(data) : data,
    )
  }
}
