import { webcrypto } from 'node:crypto'
import { mkdir, opendir, rm } from 'node:fs/promises'
import type { Clock, Timer } from '../domain/clock.ts'
import { AppError, isAppError } from '../domain/errors.ts'
import { type InfoHash, infoHash } from '../domain/ids.ts'
import type { Logger } from '../domain/logger.ts'
import type { Metrics } from '../domain/metrics.ts'
import type { CacheStats, PieceWindow, TorrentInfo } from '../domain/torrent.ts'
import { DiskDescriptors, LostFileError } from './disk-descriptors.ts'
import { compareEvictables, EvictionOrder } from './disk-eviction.ts'
import { readIndex, writeIndex } from './disk-index.ts'
import { type DiskIo, errorCode, systemDiskIo } from './disk-io.ts'
import { DiskLock } from './disk-lock.ts'
import { DiskPiece } from './disk-piece.ts'
import { eachOf, Slots } from './disk-slots.ts'
import { DiskTorrent, UnlistedTorrent } from './disk-torrent.ts'
import { DiskTorrentStore, type TorrentStoreHost } from './disk-torrent-store.ts'
import type { PieceHashes, PieceStore, TorrentStore } from './piece-store.ts'

const CHECKPOINT_MS = 10_000
/** How long `close()` makes pieces durable; the rest is hashed when it is next opened. */
const CLOSE_SYNC_MS = 5000
const WRITES_AT_A_TIME = 2
const SYNCS_AT_A_TIME = 4
const HASHES_AT_A_TIME = 2
/** Pieces given up for one piece on a full disk before that piece stays in memory. */
const FULL_DISK_ATTEMPTS = 16
const OPEN_DESCRIPTORS = 128
const MEMORY_BYTES = 64 * 1024 * 1024

export interface DiskPieceStoreOptions {
  /** Made when missing. One store at a time. */
  readonly directory: string
  readonly capBytes: number
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: Metrics
  /** Pieces not on disk yet, or that the disk refused. Default 64 MiB. */
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
  readonly #directory: string
  readonly #capBytes: number
  readonly #memoryCapBytes: number
  readonly #clock: Clock
  readonly #logger: Logger
  readonly #metrics: Metrics
  readonly #io: DiskIo
  readonly #lock: DiskLock
  readonly #descriptors: DiskDescriptors
  readonly #order = new EvictionOrder()
  readonly #writeSlots = new Slots(WRITES_AT_A_TIME)
  readonly #checkpointTimer: Timer
  readonly #torrents = new Map<InfoHash, DiskTorrent>()
  readonly #stores = new Map<DiskTorrent, DiskTorrentStore>()
  /** Pieces whose bytes are held here: being written, waiting for it, or refused by the disk. */
  readonly #inMemory = new Set<DiskPiece>()
  readonly #refused = new Set<DiskPiece>()
  /** Written, verified, not durable yet. */
  readonly #unsettled = new Set<DiskPiece>()
  readonly #removals = new Set<Promise<void>>()
  /** Evictions happen one after another: each put appends its own. */
  #eviction: Promise<void> = Promise.resolve()
  #checkpoint: Promise<void> | undefined
  #recount: Promise<void> = Promise.resolve()
  #usedBytes = 0
  #memoryBytes = 0
  #evictedPieces = 0
  #lastStamp: number
  #isDiskFailing = false
  #closing: Promise<void> | undefined

