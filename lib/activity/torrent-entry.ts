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
  /** Leases not yet released. */
  leases = 0
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

export class Lease implements TorrentLease {
  readonly torrent: Torrent
  readonly ended: AbortSignal
  #onReleased: (() => void) | undefined

  constructor(torrent: Torrent, ended: AbortSignal, onReleased: () => void) {
    this.torrent = torrent
    this.ended = ended
    this.#onReleased = onReleased
  }

  release(): void {
    const onReleased = this.#onReleased
    this.#onReleased = undefined
    onReleased?.()
  }
}
