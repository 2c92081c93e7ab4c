import type { InfoHash } from '../../domain/ids.ts'
import type { DiskIndex } from './disk-index.ts'
import type { DiskPieces } from './disk-pieces.ts'
import { DiskTorrent } from './disk-torrent.ts'

/** Every torrent that has pieces stored, or pins, or is open. */
export class DiskTorrents {
  readonly #directory: string
  readonly #pieces: DiskPieces
  readonly #torrents = new Map<InfoHash, DiskTorrent>()

  constructor(directory: string, pieces: DiskPieces, index: DiskIndex | undefined) {
    this.#directory = directory
    this.#pieces = pieces
    for (const [hash, entry] of index?.torrents ?? []) {
      const torrent = new DiskTorrent(directory, hash)
      this.#torrents.set(hash, torrent)
      pieces.addUnlisted(torrent, entry)
    }
  }

  get all(): Iterable<DiskTorrent> {
    return this.#torrents.values()
  }

  get(hash: InfoHash): DiskTorrent | undefined {
    return this.#torrents.get(hash)
  }

  getOrAdd(hash: InfoHash): DiskTorrent {
    const known = this.#torrents.get(hash)
    if (known) return known
    const torrent = new DiskTorrent(this.#directory, hash)
    this.#torrents.set(hash, torrent)
    this.#pieces.addUnlisted(torrent, { storedBytes: 0, oldestUse: 0, have: undefined })
    return torrent
  }

  delete(hash: InfoHash): void {
    this.#torrents.delete(hash)
  }
}
