import { opendir } from 'node:fs/promises'
import { infoHash } from '../../domain/ids.ts'
import type { Logger } from '../../domain/logger.ts'
import { type IndexEntry, writeIndex } from './disk-index.ts'
import type { DiskPieces } from './disk-pieces.ts'
import type { DiskTorrent } from './disk-torrent.ts'
import type { DiskTorrents } from './disk-torrents.ts'

export interface DiskMapsOptions {
  readonly directory: string
  readonly torrents: DiskTorrents
  readonly pieces: DiskPieces
  readonly logger: Logger
  /** The newest stamp given. */
  lastStamp(): number
}

/** What the store writes down of itself: a have-map for each torrent, and one index of them all. Nothing here rejects. */
export class DiskMaps {
  readonly #options: DiskMapsOptions
  #isClosed = false

  constructor(options: DiskMapsOptions) {
    this.#options = options
  }

  /** The maps of torrents that changed, and the index. */
  async writeChanged(): Promise<void> {
    for (const torrent of this.#options.torrents.all) if (torrent.isChanged) await this.write(torrent)
    await this.writeIndex(false)
  }

  async write(torrent: DiskTorrent): Promise<void> {
    if (torrent.storedBytes === 0 || torrent.unlisted) return
    try {
      await torrent.writeMap()
    } catch (error) {
      this.#options.logger.warn('a have-map cannot be written', { infoHash: torrent.infoHash, err: error })
    }
  }

  async writeIndex(isClean: boolean): Promise<void> {
    const { directory, torrents, logger, lastStamp } = this.#options
    const entries = [...torrents.all]
      .filter((torrent) => torrent.storedBytes > 0)
      .map((torrent): [DiskTorrent['infoHash'], IndexEntry] => {
        const { storedBytes, oldestUse, layout, bitfield } = torrent
        return [torrent.infoHash, { storedBytes, oldestUse, have: layout && { layout, bitfield } }]
      })
    try {
      await writeIndex(directory, { isClean, lastStamp: lastStamp(), torrents: new Map(entries) })
    } catch (error) {
      logger.warn('the index of the piece cache cannot be written', { err: error })
    }
  }

  /** After an unclean stop: lists every torrent's directory, one after another, and so corrects what the index said. */
  async recount(): Promise<void> {
    const { directory, torrents, pieces, logger } = this.#options
    try {
      for await (const entry of await opendir(directory)) {
        if (this.#isClosed) return
        if (!entry.isDirectory() || !/^[0-9a-f]{40}$/.test(entry.name)) continue
        await pieces.list(torrents.getOrAdd(infoHash(entry.name)))
      }
      for (const torrent of [...torrents.all]) await pieces.list(torrent)
      await pieces.makeRoom(0)
    } catch (error) {
      logger.error('the piece cache cannot be counted', { err: error })
    }
  }

  /** A recount under way ends soon. */
  close(): void {
    this.#isClosed = true
  }
}
