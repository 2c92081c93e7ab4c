import { Listeners } from '../../domain/disposable.ts'
import type { Logger } from '../../domain/logger.ts'
import type { Metrics } from '../../domain/metrics.ts'
import type { PieceRange } from '../../domain/piece-layout.ts'
import type { PieceWindow, StoredPiece } from '../../domain/torrent.ts'
import type { DiskDescriptors } from './disk-descriptors.ts'
import { compareEvictables, EvictionOrder } from './disk-eviction.ts'
import type { IndexEntry } from './disk-index.ts'
import type { DiskIo } from './disk-io.ts'
import { DiskPiece } from './disk-piece.ts'
import { PinnedPieces, pinnableBytes } from './disk-pins.ts'
import { type DiskTorrent, UnlistedTorrent } from './disk-torrent.ts'

export interface DiskPiecesOptions {
  readonly capBytes: number
  /** Of pieces that the disk refused. */
  readonly memoryBytes: number
  readonly descriptors: DiskDescriptors
  readonly io: DiskIo
  readonly logger: Logger
  readonly metrics: Metrics
}

/** What is stored of all torrents, counted: what comes in, what goes out, and what goes next. */
export class DiskPieces {
  readonly stored = new Listeners<StoredPiece>()
  readonly dropped = new Listeners<StoredPiece>()
  readonly #options: DiskPiecesOptions
  readonly #order = new EvictionOrder()
  /** What the disk refused and nobody waits for: its bytes are held here alone. */
  readonly #refused = new Set<DiskPiece>()
  readonly #removals = new Set<Promise<void>>()
  /** Evictions happen one after another: each new piece appends its own. */
  #eviction: Promise<void> = Promise.resolve()
  /** Of pieces that are in no file, the refused ones among them. */
  #memoryBytes = 0
  #refusedBytes = 0
  #usedBytes = 0
  #evictedPieces = 0
  #pinnedBytes = 0
  readonly #pinnableBytes: number

  constructor(options: DiskPiecesOptions) {
    this.#options = options
    this.#pinnableBytes = pinnableBytes(options.capBytes)
  }

  get usedBytes(): number {
    return this.#usedBytes
  }

  get bytesOnDisk(): number {
    return this.#usedBytes - this.#memoryBytes
  }

  get evictedPieces(): number {
    return this.#evictedPieces
  }

  get pinnedBytes(): number {
    return this.#pinnedBytes
  }

  get refused(): ReadonlySet<DiskPiece> {
    return this.#refused
  }

  /** A torrent of which only is known what the index says. */
  addUnlisted(torrent: DiskTorrent, { storedBytes, oldestUse, have }: IndexEntry): void {
    torrent.storedBytes = storedBytes
    if (have) {
      torrent.setLayout(have.layout)
      torrent.bitfield = have.bitfield
    }
    torrent.unlisted = new UnlistedTorrent(torrent, oldestUse)
    this.#usedBytes += storedBytes
    if (storedBytes > 0) this.#order.add(torrent.unlisted)
  }

