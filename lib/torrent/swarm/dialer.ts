import type { Clock, Timer } from '../../domain/clock.ts'
import type { SharedBudget } from '../limits/shared-budget.ts'
import type { PeerConnection } from '../transport/peer-connection.ts'
import type { BanList } from './ban-list.ts'
import { formatPeerAddress, type PeerAddress } from './peer-address.ts'
import type { PeerBook } from './peer-book.ts'

/** Dials of one torrent that have not become a peer yet. */
const MAX_DIALING = 20

export interface DialerOptions {
  readonly clock: Clock
  readonly book: PeerBook
  readonly bans: BanList
  /** Connections over all torrents. */
  readonly connections: SharedBudget
  /** Of this torrent. */
  readonly maxConnections: number
  /** Connections that stand or are being made, and those of them that we dialled and whose peer has not answered. */
  counts(): { readonly all: number; readonly dialing: number }
  /** Begins a connection. */
  connect(peer: PeerAddress): PeerConnection
  /** A connection is being made; its place in the budget is taken. */
  onDial(connection: PeerConnection, address: string): void
}

/** Dials the peers of a torrent's book, the most useful first, as far as there are places. */
export class Dialer {
  readonly #options: DialerOptions
  readonly #timer: Timer
  #isClosed = false

  constructor(options: DialerOptions) {
    this.#options = options
    this.#timer = options.clock.timer(() => this.dial())
  }

  /** Once more, when this turn of the event loop is over. */
  readonly dialSoon = (): void => {
    if (!this.#isClosed) this.#timer.arm(0)
  }

  dial(): void {
    const { book, bans, connections, maxConnections } = this.#options
    if (this.#isClosed) return
    let { all, dialing } = this.#options.counts()
    while (dialing < MAX_DIALING && all < maxConnections && book.untilDueMs() === 0) {
      if (!connections.reserve(1)) {
        connections.onRelease(this.dialSoon)
        return
      }
      const peer = book.take()
      if (!peer || bans.has(peer.host)) {
        connections.release(1)
        if (!peer) break
        book.remove(formatPeerAddress(peer.host, peer.port))
        continue
      }
      this.#options.onDial(this.#options.connect(peer), formatPeerAddress(peer.host, peer.port))
      all++
      dialing++
    }
    const untilDueMs = book.untilDueMs()
    if (untilDueMs !== undefined && untilDueMs > 0) this.#timer.arm(untilDueMs)
  }

  /** Idempotent. Connections that were made stay. */
  close(): void {
    this.#isClosed = true
    this.#timer.dispose()
    this.#options.connections.forget(this.dialSoon)
  }
}
