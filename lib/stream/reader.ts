import type { TorrentLease } from '../domain/activity.ts'
import type { Clock, Timer } from '../domain/clock.ts'
import type { ContentReader } from '../domain/content.ts'
import { AppError, isAppError, toAppError } from '../domain/errors.ts'
import type { Metrics } from '../domain/metrics.ts'
import type { TorrentFile } from '../domain/piece-layout.ts'
import { type ByteRange, clampRange } from '../domain/ranges.ts'
import type { PieceWindow, Torrent, WindowOwner } from '../domain/torrent.ts'
import { MAX_EVICTION_RETRIES } from './file-bytes.ts'
import type { FilePlan, PlannedReader } from './file-plan.ts'
import { isProbe, type ReadState, sameWindows, spanBytes, stableBytes, type WindowOptions, windows } from './windows.ts'

export interface TorrentReaderOptions {
  /** Released by `close`. */
  readonly lease: TorrentLease
  readonly file: TorrentFile
  readonly range: ByteRange
  readonly plan: FilePlan
  readonly clock: Clock
  readonly metrics: Metrics
  readonly windows: WindowOptions
  /** A read that waits fails when no byte came for so long. */
  readonly readTimeoutMs: number
  /** When the opening began, monotonic. */
  readonly openedMs: number
  readonly onClosed: () => void
}

/**
 * Reads one file of a torrent. A read of present bytes costs its own promise and one positional disk read; a read that
 * waits holds nothing but its promise, so that reads and readers are independent. A read settles only after nothing
 * writes into its target any more.
 */
export class TorrentReader implements ContentReader, WindowOwner, PlannedReader {
  readonly name: string
  readonly sizeBytes: number
  readonly #options: TorrentReaderOptions
  readonly #torrent: Torrent
  readonly #file: TorrentFile
  readonly #range: ByteRange
  readonly #isProbe: boolean
  readonly #deadline: Timer
  readonly #waits = new Set<AbortController>()
  /** Where the next sequential read begins. */
  #nextBytes: number
  #sequentialBytes: number
  /** No change of windows while the position stays in [nextBytes, stableEnd). */
  #stableEnd = 0
  /** Where the windows of the position end. */
  #spanEnd = 0
  #windows: readonly PieceWindow[] = []
  #isPublishing = false
  #hasPublished = false
  #hasDelivered = false
  /** Makes the error of every read from the end on. */
  #ended: (() => AppError) | undefined

