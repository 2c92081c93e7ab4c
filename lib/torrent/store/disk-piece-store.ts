import { mkdir, rm } from 'node:fs/promises'
import type { Clock } from '../../domain/clock.ts'
import type { Disposable } from '../../domain/disposable.ts'
import { AppError, isAppError, toAppError } from '../../domain/errors.ts'
import type { InfoHash } from '../../domain/ids.ts'
import type { Logger } from '../../domain/logger.ts'
import type { Metrics } from '../../domain/metrics.ts'
import type { PieceRange } from '../../domain/piece-layout.ts'
import type { CacheStats, PieceWindow, ScrubProgress, StoredPiece, TorrentInfo } from '../../domain/torrent.ts'
import { DiskCheckpoints } from './disk-checkpoints.ts'
import { DiskDescriptors, LostFileError } from './disk-descriptors.ts'
import { type DiskIndex, readIndex } from './disk-index.ts'
import { type DiskIo, errorCode, systemDiskIo } from './disk-io.ts'
import { DiskLock } from './disk-lock.ts'
import { DiskMaps } from './disk-maps.ts'
import { DiskPiece } from './disk-piece.ts'
import { DiskPieces } from './disk-pieces.ts'
import { scrub } from './disk-scrub.ts'
import type { DiskTorrent } from './disk-torrent.ts'
import { DiskTorrentStore, type TorrentStoreHost } from './disk-torrent-store.ts'
import { DiskTorrents } from './disk-torrents.ts'
import { DiskWriter } from './disk-writer.ts'
import type { PieceHashes, PieceStore, TorrentStore } from './piece-store.ts'

/** How long `close()` makes pieces durable; the rest is hashed when it is next opened. */
const CLOSE_SYNC_MS = 5000
const OPEN_DESCRIPTORS = 128
const MEMORY_BYTES = 64 * 1024 * 1024

export interface DiskPieceStoreOptions {
  /** Made when missing. One store at a time. */
  readonly directory: string
  readonly capBytes: number
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: Metrics
  /** For pieces that the disk refused. Default 64 MiB. */
  readonly memoryBytes?: number
  /** Idle descriptors kept. Default 128. */
  readonly openDescriptors?: number
  readonly io?: DiskIo
}

/**
 * Pieces as files `<directory>/<info-hash>/<piece>`. One file a piece makes the cap exact, eviction an unlink, and lets
 * names carry what must survive a crash: a piece is written as `<piece>.new` and gets its plain name only once it is
 * durable (fdatasync, then rename, at checkpoints). So a plain name is believed without hashing, a `.new` found at a start
 * is hashed when its torrent is opened, and no crash leaves a map that says more than the disk holds: the directory is
 * the have-map, its file only adds the layout and the times of use. Directories are flat: today's file systems index
 * them, and 50,000 names are listed in some tens of milliseconds, for the opened torrent only.
 */
export class DiskPieceStore implements PieceStore, TorrentStoreHost {
  readonly #capBytes: number
  readonly #clock: Clock
  readonly #logger: Logger
  readonly #lock: DiskLock
  readonly #descriptors: DiskDescriptors
  readonly #pieces: DiskPieces
  readonly #checkpoints: DiskCheckpoints
  readonly #writer: DiskWriter
  readonly #torrents: DiskTorrents
  readonly #maps: DiskMaps
  readonly #stores = new Map<DiskTorrent, DiskTorrentStore>()
  #scrub: { readonly controller: AbortController; readonly ended: Promise<unknown> } | undefined
  #recount: Promise<void> = Promise.resolve()
  #lastStamp: number
  #closing: Promise<void> | undefined

  private constructor(options: DiskPieceStoreOptions, lock: DiskLock, index: DiskIndex | undefined) {
    const { directory, capBytes, clock, logger, metrics, io = systemDiskIo } = options
    this.#capBytes = capBytes
    this.#clock = clock
    this.#logger = logger
    this.#lock = lock
    this.#lastStamp = index?.lastStamp ?? 0
    const descriptors = new DiskDescriptors(io, options.openDescriptors ?? OPEN_DESCRIPTORS)
    const memoryBytes = options.memoryBytes ?? MEMORY_BYTES
    const pieces = new DiskPieces({ capBytes, memoryBytes, descriptors, io, logger, metrics })
    const checkpoints = new DiskCheckpoints({
      pieces,
      descriptors,
      io,
      clock,
      logger,
      writeMaps: () => this.#maps.writeChanged(),
    })
    this.#writer = new DiskWriter({ pieces, descriptors, io, logger, onWritten: (piece) => checkpoints.add(piece) })
    this.#descriptors = descriptors
    this.#pieces = pieces
    this.#checkpoints = checkpoints
    const torrents = new DiskTorrents(directory, pieces, index)
    this.#torrents = torrents
    this.#maps = new DiskMaps({ directory, torrents, pieces, logger, lastStamp: () => this.#lastStamp })
    metrics.gauge('cache_used_bytes', () => pieces.usedBytes)
    metrics.gauge('cache_size_bytes', () => capBytes)
  }

