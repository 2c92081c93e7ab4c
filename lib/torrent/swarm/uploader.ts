import type { Clock } from '../../domain/clock.ts'
import { AppError } from '../../domain/errors.ts'
import { BLOCK_BYTES, type PieceLayout } from '../../domain/piece-layout.ts'
import type { TokenBucket } from '../limits/token-bucket.ts'
import type { TorrentStore } from '../store/piece-store.ts'
import { OWN_REQUEST_QUEUE } from '../wire/extension-protocol.ts'
import type { PeerSession } from '../wire/peer-session.ts'

const MAX_BUFFERED_BYTES = 512 * 1024

interface UploadRequest {
  readonly piece: number
  readonly offsetBytes: number
  readonly lengthBytes: number
}

interface Upload {
  readonly queue: UploadRequest[]
  isServing: boolean
  /** Waits for a slot since. */
  waitingSinceMs: number
  /** What it had given us at the last rechoke. */
  countedBytes: number
  givenBytes: number
}

export interface UploaderOptions {
  readonly store: TorrentStore
  readonly layout: PieceLayout
  readonly clock: Clock
  /** Peers served at a time. */
  readonly slots: number
  readonly uploadLimit: TokenBucket
  /** False once the torrent has given enough: then nobody has a slot. */
  mayServe(): boolean
  onUploaded(bytes: number): void
}

/**
 * Serves what the store has. A few peers at a time hold a slot: those that give us most, and one place that goes round
 * (BEP 3's choking). Requests wait in a bounded queue per peer and are read one by one, as the socket takes them.
 */
export class Uploader {
  readonly #options: UploaderOptions
  readonly #uploads = new Map<PeerSession, Upload>()
  #isClosed = false

  constructor(options: UploaderOptions) {
    this.#options = options
  }