  constructor(options: TorrentReaderOptions) {
    this.#options = options
    this.#torrent = options.lease.torrent
    this.#file = options.file
    this.name = options.file.path
    this.sizeBytes = options.file.sizeBytes
    this.#range = clampRange(options.range, this.sizeBytes)
    this.#isProbe = isProbe(this.#range, this.sizeBytes)
    this.#nextBytes = this.#range.start
    this.#deadline = options.clock.timer(() => this.#onDeadline())
    options.lease.ended.addEventListener('abort', this.#onLeaseEnded, { once: true })
    this.#sequentialBytes = options.plan.join(this, this.#range.start, !this.#isProbe)
    this.#schedulePublish()
  }

  async read(target: Uint8Array, positionBytes: number, signal: AbortSignal): Promise<number> {
    this.#assertOpen(signal)
    if (!Number.isSafeInteger(positionBytes) || positionBytes < 0)
      throw new AppError('invalid', `not a position: ${positionBytes}`)
    const wanted = Math.min(target.length, this.sizeBytes - positionBytes)
    if (wanted <= 0) return 0
    if (positionBytes !== this.#nextBytes) this.#seek(positionBytes)

    const { layout } = this.#torrent.info
    let filled = 0
    let evictions = 0
    while (filled < wanted) {
      const offset = this.#file.offsetBytes + positionBytes + filled
      const piece = layout.pieceAt(offset)
      if (!this.#torrent.has(piece)) {
        if (filled > 0) break
        await this.#arrival(piece, signal)
        this.#assertOpen(signal)
      }
      const part = filled === 0 && wanted === target.length ? target : target.subarray(filled, wanted)
      try {
        filled += await this.#torrent.readPiece(piece, offset - layout.pieceStart(piece), part)
      } catch (error) {
        if (!isAppError(error, 'not_found')) throw toAppError(error)
        if (filled > 0) break
        evictions++
        if (evictions > MAX_EVICTION_RETRIES)
          throw new AppError('unavailable', 'the cache cannot keep what is read', error)
      }
      this.#assertOpen(signal)
    }
    this.#delivered(positionBytes, filled)
    return filled
  }

  close(): void {
    this.#end(closed)
  }

  /** Windows follow the plan's index at the end of this tick. */
  replan(): void {
    this.#stableEnd = 0
    this.#schedulePublish()
  }

  #assertOpen(signal: AbortSignal): void {
    if (this.#ended) throw this.#ended()
    if (signal.aborted) throw signal.reason
  }

  /** A small step forward inside what is wanted anyway keeps the read-ahead; all else begins anew. */
  #seek(positionBytes: number): void {
    if (positionBytes < this.#nextBytes || positionBytes >= this.#spanEnd) {
      this.#sequentialBytes = 0
      this.#stableEnd = 0
    }
    this.#nextBytes = positionBytes
    if (positionBytes >= this.#stableEnd) this.#schedulePublish()
  }

  #delivered(positionBytes: number, count: number): void {
    const { metrics, clock, openedMs, readTimeoutMs } = this.#options
    metrics.add('reads_total')
    metrics.add('read_bytes_total', count)
    if (!this.#hasDelivered) {
      this.#hasDelivered = true
      metrics.observe('read_first_byte_seconds', (clock.monotonicMs() - openedMs) / 1000)
    }
    if (this.#waits.size > 0) this.#deadline.arm(readTimeoutMs)
    if (positionBytes !== this.#nextBytes) return // a read that a later seek has overtaken
    this.#nextBytes += count
    this.#sequentialBytes += count
    if (this.#nextBytes >= this.#stableEnd) this.#schedulePublish()
  }

  async #arrival(piece: number, signal: AbortSignal): Promise<void> {
    const { metrics, clock, readTimeoutMs } = this.#options
    const wait = new AbortController()
    const onAbort = () => wait.abort(signal.reason)
    const startedMs = clock.monotonicMs()
    signal.addEventListener('abort', onAbort, { once: true })
    this.#waits.add(wait)
    this.#deadline.arm(readTimeoutMs)
    metrics.add('piece_waits_total')
    try {
      await this.#torrent.whenHas(piece, wait.signal)
    } catch (error) {
      if (signal.aborted) {
        metrics.add('read_aborts_total')
        throw error
      }
      throw toAppError(error)
    } finally {
      signal.removeEventListener('abort', onAbort)
      this.#waits.delete(wait)
      if (this.#waits.size === 0) this.#deadline.disarm()
      metrics.observe('piece_wait_seconds', (clock.monotonicMs() - startedMs) / 1000)
    }
  }

  #onDeadline(): void {
    this.#options.metrics.add('read_timeouts_total', this.#waits.size)
    const seconds = this.#options.readTimeoutMs / 1000
    this.#endWaits(() => new AppError('timeout', `no peer sent these bytes within ${seconds} s`))
  }

  readonly #onLeaseEnded = (): void => {
    const reason = toAppError(this.#options.lease.ended.reason)
    this.#end(() => reason)
  }

  /** Everything that the reader caused ends here, whoever ends it. */
  #end(reason: () => AppError): void {
    if (this.#ended) return
    this.#ended = reason
    this.#options.lease.ended.removeEventListener('abort', this.#onLeaseEnded)
    this.#deadline.dispose()
    this.#endWaits(reason)
    // A torrent that was paused or removed keeps no plan; no player comes back to it within the grace.
    if (this.#options.lease.ended.aborted) this.#options.plan.close()
    else this.#options.plan.leave(this, this.#state())
    if (this.#hasPublished) this.#torrent.setWindows(this, [])
    this.#options.lease.release()
    this.#options.onClosed()
  }

  #endWaits(reason: () => AppError): void {
    for (const wait of this.#waits) wait.abort(reason())
  }

  /** However often the position moves within a tick, the windows are set once, for the last one. */
  #schedulePublish(): void {
    if (this.#isPublishing || this.#ended) return
    this.#isPublishing = true
    queueMicrotask(this.#publish)
  }

  readonly #publish = (): void => {
    this.#isPublishing = false
    if (this.#ended) return
    const { layout } = this.#torrent.info
    const state = this.#state()
    this.#stableEnd = state.positionBytes + stableBytes(layout, this.#file, state, this.#options.windows)
    this.#spanEnd = state.positionBytes + spanBytes(state, this.#options.windows)
    const next = windows(layout, this.#file, state, this.#options.windows)
    if (!sameWindows(next, this.#windows)) {
      this.#windows = next
      this.#hasPublished = true
      this.#torrent.setWindows(this, next)
    }
    this.#options.plan.handOver()
  }

  #state(): ReadState {
    const { plan } = this.#options
    const isInRange = this.#nextBytes >= this.#range.start && this.#nextBytes <= this.#range.end
    return {
      positionBytes: this.#nextBytes,
      // A read elsewhere than announced has no known end.
      endBytes: isInRange ? this.#range.end : this.sizeBytes,
      sequentialBytes: this.#sequentialBytes,
      bytesPerSecond: plan.bytesPerSecond,
      index: this.#isProbe ? [] : plan.index,
    }
  }
}

const closed = (): AppError => new AppError('aborted', 'the reader was closed')
