import { randomBytes } from 'node:crypto'
import type { Clock, Timer } from '../../domain/clock.ts'
import { type Disposable, disposable } from '../../domain/disposable.ts'
import type { InfoHash } from '../../domain/ids.ts'
import { decodeLocalMessage, encodeLocalMessage, LOCAL_MESSAGE_HASHES } from './local-message.ts'
import type { LocalSocket, OpenLocalSocket } from './local-socket.ts'

/** BEP 14 asks for five minutes, and never less than one. */
const EVERY_MS = 5 * 60_000
/** Between two messages: torrents that wake together share one. */
const GAP_MS = 1000
/** Peers believed in a minute, over all torrents: anybody on the network may say anything. */
const MAX_PEERS_A_MINUTE = 200

export interface LocalDiscoveryOptions {
  readonly clock: Clock
  readonly openSocket: OpenLocalSocket
}

interface Joined {
  readonly infoHash: InfoHash
  readonly port: number
  readonly onPeer: (address: string) => void
  dueMs: number
}

/** Peers of the same network (BEP 14). On the network only while a torrent is joined; never join a private one (BEP 27). */
export class LocalDiscovery {
  readonly #options: LocalDiscoveryOptions
  readonly #cookie = randomBytes(8).toString('hex')
  readonly #joined = new Map<InfoHash, Joined>()
  readonly #timer: Timer
  #sockets: readonly LocalSocket[] = []
  #lastSentMs = Number.NEGATIVE_INFINITY
  #heard = { sinceMs: Number.NEGATIVE_INFINITY, peers: 0 }

  constructor(options: LocalDiscoveryOptions) {
    this.#options = options
    this.#timer = options.clock.timer(() => this.#announce())
  }

  /** Announces soon, and from then on every five minutes. `onPeer` hears `host:port`. */
  join(infoHash: InfoHash, port: number, onPeer: (address: string) => void): Disposable {
    const joined: Joined = { infoHash, port, onPeer, dueMs: this.#options.clock.monotonicMs() }
    this.#joined.set(infoHash, joined)
    if (this.#sockets.length === 0) {
      this.#sockets = (['udp4', 'udp6'] as const).map((family) =>
        this.#options.openSocket(family, (datagram, host) => this.#onDatagram(datagram, host)),
      )
    }
    this.#arm()
    return disposable(() => {
      if (this.#joined.get(infoHash) === joined) this.#joined.delete(infoHash)
      if (this.#joined.size === 0) this.#leave()
    })
  }

  /** Idempotent. */
  close(): void {
    this.#joined.clear()
    this.#leave()
  }

  #leave(): void {
    this.#timer.disarm()
    for (const socket of this.#sockets) socket.close()
    this.#sockets = []
  }

  #arm(): void {
    let dueMs = Number.POSITIVE_INFINITY
    for (const joined of this.#joined.values()) dueMs = Math.min(dueMs, joined.dueMs)
    if (dueMs === Number.POSITIVE_INFINITY) return
    const nowMs = this.#options.clock.monotonicMs()
    this.#timer.arm(Math.max(dueMs, this.#lastSentMs + GAP_MS, nowMs + GAP_MS) - nowMs)
  }

  #announce(): void {
    const nowMs = this.#options.clock.monotonicMs()
    const due = [...this.#joined.values()].filter((joined) => joined.dueMs <= nowMs).slice(0, LOCAL_MESSAGE_HASHES)
    const port = due[0]?.port
    const together = due.filter((joined) => joined.port === port)
    for (const joined of together) joined.dueMs = nowMs + EVERY_MS
    if (port !== undefined && port > 0) {
      const message = { port, infoHashes: together.map(({ infoHash }) => infoHash), cookie: this.#cookie }
      for (const socket of this.#sockets) socket.send(encodeLocalMessage(socket.group, message))
      this.#lastSentMs = nowMs
    }
    this.#arm()
  }

  #onDatagram(datagram: Uint8Array, host: string): void {
    const message = decodeLocalMessage(datagram)
    if (!message || message.cookie === this.#cookie) return
    const nowMs = this.#options.clock.monotonicMs()
    if (nowMs - this.#heard.sinceMs > 60_000) this.#heard = { sinceMs: nowMs, peers: 0 }
    for (const infoHash of message.infoHashes) {
      const joined = this.#joined.get(infoHash as InfoHash)
      if (!joined || ++this.#heard.peers > MAX_PEERS_A_MINUTE) continue
      joined.onPeer(host.includes(':') ? `[${host}]:${message.port}` : `${host}:${message.port}`)
    }
  }
}
