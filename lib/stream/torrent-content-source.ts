import { throwIfAborted } from '../domain/abort.ts'
import type { Activity, TorrentLease } from '../domain/activity.ts'
import type { Clock } from '../domain/clock.ts'
import type { ContentReader, ContentSource } from '../domain/content.ts'
import { AppError } from '../domain/errors.ts'
import { type ContentId, parseContentId } from '../domain/ids.ts'
import type { Logger } from '../domain/logger.ts'
import type { Metrics } from '../domain/metrics.ts'
import type { TorrentFile } from '../domain/piece-layout.ts'
import type { ByteRange } from '../domain/ranges.ts'
import { ContainerCache, type ContainerStore } from './container-cache.ts'
import { FilePlan } from './file-plan.ts'
import { TorrentReader } from './reader.ts'
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
  readonly containers?: ContainerStore
}

const DEFAULT_GRACE_MS = 2500

/** Files of torrents, read as they are fetched. */
export class TorrentContentSource implements ContentSource {
  readonly #options: ContentSourceOptions
  readonly #containers: ContainerCache
  readonly #plans = new Map<ContentId, FilePlan>()
  readonly #readers = new Set<TorrentReader>()
  readonly #closing = new AbortController()

  constructor(options: ContentSourceOptions) {
    this.#options = options
    this.#containers = new ContainerCache(options.containers)
    options.metrics.gauge('open_readers', () => this.#readers.size)
  }

  /** As the port says; also with what `Activity.lease` fails. */
  async open(content: ContentId, range: ByteRange, signal: AbortSignal): Promise<ContentReader> {
    throwIfAborted(this.#closing.signal)
    const { clock, metrics, readTimeoutMs, windows } = this.#options
    const { infoHash, fileIndex } = parseContentId(content)
    const openedMs = clock.monotonicMs()
    const lease = await this.#options.activity.lease(infoHash, signal)
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
    const reader: TorrentReader = new TorrentReader({
      lease,
      file,
      range,
      plan: this.#plan(content, lease, file),
      clock,
      metrics,
      windows,
      readTimeoutMs,
      openedMs,
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

  #plan(content: ContentId, lease: TorrentLease, file: TorrentFile): FilePlan {
    const known = this.#plans.get(content)
    if (known?.torrent === lease.torrent) return known
    const plan: FilePlan = new FilePlan({
      torrent: lease.torrent,
      file,
      clock: this.#options.clock,
      windows: this.#options.windows,
      graceMs: this.#options.graceMs ?? DEFAULT_GRACE_MS,
      container: this.#containers.get(content),
      onDetected: (container) => this.#containers.set(content, container),
      onDetectionFailed: (error) =>
        this.#options.logger.debug('container not detected', { file: file.path, err: error }),
      onEnded: () => {
        if (this.#plans.get(content) === plan) this.#plans.delete(content)
      },
    })
    this.#plans.set(content, plan)
    return plan
  }
}
