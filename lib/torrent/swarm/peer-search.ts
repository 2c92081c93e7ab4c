import type { SwarmMembership } from '../discovery/discovery.ts'
import type { PeerConnection } from '../transport/peer-connection.ts'
import { Dialer } from './dialer.ts'
import { parsePeerAddress } from './peer-address.ts'
import type { PeerSessions } from './peer-sessions.ts'
import type { SwarmOptions } from './swarm-options.ts'

/** With fewer, and nobody left to dial, discovery is asked before its time. */
const ENOUGH_PEERS = 5
/** How soon a failed peer is dialled again when there is no other. */
const REDIAL_MS = 5000
/** How many of those that give nothing make way at a time. */
const MAKING_WAY = 5

export interface PeerSearchOptions extends Pick<SwarmOptions, 'environment' | 'infoHash' | 'trackers' | 'book'> {
  readonly sessions: PeerSessions
  progress(): { readonly uploaded: number; readonly downloaded: number; readonly left: number }
  /** A connection is being made; its place in the budget is taken. */
  onDial(connection: PeerConnection, address: string): void
}

/** Where one torrent's peers come from: those kept from before, the book, discovery and other peers; and who is dialled. */
export class PeerSearch {
  readonly #options: PeerSearchOptions
  readonly #dialer: Dialer
  #discovery: SwarmMembership | undefined
  /** What the connected peers had given at the last `makeWay`. */
  #givenBytes = 0

  constructor(options: PeerSearchOptions) {
    const { environment, infoHash, sessions } = options
    this.#options = options
    this.#dialer = new Dialer({
      ...environment,
      book: options.book,
      counts: () => ({ all: sessions.size, dialing: sessions.dialing }),
      connect: (peer) => environment.transport.dial(peer, infoHash),
      onDial: (connection, address) => options.onDial(connection, address),
    })
  }

  /** Dials the peers known from before first; what discovery finds comes after. */
  start(isPrivate: boolean): void {
    const { environment, infoHash, trackers, book } = this.#options
    book.reset()
    for (const address of environment.keptPeers?.of(infoHash) ?? []) book.add(address)
    this.#dial()
    this.#discovery = environment.discovery.join({
      infoHash,
      trackers,
      isPrivate,
      port: environment.port,
      peerId: Buffer.from(environment.peerId, 'latin1'),
      onPeer: (address) => this.add([address]),
      progress: () => this.#options.progress(),
    })
  }

  update(torrent: { readonly trackers: readonly string[]; readonly isPrivate: boolean }): void {
    this.#discovery?.update(torrent)
  }

  /** `isHearsay`: peers told of them. */
  add(addresses: Iterable<string>, isHearsay = false): void {
    const { environment, book } = this.#options
    let isAny = false
    for (const address of addresses) {
      const parsed = parsePeerAddress(address)
      if (!parsed || environment.bans.has(parsed.host)) continue
      if (book.add(address, isHearsay)) isAny = true
    }
    if (isAny) this.#dial()
  }

  /** Once more, when this turn of the event loop is over. */
  dialSoon(): void {
    this.#dialer.dialSoon()
  }

  /** Somebody waits: asks for more peers, and with none at all tries those again that failed. */
  seek(): void {
    const { book, sessions } = this.#options
    if (sessions.open >= ENOUGH_PEERS) return
    if (sessions.open === 0) {
      book.hurry(REDIAL_MS)
      this.#dialer.dialSoon()
    }
    if (book.untilDueMs() !== 0) this.#discovery?.wantPeers()
    else this.#demand()
  }

  /** Every place is taken, and nobody gave anything since the last call: some who never did make way for others. */
  makeWay(): void {
    const { book, sessions, environment } = this.#options
    const givenBytes = sessions.givenBytes
    const isStarving = givenBytes <= this.#givenBytes
    this.#givenBytes = givenBytes
    if (!isStarving || sessions.size < environment.maxConnections || book.untilDueMs() !== 0) return
    const idle = [...sessions].filter((session) => session.isOpen && session.receivedBytes === 0)
    for (const session of idle.slice(0, MAKING_WAY)) session.close()
  }

  /** Keeps who gives most, for the next start. */
  keep(): void {
    const { environment, infoHash, book, sessions } = this.#options
    const giving = [...sessions].filter((session) => session.isOutgoing && session.receivedBytes > 0)
    giving.sort((a, b) => b.receivedBytes - a.receivedBytes)
    const addresses = [...giving.map((session) => session.address), ...book.useful]
    environment.keptPeers?.keep(infoHash, [...new Set(addresses)])
  }

  /** Idempotent. */
  close(): void {
    this.keep()
    this.#discovery?.dispose()
    this.#dialer.close()
  }

  #dial(): void {
    this.#dialer.dial()
    this.#demand()
  }

  /** With less than its share of all connections, and somebody to dial, it asks for places of torrents that have more. */
  #demand(): void {
    const { environment, book, sessions } = this.#options
    const { connections } = environment
    let lacking = Math.min(connections.share, environment.maxConnections) - sessions.size
    while (lacking-- > 0 && connections.isFull && book.untilDueMs() === 0 && connections.demand()) this.#dialer.dial()
  }
}
