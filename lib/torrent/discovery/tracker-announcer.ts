import { withTimeout } from '../../domain/abort.ts'
import type { Clock, Timer } from '../../domain/clock.ts'
import type { Logger } from '../../domain/logger.ts'
import { announceHttp } from './tracker-http.ts'
import type { TrackerRequest, TrackerResponse } from './tracker-protocol.ts'
import { announceUdp } from './tracker-udp.ts'

const ANNOUNCE_TIMEOUT_MS = 30_000
const STOPPED_TIMEOUT_MS = 3000
const DEFAULT_INTERVAL_MS = 30 * 60_000
const LEAST_INTERVAL_MS = 60_000
/** Asked for peers while it knows none: sooner, at growing gaps, unless the tracker says how often it may be asked. */
const FIRST_WANTED_MS = 10_000
const MOST_INTERVAL_MS = 6 * 3_600_000
const FIRST_RETRY_MS = 15_000
const MOST_RETRY_MS = 30 * 60_000
const PEERS_WANTED = 100

export interface TrackerAnnouncerOptions {
  /** HTTP, HTTPS or UDP. */
  readonly url: string
  readonly userAgent: string
  readonly clock: Clock
  readonly logger: Logger
  /** The request but for its event and the number of peers. */
  request(): Omit<TrackerRequest, 'event' | 'peersWanted' | 'trackerId'>
  onPeers(addresses: readonly string[]): void
}

export const isTrackerUrl = (url: string): boolean => {
  if (!URL.canParse(url)) return false
  const { protocol, hostname, port } = new URL(url)
  if (protocol === 'udp:') return hostname !== '' && Number(port) > 0
  return protocol === 'http:' || protocol === 'https:'
}

/**
 * One swarm at one tracker: `started` at once, then at the tracker's interval (never more often than once a minute),
 * after a failure at growing intervals, `stopped` at the end.
 */
export class TrackerAnnouncer {
  readonly #options: TrackerAnnouncerOptions
  readonly #timer: Timer
  #running: AbortController | undefined
  #isKnownThere = false
  #hasLeft = false
  #failures = 0
  #lastMs = 0
  #dueMs = 0
  #toldMinIntervalMs = 0
  #timesWanted = 0
  #trackerId: Uint8Array | undefined

  constructor(options: TrackerAnnouncerOptions) {
    this.#options = options
    this.#timer = options.clock.timer(() => void this.#announce())
    void this.#announce()
  }

  get url(): string {
    return this.#options.url
  }

  /** Announces before its turn, the gaps growing to a minute; never sooner than the tracker's `min interval`. */
  wantPeers(): void {
    if (this.#running || this.#hasLeft) return
    const gapMs = Math.min(LEAST_INTERVAL_MS, FIRST_WANTED_MS * 2 ** this.#timesWanted)
    const earliestMs = this.#lastMs + Math.max(this.#toldMinIntervalMs, gapMs)
    if (earliestMs >= this.#dueMs) return
    this.#timesWanted++
    this.#armFor(earliestMs)
  }

  /** Says `stopped` when the tracker may know of us. Resolves when it heard it or did not in some seconds. Never rejects. */
  async leave(): Promise<void> {
    if (this.#hasLeft) return
    this.#hasLeft = true
    this.#timer.dispose()
    const mayBeKnown = this.#isKnownThere || this.#running !== undefined
    this.#running?.abort(new Error('left the swarm'))
    if (!mayBeKnown) return
    await this.#send(STOPPED_TIMEOUT_MS, 'stopped').catch((error: unknown) => this.#logFailure(error))
  }

  async #announce(): Promise<void> {
    if (this.#running || this.#hasLeft) return
    const controller = new AbortController()
    this.#running = controller
    this.#lastMs = this.#options.clock.monotonicMs()
    try {
      const event = this.#isKnownThere ? undefined : 'started'
      const response = await this.#send(ANNOUNCE_TIMEOUT_MS, event, controller.signal)
      if (this.#hasLeft) return
      this.#isKnownThere = true
      this.#failures = 0
      this.#trackerId = response.trackerId ?? this.#trackerId
      this.#toldMinIntervalMs = Math.min(MOST_INTERVAL_MS, response.minIntervalMs ?? 0)
      const intervalMs = response.intervalMs ?? response.minIntervalMs ?? DEFAULT_INTERVAL_MS
      const leastMs = Math.max(LEAST_INTERVAL_MS, this.#toldMinIntervalMs)
      this.#armFor(this.#lastMs + Math.min(MOST_INTERVAL_MS, Math.max(leastMs, intervalMs)))
      this.#options.onPeers(response.peers)
    } catch (error) {
      if (this.#hasLeft) return
      this.#logFailure(error)
      const retryMs = Math.min(MOST_RETRY_MS, FIRST_RETRY_MS * 2 ** this.#failures++)
      this.#armFor(this.#options.clock.monotonicMs() + retryMs)
    } finally {
      this.#running = undefined
    }
  }

  #armFor(dueMs: number): void {
    this.#dueMs = dueMs
    this.#timer.arm(Math.max(0, dueMs - this.#options.clock.monotonicMs()))
  }

  async #send(
    timeoutMs: number,
    event: 'started' | 'stopped' | undefined,
    leaving?: AbortSignal,
  ): Promise<TrackerResponse> {
    const { url, userAgent, clock } = this.#options
    const request: TrackerRequest = {
      ...this.#options.request(),
      ...(event ? { event } : {}),
      ...(this.#trackerId ? { trackerId: this.#trackerId } : {}),
      peersWanted: event === 'stopped' ? 0 : PEERS_WANTED,
    }
    return await withTimeout(
      clock,
      timeoutMs,
      'the tracker did not answer in time',
      (signal) =>
        new URL(url).protocol === 'udp:'
          ? announceUdp(url, request, clock, signal)
          : announceHttp(url, request, userAgent, signal),
      leaving,
    )
  }

  /** Without the path, where private trackers carry a person's pass key. */
  #logFailure(error: unknown): void {
    this.#options.logger.debug('a tracker failed', { tracker: new URL(this.#options.url).host, err: error })
  }
}
