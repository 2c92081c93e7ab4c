import { throwIfAborted } from '../domain/abort.ts'
import type { Activity, TorrentLease } from '../domain/activity.ts'
import type { Clock } from '../domain/clock.ts'
import type { ContainerStore } from '../domain/container.ts'
import type { ContentReader, ContentSource, ReadPressure } from '../domain/content.ts'
import { type Disposable, Listeners } from '../domain/disposable.ts'
import { AppError } from '../domain/errors.ts'
import { type ContentId, parseContentId } from '../domain/ids.ts'
import type { Logger } from '../domain/logger.ts'
import type { Metrics } from '../domain/metrics.ts'
import type { TorrentFile } from '../domain/piece-layout.ts'
import type { ByteRange } from '../domain/ranges.ts'
import type { ReadProgress } from '../domain/watching.ts'
import { ContainerCache } from './container-cache.ts'
import { FilePlan } from './file-plan.ts'
import { TorrentReader } from './reader.ts'
import { ResidentBlocks } from './resident-blocks.ts'
import type { WindowOptions } from './windows.ts'

export interface ContentSourceOptions {
  readonly activity: Activity
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: Metrics
  readonly windows: WindowOptions
  /** READ_TIMEOUT_S. */
  readonly readTimeoutMs: number
  /** How long the plan of a left file is kept for a player that opens it again. Default 2,500. */
  readonly graceMs?: number
  /** Where what was detected is kept; without it every process looks once at a file. */
  readonly containers?: ContainerStore
}

const DEFAULT_GRACE_MS = 2500

/** Files of torrents, read as they are fetched. */
export class TorrentContentSource implements ContentSource, ReadPressure {
  readonly #options: ContentSourceOptions
  readonly #containers: ContainerCache
  readonly #blocks = new ResidentBlocks()
  readonly #plans = new Map<ContentId, FilePlan>()
  readonly #readers = new Set<TorrentReader>()
  readonly #closing = new AbortController()
  readonly #progress = new Listeners<ReadProgress>()
  readonly #pressure = new Listeners<void>()
  #waiting = 0

  constructor(options: ContentSourceOptions) {
    this.#options = options
    this.#containers = new ContainerCache(options.containers, options.logger)
    options.metrics.gauge('open_readers', () => this.#readers.size)
  }

  get isReaderWaiting(): boolean {
    return this.#waiting > 0
  }

  onReaderWaiting(listener: () => void): Disposable {
    return this.#pressure.add(listener)
  }

  /** How far each reader came: every few seconds of its reading, and when it is closed. */
  onProgress(listener: (progress: ReadProgress) => void): Disposable {
    return this.#progress.add(listener)
  }

  /** As the port says; also with what `Activity.hold` fails. */
  async open(content: ContentId, range: ByteRange, signal: AbortSignal): Promise<ContentReader> {
    throwIfAborted(this.#closing.signal)
    const { clock, metrics, readTimeoutMs, windows } = this.#options
    const { infoHash, fileIndex } = parseContentId(content)
    const openedMs = clock.monotonicMs()
    const lease = await this.#options.activity.hold(infoHash, signal)
    const file = lease.torrent.info.files[fileIndex]
    try {
      throwIfAborted(signal)
      throwIfAborted(lease.ended)
      throwIfAborted(this.#closing.signal)
      if (!file || file.isPad) throw new AppError('not_found', `the torrent has no file ${fileIndex}`)
    } catch (error) {
      lease.release()
      throw error
    }
    const plan = this.#plan(content, lease, file)
    const reader: TorrentReader = new TorrentReader({
      lease,
      file,
      range,
      plan,
      blocks: this.#blocks,
      clock,
      metrics,
      windows,
      readTimeoutMs,
      openedMs,
      onProgress: (positionBytes, sequentialBytes) => {
        const { durationSeconds } = plan
        this.#tell({ content, positionBytes, sizeBytes: file.sizeBytes, sequentialBytes, durationSeconds })
      },
      onWaiting: (by) => this.#onWaiting(by),
      onClosed: () => this.#readers.delete(reader),
    })
    this.#readers.add(reader)
    return reader
  }

  /** Closes every reader (their reads reject with `aborted`) and ends every grace. Idempotent. */
  close(): void {
    if (this.#closing.signal.aborted) return
    this.#closing.abort(new AppError('aborted', 'the service is closing'))
    for (const reader of this.#readers) reader.close()
    for (const plan of this.#plans.values()) plan.close()
  }

  /** No listener's failure is a reader's. */
  #tell(progress: ReadProgress): void {
    try {
      this.#progress.emit(progress)
    } catch (error) {
      this.#options.logger.warn('progress of a reader was not taken', { content: progress.content, err: error })
    }
  }

  #onWaiting(by: number): void {
    const wasWaiting = this.isReaderWaiting
    this.#waiting += by
    if (wasWaiting !== this.isReaderWaiting) this.#pressure.emit()
  }

  #plan(content: ContentId, lease: TorrentLease, file: TorrentFile): FilePlan {
    const known = this.#plans.get(content)
    if (known?.isOf(lease)) return known
    const plan: FilePlan = new FilePlan({
      torrent: lease.torrent,
      ended: lease.ended,
      file,
      clock: this.#options.clock,
      windows: this.#options.windows,
      graceMs: this.#options.graceMs ?? DEFAULT_GRACE_MS,
      container: this.#containers.get(content),
      onDetected: (container) => this.#containers.set(content, container),
      onDetectionFailed: (error) =>
        this.#options.logger.debug('container not detected', { file: file.path, err: error }),
      onEnded: () => {
        this.#blocks.forget(lease.torrent)
        if (this.#plans.get(content) === plan) this.#plans.delete(content)
      },
    })
    this.#plans.set(content, plan)
    return plan
  }
}
