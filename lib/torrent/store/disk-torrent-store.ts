import type { Disposable } from '../../domain/disposable.ts'
import type { PieceWindow } from '../../domain/torrent.ts'
import type { DiskTorrent } from './disk-torrent.ts'
import type { TorrentStore } from './piece-store.ts'

/** What the store of all torrents does for one of them. */
export interface TorrentStoreHost {
  put(torrent: DiskTorrent, piece: number, bytes: Uint8Array): Promise<boolean>
  read(torrent: DiskTorrent, piece: number, offsetBytes: number, target: Uint8Array): Promise<number>
  setWindows(torrent: DiskTorrent, windows: readonly PieceWindow[]): void
  closeTorrent(torrent: DiskTorrent, store: DiskTorrentStore): Promise<void>
}

/** One torrent's view of the store. */
export class DiskTorrentStore implements TorrentStore {
  readonly #host: TorrentStoreHost
  readonly #torrent: DiskTorrent

  constructor(host: TorrentStoreHost, torrent: DiskTorrent) {
    this.#host = host
    this.#torrent = torrent
  }

  get bitfield(): Uint8Array {
    return this.#torrent.bitfield
  }

  get storedBytes(): number {
    return this.#torrent.storedBytes
  }

  has(piece: number): boolean {
    return this.#torrent.hasPiece(piece)
  }

  put(piece: number, bytes: Uint8Array): Promise<boolean> {
    return this.#host.put(this.#torrent, piece, bytes)
  }

  read(piece: number, offsetBytes: number, target: Uint8Array): Promise<number> {
    return this.#host.read(this.#torrent, piece, offsetBytes, target)
  }

  setKept(windows: readonly PieceWindow[]): void {
    this.#host.setWindows(this.#torrent, windows)
  }

  onDropped(listener: (piece: number) => void): Disposable {
    return this.#torrent.dropped.add(listener)
  }

  close(): Promise<void> {
    return this.#host.closeTorrent(this.#torrent, this)
  }
}