  private constructor(options: DiskPieceStoreOptions, lock: DiskLock, lastStamp: number) {
    this.#directory = options.directory
    this.#capBytes = options.capBytes
    this.#memoryCapBytes = options.memoryBytes ?? MEMORY_BYTES
    this.#clock = options.clock
    this.#logger = options.logger
    this.#metrics = options.metrics
    this.#io = options.io ?? systemDiskIo
    this.#lock = lock
    this.#lastStamp = lastStamp
    this.#descriptors = new DiskDescriptors(this.#io, options.openDescriptors ?? OPEN_DESCRIPTORS)
    this.#checkpointTimer = options.clock.timer(() => void this.#startCheckpoint())
    options.metrics.gauge('cache_used_bytes', () => this.#usedBytes)
    options.metrics.gauge('cache_size_bytes', () => this.#capBytes)
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
      const store = new DiskPieceStore(options, lock, index?.lastStamp ?? 0)
      for (const [hash, entry] of index?.torrents ?? []) {
        store.#addUnlisted(new DiskTorrent(options.directory, hash), entry.storedBytes, entry.oldestUse)
      }
      await store.#writeIndex(false)
      if (!index?.isClean) store.#recount = store.#recountAll()
      return store
    } catch (error) {
      await lock?.release()
      if (isAppError(error)) throw error
      throw new AppError('internal', `the cache directory ${options.directory} cannot be used`, error)
    }
  }

  async open(info: Pick<TorrentInfo, 'infoHash' | 'layout'> & { readonly hashes: PieceHashes }): Promise<TorrentStore> {
    let torrent = this.#torrents.get(info.infoHash)
    if (!torrent) {
      torrent = new DiskTorrent(this.#directory, info.infoHash)
      this.#addUnlisted(torrent, 0, 0)
    }
    const opened = this.#stores.get(torrent)
    if (opened) return opened
    const { layout } = info
    torrent.layout ??= layout
    try {
      await this.#list(torrent)
      const known = [...torrent.pieces.values()]
      for (const piece of known) {
        if (piece.piece >= layout.pieceCount || piece.lengthBytes !== layout.pieceLength(piece.piece)) this.#drop(piece)
      }
      await eachOf(known, HASHES_AT_A_TIME, (piece) => this.#verify(piece, info.hashes))
    } catch (error) {
      throw new AppError('internal', `the stored pieces of ${info.infoHash} cannot be read`, error)
    }
    const openedMeanwhile = this.#stores.get(torrent)
    if (openedMeanwhile) return openedMeanwhile
    torrent.layout = layout
    torrent.group.pieceBytes = layout.pieceBytes
    torrent.bitfield = new Uint8Array(Math.ceil(layout.pieceCount / 8))
    for (const piece of torrent.pieces.values()) torrent.mark(piece.piece, true)
    const store = new DiskTorrentStore(this, torrent)
    this.#stores.set(torrent, store)
    return store
  }

  stored(hash: InfoHash): number {
    return this.#torrents.get(hash)?.storedBytes ?? 0
  }

  stats(): CacheStats {
    return { capBytes: this.#capBytes, usedBytes: this.#usedBytes, evictedPieces: this.#evictedPieces }
  }

  async remove(hash: InfoHash): Promise<void> {
    const torrent = this.#torrents.get(hash)
    if (!torrent) return
    await this.#list(torrent)
    for (const piece of [...torrent.pieces.values()]) this.#drop(piece)
    await Promise.all([...torrent.writes, ...torrent.removing.values(), this.#checkpoint])
    torrent.forgetDirectory()
    torrent.isChanged = false
    await rm(torrent.directory, { recursive: true, force: true, maxRetries: 3 })
    if (!this.#stores.has(torrent)) this.#torrents.delete(hash)
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  put(torrent: DiskTorrent, piece: number, bytes: Uint8Array): Promise<void> {
    if (this.#closing || torrent.pieces.has(piece)) return Promise.resolve()
    const { layout } = torrent
    if (!layout || piece < 0 || piece >= layout.pieceCount || bytes.length !== layout.pieceLength(piece)) {
      return Promise.reject(new AppError('invalid', `piece ${piece} of ${bytes.length} bytes`))
    }
    const stored = new DiskPiece(torrent, piece, bytes.length, 'none', this.#stamp(), bytes)
    torrent.mark(piece, true)
    this.#add(stored)
    this.#inMemory.add(stored)
    this.#memoryBytes += bytes.length
    this.#boundMemory()
    return this.#startWrite(stored)
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
        this.#drop(stored)
        throw new AppError('not_found', `piece ${piece} was lost on disk`, error)
      }
      throw new AppError('internal', `piece ${piece} cannot be read`, error)
    } finally {
      stored.users--
    }
  }

  setWindows(torrent: DiskTorrent, windows: readonly PieceWindow[]): void {
    this.#order.setWindows(torrent.group, windows)
  }

  async closeTorrent(torrent: DiskTorrent, store: DiskTorrentStore): Promise<void> {
    if (this.#stores.get(torrent) !== store) return
    this.#stores.delete(torrent)
    this.setWindows(torrent, [])
    await Promise.all(torrent.writes)
    for (const piece of torrent.pieces.values()) this.#descriptors.forget(piece)
    if (torrent.isChanged) await this.#writeMap(torrent)
  }

  /** Microseconds of the wall clock, made to grow with every call. */
  #stamp(): number {
    this.#lastStamp = Math.max(this.#lastStamp + 1, this.#clock.nowMs() * 1000)
    return this.#lastStamp
  }

  #addUnlisted(torrent: DiskTorrent, storedBytes: number, oldestUse: number): void {
    torrent.storedBytes = storedBytes
    torrent.unlisted = new UnlistedTorrent(torrent, oldestUse)
    this.#usedBytes += storedBytes
    this.#torrents.set(torrent.infoHash, torrent)
    if (storedBytes > 0) this.#order.add(torrent.unlisted)
  }

  #list(torrent: DiskTorrent): Promise<void> {
    if (!torrent.unlisted) return Promise.resolve()
    torrent.listing ??= this.#listNow(torrent, torrent.unlisted).finally(() => {
      torrent.listing = undefined
    })
    return torrent.listing
  }

  async #listNow(torrent: DiskTorrent, unlisted: UnlistedTorrent): Promise<void> {
    const pieces = await torrent.list(this.#io, unlisted.lastUse)
    torrent.unlisted = undefined
    unlisted.isStored = false
    this.#usedBytes -= torrent.storedBytes
    torrent.storedBytes = 0
    for (const piece of pieces) this.#add(piece)
  }

  #add(piece: DiskPiece): void {
    piece.torrent.pieces.set(piece.piece, piece)
    piece.torrent.storedBytes += piece.lengthBytes
    piece.torrent.isChanged = true
    this.#usedBytes += piece.lengthBytes
    this.#order.add(piece)
  }

  /** Forgets the piece at once; its file goes in the background. */
  #drop(piece: DiskPiece): void {
    if (!piece.isStored) return
    const { torrent } = piece
    piece.isStored = false
    torrent.pieces.delete(piece.piece)
    torrent.storedBytes -= piece.lengthBytes
    torrent.isChanged = true
    torrent.mark(piece.piece, false)
    this.#usedBytes -= piece.lengthBytes
    this.#forgetBytes(piece)
    this.#refused.delete(piece)
    this.#unsettled.delete(piece)
    this.#descriptors.forget(piece)
    if (piece.file !== 'none') this.#unlink(piece)
    if (!piece.isVerified) return
    try {
      torrent.dropped.emit(piece.piece)
    } catch (error) {
      this.#logger.error('a listener to dropped pieces failed', { err: error })
    }
  }

  #forgetBytes(piece: DiskPiece): void {
    if (!this.#inMemory.delete(piece)) return
    this.#memoryBytes -= piece.lengthBytes
    piece.bytes = undefined
  }

  #unlink(piece: DiskPiece): void {
    const { removing } = piece.torrent
    const removal: Promise<void> = this.#unlinkNow(piece).finally(() => {
      this.#removals.delete(removal)
      if (removing.get(piece.piece) === removal) removing.delete(piece.piece)
    })
    this.#removals.add(removal)
    removing.set(piece.piece, removal)
  }

  async #unlinkNow(piece: DiskPiece): Promise<void> {
    await piece.moving
    try {
      await this.#io.unlink(piece.path)
    } catch (error) {
      this.#logger.warn('a piece file cannot be removed', { path: piece.path, err: error })
    }
  }

  /** Drops from memory what matters least until the rest fits; one piece always does. */
  #boundMemory(): void {
    while (this.#memoryBytes > this.#memoryCapBytes && this.#inMemory.size > 1) {
      let least: DiskPiece | undefined
      for (const piece of this.#inMemory) {
        if (piece.users === 0 && (!least || compareEvictables(piece, least) < 0)) least = piece
      }
      if (!least) return
      this.#drop(least)
    }
  }

  /** Evicts until a new piece fits under the cap, which a piece larger than the cap raises to its own size. */
  #makeRoom(forBytes: number): Promise<void> {
    this.#eviction = this.#eviction.then(async () => {
      const limit = Math.max(this.#capBytes, forBytes)
      while (this.#usedBytes > limit && (await this.#evictOne())) {}
      await Promise.all(this.#removals)
    })
    return this.#eviction
  }

  /** False when nothing can go. */
  async #evictOne(): Promise<boolean> {
    const next = this.#order.take()
    if (next instanceof UnlistedTorrent) {
      await this.#list(next.torrent).catch((error: unknown) => {
        this.#logger.error('stored pieces cannot be listed', { infoHash: next.torrent.infoHash, err: error })
      })
      return true
    }
    if (!(next instanceof DiskPiece)) return false
    this.#drop(next)
    this.#evictedPieces++
    this.#metrics.add('evicted_pieces_total')
    return true
  }

  #startWrite(piece: DiskPiece): Promise<void> {
    const { writes } = piece.torrent
    const write: Promise<void> = this.#write(piece).finally(() => writes.delete(write))
    writes.add(write)
    return write
  }

  async #write(piece: DiskPiece): Promise<void> {
    await this.#makeRoom(piece.lengthBytes)
    await this.#writeSlots.run(async () => {
      const { bytes } = piece
      if (!bytes || !piece.isStored) return
      piece.users++
      try {
        await piece.torrent.removing.get(piece.piece)
        const descriptor = await this.#createFile(piece, bytes)
        if (descriptor === undefined) this.#refused.add(piece)
        else this.#written(piece, descriptor)
      } catch (error) {
        this.#logger.error('a piece cannot be written', { path: piece.path, err: error })
        this.#refused.add(piece)
      } finally {
        piece.users--
        if (!piece.isStored) this.#refused.delete(piece)
      }
    })
  }

  /** Undefined when the disk refuses it. A full disk is given the space of other pieces first. */
  async #createFile(piece: DiskPiece, bytes: Uint8Array): Promise<number | undefined> {
    const { torrent } = piece
    for (let attempt = 0; ; attempt++) {
      try {
        await torrent.makeDirectory(this.#io)
        const descriptor = await this.#io.create(piece.newPath, bytes)
        this.#isDiskFailing = false
        return descriptor
      } catch (error) {
        const code = errorCode(error)
        await this.#io.unlink(piece.newPath).catch(() => {}) // what could not be written whole is no piece
        if (code === 'ENOENT') torrent.forgetDirectory()
        const isFull = (code === 'ENOSPC' || code === 'EDQUOT') && this.#usedBytes > this.#memoryBytes
        const mayHelp = code === 'ENOENT' || (isFull && (await this.#evictOne()))
        if (mayHelp && attempt < FULL_DISK_ATTEMPTS && piece.isStored) {
          await Promise.all(this.#removals)
          continue
        }
        if (!this.#isDiskFailing) this.#logger.warn('the disk refuses pieces: serving from memory', { err: error })
        this.#isDiskFailing = true
        return undefined
      }
    }
  }

  #written(piece: DiskPiece, descriptor: number): void {
    piece.file = 'new'
    this.#descriptors.adopt(piece, descriptor)
    if (!piece.isStored) {
      this.#descriptors.forget(piece)
      this.#unlink(piece)
      return
    }
    this.#forgetBytes(piece)
    this.#unsettle(piece)
    const again = [...this.#refused]
    this.#refused.clear()
    for (const refused of again) void this.#startWrite(refused)
  }

  #unsettle(piece: DiskPiece): void {
    if (this.#unsettled.size === 0 && !this.#closing) this.#checkpointTimer.arm(CHECKPOINT_MS)
    this.#unsettled.add(piece)
  }

  #startCheckpoint(): Promise<void> {
    this.#checkpoint ??= this.#checkpointNow(Number.POSITIVE_INFINITY).finally(() => {
      this.#checkpoint = undefined
      if (this.#unsettled.size > 0 && !this.#closing) this.#checkpointTimer.arm(CHECKPOINT_MS)
    })
    return this.#checkpoint
  }

  async #checkpointNow(untilMs: number): Promise<void> {
    await eachOf([...this.#unsettled], SYNCS_AT_A_TIME, async (piece) => {
      if (this.#clock.monotonicMs() < untilMs) await this.#settle(piece)
    })
    for (const torrent of this.#torrents.values()) if (torrent.isChanged) await this.#writeMap(torrent)
    await this.#writeIndex(false)
  }

  /** Makes the piece durable and gives it the name that says so. A failure leaves it `new`: it is hashed after the next start. */
  async #settle(piece: DiskPiece): Promise<void> {
    this.#unsettled.delete(piece)
    if (!piece.isStored) return
    piece.users++
    try {
      await this.#descriptors.sync(piece)
      if (!piece.isStored) return
      piece.moving = this.#io.rename(piece.newPath, piece.settledPath).then(
        () => {
          piece.file = 'settled'
        },
        (error: unknown) => this.#logger.warn('a piece cannot be made durable', { path: piece.path, err: error }),
      )
      await piece.moving
    } catch (error) {
      if (error instanceof LostFileError) this.#drop(piece)
      else this.#logger.warn('a piece cannot be made durable', { path: piece.path, err: error })
    } finally {
      piece.moving = undefined
      piece.users--
    }
  }

  /** Hashes a piece of which only the name tells that it was being written. Node hashes this way on its thread pool. */
  async #verify(piece: DiskPiece, hashes: PieceHashes): Promise<void> {
    if (piece.isVerified || !piece.isStored) return
    piece.users++
    try {
      const bytes = new Uint8Array(piece.lengthBytes)
      await this.#descriptors.read(piece, bytes, bytes.length, 0)
      const hash = Buffer.from(await webcrypto.subtle.digest('SHA-1', bytes))
      if (hash.equals(hashes.subarray(piece.piece * 20, piece.piece * 20 + 20))) {
        piece.isVerified = true
        this.#unsettle(piece)
      } else this.#drop(piece)
    } catch (error) {
      if (!(error instanceof LostFileError) && errorCode(error) !== 'EIO') throw error
      this.#drop(piece)
    } finally {
      piece.users--
    }
  }

  async #writeMap(torrent: DiskTorrent): Promise<void> {
    if (torrent.storedBytes === 0 || torrent.unlisted) return
    try {
      await torrent.writeMap()
    } catch (error) {
      this.#logger.warn('a have-map cannot be written', { infoHash: torrent.infoHash, err: error })
    }
  }

  async #writeIndex(isClean: boolean): Promise<void> {
    const torrents = new Map(
      [...this.#torrents]
        .filter(([, torrent]) => torrent.storedBytes > 0)
        .map(([hash, { storedBytes, oldestUse }]) => [hash, { storedBytes, oldestUse }]),
    )
    try {
      await writeIndex(this.#directory, { isClean, lastStamp: this.#lastStamp, torrents })
    } catch (error) {
      this.#logger.warn('the index of the piece cache cannot be written', { err: error })
    }
  }

  /** After an unclean stop: lists every torrent's directory, one after another, and so corrects what the index said. */
  async #recountAll(): Promise<void> {
    try {
      for await (const entry of await opendir(this.#directory)) {
        if (this.#closing) return
        if (!entry.isDirectory() || !/^[0-9a-f]{40}$/.test(entry.name)) continue
        const hash = infoHash(entry.name)
        if (!this.#torrents.has(hash)) this.#addUnlisted(new DiskTorrent(this.#directory, hash), 0, 0)
        await this.#list(this.#torrents.get(hash) as DiskTorrent)
      }
      for (const torrent of [...this.#torrents.values()]) if (torrent.unlisted) await this.#list(torrent)
      await this.#makeRoom(0)
    } catch (error) {
      this.#logger.error('the piece cache cannot be counted', { err: error })
    }
  }

  async #close(): Promise<void> {
    this.#checkpointTimer.dispose()
    await this.#recount
    for (const torrent of this.#torrents.values()) {
      while (torrent.writes.size > 0) await Promise.all(torrent.writes)
    }
    await this.#checkpoint
    await this.#eviction
    await this.#checkpointNow(this.#clock.monotonicMs() + CLOSE_SYNC_MS)
    await Promise.all(this.#removals)
    await this.#descriptors.close()
    await this.#writeIndex(true)
    await this.#lock.release()
  }
}