  /** Some peer that should have a slot has none, or the other way round: then `rechoke` is worth calling from time to time. */
  get isContended(): boolean {
    if (!this.#options.mayServe()) return this.#uploads.size > 0
    for (const session of this.#uploads.keys()) if (session.isPeerInterested && session.amChoking) return true
    return false
  }

  /** The peer's interest changed. A free slot is given at once. */
  onInterest(session: PeerSession): void {
    if (this.#isClosed) return
    if (session.isPeerInterested && !this.#uploads.has(session)) {
      const nowMs = this.#options.clock.monotonicMs()
      this.#uploads.set(session, { queue: [], isServing: false, waitingSinceMs: nowMs, countedBytes: 0, givenBytes: 0 })
    } else if (!session.isPeerInterested) {
      this.#choke(session)
      this.#uploads.delete(session)
    }
    this.#fillSlots()
  }

  remove(session: PeerSession): void {
    const upload = this.#uploads.get(session)
    if (!upload) return
    upload.queue.length = 0
    this.#uploads.delete(session)
    this.#fillSlots()
  }

  /** Throws `invalid` for a request that no honest peer sends. */
  onRequest(session: PeerSession, piece: number, offsetBytes: number, lengthBytes: number): void {
    const { layout, store } = this.#options
    const isInside = piece < layout.pieceCount && offsetBytes + lengthBytes <= layout.pieceLength(piece)
    if (!isInside || lengthBytes < 1 || lengthBytes > BLOCK_BYTES) {
      throw new AppError('invalid', `request of ${lengthBytes} bytes at ${piece}:${offsetBytes}`)
    }
    const upload = this.#uploads.get(session)
    if (!upload || session.amChoking || upload.queue.length >= OWN_REQUEST_QUEUE) {
      session.reject(piece, offsetBytes, lengthBytes)
      return
    }
    if (!store.has(piece)) {
      if (!session.reject(piece, offsetBytes, lengthBytes)) this.#onGone(session)
      return
    }
    upload.queue.push({ piece, offsetBytes, lengthBytes })
    void this.#serve(session, upload)
  }

  onCancel(session: PeerSession, piece: number, offsetBytes: number, lengthBytes: number): void {
    const queue = this.#uploads.get(session)?.queue
    const index = queue?.findIndex(
      (request) =>
        request.piece === piece && request.offsetBytes === offsetBytes && request.lengthBytes === lengthBytes,
    )
    if (index === undefined || index < 0) return
    queue?.splice(index, 1)
    session.reject(piece, offsetBytes, lengthBytes)
  }

  onDrain(session: PeerSession): void {
    const upload = this.#uploads.get(session)
    if (upload) void this.#serve(session, upload)
  }

  /** Gives the slots anew: the best givers since the last time, and the one that waits longest. */
  rechoke(): void {
    if (!this.#options.mayServe()) {
      for (const session of this.#uploads.keys()) this.#choke(session)
      return
    }
    for (const [session, upload] of this.#uploads) {
      upload.givenBytes = session.receivedBytes - upload.countedBytes
      upload.countedBytes = session.receivedBytes
    }
    const givers = [...this.#uploads].sort(
      ([, a], [, b]) => b.givenBytes - a.givenBytes || a.waitingSinceMs - b.waitingSinceMs,
    )
    const chosen = new Set(givers.slice(0, Math.max(0, this.#options.slots - 1)).map(([session]) => session))
    let longest: [PeerSession, Upload] | undefined
    for (const entry of givers) {
      if (!chosen.has(entry[0]) && (!longest || entry[1].waitingSinceMs < longest[1].waitingSinceMs)) longest = entry
    }
    if (longest && this.#options.slots > 0) chosen.add(longest[0])
    for (const session of this.#uploads.keys()) if (!chosen.has(session)) this.#choke(session)
    for (const session of chosen) this.#unchoke(session)
  }

  /** Idempotent. */
  close(): void {
    this.#isClosed = true
    for (const upload of this.#uploads.values()) upload.queue.length = 0
    this.#uploads.clear()
    this.#options.uploadLimit.forget(this.#wake)
  }

  readonly #wake = (): void => {
    for (const [session, upload] of this.#uploads) void this.#serve(session, upload)
  }

  #fillSlots(): void {
    if (!this.#options.mayServe()) return
    let used = 0
    for (const session of this.#uploads.keys()) if (!session.amChoking) used++
    for (const session of this.#uploads.keys()) {
      if (used >= this.#options.slots) return
      if (!session.amChoking) continue
      this.#unchoke(session)
      used++
    }
  }

  #unchoke(session: PeerSession): void {
    const upload = this.#uploads.get(session)
    if (!upload) return
    upload.waitingSinceMs = this.#options.clock.monotonicMs()
    session.setChoking(false)
  }

  /** A choke drops what was asked (BEP 3); by the fast extension each is told so (BEP 6). */
  #choke(session: PeerSession): void {
    const upload = this.#uploads.get(session)
    if (!upload || session.amChoking) return
    upload.waitingSinceMs = this.#options.clock.monotonicMs()
    session.setChoking(true)
    for (const { piece, offsetBytes, lengthBytes } of upload.queue) session.reject(piece, offsetBytes, lengthBytes)
    session.flush()
    upload.queue.length = 0
  }

  /**
   * A piece that we announced was evicted, and BEP 3 has no way to take a `have` back. A peer that gives us nothing is
   * let go: when it comes again it gets a true bitfield. One that we need is choked, so that it asks others.
   */
  #onGone(session: PeerSession): void {
    if (session.receivedBytes === 0) session.close()
    else this.#choke(session)
  }

  async #serve(session: PeerSession, upload: Upload): Promise<void> {
    if (upload.isServing) return
    upload.isServing = true
    try {
      while (upload.queue.length > 0 && !session.isClosed && session.wire) {
        if (session.wire.bufferedBytes > MAX_BUFFERED_BYTES) return
        const request = upload.queue[0]
        if (!request || !this.#options.uploadLimit.take(request.lengthBytes, this.#wake)) return
        upload.queue.shift()
        await this.#send(session, request)
      }
    } finally {
      upload.isServing = false
    }
  }

  async #send(session: PeerSession, request: UploadRequest): Promise<void> {
    const data = Buffer.allocUnsafe(request.lengthBytes)
    try {
      let filled = 0
      while (filled < data.length) {
        filled += await this.#options.store.read(request.piece, request.offsetBytes + filled, data.subarray(filled))
      }
    } catch {
      // Evicted or unreadable since it was asked: the peer hears what an absent piece means.
      const isTold = session.isClosed || session.reject(request.piece, request.offsetBytes, request.lengthBytes)
      session.flush()
      if (!isTold) this.#onGone(session)
      return
    }
    if (session.isClosed) return
    if (session.amChoking) {
      session.reject(request.piece, request.offsetBytes, request.lengthBytes)
      session.flush()
      return
    }
    session.wire?.piece(request.piece, request.offsetBytes, data)
    this.#options.onUploaded(request.lengthBytes)
    if (!this.#options.mayServe()) this.rechoke()
  }
}