  /**
   * Reads the index only, so its time does not depend on what is stored; after an unclean stop the sizes in it are
   * counted again in the background. Fails with `conflict` when another store holds the directory, `internal` when it
   * cannot be used.
   */
  static async open(options: DiskPieceStoreOptions): Promise<DiskPieceStore> {
    let lock: DiskLock | undefined
    try {
      await mkdir(options.directory, { recursive: true })
      lock = await DiskLock.take(options.directory)
      const index = await readIndex(options.directory)
      const store = new DiskPieceStore(options, lock, index)
      await store.#maps.writeIndex(false)
      if (!index?.isClean || index.lacksPieces) store.#recount = store.#maps.recount()
      return store
    } catch (error) {
      await lock?.release()
      if (isAppError(error)) throw error
      const why = error instanceof Error ? error.message : String(error)
      throw new AppError('internal', `the cache directory ${options.directory} cannot be used: ${why}`, error)
    }
  }

  async open(info: Pick<TorrentInfo, 'infoHash' | 'layout'> & { readonly hashes: PieceHashes }): Promise<TorrentStore> {
    const torrent = this.#torrents.getOrAdd(info.infoHash)
    const opened = this.#stores.get(torrent)
    if (opened) return opened
    const { layout } = info
    if (torrent.unlisted) torrent.setLayout(layout)
    try {
      await this.#pieces.list(torrent)
      const known = [...torrent.pieces.values()]
      for (const piece of known) {
        if (piece.piece >= layout.pieceCount || piece.lengthBytes !== layout.pieceLength(piece.piece)) {
          this.#pieces.drop(piece)
        }
      }
      await this.#checkpoints.verify(known, info.hashes)
    } catch (error) {
      throw new AppError('internal', `the stored pieces of ${info.infoHash} cannot be read`, error)
    }
    const openedMeanwhile = this.#stores.get(torrent)
    if (openedMeanwhile) return openedMeanwhile
    torrent.setLayout(layout)
    for (const piece of torrent.pieces.values()) this.#pieces.markReadable(piece)
    const store = new DiskTorrentStore(this, torrent)
    this.#stores.set(torrent, store)
    return store
  }

  stored(hash: InfoHash): number {
    return this.#torrents.get(hash)?.storedBytes ?? 0
  }

  hasPieces(hash: InfoHash, range: PieceRange): boolean {
    return this.#torrents.get(hash)?.hasPieces(range) ?? range.end <= range.first
  }

  setPinned(hash: InfoHash, ranges: readonly PieceRange[]): void {
    const torrent = ranges.length > 0 ? this.#torrents.getOrAdd(hash) : this.#torrents.get(hash)
    if (torrent) this.#pieces.setPinned(torrent, ranges)
  }

  onStored(listener: (event: StoredPiece) => void): Disposable {
    return this.#pieces.stored.add(listener)
  }

  onDropped(listener: (event: StoredPiece) => void): Disposable {
    return this.#pieces.dropped.add(listener)
  }

