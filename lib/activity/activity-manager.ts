import { throwIfAborted } from '../domain/abort.ts'
import type { Activity, TorrentLease, TorrentState } from '../domain/activity.ts'
import type { Clock } from '../domain/clock.ts'
import { AppError } from '../domain/errors.ts'
import type { InfoHash } from '../domain/ids.ts'
import type { TorrentCatalog } from '../domain/library.ts'
import type { Logger } from '../domain/logger.ts'
import type { Metrics } from '../domain/metrics.ts'
import type { Torrent, TorrentEngine } from '../domain/torrent.ts'
import { IdleOpen } from './idle-open.ts'
import { JustAdded } from './just-added.ts'
import { Openings } from './openings.ts'
import { Settling } from './settling.ts'
import { StartQueue } from './start-queue.ts'
import { Lease, newEnded, TorrentEntry } from './torrent-entry.ts'

export interface ActivityOptions {
  readonly engine: TorrentEngine
  readonly catalog: TorrentCatalog
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: Metrics
  /** From the last release until the torrent leaves the network. */
  readonly idleTimeoutMs: number
  /** START_PAUSED: false wakes every torrent that no person paused, at the start and when added. */
  readonly startPaused: boolean
  /**
   * How long a torrent that was just added is on the network unread, so that who plays it finds its peers connected; not
   * with an import's many. 0, the default, is not at all.
   */
  readonly addedOnlineMs?: number
  /** The longest that a lease waits for its torrent to open, metadata included. Default a minute. */
  readonly openTimeoutMs?: number
  /** Idle torrents kept open in memory, for a wake-up without disk reads; the longest idle are dropped. Default 100. */
  readonly maxIdleOpen?: number
}

const DEFAULT_MAX_IDLE_OPEN = 100
const DEFAULT_OPEN_TIMEOUT_MS = 60_000

/**
 * Who is online. A lease wakes its torrent; the last release arms the torrent's own timer, which takes it off the
 * network. Marking a torrent active costs the same whatever the number of torrents: there is no scan and no tick.
 */
export class ActivityManager implements Activity {
  readonly #options: ActivityOptions
  readonly #entries = new Map<InfoHash, TorrentEntry>()
  readonly #counts: Record<TorrentState, number> = { active: 0, idle: 0, paused: 0, error: 0 }
  readonly #idleOpen: IdleOpen
  readonly #justAdded: JustAdded
  /** Removals and given-up openings; a torrent's next opening waits for them. */
  readonly #settling = new Settling()
  /** Torrents that go online without being read: they go idle again as after a lease. */
  readonly #starting = new StartQueue((infoHash) => this.#wakeForNow(infoHash))
  readonly #openings: Openings
  readonly #closing = new AbortController()