  /** Lists the torrent's directory unless that was done. Fails with the file system's error. */
  list(torrent: DiskTorrent): Promise<void> {
    if (!torrent.unlisted) return Promise.resolve()
    torrent.listing ??= this.#listNow(torrent, torrent.unlisted).finally(() => {
      torrent.listing = undefined
    })
    return torrent.listing
  }

  /** A new piece, held in memory until `forgetBytes`. */
  addToMemory(piece: DiskPiece): void {
    this.#add(piece)
    this.#memoryBytes += piece.lengthBytes
    this.markReadable(piece)
  }

  /** The disk did not take the piece. May drop others like it, or this one, when they are too many. */
  refuse(piece: DiskPiece): void {
    if (!piece.bytes) return
    piece.isRefused = true
    if (this.#refused.has(piece)) return
    this.#refused.add(piece)
    this.#refusedBytes += piece.lengthBytes
    this.#boundRefused()
  }

  /** The piece can be read from now on. */
  markReadable({ torrent, piece }: DiskPiece): void {
    if (torrent.mark(piece, true)) this.#tell(this.stored, { infoHash: torrent.infoHash, piece })
  }

  forgetBytes(piece: DiskPiece): void {
    if (!piece.bytes) return
    piece.bytes = undefined
    this.#memoryBytes -= piece.lengthBytes
    if (this.#refused.delete(piece)) this.#refusedBytes -= piece.lengthBytes
  }

  setWindows(torrent: DiskTorrent, windows: readonly PieceWindow[]): void {
    this.#order.setWindows(torrent.group, windows)
  }

  /** As far as the cap's share for pins goes, in the order of the pieces' coming. */
  setPinned(torrent: DiskTorrent, ranges: readonly PieceRange[]): void {
    torrent.pins = new PinnedPieces(ranges)
    if (torrent.unlisted) {
      this.#countUnlistedPins(torrent)
      return
    }
    for (const piece of torrent.pieces.values()) if (!torrent.pins.has(piece.piece)) this.#unpin(piece)
    for (const piece of torrent.pieces.values()) this.#pin(piece)
  }

  /** Forgets the piece at once; its file goes in the background. */
  drop(piece: DiskPiece): void {
    if (!piece.isStored) return
    const { torrent } = piece
    piece.isStored = false
    torrent.pieces.delete(piece.piece)
    torrent.storedBytes -= piece.lengthBytes
    torrent.isChanged = true
    this.#unpin(piece)
    this.#usedBytes -= piece.lengthBytes
    this.forgetBytes(piece)
    this.#options.descriptors.forget(piece)
    if (piece.file !== 'none') this.removeFile(piece)
    if (!torrent.mark(piece.piece, false)) return
    this.#tell(torrent.dropped, piece.piece)
    this.#tell(this.dropped, { infoHash: torrent.infoHash, piece: piece.piece })
  }

  /** Removes the file of a dropped piece in the background; a new piece of its number waits for that. */
  removeFile(piece: DiskPiece): void {
    const { removing } = piece.torrent
    const removal: Promise<void> = this.#removeNow(piece).finally(() => {
      this.#removals.delete(removal)
      if (removing.get(piece.piece) === removal) removing.delete(piece.piece)
    })
    this.#removals.add(removal)
    removing.set(piece.piece, removal)
  }

  /** Waits for all files being removed. */
  async removed(): Promise<void> {
    await Promise.all(this.#removals)
  }

  /**
   * Evicts until what is stored fits under the cap, which a piece larger than the cap raises to its own size; resolves
   * when the space is free on disk too. Never rejects.
   */
  makeRoom(forBytes: number): Promise<void> {
    this.#eviction = this.#eviction.then(async () => {
      const limitBytes = Math.max(this.#options.capBytes, forBytes)
      while (this.#usedBytes > limitBytes && (await this.evictOne())) {}
      await this.removed()
    })
    return this.#eviction
  }

  /** False when nothing can go. */
  async evictOne(): Promise<boolean> {
    const next = this.#order.take()
    if (next instanceof UnlistedTorrent) {
      await this.list(next.torrent).catch((error: unknown) => {
        this.#options.logger.error('stored pieces cannot be listed', { infoHash: next.torrent.infoHash, err: error })
      })
      return true
    }
    if (!(next instanceof DiskPiece)) return false
    this.drop(next)
    this.#evictedPieces++
    this.#options.metrics.add('evicted_pieces_total')
    return true
  }

  #add(piece: DiskPiece): void {
    piece.torrent.pieces.set(piece.piece, piece)
    piece.torrent.storedBytes += piece.lengthBytes
    piece.torrent.isChanged = true
    this.#usedBytes += piece.lengthBytes
    this.#pin(piece)
    this.#order.add(piece)
  }

  #pin(piece: DiskPiece): void {
    const { torrent, lengthBytes } = piece
    if (piece.isPinned || this.#pinnedBytes + lengthBytes > this.#pinnableBytes) return
    if (!torrent.pins.has(piece.piece)) return
    piece.isPinned = true
    torrent.pinnedBytes += lengthBytes
    this.#pinnedBytes += lengthBytes
  }

  #unpin(piece: DiskPiece): void {
    if (!piece.isPinned) return
    this.#order.unpin(piece)
    piece.torrent.pinnedBytes -= piece.lengthBytes
    this.#pinnedBytes -= piece.lengthBytes
  }

  /** By what the index says: its pieces are pinned one by one when they are listed, which eviction does first. */
  #countUnlistedPins(torrent: DiskTorrent): void {
    const { layout, pins } = torrent
    this.#pinnedBytes -= torrent.pinnedBytes
    torrent.pinnedBytes = 0
    if (!layout) return
    for (const { first, end } of pins.ranges) {
      for (let piece = first; piece < Math.min(end, layout.pieceCount); piece++) {
        if (torrent.hasPiece(piece)) torrent.pinnedBytes += layout.pieceLength(piece)
      }
    }
    torrent.pinnedBytes = Math.min(torrent.pinnedBytes, this.#pinnableBytes - this.#pinnedBytes)
    this.#pinnedBytes += torrent.pinnedBytes
  }

  #tell<T>(listeners: Listeners<T>, event: T): void {
    try {
      listeners.emit(event)
    } catch (error) {
      this.#options.logger.error('a listener to stored pieces failed', { err: error })
    }
  }

  async #listNow(torrent: DiskTorrent, unlisted: UnlistedTorrent): Promise<void> {
    const pieces = await torrent.list(this.#options.io, unlisted.lastUse)
    torrent.unlisted = undefined
    unlisted.isStored = false
    this.#usedBytes -= torrent.storedBytes
    torrent.storedBytes = 0
    this.#pinnedBytes -= torrent.pinnedBytes
    torrent.pinnedBytes = 0
    for (const piece of pieces) {
      this.#add(piece)
      if (piece.isVerified) this.markReadable(piece)
    }
    // What the index promised and the directory does not hold.
    for (let piece = 0; piece < torrent.bitfield.length * 8; piece++) {
      if (!torrent.hasPiece(piece) || torrent.readable(piece)) continue
      torrent.mark(piece, false)
      this.#tell(this.dropped, { infoHash: torrent.infoHash, piece })
    }
  }

  async #removeNow(piece: DiskPiece): Promise<void> {
    await piece.moving
    try {
      await this.#options.io.unlink(piece.path)
    } catch (error) {
      this.#options.logger.warn('a piece file cannot be removed', { path: piece.path, err: error })
    }
  }

  /** Drops of what the disk refused what matters least until the rest fits; one piece always does. */
  #boundRefused(): void {
    while (this.#refusedBytes > this.#options.memoryBytes && this.#refused.size > 1) {
      let least: DiskPiece | undefined
      for (const piece of this.#refused) {
        if (piece.users === 0 && (!least || compareEvictables(piece, least) < 0)) least = piece
      }
      if (!least) return
      this.drop(least)
    }
  }
}
