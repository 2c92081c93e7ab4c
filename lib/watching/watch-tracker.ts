import type { Clock, Timer } from '../domain/clock.ts'
import { type Disposable, Listeners } from '../domain/disposable.ts'
import type { BackgroundFetcher } from '../domain/fetching.ts'
import { type ContentId, contentId, type InfoHash, parseContentId } from '../domain/ids.ts'
import type { Logger } from '../domain/logger.ts'
import type { TorrentEngine } from '../domain/torrent.ts'
import type { ReadProgress, ViewSource, WatchPosition, WatchStore } from '../domain/watching.ts'
import { InstantFiles, type InstantFilesOptions } from './instant-files.ts'
import { Viewing } from './viewing.ts'

export interface WatchTrackerOptions extends Pick<InstantFilesOptions, 'files' | 'layout'> {
  readonly store: WatchStore
  readonly fetcher: Pick<BackgroundFetcher, 'warm'>
  readonly engine: Pick<TorrentEngine, 'stored' | 'hasPieces' | 'onStored' | 'onDropped'>
  readonly clock: Clock
  readonly logger: Logger
}

/** A position is kept at once when a viewer is seen first, then so often. */
const SAVE_MS = 15_000
const CHANGED_MS = 1000
const MAX_CONTINUED = 100
/** Shows of which the next episode stands among what was begun, and for how long: who lost interest is not reminded. */
const MAX_NEXT = 20
const NEXT_SHOWN_MS = 6 * 7 * 24 * 60 * 60_000
const MAX_VIEWINGS = 1000
const FINISHED_SHARE = 0.95
/** Of a film whose last minutes are its credits. */
const CREDITS_SECONDS = 120
const CREDITS_SHARE = 0.9
const NEXT_SHARE = 0.8
const NEXT_SECONDS = 600

/**
 * Where people are in their films, by what readers tell: kept over restarts, not moved by scans and copies. Near the end of
 * an episode the beginning of the next is fetched. Says what the views of the tree show.
 */
export class WatchTracker implements ViewSource {
  readonly #options: WatchTrackerOptions
  readonly #instant: InstantFiles
  /** The most recently read last. */
  readonly #viewings = new Map<ContentId, Viewing>()
  /** Not kept yet. */
  readonly #unsaved = new Map<ContentId, WatchPosition>()
  readonly #save: Timer
  readonly #changed = new Listeners<void>()
  readonly #tell: Timer
  readonly #pieces: readonly Disposable[]
  /** Torrents of which pieces came or went since the last telling. */
  readonly #stirred = new Set<InfoHash>()
  #isStale = false
  #continued = ''

  constructor(options: WatchTrackerOptions) {
    const { clock, engine } = options
    this.#options = options
    this.#instant = new InstantFiles(options)
    this.#save = clock.timer(() => this.#flush())
    this.#tell = clock.timer(() => this.#tellChanges())
    const onPiece = ({ infoHash }: { readonly infoHash: InfoHash }): void => {
      if (this.#stirred.size === 0 && !this.#isStale) this.#tell.arm(CHANGED_MS)
      this.#stirred.add(infoHash)
    }
    this.#pieces = [engine.onStored(onPiece), engine.onDropped(onPiece)]
  }

  continueWatching(): readonly { readonly content: ContentId; readonly watchedAtMs: number }[] {
    const { store, clock } = this.#options
    const begun = store.unfinished(MAX_CONTINUED)
    const finished = store.finishedEpisodes(clock.nowMs() - NEXT_SHOWN_MS, MAX_NEXT)
    const next = finished.flatMap((position) => {
      const file = store.nextEpisode(position)
      return file ? { ...file, watchedAtMs: position.watchedAtMs } : []
    })
    const times = new Map<ContentId, number>()
    // One that was begun stands where it was watched itself.
    for (const { infoHash, fileIndex, watchedAtMs } of [...next, ...begun]) {
      times.set(contentId(infoHash, fileIndex), watchedAtMs)
    }
    return Array.from(times, ([content, watchedAtMs]) => ({ content, watchedAtMs }))
      .sort((a, b) => b.watchedAtMs - a.watchedAtMs)
      .slice(0, MAX_CONTINUED)
  }

  isInstant(content: ContentId): boolean {
    const { infoHash, fileIndex } = parseContentId(content)
    return this.#instant.has(infoHash, fileIndex)
  }

  onChanged(listener: () => void): Disposable {
    return this.#changed.add(listener)
  }

  /** To be told of every reader. What the store fails with is logged. */
  progress(progress: ReadProgress): void {
    const { content } = progress
    const { clock } = this.#options
    const nowMs = clock.monotonicMs()
    const known = this.#viewings.get(content)
    const viewing = known ?? new Viewing(progress, nowMs)
    this.#viewings.delete(content)
    this.#viewings.set(content, viewing)
    this.#forgetOldest()
    const isFirst = !viewing.isWatched
    if (!viewing.update(progress, nowMs)) return
    if (this.#unsaved.size === 0) this.#save.arm(SAVE_MS)
    this.#unsaved.set(content, {
      ...parseContentId(content),
      positionBytes: progress.positionBytes,
      sizeBytes: progress.sizeBytes,
      watchedAtMs: clock.nowMs(),
      isFinished: isFinished(progress),
    })
    if (isFirst || isFinished(progress)) this.#flush()
    if (!viewing.isNextWarm && isNearEnd(progress)) {
      viewing.isNextWarm = true
      this.#warmNext(content)
    }
  }