  constructor(options: ActivityOptions) {
    const { engine, clock, logger, maxIdleOpen: max = DEFAULT_MAX_IDLE_OPEN } = options
    this.#options = options
    this.#idleOpen = new IdleOpen({ engine, logger, settling: this.#settling, max })
    this.#justAdded = new JustAdded(clock, options.addedOnlineMs ?? 0)
    this.#openings = new Openings({
      engine,
      catalog: options.catalog,
      clock,
      settling: this.#settling,
      openTimeoutMs: options.openTimeoutMs ?? DEFAULT_OPEN_TIMEOUT_MS,
      assertUsable: (entry) => this.#assertUsable(entry),
      onFailed: (entry, failure, cause) => this.#fail(entry, failure, cause),
      onUnwanted: (entry, torrent) => this.#keepOpen(entry, torrent),
    })
    options.metrics.gauge('torrents_active', () => this.#counts.active)
    options.metrics.gauge('torrents_idle', () => this.#counts.idle)
    options.metrics.gauge('torrents_paused', () => this.#counts.paused)
  }

  /** Takes over the library's torrents. With `startPaused` false it wakes them in the background, a few at a time. */
  start(): void {
    for (const { infoHash, isPaused } of this.#options.catalog.states()) {
      if (this.#entries.has(infoHash)) continue
      this.#enter(infoHash, isPaused ? 'paused' : 'idle')
      if (!isPaused && !this.#options.startPaused) this.#starting.add(infoHash)
    }
  }

  /** A torrent came into the library. One that is online since its metadata was fetched is brought in line with the settings. */
  added(infoHash: InfoHash): void {
    if (this.#closing.signal.aborted || this.#entries.has(infoHash)) return
    const entry = this.#enter(infoHash, 'idle')
    // One that is still being removed is not taken over: the next lease opens it anew.
    const torrent = this.#settling.has(infoHash) ? undefined : this.#options.engine.get(infoHash)
    if (!this.#options.startPaused || this.#justAdded.take()) {
      entry.torrent = torrent
      this.#starting.add(infoHash)
    } else if (torrent) this.#keepOpen(entry, torrent)
  }

  /** As the port says; `timeout` when the torrent did not open in time; else what its opening failed with. */
  async lease(infoHash: InfoHash, signal: AbortSignal): Promise<TorrentLease> {
    return await this.#obtain(infoHash, true, signal)
  }

  /** Fails as `lease` does. */
  async hold(infoHash: InfoHash, signal: AbortSignal): Promise<TorrentLease> {
    return await this.#obtain(infoHash, false, signal)
  }

  /** `idle` for a torrent that the library does not hold. */
  state(infoHash: InfoHash): TorrentState {
    return this.#entries.get(infoHash)?.state ?? 'idle'
  }

  /** Why a torrent is in state `error`. */
  failure(infoHash: InfoHash): AppError | undefined {
    return this.#entries.get(infoHash)?.failure
  }

  counts(): Readonly<Record<TorrentState, number>> {
    return { ...this.#counts }
  }

  /** Fails with `not_found` for a torrent the library does not hold, as does `unpause`. */
  async pause(infoHash: InfoHash): Promise<void> {
    const entry = this.#entries.get(infoHash) ?? this.#discover(infoHash)
    this.#options.catalog.setPaused(infoHash, true)
    this.#setState(entry, 'paused')
    this.#end(entry, new AppError('unavailable', 'the torrent is paused'))
    if (entry.torrent) this.#keepOpen(entry, entry.torrent)
    await this.#settling.ended(infoHash)
  }

  async unpause(infoHash: InfoHash): Promise<void> {
    const entry = this.#entries.get(infoHash) ?? this.#discover(infoHash)
    this.#options.catalog.setPaused(infoHash, false)
    if (entry.state !== 'paused') return
    this.#setState(entry, 'idle')
    if (!this.#options.startPaused) this.#starting.add(infoHash)
  }

  /** Ends the leases with `unavailable`. Does nothing for a torrent that is not there. */
  async remove(infoHash: InfoHash, deleteData: boolean): Promise<void> {
    const entry = this.#entries.get(infoHash)
    if (entry) {
      entry.isRemoved = true
      this.#entries.delete(infoHash)
      this.#idleOpen.delete(infoHash)
      this.#counts[entry.state]--
      this.#end(entry, new AppError('unavailable', 'the torrent was removed'))
    }
    await this.#settling.run(infoHash, () => this.#options.engine.remove(infoHash, deleteData))
  }

  /** Ends every lease with `unavailable`, every timer and every opening. The engine closes the torrents. Idempotent. */
  async close(): Promise<void> {
    if (!this.#closing.signal.aborted) {
      const reason = new AppError('unavailable', 'the service is closing')
      this.#closing.abort(reason)
      for (const entry of this.#entries.values()) this.#end(entry, reason)
    }
    await this.#starting.close()
    await this.#settling.allEnded()
  }

  #discover(infoHash: InfoHash): TorrentEntry {
    if (!this.#options.catalog.source(infoHash)) throw new AppError('not_found', `no torrent ${infoHash}`)
    return this.#enter(infoHash, 'idle')
  }

  #enter(infoHash: InfoHash, state: TorrentState): TorrentEntry {
    const entry = new TorrentEntry(infoHash)
    entry.state = state
    this.#counts[state]++
    this.#entries.set(infoHash, entry)
    return entry
  }

  #setState(entry: TorrentEntry, state: TorrentState): void {
    if (entry.isRemoved) return
    this.#counts[entry.state]--
    entry.state = state
    this.#counts[state]++
  }

  #assertUsable(entry: TorrentEntry): void {
    throwIfAborted(this.#closing.signal)
    if (entry.isRemoved) throw new AppError('unavailable', 'the torrent was removed')
    if (entry.state === 'paused') throw new AppError('unavailable', 'the torrent is paused')
  }

  async #obtain(infoHash: InfoHash, isAwake: boolean, signal: AbortSignal): Promise<TorrentLease> {
    throwIfAborted(signal)
    throwIfAborted(this.#closing.signal)
    const entry = this.#entries.get(infoHash) ?? this.#discover(infoHash)
    this.#assertUsable(entry)
    const startedMs = this.#options.clock.monotonicMs()
    const torrent = entry.torrent ?? (await this.#openings.opened(entry, signal))
    const lease = this.#grant(entry, torrent, isAwake ? startedMs : undefined)
    // One whose metadata had to be asked of the swarm is online already.
    if (isAwake || (torrent.isOnline && entry.state !== 'active')) lease.wake()
    return lease
  }

  #grant(entry: TorrentEntry, torrent: Torrent, startedMs: number | undefined): TorrentLease {
    this.#idleOpen.delete(entry.infoHash)
    entry.leases++
    entry.ended ??= newEnded()
    if (entry.state === 'error') this.#setState(entry, 'idle')
    return new Lease(torrent, entry.ended.signal, {
      onWake: () => this.#wake(entry, torrent, startedMs ?? this.#options.clock.monotonicMs()),
      onReleased: (wasAwake, lingers) => this.#release(entry, wasAwake, lingers),
    })
  }

  #wake(entry: TorrentEntry, torrent: Torrent, startedMs: number): void {
    const { clock, metrics } = this.#options
    entry.awake++
    entry.idleTimer?.disarm()
    torrent.resume()
    if (entry.state === 'active') return
    this.#setState(entry, 'active')
    metrics.add('torrent_wakes_total')
    metrics.observe('torrent_wake_seconds', (clock.monotonicMs() - startedMs) / 1000)
  }

  #release(entry: TorrentEntry, wasAwake: boolean, lingers: boolean): void {
    const { clock, idleTimeoutMs } = this.#options
    entry.leases--
    if (wasAwake) entry.awake--
    if (entry.isRemoved || this.#closing.signal.aborted) return
    if (entry.state !== 'active') {
      if (entry.leases === 0 && entry.torrent) this.#keepOpen(entry, entry.torrent)
      return
    }
    const nowMs = clock.monotonicMs()
    if (wasAwake && lingers) entry.lingerUntilMs = nowMs + idleTimeoutMs
    if (!wasAwake || entry.awake > 0) return
    if (entry.lingerUntilMs <= nowMs) {
      this.#onIdle(entry)
      return
    }
    entry.idleTimer ??= clock.timer(() => this.#onIdle(entry))
    entry.idleTimer.arm(entry.lingerUntilMs - nowMs)
  }

  /** Off the network. Whoever only reads what is stored goes on. */
  #onIdle(entry: TorrentEntry): void {
    entry.idleTimer?.dispose()
    entry.idleTimer = undefined
    this.#setState(entry, 'idle')
    if (entry.leases > 0) {
      entry.torrent?.pause()
      return
    }
    entry.ended = undefined
    if (entry.torrent) this.#keepOpen(entry, entry.torrent)
  }

  /** Off the network but open, unless too many are: then the longest idle is dropped from memory. */
  #keepOpen(entry: TorrentEntry, torrent: Torrent): void {
    torrent.pause()
    entry.torrent = torrent
    if (entry.leases > 0 && entry.state !== 'paused') return
    this.#idleOpen.add(entry)
  }

  /** Kept until the next lease, which tries again. */
  #fail(entry: TorrentEntry, failure: AppError, cause: unknown): void {
    entry.failure = failure
    this.#setState(entry, 'error')
    this.#options.logger.warn('the torrent could not be opened', { infoHash: entry.infoHash, err: cause })
  }

  /** Leases, timer and opening of a torrent; its pieces and its place in memory stay. */
  #end(entry: TorrentEntry, reason: AppError): void {
    entry.idleTimer?.dispose()
    entry.idleTimer = undefined
    this.#openings.end(entry, reason)
    const ended = entry.ended
    entry.ended = undefined
    ended?.abort(reason)
  }

  async #wakeForNow(infoHash: InfoHash): Promise<void> {
    const { clock, startPaused } = this.#options
    try {
      const lease = await this.lease(infoHash, this.#closing.signal)
      const entry = this.#entries.get(infoHash)
      if (startPaused && entry) entry.lingerUntilMs = clock.monotonicMs() + this.#justAdded.onlineMs
      if (startPaused) lease.rest()
      else lease.release()
    } catch (error) {
      this.#options.logger.debug('not woken in the background', { infoHash, err: error })
    }
  }
}