  stats(): CacheStats {
    const { usedBytes, evictedPieces, pinnedBytes } = this.#pieces
    return { capBytes: this.#capBytes, usedBytes, evictedPieces, pinnedBytes }
  }

  async scrub(
    hashesOf: (infoHash: InfoHash) => PieceHashes | undefined,
    onProgress: (progress: ScrubProgress) => void,
    signal: AbortSignal,
  ): Promise<ScrubProgress> {
    if (this.#closing) throw new AppError('unavailable', 'the piece cache is closed')
    if (this.#scrub) throw new AppError('conflict', 'the piece cache is being scrubbed')
    const controller = new AbortController()
    const parts = { torrents: this.#torrents, pieces: this.#pieces, descriptors: this.#descriptors }
    const options = { ...parts, clock: this.#clock, logger: this.#logger, hashesOf, onProgress }
    const running = scrub(options, AbortSignal.any([signal, controller.signal]))
    this.#scrub = { controller, ended: running.catch(() => {}) }
    try {
      return await running
    } catch (error) {
      if (signal.aborted) throw signal.reason
      throw toAppError(error)
    } finally {
      this.#scrub = undefined
    }
  }

  async remove(hash: InfoHash): Promise<void> {
    const torrent = this.#torrents.get(hash)
    if (!torrent) return
    this.#pieces.setPinned(torrent, [])
    await this.#pieces.list(torrent)
    for (const piece of [...torrent.pieces.values()]) this.#pieces.drop(piece)
    await Promise.all([...torrent.writes, ...torrent.removing.values(), this.#checkpoints.idle()])
    torrent.forgetDirectory()
    torrent.isChanged = false
    await rm(torrent.directory, { recursive: true, force: true, maxRetries: 3 })
    if (!this.#stores.has(torrent) && torrent.pieces.size === 0) this.#torrents.delete(hash)
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  put(torrent: DiskTorrent, piece: number, bytes: Uint8Array): Promise<boolean> {
    if (this.#closing || torrent.pieces.has(piece)) return Promise.resolve(true)
    const { layout } = torrent
    if (!layout || piece < 0 || piece >= layout.pieceCount || bytes.length !== layout.pieceLength(piece)) {
      return Promise.reject(new AppError('invalid', `piece ${piece} of ${bytes.length} bytes`))
    }
    const stored = new DiskPiece(torrent, piece, bytes.length, 'none', this.#stamp(), bytes)
    this.#pieces.addToMemory(stored)
    return this.#writer.write(stored)
  }

  async read(torrent: DiskTorrent, piece: number, offsetBytes: number, target: Uint8Array): Promise<number> {
    const stored = torrent.readable(piece)
    if (!stored) throw new AppError('not_found', `piece ${piece} is not stored`)
    if (offsetBytes < 0 || offsetBytes >= stored.lengthBytes) {
      throw new AppError('invalid', `offset ${offsetBytes} in a piece of ${stored.lengthBytes} bytes`)
    }
    const lengthBytes = Math.min(target.length, stored.lengthBytes - offsetBytes)
    stored.lastUse = this.#stamp()
    torrent.isChanged = true
    if (stored.bytes) {
      target.set(stored.bytes.subarray(offsetBytes, offsetBytes + lengthBytes))
      return lengthBytes
    }
    stored.users++
    try {
      await this.#descriptors.read(stored, target, lengthBytes, offsetBytes)
      return lengthBytes
    } catch (error) {
      if (error instanceof LostFileError || errorCode(error) === 'EIO') {
        if (stored.isStored) this.#logger.warn('a stored piece was lost on disk', { infoHash: torrent.infoHash, piece })
        this.#pieces.drop(stored)
        throw new AppError('not_found', `piece ${piece} was lost on disk`, error)
      }
      throw new AppError('internal', `piece ${piece} cannot be read`, error)
    } finally {
      stored.users--
    }
  }

  setWindows(torrent: DiskTorrent, windows: readonly PieceWindow[]): void {
    this.#pieces.setWindows(torrent, windows)
  }

  async closeTorrent(torrent: DiskTorrent, store: DiskTorrentStore): Promise<void> {
    if (this.#stores.get(torrent) !== store) return
    this.#stores.delete(torrent)
    this.setWindows(torrent, [])
    await Promise.all(torrent.writes)
    for (const piece of torrent.pieces.values()) this.#descriptors.forget(piece)
    if (torrent.isChanged) await this.#maps.write(torrent)
  }

  /** Microseconds of the wall clock, made to grow with every call. */
  #stamp(): number {
    this.#lastStamp = Math.max(this.#lastStamp + 1, this.#clock.nowMs() * 1000)
    return this.#lastStamp
  }

  async #close(): Promise<void> {
    this.#scrub?.controller.abort(new AppError('unavailable', 'the piece cache is closed'))
    await this.#scrub?.ended
    this.#maps.close()
    await this.#recount
    for (const torrent of this.#torrents.all) {
      while (torrent.writes.size > 0) await Promise.all(torrent.writes)
    }
    await this.#checkpoints.close(CLOSE_SYNC_MS)
    await this.#pieces.removed()
    await this.#descriptors.close()
    await this.#maps.writeIndex(true)
    await this.#lock.release()
  }
}
