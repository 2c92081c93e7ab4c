import { Listeners } from '../../lib/domain/disposable.ts'
import { AppError } from '../../lib/domain/errors.ts'
import type { InfoHash } from '../../lib/domain/ids.ts'
import type { PieceRange } from '../../lib/domain/piece-layout.ts'
import type { PieceWindow, ScrubProgress, StoredPiece, TorrentInfo } from '../../lib/domain/torrent.ts'
import type { PieceStore, TorrentStore } from '../../lib/torrent/store/piece-store.ts'

/** Pieces in a map, kept over open and close; `drop` stands for an eviction. */
export class MemoryPieceStore implements PieceStore {
  readonly #torrents = new Map<InfoHash, MemoryTorrentStore>()
  readonly #stored = new Listeners<StoredPiece>()
  readonly #dropped = new Listeners<StoredPiece>()
  readonly pinned = new Map<InfoHash, readonly PieceRange[]>()

  open({ infoHash, layout }: Pick<TorrentInfo, 'infoHash' | 'layout'>): Promise<MemoryTorrentStore> {
    const known = this.#torrents.get(infoHash)
    if (known) return Promise.resolve(known)
    const store = new MemoryTorrentStore(layout.pieceCount, (piece) => this.#stored.emit({ infoHash, piece }))
    store.onDropped((piece) => this.#dropped.emit({ infoHash, piece }))
    this.#torrents.set(infoHash, store)
    return Promise.resolve(store)
  }

  of(infoHash: InfoHash): MemoryTorrentStore {
    return this.#torrents.get(infoHash)!
  }

  stored(infoHash: InfoHash): number {
    return this.#torrents.get(infoHash)?.storedBytes ?? 0
  }

  stats() {
    const usedBytes = [...this.#torrents.values()].reduce((sum, store) => sum + store.storedBytes, 0)
    return { capBytes: Number.MAX_SAFE_INTEGER, usedBytes, evictedPieces: 0, pinnedBytes: 0 }
  }

  hasPieces(infoHash: InfoHash, { first, end }: PieceRange): boolean {
    const store = this.#torrents.get(infoHash)
    for (let piece = first; piece < end; piece++) if (!store?.has(piece)) return false
    return true
  }

  setPinned(infoHash: InfoHash, ranges: readonly PieceRange[]): void {
    this.pinned.set(infoHash, ranges)
  }

  onStored(listener: (event: StoredPiece) => void) {
    return this.#stored.add(listener)
  }

  onDropped(listener: (event: StoredPiece) => void) {
    return this.#dropped.add(listener)
  }

  scrub(): Promise<ScrubProgress> {
    return Promise.reject(new AppError('internal', 'memory is not scrubbed'))
  }

  remove(infoHash: InfoHash): Promise<void> {
    this.#torrents.get(infoHash)?.clear()
    this.#torrents.delete(infoHash)
    return Promise.resolve()
  }

  close(): Promise<void> {
    return Promise.resolve()
  }
}

export class MemoryTorrentStore implements TorrentStore {
  readonly bitfield: Uint8Array
  kept: readonly PieceWindow[] = []
  puts = 0
  readonly #pieces = new Map<number, Uint8Array>()
  readonly #dropped = new Listeners<number>()

  readonly #onStored: (piece: number) => void

  constructor(pieceCount: number, onStored: (piece: number) => void) {
    this.bitfield = new Uint8Array(Math.ceil(pieceCount / 8))
    this.#onStored = onStored
  }

  get storedBytes(): number {
    return [...this.#pieces.values()].reduce((sum, bytes) => sum + bytes.length, 0)
  }

  has(piece: number): boolean {
    return this.#pieces.has(piece)
  }

  put(piece: number, bytes: Uint8Array): Promise<boolean> {
    this.puts++
    this.#pieces.set(piece, bytes)
    this.bitfield[piece >> 3]! |= 0x80 >> (piece & 7)
    this.#onStored(piece)
    return Promise.resolve(false)
  }

  read(piece: number, offsetBytes: number, target: Uint8Array): Promise<number> {
    const bytes = this.#pieces.get(piece)
    if (!bytes) return Promise.reject(new AppError('not_found', `piece ${piece} is not stored`))
    const part = bytes.subarray(offsetBytes, offsetBytes + target.length)
    target.set(part)
    return Promise.resolve(part.length)
  }

  setKept(windows: readonly PieceWindow[]): void {
    this.kept = windows
  }

  onDropped(listener: (piece: number) => void) {
    return this.#dropped.add(listener)
  }

  drop(piece: number): void {
    this.#pieces.delete(piece)
    this.bitfield[piece >> 3]! &= ~(0x80 >> (piece & 7))
    this.#dropped.emit(piece)
  }

  clear(): void {
    for (const piece of [...this.#pieces.keys()]) this.drop(piece)
  }

  close(): Promise<void> {
    return Promise.resolve()
  }
}