  /** Keeps what was not kept yet. Idempotent. */
  close(): void {
    this.#flush()
    this.#save.dispose()
    this.#tell.dispose()
    for (const listening of this.#pieces) listening.dispose()
  }

  #flush(): void {
    this.#save.disarm()
    const { store, logger } = this.#options
    for (const position of this.#unsaved.values()) {
      try {
        store.saveWatch(position)
      } catch (error) {
        logger.warn('a position was not kept', { infoHash: position.infoHash, err: error })
      }
    }
    if (this.#unsaved.size === 0) return
    this.#unsaved.clear()
    if (this.#stirred.size === 0 && !this.#isStale) this.#tell.arm(CHANGED_MS)
    this.#isStale = true
  }

  #warmNext(content: ContentId): void {
    const { store, fetcher, logger } = this.#options
    try {
      const next = store.nextEpisode(parseContentId(content))
      if (next) fetcher.warm(next)
    } catch (error) {
      logger.warn('the next episode was not found', { content, err: error })
    }
  }

  /** Told only when a view would show something else: a position that moved on is none. */
  #tellChanges(): void {
    let hasChanged = false
    for (const infoHash of this.#stirred) if (this.#instant.update(infoHash)) hasChanged = true
    this.#stirred.clear()
    if (this.#isStale) {
      this.#isStale = false
      const continued = this.#nowContinued()
      hasChanged ||= continued !== this.#continued
      this.#continued = continued
    }
    if (hasChanged) this.#changed.emit()
  }

  #nowContinued(): string {
    try {
      return this.continueWatching()
        .map(({ content }) => content)
        .join()
    } catch (error) {
      this.#options.logger.warn('what is being watched was not found', { err: error })
      return this.#continued
    }
  }

  #forgetOldest(): void {
    if (this.#viewings.size <= MAX_VIEWINGS) return
    for (const oldest of this.#viewings.keys()) {
      this.#viewings.delete(oldest)
      break
    }
  }
}

function isFinished(progress: ReadProgress): boolean {
  const share = progress.positionBytes / progress.sizeBytes
  return share >= FINISHED_SHARE || (share >= CREDITS_SHARE && secondsLeft(progress) <= CREDITS_SECONDS)
}

const isNearEnd = (progress: ReadProgress): boolean =>
  progress.positionBytes / progress.sizeBytes >= NEXT_SHARE || secondsLeft(progress) <= NEXT_SECONDS

const secondsLeft = ({ positionBytes, sizeBytes, durationSeconds }: ReadProgress): number =>
  durationSeconds === null ? Number.POSITIVE_INFINITY : ((sizeBytes - positionBytes) / sizeBytes) * durationSeconds
