import type { TorrentLease } from '../domain/activity.ts'
import type { Clock, Timer } from '../domain/clock.ts'
import type { ContainerInfo } from '../domain/container.ts'
import { type AppError, toAppError } from '../domain/errors.ts'
import type { PieceRange, TorrentFile } from '../domain/piece-layout.ts'
import type { ByteRange } from '../domain/ranges.ts'
import type { PieceWindow, Torrent, WindowOwner } from '../domain/torrent.ts'
import { detectOn } from './file-bytes.ts'
import { indexPieces, piecesOf, type ReadState, type WindowOptions, windows } from './windows.ts'

/** What the plan asks of a reader. */
export interface PlannedReader {
  /** The plan's `index` or `bytesPerSecond` may differ now. */
  replan(): void
  /** Nothing can be read any more. */
  fail(reason: AppError): void
}

export interface FilePlanOptions {
  readonly torrent: Torrent
  /** Ends the plan and its readers. */
  readonly ended: AbortSignal
  readonly file: TorrentFile
  readonly clock: Clock
  readonly windows: WindowOptions
  /** How long what the last reader wanted stays wanted after it left. */
  readonly graceMs: number
  /** Undefined until detected once. */
  readonly container: ContainerInfo | undefined
  readonly onDetected: (container: ContainerInfo) => void
  readonly onDetectionFailed: (error: unknown) => void
  readonly onEnded: () => void
}

/** A reader that opens this near to where another one left goes on with its read-ahead: sent is not what was consumed. */
const SAME_PLACE_BYTES = 1024 * 1024

/**
 * What the readers of one file share: the container's index, and for a grace after the last of them left its windows.
 * Players open, read the tail and open again: dropping their windows between would throw blocks in flight away. The
 * windows of a left position end at once when the next reader comes (a seek), or with the grace.
 */
export class FilePlan implements WindowOwner {
  readonly name: string
  readonly torrent: Torrent
  readonly #file: TorrentFile
  readonly #options: FilePlanOptions
  readonly #readers = new Set<PlannedReader>()
  readonly #grace: Timer
  readonly #detection = new AbortController()
  #isDetecting = false
  #container: ContainerInfo | undefined
  /** What detection waits for beyond the container's index. */
  #detected: readonly ByteRange[] = []
  #index: readonly PieceRange[]
  #wantsIndex = false
  #hasWindows = false
  #left: ReadState | undefined
  #isEnded = false

  constructor(options: FilePlanOptions) {
    this.#options = options
    this.torrent = options.torrent
    this.#file = options.file
    this.name = `plan of ${options.file.path}`
    this.#container = options.container
    this.#index = this.#indexPieces()
    this.#grace = options.clock.timer(() => {
      if (this.#readers.size === 0) this.close()
    })
    options.ended.addEventListener('abort', this.#onEnded, { once: true })
  }

  /** Whether a lease's reader belongs here. */
  isOf({ torrent, ended }: Pick<TorrentLease, 'torrent' | 'ended'>): boolean {
    return this.torrent === torrent && this.#options.ended === ended
  }

  /** Pieces of header, footer and the container's index. */
  get index(): readonly PieceRange[] {
    return this.#index
  }

  get durationSeconds(): number | null {
    return this.#container?.durationSeconds ?? null
  }

  /** Where a player may start to read; empty until known. */
  get seekPoints(): readonly number[] {
    return this.#container?.seekPoints ?? []
  }

  get bytesPerSecond(): number | undefined {
    const seconds = this.durationSeconds
    return seconds ? this.#file.sizeBytes / seconds : undefined
  }

  /** Returns the bytes read in one go up to `positionBytes`, when the new reader goes on where another left. */
  join(reader: PlannedReader, positionBytes: number, wantsIndex: boolean): number {
    this.#readers.add(reader)
    if (wantsIndex) {
      this.#wantsIndex = true
      this.#detect()
    }
    const left = this.#left
    return left && Math.abs(left.positionBytes - positionBytes) <= SAME_PLACE_BYTES ? left.sequentialBytes : 0
  }

  /** To be called after the first windows of a reader are set: what was kept over the grace is theirs now. */
  handOver(): void {
    this.#setWindows([])
  }

  /** To be called before the reader's own windows are withdrawn. */
  leave(reader: PlannedReader, left: ReadState): void {
    if (!this.#readers.delete(reader) || this.#isEnded) return
    this.#left = left
    if (this.#readers.size > 0) return
    this.#keep(left)
    this.#grace.arm(this.#options.graceMs)
  }

  /** Ends the grace, its windows and detection. Idempotent. */
  close(): void {
    if (this.#isEnded) return
    this.#isEnded = true
    this.#options.ended.removeEventListener('abort', this.#onEnded)
    this.#grace.dispose()
    this.#detection.abort()
    this.#setWindows([])
    this.#options.onEnded()
  }

  // A torrent that was paused or removed keeps no plan: no player comes back to it within the grace.
  readonly #onEnded = (): void => {
    const reason = toAppError(this.#options.ended.reason)
    for (const reader of this.#readers) reader.fail(reason)
    this.close()
  }

  #setWindows(kept: readonly PieceWindow[]): void {
    if (kept.length === 0 && !this.#hasWindows) return
    this.#hasWindows = kept.length > 0
    this.torrent.setWindows(this, kept)
  }

  /** In the background: no read waits for it, and it reads only what a window brought. */
  #detect(): void {
    if (this.#container || this.#isDetecting || this.#isEnded) return
    this.#isDetecting = true
    detectOn(this.torrent, this.#file, (range) => this.#want(range), this.#detection.signal).then(
      (container) => {
        this.#container = container
        this.#detected = []
        this.#options.onDetected(container)
        this.#reindex()
      },
      (error: unknown) => {
        // Not tried again by this plan: the next one starts afresh.
        if (!this.#isEnded) this.#options.onDetectionFailed(error)
      },
    )
  }

  #want(range: ByteRange): void {
    const pieces = piecesOf(this.torrent.info.layout, this.#file, range)
    if (this.#index.some((known) => known.first <= pieces.first && pieces.end <= known.end)) return
    this.#detected = [...this.#detected, range]
    this.#reindex()
  }

  #reindex(): void {
    this.#index = this.#indexPieces()
    for (const reader of this.#readers) reader.replan()
    if (this.#readers.size === 0 && this.#left && !this.#isEnded) this.#keep(this.#left)
  }

  /** The plan's windows during the grace: the index, and a first read-ahead where the last reader stood. */
  #keep(left: ReadState): void {
    const state = { ...left, sequentialBytes: 0, seekPoints: [], index: this.#wantsIndex ? this.#index : [] }
    const options = { ...this.#options.windows, urgentBytes: 0 }
    this.#setWindows(windows(this.torrent.info.layout, this.#file, state, options))
  }

  #indexPieces(): readonly PieceRange[] {
    const container = [...(this.#container?.index ?? []), ...this.#detected]
    return indexPieces(this.torrent.info.layout, this.#file, container, this.#options.windows)
  }
}
