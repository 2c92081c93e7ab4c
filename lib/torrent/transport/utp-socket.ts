import { randomInt } from 'node:crypto'
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram'
import type { Clock } from '../../domain/clock.ts'
import { formatPeerAddress, type PeerAddress } from '../swarm/peer-address.ts'
import type { PeerConnection } from './peer-connection.ts'
import { UtpConnection } from './utp-connection.ts'
import { decodeUtpPacket, encodeUtpPacket, nextSeq, type UtpPacket, UtpType } from './utp-packet.ts'

const MAX_CONNECTIONS = 1000
/** Connections that were asked for and have sent nothing: their senders may not exist. */
const MAX_HALF_OPEN = 64

export interface UtpSocketOptions {
  readonly clock: Clock
  /** A connection came in, and its first bytes will follow in this turn of the event loop. */
  onConnection(connection: PeerConnection): void
}

/** One UDP socket that carries uTP connections (BEP 29) of one family. Ticks only while something is unacknowledged. */
export class UtpSocket {
  readonly #options: UtpSocketOptions
  readonly #socket: Socket
  /** By other end and the id that its packets carry. */
  readonly #connections = new Map<string, UtpConnection>()
  readonly #halfOpen = new Map<string, UtpConnection>()
  #isClosed = false

  constructor(family: 4 | 6, options: UtpSocketOptions) {
    this.#options = options
    this.#socket = createSocket({
      type: family === 6 ? 'udp6' : 'udp4',
      ...(family === 6 ? { ipv6Only: true } : {}),
      // Peers are addresses, never names.
      lookup: (host, _options, done) => done(null, host, family),
    })
    this.#socket.on('error', () => {})
    this.#socket.on('message', (datagram, from) => this.#receive(datagram, from))
  }

  /** Rejects when the port is taken or the machine has not this family. */
  async bind(host: string, port: number): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#socket.once('error', reject)
      this.#socket.bind(port, host, () => {
        this.#socket.off('error', reject)
        resolve()
      })
    })
  }

  dial(peer: PeerAddress): PeerConnection {
    let receiveId = randomInt(0x10000)
    while (this.#connections.has(keyOf(peer.host, peer.port, receiveId))) receiveId = nextSeq(receiveId)
    return this.#open(peer.host, peer.port, receiveId, nextSeq(receiveId), undefined)
  }

  get connectionCount(): number {
    return this.#connections.size
  }

  /** Idempotent. Its connections end. */
  async close(): Promise<void> {
    if (this.#isClosed) return
    for (const connection of [...this.#connections.values()]) connection.destroy()
    this.#isClosed = true
    await new Promise<void>((resolve) => {
      this.#socket.close(() => resolve())
    })
  }

  #receive(datagram: Buffer, from: RemoteInfo): void {
    const packet = decodeUtpPacket(datagram)
    if (!packet || this.#isClosed) return
    if (packet.type === UtpType.syn) {
      this.#answer(packet, from)
      return
    }
    const key = keyOf(from.address, from.port, packet.connectionId)
    const connection = this.#connections.get(key)
    if (connection) {
      if (packet.type === UtpType.data && this.#halfOpen.delete(key)) this.#options.onConnection(connection)
      connection.receive(packet)
    } else if (packet.type === UtpType.reset) {
      // A reset carries the id of what it answers, which is the other one of the two.
      for (const id of [packet.connectionId - 1, packet.connectionId + 1]) {
        const reset = this.#connections.get(keyOf(from.address, from.port, id & 0xffff))
        if (reset?.sendId === packet.connectionId) reset.receive(packet)
      }
    } else this.#reset(packet, from)
  }

  #answer(packet: UtpPacket, from: RemoteInfo): void {
    const receiveId = nextSeq(packet.connectionId)
    const key = keyOf(from.address, from.port, receiveId)
    const known = this.#connections.get(key)
    if (known) {
      known.acknowledge()
      return
    }
    if (this.#connections.size >= MAX_CONNECTIONS) return
    for (const oldest of this.#halfOpen.values()) {
      if (this.#halfOpen.size < MAX_HALF_OPEN) break
      oldest.destroy()
    }
    this.#halfOpen.set(key, this.#open(from.address, from.port, receiveId, packet.connectionId, packet.seq))
  }

  #open(host: string, port: number, receiveId: number, sendId: number, answersSeq: number | undefined): UtpConnection {
    const key = keyOf(host, port, receiveId)
    const connection = new UtpConnection({
      clock: this.#options.clock,
      host,
      port,
      receiveId,
      sendId,
      seq: answersSeq === undefined ? 1 : randomInt(0x10000),
      answersSeq,
      send: (bytes) => this.#send(bytes, port, host),
      onEnd: () => {
        this.#connections.delete(key)
        this.#halfOpen.delete(key)
      },
    })
    this.#connections.set(key, connection)
    return connection
  }

  /** Who goes on with a connection that is no more here hears of it. */
  #reset(packet: UtpPacket, from: RemoteInfo): void {
    const header = { type: UtpType.reset, sentAtUs: 0, delayUs: 0, windowBytes: 0, seq: 0, ack: packet.seq }
    this.#send(encodeUtpPacket({ ...header, connectionId: packet.connectionId }), from.port, from.address)
  }

  /** A datagram that cannot be sent is a lost one. */
  #send(bytes: Buffer, port: number, host: string): void {
    if (this.#isClosed) return
    try {
      this.#socket.send(bytes, port, host, () => {})
    } catch {
      // As above: an address that the system refuses.
    }
  }
}

const keyOf = (host: string, port: number, id: number): string => `${formatPeerAddress(host, port)}/${id}`
