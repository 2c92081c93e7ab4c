import type { TorrentLease } from '../domain/activity.ts'
import type { Clock } from '../domain/clock.ts'
import type { ContentReader } from '../domain/content.ts'
import type { Disposable } from '../domain/disposable.ts'
import { AppError, isAppError, toAppError } from '../domain/errors.ts'
import type { Metrics } from '../domain/metrics.ts'
import type { PieceRange, TorrentFile } from '../domain/piece-layout.ts'
import { type ByteRange, clampRange } from '../domain/ranges.ts'
import type { PieceWindow, Torrent, WindowOwner } from '../domain/torrent.ts'
import { MAX_EVICTION_RETRIES } from './file-bytes.ts'
import type { FilePlan, PlannedReader } from './file-plan.ts'
import { PieceWaits } from './piece-waits.ts'
import type { ResidentBlocks } from './resident-blocks.ts'
import {
  isProbe,
  piecesOf,
  type ReadState,
  sameWindows,
  spanBytes,
  stableBytes,
  type WindowOptions,
  windows,
} from './windows.ts'

export interface TorrentReaderOptions {
  /** Released by `close`. */
  readonly lease: TorrentLease
  readonly file: TorrentFile
  readonly range: ByteRange
  readonly plan: FilePlan
  readonly blocks: ResidentBlocks
  readonly clock: Clock
  readonly metrics: Metrics
  readonly windows: WindowOptions
  /** A read that waits fails when nothing came for so long. */
  readonly readTimeoutMs: number
  /** When the opening began, monotonic. */
  readonly openedMs: number
  /** Of the reader's position: every few seconds of reading, and at its end. */
  readonly onProgress: (positionBytes: number, sequentialBytes: number) => void
  /** `by` 1 when a read begins to wait, -1 when it ended. */
  readonly onWaiting: (by: number) => void
  readonly onClosed: () => void
}

const PROGRESS_MS = 5000
/**
 * A reader that was served from the store so far, and no more than this, may be a scanner that has all it wants: sockets take
 * megabytes that nobody reads. It has this time to leave before the network is asked; a player has seconds of film by then.
 */
const SCAN_BYTES = 16 * 1024 * 1024
const SCAN_MS = 1000
/** From here on it is no scan: what is missing ahead is fetched before a read comes to it. */
const READING_ON_BYTES = 4 * 1024 * 1024

/**
 * Reads one file of a torrent, which stays off the network until a byte is missing. A read of present bytes costs its own promise and one positional disk read; a read that
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
  /** A small range of stored pieces: it wants nothing, so that nobody need be told of it. */
  #isStored: boolean
  /** Since the first one. */
  #waits: PieceWaits | undefined
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
  #scan: Disposable | undefined
  #toldMs: number
  /** Position that was told last. */
  #toldBytes: number
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
    this.#toldBytes = this.#range.start
    this.#toldMs = options.clock.monotonicMs()
    this.#isStored = this.#isProbe && this.#hasAll(piecesOf(this.#torrent.info.layout, this.#file, this.#range))
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
    const { blocks } = this.#options
    let filled = 0
    let evictions = 0
    while (filled < wanted) {
      const offset = this.#file.offsetBytes + positionBytes + filled
      const piece = layout.pieceAt(offset)
      if (!this.#torrent.has(piece)) {
        if (filled > 0) break
        this.#isStored = false
        this.#schedulePublish()
        await this.#arrival(piece, signal)
        this.#assertOpen(signal)
      }
      const part = filled === 0 && wanted === target.length ? target : target.subarray(filled, wanted)
      try {
        filled += blocks.copy(this.#torrent, offset, part) || (await blocks.read(this.#torrent, piece, offset, part))
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

  /** The lease ended: every read fails with the reason from now on. */
  fail(reason: AppError): void {
    this.#end(() => reason)
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
    const { metrics, clock, openedMs } = this.#options
    const nowMs = clock.monotonicMs()
    metrics.add('reads_total')
    metrics.add('read_bytes_total', count)
    if (!this.#hasDelivered) {
      this.#hasDelivered = true
      metrics.observe('read_first_byte_seconds', (nowMs - openedMs) / 1000)
    }
    this.#waits?.delivered()
    if (positionBytes !== this.#nextBytes) return // a read that a later seek has overtaken
    this.#nextBytes += count
    this.#sequentialBytes += count
    if (this.#nextBytes >= this.#stableEnd) this.#schedulePublish()
    if (nowMs - this.#toldMs >= PROGRESS_MS) this.#tellProgress(nowMs)
  }

  #tellProgress(nowMs: number): void {
    this.#toldMs = nowMs
    this.#toldBytes = this.#nextBytes
    this.#options.onProgress(this.#nextBytes, this.#sequentialBytes)
  }

  async #arrival(piece: number, signal: AbortSignal): Promise<void> {
    const { clock, metrics, readTimeoutMs, onWaiting } = this.#options
    this.#waits ??= new PieceWaits({ torrent: this.#torrent, clock, metrics, timeoutMs: readTimeoutMs })
    onWaiting(1)
    try {
      this.#wake()
      await this.#waits.arrival(piece, signal)
    } finally {
      onWaiting(-1)
    }
  }

  /** Bytes are missing. */
  #wake(): void {
    const { lease, clock } = this.#options
    const isScan = this.#hasDelivered && this.#sequentialBytes > 0 && this.#sequentialBytes < SCAN_BYTES
    if (isScan && !this.#torrent.isOnline) this.#scan ??= clock.after(SCAN_MS, () => lease.wake())
    else lease.wake()
  }

  /** Everything that the reader caused ends here, whoever ends it. */
  #end(reason: () => AppError): void {
    if (this.#ended) return
    this.#ended = reason
    this.#waits?.end(reason)
    this.#scan?.dispose()
    if (this.#nextBytes !== this.#toldBytes) this.#tellProgress(this.#options.clock.monotonicMs())
    this.#options.plan.leave(this, this.#state())
    if (this.#hasPublished) this.#torrent.setWindows(this, [])
    this.#options.lease.release()
    this.#options.onClosed()
  }

  /** However often the position moves within a tick, the windows are set once, for the last one. */
  #schedulePublish(): void {
    if (this.#isPublishing || this.#ended || this.#isStored) return
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
    if (this.#sequentialBytes >= READING_ON_BYTES && next.some((window) => this.#isMissing(window))) {
      this.#wake()
    }
    this.#options.plan.handOver()
  }

  #isMissing({ first, end, priority }: PieceWindow): boolean {
    return priority !== 'index' && !this.#hasAll({ first, end })
  }

  #hasAll({ first, end }: PieceRange): boolean {
    for (let piece = first; piece < end; piece++) if (!this.#torrent.has(piece)) return false
    return true
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
      seekPoints: this.#isProbe ? [] : plan.seekPoints,
    }
  }
}

const closed = (): AppError => new AppError('aborted', 'the reader was closed')
