import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { Listeners } from '../../domain/disposable.ts'
import type { InfoHash } from '../../domain/ids.ts'
import type { PieceLayout, PieceRange } from '../../domain/piece-layout.ts'
import { type Evictable, EvictionGroup } from './disk-eviction.ts'
import { replaceFile } from './disk-index.ts'
import { type DiskIo, errorCode } from './disk-io.ts'
import { DiskPiece } from './disk-piece.ts'
import { PinnedPieces } from './disk-pins.ts'
import { eachOf } from './disk-slots.ts'
import { decodeHaveMap, encodeHaveMap, type HaveMap } from './have-map.ts'

const MAP_NAME = 'have-map'
const PIECE_NAME = /^(0|[1-9]\d{0,8})(\.new)?$/
const STATS_AT_A_TIME = 8

/** The place of a whole torrent in the eviction order while its pieces are not listed. */
export class UnlistedTorrent implements Evictable {
  readonly torrent: DiskTorrent
  readonly group: EvictionGroup
  readonly piece = -1
  readonly users = 0
  isPinned = false
  lastUse: number
  isStored = true

  constructor(torrent: DiskTorrent, oldestUse: number) {
    this.torrent = torrent
    this.group = torrent.group
    this.lastUse = oldestUse
  }
}

/** What is known of one torrent's pieces. Its directory is listed when it is opened or when eviction comes to it. */
export class DiskTorrent {
  readonly infoHash: InfoHash
  readonly directory: string
  readonly group = new EvictionGroup()
  readonly pieces = new Map<number, DiskPiece>()
  readonly dropped = new Listeners<number>()
  /** Pieces whose old file is being removed: a new one waits for it. */
  readonly removing = new Map<number, Promise<void>>()
  /** Writes under way. */
  readonly writes = new Set<Promise<unknown>>()
  layout: PieceLayout | undefined
  /** What can be read now, a bit a piece in the wire's order (BEP 3); as long as the layout asks once that is known. */
  bitfield: Uint8Array = new Uint8Array(0)
  storedBytes = 0
  pins = new PinnedPieces()
  /** Bytes of stored pieces that the pins keep. */
  pinnedBytes = 0
  unlisted: UnlistedTorrent | undefined
  listing: Promise<void> | undefined
  /** Pieces or uses changed since the have-map was written. */
  isChanged = false
  #hasDirectory = false
  #lastMapWrite: Promise<void> = Promise.resolve()

  constructor(storeDirectory: string, infoHash: InfoHash) {
    this.infoHash = infoHash
    this.directory = join(storeDirectory, infoHash)
  }

  get oldestUse(): number {
    if (this.unlisted) return this.unlisted.lastUse
    let oldest = Number.POSITIVE_INFINITY
    for (const piece of this.pieces.values()) oldest = Math.min(oldest, piece.lastUse)
    return oldest === Number.POSITIVE_INFINITY ? 0 : oldest
  }

  /** The piece, when its bytes may be served. */
  readable(piece: number): DiskPiece | undefined {
    const found = this.pieces.get(piece)
    return found?.isVerified ? found : undefined
  }

  hasPiece(piece: number): boolean {
    return ((this.bitfield[piece >> 3] ?? 0) & (0x80 >> (piece & 7))) !== 0
  }

  hasPieces({ first, end }: PieceRange): boolean {
    for (let piece = first; piece < end; piece++) if (!this.hasPiece(piece)) return false
    return true
  }

  /** False when it was marked so before. */
  mark(piece: number, has: boolean): boolean {
    if (this.hasPiece(piece) === has) return false
    const index = piece >> 3
    if (index >= this.bitfield.length) this.#resizeBitfield(index + 1)
    this.bitfield[index] = (this.bitfield[index] ?? 0) ^ (0x80 >> (piece & 7))
    return true
  }

  setLayout(layout: PieceLayout): void {
    this.layout = layout
    this.group.pieceBytes = layout.pieceBytes
    this.#resizeBitfield(Math.ceil(layout.pieceCount / 8))
  }

  async makeDirectory(io: DiskIo): Promise<void> {
    if (this.#hasDirectory) return
    await io.makeDirectory(this.directory)
    this.#hasDirectory = true
  }

  forgetDirectory(): void {
    this.#hasDirectory = false
  }

  /**
   * The pieces that the directory holds. The names are what is believed, the have-map only adds when each was last used
   * and the layout: it may be old. Files of a wrong size that the layout can tell are removed, as are leftovers.
   */
  async list(io: DiskIo, oldestUse: number): Promise<DiskPiece[]> {
    const names = await readdir(this.directory).catch((error: unknown) => {
      if (errorCode(error) === 'ENOENT') return []
      throw error
    })
    const map = await this.#readMap()
    if (!this.layout && map) this.setLayout(map.layout)
    const settled = new Set(names)
    const found: DiskPiece[] = []
    await eachOf(names, STATS_AT_A_TIME, async (name) => {
      const match = PIECE_NAME.exec(name)
      if (!match) return
      const path = join(this.directory, name)
      const piece = Number(match[1])
      const isNew = match[2] !== undefined
      const lengthBytes =
        this.layout && !isNew ? lengthOf(this.layout, piece) : (await stat(path).catch(() => undefined))?.size
      const isWhole = lengthBytes !== undefined && (!this.layout || lengthOf(this.layout, piece) === lengthBytes)
      if (!isWhole || lengthBytes === 0 || (isNew && settled.has(String(piece)))) {
        await io.unlink(path)
        return
      }
      const lastUse = map?.lastUses.get(piece) ?? oldestUse
      found.push(new DiskPiece(this, piece, lengthBytes, isNew ? 'new' : 'settled', lastUse))
    })
    return found
  }

  /** Written whole and renamed; writes of one torrent's map follow each other. */
  writeMap(): Promise<void> {
    const write = this.#lastMapWrite.then(() => this.#writeMapNow())
    this.#lastMapWrite = write.catch(() => {})
    return write
  }

  #resizeBitfield(lengthBytes: number): void {
    const { bitfield } = this
    if (bitfield.length === lengthBytes) return
    this.bitfield = new Uint8Array(lengthBytes)
    this.bitfield.set(bitfield.subarray(0, lengthBytes))
  }

  async #writeMapNow(): Promise<void> {
    if (!this.layout || this.storedBytes === 0) return
    this.isChanged = false
    const lastUses = new Map<number, number>()
    for (const piece of this.pieces.values()) if (piece.file !== 'none') lastUses.set(piece.piece, piece.lastUse)
    await replaceFile(join(this.directory, MAP_NAME), encodeHaveMap({ layout: this.layout, lastUses }))
  }

  async #readMap(): Promise<HaveMap | undefined> {
    const bytes = await readFile(join(this.directory, MAP_NAME)).catch(() => undefined)
    return bytes && decodeHaveMap(bytes)
  }
}

function lengthOf(layout: PieceLayout, piece: number): number | undefined {
  return piece < layout.pieceCount ? layout.pieceLength(piece) : undefined
}
