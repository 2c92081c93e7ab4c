import { isDiskFull } from '../../domain/errors.ts'
import type { Logger } from '../../domain/logger.ts'
import type { DiskDescriptors } from './disk-descriptors.ts'
import { type DiskIo, errorCode } from './disk-io.ts'
import type { DiskPiece } from './disk-piece.ts'
import type { DiskPieces } from './disk-pieces.ts'
import { Slots } from './disk-slots.ts'

const WRITES_AT_A_TIME = 2
/** Pieces given up for one piece on a full disk before that piece stays in memory. */
const FULL_DISK_ATTEMPTS = 16

export interface DiskWriterOptions {
  readonly pieces: DiskPieces
  readonly descriptors: DiskDescriptors
  readonly io: DiskIo
  readonly logger: Logger
  onWritten(piece: DiskPiece): void
}

/** Brings pieces from memory to their files. What the disk refuses stays in memory and is tried again after the next success. */
export class DiskWriter {
  readonly #options: DiskWriterOptions
  readonly #slots = new Slots(WRITES_AT_A_TIME)
  #isDiskFailing = false

  constructor(options: DiskWriterOptions) {
    this.#options = options
  }

  /**
   * Makes room under the cap first. Resolves when the piece is in its file, was refused or dropped; true when its bytes
   * are not read any more. Never rejects.
   */
  write(piece: DiskPiece): Promise<boolean> {
    const { writes } = piece.torrent
    const write: Promise<boolean> = this.#writeNow(piece).finally(() => writes.delete(write))
    writes.add(write)
    return write
  }

  async #writeNow(piece: DiskPiece): Promise<boolean> {
    const { pieces } = this.#options
    await pieces.makeRoom(piece.lengthBytes)
    await this.#slots.run(async () => {
      const { bytes } = piece
      if (!bytes || !piece.isStored) return
      piece.users++
      let descriptor: number | undefined
      try {
        await piece.torrent.removing.get(piece.piece)
        descriptor = await this.#createFile(piece, bytes)
        if (descriptor !== undefined) this.#written(piece, descriptor)
      } finally {
        piece.users--
      }
      if (descriptor === undefined) pieces.refuse(piece)
    })
    return piece.bytes === undefined
  }

  /** Undefined when the disk refuses it. A full disk is given the space of other pieces first. */
  async #createFile(piece: DiskPiece, bytes: Uint8Array): Promise<number | undefined> {
    const { pieces, io, logger } = this.#options
    const { torrent } = piece
    for (let attempt = 0; ; attempt++) {
      try {
        await torrent.makeDirectory(io)
        const descriptor = await io.create(piece.newPath, bytes)
        this.#isDiskFailing = false
        return descriptor
      } catch (error) {
        const code = errorCode(error)
        await io.unlink(piece.newPath).catch(() => {}) // what could not be written whole is no piece
        if (code === 'ENOENT') torrent.forgetDirectory()
        const isFull = isDiskFull(error) && pieces.bytesOnDisk > 0
        const mayHelp = attempt < FULL_DISK_ATTEMPTS && (code === 'ENOENT' || (isFull && (await pieces.evictOne())))
        if (mayHelp && piece.isStored) {
          await pieces.removed()
          continue
        }
        if (!this.#isDiskFailing) logger.warn('the disk refuses pieces: serving from memory', { err: error })
        this.#isDiskFailing = true
        return undefined
      }
    }
  }

  #written(piece: DiskPiece, descriptor: number): void {
    const { pieces, descriptors } = this.#options
    piece.file = 'new'
    descriptors.adopt(piece, descriptor)
    if (!piece.isStored) {
      descriptors.forget(piece)
      pieces.removeFile(piece)
      return
    }
    pieces.forgetBytes(piece)
    this.#options.onWritten(piece)
    for (const refused of pieces.refused) {
      if (!refused.isRefused) continue
      refused.isRefused = false
      void this.write(refused)
    }
  }
}
