import type { InfoHash } from '../domain/ids.ts'
import type { Logger } from '../domain/logger.ts'
import type { TorrentEngine } from '../domain/torrent.ts'
import type { Settling } from './settling.ts'
import type { TorrentEntry } from './torrent-entry.ts'

export interface IdleOpenOptions {
  readonly engine: TorrentEngine
  readonly settling: Settling
  readonly logger: Logger
  /** The longest idle beyond so many are dropped from memory. */
  readonly max: number
}

/** Torrents that are open and off the network, for a wake-up without disk reads. */
export class IdleOpen {
  readonly #options: IdleOpenOptions
  /** The longest idle first. */
  readonly #entries = new Map<InfoHash, TorrentEntry>()

  constructor(options: IdleOpenOptions) {
    this.#options = options
  }

  add(entry: TorrentEntry): void {
    this.#entries.set(entry.infoHash, entry)
    if (this.#entries.size <= this.#options.max) return
    for (const oldest of this.#entries.values()) {
      this.#drop(oldest)
      break
    }
  }

  delete(infoHash: InfoHash): void {
    this.#entries.delete(infoHash)
  }

  #drop(entry: TorrentEntry): void {
    const { engine, settling, logger } = this.#options
    const { infoHash } = entry
    this.#entries.delete(infoHash)
    entry.torrent = undefined
    settling
      .run(infoHash, () => engine.remove(infoHash, false))
      .catch((error: unknown) => logger.warn('an idle torrent did not close', { infoHash, err: error }))
  }
}
