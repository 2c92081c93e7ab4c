import { createHash } from 'node:crypto'
import type { Clock, Timer } from '../../domain/clock.ts'
import type { InfoHash } from '../../domain/ids.ts'
import type { MetadataMessage } from '../wire/extension-protocol.ts'

export const METADATA_PIECE_BYTES = 16 * 1024
const MAX_METADATA_BYTES = 32 * 1024 * 1024
const FIRST_PARALLEL_PEERS = 3
const MAX_PARALLEL_PEERS = 24
const MAX_IN_FLIGHT = 16
const STALL_MS = 8000

/** A peer that offered the metadata. */
export interface MetadataPeer {
  readonly address: string
  requestMetadata(piece: number): void
}

export interface MetadataExchangeEvents {
  /** Of the right hash. */
  onMetadata(infoBytes: Uint8Array): void
  /** It said a size that cannot be, or sent bytes that are not this torrent's. */
  onLie(peer: MetadataPeer): void
}

interface Fetch {
  readonly bytes: Buffer
  readonly received: Set<number>
  readonly pieces: number
  next: number
  lastMs: number
}

/**
 * Gets the info dictionary of a magnet from peers (BEP 9). Each peer's copy is put together by itself: a wrong hash has
 * one author, and spoils nobody else's. A few peers are asked at a time; of the others, who stand by, more and more as it takes
 * longer.
 */
export class MetadataExchange {
  readonly #infoHash: InfoHash
  readonly #clock: Clock
  readonly #events: MetadataExchangeEvents
  readonly #offers = new Map<MetadataPeer, number>()
  readonly #fetches = new Map<MetadataPeer, Fetch>()
  readonly #timer: Timer
  #parallelPeers = FIRST_PARALLEL_PEERS
  #isDone = false

  constructor(infoHash: InfoHash, clock: Clock, events: MetadataExchangeEvents) {
    this.#infoHash = infoHash
    this.#clock = clock
    this.#events = events
    this.#timer = clock.timer(() => this.#dropStalled())
  }

  /** The peer has metadata of this many bytes. */
  offer(peer: MetadataPeer, totalBytes: number): void {
    if (this.#isDone || this.#fetches.has(peer)) return
    if (totalBytes < 1 || totalBytes > MAX_METADATA_BYTES) {
      this.#events.onLie(peer)
      return
    }
    this.#offers.set(peer, totalBytes)
    this.#begin()
  }

  /** Of the copy that came furthest; no bytes of none before a peer has offered one. */
  progress(): { readonly receivedBytes: number; readonly totalBytes: number } {
    let furthest = { receivedBytes: 0, totalBytes: 0 }
    for (const { received, bytes } of this.#fetches.values()) {
      const receivedBytes = Math.min(bytes.length, received.size * METADATA_PIECE_BYTES)
      if (furthest.totalBytes === 0 || receivedBytes > furthest.receivedBytes) {
        furthest = { receivedBytes, totalBytes: bytes.length }
      }
    }
    return furthest
  }

  remove(peer: MetadataPeer): void {
    this.#offers.delete(peer)
    if (this.#fetches.delete(peer)) this.#begin()
  }

  onMessage(peer: MetadataPeer, message: MetadataMessage): void {
    const fetch = this.#fetches.get(peer)
    if (!fetch || message.kind === 'request') return
    if (message.kind === 'reject') {
      this.remove(peer)
      return
    }
    const { piece, data } = message
    const expected = Math.min(METADATA_PIECE_BYTES, fetch.bytes.length - piece * METADATA_PIECE_BYTES)
    if (piece >= fetch.pieces || data.length !== expected) {
      this.#lie(peer)
      return
    }
    if (fetch.received.has(piece)) return
    fetch.received.add(piece)
    fetch.bytes.set(data, piece * METADATA_PIECE_BYTES)
    fetch.lastMs = this.#clock.monotonicMs()
    if (fetch.received.size < fetch.pieces) this.#ask(peer, fetch)
    else if (createHash('sha1').update(fetch.bytes).digest('hex') !== this.#infoHash) this.#lie(peer)
    else {
      this.close()
      this.#events.onMetadata(fetch.bytes)
    }
  }

  /** Idempotent. */
  close(): void {
    this.#isDone = true
    this.#timer.dispose()
    this.#offers.clear()
    this.#fetches.clear()
  }

  #lie(peer: MetadataPeer): void {
    this.remove(peer)
    this.#events.onLie(peer)
  }

  #begin(): void {
    for (const [peer, totalBytes] of this.#offers) {
      if (this.#fetches.size >= this.#parallelPeers) return
      this.#offers.delete(peer)
      const fetch: Fetch = {
        bytes: Buffer.alloc(totalBytes),
        received: new Set(),
        pieces: Math.ceil(totalBytes / METADATA_PIECE_BYTES),
        next: 0,
        lastMs: this.#clock.monotonicMs(),
      }
      this.#fetches.set(peer, fetch)
      this.#timer.arm(STALL_MS)
      this.#ask(peer, fetch)
    }
  }

  #ask(peer: MetadataPeer, fetch: Fetch): void {
    while (fetch.next < fetch.pieces && fetch.next - fetch.received.size < MAX_IN_FLIGHT) {
      peer.requestMetadata(fetch.next++)
    }
  }

  /**
   * A silent peer makes room for one that stands by; with nobody else it keeps its place. And others are asked beside those
   * that do send: one that sends little at a time would hold its place for hours.
   */
  #dropStalled(): void {
    const nowMs = this.#clock.monotonicMs()
    if (this.#offers.size > 0) this.#parallelPeers = Math.min(MAX_PARALLEL_PEERS, this.#parallelPeers * 2)
    for (const [peer, fetch] of this.#fetches) {
      if (this.#offers.size > 0 && nowMs - fetch.lastMs >= STALL_MS) this.#fetches.delete(peer)
    }
    this.#begin()
    if (this.#fetches.size > 0) this.#timer.arm(STALL_MS)
  }
}
