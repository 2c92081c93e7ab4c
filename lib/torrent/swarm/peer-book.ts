import type { Clock } from '../../domain/clock.ts'
import { formatPeerAddress, type PeerAddress, parsePeerAddress } from './peer-address.ts'

const MAX_PEERS = 2000
const MAX_FAILURES = 5
/** So few are all kept: nobody may name them again. */
const FEW_PEERS = 20
const FIRST_RETRY_MS = 1000
const MAX_RETRY_MS = 10 * 60 * 1000

interface KnownPeer extends PeerAddress {
  readonly address: string
  failures: number
  dueAtMs: number
  /** Payload it gave us, over all connections: whom to dial first. */
  receivedBytes: number
  isBusy: boolean
  /** Only other peers told of it (BEP 11), who may tell anything: it comes after all others. */
  isHearsay: boolean
}

/** The peers known of one torrent, on the network or off: each address once, the most useful first, with back-off. */
export class PeerBook {
  readonly #clock: Clock
  readonly #peers = new Map<string, KnownPeer>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  get size(): number {
    return this.#peers.size
  }

  /** Addresses that gave us something, the most useful first. */
  get useful(): readonly string[] {
    return [...this.#peers.values()]
      .filter((peer) => peer.receivedBytes > 0)
      .sort((a, b) => b.receivedBytes - a.receivedBytes)
      .map((peer) => peer.address)
  }

  /** False when it is no address, known already, or the book is full of better ones. `isHearsay`: a peer told of it. */
  add(address: string, isHearsay = false): boolean {
    const parsed = parsePeerAddress(address)
    if (!parsed) return false
    const key = formatPeerAddress(parsed.host, parsed.port)
    const known = this.#peers.get(key)
    if (known) {
      known.isHearsay &&= isHearsay
      return false
    }
    if (this.#peers.size >= MAX_PEERS && !this.#dropWorst(isHearsay)) return false
    const { host, port } = parsed
    // No spread: V8 would give each object a shape of its own, and every walk over the peers would take fifty times as long.
    this.#peers.set(key, {
      host,
      port,
      address: key,
      failures: 0,
      dueAtMs: 0,
      receivedBytes: 0,
      isBusy: false,
      isHearsay,
    })
    return true
  }

  /** The best one to dial now; it is busy until `closed` or `remove`. */
  take(): PeerAddress | undefined {
    const nowMs = this.#clock.monotonicMs()
    let best: KnownPeer | undefined
    for (const peer of this.#peers.values()) {
      if (peer.isBusy || peer.dueAtMs > nowMs) continue
      if (!best || rank(peer) > rank(best)) best = peer
    }
    if (best) best.isBusy = true
    return best
  }

  /** Until the next one may be dialled: 0 for now, undefined when there is none. */
  untilDueMs(): number | undefined {
    let dueAtMs = Number.POSITIVE_INFINITY
    for (const peer of this.#peers.values()) if (!peer.isBusy && peer.dueAtMs < dueAtMs) dueAtMs = peer.dueAtMs
    return Number.isFinite(dueAtMs) ? Math.max(0, dueAtMs - this.#clock.monotonicMs()) : undefined
  }

  /** A connection ended. One that never opened counts as a failure; after several the address is forgotten, unless there are few. */
  closed(address: string, wasOpen: boolean, receivedBytes: number): void {
    const peer = this.#peers.get(address)
    if (!peer) return
    peer.isBusy = false
    peer.receivedBytes += receivedBytes
    peer.failures = wasOpen && receivedBytes > 0 ? 0 : peer.failures + 1
    const isLost = peer.failures >= MAX_FAILURES && peer.receivedBytes === 0 && this.#peers.size > FEW_PEERS
    if (isLost) this.#peers.delete(address)
    else peer.dueAtMs = this.#clock.monotonicMs() + Math.min(MAX_RETRY_MS, FIRST_RETRY_MS * 3 ** peer.failures)
  }

  /** Nobody is connected and somebody waits: addresses that were put off for longer are due within `delayMs`. */
  hurry(delayMs: number): void {
    const dueAtMs = this.#clock.monotonicMs() + delayMs
    for (const peer of this.#peers.values()) if (peer.dueAtMs > dueAtMs) peer.dueAtMs = dueAtMs
  }

  remove(address: string): void {
    this.#peers.delete(address)
  }

  /** Nobody is connected, and everybody may be dialled at once: what a torrent begins with when it wakes. */
  reset(): void {
    for (const peer of this.#peers.values()) {
      peer.isBusy = false
      peer.dueAtMs = 0
    }
  }

  /** Makes way for a new one: somebody who failed, or of whom only peers told when they do not tell of the new one as well. */
  #dropWorst(isHearsay: boolean): boolean {
    for (const peer of this.#peers.values()) {
      const isWorse = peer.failures > 0 || (peer.isHearsay && !isHearsay)
      if (peer.isBusy || peer.receivedBytes > 0 || !isWorse) continue
      this.#peers.delete(peer.address)
      return true
    }
    return false
  }
}

const rank = (peer: KnownPeer): number => peer.receivedBytes - peer.failures - (peer.isHearsay ? 0.5 : 0)
