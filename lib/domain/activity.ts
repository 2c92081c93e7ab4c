import type { InfoHash } from './ids.ts'
import type { Torrent } from './torrent.ts'

/** Keeps its torrent open until `release`, and online from `wake` on. */
export interface TorrentLease {
  readonly torrent: Torrent
  /** Aborts with `unavailable` when a person pauses the torrent, it leaves the library, or the service closes. */
  readonly ended: AbortSignal
  /** Brings the torrent onto the network. Idempotent; does nothing once `ended` or released. */
  wake(): void
  /** Idempotent. The last release of those that woke arms the torrent's idle timer. */
  release(): void
  /** As `release`, for work that nobody watches: it leaves no idle time, only what is left of a viewer's. */
  rest(): void
}

/** What a person sees of a torrent. `paused` is a person's pause; `idle` is off the network until read. */
export type TorrentState = 'active' | 'idle' | 'paused' | 'error'

export interface Activity {
  /**
   * The open torrent, online. Wakes it when idle. Fails with `not_found` for a torrent the library does not hold,
   * `unavailable` when a person paused it, or the signal's reason.
   */
  lease(infoHash: InfoHash, signal: AbortSignal): Promise<TorrentLease>
  /** As `lease`, but an idle torrent stays off the network until the lease's `wake`: what is stored can be read. */
  hold(infoHash: InfoHash, signal: AbortSignal): Promise<TorrentLease>
  state(infoHash: InfoHash): TorrentState
  /** How many are in each state, of those the library holds. */
  counts(): Readonly<Record<TorrentState, number>>
  /** A person's pause: off the network at once, readers get `unavailable`, holds until `unpause`, over restarts too. */
  pause(infoHash: InfoHash): Promise<void>
  unpause(infoHash: InfoHash): Promise<void>
  /** Withdraws a torrent that left the library; `deleteData` removes its pieces. */
  remove(infoHash: InfoHash, deleteData: boolean): Promise<void>
}
