import { setMaxListeners } from 'node:events'
import type { TorrentLease, TorrentState } from '../domain/activity.ts'
import type { Timer } from '../domain/clock.ts'
import type { AppError } from '../domain/errors.ts'
import type { InfoHash } from '../domain/ids.ts'
import type { Torrent } from '../domain/torrent.ts'

/** An opening that several leases wait for; nobody waiting ends it. */
export interface Opening {
  readonly promise: Promise<Torrent>
  readonly controller: AbortController
  waiters: number
}

/**
 * One torrent of the library, as Activity sees it. An idle one is this object and nothing else: no timer, no listener.
 *
 * idle → active (a lease, by an opening) → idle (the idle timer, after the last release)
 * idle → error (the opening failed) → active (the next lease)
 * any → paused (a person) → idle (a person)
 */
export class TorrentEntry {
  readonly infoHash: InfoHash
  state: TorrentState = 'idle'
  /** Open in the engine; undefined until the first lease, and again once dropped from memory. */
  torrent: Torrent | undefined
  opening: Opening | undefined
  /** Leases not yet released, and those of them that woke it. */
  leases = 0
  awake = 0
  /** Until when, monotonic, a viewer who left may come back, or who added it may play it. */
  lingerUntilMs = 0
  /** Exists while active. */
  idleTimer: Timer | undefined
  /** Of the present leases; made with the first of them. */
  ended: AbortController | undefined
  /** Why the last opening failed. */
  failure: AppError | undefined
  isRemoved = false

  constructor(infoHash: InfoHash) {
    this.infoHash = infoHash
  }
}

/** What a lease tells of itself. */
export interface LeaseEvents {
  onWake(): void
  /** `lingers`: a viewer left. */
  onReleased(wasAwake: boolean, lingers: boolean): void
}

export class Lease implements TorrentLease {
  readonly torrent: Torrent
  readonly ended: AbortSignal
  #events: LeaseEvents | undefined
  #isAwake = false

  constructor(torrent: Torrent, ended: AbortSignal, events: LeaseEvents) {
    this.torrent = torrent
    this.ended = ended
    this.#events = events
  }

  wake(): void {
    if (this.#isAwake || !this.#events || this.ended.aborted) return
    this.#isAwake = true
    this.#events.onWake()
  }

  release(): void {
    this.#end(true)
  }

  rest(): void {
    this.#end(false)
  }

  #end(lingers: boolean): void {
    const events = this.#events
    this.#events = undefined
    events?.onReleased(this.#isAwake, lingers)
  }
}

/** Every reader of a torrent listens, and there may be many: not a leak. */
export function newEnded(): AbortController {
  const ended = new AbortController()
  setMaxListeners(0, ended.signal)
  return ended
}
