import type { Clock } from '../../domain/clock.ts'
import type { PeerSession } from '../wire/peer-session.ts'
import type { SwarmContent } from './swarm-options.ts'

/** Whoever woke a torrent, or added it, is about to say what it wants of it. */
const JUST_STARTED_MS = 10_000

/**
 * Which peers hear that we want pieces, and when. Of a torrent that was just woken all do, so that they have unchoked us
 * by the first read.
 */
export class SwarmInterest {
  readonly #clock: Clock
  #startedMs = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** The torrent came onto the network, or its metadata to it. */
  begin(): void {
    this.#startedMs = this.#clock.monotonicMs()
  }

  /** The peer has pieces. */
  showTo(session: PeerSession, content: SwarmContent): void {
    if (session.hasAnyPiece && this.#isIn(content)) session.showInterest()
  }

  /** Something is wanted, or about to be. */
  #isIn({ scheduler, store, torrent }: SwarmContent): boolean {
    if (scheduler.wantsAnything) return true
    const isYoung = this.#clock.monotonicMs() - this.#startedMs < JUST_STARTED_MS
    return isYoung && store.storedBytes < torrent.info.layout.totalBytes
  }
}
