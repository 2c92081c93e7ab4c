import { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import type { Clock, Timer } from '../../domain/clock.ts'
import { AppError } from '../../domain/errors.ts'
import type { Logger } from '../../domain/logger.ts'
import type { TorrentInfo } from '../../domain/torrent.ts'
import type { BlockPeer } from '../schedule/block-peer.ts'
import type { Scheduler } from '../schedule/scheduler.ts'
import { WebSeed } from './web-seed.ts'

const FIRST_RETRY_MS = 5000
const MOST_RETRY_MS = 10 * 60_000

export interface WebSeedsOptions {
  /** Each checked by `isWebSeedUrl`. */
  readonly urls: readonly string[]
  readonly info: TorrentInfo
  readonly scheduler: Scheduler
  readonly clock: Clock
  readonly logger: Logger
  onReceived(bytes: number): void
}

interface Entry {
  readonly seed: WebSeed
  readonly timer: Timer
  failures: number
}

/** The web seeds of one torrent while it is online. They connect when something is asked of them. */
export class WebSeeds {
  readonly #options: WebSeedsOptions
  readonly #httpAgent = new HttpAgent({ keepAlive: true })
  readonly #httpsAgent = new HttpsAgent({ keepAlive: true })
  readonly #entries = new Map<BlockPeer, Entry>()

  constructor(options: WebSeedsOptions) {
    this.#options = options
    const { info, clock, scheduler } = options
    for (const url of options.urls) {
      const seed = new WebSeed({
        url,
        info,
        clock,
        httpAgent: this.#httpAgent,
        httpsAgent: this.#httpsAgent,
        onBlock: (from, piece, offsetBytes, data) => {
          options.onReceived(data.length)
          scheduler.onBlock(from, piece, offsetBytes, data)
          const entry = this.#entries.get(from)
          if (entry) entry.failures = 0
        },
        onProgress: (from) => scheduler.onChunkEnd(from),
        onFailed: (from, error) => this.#onFailed(from, error),
      })
      this.#entries.set(seed, { seed, timer: clock.timer(() => this.#admit(seed)), failures: 0 })
      this.#admit(seed)
    }
  }

  /** Answers nothing of what it was asked. */
  drop(peer: BlockPeer): void {
    if (this.#entries.has(peer)) this.#onFailed(peer, new AppError('unavailable', 'silent'))
  }

  /** Sent bad data: never again while the torrent is online. */
  ban(address: string): void {
    for (const { seed } of this.#entries.values()) if (seed.address === address) this.#giveUp(seed)
  }

  /** Idempotent. */
  close(): void {
    for (const { seed } of [...this.#entries.values()]) this.#giveUp(seed)
    this.#httpAgent.destroy()
    this.#httpsAgent.destroy()
  }

  #admit(seed: WebSeed): void {
    const { scheduler } = this.#options
    scheduler.addPeer(seed)
    scheduler.onBitfield(seed)
    scheduler.onUnchoke(seed)
  }

  #onFailed(peer: BlockPeer, error: unknown): void {
    const entry = this.#entries.get(peer)
    if (!entry) return
    const { seed, timer } = entry
    this.#options.logger.debug('a web seed failed', { webSeed: new URL(seed.address).host, err: error })
    if (error instanceof AppError && error.code === 'invalid') {
      this.#giveUp(seed)
      return
    }
    seed.stop()
    this.#options.scheduler.removePeer(seed)
    timer.arm(Math.min(MOST_RETRY_MS, FIRST_RETRY_MS * 2 ** entry.failures++))
  }

  #giveUp(seed: WebSeed): void {
    this.#entries.get(seed)?.timer.dispose()
    this.#entries.delete(seed)
    seed.stop()
    this.#options.scheduler.removePeer(seed)
  }
}
