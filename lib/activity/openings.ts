import { throwIfAborted, withTimeout } from '../domain/abort.ts'
import type { Clock } from '../domain/clock.ts'
import { AppError, isAppError, toAppError } from '../domain/errors.ts'
import type { TorrentCatalog } from '../domain/library.ts'
import type { Torrent, TorrentEngine } from '../domain/torrent.ts'
import type { Settling } from './settling.ts'
import type { Opening, TorrentEntry } from './torrent-entry.ts'

export interface OpeningsOptions {
  readonly engine: TorrentEngine
  readonly catalog: TorrentCatalog
  readonly clock: Clock
  readonly settling: Settling
  /** The longest that anyone waits, metadata included. */
  readonly openTimeoutMs: number
  /** Throws when the torrent may not be leased any more. */
  readonly assertUsable: (entry: TorrentEntry) => void
  readonly onFailed: (entry: TorrentEntry, failure: AppError, cause: unknown) => void
  /** It is open now, and nobody waits for it. */
  readonly onUnwanted: (entry: TorrentEntry, torrent: Torrent) => void
}

/** Torrents as they are opened: one opening for all that wait, which ends when the last of them leaves. */
export class Openings {
  readonly #options: OpeningsOptions

  constructor(options: OpeningsOptions) {
    this.#options = options
  }

  /** The entry's torrent, paused or online, by the one opening that all leases share. */
  async opened(entry: TorrentEntry, signal: AbortSignal): Promise<Torrent> {
    const { clock, openTimeoutMs, assertUsable, onFailed } = this.#options
    entry.opening ??= this.#open(entry)
    const opening = entry.opening
    opening.waiters++
    try {
      const torrent = await withTimeout(
        clock,
        openTimeoutMs,
        'the torrent did not open in time',
        () => opening.promise,
        signal,
      )
      throwIfAborted(signal)
      assertUsable(entry)
      return torrent
    } catch (error) {
      if (opening.waiters === 1) this.#abandon(entry, opening)
      throwIfAborted(signal)
      assertUsable(entry)
      if (isAppError(error, 'timeout') && entry.leases === 0) onFailed(entry, error, error)
      throw error
    } finally {
      opening.waiters--
    }
  }

  /** Whoever waits for it gets the reason. */
  end(entry: TorrentEntry, reason: AppError): void {
    const opening = entry.opening
    if (!opening) return
    entry.opening = undefined
    opening.controller.abort(reason)
    const ended = opening.promise.then(
      () => {},
      () => {},
    )
    this.#options.settling.run(entry.infoHash, () => ended).catch(() => {})
  }

  #open(entry: TorrentEntry): Opening {
    const controller = new AbortController()
    return { controller, waiters: 0, promise: this.#openTorrent(entry, controller.signal) }
  }

  async #openTorrent(entry: TorrentEntry, signal: AbortSignal): Promise<Torrent> {
    const { engine, catalog, settling, onFailed, onUnwanted } = this.#options
    const { infoHash } = entry
    // Awaited even when there is nothing to wait for: what follows must not run before `entry.opening` is set.
    await settling.ended(infoHash)
    try {
      throwIfAborted(signal)
      const source = catalog.source(infoHash)
      if (!source) throw new AppError('not_found', `no torrent ${infoHash}`)
      const torrent = await engine.open(source, signal)
      entry.torrent = torrent
      entry.failure = undefined
      if (signal.aborted && !entry.isRemoved) onUnwanted(entry, torrent)
      throwIfAborted(signal)
      return torrent
    } catch (error) {
      const failure = toAppError(error)
      if (!signal.aborted) onFailed(entry, failure, error)
      throw failure
    } finally {
      if (entry.opening?.controller.signal === signal) entry.opening = undefined
    }
  }

  /** The last that waited for this opening left: it ends, or what it opened goes off the network. */
  #abandon(entry: TorrentEntry, opening: Opening): void {
    if (entry.opening === opening) this.end(entry, new AppError('aborted', 'nobody waits for the torrent'))
    else if (entry.leases === 0 && entry.torrent && !entry.isRemoved) this.#options.onUnwanted(entry, entry.torrent)
  }
}
