import type { TorrentLease } from '../domain/activity.ts'
import type { Clock, Timer } from '../domain/clock.ts'
import type { Disposable } from '../domain/disposable.ts'
import { AppError } from '../domain/errors.ts'
import type { PieceRange } from '../domain/piece-layout.ts'
import type { Torrent, WindowOwner } from '../domain/torrent.ts'
import { mergePieces } from './file-ends.ts'
import type { QuietGate } from './quiet-gate.ts'

export interface FetchSessionOptions {
  readonly name: string
  /** Rested by `close`. */
  readonly lease: TorrentLease
  readonly clock: Clock
  readonly gate: QuietGate
  /** How long nothing may come before it gives up with `unavailable`. */
  readonly patienceMs: number
}

/** Pieces of one torrent that are wanted when nothing else is. Nothing is asked of the network for what is stored. */
export class FetchSession implements WindowOwner {
  readonly name: string
  readonly torrent: Torrent
  readonly #options: FetchSessionOptions
  readonly #caller: AbortSignal
  readonly #ending = new AbortController()
  readonly #gate: Disposable
  readonly #patience: Timer
  #wanted: readonly PieceRange[] = []
  #hasWindows = false
  #downloadedBytes = 0

  constructor(options: FetchSessionOptions, signal: AbortSignal) {
    this.#options = options
    this.name = options.name
    this.torrent = options.lease.torrent
    this.#caller = signal
    this.#patience = options.clock.timer(() => this.#look())
    this.#gate = options.gate.onChanged(() => this.#publish())
    for (const ends of [signal, options.lease.ended]) {
      ends.addEventListener('abort', this.#onAbort)
      if (ends.aborted) this.#ending.abort(ends.reason)
    }
  }

  /** Aborts with the caller's signal, with the lease, or when nothing came for too long. */
  get signal(): AbortSignal {
    return this.#ending.signal
  }

  /** Adds to what is wanted. */
  want(pieces: readonly PieceRange[]): void {
    this.#wanted = mergePieces([...this.#wanted, ...pieces])
    this.#publish()
  }

  /** Resolves when all that is wanted is there. */
  async fetched(): Promise<void> {
    for (const piece of missingPieces(this.torrent, this.#wanted)) await this.torrent.whenHas(piece, this.signal)
    this.signal.throwIfAborted()
  }

  /** Ends windows, timers and the lease. Idempotent. */
  close(): void {
    this.#gate.dispose()
    this.#patience.dispose()
    for (const ends of [this.#caller, this.#options.lease.ended]) ends.removeEventListener('abort', this.#onAbort)
    if (this.#hasWindows) this.torrent.setWindows(this, [])
    this.#hasWindows = false
    this.#options.lease.rest()
  }

  readonly #onAbort = (): void => {
    const { ended } = this.#options.lease
    this.#ending.abort(this.#caller.aborted ? this.#caller.reason : ended.reason)
  }

  /** While a reader waits anywhere nothing is wanted here. */
  #publish(): void {
    const { gate, lease, patienceMs } = this.#options
    const missing = gate.isOpen ? this.#wanted.filter((range) => missingPieces(this.torrent, [range]).length > 0) : []
    if (missing.length === 0 && !this.#hasWindows) return
    this.#hasWindows = missing.length > 0
    this.torrent.setWindows(
      this,
      missing.map(({ first, end }) => ({ first, end, priority: 'idle' })),
    )
    if (!this.#hasWindows) return
    lease.wake()
    this.#downloadedBytes = this.torrent.stats().downloadedBytes
    this.#patience.arm(patienceMs)
  }

  #look(): void {
    const { downloadedBytes } = this.torrent.stats()
    const isSilent = downloadedBytes <= this.#downloadedBytes
    if (isSilent && this.#options.gate.isOpen) {
      this.#ending.abort(new AppError('unavailable', 'no peer sends this torrent'))
      return
    }
    this.#downloadedBytes = downloadedBytes
    this.#patience.arm(this.#options.patienceMs)
  }
}

export function missingPieces(torrent: Torrent, pieces: readonly PieceRange[]): readonly number[] {
  const missing: number[] = []
  for (const { first, end } of pieces)
    for (let piece = first; piece < end; piece++) if (!torrent.has(piece)) missing.push(piece)
  return missing
}
