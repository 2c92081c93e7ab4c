import type { PieceWindow } from '../../domain/torrent.ts'
import type { BlockPeer } from './block-peer.ts'
import type { PieceDemand } from './piece-demand.ts'
import type { RunningHash } from './running-hash.ts'

/** What the scheduler needs to know, and whom it tells. */
export interface SchedulerHost extends PieceDemand {
  /**
   * Every block is there; `bytes` is the host's now, and `hash` is as far as it came with them. It answers with `verified`,
   * `failed` or, for its part of the memory, `settled`.
   */
  onComplete(piece: number, bytes: Uint8Array, hash: RunningHash, sources: readonly (BlockPeer | undefined)[]): void
  /** Received bytes that are of no use. */
  onWaste(bytes: number): void
  /** A peer that left its requests unanswered for a long time. */
  onUnresponsive(peer: BlockPeer): void
  /** After the plan took in what changed in this tick. */
  onPlanned(windows: readonly PieceWindow[]): void
}
